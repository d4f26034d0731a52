//! What helps to find out what is wrong with a station, as one file without a secret in it. Every
//! fact is chosen here; no file is copied, because a file may hold anything.

use std::path::Path;

use cradle_ca::ceremony::CaFiles;
use cradle_ca::watch::watch;
use cradle_procedure::fault::{Code, Fault, OrFault as _};
use cradle_procedure::ids::Sha256;
use cradle_records::Session;
use serde_json::{Value, json};

use crate::config::{BenchSection, Config};
use crate::files;
use crate::office::Office;
use crate::station::{Station, now_ms};

/// Entries of the audit log that go along, newest first.
const ENTRIES: u64 = 200;

/// Writes the file. What a person may not read, or what cannot be read, is in it as its fault.
///
/// # Errors
/// `CFG-02`.
pub(crate) fn write(station: &Station, session: &Session, file: &Path) -> Result<(), Fault> {
    let text = serde_json::to_vec_pretty(&collect(station, session)).or_fault(Code::Internal)?;
    files::write(file, &text)
}

fn collect(station: &Station, session: &Session) -> Value {
    let config = station.config();
    json!({
        "program": concat!("cradle ", env!("CARGO_PKG_VERSION")),
        "system": [std::env::consts::OS, std::env::consts::ARCH],
        "written_ms": now_ms(),
        "written_by": session.operator(),
        "station": config.station,
        "configuration": configuration(config),
        "bench": station.slots().map(|slot| json!({
            "slot": slot.id, "wired_to": slot.description,
        })).collect::<Vec<_>>(),
        "release": told(release(station)),
        "token": told(token(station)),
        "authority": told(authority(station)),
        "batches": told(batches(station, session)),
        "audit": told(audit(station, session)),
    })
}

fn told(result: Result<Value, Fault>) -> Value {
    result.unwrap_or_else(|fault| json!({ "fault": fault.to_string() }))
}

/// Which files the station was told of, and by digest whether they are those that it should have.
fn configuration(config: &Config) -> Value {
    let named = [
        ("configuration", &config.file),
        ("profile", &config.profile),
        ("records", &config.records),
        ("release", &config.release.folder),
        ("release_key", &config.release.key),
        ("ca_files", &config.authority.files),
        ("documents", &config.documents),
    ];
    let public = ["configuration", "profile", "release_key"];
    let files = named.into_iter().map(|(what, path)| {
        let digest = public.contains(&what).then(|| files::read(path).ok());
        let digest = digest.flatten().map(|bytes| Sha256::of(&bytes));
        json!({ "what": what, "path": path, "there": path.exists(), "sha256": digest })
    });
    json!({
        "files": files.collect::<Vec<_>>(),
        "token": config.token.uri.token,
        "token_module": config.token.uri.module,
        "root_token": config.token.root.as_ref().map(|root| &root.uri.token),
        "virtual_bench": matches!(config.bench, BenchSection::Virtual { .. }),
    })
}

fn release(station: &Station) -> Result<Value, Fault> {
    let release = station.release();
    Ok(json!({
        "id": release.id()?,
        "manifest_sha256": release.manifest_hash(),
        "target": release.manifest().target,
        "minimum_version": release.manifest().minimum_version,
    }))
}

fn token(station: &Station) -> Result<Value, Fault> {
    let office: &Office = station.as_ref();
    let token = office.token();
    Ok(json!({ "identity": token.identity()?, "status": token.status()? }))
}

fn authority(station: &Station) -> Result<Value, Fault> {
    let files = CaFiles::in_dir(&station.config().authority.files);
    let ends = watch(&files, &station.authority().crl, now_ms())?;
    Ok(json!(ends))
}

fn batches(station: &Station, session: &Session) -> Result<Value, Fault> {
    let batches = station.store().batches(session)?;
    let rows = batches.iter().map(|batch| {
        json!({
            "id": batch.id, "state": batch.state.text(), "release": batch.release,
            "quota": batch.quota, "used": batch.used, "provisioned": batch.provisioned,
            "in_progress": batch.in_progress, "quarantined": batch.quarantined,
        })
    });
    Ok(rows.collect())
}

fn audit(station: &Station, session: &Session) -> Result<Value, Fault> {
    let page = station.store().audit_page(session, 0, ENTRIES, "")?;
    let lines = page.lines.iter().map(|line| {
        json!({
            "entry": line.entry, "time_ms": line.time_ms, "event": line.event,
            "subject": line.subject, "operator": line.operator, "facts": line.facts,
        })
    });
    Ok(json!({ "entries": page.matching, "newest": lines.collect::<Vec<_>>() }))
}
