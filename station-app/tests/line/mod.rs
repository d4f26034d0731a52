//! A training line of its own for each test, and the `cradle` command on it, as a process.
#![allow(dead_code, unreachable_pub, clippy::unwrap_used, clippy::panic)]

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use cradle_ca::token::Pin;
use cradle_procedure::ids::OperatorName;
use cradle_records::Session;
use cradle_station::config::Config;
use cradle_station::station::Station;
use serde_json::Value;
use tempfile::TempDir;

/// Names the folder of the line to a child.
const LINE: &str = "CRADLE_TEST_LINE";

/// A line that is set up and has not made anything yet.
pub struct Line {
    _folder: TempDir,
    pub out: PathBuf,
}

/// Where the firmware build is; `cargo xtask firmware` makes it.
pub fn firmware() -> PathBuf {
    let default = Path::new(env!("CARGO_MANIFEST_DIR")).join("../target/firmware/stm32f405");
    let folder = std::env::var_os("CRADLE_FIRMWARE").map_or(default, PathBuf::from);
    let there = folder.join("bootloader.bin").exists();
    assert!(
        there,
        "no firmware in {}: run `cargo xtask firmware`",
        folder.display()
    );
    folder
}

/// The `cradle` command, with nothing of this process's own environment that could matter to it.
pub fn cradle() -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_cradle"));
    for name in [
        "CRADLE_CONFIG",
        "CRADLE_PASSWORD",
        "CRADLE_SECOND_PASSWORD",
        "CRADLE_NEW_PASSWORD",
        "CRADLE_VERIFIER_PASSWORD",
        "CRADLE_WITNESS_PASSWORD",
        "CRADLE_RECEIVER_PASSWORD",
        "CRADLE_CARD",
        "CRADLE_CARD_PIN",
        "CRADLE_NEW_CARD_PIN",
        "CRADLE_PIN",
        "CRADLE_ROOT_PIN",
        "SOFTHSM2_CONF",
    ] {
        command.env_remove(name);
    }
    command
}

/// Runs the demo without a window.
pub fn demo(out: &Path, units: u32, slots: u32) -> Output {
    demo_of("stm32f405", out, units, slots)
}

/// As [`demo`], for products of those targets, with commas.
pub fn demo_of(targets: &str, out: &Path, units: u32, slots: u32) -> Output {
    let mut command = cradle();
    command
        .args(["demo", "--headless", "--target", targets])
        .arg("--firmware")
        .arg(firmware().with_file_name(targets.split(',').next().unwrap()));
    command.args(["--units", &units.to_string(), "--slots", &slots.to_string()]);
    command.arg("--out").arg(out).output().unwrap()
}

impl Line {
    pub fn new() -> Self {
        Self::of("stm32f405")
    }

    /// A line for products of those targets, with commas.
    pub fn of(targets: &str) -> Self {
        let folder = TempDir::new().unwrap();
        let out = folder.path().join("line");
        let done = demo_of(targets, &out, 0, 2);
        assert!(
            done.status.success(),
            "{}",
            String::from_utf8_lossy(&done.stderr)
        );
        Self {
            _folder: folder,
            out,
        }
    }

    /// Runs a command on the line; gives its exit status and its answer.
    pub fn run(&self, arguments: &[&str]) -> (i32, Value) {
        self.run_as("", arguments)
    }

    /// As [`Line::run`], with the password of one of the line's people, and the verifier's or
    /// witness's too where the command names one.
    pub fn run_as(&self, name: &str, arguments: &[&str]) -> (i32, Value) {
        let mut command = cradle();
        command
            .arg("--json")
            .arg("--config")
            .arg(self.out.join("cradle.toml"))
            .args(arguments);
        if !name.is_empty() {
            command
                .args(["--as", name])
                .env("CRADLE_PASSWORD", self.password(name));
        }
        for (option, variable) in [
            ("--verifier", "CRADLE_VERIFIER_PASSWORD"),
            ("--witness", "CRADLE_WITNESS_PASSWORD"),
            ("--to", "CRADLE_RECEIVER_PASSWORD"),
        ] {
            let at = arguments.iter().position(|one| *one == option);
            // Other commands call a file a witness.
            if let Some(password) = at.and_then(|at| self.known_password(arguments[at + 1])) {
                command.env(variable, password);
            }
        }
        let output = command.output().unwrap();
        let answer = serde_json::from_slice(&output.stdout).unwrap_or_else(|_| {
            panic!("{arguments:?}: {}", String::from_utf8_lossy(&output.stderr))
        });
        (output.status.code().unwrap(), answer)
    }

