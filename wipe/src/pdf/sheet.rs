//! Blocks onto pages.

use super::block::{Block, Mark};

/// A4 (ISO 216) in points.
pub(super) const PAGE: (f32, f32) = (595.28, 841.89);
/// Margin on all sides; the footer is within the lower one.
pub(super) const MARGIN: f32 = 46.0;
/// Room for text.
pub(super) const WIDTH: f32 = PAGE.0 - 2.0 * MARGIN;
const BOTTOM: f32 = PAGE.1 - MARGIN - 12.0;

/// Pages being filled from the top.
pub(super) struct Sheet {
    pages: Vec<Vec<Mark>>,
    y: f32,
}

impl Sheet {
    pub(super) fn new() -> Self {
        Self {
            pages: vec![Vec::new()],
            y: MARGIN,
        }
    }

    /// Puts a block below the last one, or on a new page if it does not fit.
    pub(super) fn place(&mut self, mut block: Block) {
        if self.y + block.height > BOTTOM && self.y > MARGIN {
            self.pages.push(Vec::new());
            self.y = MARGIN;
            block
                .head
                .take()
                .into_iter()
                .for_each(|head| self.put(*head));
        }
        self.put(block);
    }

    fn put(&mut self, block: Block) {
        let height = block.height;
        let placed = block.moved(MARGIN, self.y);
        if let Some(page) = self.pages.last_mut() {
            page.extend(placed.marks);
        }
        self.y += height;
    }

    /// What is on each page.
    pub(super) fn into_pages(self) -> Vec<Vec<Mark>> {
        self.pages
    }
}
