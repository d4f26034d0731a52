//! Releases: the one in the station's folder with every check, what is on record, what is inside,
//! and which units carry it.

mod carriers;
mod folder;
mod paint;

use cradle_procedure::fault::Fault;
use cradle_procedure::ids::{ReleaseId, Sha256};
use cradle_records::{Carrier, Component, Release};
use eframe::egui::Ui;

use super::two::{Two, TwoAsk};
use super::{Around, Screen};
use crate::gui::backend::{ReleaseChecked, ReleaseList};
use crate::gui::intent::Intent;
use crate::gui::view::remote::Remote;
use crate::two_people::Settled;

/// Releases.
#[derive(Default)]
pub(super) struct Releases {
    list: Remote<ReleaseList>,
    chosen: Option<ReleaseId>,
    components: Remote<Vec<Component>>,
    /// What the components are filtered with.
    filter: String,
    /// The component that carriers are looked for of, and the version below which.
    component: String,
    below: String,
    carriers: Remote<Vec<Carrier>>,
    /// Whether the carriers are to be brought into view.
    jump: bool,
    /// The release that the person is asked about before no more units get it.
    retiring: Option<ReleaseId>,
    checked: Remote<ReleaseChecked>,
    imported: Remote<ReleaseId>,
    retired: Remote<ReleaseId>,
    trusted: Remote<Settled<Sha256>>,
    refused: Option<Fault>,
    two: Two,
}

enum Ask {
    Refresh,
    Choose(ReleaseId),
    Check,
    Import,
    Trust,
    QuestionRetire(ReleaseId),
    Keep,
    Retire(ReleaseId),
    /// Look for the units that carry what the fields say.
    Carriers,
    /// The same, for this component in any version.
    CarriersOf(String),
    Two(TwoAsk),
}

impl Releases {
    fn execute(&mut self, ask: Ask, around: &Around<'_>) {
        let backend = around.backend;
        match ask {
            Ask::Refresh => self.enter(around),
            Ask::Choose(id) => self.choose(id, around),
            Ask::Check => {
                self.imported.clear();
                self.checked.clear();
                self.checked.ask(backend.check_release());
            }
            Ask::Import => self.imported.ask(backend.import_release()),
            Ask::Trust => self.refused = self.trust(around).err(),
            Ask::QuestionRetire(id) => self.retiring = Some(id),
            Ask::Keep => self.retiring = None,
            Ask::Retire(id) => {
                self.retiring = None;
                self.retired.ask(backend.retire_release(id));
            }
            Ask::Carriers => self.find_carriers(around),
            Ask::CarriersOf(component) => {
                self.jump = true;
                (self.component, self.below) = (component, String::new());
                self.find_carriers(around);
            }
            Ask::Two(ask) => self.two.execute(ask, around),
        }
    }

    fn choose(&mut self, id: ReleaseId, around: &Around<'_>) {
        self.components.clear();
        let components = around.backend.components(id.clone());
        self.components.ask(components);
        self.chosen = Some(id);
    }

    fn find_carriers(&mut self, around: &Around<'_>) {
        let component = self.component.trim().to_owned();
        let below = Some(self.below.trim().to_owned()).filter(|below| !below.is_empty());
        self.carriers.clear();
        if !component.is_empty() {
            let carriers = around.backend.carriers(component, below);
            self.carriers.ask(carriers);
        }
    }

    fn trust(&mut self, around: &Around<'_>) -> Result<(), Fault> {
        let second = self.two.second()?;
        self.trusted.clear();
        self.trusted.ask(around.backend.trust_release_key(second));
        Ok(())
    }

    /// The release that is chosen, as the list has it.
    fn release(&self) -> Option<&Release> {
        let chosen = self.chosen.as_ref()?;
        let mut releases = self.list.value()?.releases.iter();
        releases.find(|release| release.id == *chosen)
    }
}

impl Screen for Releases {
    fn enter(&mut self, around: &Around<'_>) {
        self.list.ask(around.backend.releases());
        self.two.enter(around);
    }

    fn look(&mut self, around: &Around<'_>) {
        if self.list.look() && self.chosen.is_none() {
            let list = self.list.value();
            let first = list.and_then(|list| list.releases.first());
            if let Some(id) = first.map(|release| release.id.clone()) {
                self.choose(id, around);
            }
        }
        self.components.look();
        self.carriers.look();
        self.checked.look();
        self.two.look(around);
        if self.imported.look() | self.retired.look() | self.trusted.look() {
            self.enter(around);
        }
    }

    fn ui(&mut self, ui: &mut Ui, around: &Around<'_>, intents: &mut Vec<Intent>) {
        for ask in paint::releases_ui(ui, self, around, intents) {
            self.execute(ask, around);
        }
    }

    fn escape(&mut self) -> bool {
        self.retiring.take().is_some()
    }
}
