//! The window itself: holds the state, looks for news, and executes what widgets ask for.

use std::sync::Arc;
use std::time::Duration;

use cradle_procedure::fault::{Code, Fault};
use cradle_procedure::ids::{Serial, SlotId};
use cradle_procedure::role::Permission;
use eframe::egui::{self, CentralPanel, Context, Theme, ViewportCommand};

use super::backend::{Backend, BenchFacts, Pending, SignedIn, Title};
use super::intent::Intent;
use super::keys;
use super::paint::bench::{BenchScreen, bench_ui, scan_id};
use super::paint::dialogs::{closing_ui, help_ui};
use super::paint::header::header_ui;
use super::paint::sign_in::sign_in_ui;
use super::paint::theme;
use super::view::bench::BenchView;
use super::view::scan::{self, Scan};
use super::view::sign_in::SignInForm;
use super::view::slot::State;

/// Wall clock: milliseconds since 1970-01-01 UTC.
pub type Clock = Box<dyn Fn() -> u64>;

/// The station window.
pub struct Station {
    backend: Arc<dyn Backend>,
    clock: Clock,
    title: Title,
    facts: Arc<BenchFacts>,
    view: BenchView,
    screen: Screen,
    help: bool,
    closing: Closing,
}

enum Screen {
    SignIn(SignInForm, Option<Pending<SignedIn>>),
    Bench(Desk),
}

/// What belongs to the person at the bench.
struct Desk {
    who: SignedIn,
    scan: String,
    chosen: Option<SlotId>,
    detail: bool,
    notice: Option<Fault>,
}

#[derive(Clone, Copy, PartialEq)]
enum Closing {
    No,
    Asked,
    Stopping,
}

impl Station {
    /// A window on the backend, at the sign-in screen.
    #[must_use]
    pub fn new(ctx: &Context, backend: Arc<dyn Backend>, clock: Clock) -> Self {
        theme::install(ctx);
        let waker = ctx.clone();
        backend.set_waker(Arc::new(move || waker.request_repaint()));
        Self {
            clock,
            title: backend.title(),
            facts: backend.bench(),
            view: BenchView::default(),
            screen: sign_in_screen(&*backend, None),
            help: false,
            closing: Closing::No,
            backend,
        }
    }

    /// What the slots look like: what is painted, and what tests compare.
    #[must_use]
    pub const fn view(&self) -> &BenchView {
        &self.view
    }

    /// Takes in what happened since the last frame.
    fn look(&mut self, ctx: &Context) {
        let now_ms = (self.clock)();
        self.facts = self.backend.bench();
        self.view.set_facts(&self.facts);
        for (slot, event) in self.backend.drain() {
            self.view.apply(slot, event, now_ms);
        }
        self.look_for_answer(ctx);
        self.look_at_closing(ctx);
        if !self.view.working().is_empty() {
            // The times on the cards go on.
            ctx.request_repaint_after(Duration::from_millis(250));
        }
    }

    fn look_for_answer(&mut self, ctx: &Context) {
        let Screen::SignIn(form, pending) = &mut self.screen else {
            return;
        };
        match pending.as_ref().and_then(Pending::poll) {
            Some(Ok(who)) => {
                self.screen = Screen::Bench(Desk::new(who));
                ctx.memory_mut(|memory| memory.request_focus(scan_id()));
            }
            Some(Err(fault)) => {
                form.refuse(fault);
                *pending = None;
            }
            None => {}
        }
    }

    fn look_at_closing(&mut self, ctx: &Context) {
        let at_work = !self.view.working().is_empty();
        if at_work && ctx.input(|input| input.viewport().close_requested()) {
            ctx.send_viewport_cmd(ViewportCommand::CancelClose);
            if self.closing == Closing::No {
                self.closing = Closing::Asked;
            }
        } else if !at_work && self.closing != Closing::No {
            if self.closing == Closing::Stopping {
                ctx.send_viewport_cmd(ViewportCommand::Close);
            }
            self.closing = Closing::No;
        }
    }

