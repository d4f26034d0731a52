//! The questions, one a page, and their answers.

use cradle_procedure::fault::{Code, Fault};
use cradle_procedure::ids::{OperatorName, Serial, SlotId};
use cradle_wipe::{DestinationKind, Reason};
use zeroize::Zeroizing;

use crate::gui::backend::RetirementOrder;
use crate::gui::view::sign_in;

/// A page of the guide.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) enum Page {
    /// Which unit?
    #[default]
    Serial,
    /// In which slot is it?
    Slot,
    /// On which grounds does it go on without proof of who it is?
    Grounds,
    /// Why?
    Reason,
    /// Where was it in use?
    Source,
    /// Where does it go?
    Destination,
    /// Who checks?
    Verifier,
    /// Is all of that right?
    Summary,
}

/// All pages, in order; that of the grounds only where they are needed.
const PAGES: [Page; 8] = [
    Page::Serial,
    Page::Slot,
    Page::Grounds,
    Page::Reason,
    Page::Source,
    Page::Destination,
    Page::Verifier,
    Page::Summary,
];

/// Where the board is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Where {
    /// In that slot.
    In(SlotId),
    /// Nobody has it.
    Nowhere,
}

/// The answers so far.
pub(super) struct Guide {
    pub(super) page: Page,
    pub(super) serial: String,
    pub(super) place: Option<Where>,
    /// Whether the verifier stands for a board that is here and cannot prove who it is.
    pub(super) vouched: bool,
    pub(super) grounds: String,
    pub(super) reason: Option<Reason>,
    pub(super) source: String,
    pub(super) destination: Option<DestinationKind>,
    pub(super) verifier: String,
    /// That person's password.
    pub(super) password: Zeroizing<String>,
    /// Whether the keyboard goes to the page's first field or button next.
    pub(super) focus: bool,
}

impl Default for Guide {
    fn default() -> Self {
        Self {
            page: Page::default(),
            serial: String::new(),
            place: None,
            vouched: false,
            grounds: String::new(),
            reason: None,
            source: String::new(),
            destination: None,
            verifier: String::new(),
            password: sign_in::empty(),
            focus: true,
        }
    }
}

impl Guide {
    /// The pages that there are, as far as is known.
    pub(super) fn pages(&self) -> Vec<Page> {
        let asked = |page: &Page| *page != Page::Grounds || self.needs_grounds();
        PAGES.into_iter().filter(asked).collect()
    }

    const fn needs_grounds(&self) -> bool {
        self.vouched || matches!(self.place, Some(Where::Nowhere))
    }

    /// Which page it is, counted from 1.
    pub(super) fn number(&self) -> usize {
        1 + self
            .pages()
            .iter()
            .position(|page| *page == self.page)
            .unwrap_or(0)
    }

    /// To the next page, if this one is answered.
    ///
    /// # Errors
    /// `CFG-03`, saying what is missing or wrong.
    pub(super) fn next(&mut self) -> Result<(), Fault> {
        match self.page {
            Page::Serial => self.unit().map(drop),
            Page::Slot => needed(self.place, "slot").map(drop),
            Page::Grounds => self.because().map(drop),
            Page::Reason => needed(self.reason, "reason").map(drop),
            Page::Source => self.source().map(drop),
            Page::Destination => needed(self.destination, "destination").map(drop),
            Page::Verifier => self.second().map(drop),
            Page::Summary => Ok(()),
        }?;
        self.turn_to(self.number());
        Ok(())
    }

    /// To the page before.
    pub(super) fn back(&mut self) {
        self.turn_to(self.number().saturating_sub(2));
    }

    /// Asks on which grounds the same unit goes on without proof.
    pub(super) fn vouch(&mut self) {
        self.vouched = true;
        self.page = Page::Grounds;
        self.focus = true;
    }

    /// Back to the page of the second person.
    pub(super) fn ask_second(&mut self) {
        self.page = Page::Verifier;
        self.focus = true;
    }

    fn turn_to(&mut self, index: usize) {
        if let Some(page) = self.pages().get(index) {
            self.focus = *page != self.page;
            self.page = *page;
        }
    }

    /// The order that all answers make.
    ///
    /// # Errors
    /// `CFG-03` one of them is missing or wrong.
    pub(super) fn order(&self) -> Result<RetirementOrder, Fault> {
        Ok(RetirementOrder {
            serial: self.unit()?,
            slot: match needed(self.place, "slot")? {
                Where::In(slot) => Some(slot),
                Where::Nowhere => None,
            },
            grounds: self.needs_grounds().then(|| self.because()).transpose()?,
            reason: needed(self.reason, "reason")?,
            verifier: self.second()?,
            source: self.source()?,
            destination: needed(self.destination, "destination")?,
        })
    }

    fn unit(&self) -> Result<Serial, Fault> {
        Serial::new(self.serial.trim())
    }

    fn second(&self) -> Result<OperatorName, Fault> {
        OperatorName::new(self.verifier.trim())
    }

    /// Takes the password out; it has to be typed again for another attempt.
    pub(super) fn take_password(&mut self) -> Zeroizing<String> {
        std::mem::replace(&mut self.password, sign_in::empty())
    }

    fn because(&self) -> Result<String, Fault> {
        let grounds = self.grounds.trim();
        needed((!grounds.is_empty()).then(|| grounds.to_owned()), "grounds")
    }

    fn source(&self) -> Result<String, Fault> {
        let place = self.source.trim();
        needed((!place.is_empty()).then(|| place.to_owned()), "place")
    }
}

fn needed<T>(answer: Option<T>, what: &str) -> Result<T, Fault> {
    answer.ok_or_else(|| Fault::new(Code::InputInvalid, format!("no {what} is given")))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_page_is_left_unanswered() {
        let mut guide = Guide::default();
        assert_eq!(guide.next().unwrap_err().code, Code::InputInvalid);
        guide.serial = "SN-1".to_owned();
        guide.next().unwrap();
        assert_eq!(guide.page, Page::Slot);
        assert!(guide.next().is_err());
        assert!(guide.order().is_err());
    }

    #[test]
    fn back_and_forth_keeps_the_answers() {
        let mut guide = Guide {
            serial: "SN-1".to_owned(),
            place: Some(Where::In(SlotId(2))),
            ..Guide::default()
        };
        guide.next().unwrap();
        guide.next().unwrap();
        guide.back();
        guide.back();
        guide.back();
        let place = Some(Where::In(SlotId(2)));
        assert_eq!((guide.page, guide.place), (Page::Serial, place));
    }

    #[test]
    fn a_unit_that_nobody_has_needs_grounds() {
        let mut guide = Guide {
            serial: "SN-1".to_owned(),
            place: Some(Where::Nowhere),
            page: Page::Slot,
            ..Guide::default()
        };
        guide.next().unwrap();
        assert_eq!((guide.page, guide.number()), (Page::Grounds, 3));
        assert_eq!(guide.next().unwrap_err().code, Code::InputInvalid);
        guide.grounds = "stolen, police report 17".to_owned();
        guide.next().unwrap();
        assert_eq!((guide.page, guide.pages().len()), (Page::Reason, 8));
    }
}
