//! The screens of the window, and who finds which in the rail.

use cradle_procedure::role::{Permission, Role};
use eframe::egui::Key;

use super::texts::Word;
use super::words;

/// A screen of the window.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Place {
    /// The slots.
    Bench,
    /// Taking a unit out of service.
    Decommission,
    /// One unit's whole history.
    Unit,
    /// Batches.
    Batches,
    /// The audit log.
    Audit,
    /// Language, theme, and what this program is.
    Settings,
}

impl Place {
    /// All of them, in the order of the rail.
    pub const ALL: &'static [Self] = &[
        Self::Bench,
        Self::Decommission,
        Self::Unit,
        Self::Batches,
        Self::Audit,
        Self::Settings,
    ];

    /// Whether a role finds it in the rail.
    #[must_use]
    pub fn is_open_to(self, role: Role) -> bool {
        match self {
            Self::Bench | Self::Settings => true,
            Self::Decommission => role.require(Permission::Decommission).is_ok(),
            Self::Unit | Self::Batches | Self::Audit => {
                role.require(Permission::ReadRecords).is_ok()
            }
        }
    }

    /// Where a role begins.
    #[must_use]
    pub const fn first_of(role: Role) -> Self {
        match role {
            Role::Operator | Role::Supervisor => Self::Bench,
            Role::SecurityAdmin => Self::Batches,
            Role::Auditor => Self::Audit,
            Role::ServiceTechnician => Self::Decommission,
        }
    }

    /// Those that a role finds in the rail, in order.
    #[must_use]
    pub fn of(role: Role) -> Vec<Self> {
        Self::ALL
            .iter()
            .copied()
            .filter(|place| place.is_open_to(role))
            .collect()
    }

    pub(super) const fn word(self) -> Word {
        match self {
            Self::Bench => words::PLACE_BENCH,
            Self::Decommission => words::PLACE_DECOMMISSION,
            Self::Unit => words::PLACE_UNIT,
            Self::Batches => words::PLACE_BATCHES,
            Self::Audit => words::PLACE_AUDIT,
            Self::Settings => words::PLACE_SETTINGS,
        }
    }
}

/// Ctrl and one of these goes to the place at the same position in the rail.
pub(super) const KEYS: [Key; 9] = [
    Key::Num1,
    Key::Num2,
    Key::Num3,
    Key::Num4,
    Key::Num5,
    Key::Num6,
    Key::Num7,
    Key::Num8,
    Key::Num9,
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_role_begins_where_it_may_be_and_has_a_key_for_each_place() {
        for role in Role::ALL {
            assert!(Place::first_of(*role).is_open_to(*role), "{role}");
            assert!(Place::of(*role).len() <= KEYS.len(), "{role}");
        }
    }

    #[test]
    fn an_operator_finds_nothing_that_would_be_refused() {
        assert_eq!(Place::of(Role::Operator), [Place::Bench, Place::Settings]);
    }
}
