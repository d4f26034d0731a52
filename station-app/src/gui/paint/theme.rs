//! Colours, type and spacing, light and dark. A test holds the contrast.

use std::sync::Arc;

use eframe::egui::{
    self, Color32, Context, CornerRadius, FontData, FontDefinitions, FontFamily, FontId, Margin,
    Shadow, Stroke, Style, TextStyle, Theme, Visuals, vec2,
};

use crate::gui::view::slot::State;

/// Colours of one theme.
#[derive(Debug, Clone, Copy)]
pub(in crate::gui) struct Palette {
    pub(in crate::gui) page: Color32,
    pub(in crate::gui) surface: Color32,
    pub(in crate::gui) raised: Color32,
    /// Where something is typed.
    pub(in crate::gui) field: Color32,
    pub(in crate::gui) line: Color32,
    pub(in crate::gui) text: Color32,
    pub(in crate::gui) weak: Color32,
    /// Focus, selection and links.
    pub(in crate::gui) accent: Color32,
    /// Text and icons that say that something is wrong.
    pub(in crate::gui) bad: Color32,
    /// Icons that say that something is done.
    pub(in crate::gui) good: Color32,
    ready: Ink,
}

/// A filled area and what is written on it.
#[derive(Debug, Clone, Copy)]
pub(in crate::gui) struct Ink {
    pub(in crate::gui) fill: Color32,
    pub(in crate::gui) text: Color32,
}

/// The main button of a screen, and the state WORKING.
pub(in crate::gui) const PRIMARY: Ink = Ink {
    fill: Color32::from_rgb(0x1D, 0x63, 0xD1),
    text: Color32::WHITE,
};
pub(in crate::gui) const PASS: Ink = Ink {
    fill: Color32::from_rgb(0x14, 0x78, 0x3A),
    text: Color32::WHITE,
};
pub(in crate::gui) const FAIL: Ink = Ink {
    fill: Color32::from_rgb(0xB3, 0x26, 0x1E),
    text: Color32::WHITE,
};
/// QUARANTINE, and the TRAINING badge.
pub(in crate::gui) const CAUTION: Ink = Ink {
    fill: Color32::from_rgb(0xF5, 0xB4, 0x00),
    text: Color32::from_rgb(0x1F, 0x16, 0x00),
};

const LIGHT: Palette = Palette {
    page: Color32::from_rgb(0xEE, 0xF1, 0xF5),
    surface: Color32::WHITE,
    raised: Color32::from_rgb(0xF3, 0xF5, 0xF8),
    field: Color32::WHITE,
    line: Color32::from_rgb(0xC6, 0xCE, 0xD8),
    text: Color32::from_rgb(0x17, 0x20, 0x2A),
    weak: Color32::from_rgb(0x50, 0x5C, 0x69),
    accent: Color32::from_rgb(0x1D, 0x63, 0xD1),
    bad: Color32::from_rgb(0xB3, 0x26, 0x1E),
    good: Color32::from_rgb(0x14, 0x78, 0x3A),
    ready: Ink {
        fill: Color32::from_rgb(0xD9, 0xE2, 0xEC),
        text: Color32::from_rgb(0x17, 0x20, 0x2A),
    },
};

const DARK: Palette = Palette {
    page: Color32::from_rgb(0x12, 0x16, 0x1B),
    surface: Color32::from_rgb(0x1C, 0x22, 0x29),
    raised: Color32::from_rgb(0x28, 0x30, 0x39),
    field: Color32::from_rgb(0x0D, 0x10, 0x14),
    line: Color32::from_rgb(0x3B, 0x46, 0x53),
    text: Color32::from_rgb(0xE8, 0xEC, 0xF1),
    weak: Color32::from_rgb(0xAA, 0xB5, 0xC1),
    accent: Color32::from_rgb(0x6C, 0xA8, 0xFF),
    bad: Color32::from_rgb(0xFF, 0x8A, 0x80),
    good: Color32::from_rgb(0x5C, 0xCB, 0x85),
    ready: Ink {
        fill: Color32::from_rgb(0x36, 0x42, 0x4F),
        text: Color32::from_rgb(0xE8, 0xEC, 0xF1),
    },
};

impl Palette {
    /// Of the theme that is on.
    pub(in crate::gui) fn of(ui: &egui::Ui) -> &'static Self {
        if ui.visuals().dark_mode {
            &DARK
        } else {
            &LIGHT
        }
    }

    /// The block that shows a slot's state.
    pub(super) const fn state(&self, state: State) -> Ink {
        match state {
            State::Empty => Ink {
                fill: self.surface,
                text: self.weak,
            },
            State::Ready => self.ready,
            State::Working => PRIMARY,
            State::Pass => PASS,
            State::Fail => FAIL,
            State::Quarantine => CAUTION,
        }
    }
}

/// Regular type of that size.
pub(in crate::gui) const fn regular(size: f32) -> FontId {
    FontId::proportional(size)
}

/// Semi-bold type of that size.
pub(in crate::gui) fn strong(size: f32) -> FontId {
    FontId::new(size, strong_family())
}

fn strong_family() -> FontFamily {
    FontFamily::Name("strong".into())
}

/// Fonts and both themes, once at the start.
pub(in crate::gui) fn install(ctx: &Context) {
    ctx.set_fonts(fonts());
    for (theme, visuals, palette) in [
        (Theme::Light, Visuals::light(), &LIGHT),
        (Theme::Dark, Visuals::dark(), &DARK),
    ] {
        ctx.style_mut_of(theme, |style| dress(style, visuals, palette));
    }
}

