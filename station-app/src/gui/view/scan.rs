//! The scan line: a scanner is a keyboard that ends each label with Enter.
//!
//! A slot's label holds its number, alone or after `slot` (`7`, `slot-7`, `SLOT 7`); everything
//! else is the serial number for the slot chosen before. A bare number that is a slot of this
//! bench is always the slot.

use cradle_procedure::fault::{Code, Fault};
use cradle_procedure::ids::{Serial, SlotId};

/// What a scanned line means.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Scan {
    /// A slot was chosen.
    Slot(SlotId),
    /// Start the chosen slot; `None` takes the next serial number of the batch.
    Start(SlotId, Option<Serial>),
}

/// Reads one line.
///
/// # Errors
/// `DEV-17` no such slot; `CFG-03` not a serial number, or no slot chosen yet.
pub fn read(line: &str, chosen: Option<SlotId>, slots: &[SlotId]) -> Result<Scan, Fault> {
    let line = line.trim();
    if let Some(slot) = slot_of(line, slots)? {
        return Ok(Scan::Slot(slot));
    }
    let Some(slot) = chosen else {
        let what = format!("{line:?} is no slot of this bench, and none is chosen yet");
        return Err(Fault::new(Code::InputInvalid, what));
    };
    if line.is_empty() {
        return Ok(Scan::Start(slot, None));
    }
    Ok(Scan::Start(slot, Some(Serial::new(line)?)))
}

/// The slot that the text names, if it names one.
///
/// # Errors
/// `DEV-17` if it says `slot` and the bench has none of that number.
fn slot_of(text: &str, slots: &[SlotId]) -> Result<Option<SlotId>, Fault> {
    let lower = text.to_ascii_lowercase();
    let labelled = lower
        .strip_prefix("slot")
        .map(|rest| rest.trim_start_matches(['-', '_', ':', ' ']));
    let number = labelled.unwrap_or(&lower).parse().ok().map(SlotId);
    match number {
        Some(slot) if slots.contains(&slot) => Ok(Some(slot)),
        Some(_) if labelled.is_some() => Err(Fault::new(Code::SlotUnknown, text)),
        _ => Ok(None),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SLOTS: [SlotId; 3] = [SlotId(1), SlotId(2), SlotId(12)];

    #[test]
    fn a_slot_label_chooses_the_slot() {
        for label in ["12", "slot-12", "SLOT 12", "Slot:12", " 12 "] {
            assert_eq!(read(label, None, &SLOTS), Ok(Scan::Slot(SlotId(12))));
        }
    }

    #[test]
    fn a_serial_starts_the_slot_chosen_before() {
        let serial = Serial::new("S-0042").unwrap();
        let start = Scan::Start(SlotId(2), Some(serial));
        assert_eq!(read("S-0042", Some(SlotId(2)), &SLOTS), Ok(start));
    }

    #[test]
    fn a_number_that_is_no_slot_is_a_serial() {
        let serial = Serial::new("10042").unwrap();
        let start = Scan::Start(SlotId(1), Some(serial));
        assert_eq!(read("10042", Some(SlotId(1)), &SLOTS), Ok(start));
    }

    #[test]
    fn enter_alone_takes_the_next_of_the_batch() {
        let start = Scan::Start(SlotId(1), None);
        assert_eq!(read("", Some(SlotId(1)), &SLOTS), Ok(start));
    }

    #[test]
    fn a_serial_without_a_slot_is_refused() {
        let fault = read("S-0042", None, &SLOTS).unwrap_err();
        assert_eq!(fault.code, Code::InputInvalid);
    }

    #[test]
    fn a_slot_that_the_bench_lacks_is_refused() {
        let fault = read("slot-7", Some(SlotId(1)), &SLOTS).unwrap_err();
        assert_eq!(fault.code, Code::SlotUnknown);
    }

    #[test]
    fn what_no_label_may_hold_is_refused() {
        let fault = read("S 0042?", Some(SlotId(1)), &SLOTS).unwrap_err();
        assert_eq!(fault.code, Code::InputInvalid);
    }
}
