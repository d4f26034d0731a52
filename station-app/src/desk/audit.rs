//! The audit log, asked of the records on workers.

use std::ops::ControlFlow;
use std::sync::mpsc;

use cradle_records::audit::{AuditExport, AuditRow, AuditSearch, Checkpoint};

use super::Desk;
use crate::gui::backend::{AuditLog, Pending, SearchRun, VerifyRun};

impl AuditLog for Desk {
    fn audit_size(&self) -> Pending<u64> {
        self.ask(&self.reader, |desk, session| {
            desk.station.store().audit_size(session)
        })
    }

    fn audit_rows(&self, entries: Vec<u64>) -> Pending<Vec<AuditRow>> {
        self.ask(&self.reader, move |desk, session| {
            desk.station.store().audit_rows(session, &entries)
        })
    }

    fn search_audit(&self, search: AuditSearch) -> SearchRun {
        let (sender, found) = mpsc::channel();
        let answer = self.ask_while_wanted(&self.searcher, move |desk, session, wanted| {
            let mut tell = |part| {
                // A window that has gone elsewhere does not mind.
                let _ = sender.send(part);
                desk.wake();
                go_on(wanted())
            };
            let store = desk.station.store();
            store.audit_search(session, &search, &mut tell)
        });
        SearchRun { found, answer }
    }

    fn verify_audit(&self) -> VerifyRun {
        let (sender, progress) = mpsc::channel();
        let answer = self.ask_while_wanted(&self.searcher, move |desk, _, wanted| {
            let mut watch = |done, of| {
                let _ = sender.send((done, of));
                desk.wake();
                go_on(wanted())
            };
            desk.station.store().verify_database_watched(&mut watch)
        });
        VerifyRun { progress, answer }
    }

    fn checkpoints(&self) -> Pending<Vec<Checkpoint>> {
        self.ask(&self.reader, |desk, _| desk.station.store().checkpoints())
    }

    fn sign_checkpoint(&self) -> Pending<Checkpoint> {
        self.ask(&self.clerk, |desk, _| {
            desk.station.store().checkpoint(desk.station.audit_key())
        })
    }

    fn export_audit(&self) -> Pending<AuditExport> {
        self.ask(&self.clerk, |desk, session| {
            let folder = desk.export_folder("audit")?;
            let key = desk.station.audit_key();
            desk.station.store().export_audit(session, &folder, key)
        })
    }
}

const fn go_on(wanted: bool) -> ControlFlow<()> {
    match wanted {
        true => ControlFlow::Continue(()),
        false => ControlFlow::Break(()),
    }
}
