//! The chain of custody: a line for each time the unit changed hands.

use super::block::Block;
use super::colour::{LINE, SHADE};
use super::font::Fonts;
use super::sections::{BODY, SMALL, STRONG, heading};
use super::sheet::WIDTH;
use crate::contents::{Custody, Holder};

/// Where each column begins.
const GIVER_AT: f32 = 112.0;
const RECEIVER_AT: f32 = 212.0;
const PLACE_AT: f32 = 312.0;
const ROOM: f32 = 8.0;

/// Heading, names of the columns and every hand-over; nothing if there was none.
pub(super) fn chain(fonts: &Fonts, custody: &[Custody]) -> Vec<Block> {
    let mut lines = custody.iter().map(|it| line(fonts, it));
    let Some(first) = lines.next() else {
        return Vec::new();
    };
    let columns = columns(fonts);
    // The heading is not left alone at the foot of a page.
    let head = heading(fonts, "Chain of custody").then(columns.clone());
    let rest = lines.map(|line| line.under(&columns));
    [head.then(first)].into_iter().chain(rest).collect()
}

fn columns(fonts: &Fonts) -> Block {
    let cell = |text| Block::text(fonts, SMALL, text, WIDTH);
    Block::area(WIDTH, 16.0, SHADE)
        .at(8.0, 3.0, cell("When"))
        .at(GIVER_AT, 3.0, cell("Given by"))
        .at(RECEIVER_AT, 3.0, cell("Taken by"))
        .at(PLACE_AT, 3.0, cell("Place and note"))
}

fn line(fonts: &Fonts, it: &Custody) -> Block {
    let width = WIDTH - PLACE_AT - ROOM;
    let mut place = Block::text(fonts, BODY, &it.place, width);
    if !it.note.is_empty() {
        place = place.then(Block::text(fonts, SMALL, &it.note, width));
    }
    Block::default()
        .at(
            8.0,
            4.0,
            Block::text(fonts, BODY, &it.at, GIVER_AT - 8.0 - ROOM),
        )
        .at(GIVER_AT, 4.0, holder(fonts, &it.giver))
        .at(RECEIVER_AT, 4.0, holder(fonts, &it.receiver))
        .at(PLACE_AT, 4.0, place)
        .then(Block::space(3.0))
        .then(Block::rule(WIDTH, LINE))
}

fn holder(fonts: &Fonts, holder: &Holder) -> Block {
    let width = RECEIVER_AT - GIVER_AT - ROOM;
    let session = format!("session {}", holder.session);
    Block::text(fonts, STRONG, holder.name.as_str(), width)
        .then(Block::text(fonts, SMALL, &session, width))
}
