//! The `cradle` command.

use std::process::ExitCode;

fn main() -> ExitCode {
    cradle_station::cli::main()
}
