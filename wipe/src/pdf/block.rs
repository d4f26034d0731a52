//! A piece of the page with its own height: what is kept together.

use super::colour::Colour;
use super::font::{Face, Fonts};

/// How text looks.
#[derive(Debug, Clone, Copy)]
pub(super) struct Style {
    pub(super) face: Face,
    /// Points.
    pub(super) size: f32,
    pub(super) colour: Colour,
}

impl Style {
    pub(super) const fn new(face: Face, size: f32, colour: Colour) -> Self {
        Self { face, size, colour }
    }

    /// From one base line to the next.
    fn leading(self) -> f32 {
        self.size * 1.38
    }
}

/// One thing to draw. Points, from the block's top left corner.
#[derive(Debug, Clone)]
pub(super) enum Mark {
    Text {
        x: f32,
        /// Base line.
        y: f32,
        style: Style,
        text: String,
    },
    Area {
        x: f32,
        y: f32,
        width: f32,
        height: f32,
        colour: Colour,
    },
}

/// Marks that stay together.
#[derive(Debug, Clone, Default)]
pub(super) struct Block {
    pub(super) marks: Vec<Mark>,
    pub(super) height: f32,
    /// What stands above it where it begins a page.
    pub(super) head: Option<Box<Self>>,
}

impl Block {
    /// Wrapped text.
    pub(super) fn text(fonts: &Fonts, style: Style, text: &str, width: f32) -> Self {
        let mut block = Self::default();
        for text in fonts.wrap(style.face, style.size, text, width) {
            block.marks.push(Mark::Text {
                x: 0.0,
                y: block.height + style.size,
                style,
                text,
            });
            block.height += style.leading();
        }
        block
    }

    /// Empty room.
    pub(super) const fn space(height: f32) -> Self {
        Self {
            marks: Vec::new(),
            height,
            head: None,
        }
    }

    /// A thin line.
    pub(super) fn rule(width: f32, colour: Colour) -> Self {
        Self::area(width, 0.6, colour)
    }

    /// A filled rectangle.
    pub(super) fn area(width: f32, height: f32, colour: Colour) -> Self {
        Self {
            marks: vec![Mark::Area {
                x: 0.0,
                y: 0.0,
                width,
                height,
                colour,
            }],
            height,
            head: None,
        }
    }

    /// `other` below.
    pub(super) fn then(mut self, other: Self) -> Self {
        let top = self.height;
        self.height += other.height;
        self.at(0.0, top, other)
    }

    /// `other` with its top left corner at `(x, y)`; as high as the higher of the two.
    pub(super) fn at(mut self, x: f32, y: f32, other: Self) -> Self {
        self.height = self.height.max(y + other.height);
        self.marks.extend(other.moved(x, y).marks);
        self
    }

    /// The same in a table with that head, which is repeated on every page.
    pub(super) fn under(self, head: &Self) -> Self {
        Self {
            head: Some(Box::new(head.clone())),
            ..self
        }
    }

    /// The same on a ground of that colour, with room around it.
    pub(super) fn on(self, ground: Colour, width: f32, padding: f32) -> Self {
        let height = self.height + 2.0 * padding;
        Self::area(width, height, ground).at(padding, padding, self)
    }

    /// The same elsewhere.
    pub(super) fn moved(mut self, right: f32, down: f32) -> Self {
        for mark in &mut self.marks {
            let (Mark::Text { x, y, .. } | Mark::Area { x, y, .. }) = mark;
            *x += right;
            *y += down;
        }
        self
    }
}
