//! Project tasks, run as `cargo xtask <verb>`.
//!
//! This program builds on a machine that has nothing but a Rust toolchain: it checks what each
//! verb needs, installs it where it may, and runs everything else as a child process.

mod bench;
mod demo;
mod display;
mod faults;
mod firmware;
mod phase;
mod process;
mod setup;
mod snapshots;
mod test;
mod workspace;

use std::process::ExitCode;

use clap::{Parser, Subcommand};

/// What a verb that could not run for want of a system package exits with, so that a script
/// can tell "install this first" from "this failed". Clap uses 2 for wrong usage.
const EXIT_MISSING_PACKAGES: u8 = 3;

/// Project tasks.
///
/// Every verb first checks the system packages it needs. As root, or with sudo that asks for no
/// password, it installs the missing ones and says so; otherwise it prints the line to run and
/// exits with code 3.
#[derive(Parser)]
#[command(name = "cargo xtask", bin_name = "cargo xtask")]
struct Cli {
    #[command(subcommand)]
    verb: Verb,
}

#[derive(Subcommand)]
enum Verb {
    Demo(demo::Arguments),
    Test(test::Arguments),
    Bench(bench::Arguments),
    Faults(faults::Arguments),
    Firmware(firmware::Arguments),
    Snapshots(snapshots::Arguments),
}

fn main() -> ExitCode {
    let outcome = match Cli::parse().verb {
        Verb::Demo(arguments) => demo::run(&arguments),
        Verb::Test(arguments) => test::run(&arguments),
        Verb::Bench(arguments) => bench::run(&arguments),
        Verb::Faults(arguments) => faults::run(&arguments),
        Verb::Firmware(arguments) => firmware::run(&arguments),
        Verb::Snapshots(arguments) => snapshots::run(&arguments),
    };
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: {error:#}");
            exit_code_of(&error)
        }
    }
}

fn exit_code_of(error: &anyhow::Error) -> ExitCode {
    if error.is::<setup::MissingPackages>() {
        ExitCode::from(EXIT_MISSING_PACKAGES)
    } else {
        ExitCode::FAILURE
    }
}
