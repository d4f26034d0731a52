//! The fonts of the page: how wide text is and where it wraps.

use cradle_procedure::fault::{Code, Fault, OrFault as _};
use skrifa::instance::{LocationRef, Size};
use skrifa::metrics::GlyphMetrics;
use skrifa::{FontRef, MetadataProvider as _};

const REGULAR: &[u8] = include_bytes!("../../fonts/Inter-Regular.otf");
const BOLD: &[u8] = include_bytes!("../../fonts/Inter-SemiBold.otf");
const MONO: &[u8] = include_bytes!("../../fonts/DejaVuSansMono.ttf");

/// One of the fonts of the page.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Face {
    Regular,
    Bold,
    /// For what is compared character by character.
    Mono,
}

/// All fonts, read.
pub(super) struct Fonts {
    regular: Font,
    bold: Font,
    mono: Font,
}

struct Font {
    measure: FontRef<'static>,
    draw: krilla::text::Font,
}

impl Fonts {
    pub(super) fn load() -> Result<Self, Fault> {
        Ok(Self {
            regular: Font::read(REGULAR)?,
            bold: Font::read(BOLD)?,
            mono: Font::read(MONO)?,
        })
    }

    /// The font as the PDF takes it.
    pub(super) fn to_draw(&self, face: Face) -> krilla::text::Font {
        self.font(face).draw.clone()
    }

    /// Width in points. Kerning is left out: it moves a line by less than the margin it has.
    pub(super) fn width(&self, face: Face, size: f32, text: &str) -> f32 {
        let font = &self.font(face).measure;
        let metrics = GlyphMetrics::new(font, Size::new(size), LocationRef::default());
        let map = font.charmap();
        let advance = |c| map.map(c).and_then(|glyph| metrics.advance_width(glyph));
        text.chars().filter_map(advance).sum()
    }

    /// Text in which every character has a glyph.
    pub(super) fn drawable(&self, face: Face, text: &str) -> String {
        let map = self.font(face).measure.charmap();
        let mut out = String::with_capacity(text.len());
        for c in text.chars() {
            if c.is_whitespace() {
                out.push(' ');
            } else if map.map(c).is_some_and(|glyph| glyph.to_u32() != 0) {
                out.push(c);
            } else {
                out.push_str(&format!("[U+{:04X}]", u32::from(c)));
            }
        }
        out
    }

    /// Lines no wider than `width`. A word that is wider by itself is cut.
    pub(super) fn wrap(&self, face: Face, size: f32, text: &str, width: f32) -> Vec<String> {
        let text = self.drawable(face, text);
        let fits = |line: &str| self.width(face, size, line) <= width;
        let mut lines = vec![String::new()];
        for word in text.split_whitespace() {
            let longer = match lines.last() {
                Some(line) if !line.is_empty() => format!("{line} {word}"),
                _ => word.to_owned(),
            };
            if fits(&longer) {
                lines.pop();
                lines.push(longer);
                continue;
            }
            if lines.last().is_some_and(String::is_empty) {
                lines.pop();
            }
            lines.extend(cut(word, &fits));
        }
        lines
    }

    fn font(&self, face: Face) -> &Font {
        match face {
            Face::Regular => &self.regular,
            Face::Bold => &self.bold,
            Face::Mono => &self.mono,
        }
    }
}

impl Font {
    fn read(bytes: &'static [u8]) -> Result<Self, Fault> {
        let broken = || Fault::new(Code::Internal, "a font of the certificate is broken");
        Ok(Self {
            measure: FontRef::new(bytes).or_fault(Code::Internal)?,
            draw: krilla::text::Font::new(bytes.into(), 0).ok_or_else(broken)?,
        })
    }
}

fn cut(word: &str, fits: &dyn Fn(&str) -> bool) -> Vec<String> {
    let mut lines = vec![String::new()];
    for c in word.chars() {
        let mut longer = lines.pop().unwrap_or_default();
        longer.push(c);
        if longer.chars().count() == 1 || fits(&longer) {
            lines.push(longer);
            continue;
        }
        longer.pop();
        lines.push(longer);
        lines.push(c.to_string());
    }
    lines
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_line_is_wider_than_asked_and_no_character_is_lost() {
        let fonts = Fonts::load().unwrap();
        let text = format!(
            "a few words and one very long one: {}",
            "0123456789abcdef".repeat(9)
        );
        let lines = fonts.wrap(Face::Mono, 8.0, &text, 120.0);
        for line in &lines {
            assert!(fonts.width(Face::Mono, 8.0, line) <= 120.0, "{line}");
        }
        assert_eq!(lines.concat().replace(' ', ""), text.replace(' ', ""));
    }

    #[test]
    fn a_character_without_a_glyph_is_named() {
        let fonts = Fonts::load().unwrap();
        assert_eq!(fonts.drawable(Face::Regular, "Ж\u{4E2D}\n"), "Ж[U+4E2D] ");
    }
}
