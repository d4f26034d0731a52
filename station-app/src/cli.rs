//! The `cradle` command line. One verb, one file.

mod audit;
mod batch;
mod bench;
mod benchmark;
mod ca;
mod completions;
mod decommission;
mod demo;
mod follow;
mod measure;
mod operator;
mod people;
mod posture;
mod profile;
mod provision;
mod records;
mod release;
mod request;
mod second;
mod unit;
mod verify;
mod window;

use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::OnceLock;

use clap::{Parser, Subcommand};
use cradle_ca::token::Pin;
use cradle_procedure::fault::{Code, Fault};
use serde_json::{Value, json};
use zeroize::Zeroizing;

use crate::config::Config;
use crate::office::Office;
use crate::station::{self, Station};

/// A job ended, and not well: a unit did not pass, a document does not verify.
const EXIT_FAILED: u8 = 1;
/// Nothing was done: refused, or impossible. (2 is for wrong usage.)
const EXIT_FAULT: u8 = 3;
/// Nothing was done yet: another person has to approve it.
const EXIT_WAITS: u8 = 4;

/// Gives embedded devices their identity at the factory, and takes it away at end of life.
///
/// Without a command, opens the station's window.
#[derive(Parser)]
#[command(name = "cradle", version, after_help = EXIT_HELP)]
struct Cradle {
    #[command(flatten)]
    shared: Shared,
    #[command(subcommand)]
    verb: Option<Verb>,
}

const EXIT_HELP: &str = "Exit status: 0 done; 1 a unit did not pass or something does not \
                         verify; 2 wrong usage; 3 nothing was done, see the error code; 4 nothing \
                         was done yet, another person has to approve.\n\n\
                         Example: cradle --config line-1/cradle.toml bench list";

/// What every command understands.
#[derive(clap::Args)]
struct Shared {
    /// Configuration file [default: ./cradle.toml, else cradle/cradle.toml in the user's
    /// configuration folder]
    #[arg(long, global = true, value_name = "FILE", env = "CRADLE_CONFIG")]
    config: Option<PathBuf>,
    /// Answer in JSON
    #[arg(long, global = true)]
    json: bool,
    /// Read the token's PIN from this file descriptor
    #[arg(long, global = true, value_name = "N")]
    pin_fd: Option<i32>,
    /// The PIN once it is known: a descriptor can be read only once, and nobody wants to be asked
    /// twice.
    #[arg(skip)]
    pin: OnceLock<Pin>,
}

#[derive(Subcommand)]
enum Verb {
    Provision(provision::Arguments),
    Verify(verify::Arguments),
    #[command(subcommand)]
    Decommission(decommission::Verb),
    #[command(subcommand)]
    Batch(batch::Verb),
    #[command(subcommand)]
    Unit(unit::Verb),
    #[command(subcommand)]
    Operator(operator::Verb),
    #[command(subcommand)]
    Request(request::Verb),
    #[command(subcommand)]
    Release(release::Verb),
    #[command(subcommand)]
    Ca(ca::Verb),
    #[command(subcommand)]
    Audit(audit::Verb),
    #[command(subcommand)]
    Records(records::Verb),
    #[command(subcommand)]
    Bench(bench::Verb),
    #[command(subcommand)]
    Profile(profile::Verb),
    Completions(completions::Arguments),
    #[command(hide = true)]
    Benchmark(benchmark::Arguments),
    #[command(hide = true)]
    Demo(demo::Arguments),
    #[command(subcommand, hide = true)]
    Measure(measure::Verb),
}

/// What a command came to.
enum Answer {
    /// Done. In words, and as data.
    Done(String, Value),
    /// It ended, and not well.
    Failed(String, Value),
    /// It was asked for; another person has to approve before it is done.
    Waits(String, Value),
}

impl Answer {
    fn done(words: impl Into<String>, data: Value) -> Result<Self, Fault> {
        Ok(Self::Done(words.into(), data))
    }
}

/// Runs the command line of this process. Call it from `main`, before any thread is started.
#[must_use]
pub fn main() -> ExitCode {
    let cradle = Cradle::parse();
    let json = cradle.shared.json;
    let answer = match cradle.verb {
        None => window::run(&cradle.shared),
        Some(verb) => run(verb, &cradle.shared),
    };
    match answer {
        Ok(Answer::Done(words, data)) => tell(json, &words, &data, ExitCode::SUCCESS),
        Ok(Answer::Failed(words, data)) => tell(json, &words, &data, EXIT_FAILED.into()),
        Ok(Answer::Waits(words, data)) => tell(json, &words, &data, EXIT_WAITS.into()),
        Err(fault) => tell_fault(json, &fault),
    }
}

