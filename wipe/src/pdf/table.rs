//! The table of parts: outcome, method, technique, result and verification of each.

use super::block::{Block, Style};
use super::colour::{LINE, SHADE};
use super::font::Fonts;
use super::sections::{BODY, SMALL, STRONG};
use super::sheet::WIDTH;
use crate::contents::{Part, PartOutcome};

const PART_WIDTH: f32 = 122.0;
const OUTCOME_WIDTH: f32 = 56.0;
const METHOD_WIDTH: f32 = 44.0;
const TEXT_AT: f32 = PART_WIDTH + OUTCOME_WIDTH + METHOD_WIDTH + 8.0;
const TEXT_WIDTH: f32 = WIDTH - TEXT_AT - 8.0;

/// The names of the columns.
pub(super) fn head(fonts: &Fonts) -> Block {
    let cell = |text| Block::text(fonts, SMALL, text, WIDTH);
    Block::area(WIDTH, 16.0, SHADE)
        .at(8.0, 3.0, cell("Part"))
        .at(PART_WIDTH + 8.0, 3.0, cell("Outcome"))
        .at(PART_WIDTH + OUTCOME_WIDTH + 8.0, 3.0, cell("Method"))
        .at(TEXT_AT, 3.0, cell("Technique, result and verification"))
}

/// One part, over a line.
pub(super) fn row(fonts: &Fonts, part: &Part) -> Block {
    let name = Block::text(fonts, STRONG, &part.name, PART_WIDTH - 8.0).then(Block::text(
        fonts,
        SMALL,
        &part.id,
        PART_WIDTH - 8.0,
    ));
    let outcome = Style {
        colour: part.outcome.into(),
        ..STRONG
    };
    let outcome = Block::text(fonts, outcome, outcome_word(part.outcome), OUTCOME_WIDTH);
    let method = part.method.map_or("–", |method| method.text());
    let verified = match part.verification {
        Some(how) => format!("Verification: {how}"),
        None => "Not verified".to_owned(),
    };
    let footnote = format!("{verified} · {}", part.ended_at);
    let result = format!("Result: {}", part.detail);
    let text = Block::text(fonts, BODY, &part.technique, TEXT_WIDTH)
        .then(Block::text(fonts, BODY, &result, TEXT_WIDTH))
        .then(Block::text(fonts, SMALL, &footnote, TEXT_WIDTH));
    Block::default()
        .at(8.0, 4.0, name)
        .at(PART_WIDTH + 8.0, 4.0, outcome)
        .at(
            PART_WIDTH + OUTCOME_WIDTH + 8.0,
            4.0,
            Block::text(fonts, BODY, method, METHOD_WIDTH),
        )
        .at(TEXT_AT, 4.0, text)
        .then(Block::space(3.0))
        .then(Block::rule(WIDTH, LINE))
}

const fn outcome_word(outcome: PartOutcome) -> &'static str {
    match outcome {
        PartOutcome::Done => "Done",
        PartOutcome::Failed => "Failed",
        PartOutcome::NotDone => "Not done",
    }
}
