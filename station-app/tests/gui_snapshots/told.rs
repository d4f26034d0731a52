//! A window as text: what a screen reader would say of it, from top to bottom.

use eframe::egui::Role;
use egui_kittest::kittest::NodeT as _;

use crate::gui_fake::window::Window;

/// What the window says; where somebody is signed in, of the screen and not of the frame around
/// it, which is the same on all.
pub(crate) fn told(window: &Window) -> String {
    let nodes: Vec<_> = window.root().children_recursive().collect();
    let tab = |node: &_| egui_kittest::Node::accesskit_node(node).role() == Role::Tab;
    let frame = nodes.iter().rposition(tab).map_or(0, |last| last + 1);
    let mut told = String::new();
    for node in &nodes[frame..] {
        let node = node.accesskit_node();
        let (label, value) = (node.label(), node.value());
        // A text is told once, not again for each of its lines.
        if node.is_hidden() || node.role() == Role::TextRun || (label.is_none() && value.is_none())
        {
            continue;
        }
        told += &format!("{:?}", node.role());
        for text in [label, value].into_iter().flatten() {
            told += &format!(" “{}”", timeless(&text));
        }
        if node.is_disabled() {
            told += " (off)";
        }
        if node.is_focused() {
            told += " (has the keyboard)";
        }
        told.push('\n');
    }
    told
}

/// Moments are told in the time zone of the machine.
fn timeless(text: &str) -> String {
    const MOMENT: &[u8] = b"0000-00-00 00:00:00";
    let digits = |byte: &u8| if byte.is_ascii_digit() { b'0' } else { *byte };
    let shape: Vec<u8> = text.as_bytes().iter().map(digits).collect();
    let mut rest = 0;
    let mut told = String::new();
    while let Some(at) = (rest..shape.len()).find(|at| shape[*at..].starts_with(MOMENT)) {
        told += &text[rest..at];
        told += "<moment>";
        rest = at + MOMENT.len();
    }
    told + &text[rest..]
}
