//! What a widget asks for. Widgets never act; [`super::app::Station`] does.

use cradle_procedure::fault::Fault;
use cradle_procedure::ids::{Serial, SlotId};

use super::place::Place;
use super::texts::Language;
use super::view::sign_in::Way;

/// One thing that the person at the window wants.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Intent {
    /// Sign in with what the form holds.
    SignIn,
    /// Sign in with a password or with a card; looks again for cards.
    SignInBy(Way),
    /// Take the password that was typed twice in place of a temporary one.
    ChoosePassword,
    /// Register the first two people with what the form holds.
    Found,
    /// End the session.
    SignOut,
    /// Start one slot; `None` takes the next serial number of the batch.
    Start(SlotId, Option<Serial>),
    /// Start every slot that is ready.
    StartAll,
    /// Start boards by themselves when they come in, or no more.
    ToggleAuto,
    /// Show what the guide says of the fault on the screen, or stop showing it.
    ToggleGuide,
    /// Stop one slot at its next safe point.
    Stop(SlotId),
    /// Stop every slot at work at its next safe point.
    StopAll,
    /// Another board is in the slot.
    NextBoard(SlotId),
    /// Other boards are in all slots that have ended.
    NextBoards,
    /// Another board was put into the slot already.
    NewBoard(SlotId),
    /// Choose a slot and show its steps.
    OpenDetail(SlotId),
    /// Show or hide the steps of the chosen slot.
    ToggleDetail,
    /// A line was scanned or typed and ended with Enter.
    Scanned(String),
    /// Close the topmost thing: help, question, notice, detail, selection.
    Escape,
    /// Show or hide the help.
    ToggleHelp,
    /// Light to dark or back.
    ToggleTheme,
    /// Another language.
    Speak(Language),
    /// Larger or smaller.
    Magnify(Magnify),
    /// Tones when a unit ends, or none.
    Sound(bool),
    /// Show another screen.
    Go(Place),
    /// Show one unit's history.
    ShowUnit(Serial),
    /// The session has ended, as this fault says: sign in again.
    SessionEnded(Fault),
    /// The window was asked to close while units are at work: do not.
    KeepWorking,
    /// The window was asked to close while units are at work: stop them, then close.
    StopAndClose,
}

/// Another magnification.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Magnify {
    /// One step up.
    Larger,
    /// One step down.
    Smaller,
    /// 100 %.
    Normal,
}
