//! The window itself: holds the state, looks for news, and executes what widgets ask for.

use std::sync::Arc;
use std::time::Duration;

use cradle_procedure::fault::{Code, Fault};
use cradle_procedure::ids::{Serial, SlotId};
use eframe::egui::{self, Context, ThemePreference, ViewportCommand};

use super::backend::{Backend, Pending, SignedIn, Title};
use super::door::Door;
use super::guide;
use super::intent::{Intent, Magnify};
use super::keys;
use super::paint::bench::{BenchScreen, bench_ui, scan_id};
use super::paint::dialogs::{closing_ui, guide_ui, help_ui};
use super::paint::header::header_ui;
use super::paint::rail::rail_ui;
use super::paint::theme;
use super::place::Place;
use super::preferences::{Brightness, Preferences};
use super::screens::bench::{Bench, Desk};
use super::texts::{self, Language};
use super::view::bench::BenchView;
use super::work::{Here, Work};

/// Wall clock: milliseconds since 1970-01-01 UTC.
pub type Clock = Box<dyn Fn() -> u64>;

/// The station window.
pub struct Station {
    backend: Arc<dyn Backend>,
    clock: Clock,
    title: Title,
    bench: Bench,
    face: Face,
    likes: Preferences,
    /// The tone that was asked for last: one that nobody waits for is not played.
    sounding: Option<Pending<()>>,
    help: bool,
    /// The code whose entry in the guide is shown.
    guide: Option<Code>,
    closing: Closing,
    /// When a hand was last on keyboard or pointer, by the clock.
    touched_ms: u64,
}

