//! Chip families: what the silicon does when something is burnt, as data from the reference
//! manuals.
//!
//! A target profile picks and orders a family's acts. What an act closes, hides or bars is a fact
//! of the silicon and therefore not in the profile: a profile cannot be wrong about it.

use std::collections::BTreeMap;

use serde::Deserialize;

use crate::fault::{Code, Fault};
use crate::named::named;
use crate::step::StepId;

const FAMILIES: [&str; 2] = [
    include_str!("family/stm32f4.toml"),
    include_str!("family/esp32c3.toml"),
];

/// A family of chips.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Family {
    pub(crate) id: String,
    /// Dies that belong to it.
    pub(crate) device_ids: Vec<u32>,
    /// What an unburnt byte reads.
    pub(crate) virgin_byte: u8,
    /// First address of the flash.
    pub(crate) flash_start: u32,
    /// Erase sectors from the first address on, where they differ.
    #[serde(default)]
    pub(crate) sectors_kib: Vec<u32>,
    /// Erase sector, where all are alike.
    pub(crate) sector_kib: Option<u32>,
    /// The region that the chip starts from.
    pub(crate) first_region: String,
    /// Regions that every profile has.
    pub(crate) regions: Vec<String>,
    /// Regions that are written whole from a file of the release, beside bootloader and image.
    #[serde(default)]
    pub(crate) components: Vec<String>,
    /// The signature that the chip's ROM demands of a bootloader, where it can demand one.
    pub(crate) boot_signature: Option<BootSignature>,
    /// The cell of the anti-rollback counter.
    pub(crate) counter: String,
    cells: BTreeMap<String, Cell>,
    #[serde(rename = "act")]
    acts: Vec<Act>,
    pub(crate) end: End,
}

named! {
    /// How a bootloader is signed for the chip's ROM.
    BootSignature {
        /// RSA-3072 PSS over SHA-256, in a sector behind the image (ESP32 Secure Boot v2).
        SecureBootV2Rsa3072 = "secure-boot-v2-rsa-3072",
    }
}

/// One-time or protection cells that are burnt together.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Cell {
    pub(crate) bits: u32,
    /// Takes one write in its life (Reed-Solomon coded).
    #[serde(default)]
    pub(crate) once: bool,
    /// What the silicon cannot use from here.
    pub(crate) never_holds: Option<String>,
}

/// Something that can be burnt, and what the silicon does then.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Act {
    pub(crate) name: String,
    pub(crate) writes: Vec<String>,
    /// The step that burns it, where it is a step of its own.
    step: Option<StepId>,
    /// It belongs to the lock, though it takes no flash away.
    #[serde(default)]
    locks: bool,
    /// Nobody can write there any more.
    #[serde(default)]
    pub(crate) closes: Vec<String>,
    /// So too for the regions that the profile names with the burn.
    #[serde(default)]
    pub(crate) closes_named_regions: bool,
    /// No program can read there any more, the chip's own ROM included.
    #[serde(default)]
    pub(crate) hides: Vec<String>,
    /// The station cannot write there any more.
    #[serde(default)]
    pub(crate) bars_writing: Vec<String>,
    /// The station cannot read there any more.
    #[serde(default)]
    pub(crate) bars_reading: Vec<String>,
    /// Acts that must have been done before.
    #[serde(default)]
    pub(crate) after: Vec<After>,
    /// Acts that must be in the plan too, wherever.
    #[serde(default, rename = "then")]
    pub(crate) with: Vec<After>,
    /// What the cells hold then, where that matters.
    pub(crate) holds: Option<String>,
    /// There is no way back to an open chip.
    #[serde(default)]
    pub(crate) permanent: bool,
    /// The firmware's attestation covers it.
    #[serde(default)]
    pub(crate) attested: bool,
}

/// Another act that is needed, and why.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct After {
    pub(crate) act: String,
    pub(crate) why: String,
}

/// How a chip must be when all is burnt.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct End {
    pub(crate) written: Vec<String>,
    pub(crate) closed: Vec<String>,
    pub(crate) hidden: Vec<String>,
    pub(crate) readable: Vec<String>,
    pub(crate) open: Vec<String>,
    pub(crate) barred_reading: Vec<String>,
}

impl Family {
    /// The family of that name.
    ///
    /// # Errors
    /// `PLN-01` if there is none.
    pub(crate) fn named(id: &str) -> Result<Self, Fault> {
        let mut known = Vec::new();
        for text in FAMILIES {
            let family: Self = toml::from_str(text)
                .map_err(|error| Fault::new(Code::Internal, format!("family data: {error}")))?;
            if family.id == id {
                return Ok(family);
            }
            known.push(family.id);
        }
        let detail = format!(
            "there is no chip family {id:?}; known: {}",
            known.join(", ")
        );
        Err(Fault::new(Code::ProfileInvalid, detail))
    }

    pub(crate) fn act(&self, name: &str) -> Option<&Act> {
        self.acts.iter().find(|act| act.name == name)
    }

