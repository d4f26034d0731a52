//! A larger quota: another admin's approval, and a new ticket over the new terms.

use cradle_procedure::fault::{Code, Fault};
use cradle_procedure::ids::BatchId;
use cradle_procedure::ports::Signer;

use super::{BatchState, load, ticket};
use crate::act::Act;
use crate::store::sql::sql_fault;

/// Raises the quota of a batch whose present ticket verifies.
pub(crate) fn raise(
    act: &Act<'_>,
    id: &BatchId,
    quota: u32,
    key: &dyn Signer,
) -> Result<(), Fault> {
    let batch = ticket::verified(act.tx, id, Some(key.public_key()))?;
    if matches!(batch.state, BatchState::Draft | BatchState::Closed) {
        let detail = format!("{id} is {}", batch.state);
        return Err(Fault::new(Code::BatchState, detail));
    }
    if quota <= batch.quota {
        let detail = format!("the quota of {id} is {} already", batch.quota);
        return Err(Fault::new(Code::InputInvalid, detail));
    }
    let last = batch.serials.first.checked_add(u64::from(quota) - 1);
    if last.and_then(|last| batch.serials.serial(last)).is_none() {
        let detail = "the serial scheme does not give valid serials for the whole quota";
        return Err(Fault::new(Code::InputInvalid, detail));
    }
    act.tx
        .execute(
            "UPDATE batches SET quota = ?2 WHERE id = ?1",
            (id.as_str(), quota),
        )
        .map_err(sql_fault)?;
    let batch = load(act.tx, id)?;
    ticket::sign(act.tx, &batch, key)?;
    act.audit("batch.quota-raised", id.as_str(), ticket::terms(&batch))
}
