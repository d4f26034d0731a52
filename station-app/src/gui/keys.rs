//! The keyboard, and the scanner that pretends to be one.
//!
//! On the bench, what is typed goes to the scan line wherever the focus is, so that a scan is
//! never lost. A scanner's whole label can arrive within one frame, therefore text and Enter are
//! taken here in the order in which they came, not by the text field.

use std::iter::repeat_n;

use cradle_procedure::ids::SlotId;
use cradle_procedure::role::Role;
use eframe::egui::{Context, Event, Key, Modifiers};

use super::intent::{Intent, Magnify};
use super::paint::bench::scan_id;
use super::place::{self, Place};
use super::texts;

/// Longest line that a scanner may send, in characters.
const MAX_LINE: usize = 64;

/// Keys that work on every screen. Two presses within one frame are two.
pub(super) fn everywhere(ctx: &Context, intents: &mut Vec<Intent>) {
    let magnify = [
        (Key::Plus, Magnify::Larger),
        (Key::Equals, Magnify::Larger),
        (Key::Minus, Magnify::Smaller),
        (Key::Num0, Magnify::Normal),
    ];
    for (key, step) in magnify {
        let count = presses(ctx, Modifiers::COMMAND, key);
        intents.extend(repeat_n(Intent::Magnify(step), count));
    }
    let keys = [
        (Key::F1, Intent::ToggleHelp),
        (Key::F2, Intent::ToggleGuide),
        (Key::F9, Intent::ToggleTheme),
        (Key::Escape, Intent::Escape),
    ];
    for (key, intent) in keys {
        let count = presses(ctx, Modifiers::NONE, key);
        intents.extend(repeat_n(intent, count));
    }
    let mut language = texts::language(ctx);
    for _ in 0..presses(ctx, Modifiers::NONE, Key::F10) {
        language = language.next();
        intents.push(Intent::Speak(language));
    }
}

/// How often the key was pressed since the last frame.
fn presses(ctx: &Context, modifiers: Modifiers, key: Key) -> usize {
    ctx.input_mut(|input| input.count_and_consume_key(modifiers, key))
}

/// Keys that go to another screen, and away from all of them.
pub(super) fn places(ctx: &Context, role: Role, training: bool, intents: &mut Vec<Intent>) {
    // Refused by the window while something is under way, as the button is.
    if ctx.input_mut(|input| input.consume_key(Modifiers::COMMAND, Key::L)) {
        intents.push(Intent::SignOut);
    }
    for (key, place) in place::KEYS.into_iter().zip(Place::of(role, training)) {
        if ctx.input_mut(|input| input.consume_key(Modifiers::COMMAND, key)) {
            intents.push(Intent::Go(place));
        }
    }
}

/// Keys of the bench. `scan` is what is on the scan line.
pub(super) fn bench(
    ctx: &Context,
    scan: &mut String,
    chosen: Option<SlotId>,
    intents: &mut Vec<Intent>,
) {
    // With Shift first: a key alone also matches with Shift held.
    let keys = [
        (Modifiers::SHIFT, Key::F8, Some(Intent::StopAll)),
        (Modifiers::NONE, Key::F8, chosen.map(Intent::Stop)),
        (Modifiers::NONE, Key::F4, Some(Intent::ToggleDetail)),
        (Modifiers::NONE, Key::F5, Some(Intent::StartAll)),
        (Modifiers::NONE, Key::F6, Some(Intent::NextBoards)),
        (Modifiers::NONE, Key::F7, Some(Intent::ToggleAuto)),
    ];
    for (modifiers, key, intent) in keys {
        if ctx.input_mut(|input| input.consume_key(modifiers, key)) {
            intents.extend(intent);
        }
    }
    let elsewhere = ctx.memory(|memory| memory.focused().is_some_and(|id| id != scan_id()));
    ctx.input_mut(|input| {
        input
            .events
            .retain(|event| !taken(event, elsewhere, scan, intents));
    });
}

/// Whether the scan line took the event. `elsewhere`: a button or card has the focus, to which
/// Enter and Space belong as long as nothing was typed.
fn taken(event: &Event, elsewhere: bool, scan: &mut String, intents: &mut Vec<Intent>) -> bool {
    match event {
        Event::Text(text) => {
            for typed in text.chars().filter(|c| !c.is_whitespace()) {
                if typed == '?' {
                    intents.push(Intent::ToggleHelp);
                } else if scan.len() < MAX_LINE {
                    scan.push(typed);
                }
            }
            true
        }
        Event::Key {
            key: Key::Enter | Key::Space,
            pressed: true,
            repeat,
            ..
        } => {
            if elsewhere && scan.is_empty() {
                return false;
            }
            if !repeat {
                intents.push(Intent::Scanned(std::mem::take(scan)));
            }
            true
        }
        _ => false,
    }
}
