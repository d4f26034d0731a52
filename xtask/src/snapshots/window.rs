//! The window, used with the keyboard alone.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::thread::sleep;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};

use crate::display::Display;
use crate::{process, setup};

const PATIENCE: Duration = Duration::from_secs(240);
/// A window that looks the same for so long has come to rest.
const REST: Duration = Duration::from_millis(1_500);
/// Colours of a picture: few, so that it stays small.
const COLOURS: &str = "64";

/// The window of a line of its own; it closes with this value.
pub(super) struct Window {
    station: Child,
    id: String,
    display: String,
    line: PathBuf,
}

impl Drop for Window {
    fn drop(&mut self) {
        let _ = self.station.kill();
        let _ = self.station.wait();
    }
}

impl Window {
    /// Sets a line up in the home folder and opens its window.
    pub(super) fn open(display: &Display, home: &Path, firmware: &Path) -> Result<Self> {
        let line = home.join("line-1");
        let mut demo = process::cargo();
        demo.args([
            "run",
            "--quiet",
            "--package",
            "cradle-station",
            "--bin",
            "cradle",
            "--",
        ])
        .args(["demo", "--slots", "4", "--seed", "7", "--firmware"])
        .arg(firmware)
        .arg("--out")
        .arg(&line)
        .env("DISPLAY", display.name())
        .env_remove("WAYLAND_DISPLAY")
        .env("LIBGL_ALWAYS_SOFTWARE", "1")
        // Paths in the pictures begin with `~`, and what this machine's user likes is no
        // matter of theirs. Cargo has its own folders, wherever those are.
        .envs(cargo_folders())
        .env("HOME", home)
        .env("XDG_CONFIG_HOME", home.join(".config"))
        .env("LANG", "C.UTF-8")
        .stdout(Stdio::null());
        if let Some(module) = setup::softhsm_module() {
            demo.env("SOFTHSM2_MODULE", module);
        }
        let station = demo.spawn().context("cannot start the station")?;
        let mut window = Self {
            station,
            id: String::new(),
            display: display.name().to_owned(),
            line,
        };
        window.id = window.wait_for("the window", |window| {
            let found = window.xdotool(&["search", "--onlyvisible", "--name", "^Cradle"]);
            found.lines().last().map(str::to_owned)
        })?;
        window.xdotool(&["windowfocus", "--sync", &window.id]);
        // Where it points at nothing: what it points at looks chosen.
        window.xdotool(&["mousemove", "0", "0"]);
        Ok(window)
    }

    /// The password of one of the line's people.
    pub(super) fn password(&self, name: &str) -> Result<String> {
        let people = fs::read_to_string(self.line.join("people.txt"))?;
        let mut people = people.lines().map(|line| line.split('\t'));
        let person = people.find(|fields| fields.clone().next() == Some(name));
        let password = person.and_then(|mut fields| fields.nth(1).map(str::to_owned));
        password.with_context(|| format!("{name} is not one of the line's people"))
    }

    /// Presses keys, by the names that xdotool gives them.
    pub(super) fn press(&self, keys: &[&str]) {
        for key in keys {
            self.xdotool(&["key", key]);
            sleep(Duration::from_millis(250));
        }
    }

    /// Types a line and ends it with Enter.
    pub(super) fn enter(&self, text: &str) {
        if !text.is_empty() {
            self.xdotool(&["type", "--delay", "15", text]);
        }
        self.press(&["Return"]);
    }

    /// Waits until the window looks the same for a while.
    pub(super) fn rest(&self) -> Result<()> {
        let (mut seen, mut since) = (Vec::new(), Instant::now());
        self.wait_for("the window to come to rest", |window| {
            let now = window.image("gray:-").unwrap_or_default();
            if now != seen {
                (seen, since) = (now, Instant::now());
            }
            (since.elapsed() >= REST).then_some(())
        })
    }

    /// Takes a picture.
    pub(super) fn picture(&self, file: &Path) -> Result<()> {
        let target = format!("png8:{}", file.display());
        self.image(&target).map(drop)
    }

    fn image(&self, target: &str) -> Result<Vec<u8>> {
        let output = Command::new("import")
            .args(["-window", &self.id, "-colors", COLOURS, "-strip", target])
            .env("DISPLAY", &self.display)
            .output()
            .context("cannot start `import`")?;
        if !output.status.success() {
            bail!(
                "`import` failed: {}",
                String::from_utf8_lossy(&output.stderr)
            );
        }
        Ok(output.stdout)
    }

    fn xdotool(&self, arguments: &[&str]) -> String {
        let output = Command::new("xdotool")
            .args(arguments)
            .env("DISPLAY", &self.display)
            .output();
        output.map_or_else(
            |_| String::new(),
            |output| String::from_utf8_lossy(&output.stdout).trim().to_owned(),
        )
    }

    fn wait_for<T>(&self, what: &str, mut look: impl FnMut(&Self) -> Option<T>) -> Result<T> {
        let start = Instant::now();
        while start.elapsed() < PATIENCE {
            if let Some(found) = look(self) {
                return Ok(found);
            }
            sleep(Duration::from_millis(300));
        }
        bail!("waited in vain for {what}")
    }
}

/// Where cargo and rustup keep what they need, for a child that has another home.
fn cargo_folders() -> impl Iterator<Item = (&'static str, PathBuf)> {
    let home = std::env::home_dir();
    [("CARGO_HOME", ".cargo"), ("RUSTUP_HOME", ".rustup")]
        .into_iter()
        .filter(|(variable, _)| std::env::var_os(variable).is_none())
        .filter_map(move |(variable, folder)| Some((variable, home.as_ref()?.join(folder))))
}
