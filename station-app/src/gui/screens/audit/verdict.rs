//! The verdict on the whole log, as clear as a slot's, and how far the verification has come.

use cradle_procedure::fault::Code;
use cradle_records::audit::AuditReport;
use eframe::egui::{ProgressBar, Ui};

use super::Ask;
use crate::gui::backend::VerifyRun;
use crate::gui::intent::Intent;
use crate::gui::paint::fault::fault_ui;
use crate::gui::paint::text::{text_ui, verdict_ui};
use crate::gui::paint::theme::{FAIL, PASS, PRIMARY, Palette, regular};
use crate::gui::screens::end_of_session;
use crate::gui::view::remote::Remote;
use crate::gui::words;

/// A verification, under way or ended.
#[derive(Default)]
pub(super) struct Verification {
    progress: (u64, u64),
    run: Option<VerifyRun>,
    verdict: Remote<AuditReport>,
}

impl Verification {
    pub(super) fn begin(&mut self, run: VerifyRun) {
        *self = Self::default();
        self.run = Some(run);
    }

    /// Gives it up: whoever drops a run no longer wants its answer.
    pub(super) fn stop(&mut self) {
        self.run = None;
    }

    pub(super) const fn is_under_way(&self) -> bool {
        self.run.is_some()
    }

    pub(super) fn look(&mut self) {
        let Some(run) = &mut self.run else {
            return;
        };
        if let Some(progress) = run.progress.try_iter().last() {
            self.progress = progress;
        }
        if let Some(answer) = run.answer.poll() {
            self.run = None;
            self.verdict.set(answer);
        }
    }
}

pub(super) fn verdict_box_ui(
    ui: &mut Ui,
    verification: &Verification,
    intents: &mut Vec<Intent>,
    asks: &mut Vec<Ask>,
) {
    if verification.is_under_way() {
        return progress_ui(ui, verification.progress, asks);
    }
    if let Some(fault) = verification.verdict.fault() {
        end_of_session(fault, intents);
        if fault.code == Code::AuditBroken {
            verdict_ui(ui, FAIL, words::AUDIT_BROKEN.of(ui), &fault.detail);
        }
        fault_ui(ui, fault, false);
    } else if let Some(report) = verification.verdict.value() {
        let variables: [(_, &dyn ToString); 2] =
            [("entries", &report.entries), ("root", &report.root)];
        let detail = words::AUDIT_HOLDS_WHY.with(ui, &variables);
        verdict_ui(ui, PASS, words::AUDIT_HOLDS.of(ui), &detail);
    }
}

fn progress_ui(ui: &mut Ui, (done, of): (u64, u64), asks: &mut Vec<Ask>) {
    let palette = Palette::of(ui);
    ui.horizontal_wrapped(|ui| {
        let part = done as f32 / of.max(1) as f32;
        let bar = ProgressBar::new(part)
            .desired_width(220.0)
            .desired_height(10.0)
            .corner_radius(5)
            .fill(PRIMARY.fill);
        ui.add(bar);
        let variables: [(_, &dyn ToString); 2] = [("done", &done), ("all", &of)];
        let text = words::AUDIT_VERIFYING.with(ui, &variables);
        text_ui(ui, &text, regular(16.0), palette.text);
        if ui.button(words::CANCEL.of(ui)).clicked() {
            asks.push(Ask::StopVerifying);
        }
    });
}
