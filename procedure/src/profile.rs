//! Target profiles: what a chip is, as data (TOML).

mod check;
mod flaw;
mod genuine;

use std::collections::{BTreeMap, BTreeSet};

use serde::Deserialize;

use crate::chip::ReadProtection;
use crate::element::Root;
use crate::family::Family;
use crate::fault::{Code, Fault};
use crate::ids::ProfileId;
use crate::plan;
use crate::step::Verification;

pub use crate::family::BootSignature;
pub use flaw::Flaw;
pub use genuine::Genuine;

/// A chip family member as the procedure sees it.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TargetProfile {
    /// Name, such as `stm32f405`; a release names the profile it is for.
    pub id: ProfileId,
    /// Chip family, such as `stm32f4`: what the silicon does when something is burnt.
    pub family: String,
    /// Chip name as the programming library knows it.
    pub chip: String,
    /// Device identifier that the silicon must show.
    pub device_id: u32,
    /// Main flash in KiB that the silicon must show.
    pub flash_kib: u32,
    /// Flash geometry.
    pub flash: Flash,
    /// Named regions.
    pub regions: BTreeMap<String, Region>,
    /// One-time memory.
    pub one_time: OneTime,
    /// Where the application runs, if it is not run in place: the image says so too.
    #[serde(default)]
    pub application_address: Option<u32>,
    /// What a genuine part shows. Nothing of it is asked if the profile says nothing.
    #[serde(default)]
    pub genuine: Genuine,
    /// The secure element of its boards, if they have one.
    #[serde(default)]
    pub element: Option<ElementProfile>,
    /// What is burnt, in this order, and how each is verified.
    #[serde(rename = "burn")]
    pub burns: Vec<Burn>,
}

/// A secure element that comes with certificates of its maker.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ElementProfile {
    /// The root that must have certified it, PEM. Without one nobody is asked whose make it is.
    #[serde(default)]
    pub root: Option<Root>,
}

/// Flash geometry.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Flash {
    /// First address.
    pub start: u32,
    /// Erase sectors in KiB, in address order. One alone stands for as many as fill the flash.
    pub sectors_kib: Vec<u32>,
}

/// A run of flash bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Region {
    /// First address.
    pub start: u32,
    /// Length in bytes.
    pub length: u32,
}

/// One-time memory.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct OneTime {
    /// What an unburnt byte reads: 0xFF where burning clears bits, 0x00 where it sets them.
    pub virgin_byte: u8,
    /// Highest value of the anti-rollback counter.
    pub counter_max: u32,
}

/// One burn: an act of the chip's family.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Burn {
    /// Name of the act, such as `root-key-hash`.
    pub item: String,
    /// How the station sees that it took.
    pub verify: Verification,
    /// The flash regions it is for, where it is for any.
    #[serde(default)]
    pub regions: Vec<String>,
}

/// Region that takes the bootloader.
pub const BOOTLOADER: &str = "bootloader";
/// Region that takes the first boot-metadata record.
pub const METADATA: &str = "metadata-0";
/// Region of the second metadata sector.
pub const METADATA_OTHER: &str = "metadata-1";
/// Region of the device's key store.
pub const NVS: &str = "nvs";
/// Region that takes the production image.
pub const BANK_A: &str = "bank-a";
/// Region of the second image bank.
pub const BANK_B: &str = "bank-b";

impl TargetProfile {
    /// Reads a profile and proves that it makes sense: its regions fit the erase sectors, and its
    /// burns can be done and verified in their order on silicon of its family.
    ///
    /// # Errors
    /// `PLN-01` the text or the regions, `PLN-02` the burns; with every flaw and its line.
    pub fn parse(text: &str) -> Result<Self, Fault> {
        let mut profile: Self = toml::from_str(text)
            .map_err(|error| Fault::new(Code::ProfileInvalid, error.to_string().trim()))?;
        profile.repeat_lone_sector();
        let refuse = |code, flaws: &[Flaw]| match flaws {
            [] => Ok(()),
            _ => Err(Fault::new(code, flaw::in_lines(flaws, text))),
        };
        let family = profile.family()?;
        refuse(Code::ProfileInvalid, &check::flaws(&profile, &family))?;
        refuse(Code::PlanUnsafe, &plan::order_flaws(&profile, &family))?;
        Ok(profile)
    }

    fn repeat_lone_sector(&mut self) {
        if let [kib] = self.flash.sectors_kib[..]
            && kib > 0
        {
            self.flash.sectors_kib = vec![kib; (self.flash_kib / kib) as usize];
        }
    }

    pub(crate) fn family(&self) -> Result<Family, Fault> {
        Family::named(&self.family)
    }

    /// The regions that end up write-protected.
    #[must_use]
    pub fn write_protected(&self) -> Vec<String> {
        let regions = self.burns.iter().flat_map(|burn| &burn.regions);
        regions.cloned().collect()
    }

    /// Regions that are written whole from files of the release, beside bootloader and image.
    ///
    /// # Errors
    /// `PLN-01` if there is no such family.
    pub fn components(&self) -> Result<Vec<String>, Fault> {
        Ok(self.family()?.components)
    }

