//! What became of each certificate, as the audit log tells it.
//!
//! The log is followed and what it says of certificates is kept in memory: a stranger's OCSP
//! request then never costs a search in the database.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use cradle_procedure::fault::{Code, Fault};
use cradle_procedure::ports::{CertificateStatus, Revocation, RevocationReason, StatusLedger};
use cradle_records::audit::AuditLine;
use cradle_records::{Session, Store};
use serde_json::Value;

/// A revocation is known here at the latest so long after it is on record.
const BEHIND: Duration = Duration::from_secs(1);

/// Entries fetched at once.
const PAGE: u64 = 50_000;

/// What of an entry's line is looked for.
const ABOUT: &str = "certificate.";

/// The certificates of a record, by serial number.
pub(super) struct Statuses {
    store: Store,
    session: Session,
    known: Mutex<Known>,
}

#[derive(Default)]
struct Known {
    /// Number of the first entry that was not read yet.
    next: u64,
    looked: Option<Instant>,
    of: HashMap<String, CertificateStatus>,
}

impl Statuses {
    /// Reads the log up to now.
    ///
    /// # Errors
    /// `AUT-…`, `STO-…`.
    pub(super) fn follow(store: &Store, session: &Session) -> Result<Self, Fault> {
        let statuses = Self {
            store: store.clone(),
            session: session.clone(),
            known: Mutex::default(),
        };
        statuses.catch_up(
            &mut statuses
                .known
                .lock()
                .unwrap_or_else(PoisonError::into_inner),
        )?;
        Ok(statuses)
    }

    fn catch_up(&self, known: &mut Known) -> Result<(), Fault> {
        let mut newer = Vec::new();
        let mut offset = 0;
        loop {
            // Newest first: an entry that comes meanwhile is met twice at most, none is missed.
            let lines = (self.store.audit_page(&self.session, offset, PAGE, ABOUT)?).lines;
            let (all, end) = (
                lines.len(),
                lines.last().is_none_or(|line| line.entry < known.next),
            );
            newer.extend(lines.into_iter().filter(|line| line.entry >= known.next));
            offset += PAGE;
            if end || all < usize::try_from(PAGE).unwrap_or(usize::MAX) {
                break;
            }
        }
        for line in newer.iter().rev() {
            known.learn(line)?;
        }
        known.looked = Some(Instant::now());
        Ok(())
    }
}

impl Known {
    fn learn(&mut self, line: &AuditLine) -> Result<(), Fault> {
        self.next = self.next.max(line.entry + 1);
        let revoked = match &*line.event {
            "certificate.issued" => false,
            "certificate.revoked" => true,
            _ => return Ok(()),
        };
        let unreadable = || Fault::new(Code::AuditBroken, format!("entry {}", line.entry));
        let facts: Value = serde_json::from_str(&line.facts).map_err(|_| unreadable())?;
        let text = |name: &str| facts[name].as_str().ok_or_else(unreadable);
        let serial = text("certificate")?.to_lowercase();
        let status = match revoked {
            false => CertificateStatus::Good,
            true => CertificateStatus::Revoked(Revocation {
                serial_number: serial.clone(),
                revoked_at: line.time_ms / 1000,
                reason: text("reason")?.parse::<RevocationReason>()?,
            }),
        };
        self.of.insert(serial, status);
        Ok(())
    }
}

impl StatusLedger for Statuses {
    fn status(&self, serial_number: &str) -> Result<CertificateStatus, Fault> {
        let mut known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        if known.looked.is_none_or(|looked| looked.elapsed() >= BEHIND) {
            self.catch_up(&mut known)?;
        }
        let status = known.of.get(serial_number).cloned();
        Ok(status.unwrap_or(CertificateStatus::Unknown))
    }
}
