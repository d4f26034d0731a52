//! Painting. Each function takes plain data and a list to put intents into, and changes nothing.

pub(super) mod bars;
mod batch;
pub(super) mod bench;
mod card;
pub(super) mod detail;
pub(super) mod dialogs;
pub(super) mod fault;
pub(super) mod field;
pub(super) mod first_run;
pub(super) mod header;
pub(super) mod icon;
pub(super) mod list_panel;
pub(super) mod long_list;
pub(super) mod own_password;
pub(super) mod rail;
pub(super) mod row;
pub(super) mod sign_in;
pub(super) mod text;
pub(super) mod theme;