    /// Runs a command that must be refused; gives the error's code.
    pub fn refusal(&self, arguments: &[&str]) -> String {
        self.refusal_as("", arguments)
    }

    /// As [`Line::refusal`], signed in.
    pub fn refusal_as(&self, name: &str, arguments: &[&str]) -> String {
        let (status, answer) = self.run_as(name, arguments);
        assert_eq!(status, 3, "{arguments:?}: {answer}");
        answer["error"]["code"].as_str().unwrap().to_owned()
    }

    pub fn password(&self, name: &str) -> String {
        self.known_password(name).unwrap()
    }

    fn known_password(&self, name: &str) -> Option<String> {
        known_password(&self.out, name)
    }

    /// Runs an ignored test as a child, which must pass.
    pub fn act(&self, test: &str) {
        let output = self.child(test).output().unwrap();
        let said = String::from_utf8_lossy(&output.stdout);
        let complained = String::from_utf8_lossy(&output.stderr);
        let passed = output.status.success() && said.contains("1 passed");
        assert!(passed, "{test}: {said}{complained}");
    }

    /// Changes one of the line's text files.
    pub fn edit(&self, file: &str, from: &str, to: &str) {
        let path = self.out.join(file);
        let text = fs::read_to_string(&path).unwrap();
        assert!(text.contains(from), "{file} has no {from:?}");
        fs::write(&path, text.replace(from, to)).unwrap();
    }

    /// Flips a bit in one of the line's files.
    pub fn flip(&self, file: &str) {
        let path = self.out.join(file);
        let mut bytes = fs::read(&path).unwrap();
        let middle = bytes.len() / 2;
        bytes[middle] ^= 1;
        fs::write(&path, bytes).unwrap();
    }

    /// This test program again, to run one ignored test in a process of its own, where
    /// [`opened`] gives the station: the token is chosen by the environment a process starts with.
    pub fn child(&self, test: &str) -> Command {
        let config = Config::load(&self.out.join("cradle.toml")).unwrap();
        let mut child = Command::new(std::env::current_exe().unwrap());
        child
            .args(["--exact", test, "--ignored", "--nocapture"])
            .arg("--test-threads=1")
            .env(LINE, &self.out)
            .env("CRADLE_PASSWORD", self.password("olga"))
            .env("SOFTHSM2_CONF", config.token.softhsm.unwrap());
        child
    }
}

/// The station of the line that [`Line::child`] was started for, opened in this process, with
/// `olga` signed in; `None` where nobody started it.
pub fn opened() -> Option<(Station, Session)> {
    let station = station()?;
    let name = station.config().station.clone();
    let password = std::env::var("CRADLE_PASSWORD").unwrap();
    let operator = OperatorName::new("olga").unwrap();
    let session = station.store().sign_in(&operator, &password, &name);
    Some((station, session.unwrap()))
}

/// The station of the line that [`Line::child`] was started for, with nobody signed in; `None`
/// where nobody started it.
pub fn station() -> Option<Station> {
    let out = PathBuf::from(std::env::var_os(LINE)?);
    let config = Config::load(&out.join("cradle.toml")).unwrap();
    let pin = Pin::from_file(config.token.pin_file.as_ref().unwrap()).unwrap();
    Some(Station::open(config, pin).unwrap())
}

/// The password of one of the people of the line that [`Line::child`] was started for.
pub fn password_of(name: &str) -> String {
    let out = PathBuf::from(std::env::var_os(LINE).unwrap());
    known_password(&out, name).unwrap()
}

fn known_password(out: &Path, name: &str) -> Option<String> {
    let people = fs::read_to_string(out.join("people.txt")).unwrap();
    let mut lines = people.lines().map(|line| line.split('\t'));
    let mut fields = lines.find(|fields| fields.clone().next() == Some(name))?;
    fields.nth(1).map(str::to_owned)
}

/// Runs a referee; gives whether it succeeded, and all it said.
pub fn referee(program: &str, folder: &Path, arguments: &[&str]) -> (bool, String) {
    let output = Command::new(program)
        .current_dir(folder)
        .args(arguments)
        .output();
    let output = output.unwrap_or_else(|error| panic!("{program}: {error}"));
    let said = [output.stdout, output.stderr].concat();
    (
        output.status.success(),
        String::from_utf8_lossy(&said).into_owned(),
    )
}
