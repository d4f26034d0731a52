//! Settings, About, and what helps to find out what is wrong.

use std::path::PathBuf;

use eframe::egui::{Button, ScrollArea, Theme, Ui};

use super::{Around, Screen, remote_ui};
use crate::gui::backend::Tone;
use crate::gui::intent::{Intent, Magnify};
use crate::gui::paint::row::section_ui;
use crate::gui::paint::text::{choice, fact_ui, heading_ui, paragraph_ui, surface, text_ui};
use crate::gui::paint::theme::{Palette, regular, strong};
use crate::gui::texts::{self, Language};
use crate::gui::view::remote::Remote;
use crate::gui::words;

/// Settings and About.
#[derive(Default)]
pub(super) struct Settings {
    diagnostics: Remote<PathBuf>,
    /// The tone that is heard when they are switched on.
    trial: Remote<()>,
}

impl Screen for Settings {
    fn enter(&mut self, _: &Around<'_>) {}

    fn look(&mut self, _: &Around<'_>) {
        self.diagnostics.look();
        self.trial.look();
    }

    fn ui(&mut self, ui: &mut Ui, around: &Around<'_>, intents: &mut Vec<Intent>) {
        ScrollArea::vertical().auto_shrink(false).show(ui, |ui| {
            heading_ui(ui, words::PLACE_SETTINGS.of(ui));
            surface(Palette::of(ui)).show(ui, |ui| {
                ui.set_width(ui.available_width());
                language_ui(ui, intents);
                ui.add_space(10.0);
                theme_ui(ui, intents);
                ui.add_space(10.0);
                size_ui(ui, intents);
                ui.add_space(10.0);
                self.tones_ui(ui, around, intents);
            });
            ui.add_space(16.0);
            about_ui(ui, around);
            ui.add_space(16.0);
            self.diagnostics_ui(ui, around, intents);
        });
    }
}

impl Settings {
    /// Whether a tone tells that a unit ended. Switching it on plays one, so that the person
    /// hears whether it does.
    fn tones_ui(&mut self, ui: &mut Ui, around: &Around<'_>, intents: &mut Vec<Intent>) {
        let color = Palette::of(ui).text;
        text_ui(ui, words::SETTINGS_TONES.of(ui), strong(16.0), color);
        ui.horizontal(|ui| {
            let offers = [(false, words::SETTINGS_OFF), (true, words::SETTINGS_ON)];
            for (tones, name) in offers {
                let button = choice(around.tones == tones, name.of(ui));
                if ui.add(button).clicked() {
                    intents.push(Intent::Sound(tones));
                    self.trial.clear();
                    if tones {
                        self.trial.ask(around.backend.play(Tone::Good));
                    }
                }
            }
        });
        remote_ui(ui, &self.trial, intents, |_, ()| {});
    }

    fn diagnostics_ui(&mut self, ui: &mut Ui, around: &Around<'_>, intents: &mut Vec<Intent>) {
        section_ui(ui, words::DIAGNOSTICS.of(ui), |ui| {
            let color = Palette::of(ui).weak;
            paragraph_ui(ui, words::DIAGNOSTICS_WHY.of(ui), regular(15.0), color);
            let idle = !self.diagnostics.is_awaited();
            let write = Button::new(words::DIAGNOSTICS_WRITE.of(ui));
            if ui.add_enabled(idle, write).clicked() {
                self.diagnostics.ask(around.backend.write_diagnostics());
            }
            remote_ui(ui, &self.diagnostics, intents, |ui, path| {
                let text = words::EXPORTED.with(ui, &[("path", &path.display())]);
                paragraph_ui(ui, &text, regular(15.0), Palette::of(ui).text);
            });
        });
    }
}

/// The languages as buttons, each in its own words.
fn language_ui(ui: &mut Ui, intents: &mut Vec<Intent>) {
    let palette = Palette::of(ui);
    let now = texts::language(ui.ctx());
    text_ui(
        ui,
        words::SETTINGS_LANGUAGE.of(ui),
        strong(16.0),
        palette.text,
    );
    ui.horizontal_wrapped(|ui| {
        for language in Language::ALL {
            let button = choice(now == language, language.name());
            if ui.add(button).clicked() {
                intents.push(Intent::Speak(language));
            }
        }
    });
}

fn theme_ui(ui: &mut Ui, intents: &mut Vec<Intent>) {
    let palette = Palette::of(ui);
    text_ui(ui, words::SETTINGS_THEME.of(ui), strong(16.0), palette.text);
    let now = ui.ctx().theme();
    ui.horizontal(|ui| {
        for (theme, name) in [
            (Theme::Light, words::TO_LIGHT),
            (Theme::Dark, words::TO_DARK),
        ] {
            let button = choice(now == theme, name.of(ui));
            if ui.add(button).clicked() && now != theme {
                intents.push(Intent::ToggleTheme);
            }
        }
    });
}

fn size_ui(ui: &mut Ui, intents: &mut Vec<Intent>) {
    let palette = Palette::of(ui);
    text_ui(ui, words::SETTINGS_SIZE.of(ui), strong(16.0), palette.text);
    ui.horizontal(|ui| {
        let key = words::control(ui, "−");
        let smaller = Button::new(words::SETTINGS_SMALLER.of(ui)).shortcut_text(key);
        if ui.add(smaller).clicked() {
            intents.push(Intent::Magnify(Magnify::Smaller));
        }
        let percent = format!("{:.0} %", ui.ctx().zoom_factor() * 100.0);
        text_ui(ui, &percent, strong(16.0), palette.text);
        let key = words::control(ui, "+");
        let larger = Button::new(words::SETTINGS_LARGER.of(ui)).shortcut_text(key);
        if ui.add(larger).clicked() {
            intents.push(Intent::Magnify(Magnify::Larger));
        }
    });
}

fn about_ui(ui: &mut Ui, around: &Around<'_>) {
    let palette = Palette::of(ui);
    let title = around.backend.title();
    surface(palette).show(ui, |ui| {
        ui.set_width(ui.available_width());
        text_ui(ui, words::SETTINGS_ABOUT.of(ui), strong(20.0), palette.text);
        let facts = [
            (
                words::SETTINGS_VERSION,
                concat!("Cradle ", env!("CARGO_PKG_VERSION")),
            ),
            (words::SETTINGS_STATION, title.station.as_str()),
            (words::SETTINGS_SITE, &title.site),
            (words::SETTINGS_LICENCE, env!("CARGO_PKG_LICENSE")),
            (
                words::SETTINGS_FONTS,
                "Inter, Noto Sans SC (SIL Open Font License 1.1)",
            ),
        ];
        for (what, value) in facts {
            fact_ui(ui, what.of(ui), value, regular(15.5));
        }
    });
}
