//! A display of our own, so that windows neither need the user's nor are typed into.

use std::io::{BufRead, BufReader};
use std::process::{Child, Command, Stdio};

use anyhow::{Context, Result, bail};

use crate::process::find;

/// A running Xvfb; ends with this value.
pub(crate) struct Display {
    server: Child,
    name: String,
}

impl Display {
    /// Starts the server on the first free display number.
    pub(crate) fn start() -> Result<Self> {
        let program = find("Xvfb").context("Xvfb is not there")?;
        let mut server = Command::new(program)
            .args([
                "-displayfd",
                "1",
                "-screen",
                "0",
                "1920x1080x24",
                "-nolisten",
                "tcp",
            ])
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .context("cannot start Xvfb")?;
        // The server writes its number once it accepts clients, and closes the pipe if it dies.
        let mut number = String::new();
        if let Some(output) = server.stdout.take() {
            BufReader::new(output).read_line(&mut number)?;
        }
        let display = Self {
            server,
            name: format!(":{}", number.trim()),
        };
        if number.trim().is_empty() {
            bail!("Xvfb did not start");
        }
        Ok(display)
    }

    /// What DISPLAY must say.
    pub(crate) fn name(&self) -> &str {
        &self.name
    }
}

impl Drop for Display {
    fn drop(&mut self) {
        // It may have ended already; then there is nothing left to end.
        let _ = self.server.kill();
        let _ = self.server.wait();
    }
}
