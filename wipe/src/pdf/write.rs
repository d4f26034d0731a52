//! Pages into a PDF/A file.

use cradle_procedure::fault::{Code, Fault, OrFault as _};
use jiff::Timestamp;
use jiff::tz::TimeZone;
use krilla::configure::{Archival, ConfigurationBuilder};
use krilla::embed::{AssociationKind, EmbeddedFile, MimeType};
use krilla::geom::{PathBuilder, Point, Rect};
use krilla::metadata::{DateTime, Metadata};
use krilla::page::PageSettings;
use krilla::paint::Fill;
use krilla::surface::Surface;
use krilla::text::TextDirection;
use krilla::{Document as Pdf, SerializeSettings};

use super::block::{Block, Mark, Style};
use super::colour::{Colour, LINE, MUTED};
use super::font::{Face, Fonts};
use super::sections::status_word;
use super::sheet::{MARGIN, PAGE, WIDTH};
use crate::signed::SignedDocument;

const FOOTER: Style = Style::new(Face::Regular, 6.8, MUTED);
const FOOTER_DIGEST: Style = Style::new(Face::Mono, 6.2, MUTED);

/// Writes the pages, a footer on each, and attaches the signed data.
pub(super) fn pdf(
    signed: &SignedDocument,
    fonts: &Fonts,
    pages: Vec<Vec<Mark>>,
) -> Result<Vec<u8>, Fault> {
    let mut pdf = Pdf::new_with(settings()?);
    let issued = issued(signed)?;
    pdf.set_metadata(metadata(signed, issued));
    pdf.embed_file(attachment(signed, issued))
        .ok_or_else(|| Fault::new(Code::Internal, "the data was not attached"))?;
    let total = pages.len();
    for (index, marks) in pages.into_iter().enumerate() {
        let size = PageSettings::from_wh(PAGE.0, PAGE.1)
            .ok_or_else(|| Fault::new(Code::Internal, "page size"))?;
        let mut page = pdf.start_page_with(size);
        let mut surface = page.surface();
        let footer = footer(signed, fonts, &format!("Page {} of {total}", index + 1));
        for mark in marks.iter().chain(&footer.marks) {
            draw(&mut surface, fonts, mark);
        }
        surface.finish();
        page.finish();
    }
    pdf.finish()
        .map_err(|error| Fault::new(Code::Internal, format!("{error:?}")))
}

fn settings() -> Result<SerializeSettings, Fault> {
    let configuration = ConfigurationBuilder::new()
        .with_archival_validator(Archival::A3_B)
        .finish()
        .map_err(|error| Fault::new(Code::Internal, format!("{error:?}")))?;
    Ok(SerializeSettings {
        configuration,
        ..SerializeSettings::default()
    })
}

fn metadata(signed: &SignedDocument, issued: DateTime) -> Metadata {
    let contents = signed.document().contents();
    Metadata::new()
        .title(format!("Certificate of sanitization {}", contents.number))
        .creator(format!("{} {}", contents.tool.name, contents.tool.version))
        .authors(vec![contents.sanitizer.person.organisation.clone()])
        .language("en".to_owned())
        .document_id(signed.digest().to_string())
        .creation_date(issued)
}

fn attachment(signed: &SignedDocument, issued: DateTime) -> EmbeddedFile {
    EmbeddedFile {
        path: format!("{}.json", signed.document().contents().unit.serial),
        mime_type: MimeType::new("application/json"),
        description: Some("The data of this certificate, signed".to_owned()),
        association_kind: AssociationKind::Source,
        data: signed.json().to_vec().into(),
        modification_date: Some(issued),
        compress: Some(true),
        location: None,
    }
}

fn issued(signed: &SignedDocument) -> Result<DateTime, Fault> {
    let issued: Timestamp = signed
        .document()
        .contents()
        .issued_at
        .parse()
        .or_fault(Code::Internal)?;
    let at = issued.to_zoned(TimeZone::UTC);
    let part = |number: i8| u8::try_from(number).unwrap_or_default();
    Ok(DateTime::new(u16::try_from(at.year()).unwrap_or_default())
        .month(part(at.month()))
        .day(part(at.day()))
        .hour(part(at.hour()))
        .minute(part(at.minute()))
        .second(part(at.second()))
        .utc_offset_hour(0)
        .utc_offset_minute(0))
}

fn footer(signed: &SignedDocument, fonts: &Fonts, page: &str) -> Block {
    let document = signed.document();
    let digest = format!("SHA-256 {}", signed.digest());
    let name = format!(
        "Certificate {} · {}",
        document.contents().number,
        status_word(document.status())
    );
    let page_at = WIDTH - fonts.width(FOOTER.face, FOOTER.size, page);
    Block::rule(WIDTH, LINE)
        .at(0.0, 5.0, Block::text(fonts, FOOTER, &name, WIDTH))
        .at(page_at, 5.0, Block::text(fonts, FOOTER, page, WIDTH))
        .then(Block::text(fonts, FOOTER_DIGEST, &digest, WIDTH))
        .moved(MARGIN, PAGE.1 - MARGIN)
}

fn draw(surface: &mut Surface<'_>, fonts: &Fonts, mark: &Mark) {
    match mark {
        Mark::Text { x, y, style, text } => {
            surface.set_fill(Some(fill(style.colour)));
            let font = fonts.to_draw(style.face);
            let at = Point::from_xy(*x, *y);
            surface.draw_text(at, font, style.size, text, false, TextDirection::Auto);
        }
        Mark::Area {
            x,
            y,
            width,
            height,
            colour,
        } => {
            let mut path = PathBuilder::new();
            if let Some(area) = Rect::from_xywh(*x, *y, *width, *height) {
                path.push_rect(area);
            }
            if let Some(path) = path.finish() {
                surface.set_fill(Some(fill(*colour)));
                surface.draw_path(&path);
            }
        }
    }
}

fn fill(colour: Colour) -> Fill {
    let colour: krilla::color::rgb::Color = colour.into();
    Fill {
        paint: colour.into(),
        ..Fill::default()
    }
}
