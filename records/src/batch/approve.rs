//! From draft to approved, open and closed.

use cradle_procedure::fault::{Code, Fault};
use cradle_procedure::ids::BatchId;
use cradle_procedure::ports::Signer;
use cradle_procedure::role::Permission;
use serde_json::json;

use super::{Batch, BatchState, load, ticket};
use crate::act::{Act, Attempt};
use crate::people::Session;
use crate::store::Store;
use crate::store::sql::sql_fault;

impl Store {
    /// Puts a security admin's name to a draft. With the second name the terms are signed with
    /// the audit key and the batch is approved.
    ///
    /// # Errors
    /// `AUT-03`, `AUT-04`, `BAT-01`, `BAT-07`, `TOK-…`.
    pub fn approve_batch(
        &self,
        session: &Session,
        id: &BatchId,
        key: &dyn Signer,
    ) -> Result<Batch, Fault> {
        self.require_audit_key(key)?;
        let attempt = Attempt {
            what: "approve-batch",
            subject: id.as_str(),
            needs: &[Permission::Approve],
        };
        // Here, not on the writer's thread: the signer is only borrowed.
        self.act_here(session, &attempt, |act| approve(act, id, key))
    }

    /// Opens an approved batch.
    ///
    /// # Errors
    /// `AUT-03`, `BAT-01`, `BAT-04`, `BAT-05`, `BAT-07`.
    pub fn open_batch(&self, session: &Session, id: &BatchId) -> Result<Batch, Fault> {
        let key = self.options().audit_key.clone();
        self.turn(session, id, "open-batch", move |act, id| {
            let batch = ticket::verified(act.tx, id, key.as_deref())?;
            batch.require_state(BatchState::Approved)?;
            batch.require_valid(act.now_ms)?;
            set_state(act, id, BatchState::Open)?;
            act.audit("batch.opened", id.as_str(), json!({}))
        })
    }

    /// Stops a batch for now: units that are under way are finished, no other is let in.
    ///
    /// # Errors
    /// `AUT-03`, `BAT-01`, `BAT-07`.
    pub fn pause_batch(&self, session: &Session, id: &BatchId) -> Result<Batch, Fault> {
        self.turn(session, id, "pause-batch", |act, id| {
            load(act.tx, id)?.require_state(BatchState::Open)?;
            set_state(act, id, BatchState::Paused)?;
            act.audit("batch.paused", id.as_str(), json!({}))
        })
    }

    /// Goes on with a paused batch.
    ///
    /// # Errors
    /// `AUT-03`, `BAT-01`, `BAT-07`.
    pub fn resume_batch(&self, session: &Session, id: &BatchId) -> Result<Batch, Fault> {
        self.turn(session, id, "resume-batch", |act, id| {
            load(act.tx, id)?.require_state(BatchState::Paused)?;
            set_state(act, id, BatchState::Open)?;
            act.audit("batch.resumed", id.as_str(), json!({}))
        })
    }

    /// Closes an open or paused batch for good. No unit of it may be under way, and each that
    /// was set aside must have a reason.
    ///
    /// # Errors
    /// `AUT-03`, `BAT-01`; `BAT-07`, naming units that are not finished.
    pub fn close_batch(&self, session: &Session, id: &BatchId) -> Result<Batch, Fault> {
        self.turn(session, id, "close-batch", |act, id| {
            let batch = load(act.tx, id)?;
            if batch.state != BatchState::Paused {
                batch.require_state(BatchState::Open)?;
            }
            refuse_unfinished(act, id)?;
            set_state(act, id, BatchState::Closed)?;
            let facts = json!({
                "provisioned": batch.provisioned,
                "quarantined": batch.quarantined,
                "quota": batch.quota,
                "used": batch.used,
            });
            act.audit("batch.closed", id.as_str(), facts)
        })
    }

    fn turn(
        &self,
        session: &Session,
        id: &BatchId,
        what: &'static str,
        job: impl FnOnce(&Act<'_>, &BatchId) -> Result<(), Fault> + Send + 'static,
    ) -> Result<Batch, Fault> {
        let attempt = Attempt {
            what,
            subject: id.as_str(),
            needs: &[Permission::RequestBatch],
        };
        let id = id.clone();
        self.act(session, &attempt, move |act| {
            job(act, &id)?;
            load(act.tx, &id)
        })
    }
}

fn approve(act: &Act<'_>, id: &BatchId, key: &dyn Signer) -> Result<Batch, Fault> {
    let batch = load(act.tx, id)?;
    let own = act.session.operator();
    if batch.requested_by == *own {
        return Err(Fault::new(Code::OwnApproval, id));
    }
    batch.require_state(BatchState::Draft)?;
    if batch.approved_by.contains(own) {
        let detail = format!("{own} has approved {id} already; a second person is needed");
        return Err(Fault::new(Code::BatchState, detail));
    }
    act.tx
        .execute(
            "INSERT INTO approvals (batch, operator, session, at_ms) VALUES (?1, ?2, ?3, ?4)",
            (id.as_str(), own.as_str(), act.session.id(), act.now_ms),
        )
        .map_err(sql_fault)?;
    let batch = load(act.tx, id)?;
    let facts = json!({"names": batch.names()});
    act.audit("batch.approved", id.as_str(), facts)?;
    if batch.names() >= 2 {
        ticket::sign(act.tx, &batch, key)?;
        set_state(act, id, BatchState::Approved)?;
        act.audit("batch.ticket-signed", id.as_str(), ticket::terms(&batch))?;
    }
    load(act.tx, id)
}

fn refuse_unfinished(act: &Act<'_>, id: &BatchId) -> Result<(), Fault> {
    let left: Vec<String> = act
        .tx
        .prepare_cached(
            "SELECT serial FROM units WHERE batch = ?1
               AND (state IN ('blank', 'in-progress', 'in-repair')
                    OR (state = 'quarantined' AND reason IS NULL))
             ORDER BY serial LIMIT 10",
        )
        .and_then(|mut query| query.query_map([id.as_str()], |row| row.get(0))?.collect())
        .map_err(sql_fault)?;
    if left.is_empty() {
        return Ok(());
    }
    let detail = format!(
        "finish these units, or set them aside with a reason: {}",
        left.join(", ")
    );
    Err(Fault::new(Code::BatchState, detail))
}

fn set_state(act: &Act<'_>, id: &BatchId, state: BatchState) -> Result<(), Fault> {
    act.tx
        .execute(
            "UPDATE batches SET state = ?2 WHERE id = ?1",
            (id.as_str(), state.text()),
        )
        .map_err(sql_fault)?;
    Ok(())
}