    /// The signature that the chip's ROM demands of the bootloader, if the profile makes it.
    ///
    /// # Errors
    /// `PLN-01` if there is no such family.
    pub fn boot_signature(&self) -> Result<Option<BootSignature>, Fault> {
        let demanded = self.burns.iter().any(|burn| burn.item == "boot-key-digest");
        let signature = self.family()?.boot_signature;
        Ok(signature.filter(|_| demanded))
    }

    /// The read protection of a finished unit.
    ///
    /// # Errors
    /// `PLN-01` if there is no such family.
    pub fn final_protection(&self) -> Result<ReadProtection, Fault> {
        let family = self.family()?;
        let acts = self.burns.iter().filter_map(|burn| family.act(&burn.item));
        let level = acts
            .filter(|act| act.ends_reading())
            .map(|act| match act.permanent {
                true => ReadProtection::Permanent,
                false => ReadProtection::Locked,
            });
        Ok(level.max().unwrap_or(ReadProtection::Open))
    }

    /// Whether a chip that holds these acts keeps its flash from the station, though it is open.
    pub(crate) fn bars_flash(&self, held: &BTreeSet<String>) -> Result<bool, Fault> {
        let family = self.family()?;
        let held = self.burns.iter().filter(|burn| held.contains(&burn.item));
        let mut acts = held.filter_map(|burn| family.act(&burn.item));
        Ok(acts.any(|act| !act.bars_reading.is_empty()))
    }

    /// The address that an application is linked to.
    ///
    /// # Errors
    /// `PLN-01` if the profile has no bank.
    pub fn runs_at(&self) -> Result<u32, Fault> {
        match self.application_address {
            Some(address) => Ok(address),
            None => Ok(self.region(BANK_A)?.start),
        }
    }

    /// A region by its name.
    ///
    /// # Errors
    /// `PLN-01` if the profile has none of that name.
    pub fn region(&self, name: &str) -> Result<Region, Fault> {
        let region = self.regions.get(name).copied();
        region.ok_or_else(|| Fault::new(Code::ProfileInvalid, format!("no region {name:?}")))
    }

    /// Length of the main flash in bytes.
    #[must_use]
    pub fn flash_length(&self) -> u32 {
        self.flash_kib.saturating_mul(1024)
    }

    /// Erase sectors as (first address, length in bytes).
    pub fn sectors(&self) -> impl Iterator<Item = (u32, u32)> + '_ {
        let sizes = self
            .flash
            .sectors_kib
            .iter()
            .map(|kib| kib.saturating_mul(1024));
        sizes.scan(self.flash.start, |next, length| {
            let start = *next;
            *next = next.saturating_add(length);
            Some((start, length))
        })
    }
}

#[cfg(test)]
mod tests {
    use cradle_protocol::layout::{Layout, esp32c3, stm32f405};
    use cradle_protocol::metadata::Bank;

    use super::*;

    const STM32F405: &str = include_str!("../../profiles/stm32f405.toml");
    const ESP32C3: &str = include_str!("../../profiles/esp32c3.toml");

    fn refused(from: &str, to: &str) -> String {
        let text = STM32F405.replace(from, to);
        assert_ne!(text, STM32F405, "the seeded defect must change the profile");
        let fault = TargetProfile::parse(&text).unwrap_err();
        assert_eq!(fault.code, Code::ProfileInvalid);
        fault.detail
    }

    /// Regions, banks, counter, and the sectors one by one.
    fn agrees(profile: &TargetProfile, layout: &Layout, counter_max: u32) {
        let [a, b] = layout.metadata;
        let [bank_a, bank_b] = layout.banks;
        for (name, region) in [
            (BOOTLOADER, layout.bootloader),
            (METADATA, a),
            (METADATA_OTHER, b),
            (NVS, layout.nvs),
            (BANK_A, bank_a),
            (BANK_B, bank_b),
        ] {
            let ours = profile.region(name).unwrap();
            let theirs = (region.start, region.length);
            assert_eq!((ours.start, ours.length), theirs, "{name}");
        }
        assert_eq!(profile.one_time.counter_max, counter_max);
        let ours: Vec<_> = profile.sectors().collect();
        let theirs = layout.sectors_in(layout.flash);
        let theirs: Vec<_> = theirs.map(|it| (it.start, it.length)).collect();
        assert_eq!(ours, theirs);
    }

    #[test]
    fn the_shipped_profiles_agree_with_the_firmware_layouts() {
        let profile = TargetProfile::parse(STM32F405).unwrap();
        agrees(&profile, &stm32f405::LAYOUT, stm32f405::COUNTER_MAX);
        assert_eq!(profile.application_address, None);
        let profile = TargetProfile::parse(ESP32C3).unwrap();
        agrees(&profile, &esp32c3::LAYOUT, esp32c3::COUNTER_MAX);
        let runs_at = esp32c3::LAYOUT.runs_at(Bank::B);
        assert_eq!(profile.application_address, Some(runs_at));
    }

    #[test]
    fn an_unknown_field_is_refused_with_its_line() {
        let told = refused("flash_kib = 1024", "flash_kib = 1024\nflash_kb = 1");
        assert!(
            told.contains("line 7") && told.contains("flash_kb"),
            "{told}"
        );
    }
}
