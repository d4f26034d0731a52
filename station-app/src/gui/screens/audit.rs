//! The audit log: reading, searching, verifying, exporting.

mod paint;
mod table;
mod verdict;

use std::path::PathBuf;

use cradle_records::audit::{AuditExport, Checkpoint};
use eframe::egui::Ui;
use jiff::tz::TimeZone;

use super::{Around, Screen};
use crate::gui::intent::Intent;
use crate::gui::paint::long_list::Place;
use crate::gui::view::log::LogView;
use crate::gui::view::query;
use crate::gui::view::remote::Remote;
use verdict::Verification;

/// The audit log.
#[derive(Default)]
pub(super) struct Audit {
    /// What is typed into the search field.
    search: String,
    log: LogView,
    place: Place,
    /// Number of the entry whose particulars are shown.
    open: Option<u64>,
    verification: Verification,
    checkpoints: Remote<Vec<Checkpoint>>,
    /// Whether all checkpoints are listed.
    listed: bool,
    signed: Remote<Checkpoint>,
    exported: Remote<AuditExport>,
}

/// What the person wants here.
enum Ask {
    Search,
    StopSearch,
    Refresh,
    Open(u64),
    Verify,
    StopVerifying,
    ListCheckpoints,
    Sign,
    Export,
    /// These rows are looked at.
    Rows(std::ops::Range<u64>),
}

impl Audit {
    fn execute(&mut self, ask: Ask, around: &Around<'_>) {
        let backend = around.backend;
        match ask {
            Ask::Search | Ask::Refresh => self.restart(around),
            Ask::StopSearch => self.log.stop_search(),
            Ask::Open(entry) => self.open = (self.open != Some(entry)).then_some(entry),
            Ask::Verify => self.verification.begin(backend.verify_audit()),
            Ask::StopVerifying => self.verification.stop(),
            Ask::ListCheckpoints => self.listed = !self.listed,
            Ask::Sign => self.signed.ask(backend.sign_checkpoint()),
            Ask::Export => self.exported.ask(backend.export_audit()),
            Ask::Rows(rows) => self.log.show(rows, |entries| backend.audit_rows(entries)),
        }
    }

    fn restart(&mut self, around: &Around<'_>) {
        self.open = None;
        self.place = Place::default();
        let search = query::parse(&self.search, &TimeZone::system());
        let search = search.map(|search| around.backend.search_audit(search));
        self.log.restart(around.backend.audit_size(), search);
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
        self.log.look();
        self.verification.look();
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
        if self.open.take().is_some() {
            return true;
        }
        std::mem::take(&mut self.listed)
    }
}
