//! What became of a batch, plotted.

use cradle_procedure::step::StepId;
use eframe::egui::Ui;

use crate::gui::paint::bars::{Bar, bars_ui};
use crate::gui::paint::theme::{FAIL, PASS, PRIMARY};
use crate::gui::view::batch::BatchFigures;
use crate::gui::words;

pub(super) fn plots_ui(ui: &mut Ui, figures: &BatchFigures) {
    let hours = figures.hours.iter().map(|(hour, units)| Bar {
        name: words::moment(*hour).chars().take(16).collect(),
        parts: vec![(*units as f32, PASS.fill)],
        figure: units.to_string(),
    });
    bars_ui(ui, words::PLOT_HOURS.of(ui), &hours.collect::<Vec<_>>());

    let slots = figures.slots.iter().map(|(slot, good, bad)| Bar {
        name: words::slot(ui, *slot),
        parts: vec![(*good as f32, PASS.fill), (*bad as f32, FAIL.fill)],
        figure: words::PLOT_OF.with(ui, &[("good", good), ("all", &(good + bad))]),
    });
    let slots: Vec<_> = slots.collect();
    bars_ui(ui, words::PLOT_SLOTS.of(ui), &slots);

    let failures = figures.failures.iter().map(|(step, times)| Bar {
        name: step_name(ui, step),
        parts: vec![(*times as f32, FAIL.fill)],
        figure: times.to_string(),
    });
    let failures: Vec<_> = failures.collect();
    bars_ui(ui, words::PLOT_FAILURES.of(ui), &failures);

    let durations = figures.durations.iter().map(|(step, ms)| Bar {
        name: words::step(*step).of(ui).to_owned(),
        parts: vec![(*ms as f32, PRIMARY.fill)],
        figure: words::duration(ui, *ms),
    });
    let durations: Vec<_> = durations.collect();
    bars_ui(ui, words::PLOT_DURATIONS.of(ui), &durations);
}

fn step_name(ui: &Ui, text: &str) -> String {
    let step = text.parse::<StepId>();
    step.map_or_else(
        |_| text.to_owned(),
        |step| words::step(step).of(ui).to_owned(),
    )
}
