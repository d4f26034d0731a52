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
    /// Releases and what is inside them.
    Releases,
    /// The certificate authority and its token.
    Authority,
    /// The people of the station.
    People,
    /// The audit log.
    Audit,
    /// The boards of the virtual bench.
    Training,
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
        Self::Releases,
        Self::Authority,
        Self::People,
        Self::Audit,
        Self::Training,
        Self::Settings,
    ];

    /// Whether a role finds it in the rail; `training` on a virtual bench.
    #[must_use]
    pub fn is_open_to(self, role: Role, training: bool) -> bool {
        let may = |permission| role.require(permission).is_ok();
        match self {
            Self::Bench | Self::Settings => true,
            Self::Training => training,
            Self::Decommission => may(Permission::Decommission),
            Self::Unit | Self::Batches | Self::Releases | Self::Audit => {
                may(Permission::ReadRecords)
            }
            // Those who run it, and those who look into it.
            Self::Authority => may(Permission::ManageAuthority) || role == Role::Auditor,
            Self::People => may(Permission::ConfirmPeople) || role == Role::Auditor,
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
    pub fn of(role: Role, training: bool) -> Vec<Self> {
        let open = |place: &Self| place.is_open_to(role, training);
        Self::ALL.iter().copied().filter(open).collect()
    }

    pub(super) const fn word(self) -> Word {
        match self {
            Self::Bench => words::PLACE_BENCH,
            Self::Decommission => words::PLACE_DECOMMISSION,
            Self::Unit => words::PLACE_UNIT,
            Self::Batches => words::PLACE_BATCHES,
            Self::Releases => words::PLACE_RELEASES,
            Self::Authority => words::PLACE_AUTHORITY,
            Self::People => words::PLACE_PEOPLE,
            Self::Audit => words::PLACE_AUDIT,
            Self::Training => words::PLACE_TRAINING,
            Self::Settings => words::PLACE_SETTINGS,
        }
    }
}

/// Ctrl and one of these goes to the place at the same position in the rail.
pub(crate) const KEYS: [Key; 9] = [
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
            assert!(Place::first_of(*role).is_open_to(*role, false), "{role}");
            assert!(Place::of(*role, true).len() <= KEYS.len(), "{role}");
        }
    }

    #[test]
    fn an_operator_finds_nothing_that_would_be_refused() {
        assert_eq!(
            Place::of(Role::Operator, false),
            [Place::Bench, Place::Settings]
        );
    }
}
