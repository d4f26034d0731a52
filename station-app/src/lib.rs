//! The station: desktop app and the `cradle` command line, where everything is wired.

mod batch_report;
mod benchmark;
mod cards;
pub mod cli;
pub mod config;
mod demo;
pub mod desk;
mod diagnostics;
pub mod document_image;
mod files;
pub mod gui;
mod key_ceremony;
pub mod office;
mod release_folder;
pub mod station;
mod tones;
pub mod training;
pub mod two_people;
