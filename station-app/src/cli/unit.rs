//! `cradle unit`: what is on record about one, and taking it out of the line.

mod hand_over;

use std::fmt::Write as _;
use std::path::PathBuf;

use clap::{Args, Subcommand};
use cradle_procedure::fault::Fault;
use cradle_procedure::ids::{OperatorName, Serial, Sha256, Uid};
use cradle_procedure::step::Verdict;
use cradle_records::{Destruction, RunRecord, UnitHistory, UnitKey};
use serde_json::{Value, json};

use super::people::{Secret, SignIn};
use super::{Answer, Shared};
use crate::files;

/// Units: what is on record, repair and destruction.
#[derive(Subcommand)]
#[command(after_help = "Example: cradle unit show --uid 0123456789abcdef01234567 --as alice")]
pub(super) enum Verb {
    /// Show what is on record about a unit
    Show(ShowArguments),
    /// Take a unit out of the line to be mended. Put into a slot again, it goes on where it was
    Repair(RepairArguments),
    /// Hand a unit to another person, who is there as well
    ///
    /// Whoever gives it has to have it, or be a security admin.
    #[command(
        after_help = "Example: cradle unit hand-over SN-000123 --to vera --place \"gate 2\" --as tariq"
    )]
    HandOver(hand_over::Arguments),
    /// Write down that a unit was destroyed; another person must have seen it
    Destroy(DestroyArguments),
}

#[derive(Args)]
pub(super) struct ShowArguments {
    #[command(flatten)]
    key: Key,
    #[command(flatten)]
    sign_in: SignIn,
}

#[derive(Args)]
#[group(required = true, multiple = false)]
struct Key {
    /// Serial number, as on its label
    serial: Option<Serial>,
    /// Identifier of its chip, hexadecimal
    #[arg(long)]
    uid: Option<Uid>,
    /// Serial number of a certificate it has or had, hexadecimal
    #[arg(long, value_name = "NUMBER")]
    certificate: Option<String>,
}

#[derive(Args)]
pub(super) struct RepairArguments {
    /// Unit
    serial: Serial,
    /// What is to be mended
    #[arg(long)]
    reason: String,
    #[command(flatten)]
    sign_in: SignIn,
}

#[derive(Args)]
pub(super) struct DestroyArguments {
    /// Unit
    serial: Serial,
    /// Why, and by which means
    #[arg(long)]
    reason: String,
    /// Photograph or protocol; its SHA-256 goes on record, the file stays where it is
    #[arg(long, value_name = "FILE")]
    evidence: Option<PathBuf>,
    /// Who saw it. That person's password is asked for, or read from `CRADLE_WITNESS_PASSWORD`
    #[arg(long, value_name = "NAME")]
    witness: OperatorName,
    /// Read the witness's password from this file descriptor
    #[arg(long, value_name = "N")]
    witness_password_fd: Option<i32>,
    #[command(flatten)]
    sign_in: SignIn,
}

pub(super) fn run(verb: &Verb, shared: &Shared) -> Result<Answer, Fault> {
    match verb {
        Verb::Show(arguments) => show(arguments, shared),
        Verb::Repair(arguments) => repair(arguments, shared),
        Verb::HandOver(arguments) => hand_over::run(arguments, shared),
        Verb::Destroy(arguments) => destroy(arguments, shared),
    }
}

fn show(arguments: &ShowArguments, shared: &Shared) -> Result<Answer, Fault> {
    let office = shared.office()?;
    let Key {
        serial,
        uid,
        certificate,
    } = &arguments.key;
    let unit = arguments.sign_in.with(&office, |session| {
        let key = match (serial, uid, certificate) {
            (Some(serial), _, _) => UnitKey::Serial(serial.clone()),
            (_, Some(uid), _) => UnitKey::Uid(uid.clone()),
            (_, _, number) => UnitKey::Certificate(number.clone().unwrap_or_default()),
        };
        office.store().find_unit(session, &key)
    })?;
    Answer::done(words(&unit), data(&unit))
}

fn repair(arguments: &RepairArguments, shared: &Shared) -> Result<Answer, Fault> {
    let office = shared.office()?;
    let RepairArguments {
        serial,
        reason,
        sign_in,
    } = arguments;
    sign_in.with(&office, |session| {
        office.store().send_to_repair(session, serial, reason)
    })?;
    Answer::done(
        format!("{serial} is in repair"),
        json!({ "serial": serial, "reason": reason }),
    )
}

