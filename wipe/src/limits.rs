//! How much text an order may hold: what a page can show, and what must not be left out.

use std::ops::RangeInclusive;

use cradle_procedure::fault::{Code, Fault};

use crate::order::{Backup, Order, Person};

/// Longest text of a field, in characters: what a page holds.
const MAX_TEXT: usize = 200;
/// Longest notes, in characters.
const MAX_NOTES: usize = 1200;

impl Order {
    /// Refuses what a document could not show, or should not be without.
    pub(crate) fn check(&self) -> Result<(), Fault> {
        let (media, destination) = (&self.media, &self.destination);
        for (what, text) in [
            ("manufacturer", &media.manufacturer),
            ("model", &media.model),
            ("media type", &media.media_type),
            ("media source", &media.source),
            ("tool", &self.tool.name),
            ("tool version", &self.tool.version),
        ] {
            fits(what, text, 1..=MAX_TEXT)?;
        }
        self.sanitizer.check()?;
        self.verifier.check()?;
        if let Some(waiver) = &self.waiver {
            waiver.person.check()?;
            fits("grounds of the waiver", &waiver.grounds, 1..=MAX_TEXT)?;
        }
        if let Backup::Kept(place) = &self.backup {
            fits("place of the backup", place, 1..=MAX_TEXT)?;
        }
        let optional = [
            &media.property_number,
            &self.classification.before,
            &self.classification.after,
        ];
        for text in optional.into_iter().flatten() {
            fits("property number or category", text, 1..=MAX_TEXT)?;
        }
        fits("destination", &destination.details, 0..=MAX_TEXT)?;
        fits("notes", &self.notes, 0..=MAX_NOTES)
    }
}

impl Person {
    fn check(&self) -> Result<(), Fault> {
        for (what, text) in [
            ("name", &self.name),
            ("title", &self.title),
            ("organisation", &self.organisation),
            ("place", &self.place),
            ("contact", &self.contact),
        ] {
            fits(what, text, 1..=MAX_TEXT)?;
        }
        Ok(())
    }
}

fn fits(what: &str, text: &str, length: RangeInclusive<usize>) -> Result<(), Fault> {
    if length.contains(&text.chars().count()) {
        return Ok(());
    }
    let (least, most) = (length.start(), length.end());
    let detail = format!("{what}: {least} to {most} characters");
    Err(Fault::new(Code::InputInvalid, detail))
}
