//! Target profiles: what a chip is, as data (TOML).

use std::collections::BTreeMap;

use serde::Deserialize;

use crate::fault::{Code, Fault};
use crate::ids::ProfileId;
use crate::named::named;

/// A chip family member as the procedure sees it.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TargetProfile {
    /// Name, such as `stm32f405`; a release names the profile it is for.
    pub id: ProfileId,
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
    /// What is locked, and in which order.
    pub lock: Lock,
}

/// Flash geometry.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Flash {
    /// First address.
    pub start: u32,
    /// Erase sectors in KiB, in address order.
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

/// What is locked, and in which order.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Lock {
    /// Order of the burns.
    pub order: Vec<BurnKind>,
    /// Regions to write-protect.
    pub write_protect: Vec<String>,
}

named! {
    /// A kind of burn, as a profile names it.
    BurnKind {
        /// SHA-256 of the root public key.
        RootKeyHash = "root-key-hash",
        /// Lock of the above.
        RootKeyLock = "root-key-lock",
        /// Anti-rollback counter.
        Counter = "counter",
        /// Write protection of flash regions.
        WriteProtect = "write-protect",
        /// Read protection of the chip.
        ReadProtect = "read-protect",
    }
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
    /// Reads a profile and checks that it makes sense in itself.
    ///
    /// # Errors
    /// `PLN-01` with the line where the text is at fault.
    pub fn parse(text: &str) -> Result<Self, Fault> {
        let profile: Self = toml::from_str(text)
            .map_err(|error| Fault::new(Code::ProfileInvalid, error.to_string().trim()))?;
        profile.check_regions()?;
        Ok(profile)
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

    fn check_regions(&self) -> Result<(), Fault> {
        let geometry: u64 = self.flash.sectors_kib.iter().copied().map(u64::from).sum();
        if geometry != u64::from(self.flash_kib) {
            return Err(invalid(format!(
                "sectors add up to {geometry} KiB, flash_kib is {}",
                self.flash_kib
            )));
        }
        for name in [BOOTLOADER, METADATA, METADATA_OTHER, NVS, BANK_A, BANK_B] {
            self.region(name)?;
        }
        for name in &self.lock.write_protect {
            self.region(name)?;
        }
        let mut owner: BTreeMap<u32, &str> = BTreeMap::new();
        for (name, region) in &self.regions {
            let whole: Vec<_> = self
                .sectors()
                .filter(|sector| overlap(*sector, *region))
                .collect();
            let covered: u64 = whole.iter().map(|(_, length)| u64::from(*length)).sum();
            let aligned = whole
                .first()
                .is_some_and(|(start, _)| *start == region.start);
            if !aligned || covered != u64::from(region.length) {
                return Err(invalid(format!(
                    "region {name:?} does not begin and end on erase sectors"
                )));
            }
            for (start, _) in whole {
                if let Some(other) = owner.insert(start, name) {
                    return Err(invalid(format!(
                        "regions {other:?} and {name:?} share the erase sector at {start:#010x}"
                    )));
                }
            }
        }
        Ok(())
    }
}

fn overlap((start, length): (u32, u32), region: Region) -> bool {
    let end = |start: u32, length: u32| u64::from(start) + u64::from(length);
    u64::from(start) < end(region.start, region.length)
        && u64::from(region.start) < end(start, length)
}

fn invalid(detail: String) -> Fault {
    Fault::new(Code::ProfileInvalid, detail)
}

#[cfg(test)]
mod tests {
    use super::*;

    const STM32F405: &str = include_str!("../../profiles/stm32f405.toml");

    fn refused(from: &str, to: &str) -> String {
        let text = STM32F405.replace(from, to);
        assert_ne!(text, STM32F405, "the seeded defect must change the profile");
        let fault = TargetProfile::parse(&text).unwrap_err();
        assert_eq!(fault.code, Code::ProfileInvalid);
        fault.detail
    }

    #[test]
    fn the_shipped_profile_agrees_with_the_firmware_layout() {
        use cradle_protocol::layout;
        let profile = TargetProfile::parse(STM32F405).unwrap();
        let same = |name: &str, region: layout::Region| {
            let ours = profile.region(name).unwrap();
            assert_eq!(
                (ours.start, ours.length),
                (region.start, region.length),
                "{name}"
            );
        };
        same(BOOTLOADER, layout::BOOTLOADER);
        same(METADATA, layout::METADATA[0]);
        same(METADATA_OTHER, layout::METADATA[1]);
        same(NVS, layout::NVS);
        same(BANK_A, layout::BANKS[0]);
        same(BANK_B, layout::BANKS[1]);
        assert_eq!(profile.one_time.counter_max, layout::COUNTER_MAX);
        let sectors: Vec<_> = profile.sectors().map(|(_, length)| length).collect();
        assert_eq!(sectors, layout::SECTORS);
    }

    #[test]
    fn regions_that_share_a_sector_are_refused() {
        let told = refused("length = 0x0000_8000", "length = 0x0000_C000");
        assert!(told.contains("share the erase sector"), "{told}");
    }

    #[test]
    fn a_region_inside_a_sector_is_refused() {
        let told = refused("length = 0x0002_0000", "length = 0x0001_0000");
        assert!(told.contains("erase sectors"), "{told}");
    }

    #[test]
    fn an_unknown_field_is_refused_with_its_line() {
        let told = refused("flash_kib = 1024", "flash_kib = 1024\nflash_kb = 1");
        assert!(
            told.contains("line 6") && told.contains("flash_kb"),
            "{told}"
        );
    }

    #[test]
    fn an_unknown_lock_item_is_refused() {
        let told = refused("\"counter\",", "\"counter-lock\",");
        assert!(told.contains("counter-lock"), "{told}");
    }
}
