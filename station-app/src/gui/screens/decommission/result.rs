//! What becomes of each part, and the document as it will be read.

use cradle_procedure::fault::Code;
use cradle_procedure::step::StepId;
use cradle_wipe::{Contents, Document, Missing, Part, PartOutcome, Person, Statement};
use eframe::egui::{Button, Ui};

use super::document::{pages_ui, paper_tools_ui};
use super::{Ask, Run};
use crate::gui::backend::Retired;
use crate::gui::intent::Intent;
use crate::gui::paint::detail::steps_ui;
use crate::gui::paint::icon::Icon;
use crate::gui::paint::row::row_ui;
use crate::gui::paint::text::{fact_ui, paragraph_ui, surface, text_ui, verdict_ui};
use crate::gui::paint::theme::{CAUTION, PASS, Palette, regular, strong};
use crate::gui::{texts, words};

pub(super) fn run_ui(
    ui: &mut Ui,
    run: &mut Run,
    vouched: bool,
    now_ms: u64,
    intents: &mut Vec<Intent>,
    asks: &mut Vec<Ask>,
) {
    let palette = Palette::of(ui);
    let (Some(retired), Some(paper)) = (&run.result, &mut run.paper) else {
        text_ui(ui, words::RETIRE_RUNNING.of(ui), strong(22.0), palette.text);
        if run.view.work().is_some() {
            steps_ui(ui, &run.view, now_ms);
        }
        return;
    };
    verdict_box_ui(ui, retired);
    paper_tools_ui(ui, paper, intents, asks);
    ui.horizontal_wrapped(|ui| {
        let another = Button::new(words::RETIRE_ANOTHER.of(ui));
        if ui.add(another).clicked() {
            asks.push(Ask::Another);
        }
        let vouch = Button::new(words::RETIRE_VOUCH.of(ui));
        if !vouched && !is_proven(&retired.document) && ui.add(vouch).clicked() {
            asks.push(Ask::Vouch);
        }
    });
    ui.add_space(8.0);
    surface(palette).show(ui, |ui| {
        ui.set_width(ui.available_width());
        document_ui(ui, &retired.document);
    });
    ui.add_space(8.0);
    pages_ui(ui, paper, intents);
}

fn verdict_box_ui(ui: &mut Ui, retired: &Retired) {
    let palette = Palette::of(ui);
    let (ink, word, why) = match retired.complete {
        true => (PASS, words::RETIRE_COMPLETE, words::RETIRE_COMPLETE_WHY),
        false => (CAUTION, words::RETIRE_PENDING, words::RETIRE_PENDING_WHY),
    };
    verdict_ui(ui, ink, word.of(ui), why.of(ui));
    for missing in retired.document.missing() {
        let text = missing_text(ui, missing);
        paragraph_ui(ui, &text, regular(15.5), palette.bad);
    }
}

/// What the document says in its one language, in the window's: the step, and the code that its
/// reason begins with. Registries have names of their own.
fn missing_text(ui: &Ui, missing: &Missing) -> String {
    let step = missing.part.parse().ok();
    let part = step.map_or(missing.part.as_str(), |step| words::step(step).of(ui));
    let code = missing.why.split(':').next().and_then(Code::from_id);
    let Some(code) = code else {
        return format!("{part}: {}", missing.why);
    };
    let said = format!("{}: {}", code.id(), code.what());
    let detail = missing.why.strip_prefix(&said).unwrap_or(&missing.why);
    format!("{part}: {}: {}{detail}", code.id(), texts::what(ui, code))
}

/// Whether the unit proved who it is.
fn is_proven(document: &Document) -> bool {
    let proof = StepId::ProveIdentity.text();
    let mut parts = document.contents().parts.iter();
    parts.any(|part| part.id == proof && part.outcome == PartOutcome::Done)
}

/// The document, in the words in which it is printed.
fn document_ui(ui: &mut Ui, document: &Document) {
    let palette = Palette::of(ui);
    let contents = document.contents();
    text_ui(
        ui,
        words::RETIRE_DOCUMENT.of(ui),
        strong(20.0),
        palette.text,
    );
    let facts = [
        (words::RETIRE_NUMBER, contents.number.clone()),
        (words::SERIAL, contents.unit.serial.to_string()),
        (words::CHIP, contents.unit.uid.to_string()),
        (words::PRODUCT, contents.unit.product.clone()),
        (words::TIME, contents.issued_at.clone()),
        (words::RETIRE_FROM, contents.media.source.clone()),
        (words::RETIRE_MEDIA, contents.media.media_type.clone()),
        (words::RETIRE_STANDARD, contents.standard.clone()),
        (words::RETIRE_WIPED_BY, said(&contents.sanitizer)),
        (words::RETIRE_CHECKED_BY, said(&contents.verifier)),
        (words::RETIRE_CRL, crl(contents)),
    ];
    for (what, value) in facts {
        fact_ui(ui, what.of(ui), &value, regular(15.0));
    }
    ui.add_space(8.0);
    for part in &contents.parts {
        part_ui(ui, part);
    }
    for remains in &contents.remains {
        let text = format!("{}: {}", remains.what, remains.why_harmless);
        paragraph_ui(ui, &text, regular(14.5), palette.weak);
    }
}

fn said(statement: &Statement) -> String {
    let Person { name, title, .. } = &statement.person;
    let date = statement.date.as_deref().unwrap_or("–");
    format!("{name}, {title}, {date}")
}

fn crl(contents: &Contents) -> String {
    contents
        .revocation
        .as_ref()
        .map_or("–".to_owned(), |evidence| {
            let number = evidence.crl_number.as_deref().unwrap_or("–");
            format!("{number}, {}", evidence.crl_issued_at)
        })
}

fn part_ui(ui: &mut Ui, part: &Part) {
    let palette = Palette::of(ui);
    let (icon, color, word) = match part.outcome {
        PartOutcome::Done => (Icon::Check, palette.good, words::OUTCOME_DONE),
        PartOutcome::Failed => (Icon::Cross, palette.bad, words::OUTCOME_FAILED),
        PartOutcome::NotDone => (Icon::Caution, palette.bad, words::OUTCOME_NOT_DONE),
    };
    let mut detail = vec![word.of(ui).to_owned(), part.technique.clone()];
    let how = part.verification.map(|how| words::verification(how).of(ui));
    detail.extend(how.map(str::to_owned));
    detail.extend((!part.detail.is_empty()).then(|| part.detail.clone()));
    let title = part
        .id
        .parse()
        .map_or(part.name.as_str(), |step| words::step(step).of(ui));
    row_ui(ui, icon, color, title, &detail.join(", "));
}
