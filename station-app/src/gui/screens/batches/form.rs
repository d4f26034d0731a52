//! What is typed to ask for a new batch.

use cradle_procedure::fault::{Code, Fault};
use cradle_procedure::ids::BatchId;

use crate::gui::backend::BatchTerms;

/// The form, as typed.
pub(super) struct Form {
    pub(super) id: String,
    pub(super) quota: String,
    pub(super) prefix: String,
    pub(super) first: String,
    pub(super) days: String,
    /// Whether the first field has had the keyboard.
    pub(super) focused: bool,
}

impl Default for Form {
    fn default() -> Self {
        Self {
            id: String::new(),
            quota: String::new(),
            prefix: "SN-".to_owned(),
            first: "1".to_owned(),
            days: "30".to_owned(),
            focused: false,
        }
    }
}

impl Form {
    /// What it asks for.
    ///
    /// # Errors
    /// `CFG-03`, naming what was typed.
    pub(super) fn terms(&self) -> Result<BatchTerms, Fault> {
        Ok(BatchTerms {
            id: BatchId::new(self.id.trim())?,
            quota: number(&self.quota)?,
            prefix: self.prefix.trim().to_owned(),
            first: number(&self.first)?,
            days: number(&self.days)?,
        })
    }
}

/// A number that was typed.
///
/// # Errors
/// `CFG-03`.
pub(super) fn number<T: std::str::FromStr>(typed: &str) -> Result<T, Fault> {
    let refused = |_| Fault::new(Code::InputInvalid, format!("{typed:?} is not a number"));
    typed.trim().parse().map_err(refused)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_no_number_is_named() {
        let form = Form {
            id: "b-1".to_owned(),
            quota: "many".to_owned(),
            ..Form::default()
        };
        let fault = form.terms().unwrap_err();
        assert_eq!(fault.code, Code::InputInvalid);
        assert!(fault.detail.contains("many"));
    }
}
