//! Releases on the screen.

use cradle_procedure::role::Permission;
use cradle_records::{Component, Release, RequestKind};
use eframe::egui::{ScrollArea, Ui, vec2};

use super::carriers::carriers_ui;
use super::folder::folder_ui;
use super::{Ask, Releases};
use crate::gui::backend::ReleaseList;
use crate::gui::intent::Intent;
use crate::gui::paint::dialogs::question_ui;
use crate::gui::paint::field::name_ui;
use crate::gui::paint::list_panel::list_panel_ui;
use crate::gui::paint::row::{ROW, cells_ui, section_ui};
use crate::gui::paint::text::{
    choice, danger, fact_ui, heading_ui, nothing_ui, paragraph_ui, text_ui,
};
use crate::gui::paint::theme::{Palette, regular, strong};
use crate::gui::screens::two::requests_ui;
use crate::gui::screens::{Around, remote_ui};
use crate::gui::view::release::matching;
use crate::gui::words;

/// Height of the list of components, in points.
const HEIGHT: f32 = 300.0;

pub(super) fn releases_ui(
    ui: &mut Ui,
    releases: &mut Releases,
    around: &Around<'_>,
    intents: &mut Vec<Intent>,
) -> Vec<Ask> {
    let mut asks = Vec::new();
    list_panel_ui(ui, "release list", |ui| {
        heading_ui(ui, words::PLACE_RELEASES.of(ui));
        if ui.button(words::REFRESH.of(ui)).clicked() {
            asks.push(Ask::Refresh);
        }
        ui.add_space(4.0);
        remote_ui(ui, &releases.list, intents, |ui, list| {
            list_ui(ui, releases, list, &mut asks);
        });
    });
    ScrollArea::vertical().auto_shrink(false).show(ui, |ui| {
        let kinds = &[RequestKind::ImportReleaseKey];
        asks.extend(requests_ui(ui, &releases.two, kinds, around, intents).map(Ask::Two));
        if let Some(release) = releases.release().cloned() {
            release_ui(ui, releases, &release, around, intents, &mut asks);
            components_ui(ui, releases, intents, &mut asks);
        }
        carriers_ui(ui, releases, intents, &mut asks);
        folder_ui(ui, releases, around, intents, &mut asks);
    });
    if let Some(id) = &releases.retiring {
        let title = words::RELEASE_RETIRE_ASK.with(ui, &[("release", id)]);
        let why = words::RELEASE_RETIRE_WHY.of(ui);
        let act = words::RELEASE_RETIRE.of(ui);
        asks.extend(
            question_ui(ui.ctx(), &title, why, act).map(|yes| match yes {
                true => Ask::Retire(id.clone()),
                false => Ask::Keep,
            }),
        );
    }
    asks
}

fn list_ui(ui: &mut Ui, releases: &Releases, list: &ReleaseList, asks: &mut Vec<Ask>) {
    if list.releases.is_empty() {
        let why = words::RELEASE_NONE_WHY.of(ui);
        nothing_ui(ui, words::RELEASE_NONE.of(ui), why);
    }
    ScrollArea::vertical().auto_shrink(false).show(ui, |ui| {
        for release in &list.releases {
            let mut said = vec![release.id.to_string()];
            let in_use = release.id == list.in_use;
            said.extend(in_use.then(|| words::RELEASE_IN_USE.of(ui).to_owned()));
            let retired = release.retired_ms;
            said.extend(retired.map(|_| words::RELEASE_RETIRED.of(ui).to_owned()));
            let name = said.join(" · ");
            let here = releases.chosen.as_ref() == Some(&release.id);
            let button = choice(here, &name)
                .truncate()
                .min_size(vec2(ui.available_width() - 12.0, 42.0));
            if ui.add(button).clicked() {
                asks.push(Ask::Choose(release.id.clone()));
            }
        }
    });
}

fn release_ui(
    ui: &mut Ui,
    releases: &Releases,
    release: &Release,
    around: &Around<'_>,
    intents: &mut Vec<Intent>,
    asks: &mut Vec<Ask>,
) {
    section_ui(ui, release.id.as_str(), |ui| {
        let retired = release.retired_ms.map(words::moment);
        let facts = [
            (words::PRODUCT, release.product.clone()),
            (words::SETTINGS_VERSION, release.version.clone()),
            (words::RELEASE_TARGET, release.profile.to_string()),
            (words::RELEASE_RECORDED, words::moment(release.imported_ms)),
            (words::RELEASE_MANIFEST, release.manifest.to_string()),
            (words::RELEASE_KEY, release.root_key.to_string()),
        ];
        let since = retired.map(|when| (words::RELEASE_RETIRED_SINCE, when));
        for (what, value) in facts.into_iter().chain(since) {
            fact_ui(ui, what.of(ui), &value, regular(14.5));
        }
        let may = around.may(Permission::ImportRelease) && release.retired_ms.is_none();
        let idle = !releases.retired.is_awaited();
        let retire = danger(words::RELEASE_RETIRE.of(ui));
        if may && ui.add_enabled(idle, retire).clicked() {
            asks.push(Ask::QuestionRetire(release.id.clone()));
        }
        remote_ui(ui, &releases.retired, intents, |_, _| {});
    });
}

fn components_ui(
    ui: &mut Ui,
    releases: &mut Releases,
    intents: &mut Vec<Intent>,
    asks: &mut Vec<Ask>,
) {
    section_ui(ui, words::COMPONENTS.of(ui), |ui| {
        let why = words::COMPONENTS_WHY.of(ui);
        paragraph_ui(ui, why, regular(15.0), Palette::of(ui).weak);
        ui.scope(|ui| {
            ui.set_max_width(360.0);
            name_ui(
                ui,
                words::COMPONENTS_FILTER.of(ui),
                true,
                &mut releases.filter,
            );
        });
        remote_ui(ui, &releases.components, intents, |ui, components| {
            asks.extend(table_ui(ui, &matching(components, &releases.filter)));
        });
    });
}

/// The components; the one whose carriers are asked for.
fn table_ui(ui: &mut Ui, components: &[&Component]) -> Option<Ask> {
    let palette = Palette::of(ui);
    let count = words::COMPONENTS_COUNT.with(ui, &[("count", &components.len())]);
    text_ui(ui, &count, strong(15.0), palette.text);
    ui.spacing_mut().item_spacing.y = 0.0;
    let area = ScrollArea::vertical()
        .id_salt("components")
        .max_height(HEIGHT);
    let mut wanted = None;
    area.show_rows(ui, ROW, components.len(), |ui, shown| {
        for component in &components[shown] {
            let purl = component.purl.as_deref().unwrap_or_default();
            let cells = [
                (component.name.as_str(), 0.34),
                (component.version.as_str(), 0.18),
                (purl, 0.48),
            ];
            if cells_ui(ui, &cells).clicked() {
                wanted = Some(Ask::CarriersOf(component.name.clone()));
            }
        }
    });
    wanted
}
