//! The few colours of the page. All text on white has a contrast of at least 4.5 to 1.

use krilla::color::rgb::Color;

use crate::contents::PartOutcome;
use crate::document::Status;

/// Red, green, blue.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Colour(u8, u8, u8);

pub(super) const INK: Colour = Colour(0x1B, 0x24, 0x30);
pub(super) const MUTED: Colour = Colour(0x59, 0x64, 0x73);
pub(super) const LINE: Colour = Colour(0xCF, 0xD6, 0xDE);
pub(super) const SHADE: Colour = Colour(0xF3, 0xF5, 0xF8);
pub(super) const ACCENT: Colour = Colour(0x1F, 0x4E, 0x79);
pub(super) const WHITE: Colour = Colour(0xFF, 0xFF, 0xFF);
const GREEN: Colour = Colour(0x1B, 0x73, 0x45);
const AMBER: Colour = Colour(0xA8, 0x4B, 0x06);
pub(super) const AMBER_SHADE: Colour = Colour(0xFF, 0xF3, 0xE2);
const RED: Colour = Colour(0xB3, 0x26, 0x1E);

impl From<Colour> for Color {
    fn from(Colour(red, green, blue): Colour) -> Self {
        Self::new(red, green, blue)
    }
}

impl From<Status> for Colour {
    fn from(status: Status) -> Self {
        match status {
            Status::Complete => GREEN,
            Status::Pending => AMBER,
        }
    }
}

impl From<PartOutcome> for Colour {
    fn from(outcome: PartOutcome) -> Self {
        match outcome {
            PartOutcome::Done => GREEN,
            PartOutcome::Failed => RED,
            PartOutcome::NotDone => AMBER,
        }
    }
}