    fn paint(&mut self, ui: &mut egui::Ui) -> Vec<Intent> {
        let mut intents = Vec::new();
        let covered = self.help || self.closing != Closing::No;
        keys::everywhere(ui.ctx(), &mut intents);
        let obstacle = self.obstacle();
        let at_work = self.view.working().len();
        let who = match &self.screen {
            Screen::Bench(desk) => Some(&desk.who),
            Screen::SignIn(..) => None,
        };
        header_ui(ui, &self.title, who, at_work > 0, &mut intents);
        match &mut self.screen {
            Screen::SignIn(form, _) => {
                CentralPanel::default_margins()
                    .show(ui, |ui| sign_in_ui(ui, &self.title, form, &mut intents));
            }
            Screen::Bench(desk) => {
                if !covered {
                    keys::bench(ui.ctx(), &mut desk.scan, desk.chosen, &mut intents);
                }
                let screen = BenchScreen {
                    facts: &self.facts,
                    view: &self.view,
                    chosen: desk.chosen,
                    detail: desk.detail,
                    notice: desk.notice.as_ref(),
                    obstacle: obstacle.as_ref(),
                    now_ms: (self.clock)(),
                    scan: &mut desk.scan,
                };
                bench_ui(ui, screen, &mut intents);
            }
        }
        if self.closing != Closing::No {
            let stopping = self.closing == Closing::Stopping;
            closing_ui(ui.ctx(), at_work, stopping, &mut intents);
        } else if self.help {
            help_ui(ui.ctx(), &mut intents);
        }
        intents
    }

    /// Why the person at the bench cannot start a unit now.
    fn obstacle(&self) -> Option<Fault> {
        let Screen::Bench(desk) = &self.screen else {
            return None;
        };
        let allowed = desk.who.role.require(Permission::Provision);
        let no_batch = || Fault::new(Code::BatchNotOpen, "");
        allowed
            .err()
            .or_else(|| self.facts.obstacle.clone())
            .or_else(|| self.facts.batch.is_none().then(no_batch))
    }

    fn execute(&mut self, ctx: &Context, intent: Intent) {
        match intent {
            Intent::SignIn => self.sign_in(),
            Intent::CheckPeople => self.screen = sign_in_screen(&*self.backend, None),
            Intent::SignOut => self.sign_out(None),
            Intent::Start(slot, scanned) => self.start(slot, scanned),
            Intent::StartAll => {
                for slot in self.view.ready() {
                    self.start(slot, None);
                }
            }
            Intent::Stop(slot) => self.stop(slot),
            Intent::StopAll => self.stop_all(),
            Intent::NextBoard(slot) => self.next_board(slot),
            Intent::NextBoards => {
                for slot in self.view.ended() {
                    self.next_board(slot);
                }
            }
            Intent::Scanned(line) => self.scanned(&line),
            Intent::Escape => self.escape(),
            Intent::ToggleHelp => self.help = !self.help,
            Intent::ToggleTheme => toggle_theme(ctx),
            Intent::KeepWorking => self.closing = Closing::No,
            Intent::StopAndClose => {
                self.closing = Closing::Stopping;
                self.stop_all();
            }
            Intent::OpenDetail(slot) => {
                if let Screen::Bench(desk) = &mut self.screen {
                    desk.chosen = Some(slot);
                    desk.detail = true;
                }
            }
            Intent::ToggleDetail => {
                if let Screen::Bench(desk) = &mut self.screen {
                    desk.detail = !desk.detail && desk.chosen.is_some();
                }
            }
        }
    }

    fn sign_in(&mut self) {
        if let Screen::SignIn(form, pending @ None) = &mut self.screen {
            form.checking = true;
            form.refused = None;
            let name = form.name.trim().to_owned();
            *pending = Some(self.backend.sign_in(name, form.take_password()));
        }
    }

    fn sign_out(&mut self, why: Option<Fault>) {
        self.backend.sign_out();
        self.screen = sign_in_screen(&*self.backend, why);
    }

    /// Starts one slot if that makes sense, and says why when it does not.
    fn start(&mut self, slot: SlotId, scanned: Option<Serial>) {
        let refused = match self.obstacle() {
            Some(fault) => Err(fault),
            None => self.make_startable(slot, scanned.as_ref()),
        };
        let started = refused.and_then(|()| self.backend.start(slot, scanned.clone()));
        match started {
            Ok(()) => {
                let now_ms = (self.clock)();
                if let Some(view) = self.view.get_mut(slot) {
                    view.begin(scanned, now_ms);
                }
                self.set_notice(None);
            }
            Err(fault) if fault.code == Code::SessionEnded => self.sign_out(Some(fault)),
            Err(fault) => self.set_notice(Some(fault)),
        }
    }

