//! Switching a supply with a program of the bench's owner.

use std::io::Read;
use std::process::{Child, Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use cradle_procedure::fault::{Code, Fault};

/// How long the program may take.
const PATIENCE: Duration = Duration::from_secs(15);
const POLL: Duration = Duration::from_millis(10);
/// Most of its complaint that is passed on, bytes.
const COMPLAINT: u64 = 500;

/// What stands for `on` or `off` among the arguments.
const STATE: &str = "{state}";

/// A program that switches the supply of one slot.
pub(crate) struct PowerSwitch {
    program: String,
    arguments: Vec<String>,
}

impl PowerSwitch {
    /// Program and arguments; one of the latter must hold `{state}`.
    pub(crate) fn new(command: &[String]) -> Result<Self, Fault> {
        let invalid = |why: &str| Fault::new(Code::ConfigInvalid, format!("power: {why}"));
        let (program, arguments) = command
            .split_first()
            .ok_or_else(|| invalid("the command is empty"))?;
        if !arguments.iter().any(|argument| argument.contains(STATE)) {
            return Err(invalid("no argument holds {state}"));
        }
        Ok(Self {
            program: program.clone(),
            arguments: arguments.to_vec(),
        })
    }

    /// Runs the program and waits for it.
    pub(crate) fn set(&self, on: bool) -> Result<(), Fault> {
        let state = if on { "on" } else { "off" };
        let failed = |why: String| {
            Fault::new(
                Code::NoDevice,
                format!("power {state} with {}: {why}", self.program),
            )
        };
        let mut child = Command::new(&self.program)
            .args(self.arguments.iter().map(|a| a.replace(STATE, state)))
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::piped())
            .spawn()
            .map_err(|error| failed(error.to_string()))?;
        finish(&mut child, PATIENCE).map_err(failed)
    }
}

fn finish(child: &mut Child, patience: Duration) -> Result<(), String> {
    let deadline = Instant::now() + patience;
    loop {
        match child.try_wait() {
            Ok(Some(status)) if status.success() => return Ok(()),
            Ok(Some(status)) => return Err(format!("{status} {}", complaint(child))),
            Ok(None) if Instant::now() < deadline => thread::sleep(POLL),
            Ok(None) => {
                // It may have just ended; either way it is gone and reaped after this.
                let _ = child.kill();
                let _ = child.wait();
                return Err(format!("no end within {patience:?}"));
            }
            Err(error) => return Err(error.to_string()),
        }
    }
}

fn complaint(child: &mut Child) -> String {
    let mut text = Vec::new();
    if let Some(stderr) = child.stderr.take() {
        // What could be read before an error is as good a hint as any.
        let _ = stderr.take(COMPLAINT).read_to_end(&mut text);
    }
    String::from_utf8_lossy(&text).trim().to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shell(script: &str) -> PowerSwitch {
        let command = ["sh", "-c", script, "switch", "{state}"];
        PowerSwitch::new(&command.map(str::to_owned)).unwrap()
    }

    #[test]
    fn the_state_reaches_the_program() {
        let switch = shell("test \"$1\" = off");
        assert_eq!(switch.set(false), Ok(()));
        assert!(switch.set(true).is_err());
    }

    #[test]
    fn a_failure_is_told_in_the_words_of_the_program() {
        let fault = shell("echo no such hub >&2; exit 3").set(true).unwrap_err();
        assert_eq!(fault.code, Code::NoDevice);
        assert!(fault.detail.contains("no such hub"), "{}", fault.detail);
    }

    #[test]
    fn a_program_that_never_ends_is_stopped() {
        let mut child = Command::new("sleep").arg("1000").spawn().unwrap();
        let told = finish(&mut child, Duration::from_millis(50)).unwrap_err();
        assert!(told.contains("no end"), "{told}");
        assert!(child.try_wait().unwrap().is_some());
    }

    #[test]
    fn a_command_that_ignores_the_state_is_refused() {
        assert!(PowerSwitch::new(&["uhubctl".to_owned()]).is_err());
        assert!(PowerSwitch::new(&[]).is_err());
    }
}
