//! The fonts of the page: how wide text is and where it wraps.

use cradle_procedure::fault::{Code, Fault, OrFault as _};
use skrifa::instance::{LocationRef, Size};
use skrifa::metrics::GlyphMetrics;
use skrifa::{FontRef, MetadataProvider as _};

const REGULAR: &[u8] = include_bytes!("../../fonts/Inter-Regular.otf");
const BOLD: &[u8] = include_bytes!("../../fonts/Inter-SemiBold.otf");
const MONO: &[u8] = include_bytes!("../../fonts/DejaVuSansMono.ttf");
const CHINESE: &[u8] = include_bytes!("../../fonts/NotoSansSC-subset.otf");

/// Where a word that is too long for a line is best cut: after one of these.
const JOINTS: [char; 4] = ['-', '.', '/', '_'];

/// One of the fonts of the page.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Face {
    Regular,
    Bold,
    /// For what is compared character by character.
    Mono,
    /// What the others lack of simplified Chinese.
    Chinese,
}

/// All fonts, read.
pub(super) struct Fonts {
    regular: Font,
    bold: Font,
    mono: Font,
    chinese: Font,
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
            chinese: Font::read(CHINESE)?,
        })
    }

    /// The font as the PDF takes it.
    pub(super) fn to_draw(&self, face: Face) -> krilla::text::Font {
        self.font(face).draw.clone()
    }

    /// Width in points. Kerning is left out: it moves a line by less than the margin it has.
    pub(super) fn width(&self, face: Face, size: f32, text: &str) -> f32 {
        let runs = self.runs(face, text);
        let widths = runs.into_iter().map(|(face, run)| {
            let font = &self.font(face).measure;
            let metrics = GlyphMetrics::new(font, Size::new(size), LocationRef::default());
            let map = font.charmap();
            let advance = |c| map.map(c).and_then(|glyph| metrics.advance_width(glyph));
            run.chars().filter_map(advance).sum::<f32>()
        });
        widths.sum()
    }

    /// Text in pieces that one face can draw, in order.
    pub(super) fn runs<'t>(&self, face: Face, text: &'t str) -> Vec<(Face, &'t str)> {
        let face_of = |c| self.face_with(face, c).unwrap_or(face);
        let mut runs = Vec::new();
        let mut rest = text;
        while let Some(first) = rest.chars().next() {
            let own = face_of(first);
            let end = rest.find(|c| face_of(c) != own).unwrap_or(rest.len());
            let (run, after) = rest.split_at(end);
            runs.push((own, run));
            rest = after;
        }
        runs
    }

    /// The face that has that character: the one that is wanted, if it has it.
    fn face_with(&self, wanted: Face, c: char) -> Option<Face> {
        let has = |face: &Face| {
            let glyph = self.font(*face).measure.charmap().map(c);
            glyph.is_some_and(|glyph| glyph.to_u32() != 0)
        };
        [wanted, Face::Chinese].into_iter().find(has)
    }

    /// Text in which every character has a glyph.
    pub(super) fn drawable(&self, face: Face, text: &str) -> String {
        let mut out = String::with_capacity(text.len());
        for c in text.chars() {
            if c.is_whitespace() {
                out.push(' ');
            } else if self.face_with(face, c).is_some() {
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
            Face::Chinese => &self.chinese,
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
    let mut lines = Vec::new();
    let mut rest = word;
    while !rest.is_empty() {
        let (line, after) = rest.split_at(end_of_line(rest, fits));
        lines.push(line.to_owned());
        rest = after;
    }
    lines
}

/// Where to cut: at the last joint, unless that would waste half a line. At least one character
/// goes onto each line.
fn end_of_line(word: &str, fits: &dyn Fn(&str) -> bool) -> usize {
    let ends = word.char_indices().map(|(at, c)| at + c.len_utf8());
    let mut fitting = ends
        .enumerate()
        .take_while(|(n, end)| *n == 0 || fits(&word[..*end]));
    let end = fitting.by_ref().last().map_or(word.len(), |(_, end)| end);
    if end == word.len() {
        return end;
    }
    let joint = word[..end].rfind(JOINTS).map(|at| at + 1);
    joint.filter(|at| *at * 2 > end).unwrap_or(end)
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
        assert_eq!(fonts.drawable(Face::Regular, "Ж\u{0E2A}\n"), "Ж[U+0E2A] ");
    }

    #[test]
    fn chinese_among_latin_is_drawn_in_a_face_that_has_it() {
        let fonts = Fonts::load().unwrap();
        let runs = fonts.runs(Face::Bold, "TG-2 传感器 3");
        let wanted = [
            (Face::Bold, "TG-2 "),
            (Face::Chinese, "传感器"),
            (Face::Bold, " 3"),
        ];
        assert_eq!(runs, wanted);
        let apart = runs.iter().map(|(face, run)| fonts.width(*face, 8.0, run));
        let whole = fonts.width(Face::Bold, 8.0, "TG-2 传感器 3");
        assert!((apart.sum::<f32>() - whole).abs() < 0.01);
    }

    #[test]
    fn a_long_word_is_cut_at_its_joints() {
        let fonts = Fonts::load().unwrap();
        let lines = fonts.wrap(
            Face::Regular,
            8.0,
            "Hohenlohe-Langenburg-Schillingsfürst",
            120.0,
        );
        assert_eq!(lines, ["Hohenlohe-Langenburg-", "Schillingsfürst"]);
    }
}
