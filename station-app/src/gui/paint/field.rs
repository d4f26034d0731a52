//! Fields for names and passwords.

use eframe::egui::text_edit::TextEditState;
use eframe::egui::{Context, Id, Response, RichText, TextEdit, Ui, vec2};
use zeroize::Zeroizing;

use super::theme::{regular, strong};
use crate::gui::view::sign_in::MAX_CHARS;

/// A field with its label above.
pub(in crate::gui) fn name_ui(
    ui: &mut Ui,
    label: &str,
    enabled: bool,
    text: &mut String,
) -> Response {
    field_ui(ui, label, enabled, TextEdit::singleline(text))
}

/// A field whose text is not shown and not remembered.
pub(in crate::gui) fn password_ui(
    ui: &mut Ui,
    label: &str,
    enabled: bool,
    text: &mut Zeroizing<String>,
) -> Response {
    let field = TextEdit::singleline(&mut **text).password(true);
    let response = field_ui(ui, label, enabled, field);
    forget_undo(ui.ctx(), response.id);
    response
}

fn field_ui(ui: &mut Ui, label: &str, enabled: bool, field: TextEdit<'_>) -> Response {
    let label = ui.label(RichText::new(label).font(strong(15.0)));
    let field = field
        .font(regular(18.0))
        .margin(vec2(12.0, 10.0))
        .char_limit(MAX_CHARS)
        .desired_width(f32::INFINITY);
    let response = ui.add_enabled(enabled, field).labelled_by(label.id);
    ui.add_space(4.0);
    response
}

/// A text field remembers what was typed, to undo it. A password must not be remembered.
fn forget_undo(ctx: &Context, id: Id) {
    if let Some(mut state) = TextEditState::load(ctx, id) {
        state.clear_undoer();
        state.store(ctx, id);
    }
}
