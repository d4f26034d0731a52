//! The screens, one folder or file for each: what it knows, what it does, and how it looks.

mod audit;
mod authority;
mod batches;
pub(super) mod bench;
mod decommission;
mod people;
mod releases;
mod revocation;
mod settings;
mod training;
mod two;
mod unit;

use cradle_procedure::fault::{Code, Fault};
use cradle_procedure::role::Permission;
use eframe::egui::{Spinner, Ui};

use super::backend::{Backend, SignedIn};
use super::intent::Intent;
use super::paint::fault::fault_once_ui;
use super::paint::text::text_ui;
use super::paint::theme::{Palette, regular};
use super::place::Place;
use super::view::bench::BenchView;
use super::view::remote::Remote;
use super::words;

/// What a screen is given.
pub(super) struct Around<'a> {
    pub(super) backend: &'a dyn Backend,
    /// Whether a tone tells that a unit ended.
    pub(super) tones: bool,
    /// What goes on in the slots.
    pub(super) bench: &'a BenchView,
    pub(super) who: &'a SignedIn,
    /// Milliseconds since 1970-01-01 UTC.
    pub(super) now_ms: u64,
}

impl Around<'_> {
    fn may(&self, permission: Permission) -> bool {
        self.who.role.require(permission).is_ok()
    }
}

/// A screen other than the bench, which works on while others are shown.
pub(super) trait Screen {
    /// The person comes to it: asks for what it shows.
    fn enter(&mut self, around: &Around<'_>);

    /// Takes in what was answered since the last frame.
    fn look(&mut self, around: &Around<'_>);

    /// Paints it and does what the person asks for. What concerns the whole window is left to it.
    fn ui(&mut self, ui: &mut Ui, around: &Around<'_>, intents: &mut Vec<Intent>);

    /// Whether something is under way that must not be left.
    fn is_at_work(&self) -> bool {
        false
    }

    /// Closes the topmost thing; `false` if nothing is open.
    fn escape(&mut self) -> bool {
        false
    }
}

/// The screens of the person who is signed in; another person finds them empty.
#[derive(Default)]
pub(super) struct Screens {
    decommission: decommission::Decommission,
    pub(super) unit: unit::Unit,
    batches: batches::Batches,
    releases: releases::Releases,
    authority: authority::Authority,
    people: people::People,
    audit: audit::Audit,
    training: training::Training,
    settings: settings::Settings,
}

impl Screens {
    /// Takes in what was answered since the last frame, on every screen.
    pub(super) fn look(&mut self, around: &Around<'_>) {
        for place in Place::ALL {
            if let Some(screen) = self.get(*place) {
                screen.look(around);
            }
        }
    }

    /// How many of them have something under way that must not be left.
    pub(super) fn at_work(&mut self) -> usize {
        let mut at_work = 0;
        for place in Place::ALL {
            let busy = self.get(*place).is_some_and(|screen| screen.is_at_work());
            at_work += usize::from(busy);
        }
        at_work
    }

    /// The screen of a place; `None` for the bench.
    pub(super) fn get(&mut self, place: Place) -> Option<&mut dyn Screen> {
        match place {
            Place::Bench => None,
            Place::Decommission => Some(&mut self.decommission),
            Place::Unit => Some(&mut self.unit),
            Place::Batches => Some(&mut self.batches),
            Place::Releases => Some(&mut self.releases),
            Place::Authority => Some(&mut self.authority),
            Place::People => Some(&mut self.people),
            Place::Audit => Some(&mut self.audit),
            Place::Training => Some(&mut self.training),
            Place::Settings => Some(&mut self.settings),
        }
    }
}

/// Shows remote data: a spinner while nothing is there yet, the fault if it was refused, and what
/// `add` paints once it is there.
pub(super) fn remote_ui<T>(
    ui: &mut Ui,
    remote: &Remote<T>,
    intents: &mut Vec<Intent>,
    add: impl FnOnce(&mut Ui, &T),
) {
    if let Some(fault) = remote.fault() {
        end_of_session(fault, intents);
        fault_once_ui(ui, fault);
    }
    match remote.value() {
        Some(value) => add(ui, value),
        None if remote.is_awaited() => awaited_ui(ui),
        None => {}
    }
}

/// If the fault says that the session has ended, the window has to say so.
pub(super) fn end_of_session(fault: &Fault, intents: &mut Vec<Intent>) {
    if fault.code == Code::SessionEnded {
        intents.push(Intent::SessionEnded(fault.clone()));
    }
}

/// Says that something is under way.
pub(super) fn awaited_ui(ui: &mut Ui) {
    let palette = Palette::of(ui);
    ui.horizontal(|ui| {
        ui.add(Spinner::new().size(24.0).color(palette.accent));
        text_ui(ui, words::LOADING.of(ui), regular(16.0), palette.weak);
    });
}
