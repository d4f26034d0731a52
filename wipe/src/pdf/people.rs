//! Who did it, who checked it, and room for both to sign.

use super::block::{Block, Style};
use super::colour::{INK, LINE, MUTED, SHADE};
use super::font::{Face, Fonts};
use super::sections::{GAP, HALF, fields};
use crate::contents::Statement;
use crate::document::{Document, Status};
use crate::order::{Person, Waiver};

const PADDING: f32 = 10.0;
const INNER: f32 = HALF - 2.0 * PADDING;
const TITLE: Style = Style::new(Face::Bold, 9.0, INK);
const CLAIM: Style = Style::new(Face::Regular, 7.6, MUTED);
const ROOM_TO_SIGN: f32 = 26.0;

/// The two statements side by side, their signature lines level.
pub(super) fn statements(fonts: &Fonts, document: &Document) -> Block {
    let found = match document.status() {
        Status::Complete => "I checked the results above and find the sanitization sufficient.",
        Status::Pending => "I checked the results above; the sanitization is not complete.",
    };
    let left = statement(
        fonts,
        "Sanitization performed by",
        "I performed the sanitization with the results above.",
        &document.contents().sanitizer,
    );
    let right = statement(
        fonts,
        "Verified and validated by",
        found,
        &document.contents().verifier,
    );
    let above = left.height.max(right.height);
    let signed = |block: Block| {
        block
            .at(0.0, above, signature(fonts, INNER))
            .on(SHADE, HALF, PADDING)
    };
    signed(left).at(HALF + GAP, 0.0, signed(right))
}

/// The second person's word.
pub(super) fn waiver(fonts: &Fonts, waiver: &Waiver) -> Block {
    let mut lines = person(&waiver.person);
    lines.push(("Grounds", waiver.grounds.clone()));
    let width = 2.0 * HALF + GAP;
    let inner = width - 2.0 * PADDING;
    Block::text(fonts, TITLE, "Identity waived by a second person", inner)
        .then(Block::space(3.0))
        .then(fields(fonts, &lines, inner))
        .then(signature(fonts, inner))
        .on(SHADE, width, PADDING)
}

fn statement(fonts: &Fonts, title: &str, claim: &str, statement: &Statement) -> Block {
    let mut lines = person(&statement.person);
    let date = statement.date.clone();
    lines.push((
        "Date",
        date.unwrap_or_else(|| "nothing was erased".to_owned()),
    ));
    Block::text(fonts, TITLE, title, INNER)
        .then(Block::space(3.0))
        .then(fields(fonts, &lines, INNER))
        .then(Block::space(4.0))
        .then(Block::text(fonts, CLAIM, claim, INNER))
}

fn person(person: &Person) -> Vec<(&'static str, String)> {
    vec![
        ("Name", person.name.clone()),
        ("Title", person.title.clone()),
        ("Organisation", person.organisation.clone()),
        ("Place", person.place.clone()),
        ("Contact", person.contact.clone()),
    ]
}

fn signature(fonts: &Fonts, width: f32) -> Block {
    Block::space(ROOM_TO_SIGN)
        .then(Block::rule(width, LINE))
        .then(Block::space(2.0))
        .then(Block::text(fonts, CLAIM, "Signature", width))
}
