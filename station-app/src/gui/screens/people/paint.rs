//! People on the screen.

use cradle_procedure::role::{Permission, Role};
use cradle_records::{Operator, RequestKind};
use eframe::egui::{Button, ScrollArea, Ui, vec2};

use super::{Ask, Deed, Form, People};
use crate::gui::intent::Intent;
use crate::gui::paint::dialogs::question_ui;
use crate::gui::paint::fault::fault_ui;
use crate::gui::paint::field::{name_ui, password_ui};
use crate::gui::paint::list_panel::list_panel_ui;
use crate::gui::paint::row::section_ui;
use crate::gui::paint::text::{
    choice, danger, fact_ui, heading_ui, nothing_ui, paragraph_ui, primary, text_ui,
};
use crate::gui::paint::theme::{Palette, regular, strong};
use crate::gui::screens::two::{requests_ui, second_ui, settled_ui};
use crate::gui::screens::{Around, remote_ui};
use crate::gui::words;

const FIELD: f32 = 360.0;

pub(super) fn people_ui(
    ui: &mut Ui,
    people: &mut People,
    around: &Around<'_>,
    intents: &mut Vec<Intent>,
) -> Vec<Ask> {
    let mut asks = Vec::new();
    let manages = around.may(Permission::ManagePeople);
    list_panel_ui(ui, "people list", |ui| {
        heading_ui(ui, words::PLACE_PEOPLE.of(ui));
        tools_ui(ui, manages, &mut asks);
        remote_ui(ui, &people.list, intents, |ui, list| {
            list_ui(ui, people, list, around.now_ms, &mut asks);
        });
    });
    ScrollArea::vertical().auto_shrink(false).show(ui, |ui| {
        let kinds = &[RequestKind::ChangePerson];
        asks.extend(requests_ui(ui, &people.two, kinds, around, intents).map(Ask::Two));
        if let Some(fault) = &people.refused {
            fault_ui(ui, fault, false);
        }
        settled_ui(ui, &people.changed, intents, |ui, changed| {
            match changed.admins_left {
                Some(0 | 1) => words::PEOPLE_LAST_ADMIN.of(ui).to_owned(),
                _ => words::PEOPLE_CHANGED.with(ui, &[("name", &changed.name)]),
            }
        });
        ui.add_space(6.0);
        if people.new {
            new_ui(ui, people, &mut asks);
        } else if let Some(person) = people.person().cloned() {
            person_ui(ui, &person, around.now_ms);
            if manages {
                deeds_ui(ui, people, &person, &mut asks);
            }
        }
    });
    if let (true, Some(name)) = (people.disabling, &people.chosen) {
        let title = words::PEOPLE_DISABLE_ASK.with(ui, &[("name", name)]);
        let why = words::PEOPLE_DISABLE_WHY.of(ui);
        let act = words::PEOPLE_DISABLE.of(ui);
        asks.extend(
            question_ui(ui.ctx(), &title, why, act).map(|yes| match yes {
                true => Ask::Do(Deed::Disable),
                false => Ask::Keep,
            }),
        );
    }
    asks
}

fn tools_ui(ui: &mut Ui, manages: bool, asks: &mut Vec<Ask>) {
    ui.horizontal_wrapped(|ui| {
        if manages && ui.add(primary(words::PEOPLE_NEW.of(ui))).clicked() {
            asks.push(Ask::New);
        }
        if ui.button(words::REFRESH.of(ui)).clicked() {
            asks.push(Ask::Refresh);
        }
    });
    ui.add_space(4.0);
}

fn list_ui(ui: &mut Ui, people: &People, list: &[Operator], now_ms: u64, asks: &mut Vec<Ask>) {
    if list.is_empty() {
        nothing_ui(ui, words::FIRST_RUN.of(ui), "");
    }
    ScrollArea::vertical().auto_shrink(false).show(ui, |ui| {
        for person in list {
            let here = !people.new && people.chosen.as_ref() == Some(&person.name);
            let mut said = vec![
                person.name.to_string(),
                words::role(person.role).of(ui).to_owned(),
            ];
            said.extend(states(ui, person, now_ms));
            let name = said.join(" · ");
            let button = choice(here, &name)
                .truncate()
                .min_size(vec2(ui.available_width() - 12.0, 42.0));
            if ui.add(button).clicked() {
                asks.push(Ask::Choose(person.name.clone()));
            }
        }
    });
}

/// What keeps a person from signing in as usual.
fn states(ui: &Ui, person: &Operator, now_ms: u64) -> Vec<String> {
    let plain = |word: crate::gui::texts::Word| word.of(ui).to_owned();
    let mut said = Vec::new();
    said.extend(person.disabled_ms.map(|_| plain(words::PEOPLE_DISABLED)));
    said.extend(person.temporary_ms.map(|_| plain(words::PEOPLE_TEMPORARY)));
    said.extend(person.wait_until_ms.map(|until| {
        let left = words::span(ui, until.saturating_sub(now_ms).div_ceil(1000));
        words::PEOPLE_WAITS.with(ui, &[("left", &left)])
    }));
    said
}

