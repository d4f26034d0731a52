//! The ticket: the terms that were approved, signed. Issuance trusts it and not the row, so that
//! whoever edits a quota in the database file gets nothing signed.

use std::cell::{Cell, RefCell};

use cradle_procedure::fault::{Code, Fault};
use cradle_procedure::ids::{BatchId, OperatorName, Sha256};
use cradle_procedure::ports::Signer;
use cradle_procedure::signature;
use rusqlite::Transaction;
use serde_json::{Value, json};

use super::{Batch, BatchState, load, load_uncounted};
use crate::audit::canonical;
use crate::release;
use crate::store::sql::sql_fault;
use crate::store::staged;

/// Keeps a ticket from being taken for anything else that the audit key signs: the name of a log,
/// with which a checkpoint begins, holds no space.
const HEADING: &str = "cradle batch ticket 1\n";

/// What is approved.
pub(crate) fn terms(batch: &Batch) -> Value {
    let approved_by: Vec<_> = batch.approved_by.iter().map(OperatorName::as_str).collect();
    let mut terms = json!({
        "approved_by": approved_by,
        "batch": batch.id.as_str(),
        "manifest": batch.manifest.to_string(),
        "product": batch.product,
        "profile": batch.profile.as_str(),
        "quota": batch.quota,
        "release": batch.release.as_str(),
        "requested_by": batch.requested_by.as_str(),
        "serial_first": batch.serials.first,
        "serial_prefix": batch.serials.prefix,
        "serial_width": batch.serials.width,
        "site": batch.site,
        "valid_until_ms": batch.valid_until_ms,
    });
    // Only where there is one: tickets that were signed before there were any stay valid.
    if batch.serials.check {
        terms["serial_check"] = json!("mod-37-36");
    }
    terms
}

/// Signs the terms and keeps the ticket with the batch.
pub(crate) fn sign(tx: &Transaction<'_>, batch: &Batch, key: &dyn Signer) -> Result<(), Fault> {
    let ticket = key.sign(message(batch)?.as_bytes())?;
    tx.execute(
        "UPDATE batches SET ticket = ?2 WHERE id = ?1",
        (batch.id.as_str(), ticket),
    )
    .map_err(sql_fault)?;
    Ok(())
}

/// The batch, if its ticket verifies over the terms as the database has them now.
pub(crate) fn verified(
    tx: &Transaction<'_>,
    id: &BatchId,
    key: Option<&[u8]>,
) -> Result<Batch, Fault> {
    check(tx, load(tx, id)?, key)
}

fn check(tx: &Transaction<'_>, batch: Batch, key: Option<&[u8]>) -> Result<Batch, Fault> {
    let id = &batch.id;
    let ticket: Option<Vec<u8>> = tx
        .prepare_cached("SELECT ticket FROM batches WHERE id = ?1")
        .and_then(|mut query| query.query_row([id.as_str()], |row| row.get(0)))
        .map_err(sql_fault)?;
    let refused = |what: &str| Fault::new(Code::TicketInvalid, format!("{id}: {what}"));
    let Some(ticket) = ticket else {
        return match batch.state {
            BatchState::Draft => Ok(batch),
            _ => Err(refused("there is no ticket")),
        };
    };
    let key = key.ok_or_else(|| refused("there is no audit key to verify it with"))?;
    if batch.names() < 2 || !verifies(key, &message(&batch)?, &ticket) {
        return Err(refused("the ticket is not over these terms"));
    }
    Ok(batch)
}

thread_local! {
    /// Digest of key, terms and ticket that this thread found to verify last.
    static GOOD: Cell<Option<Sha256>> = const { Cell::new(None) };
}

/// Whether the ticket is over these terms. Asked for each unit, and always of the same bytes: what
/// verified once does so again, and a digest takes a hundredth of the time.
fn verifies(key: &[u8], message: &str, ticket: &[u8]) -> bool {
    let asked = [key, ticket]
        .map(Sha256::of)
        .map(|digest| digest.to_string());
    let asked = Sha256::of([&asked[0], &asked[1], message].concat().as_bytes());
    if GOOD.get() == Some(asked) {
        return true;
    }
    let good = signature::verifies(key, message.as_bytes(), ticket);
    if good {
        GOOD.set(Some(asked));
    }
    good
}

thread_local! {
    /// The batch that was found open last, and in which transaction of many askers.
    static OPEN: RefCell<Option<(u64, Batch)>> = const { RefCell::new(None) };
}

/// The batch, if units may be made of it now. Those who share a transaction change nothing of it
/// but how much is used: for all but the first it is read and checked already.
pub(crate) fn open_batch(
    tx: &Transaction<'_>,
    id: &BatchId,
    key: Option<&[u8]>,
    now_ms: u64,
) -> Result<Batch, Fault> {
    let group = staged::group();
    let known = OPEN.with_borrow(|open| match open {
        Some((of, batch)) if Some(*of) == group && batch.id == *id => Some(batch.clone()),
        _ => None,
    });
    let batch = match known {
        Some(batch) => Batch {
            used: used(tx, id)?,
            ..batch
        },
        None => found_open(tx, id, key)?,
    };
    batch.require_valid(now_ms)?;
    if let Some(group) = group {
        OPEN.set(Some((group, batch.clone())));
    }
    Ok(batch)
}

fn found_open(tx: &Transaction<'_>, id: &BatchId, key: Option<&[u8]>) -> Result<Batch, Fault> {
    let batch = check(tx, load_uncounted(tx, id)?, key)?;
    if batch.state != BatchState::Open {
        let detail = format!("{id} is {}", batch.state);
        return Err(Fault::new(Code::BatchNotOpen, detail));
    }
    release::refuse_retired(tx, &batch.release)?;
    Ok(batch)
}

fn used(tx: &Transaction<'_>, id: &BatchId) -> Result<u32, Fault> {
    tx.prepare_cached("SELECT used FROM batches WHERE id = ?1")
        .and_then(|mut query| query.query_row([id.as_str()], |row| row.get(0)))
        .map_err(sql_fault)
}

fn message(batch: &Batch) -> Result<String, Fault> {
    Ok(format!("{HEADING}{}\n", canonical::encode(&terms(batch))?))
}
