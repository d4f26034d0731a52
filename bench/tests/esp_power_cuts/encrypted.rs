//! As for the chip without flash encryption, under the profile that has it.

#[path = "support.rs"]
mod plain;

pub use plain::{boot_key_digest, components, firmware, signed};

use cradle_procedure::profile::TargetProfile;

pub fn profile() -> TargetProfile {
    TargetProfile::parse(include_str!("../../../profiles/esp32c3-encrypted.toml")).unwrap()
}
