//! The certificate of sanitization as a page that a person can read, print and sign.
//!
//! PDF/A-3b (ISO 19005-3): fonts embedded, the signed data attached, so that the one file can be
//! kept for as long as the law asks and checked without the station.

mod block;
mod colour;
mod font;
mod people;
mod qr;
mod sections;
mod sheet;
mod table;
mod write;

use cradle_procedure::fault::Fault;

use crate::signed::SignedDocument;

/// Renders a signed document. Characters that the fonts lack (they cover Latin, Greek and
/// Cyrillic) appear as `[U+…]`; the attached data has them as they are.
///
/// # Errors
/// `RUN-02` if the PDF cannot be made.
pub fn render(signed: &SignedDocument) -> Result<Vec<u8>, Fault> {
    let fonts = font::Fonts::load()?;
    let mut sheet = sheet::Sheet::new();
    for block in sections::all(signed, &fonts)? {
        sheet.place(block);
    }
    write::pdf(signed, &fonts, sheet.into_pages())
}