/// What Inter does not have, Chinese above all.
const CHINESE: &str = "Noto Sans SC";

fn fonts() -> FontDefinitions {
    let mut fonts = FontDefinitions::default();
    let inter: [(&str, &[u8], FontFamily); 2] = [
        (
            "Inter",
            include_bytes!("../../../../wipe/fonts/Inter-Regular.otf"),
            FontFamily::Proportional,
        ),
        (
            "Inter SemiBold",
            include_bytes!("../../../../wipe/fonts/Inter-SemiBold.otf"),
            strong_family(),
        ),
    ];
    let fallback = fonts.families[&FontFamily::Proportional].clone();
    for (name, bytes, family) in inter {
        let data = Arc::new(FontData::from_static(bytes));
        fonts.font_data.insert(name.into(), data);
        let names = [name, CHINESE].map(str::to_owned).into_iter();
        fonts
            .families
            .insert(family, names.chain(fallback.clone()).collect());
    }
    let chinese = include_bytes!("../../../../wipe/fonts/NotoSansSC-subset.otf");
    let data = Arc::new(FontData::from_static(chinese));
    fonts.font_data.insert(CHINESE.into(), data);
    if let Some(names) = fonts.families.get_mut(&FontFamily::Monospace) {
        names.push(CHINESE.into());
    }
    fonts
}

fn dress(style: &mut Style, mut visuals: Visuals, palette: &Palette) {
    let round = CornerRadius::same(8);
    visuals.panel_fill = palette.page;
    visuals.window_fill = palette.surface;
    visuals.window_corner_radius = CornerRadius::same(14);
    visuals.window_stroke = Stroke::new(1.0, palette.line);
    visuals.window_shadow = Shadow {
        offset: [0, 8],
        blur: 24,
        spread: 0,
        color: Color32::from_black_alpha(70),
    };
    // The part of a bar that is not filled yet.
    visuals.extreme_bg_color = palette.line;
    visuals.text_edit_bg_color = Some(palette.field);
    visuals.weak_text_color = Some(palette.weak);
    visuals.hyperlink_color = palette.accent;
    visuals.error_fg_color = palette.bad;
    visuals.disabled_alpha = 0.55;
    // A blinking cursor would have an idle window painted for ever.
    visuals.text_cursor.blink = false;
    visuals.selection.bg_fill = palette.accent.gamma_multiply(0.35);
    // Also the frame of a text field that has the focus.
    visuals.selection.stroke = Stroke::new(2.5, palette.accent);

    let widgets = &mut visuals.widgets;
    widgets.noninteractive.bg_stroke = Stroke::new(1.0, palette.line);
    widgets.noninteractive.fg_stroke = Stroke::new(1.0, palette.text);
    for widget in [
        &mut widgets.inactive,
        &mut widgets.hovered,
        &mut widgets.active,
        &mut widgets.open,
    ] {
        widget.bg_fill = palette.raised;
        widget.weak_bg_fill = palette.raised;
        widget.bg_stroke = Stroke::new(1.0, palette.line);
        widget.fg_stroke = Stroke::new(1.0, palette.text);
        widget.corner_radius = round;
        widget.expansion = 0.0;
    }
    widgets.hovered.bg_stroke = Stroke::new(1.5, palette.weak);
    // Pressed, or reached by keyboard.
    widgets.active.bg_stroke = Stroke::new(3.0, palette.accent);
    style.visuals = visuals;

    style.text_styles = [
        (TextStyle::Small, regular(14.0)),
        (TextStyle::Body, regular(16.0)),
        (TextStyle::Button, regular(16.0)),
        (TextStyle::Heading, strong(24.0)),
        (TextStyle::Monospace, FontId::monospace(14.0)),
    ]
    .into();
    let spacing = &mut style.spacing;
    spacing.item_spacing = vec2(10.0, 8.0);
    spacing.button_padding = vec2(14.0, 8.0);
    // Wide enough for a gloved finger.
    spacing.interact_size = vec2(44.0, 42.0);
    spacing.window_margin = Margin::same(24);
    spacing.text_edit_width = 320.0;
    // A scroll bar stands beside what it scrolls, not on it.
    spacing.scroll.floating_allocated_width = 10.0;
    style.interaction.selectable_labels = false;
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Contrast ratio by WCAG 2.2, "relative luminance".
    fn contrast(a: Color32, b: Color32) -> f32 {
        let luminance = |color: Color32| {
            let linear = egui::Rgba::from(color);
            0.2126 * linear.r() + 0.7152 * linear.g() + 0.0722 * linear.b()
        };
        let (a, b) = (luminance(a), luminance(b));
        (a.max(b) + 0.05) / (a.min(b) + 0.05)
    }

    #[test]
    fn all_text_has_the_contrast_of_wcag_aa() {
        for palette in [&LIGHT, &DARK] {
            for back in [palette.page, palette.surface, palette.raised, palette.field] {
                for front in [
                    palette.text,
                    palette.weak,
                    palette.accent,
                    palette.bad,
                    palette.good,
                ] {
                    let ratio = contrast(front, back);
                    assert!(ratio >= 4.5, "{front:?} on {back:?}: {ratio}");
                }
            }
            for state in [
                State::Empty,
                State::Ready,
                State::Working,
                State::Pass,
                State::Fail,
                State::Quarantine,
            ] {
                let ink = palette.state(state);
                let ratio = contrast(ink.text, ink.fill);
                assert!(ratio >= 4.5, "{state:?}: {ratio}");
            }
        }
    }
}
