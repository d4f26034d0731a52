//! A unit's life: which states there are (`procedure::ports::UnitState`), and which ways lead
//! from one to another. The database holds the same table as a trigger (`store/schema-custody.sql`).

use cradle_procedure::fault::{Code, Fault};
use cradle_procedure::ports::UnitState;

use super::row::UnitRow;

/// The state that a unit begins in.
pub(crate) const FIRST: UnitState = UnitState::Blank;

/// The states that a unit may go to from this one.
#[must_use]
pub const fn ways(from: UnitState) -> &'static [UnitState] {
    use UnitState as S;
    match from {
        S::Blank => &[S::InProgress, S::Quarantined],
        S::InProgress => &[S::Provisioned, S::Quarantined, S::Decommissioned],
        S::Provisioned => &[S::InRepair, S::Decommissioned, S::Destroyed],
        S::Quarantined => &[S::InRepair, S::Decommissioned, S::Destroyed],
        S::InRepair => &[
            S::InProgress,
            S::Quarantined,
            S::Decommissioned,
            S::Destroyed,
        ],
        S::Decommissioned => &[S::Destroyed],
        S::Destroyed => &[],
    }
}

/// Whether work may go on when the unit is put into a slot.
pub(crate) const fn may_go_on(state: UnitState) -> bool {
    matches!(
        state,
        UnitState::Blank | UnitState::InProgress | UnitState::InRepair
    )
}

/// Refuses a change of state to which no way leads.
pub(crate) fn require_way(unit: &UnitRow, to: UnitState) -> Result<(), Fault> {
    if ways(unit.state).contains(&to) {
        return Ok(());
    }
    let detail = format!(
        "{} is {}, and does not become {to}",
        unit.serial, unit.state
    );
    Err(Fault::new(Code::UnitState, detail))
}

/// Refuses a unit that is not being worked on.
pub(crate) fn require_under_way(unit: &UnitRow) -> Result<(), Fault> {
    if matches!(unit.state, UnitState::Blank | UnitState::InProgress) {
        return Ok(());
    }
    let detail = format!("{} is {}", unit.serial, unit.state);
    Err(Fault::new(Code::UnitState, detail))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_destroyed_unit_stays_destroyed_and_nothing_becomes_blank_again() {
        assert!(ways(UnitState::Destroyed).is_empty());
        for from in UnitState::ALL {
            assert!(!ways(*from).contains(&FIRST), "{from}");
        }
    }

    #[test]
    fn every_state_is_reached() {
        let mut reached = vec![FIRST];
        let mut next = 0;
        while let Some(state) = reached.get(next).copied() {
            for way in ways(state) {
                if !reached.contains(way) {
                    reached.push(*way);
                }
            }
            next += 1;
        }
        reached.sort_unstable();
        assert_eq!(reached, UnitState::ALL);
    }
}
