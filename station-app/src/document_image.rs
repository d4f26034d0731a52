//! Pages of a document as pictures, so that a person sees the very file that is kept.

use cradle_procedure::fault::{Code, Fault};
use hayro::hayro_interpret::InterpreterSettings;
use hayro::hayro_syntax::Pdf;
use hayro::vello_cpu::color::palette::css::WHITE;
use hayro::{PixmapSettings, RenderCache, RenderSettings, render};

/// A page that is wider than this would only be made smaller again on the screen.
const WIDTH: f32 = 1_240.0;
/// A document of ours has a few pages; more of a foreign one are not shown.
const MOST: usize = 12;

/// A page, painted on white.
#[derive(Clone, PartialEq, Eq)]
pub struct PageImage {
    /// Pixels in a row and in a column.
    pub size: [usize; 2],
    /// Red, green, blue, opacity of each, row by row.
    pub rgba: Vec<u8>,
}

impl std::fmt::Debug for PageImage {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let [width, height] = self.size;
        write!(f, "PageImage({width} x {height})")
    }
}

/// Paints the pages of a PDF.
///
/// # Errors
/// `CFG-02` the file is no PDF that can be read.
pub(crate) fn pages(pdf: Vec<u8>) -> Result<Vec<PageImage>, Fault> {
    let pdf = Pdf::new(pdf)
        .map_err(|error| Fault::new(Code::FileFailed, format!("no readable PDF: {error:?}")))?;
    let cache = RenderCache::new();
    let pages = pdf.pages().iter().take(MOST).map(|page| {
        let scale = WIDTH / page.render_dimensions().0.max(1.0);
        let output = PixmapSettings {
            x_scale: scale,
            y_scale: scale,
            bg_color: WHITE,
        };
        let interpreter = InterpreterSettings::default();
        let settings = RenderSettings::default();
        let painted = render(page, &cache, &interpreter, &settings, &output);
        PageImage {
            size: [painted.width().into(), painted.height().into()],
            rgba: painted.data_as_u8_slice().to_vec(),
        }
    });
    Ok(pages.collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_no_pdf_is_refused() {
        let fault = pages(b"no PDF".to_vec()).unwrap_err();
        assert_eq!(fault.code, Code::FileFailed);
    }
}