    /// The names of all acts.
    pub(crate) fn acts(&self) -> impl Iterator<Item = &str> {
        self.acts.iter().map(|act| act.name.as_str())
    }

    pub(crate) fn cell(&self, name: &str) -> Option<&Cell> {
        self.cells.get(name)
    }

    /// The erase sectors of a flash of that size, in KiB; `None` if the family has no such size.
    pub(crate) fn sectors(&self, flash_kib: u32) -> Option<Vec<u32>> {
        if let Some(sector) = self.sector_kib {
            let even = flash_kib.is_multiple_of(sector);
            return even.then(|| vec![sector; (flash_kib / sector) as usize]);
        }
        let mut sum = 0;
        let within = self.sectors_kib.iter().take_while(|kib| {
            sum += **kib;
            sum <= flash_kib
        });
        let sectors: Vec<u32> = within.copied().collect();
        (sectors.iter().sum::<u32>() == flash_kib).then_some(sectors)
    }
}

impl Act {
    /// Whether it ends the time in which flash can be written and read freely. Such acts come
    /// after the certificate is in place.
    pub(crate) fn locks(&self) -> bool {
        let flash = |pattern: &String| pattern == "*" || pattern.starts_with(REGION);
        let patterns = [&self.closes, &self.bars_writing, &self.bars_reading];
        self.locks || self.closes_named_regions || patterns.into_iter().flatten().any(flash)
    }

    /// The step that burns it.
    pub(crate) fn step(&self) -> StepId {
        self.step.unwrap_or(StepId::BurnSettings)
    }

    /// Whether it and another act may be burnt in any order, or at once, so that a power cut
    /// between their cells leaves nothing that cannot be finished.
    pub(crate) fn is_independent_of(&self, other: &Self) -> bool {
        let bars = |one: &Self, two: &Self| {
            let patterns = [
                &one.closes,
                &one.hides,
                &one.bars_writing,
                &one.bars_reading,
            ];
            let mut patterns = patterns.into_iter().flatten();
            patterns.any(|pattern| two.writes.iter().any(|place| covers(pattern, place)))
                || two.after.iter().any(|first| first.act == one.name)
        };
        !bars(self, other) && !bars(other, self)
    }

    /// Whether it ends the reading of flash from outside.
    pub(crate) fn ends_reading(&self) -> bool {
        let flash = format!("{REGION}*");
        self.bars_reading
            .iter()
            .any(|pattern| covers(pattern, &flash))
    }
}

/// What names of flash regions begin with, among the places of a family.
pub(crate) const REGION: &str = "flash:";

/// Whether a pattern of a family covers that place.
pub(crate) fn covers(pattern: &str, place: &str) -> bool {
    let wildcard = match pattern.strip_suffix('*') {
        Some("") => true,
        Some(REGION) => place.starts_with(REGION),
        _ => false,
    };
    wildcard || pattern == place
}

#[cfg(test)]
mod tests {
    use super::*;

    fn all() -> Vec<Family> {
        ["stm32f4", "esp32c3"]
            .into_iter()
            .map(|id| Family::named(id).unwrap())
            .collect()
    }

    #[test]
    fn everything_a_family_speaks_of_exists_in_it() {
        for family in all() {
            let known = |place: &String| {
                place == "*"
                    || family.cells.contains_key(place)
                    || place.strip_prefix(REGION).is_some_and(|region| {
                        region == "*" || family.regions.iter().any(|known| known == region)
                    })
            };
            for act in &family.acts {
                let places = [&act.writes, &act.closes, &act.hides];
                let bars = [&act.bars_writing, &act.bars_reading];
                for place in places.into_iter().chain(bars).flatten() {
                    assert!(known(place), "{}: {} names {place}", family.id, act.name);
                }
                for first in act.after.iter().chain(&act.with) {
                    assert!(family.act(&first.act).is_some(), "{}", first.act);
                }
            }
            let end = &family.end;
            let wanted = [&end.written, &end.closed, &end.hidden, &end.readable];
            for place in wanted.into_iter().chain([&end.open]).flatten() {
                assert!(known(place), "{}: the end names {place}", family.id);
            }
            assert!(family.cells.contains_key(&family.counter));
            for component in &family.components {
                assert!(family.regions.contains(component), "{component}");
            }
        }
    }

    #[test]
    fn a_smaller_flash_has_the_first_sectors_of_the_map() {
        let family = Family::named("stm32f4").unwrap();
        assert_eq!(family.sectors(1024).unwrap().len(), 12);
        assert_eq!(family.sectors(512).unwrap().len(), 8);
        assert_eq!(family.sectors(500), None);
    }

    #[test]
    fn an_unknown_family_is_refused_with_those_that_are_known() {
        let fault = Family::named("stm32f7").unwrap_err();
        assert_eq!(fault.code, Code::ProfileInvalid);
        assert!(fault.detail.contains("stm32f4, esp32c3"), "{fault}");
    }
}