fn run(verb: Verb, shared: &Shared) -> Result<Answer, Fault> {
    match verb {
        Verb::Provision(arguments) => provision::run(&arguments, shared),
        Verb::Verify(arguments) => verify::run(&arguments, shared),
        Verb::Decommission(verb) => decommission::run(&verb, shared),
        Verb::Batch(verb) => batch::run(&verb, shared),
        Verb::Unit(verb) => unit::run(&verb, shared),
        Verb::Operator(verb) => operator::run(&verb, shared),
        Verb::Request(verb) => request::run(&verb, shared),
        Verb::Release(verb) => release::run(&verb, shared),
        Verb::Ca(verb) => ca::run(&verb, shared),
        Verb::Audit(verb) => audit::run(&verb, shared),
        Verb::Records(verb) => records::run(&verb, shared),
        Verb::Bench(verb) => bench::run(&verb, shared),
        Verb::Profile(verb) => profile::run(&verb),
        Verb::Completions(arguments) => completions::run(&arguments),
        Verb::Benchmark(arguments) => benchmark::run(&arguments),
        Verb::Demo(arguments) => demo::run(arguments),
        Verb::Measure(verb) => measure::run(&verb, shared),
    }
}

fn tell(json: bool, words: &str, data: &Value, code: ExitCode) -> ExitCode {
    // A reader that has seen enough (`| head`) closes the pipe; that is no failure of ours.
    let mut out = std::io::stdout().lock();
    if json {
        let _ = writeln!(out, "{data:#}");
    } else if !words.is_empty() {
        let _ = writeln!(out, "{}", words.trim_end());
    }
    code
}

fn tell_fault(json: bool, fault: &Fault) -> ExitCode {
    let (code, what, remedy) = (fault.code.id(), fault.code.what(), fault.code.remedy());
    if json {
        let data = json!({ "code": code, "what": what, "detail": fault.detail, "remedy": remedy });
        println!("{:#}", json!({ "error": data }));
    } else {
        eprintln!("{code}: {what}");
        if !fault.detail.is_empty() {
            eprintln!("  {}", fault.detail.replace('\n', "\n  "));
        }
        eprintln!("  {remedy}");
    }
    EXIT_FAULT.into()
}

impl Shared {
    /// Reads the configuration and chooses the token module's configuration with it.
    fn config(&self) -> Result<Config, Fault> {
        let path = self.config.clone().unwrap_or_else(Config::default_path);
        let config = Config::load(&path)?;
        station::select_token(&config)?;
        Ok(config)
    }

    /// Opens what people, batches and the audit log need.
    fn office(&self) -> Result<Office, Fault> {
        let config = self.config()?;
        let pin = self.token_pin(&config)?;
        Office::open(config, pin)
    }

    /// Opens the whole station.
    fn station(&self) -> Result<Station, Fault> {
        let config = self.config()?;
        let pin = self.token_pin(&config)?;
        Station::open(config, pin)
    }

    /// The token's PIN: from the descriptor if one is given, else from the file that the
    /// configuration names, else from `CRADLE_PIN`, else by asking.
    fn token_pin(&self, config: &Config) -> Result<Pin, Fault> {
        if let Some(known) = self.pin.get() {
            return Ok(known.clone());
        }
        let pin = pin(
            self.pin_fd,
            config.token.pin_file.as_deref(),
            "CRADLE_PIN",
            "Token PIN: ",
        )?;
        Ok(self.pin.get_or_init(|| pin).clone())
    }

    /// The PIN of the root CA's own token, from the same places.
    fn root_pin(&self, config: &Config, fd: Option<i32>) -> Result<Pin, Fault> {
        let root = config.token.root.as_ref();
        let file = root.and_then(|root| root.pin_file.as_deref());
        pin(fd, file, "CRADLE_ROOT_PIN", "PIN of the root CA's token: ")
    }
}

fn pin(fd: Option<i32>, file: Option<&Path>, variable: &str, prompt: &str) -> Result<Pin, Fault> {
    match (fd, file, std::env::var(variable)) {
        (Some(fd), _, _) => Pin::new(people::from_descriptor(fd)?.to_string()),
        (None, Some(file), _) => Pin::from_file(file),
        (None, None, Ok(pin)) => Pin::new(pin),
        (None, None, Err(_)) => Pin::new(ask(prompt)?.to_string()),
    }
}

/// Asks for a secret at the terminal, without showing it.
fn ask(prompt: &str) -> Result<Zeroizing<String>, Fault> {
    let typed = rpassword::prompt_password(prompt);
    typed.map(Zeroizing::new).map_err(|error| {
        let detail = format!("{prompt} {error}; there is no terminal to ask at");
        Fault::new(Code::InputInvalid, detail)
    })
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory as _;

    use super::*;

    /// Clap finds two arguments of one name, and the like, only when it builds that command.
    #[test]
    fn every_command_is_well_formed() {
        Cradle::command().debug_assert();
    }
}
