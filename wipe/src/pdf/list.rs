//! The page of a batch: one line for each unit.

use cradle_procedure::fault::Fault;

use super::block::{Block, Style};
use super::colour::{AMBER_SHADE, LINE, SHADE};
use super::font::{Face, Fonts};
use super::sections::{BODY, SMALL, STRONG, check, fields, head, heading, status_word};
use super::sheet::WIDTH;
use super::write::Paper;
use crate::batch::{BatchDocument, BatchLine};
use crate::document::Status;

const CODE: Style = Style {
    face: Face::Mono,
    ..SMALL
};
/// Where each column begins.
const STATUS_AT: f32 = 150.0;
const METHOD_AT: f32 = 222.0;
const TEXT_AT: f32 = 270.0;
const TEXT_WIDTH: f32 = WIDTH - TEXT_AT - 8.0;

/// Every block of the document.
pub(super) fn all(
    paper: &Paper<'_>,
    document: &BatchDocument,
    fonts: &Fonts,
) -> Result<Vec<Block>, Fault> {
    let subject = format!(
        "{} units · issued {}",
        document.units.len(),
        document.issued_at
    );
    let mut blocks = vec![head(fonts, paper, &subject), verdict(fonts, document)];
    let person = &document.sanitizer;
    let facts = [
        ("List", format!("SHA-256 {}", document.list_sha256)),
        (
            "Done by",
            format!("{}, {}, {}", person.name, person.title, person.organisation),
        ),
        ("Place", person.place.clone()),
        ("Contact", person.contact.clone()),
    ];
    blocks.push(heading(fonts, "List").then(fields(fonts, &facts, WIDTH)));
    let columns = columns(fonts);
    blocks.push(heading(fonts, "Units").then(columns.clone()));
    let lines = document.units.iter().map(|unit| line(fonts, unit));
    blocks.extend(lines.map(|line| line.under(&columns)));
    blocks.push(check(fonts, paper)?);
    Ok(blocks)
}

fn verdict(fonts: &Fonts, document: &BatchDocument) -> Block {
    let (complete, all) = (document.complete(), document.units.len());
    let (text, ground) = match document.status() {
        Status::Complete => (
            format!("All {all} units are sanitized; each has a complete certificate of its own."),
            SHADE,
        ),
        Status::Pending => (
            format!(
                "{complete} of {all} units are sanitized. Do not treat the others as sanitized."
            ),
            AMBER_SHADE,
        ),
    };
    let text = Block::text(fonts, STRONG, &text, WIDTH - 20.0);
    Block::space(8.0).then(text.on(ground, WIDTH, 10.0))
}

fn columns(fonts: &Fonts) -> Block {
    let cell = |text| Block::text(fonts, SMALL, text, WIDTH);
    Block::area(WIDTH, 16.0, SHADE)
        .at(8.0, 3.0, cell("Unit and chip"))
        .at(STATUS_AT, 3.0, cell("Certificate"))
        .at(METHOD_AT, 3.0, cell("Method"))
        .at(TEXT_AT, 3.0, cell("Number, SHA-256 and what is missing"))
}

fn line(fonts: &Fonts, unit: &BatchLine) -> Block {
    let width = STATUS_AT - 12.0;
    let name = Block::text(fonts, STRONG, unit.serial.as_str(), width).then(Block::text(
        fonts,
        CODE,
        &unit.uid.to_string(),
        width,
    ));
    let (word, method, text) = match &unit.certificate {
        None => (
            Block::text(fonts, BODY, "none yet", METHOD_AT - STATUS_AT),
            "–",
            Block::text(fonts, BODY, "nothing was done", TEXT_WIDTH),
        ),
        Some(it) => {
            let style = Style {
                colour: it.status.into(),
                ..STRONG
            };
            let digest = it.sha256.to_string();
            let mut text = Block::text(fonts, BODY, &it.number, TEXT_WIDTH)
                .then(Block::text(fonts, CODE, &digest, TEXT_WIDTH));
            if !it.missing.is_empty() {
                let missing = format!("Missing: {}", it.missing.join(", "));
                text = text.then(Block::text(fonts, BODY, &missing, TEXT_WIDTH));
            }
            (
                Block::text(fonts, style, status_word(it.status), METHOD_AT - STATUS_AT),
                it.method.map_or("–", |method| method.text()),
                text,
            )
        }
    };
    Block::default()
        .at(8.0, 4.0, name)
        .at(STATUS_AT, 4.0, word)
        .at(
            METHOD_AT,
            4.0,
            Block::text(fonts, BODY, method, TEXT_AT - METHOD_AT),
        )
        .at(TEXT_AT, 4.0, text)
        .then(Block::space(3.0))
        .then(Block::rule(WIDTH, LINE))
}
