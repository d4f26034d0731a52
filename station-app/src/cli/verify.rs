//! `cradle verify`: is an installed or returned unit what its record says?

use std::fmt::Write as _;
use std::path::PathBuf;

use clap::Args;
use cradle_procedure::fault::Fault;
use cradle_procedure::ids::{Serial, SlotId};
use serde_json::json;

use super::people::SignIn;
use super::{Answer, Shared};
use crate::station::{Inspected, Inspection};

/// Hold an installed or returned unit against its record, over its serial line alone.
///
/// Compares firmware version and hash, bootloader, root key, counter, locks, the certificate in the
/// device, its chain, the record and the CRL, and names each difference. Changes nothing on the
/// unit; the audit log gets an entry. Ends with status 1 if anything differs.
#[derive(Args)]
#[command(after_help = "Example: cradle verify --slot 1 --serial SN-000123 --as tariq")]
pub(super) struct Arguments {
    #[command(flatten)]
    sign_in: SignIn,
    /// Slot that its serial line is wired to
    #[arg(long)]
    slot: u16,
    /// Serial number on its label; its chip tells which unit it is
    #[arg(long)]
    serial: Option<Serial>,
    /// Folder of the release that it should run now [default: the station's, if the unit was made
    /// with it]
    #[arg(long, value_name = "FOLDER")]
    release: Option<PathBuf>,
}

pub(super) fn run(arguments: &Arguments, shared: &Shared) -> Result<Answer, Fault> {
    let office = shared.office()?;
    let inspected = arguments.sign_in.with(&office, |session| {
        office.inspect(&Inspection {
            session,
            slot: SlotId(arguments.slot),
            label: arguments.serial.as_ref(),
            release: arguments.release.as_deref(),
        })
    })?;
    let unit = &inspected.unit.unit;
    let items = inspected.findings.iter().map(|finding| {
        json!({
            "item": finding.item, "expected": finding.expected, "found": finding.found,
            "ok": finding.holds(),
        })
    });
    let data = json!({
        "serial": unit.serial, "uid": unit.uid, "release": inspected.release,
        "as_recorded": inspected.is_as_recorded(), "items": items.collect::<Vec<_>>(),
    });
    Ok(match inspected.is_as_recorded() {
        true => Answer::Done(words(&inspected), data),
        false => Answer::Failed(words(&inspected), data),
    })
}

fn words(inspected: &Inspected) -> String {
    let unit = &inspected.unit.unit;
    let mut words = format!(
        "{}, chip {}, {}: ",
        unit.serial, unit.uid, inspected.release
    );
    let drift = inspected.findings.iter().filter(|it| !it.holds()).count();
    match drift {
        0 => words.push_str("as recorded"),
        1 => words.push_str("one thing differs"),
        more => {
            let _ = write!(words, "{more} things differ");
        }
    }
    for finding in &inspected.findings {
        let mark = if finding.holds() { "ok    " } else { "DRIFT " };
        let _ = write!(words, "\n{mark} {finding}");
    }
    words
}
