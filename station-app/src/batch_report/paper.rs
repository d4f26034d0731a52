//! Pages that are filled from the top, and how they become a PDF.

use cradle_procedure::fault::{Code, Fault};
use krilla::Document;
use krilla::color::rgb::Color;
use krilla::geom::{PathBuilder, Point, Rect};
use krilla::page::PageSettings;
use krilla::paint::Fill;
use krilla::surface::Surface;
use krilla::text::{Font, TextDirection};

const REGULAR: &[u8] = include_bytes!("../../../wipe/fonts/Inter-Regular.otf");
const BOLD: &[u8] = include_bytes!("../../../wipe/fonts/Inter-SemiBold.otf");

/// A4 (ISO 216) in points.
const PAGE: (f32, f32) = (595.28, 841.89);
const MARGIN: f32 = 46.0;
/// Room for text, in points.
pub(super) const WIDTH: f32 = PAGE.0 - 2.0 * MARGIN;
const BOTTOM: f32 = PAGE.1 - MARGIN - 18.0;

/// Red, green, blue. On white, each has a contrast of at least 4.5 to 1, but for the light ones.
pub(super) type Colour = (u8, u8, u8);
pub(super) const INK: Colour = (0x1B, 0x24, 0x30);
pub(super) const MUTED: Colour = (0x59, 0x64, 0x73);
pub(super) const LINE: Colour = (0xCF, 0xD6, 0xDE);
pub(super) const SHADE: Colour = (0xF3, 0xF5, 0xF8);
pub(super) const ACCENT: Colour = (0x1F, 0x4E, 0x79);
pub(super) const RED: Colour = (0xB3, 0x26, 0x1E);

/// One thing to draw, in points from the page's top left corner.
enum Mark {
    Text(f32, f32, f32, bool, Colour, String),
    Area(f32, f32, f32, f32, Colour),
}

/// Pages being filled.
pub(super) struct Paper {
    pages: Vec<Vec<Mark>>,
    y: f32,
    footer: String,
}

impl Paper {
    pub(super) fn new(footer: String) -> Self {
        Self {
            pages: vec![Vec::new()],
            y: MARGIN,
            footer,
        }
    }

    /// Begins a new page unless there is room for so much, and says whether it did.
    pub(super) fn need(&mut self, height: f32) -> bool {
        let over = self.y + height > BOTTOM;
        if over {
            self.pages.push(Vec::new());
            self.y = MARGIN;
        }
        over
    }

    /// Goes down.
    pub(super) fn skip(&mut self, height: f32) {
        self.y += height;
    }

    /// Text whose top is at the present height; does not go down.
    pub(super) fn text(&mut self, x: f32, size: f32, bold: bool, colour: Colour, text: &str) {
        let text = text.replace(char::is_control, " ");
        let base = self.y + size;
        self.mark(Mark::Text(MARGIN + x, base, size, bold, colour, text));
    }

    /// A filled rectangle, `down` from the present height.
    pub(super) fn area(&mut self, x: f32, down: f32, width: f32, height: f32, colour: Colour) {
        let top = self.y + down;
        self.mark(Mark::Area(MARGIN + x, top, width, height, colour));
    }

    fn mark(&mut self, mark: Mark) {
        if let Some(page) = self.pages.last_mut() {
            page.push(mark);
        }
    }

    /// The PDF.
    pub(super) fn finish(self) -> Result<Vec<u8>, Fault> {
        let mut pdf = Document::new();
        let fonts = (font(REGULAR)?, font(BOLD)?);
        let total = self.pages.len();
        for (index, marks) in self.pages.iter().enumerate() {
            let size = PageSettings::from_wh(PAGE.0, PAGE.1).ok_or_else(|| failed("page size"))?;
            let mut page = pdf.start_page_with(size);
            let mut surface = page.surface();
            for mark in marks {
                draw(&mut surface, &fonts, mark);
            }
            let number = format!("Page {} of {total}", index + 1);
            let base = PAGE.1 - MARGIN + 8.0;
            let footer = |x, text: &str| Mark::Text(x, base, 6.5, false, MUTED, text.to_owned());
            draw(&mut surface, &fonts, &footer(MARGIN, &self.footer));
            draw(
                &mut surface,
                &fonts,
                &footer(PAGE.0 - MARGIN - 44.0, &number),
            );
            surface.finish();
            page.finish();
        }
        pdf.finish().map_err(|error| failed(&format!("{error:?}")))
    }
}

fn font(bytes: &'static [u8]) -> Result<Font, Fault> {
    Font::new(bytes.into(), 0).ok_or_else(|| failed("a font of the report is broken"))
}

fn failed(what: &str) -> Fault {
    Fault::new(Code::Internal, what)
}

fn draw(surface: &mut Surface<'_>, fonts: &(Font, Font), mark: &Mark) {
    match mark {
        Mark::Text(x, base, size, bold, colour, text) => {
            surface.set_fill(Some(fill(*colour)));
            let font = if *bold { &fonts.1 } else { &fonts.0 };
            let at = Point::from_xy(*x, *base);
            surface.draw_text(at, font.clone(), *size, text, false, TextDirection::Auto);
        }
        Mark::Area(x, y, width, height, colour) => {
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

fn fill((red, green, blue): Colour) -> Fill {
    Fill {
        paint: Color::new(red, green, blue).into(),
        ..Fill::default()
    }
}
