//! What takes two people, the same on every screen: the second one who is here, and the requests
//! that wait for one.

use cradle_procedure::fault::Fault;
use cradle_procedure::ids::OperatorName;
use cradle_records::{Request, RequestKind};
use eframe::egui::Ui;
use zeroize::Zeroizing;

use super::{Around, remote_ui};
use crate::gui::intent::Intent;
use crate::gui::paint::field::{name_ui, password_ui};
use crate::gui::paint::text::{paragraph_ui, surface, text_ui, verdict_ui};
use crate::gui::paint::theme::{CAUTION, PASS, Palette, regular, strong};
use crate::gui::view::remote::Remote;
use crate::gui::view::sign_in::empty;
use crate::gui::words;
use crate::two_people::{Second, Settled};

/// The second person, and what waits for one.
pub(super) struct Two {
    name: String,
    password: Zeroizing<String>,
    requests: Remote<Vec<Request>>,
    settled: Remote<Request>,
}

/// What the person wants of a request.
#[derive(Clone, Copy)]
pub(super) enum TwoAsk {
    Approve(u64),
    Refuse(u64),
}

impl Default for Two {
    fn default() -> Self {
        Self {
            name: String::new(),
            password: empty(),
            requests: Remote::default(),
            settled: Remote::default(),
        }
    }
}

impl Two {
    pub(super) fn enter(&mut self, around: &Around<'_>) {
        self.requests.ask(around.backend.requests());
    }

    /// Takes in what was answered; whether a request was approved or refused.
    pub(super) fn look(&mut self, around: &Around<'_>) -> bool {
        self.requests.look();
        let settled = self.settled.look();
        if settled {
            self.requests.ask(around.backend.requests());
        }
        settled
    }

    pub(super) fn execute(&mut self, ask: TwoAsk, around: &Around<'_>) {
        self.settled.ask(match ask {
            TwoAsk::Approve(id) => around.backend.approve(id),
            TwoAsk::Refuse(id) => around.backend.refuse(id),
        });
    }

    /// The second person, if one is named. The password is taken out of its field.
    ///
    /// # Errors
    /// `CFG-03` what was typed is no name.
    pub(super) fn second(&mut self) -> Result<Option<Second>, Fault> {
        let password = std::mem::replace(&mut self.password, empty());
        match self.name.trim() {
            "" => Ok(None),
            name => {
                let name = OperatorName::new(name)?;
                Ok(Some(Second { name, password }))
            }
        }
    }
}

/// Fields for a second person who is here.
pub(super) fn second_ui(ui: &mut Ui, two: &mut Two) {
    let palette = Palette::of(ui);
    let why = words::TWO_SECOND_WHY.of(ui);
    paragraph_ui(ui, why, regular(14.5), palette.weak);
    ui.scope(|ui| {
        ui.set_max_width(360.0);
        name_ui(ui, words::TWO_SECOND.of(ui), true, &mut two.name);
        let label = words::TWO_PASSWORD.of(ui);
        password_ui(ui, label, true, &mut two.password);
    });
}

/// Says what came of something that takes two people.
pub(super) fn settled_ui<T>(
    ui: &mut Ui,
    remote: &Remote<Settled<T>>,
    intents: &mut Vec<Intent>,
    done: impl FnOnce(&Ui, &T) -> String,
) {
    remote_ui(ui, remote, intents, |ui, settled| match settled {
        // A refusal since then is what the person has to read.
        _ if remote.fault().is_some() => {}
        Settled::Done(value) => {
            let text = done(ui, value);
            verdict_ui(ui, PASS, words::TWO_DONE.of(ui), &text);
        }
        Settled::Waits(request) => {
            let why = words::TWO_WAITS_WHY.with(ui, &[("request", &request.id)]);
            verdict_ui(ui, CAUTION, words::TWO_WAITS.of(ui), &why);
        }
    });
}

/// The requests of these kinds that wait; nothing at all when there are none.
pub(super) fn requests_ui(
    ui: &mut Ui,
    two: &Two,
    kinds: &[RequestKind],
    around: &Around<'_>,
    intents: &mut Vec<Intent>,
) -> Option<TwoAsk> {
    let mut ask = None;
    remote_ui(ui, &two.settled, intents, |_, _| {});
    // Most often there are none, so nobody is kept waiting for them.
    if two.requests.value().is_none() && two.requests.fault().is_none() {
        return ask;
    }
    remote_ui(ui, &two.requests, intents, |ui, requests| {
        let wanted = |request: &&Request| kinds.contains(&request.kind);
        let requests: Vec<_> = requests.iter().filter(wanted).collect();
        if requests.is_empty() {
            return;
        }
        surface(Palette::of(ui)).show(ui, |ui| {
            ui.set_width(ui.available_width());
            let color = Palette::of(ui).text;
            text_ui(ui, words::TWO_REQUESTS.of(ui), strong(20.0), color);
            for request in requests {
                ask = request_ui(ui, two, request, around).or(ask);
            }
        });
        ui.add_space(10.0);
    });
    ask
}

fn request_ui(ui: &mut Ui, two: &Two, request: &Request, around: &Around<'_>) -> Option<TwoAsk> {
    let palette = Palette::of(ui);
    let own = request.requested_by == around.who.name;
    let what = words::request(ui, request);
    ui.add_space(4.0);
    paragraph_ui(ui, &what, strong(16.0), palette.text);
    let until = words::moment(request.expires_ms);
    let variables: [(_, &dyn ToString); 3] = [
        ("request", &request.id),
        ("who", &request.requested_by),
        ("until", &until),
    ];
    let whence = words::TWO_ASKED.with(ui, &variables);
    paragraph_ui(ui, &whence, regular(14.5), palette.weak);
    if let Some((by, _)) = &request.approved {
        let approved = words::TWO_APPROVED.with(ui, &[("who", by)]);
        paragraph_ui(ui, &approved, regular(15.0), palette.text);
    }
    let may = |permissions: &[_]| permissions.iter().any(|one| around.may(*one));
    let (asks, approves) = request.kind.needs();
    let idle = !two.settled.is_awaited();
    let mut ask = None;
    ui.horizontal(|ui| {
        let offers = [
            (
                words::TWO_APPROVE,
                !own && request.approved.is_none() && may(approves),
                TwoAsk::Approve(request.id),
            ),
            (
                words::TWO_REFUSE,
                !own && may(approves),
                TwoAsk::Refuse(request.id),
            ),
            (
                words::TWO_TAKE_BACK,
                own && may(asks),
                TwoAsk::Refuse(request.id),
            ),
        ];
        for (word, offered, wanted) in offers {
            if !offered {
                continue;
            }
            let name = format!("{}: {}", word.of(ui), request.id);
            let button = ui.add_enabled(idle, eframe::egui::Button::new(name));
            if button.clicked() {
                ask = Some(wanted);
            }
        }
    });
    ask
}