enum Face {
    Door(Box<Door>),
    Work(Box<Work>),
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
        // The window keeps the magnification itself, within what its screens can show.
        ctx.options_mut(|options| options.zoom_with_keyboard = false);
        let waker = ctx.clone();
        backend.set_waker(Arc::new(move || waker.request_repaint()));
        let likes = backend.preferences().within_reason();
        apply(ctx, likes);
        Self {
            clock,
            title: backend.title(),
            bench: Bench::new(&*backend),
            face: Face::Door(Box::new(Door::new(&*backend, None))),
            likes,
            sounding: None,
            help: false,
            guide: None,
            closing: Closing::No,
            touched_ms: 0,
            backend,
        }
    }

    /// Where the person who is signed in is; `None` while nobody is.
    #[must_use]
    pub const fn place(&self) -> Option<Place> {
        match &self.face {
            Face::Work(work) => Some(work.place),
            _ => None,
        }
    }

    /// What the slots look like: what is painted, and what tests compare.
    #[must_use]
    pub const fn view(&self) -> &BenchView {
        &self.bench.view
    }

    /// Paints a frame and does what the person asks for.
    pub(crate) fn show(&mut self, ui: &mut egui::Ui) {
        let intents = self.paint(ui);
        if !intents.is_empty() {
            ui.ctx().request_repaint();
        }
        for intent in intents {
            self.execute(ui.ctx(), intent);
        }
    }

    /// Takes in what happened since the last frame.
    pub(crate) fn look(&mut self, ctx: &Context) {
        let now_ms = (self.clock)();
        let tone = self.bench.look(&*self.backend, now_ms);
        if let Some(tone) = tone.filter(|_| self.likes.tones) {
            // One that cannot be played was told in the settings; it is seen on the card anyway.
            self.sounding = Some(self.backend.play(tone));
        }
        if let Face::Work(work) = &mut self.face {
            work.look(here(&*self.backend, &self.bench, self.likes, now_ms));
        }
        self.look_at_door(ctx, now_ms);
        for slot in self.bench.came_in() {
            self.start(slot, None);
        }
        self.look_for_hands(ctx, now_ms);
        self.look_at_closing(ctx);
        if self.at_work() > 0 {
            // The times of what is under way go on.
            ctx.request_repaint_after(Duration::from_millis(250));
        }
    }

    fn look_at_door(&mut self, ctx: &Context, now_ms: u64) {
        let Face::Door(door) = &mut self.face else {
            return;
        };
        if let Some(who) = door.look(&*self.backend) {
            self.bench.desk = Desk::default();
            let place = Place::first_of(who.role);
            self.face = Face::Work(Box::new(Work::new(who)));
            self.go(ctx, place);
        } else if door.counts_down(now_ms) {
            ctx.request_repaint_after(Duration::from_secs(1));
        }
    }

    /// Nobody works under the name of a person who has gone away.
    fn look_for_hands(&mut self, ctx: &Context, now_ms: u64) {
        let touched = ctx.input(|input| !input.events.is_empty());
        // What is watched on the screen, and would be lost with it, is waited for.
        let watched = match &mut self.face {
            Face::Work(work) => work.screens.at_work() > 0,
            Face::Door(_) => true,
        };
        if touched || watched {
            self.touched_ms = now_ms;
            return;
        }
        let away = Duration::from_millis(now_ms.saturating_sub(self.touched_ms));
        match self.title.idle.checked_sub(away) {
            Some(left) if !left.is_zero() => ctx.request_repaint_after(left),
            _ => self.sign_out(Some(Fault::new(Code::SessionEnded, "nobody was here"))),
        }
    }

    /// How much is under way that must not be left.
    fn at_work(&mut self) -> usize {
        let screens = match &mut self.face {
            Face::Work(work) => work.screens.at_work(),
            Face::Door(_) => 0,
        };
        self.bench.view.working().len() + screens
    }

    fn look_at_closing(&mut self, ctx: &Context) {
        let at_work = self.at_work() > 0;
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
        let training = self.title.training;
        let covered = self.help || self.guide.is_some() || self.closing != Closing::No;
        let now_ms = (self.clock)();
        keys::everywhere(ui.ctx(), &mut intents);
        let at_work = self.at_work();
        let who = match &self.face {
            Face::Work(work) => Some(&work.who),
            Face::Door(_) => None,
        };
        header_ui(ui, &self.title, who, at_work > 0, &mut intents);
        match &mut self.face {
            Face::Door(door) => door.ui(ui, &self.title, now_ms, &mut intents),
            Face::Work(work) => {
                if !covered {
                    keys::places(ui.ctx(), work.who.role, training, &mut intents);
                }
                rail_ui(ui, (work.who.role, training), work.place, &mut intents);
                if work.place == Place::Bench {
                    bench_place_ui(
                        ui,
                        &mut self.bench,
                        &work.who,
                        covered,
                        now_ms,
                        &mut intents,
                    );
                } else {
                    work.ui(
                        ui,
                        here(&*self.backend, &self.bench, self.likes, now_ms),
                        &mut intents,
                    );
                }
            }
        }
        if self.closing != Closing::No {
            let stopping = self.closing == Closing::Stopping;
            closing_ui(ui.ctx(), at_work, stopping, &mut intents);
        } else if self.help {
            help_ui(ui.ctx(), &mut intents);
        } else if let Some(code) = self.guide {
            guide_ui(ui.ctx(), code, &mut intents);
        }
        intents
    }

    fn execute(&mut self, ctx: &Context, intent: Intent) {
        match intent {
            Intent::SignIn | Intent::SignInBy(_) | Intent::ChoosePassword | Intent::Found => {
                self.at_door(&intent);
            }
            Intent::SignOut if self.at_work() > 0 => {}
            Intent::SignOut => self.sign_out(None),
            Intent::SessionEnded(fault) => self.sign_out(Some(fault)),
            Intent::Go(place) => self.go(ctx, place),
            Intent::ShowUnit(serial) => {
                if let Face::Work(work) = &mut self.face {
                    work.screens.unit.choose(&serial);
                }
                self.go(ctx, Place::Unit);
            }
            Intent::Start(slot, scanned) => self.start(slot, scanned),
            Intent::StartAll => {
                for slot in self.bench.view.ready() {
                    self.start(slot, None);
                }
            }
            Intent::Stop(slot) => self.bench.stop(&*self.backend, slot),
            Intent::StopAll => self.bench.stop_all(&*self.backend),
            Intent::NextBoard(slot) => self.bench.next_board(&*self.backend, slot),
            Intent::NewBoard(slot) => self.bench.forget(slot),
            Intent::NextBoards => {
                for slot in self.bench.view.ended() {
                    self.bench.next_board(&*self.backend, slot);
                }
            }
            Intent::Scanned(line) => {
                if let Some((slot, serial)) = self.bench.scanned(&line) {
                    self.start(slot, serial);
                }
            }
            Intent::Escape => self.escape(),
            Intent::ToggleHelp => self.help = !self.help,
            Intent::ToggleGuide => {
                self.guide = match self.guide {
                    Some(_) => None,
                    None => self.fault(ctx),
                };
            }
            Intent::ToggleAuto => self.bench.desk.auto = !self.bench.desk.auto,
            Intent::ToggleTheme => self.like(ctx, |likes, dark| {
                likes.theme = Some(if dark {
                    Brightness::Light
                } else {
                    Brightness::Dark
                });
            }),
            Intent::Speak(language) => self.like(ctx, |likes, _| likes.language = Some(language)),
            Intent::Sound(tones) => self.like(ctx, |likes, _| likes.tones = tones),
            Intent::Magnify(step) => self.like(ctx, |likes, _| step.apply(&mut likes.zoom)),
            Intent::KeepWorking => self.closing = Closing::No,
            Intent::StopAndClose => {
                self.closing = Closing::Stopping;
                self.bench.stop_all(&*self.backend);
            }
            Intent::OpenDetail(slot) => self.bench.desk.open(slot),
            Intent::ToggleDetail => self.bench.desk.toggle_detail(),
        }
    }

    fn at_door(&mut self, intent: &Intent) {
        let now_ms = (self.clock)();
        let Face::Door(door) = &mut self.face else {
            return;
        };
        match intent {
            Intent::SignIn => door.sign_in(&*self.backend, now_ms),
            Intent::SignInBy(way) => door.turn_to(*way, &*self.backend),
            Intent::ChoosePassword => door.choose_password(&*self.backend),
            _ => door.found(&*self.backend),
        }
    }

    fn sign_out(&mut self, why: Option<Fault>) {
        if matches!(self.face, Face::Work(_)) {
            self.backend.sign_out();
            self.face = Face::Door(Box::new(Door::new(&*self.backend, why)));
        }
    }

    fn go(&mut self, ctx: &Context, place: Place) {
        let now_ms = (self.clock)();
        let Face::Work(work) = &mut self.face else {
            return;
        };
        if !place.is_open_to(work.who.role, self.title.training) {
            return;
        }
        work.enter(place, here(&*self.backend, &self.bench, self.likes, now_ms));
        ctx.memory_mut(|memory| match place {
            Place::Bench => memory.request_focus(scan_id()),
            _ => memory.surrender_focus(scan_id()),
        });
    }

    fn start(&mut self, slot: SlotId, scanned: Option<Serial>) {
        let now_ms = (self.clock)();
        let Face::Work(work) = &self.face else {
            return;
        };
        let role = work.who.role;
        let started = (self.bench).start(&*self.backend, role, slot, scanned, now_ms);
        if let Err(fault) = started {
            self.sign_out(Some(fault));
        }
    }

    /// The fault that the person looks at: in full, or else on the card of the chosen slot or of
    /// the first one that has one.
    fn fault(&self, ctx: &Context) -> Option<Code> {
        guide::shown(ctx).or_else(|| {
            let here = matches!(&self.face, Face::Work(work) if work.place == Place::Bench);
            let view = &self.bench.view;
            let chosen = self.bench.desk.chosen.and_then(|slot| view.get(slot));
            let mut all = chosen.into_iter().chain(view.slots()).filter(|_| here);
            all.find_map(|slot| slot.fault()).map(|fault| fault.code)
        })
    }

    /// Changes what the person likes and keeps it.
    fn like(&mut self, ctx: &Context, change: impl FnOnce(&mut Preferences, bool)) {
        let dark = ctx.theme() == egui::Theme::Dark;
        change(&mut self.likes, dark);
        self.likes = self.likes.within_reason();
        apply(ctx, self.likes);
        self.backend.keep_preferences(self.likes);
    }

    /// Closes the topmost thing.
    fn escape(&mut self) {
        if self.closing == Closing::Asked {
            self.closing = Closing::No;
            return;
        }
        if std::mem::take(&mut self.help) || self.guide.take().is_some() {
            return;
        }
        match &mut self.face {
            Face::Door(door) => {
                door.escape();
            }
            Face::Work(work) => match work.screens.get(work.place) {
                Some(screen) => {
                    screen.escape();
                }
                None => self.bench.desk.escape(),
            },
        }
    }
}