fn person_ui(ui: &mut Ui, person: &Operator, now_ms: u64) {
    section_ui(ui, person.name.as_str(), |ui| {
        let states = states(ui, person, now_ms).join(", ");
        let added = match &person.added_by {
            Some(by) => format!("{}, {by}", words::moment(person.added_ms)),
            None => words::moment(person.added_ms),
        };
        let state = match states.is_empty() {
            true => words::PEOPLE_SOUND.of(ui),
            false => &states,
        };
        let facts = [
            (words::PEOPLE_ROLE, words::role(person.role).of(ui)),
            (words::UNIT_STATE, state),
            (words::PEOPLE_CARDS, &person.cards.to_string()),
            (words::PEOPLE_ADDED, &added),
        ];
        for (what, value) in facts {
            fact_ui(ui, what.of(ui), value, regular(15.5));
        }
    });
}

/// What can be done about the person.
fn deeds_ui(ui: &mut Ui, people: &mut People, person: &Operator, asks: &mut Vec<Ask>) {
    section_ui(ui, words::TWO_TITLE.of(ui), |ui| {
        second_ui(ui, &mut people.two);
    });
    let idle = !people.changed.is_awaited();
    section_ui(ui, words::PEOPLE_CHANGE.of(ui), |ui| {
        ui.horizontal_wrapped(|ui| {
            let disabled = person.disabled_ms.is_some();
            let offers = [
                (
                    words::PEOPLE_UNLOCK,
                    person.wait_until_ms.is_some(),
                    Deed::Unlock,
                ),
                (words::PEOPLE_DISABLE, !disabled, Deed::Disable),
                (words::PEOPLE_ENABLE, disabled, Deed::Enable),
                (
                    words::PEOPLE_WITHDRAW,
                    person.cards > 0,
                    Deed::WithdrawCards,
                ),
            ];
            for (word, offered, deed) in offers {
                if !offered {
                    continue;
                }
                let button = match deed {
                    Deed::Disable => danger(word.of(ui)),
                    _ => Button::new(word.of(ui)),
                };
                if ui.add_enabled(idle, button).clicked() {
                    asks.push(match deed {
                        Deed::Disable => Ask::QuestionDisable,
                        _ => Ask::Do(deed),
                    });
                }
            }
        });
        ui.add_space(6.0);
        let chosen = people.form.role.unwrap_or(person.role);
        roles_ui(ui, Some(chosen), &mut people.form);
        let other = people.form.role.filter(|role| *role != person.role);
        let give = Button::new(words::PEOPLE_SET_ROLE.of(ui));
        if ui.add_enabled(idle && other.is_some(), give).clicked()
            && let Some(role) = other
        {
            asks.push(Ask::Do(Deed::SetRole(role)));
        }
        ui.add_space(6.0);
        password_field_ui(ui, &mut people.form);
        let reset = Button::new(words::PEOPLE_RESET.of(ui));
        let typed = !people.form.password.is_empty();
        if ui.add_enabled(idle && typed, reset).clicked() {
            asks.push(Ask::Do(Deed::Reset));
        }
        ui.add_space(6.0);
        card_ui(ui, people, idle, asks);
    });
}

fn card_ui(ui: &mut Ui, people: &mut People, idle: bool, asks: &mut Vec<Ask>) {
    let form = &mut people.form;
    ui.scope(|ui| {
        ui.set_max_width(FIELD);
        name_ui(ui, words::PEOPLE_CARD.of(ui), true, &mut form.card);
        password_ui(ui, words::CARD_PIN.of(ui), true, &mut form.pin);
    });
    let enrol = Button::new(words::PEOPLE_ENROL.of(ui));
    let typed = !form.pin.is_empty();
    if ui.add_enabled(idle && typed, enrol).clicked() {
        asks.push(Ask::Do(Deed::EnrolCard));
    }
}

fn new_ui(ui: &mut Ui, people: &mut People, asks: &mut Vec<Ask>) {
    let idle = !people.changed.is_awaited();
    section_ui(ui, words::PEOPLE_NEW.of(ui), |ui| {
        let why = words::PEOPLE_NEW_WHY.of(ui);
        paragraph_ui(ui, why, regular(15.0), Palette::of(ui).weak);
        ui.scope(|ui| {
            ui.set_max_width(FIELD);
            let name = name_ui(ui, words::NAME.of(ui), true, &mut people.form.name);
            if ui.memory(|memory| memory.focused().is_none()) && people.form.name.is_empty() {
                name.request_focus();
            }
        });
        let chosen = people.form.role;
        roles_ui(ui, chosen, &mut people.form);
        password_field_ui(ui, &mut people.form);
        second_ui(ui, &mut people.two);
        ui.horizontal(|ui| {
            let add = primary(words::PEOPLE_ADD.of(ui));
            if ui.add_enabled(idle, add).clicked() {
                asks.push(Ask::Do(Deed::Add));
            }
            let drop = Button::new(words::CANCEL.of(ui)).shortcut_text("Esc");
            if ui.add(drop).clicked() {
                asks.push(Ask::Drop);
            }
        });
    });
}

fn roles_ui(ui: &mut Ui, chosen: Option<Role>, form: &mut Form) {
    let color = Palette::of(ui).text;
    text_ui(ui, words::PEOPLE_ROLE.of(ui), strong(15.0), color);
    ui.horizontal_wrapped(|ui| {
        for role in Role::ALL {
            let name = words::role(*role).of(ui);
            if ui.add(choice(chosen == Some(*role), name)).clicked() {
                form.role = Some(*role);
            }
        }
    });
}

fn password_field_ui(ui: &mut Ui, form: &mut Form) {
    ui.scope(|ui| {
        ui.set_max_width(FIELD);
        let label = words::PEOPLE_TEMPORARY_PASSWORD.of(ui);
        password_ui(ui, label, true, &mut form.password);
    });
}
