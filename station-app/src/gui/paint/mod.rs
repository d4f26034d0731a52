//! Painting. Each function takes plain data and a list to put intents into, and changes nothing.

pub(super) mod bench;
mod card;
mod detail;
pub(super) mod dialogs;
mod fault;
pub(super) mod header;
mod icon;
pub(super) mod sign_in;
mod text;
pub(super) mod theme;
