//! What the window asks about the people of the station.

use cradle_procedure::ids::OperatorName;
use cradle_procedure::role::Role;
use cradle_records::Operator;
use zeroize::Zeroizing;

use super::Pending;
use crate::two_people::{Second, Settled};

/// The people of the station.
pub trait People {
    /// Everybody, by name.
    fn people(&self) -> Pending<Vec<Operator>>;

    /// Changes one account. What concerns an account that can stand in as second person takes two.
    fn change_person(
        &self,
        name: OperatorName,
        order: PersonOrder,
        second: Option<Second>,
    ) -> Pending<Settled<PersonChanged>>;
}

/// What is to be done about a person. No `Debug`: some hold secrets.
pub enum PersonOrder {
    /// The person is new, with this role and temporary password.
    Add(Role, Zeroizing<String>),
    /// Another role.
    SetRole(Role),
    /// A temporary password, for somebody who forgot theirs.
    Reset(Zeroizing<String>),
    /// May try again at once after failed sign-ins.
    Unlock,
    /// Is let in no more.
    Disable,
    /// Is let in again.
    Enable,
    /// May sign in with the card in the reader.
    EnrolCard {
        /// RFC 7512 URI of the card.
        card: String,
        /// Its PIN, typed by its holder.
        pin: Zeroizing<String>,
    },
    /// All cards are taken back.
    WithdrawCards,
}

/// What came of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PersonChanged {
    /// Whom it was about.
    pub name: OperatorName,
    /// Working security admins that are left, where it could make them fewer.
    pub admins_left: Option<u32>,
}
