//! Registries over real sockets: what confirms, what is tried again, what is refused.

#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing)]

mod support;

#[path = "registries/aws.rs"]
mod aws;
#[path = "registries/azure.rs"]
mod azure;
#[path = "registries/config.rs"]
mod config;
#[path = "registries/http.rs"]
mod http;
#[path = "support/server.rs"]
mod server;
#[path = "registries/tls.rs"]
mod tls;

use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;
use std::sync::OnceLock;

use cradle_procedure::ports::UnitRecord;
use cradle_wipe::{Departure, Reason, Registries, Registry};

/// Times and pauses that make a test quick.
const QUICK: &str = "connection = { timeout_s = 5, retry = { attempts = 3, first_pause_ms = 1, longest_pause_ms = 2 } }";

/// One unit for all tests: a certificate made a second later would be another.
fn unit() -> UnitRecord {
    static UNIT: OnceLock<UnitRecord> = OnceLock::new();
    UNIT.get_or_init(|| support::House::new().ledger.unit)
        .clone()
}

fn departure(unit: &UnitRecord, reason: Reason) -> Departure<'_> {
    Departure {
        unit,
        reason,
        key: "CR-000042:7",
    }
}

/// The one registry of a configuration.
fn open(text: &str, folder: &Path) -> Box<dyn Registry> {
    let mut registries: Registries = toml::from_str(text).unwrap_or_else(|error| panic!("{error}"));
    registries.anchor(folder);
    registries.open().unwrap().remove(0)
}

/// A file that only its owner can read.
fn secret(folder: &Path, name: &str, text: &str) {
    let path = folder.join(name);
    std::fs::write(&path, text).unwrap();
    std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o600)).unwrap();
}