fn destroy(arguments: &DestroyArguments, shared: &Shared) -> Result<Answer, Fault> {
    let office = shared.office()?;
    let evidence = match &arguments.evidence {
        Some(file) => Some(Sha256::of(&files::read(file)?)),
        None => None,
    };
    let destruction = Destruction {
        reason: arguments.reason.clone(),
        evidence,
    };
    let (store, serial) = (office.store(), &arguments.serial);
    arguments.sign_in.with(&office, |session| {
        let name = &arguments.witness;
        let secret = Secret {
            fd: arguments.witness_password_fd,
            variable: "CRADLE_WITNESS_PASSWORD",
        };
        let secret = secret.take(&format!("Password of {name}, who saw it: "))?;
        let witness = store.sign_in(name, &secret, &office.config().station)?;
        let destroyed = store.destroy(session, &witness, serial, &destruction);
        let signed_out = store.sign_out(&witness);
        destroyed.and(signed_out)
    })?;
    Answer::done(
        format!("{serial} is destroyed"),
        json!({ "serial": serial, "reason": destruction.reason, "evidence": evidence }),
    )
}

fn words(unit: &UnitHistory) -> String {
    let record = &unit.unit;
    let mut words = format!(
        "{} is {}\nchip {}, batch {}, release {}",
        record.serial, record.state, record.uid, record.batch, unit.release
    );
    for run in &unit.runs {
        let how = run.verdict.map_or("not concluded", Verdict::text);
        let _ = write!(
            words,
            "\n{} by {} at {}: {how}, {} steps",
            run.journey,
            run.operator,
            run.station,
            run.steps.len()
        );
    }
    for certificate in &unit.certificates {
        let revoked = certificate.revoked.as_ref();
        let how = revoked.map_or("in force", |(_, reason)| reason.text());
        let _ = write!(words, "\ncertificate {}: {how}", certificate.serial_number);
    }
    for document in &unit.documents {
        let how = if document.complete {
            "complete"
        } else {
            "pending"
        };
        let _ = write!(words, "\nsanitization {}: {how}", document.sha256);
    }
    for it in &unit.custody {
        let (giver, receiver, place) = (&it.giver, &it.receiver, &it.place);
        let _ = write!(words, "\ncustody: {giver} to {receiver}, {place}");
    }
    words
}

fn data(unit: &UnitHistory) -> Value {
    let record = &unit.unit;
    let certificates = unit.certificates.iter().map(|certificate| {
        let revoked = certificate.revoked.as_ref();
        json!({
            "serial_number": certificate.serial_number, "issued_ms": certificate.issued_ms,
            "revoked_ms": revoked.map(|(at, _)| at),
            "reason": revoked.map(|(_, reason)| reason.text()),
        })
    });
    let documents = unit.documents.iter().map(|document| {
        json!({
            "sha256": document.sha256, "complete": document.complete, "at_ms": document.at_ms,
        })
    });
    let custody = unit.custody.iter().map(|it| {
        json!({
            "at_ms": it.at_ms, "giver": it.giver, "giver_session": it.giver_session,
            "receiver": it.receiver, "receiver_session": it.receiver_session,
            "place": it.place, "note": it.note,
        })
    });
    json!({
        "serial": record.serial, "uid": record.uid, "state": record.state.text(),
        "product": record.product, "batch": record.batch, "release": unit.release,
        "bound_ms": unit.bound_ms,
        "runs": unit.runs.iter().map(run_data).collect::<Vec<_>>(),
        "certificates": certificates.collect::<Vec<_>>(),
        "documents": documents.collect::<Vec<_>>(),
        "custody": custody.collect::<Vec<_>>(),
    })
}

fn run_data(run: &RunRecord) -> Value {
    json!({
        "id": run.id, "journey": run.journey, "slot": run.slot, "session": run.session,
        "operator": run.operator, "station": run.station,
        "started_ms": run.started_ms, "ended_ms": run.ended_ms,
        "verdict": run.verdict.map(Verdict::text), "code": run.code,
        "detail": run.detail, "steps": run.steps,
    })
}
