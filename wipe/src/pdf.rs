//! The certificate of sanitization as a page that a person can read, print and sign.
//!
//! PDF/A-3b (ISO 19005-3): fonts embedded, the signed data attached, so that the one file can be
//! kept for as long as the law asks and checked without the station.

mod block;
mod colour;
mod custody;
mod font;
mod list;
mod people;
mod qr;
mod sections;
mod sheet;
mod table;
mod write;

use cradle_procedure::fault::Fault;

use crate::batch::SignedBatch;
use crate::signed::SignedDocument;
use block::{Block, Mark};
use write::Paper;

/// Renders a signed document. Characters that the fonts lack (they cover Latin, Greek, Cyrillic
/// and the first level of GB 2312) appear as `[U+…]`; the attached data has them as they are.
///
/// # Errors
/// `RUN-02` if the PDF cannot be made.
pub fn render(signed: &SignedDocument) -> Result<Vec<u8>, Fault> {
    let fonts = font::Fonts::load()?;
    let contents = signed.document().contents();
    let paper = Paper {
        title: "Certificate of sanitization",
        number: &contents.number,
        status: signed.document().status(),
        issued_at: &contents.issued_at,
        tool: &contents.tool,
        organisation: &contents.sanitizer.person.organisation,
        digest: signed.digest(),
        file: format!("{}.json", contents.unit.serial),
        json: signed.json(),
    };
    let blocks = sections::all(&paper, signed.document(), &fonts)?;
    write::pdf(&paper, &fonts, pages(blocks))
}

/// Renders a signed batch document, as [`render`] does a certificate.
///
/// # Errors
/// `RUN-02` if the PDF cannot be made.
pub fn render_batch(signed: &SignedBatch) -> Result<Vec<u8>, Fault> {
    let fonts = font::Fonts::load()?;
    let document = signed.document();
    let paper = Paper {
        title: "Batch of sanitizations",
        number: &document.number,
        status: document.status(),
        issued_at: &document.issued_at,
        tool: &document.tool,
        organisation: &document.sanitizer.organisation,
        digest: signed.digest(),
        file: format!("{}.json", document.number),
        json: signed.json(),
    };
    let blocks = list::all(&paper, document, &fonts)?;
    write::pdf(&paper, &fonts, pages(blocks))
}

fn pages(blocks: Vec<Block>) -> Vec<Vec<Mark>> {
    let mut sheet = sheet::Sheet::new();
    blocks.into_iter().for_each(|block| sheet.place(block));
    sheet.into_pages()
}
