//! How many columns of slot cards: the arrangement that makes the cards largest.

/// Smallest card that still holds its text, in points.
pub const CARD_MIN: (f32, f32) = (196.0, 184.0);
/// Size at which a card's text has its base size, in points.
const CARD_BASE: (f32, f32) = (300.0, 240.0);
/// Cards grow no higher than this, in points: beyond it there is only empty space.
const CARD_MAX_HEIGHT: f32 = 460.0;

/// An arrangement of cards.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Grid {
    /// Cards side by side.
    pub columns: usize,
    /// Size of one card in points.
    pub card: (f32, f32),
    /// What the card's type sizes are multiplied with.
    pub scale: f32,
}

impl Grid {
    /// The arrangement of `count` cards in an area of `width` x `height` points with `gap` points
    /// between them. Cards that do not fit even at their
    /// smallest scroll, in as many columns as there is room for.
    #[must_use]
    pub fn fit(count: usize, (width, height): (f32, f32), gap: f32) -> Self {
        let count = count.max(1);
        let at = |columns: usize| {
            let rows = count.div_ceil(columns);
            let share = |space: f32, n: usize| (space - gap * (n as f32 - 1.0)) / n as f32;
            let card = (
                share(width, columns).floor(),
                share(height, rows)
                    .floor()
                    .clamp(CARD_MIN.1, CARD_MAX_HEIGHT),
            );
            let scale = (card.0 / CARD_BASE.0).min(card.1 / CARD_BASE.1);
            Self {
                columns,
                card,
                scale: scale.clamp(0.72, 1.9),
            }
        };
        let wide_enough = || (1..=count).map(at).filter(|grid| grid.card.0 >= CARD_MIN.0);
        let whole = |grid: &Self| {
            let rows = count.div_ceil(grid.columns) as f32;
            rows * grid.card.1 + gap * (rows - 1.0) <= height
        };
        let largest = wide_enough()
            .filter(whole)
            .max_by(|a, b| a.scale.total_cmp(&b.scale));
        largest
            .or_else(|| wide_enough().next_back())
            .unwrap_or_else(|| at(1))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_number_of_slots_keeps_its_cards_within_the_width() {
        for count in 1..=32 {
            for width in [640.0, 900.0, 1240.0, 1880.0] {
                let grid = Grid::fit(count, (width, 600.0), 12.0);
                let columns = grid.columns as f32;
                assert!(grid.card.0 * columns + 12.0 * (columns - 1.0) <= width);
                assert!(grid.card.0 >= CARD_MIN.0 && grid.card.1 >= CARD_MIN.1);
            }
        }
    }

    #[test]
    fn a_full_bench_fits_a_full_hd_screen_without_scrolling() {
        let grid = Grid::fit(32, (1872.0, 860.0), 14.0);
        assert_eq!(grid.columns, 8);
        assert!(4.0 * grid.card.1 + 3.0 * 14.0 <= 860.0);
    }

    #[test]
    fn few_slots_get_larger_type_than_many() {
        let scale = |count| Grid::fit(count, (1240.0, 600.0), 12.0).scale;
        assert!(scale(1) > scale(4));
        assert!(scale(4) > scale(16));
    }
}
