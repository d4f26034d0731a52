//! Icons, drawn: sharp at every size and in every font.

use std::f32::consts::TAU;

use eframe::egui::epaint::{PathShape, PathStroke};
use eframe::egui::{Color32, Painter, Pos2, Rect, Shape, Stroke, pos2, vec2};

use crate::gui::view::slot::State;

/// What an icon says.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(in crate::gui) enum Icon {
    /// Nothing here: a dashed outline.
    Empty,
    /// May be started: a triangle to the right.
    Ready,
    /// At work: a ring, filled as far as the number from 0 to 1.
    Ring(f32),
    /// Done: a check mark.
    Check,
    /// Failed: a cross.
    Cross,
    /// Look out: a triangle with an exclamation mark.
    Caution,
}

impl Icon {
    /// Of a slot; `fraction` is how much of its work is done.
    pub(super) const fn of(state: State, fraction: f32) -> Self {
        match state {
            State::Empty => Self::Empty,
            State::Ready => Self::Ready,
            State::Working => Self::Ring(fraction),
            State::Pass => Self::Check,
            State::Fail => Self::Cross,
            State::Quarantine => Self::Caution,
        }
    }

    /// Draws it into the largest square in the middle of `rect`.
    pub(in crate::gui) fn paint(self, painter: &Painter, rect: Rect, color: Color32) {
        let side = rect.width().min(rect.height());
        let square = Rect::from_center_size(rect.center(), vec2(side, side));
        let at = |x: f32, y: f32| square.min + vec2(x, y) * side;
        let stroke = Stroke::new(side * 0.115, color);
        match self {
            Self::Empty => dashed_ring(painter, square.center(), side * 0.40, stroke),
            Self::Ready => {
                let points = vec![at(0.27, 0.14), at(0.86, 0.50), at(0.27, 0.86)];
                painter.add(Shape::convex_polygon(points, color, Stroke::NONE));
            }
            Self::Ring(fraction) => {
                let faint = Stroke::new(stroke.width, color.gamma_multiply(0.35));
                painter.circle_stroke(square.center(), side * 0.40, faint);
                arc(
                    painter,
                    square.center(),
                    side * 0.40,
                    0.0,
                    fraction.max(0.02),
                    stroke,
                );
            }
            Self::Check => {
                let points = vec![at(0.12, 0.54), at(0.40, 0.80), at(0.88, 0.22)];
                line(painter, points, stroke);
            }
            Self::Cross => {
                line(painter, vec![at(0.18, 0.18), at(0.82, 0.82)], stroke);
                line(painter, vec![at(0.82, 0.18), at(0.18, 0.82)], stroke);
            }
            Self::Caution => {
                let corners = vec![at(0.5, 0.10), at(0.94, 0.88), at(0.06, 0.88)];
                let outline = PathStroke::new(side * 0.09, color);
                painter.add(PathShape::closed_line(corners, outline));
                line(painter, vec![at(0.5, 0.38), at(0.5, 0.60)], stroke);
                painter.circle_filled(at(0.5, 0.75), side * 0.06, color);
            }
        }
    }
}

/// A line with round ends.
fn line(painter: &Painter, points: Vec<Pos2>, stroke: Stroke) {
    for point in [points.first(), points.last()].into_iter().flatten() {
        painter.circle_filled(*point, stroke.width / 2.0, stroke.color);
    }
    painter.line(points, stroke);
}

/// Part of a circle, in turns from the top, clockwise.
fn arc(painter: &Painter, center: Pos2, radius: f32, from: f32, to: f32, stroke: Stroke) {
    let pieces = ((to - from) * 64.0).ceil().max(2.0) as usize;
    let points = (0..=pieces).map(|piece| {
        let turn = from + (to - from) * piece as f32 / pieces as f32;
        let (sin, cos) = (turn * TAU).sin_cos();
        pos2(center.x + radius * sin, center.y - radius * cos)
    });
    painter.line(points.collect(), stroke);
}

fn dashed_ring(painter: &Painter, center: Pos2, radius: f32, stroke: Stroke) {
    let thin = Stroke::new(stroke.width * 0.7, stroke.color);
    for dash in 0..8 {
        let from = dash as f32 / 8.0;
        arc(painter, center, radius, from, from + 0.07, thin);
    }
}
