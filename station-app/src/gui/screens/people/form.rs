//! What is typed about a person.

use std::str::FromStr as _;

use cradle_ca::token::TokenUri;
use cradle_procedure::fault::{Code, Fault};
use cradle_procedure::ids::OperatorName;
use cradle_procedure::role::Role;
use zeroize::Zeroizing;

use crate::gui::backend::PersonOrder;
use crate::gui::view::sign_in::empty;

/// The fields, as typed.
pub(super) struct Form {
    pub(super) name: String,
    pub(super) role: Option<Role>,
    pub(super) password: Zeroizing<String>,
    pub(super) card: String,
    pub(super) pin: Zeroizing<String>,
}

impl Default for Form {
    fn default() -> Self {
        Self {
            name: String::new(),
            role: None,
            password: empty(),
            card: "pkcs11:token=".to_owned(),
            pin: empty(),
        }
    }
}

impl Form {
    /// The name of a new person.
    ///
    /// # Errors
    /// `CFG-03`.
    pub(super) fn name(&self) -> Result<OperatorName, Fault> {
        OperatorName::new(self.name.trim())
    }

    /// The role of a new person.
    ///
    /// # Errors
    /// `CFG-03` none is chosen.
    pub(super) fn role(&self) -> Result<Role, Fault> {
        let none = || Fault::new(Code::InputInvalid, "no role is chosen");
        self.role.ok_or_else(none)
    }

    /// Takes the temporary password out.
    pub(super) fn take_password(&mut self) -> Zeroizing<String> {
        std::mem::replace(&mut self.password, empty())
    }

    /// The card and its PIN, which is taken out.
    ///
    /// # Errors
    /// `CFG-03` it is no URI of a card.
    pub(super) fn card(&mut self) -> Result<PersonOrder, Fault> {
        let card = self.card.trim();
        TokenUri::from_str(card)?;
        Ok(PersonOrder::EnrolCard {
            card: card.to_owned(),
            pin: std::mem::replace(&mut self.pin, empty()),
        })
    }
}
