//! What the demo leaves behind: summary, dumps, exports, and a table to read.

use std::path::Path;

use cradle_procedure::fault::{Code, Fault, OrFault as _};
use cradle_wipe::Status;
use serde_json::{Value, json};

use super::shift::{Shift, Unit};
use crate::files;
use crate::station::Station;

/// Writes `summary.json`, `units/SERIAL/` and `audit/`.
pub(super) fn write(out: &Path, station: &Station, shift: &Shift) -> Result<(), Fault> {
    for unit in &shift.units {
        write_unit(out, unit)?;
    }
    let audit = station.audit_key();
    station
        .store()
        .export_audit(&shift.admin, &out.join("audit"), audit)?;
    let text = serde_json::to_vec_pretty(&summary(shift)).or_fault(Code::Internal)?;
    files::write(&out.join("summary.json"), &text)
}

fn write_unit(out: &Path, unit: &Unit) -> Result<(), Fault> {
    let Some(serial) = &unit.conclusion.serial else {
        return Ok(());
    };
    let folder = out.join("units").join(serial.as_str());
    files::make_folder(&folder)?;
    files::write(&folder.join("flash.bin"), &unit.board.dump_flash())?;
    files::write(&folder.join("otp.bin"), &unit.board.dump_otp())?;
    if let Some(certificate) = &unit.conclusion.certificate {
        let pem = files::certificate_pem(&certificate.der)?;
        files::write(&folder.join("device.pem"), pem.as_bytes())?;
    }
    Ok(())
}

fn summary(shift: &Shift) -> Value {
    let units: Vec<_> = shift.units.iter().map(unit_summary).collect();
    let decommissioned: Vec<_> = shift
        .retirement
        .iter()
        .map(|retirement| {
            let unit = &retirement.document.contents().unit;
            json!({
                "serial": unit.serial,
                "status": retirement.document.status(),
                "document": format!("decommission/{}.pdf", unit.serial),
            })
        })
        .collect();
    json!({ "units": units, "decommissioned": decommissioned })
}

fn unit_summary(unit: &Unit) -> Value {
    let end = &unit.conclusion;
    let certificate = end
        .certificate
        .as_ref()
        .map(|certificate| &certificate.serial_number);
    json!({
        "serial": end.serial,
        "uid": end.uid,
        "slot": unit.slot,
        "verdict": end.verdict,
        "fault": end.fault.as_ref().map(ToString::to_string),
        "certificate": certificate,
        "steps": end.steps,
    })
}

/// Prints the table.
pub(super) fn print(shift: &Shift, out: &Path) {
    println!(
        "{:<12} {:<26} {:>4}  {:<10} {:>8}  certificate",
        "serial", "uid", "slot", "verdict", "seconds"
    );
    for unit in &shift.units {
        let end = &unit.conclusion;
        let dash = || "-".to_owned();
        let seconds: u64 = end.steps.iter().map(|step| step.duration_ms).sum();
        println!(
            "{:<12} {:<26} {:>4}  {:<10} {:>8.1}  {}",
            end.serial.as_ref().map_or_else(dash, ToString::to_string),
            end.uid.as_ref().map_or_else(dash, ToString::to_string),
            unit.slot,
            end.verdict.text().to_uppercase(),
            seconds as f64 / 1000.0,
            end.certificate
                .as_ref()
                .map_or_else(dash, |c| c.serial_number.clone()),
        );
        if let Some(fault) = &end.fault {
            println!("             {fault}");
        }
    }
    match &shift.retirement {
        Some(retirement) => print_retirement(retirement),
        None => println!("\nNo unit was decommissioned."),
    }
    println!("\nEverything is in {}", out.display());
}

fn print_retirement(retirement: &cradle_wipe::Retirement) {
    let serial = &retirement.document.contents().unit.serial;
    let status = match retirement.document.status() {
        Status::Complete => "COMPLETE",
        Status::Pending => "PENDING",
    };
    println!("\n{serial} decommissioned: {status}");
    for missing in retirement.document.missing() {
        println!("  {}: {}", missing.part, missing.why);
    }
    if let Err(fault) = &retirement.signed {
        println!("  {fault}");
    }
}
