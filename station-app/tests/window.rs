//! A real window on a real display, used with the keyboard alone: the whole main job.
#![allow(clippy::unwrap_used, clippy::panic)]

mod line;

use std::process::{Child, Command, Stdio};
use std::thread::sleep;
use std::time::{Duration, Instant};

use line::{cradle, firmware, referee};

const PATIENCE: Duration = Duration::from_secs(180);

/// The station's process; it ends with the test, however that ends.
struct Window(Child);

impl Drop for Window {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

fn xdotool(arguments: &[&str]) -> String {
    let output = Command::new("xdotool").args(arguments).output().unwrap();
    String::from_utf8_lossy(&output.stdout).trim().to_owned()
}

/// Asks until the answer is there.
fn wait_for<T>(what: &str, mut look: impl FnMut() -> Option<T>) -> T {
    let start = Instant::now();
    while start.elapsed() < PATIENCE {
        if let Some(found) = look() {
            return found;
        }
        sleep(Duration::from_millis(200));
    }
    panic!("waited in vain for {what}");
}

#[test]
fn with_the_keyboard_alone_three_units_are_provisioned_and_one_taken_out_of_service() {
    assert!(
        std::env::var_os("DISPLAY").is_some(),
        "no display: run through `cargo xtask test`, which brings its own"
    );
    let folder = tempfile::tempdir().unwrap();
    let out = folder.path().join("line");
    let mut command = cradle();
    command
        .env_remove("WAYLAND_DISPLAY")
        // What the person at this machine likes is no concern of the test.
        .env("XDG_CONFIG_HOME", folder.path())
        .env("LIBGL_ALWAYS_SOFTWARE", "1");
    command
        .args(["demo", "--slots", "3", "--firmware"])
        .arg(firmware())
        .arg("--out")
        .arg(&out);
    let station = Window(command.stdout(Stdio::null()).spawn().unwrap());

    let pid = station.0.id().to_string();
    let window = wait_for("the window", || {
        let found = xdotool(&[
            "search",
            "--all",
            "--onlyvisible",
            "--pid",
            &pid,
            "--name",
            "Cradle",
        ]);
        found.lines().last().map(str::to_owned)
    });
    let people = wait_for("the people", || {
        std::fs::read_to_string(out.join("people.txt")).ok()
    });
    let password = |name: &str| {
        let mut lines = people.lines();
        let line = lines.find(|line| line.split('\t').next() == Some(name));
        line.unwrap().split('\t').nth(1).unwrap().to_owned()
    };
    let line = Line {
        window,
        records: out.clone(),
    };

    line.sign_in("olga", &password("olga"));
    xdotool(&["key", "F5"]);
    line.wait_for_all_to_pass(3);
    line.wait_for_idle();

    xdotool(&["key", "ctrl+l"]);
    sleep(Duration::from_secs(2));
    line.sign_in("tariq", &password("tariq"));
    let slot = line.ask("SELECT slot FROM runs WHERE unit = 'SN-000001' ORDER BY id LIMIT 1");
    line.enter("SN-000001");
    for _ in 1..slot.parse().unwrap_or(1) {
        xdotool(&["key", "Tab"]);
    }
    line.enter(""); // the slot
    line.enter(""); // end of life
    line.enter("Pump station 4");
    line.enter(""); // recycling
    line.enter("vera");
    line.enter(&password("vera"));
    line.enter(""); // wipe and revoke
    line.wait_for_units("decommissioned", 1);
    let document = out.join("decommission/SN-000001.pdf");
    wait_for("the document", || document.exists().then_some(()));
}

/// The window and the records behind it.
struct Line {
    window: String,
    records: std::path::PathBuf,
}

impl Line {
    fn ask(&self, question: &str) -> String {
        let answer = referee("sqlite3", &self.records, &["records.db", question]).1;
        answer.trim().to_owned()
    }

    fn sessions(&self, name: &str) -> u32 {
        let question = format!("SELECT count(*) FROM sessions WHERE operator = '{name}'");
        self.ask(&question).parse().unwrap_or(0)
    }

    /// Typing is repeated until the record says that it arrived: a window that is still being
    /// mapped takes no keys.
    fn sign_in(&self, name: &str, password: &str) {
        let before = self.sessions(name);
        wait_for("the sign-in", || {
            xdotool(&["windowfocus", "--sync", &self.window]);
            xdotool(&["key", "--window", &self.window, "ctrl+a"]);
            xdotool(&["type", "--delay", "20", name]);
            xdotool(&["key", "Tab", "ctrl+a"]);
            xdotool(&["type", "--delay", "20", password]);
            xdotool(&["key", "Return"]);
            let signed_in = || {
                sleep(Duration::from_secs(1));
                (self.sessions(name) > before).then_some(())
            };
            (0..6).find_map(|_| signed_in())
        });
        // The window learns of it a moment after the record does.
        sleep(Duration::from_secs(1));
    }

    /// Answers one question of the window.
    fn enter(&self, text: &str) {
        if !text.is_empty() {
            xdotool(&["type", "--delay", "20", text]);
        }
        xdotool(&["key", "Return"]);
        sleep(Duration::from_millis(700));
    }

    /// As an operator does it: a slot that failed is started again, which goes on where it
    /// stopped. (An emulated chip on a busy machine misses a time-out of the flash now and then.)
    fn wait_for_all_to_pass(&self, count: u32) {
        let failed = "SELECT slot FROM runs AS run JOIN units ON serial = unit
                      WHERE state = 'in-progress' AND verdict = 'fail'
                      AND run.id = (SELECT max(id) FROM runs WHERE unit = serial) LIMIT 1";
        let passed = "SELECT count(*) FROM units WHERE state = 'provisioned'";
        wait_for("every unit to pass", || {
            let slot = self.ask(failed);
            if !slot.is_empty() {
                self.enter(&slot);
                self.enter("");
                sleep(Duration::from_secs(1));
            }
            (self.ask(passed) == count.to_string()).then_some(())
        });
    }

    fn wait_for_units(&self, state: &str, count: u32) {
        let question = format!("SELECT count(*) FROM units WHERE state = '{state}'");
        wait_for(&format!("{count} units that are {state}"), || {
            let found = self.ask(&question).parse::<u32>().ok();
            found.filter(|found| *found == count)
        });
    }

    /// Until every run has ended: nobody signs out before.
    fn wait_for_idle(&self) {
        let question = "SELECT count(*) FROM runs WHERE ended_ms IS NULL";
        wait_for("the slots to come to rest", || {
            (self.ask(question) == "0").then_some(())
        });
        sleep(Duration::from_secs(1));
    }
}
