//! Pages into a PDF/A file.

use cradle_procedure::fault::{Code, Fault, OrFault as _};
use cradle_procedure::ids::Sha256;
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
use crate::document::Status;
use crate::order::Tool;

const FOOTER: Style = Style::new(Face::Regular, 6.8, MUTED);
const FOOTER_DIGEST: Style = Style::new(Face::Mono, 6.2, MUTED);

/// What a file of pages says of itself, and the data it carries.
pub(super) struct Paper<'a> {
    pub(super) title: &'static str,
    pub(super) number: &'a str,
    pub(super) status: Status,
    pub(super) issued_at: &'a str,
    pub(super) tool: &'a Tool,
    pub(super) organisation: &'a str,
    pub(super) digest: Sha256,
    /// Name of the attachment.
    pub(super) file: String,
    pub(super) json: &'a [u8],
}

/// Writes the pages, a footer on each, and attaches the signed data.
pub(super) fn pdf(
    paper: &Paper<'_>,
    fonts: &Fonts,
    pages: Vec<Vec<Mark>>,
) -> Result<Vec<u8>, Fault> {
    let mut pdf = Pdf::new_with(settings()?);
    let issued = issued(paper)?;
    pdf.set_metadata(metadata(paper, issued));
    pdf.embed_file(attachment(paper, issued))
        .ok_or_else(|| Fault::new(Code::Internal, "the data was not attached"))?;
    let total = pages.len();
    for (index, marks) in pages.into_iter().enumerate() {
        let size = PageSettings::from_wh(PAGE.0, PAGE.1)
            .ok_or_else(|| Fault::new(Code::Internal, "page size"))?;
        let mut page = pdf.start_page_with(size);
        let mut surface = page.surface();
        let footer = footer(paper, fonts, &format!("Page {} of {total}", index + 1));
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

fn metadata(paper: &Paper<'_>, issued: DateTime) -> Metadata {
    Metadata::new()
        .title(format!("{} {}", paper.title, paper.number))
        .creator(format!("{} {}", paper.tool.name, paper.tool.version))
        .authors(vec![paper.organisation.to_owned()])
        .language("en".to_owned())
        .document_id(paper.digest.to_string())
        .creation_date(issued)
}

fn attachment(paper: &Paper<'_>, issued: DateTime) -> EmbeddedFile {
    EmbeddedFile {
        path: paper.file.clone(),
        mime_type: MimeType::new("application/json"),
        description: Some("The data of this certificate, signed".to_owned()),
        association_kind: AssociationKind::Source,
        data: paper.json.to_vec().into(),
        modification_date: Some(issued),
        compress: Some(true),
        location: None,
    }
}

fn issued(paper: &Paper<'_>) -> Result<DateTime, Fault> {
    let issued: Timestamp = paper.issued_at.parse().or_fault(Code::Internal)?;
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

fn footer(paper: &Paper<'_>, fonts: &Fonts, page: &str) -> Block {
    let digest = format!("SHA-256 {}", paper.digest);
    let name = format!(
        "{} {} · {}",
        paper.title,
        paper.number,
        status_word(paper.status)
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
            let mut x = *x;
            for (face, run) in fonts.runs(style.face, text) {
                let (at, font) = (Point::from_xy(x, *y), fonts.to_draw(face));
                surface.draw_text(at, font, style.size, run, false, TextDirection::Auto);
                x += fonts.width(face, style.size, run);
            }
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
