//! The audit log: reading, searching, verifying, exporting.

mod paint;

use std::path::PathBuf;

use cradle_records::audit::{AuditExport, AuditReport, Checkpoint};
use eframe::egui::Ui;

use super::{Around, Screen};
use crate::gui::intent::Intent;
use crate::gui::view::pages::AuditPages;
use crate::gui::view::remote::Remote;

/// The audit log.
#[derive(Default)]
pub(super) struct Audit {
    /// What is typed into the search field.
    search: String,
    /// What the lines were asked for with.
    searched: String,
    pages: AuditPages,
    /// Number of the entry whose particulars are shown.
    open: Option<u64>,
    verdict: Remote<AuditReport>,
    checkpoints: Remote<Vec<Checkpoint>>,
    signed: Remote<Checkpoint>,
    exported: Remote<AuditExport>,
}

/// What the person wants here.
enum Ask {
    Search,
    Refresh,
    Open(u64),
    Verify,
    Sign,
    Export,
    /// These rows are looked at.
    Rows(std::ops::Range<u64>),
}

impl Audit {
    fn execute(&mut self, ask: Ask, around: &Around<'_>) {
        let backend = around.backend;
        match ask {
            Ask::Search => {
                self.searched = self.search.trim().to_owned();
                self.restart(around);
            }
            Ask::Refresh => self.restart(around),
            Ask::Open(entry) => self.open = (self.open != Some(entry)).then_some(entry),
            Ask::Verify => self.verdict.ask(backend.verify_audit()),
            Ask::Sign => self.signed.ask(backend.sign_checkpoint()),
            Ask::Export => self.exported.ask(backend.export_audit()),
            Ask::Rows(rows) => {
                let searched = &self.searched;
                let ask = |offset, limit| backend.audit_page(offset, limit, searched);
                self.pages.show(rows, ask);
            }
        }
    }

    fn restart(&mut self, around: &Around<'_>) {
        self.open = None;
        let searched = &self.searched;
        let ask = |offset, limit| around.backend.audit_page(offset, limit, searched);
        self.pages.restart(ask);
    }

    /// Folder of the last export.
    fn export_folder(&self) -> Option<PathBuf> {
        let entries = &self.exported.value()?.entries;
        entries.parent().map(PathBuf::from)
    }
}

impl Screen for Audit {
    fn enter(&mut self, around: &Around<'_>) {
        self.restart(around);
        self.checkpoints.ask(around.backend.checkpoints());
    }

    fn look(&mut self, around: &Around<'_>) {
        let searched = &self.searched;
        let ask = |offset, limit| around.backend.audit_page(offset, limit, searched);
        self.pages.look(ask);
        self.verdict.look();
        self.checkpoints.look();
        if self.signed.look() | self.exported.look() {
            self.checkpoints.ask(around.backend.checkpoints());
        }
    }

    fn ui(&mut self, ui: &mut Ui, around: &Around<'_>, intents: &mut Vec<Intent>) {
        for ask in paint::audit_ui(ui, self, intents) {
            self.execute(ask, around);
        }
    }

    fn escape(&mut self) -> bool {
        self.open.take().is_some()
    }
}