    /// A serial number scanned for a slot that has ended says that the next board is in it.
    fn make_startable(&mut self, slot: SlotId, scanned: Option<&Serial>) -> Result<(), Fault> {
        let Some(view) = self.view.get(slot) else {
            return Err(Fault::new(Code::SlotUnknown, slot));
        };
        match view.state() {
            _ if view.startable() => Ok(()),
            State::Pass | State::Quarantine
                if scanned.is_some() && scanned != view.serial.as_ref() =>
            {
                self.next_board(slot);
                Ok(())
            }
            State::Working => Err(Fault::new(
                Code::InputInvalid,
                format!("slot {slot} is at work"),
            )),
            State::Pass | State::Quarantine => Err(Fault::new(
                Code::InputInvalid,
                format!("slot {slot} has ended: put the next board in and press Next board"),
            )),
            _ => Err(Fault::new(Code::NoDevice, format!("slot {slot}"))),
        }
    }

    fn stop(&mut self, slot: SlotId) {
        if let Some(view) = self.view.get_mut(slot)
            && view.state() == State::Working
        {
            view.stopping();
            self.backend.stop(slot);
        }
    }

    fn stop_all(&mut self) {
        for slot in self.view.working() {
            self.stop(slot);
        }
    }

    fn next_board(&mut self, slot: SlotId) {
        if let Some(view) = self.view.get_mut(slot) {
            view.clear();
            self.backend.next_board(slot);
        }
    }

    fn scanned(&mut self, line: &str) {
        let Screen::Bench(desk) = &mut self.screen else {
            return;
        };
        if line.is_empty() && desk.chosen.is_none() {
            return;
        }
        let slots: Vec<_> = self.view.slots().iter().map(|view| view.slot).collect();
        match scan::read(line, desk.chosen, &slots) {
            Ok(Scan::Slot(slot)) => {
                desk.chosen = Some(slot);
                desk.notice = None;
            }
            Ok(Scan::Start(slot, serial)) => self.start(slot, serial),
            Err(fault) => desk.notice = Some(fault),
        }
    }

    fn set_notice(&mut self, notice: Option<Fault>) {
        if let Screen::Bench(desk) = &mut self.screen {
            desk.notice = notice;
        }
    }

    /// Closes the topmost thing.
    fn escape(&mut self) {
        if self.closing == Closing::Asked {
            self.closing = Closing::No;
            return;
        }
        if std::mem::take(&mut self.help) {
            return;
        }
        if let Screen::Bench(desk) = &mut self.screen {
            desk.escape();
        }
    }
}

impl Desk {
    const fn new(who: SignedIn) -> Self {
        Self {
            who,
            scan: String::new(),
            chosen: None,
            detail: false,
            notice: None,
        }
    }

    fn escape(&mut self) {
        if !std::mem::take(&mut self.scan).is_empty() || self.notice.take().is_some() {
            return;
        }
        if !std::mem::take(&mut self.detail) {
            self.chosen = None;
        }
    }
}

impl eframe::App for Station {
    fn logic(&mut self, ctx: &Context, _frame: &mut eframe::Frame) {
        self.look(ctx);
    }

    fn ui(&mut self, ui: &mut egui::Ui, _frame: &mut eframe::Frame) {
        let intents = self.paint(ui);
        if !intents.is_empty() {
            ui.ctx().request_repaint();
        }
        for intent in intents {
            self.execute(ui.ctx(), intent);
        }
    }
}

fn sign_in_screen(backend: &dyn Backend, why: Option<Fault>) -> Screen {
    Screen::SignIn(SignInForm::new(backend.needs_first_run(), why), None)
}

fn toggle_theme(ctx: &Context) {
    ctx.set_theme(match ctx.theme() {
        Theme::Dark => Theme::Light,
        Theme::Light => Theme::Dark,
    });
}
