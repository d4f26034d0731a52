//! A real window on a real display, used with the keyboard alone: the operator's main job.
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
fn an_operator_signs_in_and_provisions_every_slot_with_the_keyboard() {
    assert!(
        std::env::var_os("DISPLAY").is_some(),
        "no display: run through `cargo xtask test`, which brings its own"
    );
    let folder = tempfile::tempdir().unwrap();
    let out = folder.path().join("line");
    let mut command = cradle();
    command
        .env_remove("WAYLAND_DISPLAY")
        .env("LIBGL_ALWAYS_SOFTWARE", "1");
    command
        .args(["demo", "--slots", "2", "--firmware"])
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
    let olga = people
        .lines()
        .find(|line| line.starts_with("olga\t"))
        .unwrap();
    let password = olga.split('\t').nth(1).unwrap();
    let records = |question: &str| referee("sqlite3", &out, &["records.db", question]).1;
    let count = |question: &str| records(question).trim().parse::<u32>().ok();

    // Typing is repeated until the record says that it arrived: a window that is still being
    // mapped takes no keys.
    wait_for("the sign-in", || {
        xdotool(&["windowfocus", "--sync", &window]);
        xdotool(&["key", "--window", &window, "ctrl+a"]);
        xdotool(&["type", "--delay", "20", "olga"]);
        xdotool(&["key", "Tab", "ctrl+a"]);
        xdotool(&["type", "--delay", "20", password]);
        xdotool(&["key", "Return"]);
        let signed_in = || {
            sleep(Duration::from_secs(1));
            count("SELECT count(*) FROM sessions WHERE operator = 'olga'").filter(|n| *n > 0)
        };
        (0..6).find_map(|_| signed_in())
    });
    xdotool(&["key", "F5"]);
    wait_for("two units that passed", || {
        count("SELECT count(*) FROM units WHERE state = 'provisioned'").filter(|found| *found == 2)
    });
}
