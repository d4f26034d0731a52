//! The finished document: its pages as they are printed, and where it goes.

use std::path::{Path, PathBuf};

use eframe::egui::{Button, ColorImage, Image, TextEdit, TextureHandle, TextureOptions, Ui, vec2};

use super::Ask;
use crate::document_image::PageImage;
use crate::gui::backend::Backend;
use crate::gui::intent::Intent;
use crate::gui::paint::text::{paragraph_ui, primary, text_ui};
use crate::gui::paint::theme::{Palette, regular, strong};
use crate::gui::screens::remote_ui;
use crate::gui::view::remote::Remote;
use crate::gui::words;

/// Widest that a page is shown, in points.
const WIDEST: f32 = 860.0;

/// A document on the screen.
pub(super) struct Paper {
    pdf: PathBuf,
    /// Where a copy goes, as typed.
    pub(super) copy_to: String,
    pages: Remote<Vec<PageImage>>,
    textures: Vec<TextureHandle>,
    handed_over: Remote<()>,
    copied: Remote<PathBuf>,
}

/// What is to be done with it.
pub(super) enum PaperAsk {
    Open,
    Print,
    Copy,
}

impl Paper {
    /// Has its pages painted.
    pub(super) fn new(pdf: &Path, backend: &dyn Backend) -> Self {
        let mut pages = Remote::default();
        pages.ask(backend.document_pages(pdf.to_owned()));
        Self {
            pdf: pdf.to_owned(),
            copy_to: String::new(),
            pages,
            textures: Vec::new(),
            handed_over: Remote::default(),
            copied: Remote::default(),
        }
    }

    pub(super) fn look(&mut self) {
        self.pages.look();
        self.handed_over.look();
        self.copied.look();
    }

    pub(super) fn execute(&mut self, ask: &PaperAsk, backend: &dyn Backend) {
        let pdf = self.pdf.clone();
        match ask {
            PaperAsk::Open => self.handed_over.ask(backend.open_document(pdf)),
            PaperAsk::Print => self.handed_over.ask(backend.print_document(pdf)),
            PaperAsk::Copy => {
                let to = PathBuf::from(self.copy_to.trim());
                self.copied.ask(backend.copy_document(pdf, to));
            }
        }
    }
}

/// What can be done with it, and where it is.
pub(super) fn paper_tools_ui(
    ui: &mut Ui,
    paper: &mut Paper,
    intents: &mut Vec<Intent>,
    asks: &mut Vec<Ask>,
) {
    let palette = Palette::of(ui);
    ui.horizontal_wrapped(|ui| {
        if ui.add(primary(words::RETIRE_OPEN.of(ui))).clicked() {
            asks.push(Ask::Paper(PaperAsk::Open));
        }
        if ui.button(words::RETIRE_PRINT.of(ui)).clicked() {
            asks.push(Ask::Paper(PaperAsk::Print));
        }
    });
    ui.horizontal_wrapped(|ui| {
        let label = text_ui(
            ui,
            words::RETIRE_COPY_TO.of(ui),
            regular(15.0),
            palette.weak,
        );
        let field = TextEdit::singleline(&mut paper.copy_to)
            .font(regular(16.0))
            .margin(vec2(10.0, 9.0))
            .char_limit(400)
            .desired_width(280.0);
        ui.add(field).labelled_by(label.id);
        let typed = !paper.copy_to.trim().is_empty();
        let copy = Button::new(words::RETIRE_COPY.of(ui));
        if ui.add_enabled(typed, copy).clicked() {
            asks.push(Ask::Paper(PaperAsk::Copy));
        }
    });
    let path = words::EXPORTED.with(ui, &[("path", &words::path(&paper.pdf))]);
    paragraph_ui(ui, &path, regular(14.5), palette.weak);
    remote_ui(ui, &paper.handed_over, intents, |_, ()| {});
    remote_ui(ui, &paper.copied, intents, |ui, to| {
        let copied = words::EXPORTED.with(ui, &[("path", &words::path(to))]);
        paragraph_ui(ui, &copied, regular(14.5), palette.text);
    });
}

/// The pages as they are printed.
pub(super) fn pages_ui(ui: &mut Ui, paper: &mut Paper, intents: &mut Vec<Intent>) {
    let palette = Palette::of(ui);
    text_ui(ui, words::RETIRE_PAGES.of(ui), strong(20.0), palette.text);
    if let (true, Some(pages)) = (paper.textures.is_empty(), paper.pages.value()) {
        let load = |page: &PageImage| {
            let image = ColorImage::from_rgba_premultiplied(page.size, &page.rgba);
            let sharp = TextureOptions::LINEAR;
            ui.ctx().load_texture("page of a document", image, sharp)
        };
        paper.textures = pages.iter().map(load).collect();
    }
    remote_ui(ui, &paper.pages, intents, |ui, pages| {
        for (at, texture) in paper.textures.iter().enumerate() {
            let variables: [(_, &dyn ToString); 2] = [("at", &(at + 1)), ("all", &pages.len())];
            let name = words::RETIRE_SHEET.with(ui, &variables);
            let width = ui.available_width().min(WIDEST);
            ui.add(Image::new(texture).max_width(width).alt_text(name));
            ui.add_space(8.0);
        }
    });
}