fn bench_place_ui(
    ui: &mut egui::Ui,
    bench: &mut Bench,
    who: &SignedIn,
    covered: bool,
    now_ms: u64,
    intents: &mut Vec<Intent>,
) {
    let obstacle = bench.obstacle(who.role);
    let desk = &mut bench.desk;
    if !covered {
        keys::bench(ui.ctx(), &mut desk.scan, desk.chosen, intents);
    }
    let screen = BenchScreen {
        facts: &bench.facts,
        view: &bench.view,
        chosen: desk.chosen,
        detail: desk.detail,
        notice: desk.notice.as_ref(),
        obstacle: obstacle.as_ref(),
        now_ms,
        auto: desk.auto,
        scan: &mut desk.scan,
    };
    bench_ui(ui, screen, intents);
}

impl eframe::App for Station {
    fn logic(&mut self, ctx: &Context, _frame: &mut eframe::Frame) {
        self.look(ctx);
    }

    fn ui(&mut self, ui: &mut egui::Ui, _frame: &mut eframe::Frame) {
        self.show(ui);
    }
}

impl Magnify {
    fn apply(self, zoom: &mut f32) {
        *zoom = match self {
            Self::Larger => (*zoom * 10.0).round() / 10.0 + 0.1,
            Self::Smaller => (*zoom * 10.0).round() / 10.0 - 0.1,
            Self::Normal => 1.0,
        };
    }
}

/// What every screen is given. Not a method: the screens are part of the window.
fn here<'a>(
    backend: &'a dyn Backend,
    bench: &'a Bench,
    likes: Preferences,
    now_ms: u64,
) -> Here<'a> {
    Here {
        backend,
        bench: &bench.view,
        tones: likes.tones,
        now_ms,
    }
}

/// Makes the window be as the person likes it.
fn apply(ctx: &Context, likes: Preferences) {
    texts::speak(ctx, likes.language.unwrap_or(Language::English));
    ctx.set_theme(match likes.theme {
        Some(Brightness::Light) => ThemePreference::Light,
        Some(Brightness::Dark) => ThemePreference::Dark,
        None => ThemePreference::System,
    });
    ctx.set_zoom_factor(likes.zoom);
}
