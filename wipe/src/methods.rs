//! What is done to each part of a target, and what that is worth: one table.
//!
//! Terms: NIST SP 800-88 Rev. 2 (September 2025) keeps Clear, Purge and Destroy of Rev. 1, and
//! leaves techniques to IEEE 2883 or the organisation's own standard. Neither standard lists
//! the flash of a microcontroller. `Purge` needs evidence that laboratory techniques fail; chip
//! makers publish none for a single erase, and charge left in erased cells has been read
//! (Skorobogatov, "Data Remanence in Flash Memory Devices", CHES 2005). So nothing here is
//! called more than `Clear`.

use cradle_procedure::fault::{Code, Fault};
use cradle_procedure::ids::ProfileId;
use cradle_procedure::step::{StepId, Verification};
use cradle_protocol::message::KeyFate;
use serde::{Deserialize, Serialize};

/// What the document claims to follow.
pub const STANDARD: &str = "NIST SP 800-88 Rev. 2";

/// Class of a sanitization, weakest first (SP 800-88).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Method {
    /// Withstands simple recovery through the medium's own interfaces.
    Clear,
    /// Withstands state-of-the-art laboratory techniques.
    Purge,
    /// As Purge, and the medium cannot be used to store data again.
    Destroy,
}

impl Method {
    /// Spoken text.
    #[must_use]
    pub const fn text(self) -> &'static str {
        match self {
            Self::Clear => "Clear",
            Self::Purge => "Purge",
            Self::Destroy => "Destroy",
        }
    }
}

/// What is done to one target.
#[derive(Debug)]
pub(crate) struct Methods {
    profile: &'static str,
    /// A medium of the unit beside its flash.
    pub(crate) second_medium: Option<&'static str>,
    pub(crate) key: KeyMethod,
    pub(crate) blank: BlankEvidence,
    parts: &'static [PartMethod],
    /// What no method reaches.
    pub(crate) remains: &'static [Remaining],
}

/// What a step does, in the words of the document.
#[derive(Debug)]
pub(crate) struct PartMethod {
    step: StepId,
    pub(crate) name: &'static str,
    /// `None`: the step erases nothing.
    pub(crate) method: Option<Method>,
    pub(crate) technique: &'static str,
}

/// What a wipe has to make of the device's key.
#[derive(Debug)]
pub(crate) struct KeyMethod {
    pub(crate) fate: KeyFate,
    pub(crate) verification: Verification,
    /// What is then true, in the words of the document.
    pub(crate) finding: &'static str,
}

/// The strongest sight that is left of an erased flash.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum BlankEvidence {
    /// The erase lifts the read protection: every byte is read.
    ReadBack,
    /// The read protection is for ever: the chip's ROM finds the first word erased.
    RomFindsNothing,
}

#[derive(Debug)]
pub(crate) struct Remaining {
    pub(crate) what: &'static str,
    pub(crate) why_harmless: &'static str,
}

impl Methods {
    /// The methods for a target profile.
    ///
    /// # Errors
    /// `CFG-03` if there are none.
    pub(crate) fn of(profile: &ProfileId) -> Result<&'static Self, Fault> {
        let found = TARGETS
            .iter()
            .find(|methods| methods.profile == profile.as_str());
        found.ok_or_else(|| {
            let known: Vec<_> = TARGETS.iter().map(|methods| methods.profile).collect();
            let known = known.join(", ");
            let detail = format!("no sanitization methods for {profile}; known: {known}");
            Fault::new(Code::InputInvalid, detail)
        })
    }

    /// What a step does on this target.
    pub(crate) fn part(&self, step: StepId) -> Option<&'static PartMethod> {
        self.parts.iter().find(|part| part.step == step)
    }
}

const TARGETS: &[Methods] = &[STM32F405, STM32F405_SE, ESP32C3, ESP32C3_ENCRYPTED];

/// RM0090, "Read protections (RDP)": a change from level 1 to level 0 erases main flash and
/// backup SRAM before the chip opens. "One-time programmable bytes": OTP cannot be erased.
const STM32F405: Methods = Methods {
    profile: "stm32f405",
    second_medium: None,
    key: KeyMethod {
        fate: KeyFate::Zeroized,
        verification: Verification::ReadBack,
        finding: "key cells and NVS read back erased by the firmware; attestation refused",
    },
    blank: BlankEvidence::ReadBack,
    parts: &[
        PROVE_IDENTITY,
        PartMethod {
            step: StepId::WipeKeys,
            name: "Keys and configuration (NVS)",
            method: Some(Method::Clear),
            technique: "Signed wipe command: the firmware programs the private key's cells to \
                        zero, then erases the NVS sector",
        },
        MASS_ERASE,
        BLANK_CHECK,
        REVOKE,
    ],
    remains: &[OTP_ROOT_KEY, OTP_COUNTER, FACTORY_DATA],
};

/// The same chip with the device key in slot 2 of an ATECC608B-TNGTLS. GenKey is the only command that
/// writes such a slot (ATECC508A complete data sheet, DS20005927 §9.8); nothing erases one.
const STM32F405_SE: Methods = Methods {
    profile: "stm32f405-se",
    second_medium: Some("ATECC608B secure element"),
    key: KeyMethod {
        fate: KeyFate::Replaced { slot: 2 },
        verification: Verification::ControllerStatus,
        finding: "secure element slot 2: key replaced and forgotten, as its public key shows; \
                  NVS reads back erased by the firmware; attestation refused",
    },
    blank: BlankEvidence::ReadBack,
    parts: &[
        PROVE_IDENTITY,
        PartMethod {
            step: StepId::WipeKeys,
            name: "Secure element slot 2, keys and configuration (NVS)",
            method: Some(Method::Clear),
            technique: "Signed wipe command: the secure element makes a new private key over the \
                        one in slot 2 and tells it to nobody; then the firmware erases the NVS \
                        sector",
        },
        MASS_ERASE,
        BLANK_CHECK,
        REVOKE,
    ],
    remains: &[
        Remaining {
            what: "Secure element slot 2: the key that replaced the device's",
            why_harmless: "Nobody was told it and no certificate is for it",
        },
        Remaining {
            what: "Secure element: configuration, OTP zone and locked slots",
            why_harmless: "They cannot be erased; hold nothing of the user; invalidated at the \
                           CA with the unit's certificate",
        },
        Remaining {
            what: "Secure element slots 0 and 10 to 12: key and certificates of its maker",
            why_harmless: "Put there by the maker, for ever; they say whose make the element is, \
                           and nothing of the unit or its user",
        },
        OTP_ROOT_KEY,
        OTP_COUNTER,
        FACTORY_DATA,
    ],
};

/// A chip in secure download mode: its loader erases flash and reads none (ESP32-C3 Technical
/// Reference Manual, "eFuse Controller", `ENABLE_SECURITY_DOWNLOAD`).
const ESP32C3: Methods = Methods {
    profile: "esp32c3",
    second_medium: None,
    key: KeyMethod {
        fate: KeyFate::Zeroized,
        verification: Verification::ReadBack,
        finding: "key cells and NVS read back erased by the firmware; attestation refused",
    },
    blank: BlankEvidence::RomFindsNothing,
    parts: &[
        PROVE_IDENTITY,
        ESP_WIPE_KEYS,
        ESP_MASS_ERASE,
        PartMethod {
            step: StepId::BlankCheck,
            name: "Main flash, after the erase",
            method: None,
            technique: "Secure download mode bars reading. After a reset the ROM must report an \
                        erased first word, and the firmware no longer answers",
        },
        REVOKE,
    ],
    remains: &[ESP_ROOT_KEY, ESP_BOOT_KEY, ESP_SETTINGS, ESP_FACTORY_DATA],
};

/// The same chip with flash encryption: its key cannot be erased, and the ROM deciphers what it
/// reads of an erased flash.
const ESP32C3_ENCRYPTED: Methods = Methods {
    profile: "esp32c3-encrypted",
    parts: &[
        PROVE_IDENTITY,
        ESP_WIPE_KEYS,
        ESP_MASS_ERASE,
        PartMethod {
            step: StepId::BlankCheck,
            name: "Main flash, after the erase",
            method: None,
            technique: "Secure download mode bars reading. After a reset the ROM must find no \
                        image in what it deciphers, and the firmware no longer answers",
        },
        REVOKE,
    ],
    remains: &[
        Remaining {
            what: "eFuse BLOCK_KEY2: key of the flash encryption",
            why_harmless: "It cannot be erased, and nobody can read it; what it encrypted is \
                           erased. A copy of the flash from before, put back into this very \
                           chip, would be deciphered again",
        },
        ESP_ROOT_KEY,
        ESP_BOOT_KEY,
        ESP_SETTINGS,
        ESP_FACTORY_DATA,
    ],
    ..ESP32C3
};

const ESP_ROOT_KEY: Remaining = Remaining {
    what: "eFuse BLOCK_KEY1: SHA-256 of the root public key",
    why_harmless: "A public value; eFuses cannot be erased. The unit's certificate is \
                   what gave it trust",
};

const ESP_BOOT_KEY: Remaining = Remaining {
    what: "eFuse BLOCK_KEY0: digest of the boot key",
    why_harmless: "A public value; eFuses cannot be erased. The chip goes on to start \
                   bootloaders of that key only",
};

const ESP_SETTINGS: Remaining = Remaining {
    what: "eFuse SECURE_VERSION, secure boot, JTAG and download settings",
    why_harmless: "Public values; eFuses cannot be erased",
};

const ESP_FACTORY_DATA: Remaining = Remaining {
    what: "Factory MAC address, unique identifier and calibration data",
    why_harmless: "Put there by the chip maker; holds nothing of the user",
};

const ESP_WIPE_KEYS: PartMethod = PartMethod {
    step: StepId::WipeKeys,
    name: "Keys and configuration (NVS)",
    method: Some(Method::Clear),
    technique: "Signed wipe command: the firmware programs the private key's cells to \
                zero, then erases the NVS sectors and reads them back",
};

const ESP_MASS_ERASE: PartMethod = PartMethod {
    step: StepId::MassErase,
    name: "Main flash",
    method: Some(Method::Clear),
    technique: "Every sector erased through the loader in ROM, which acknowledges each",
};

const MASS_ERASE: PartMethod = PartMethod {
    step: StepId::MassErase,
    name: "Main flash and backup SRAM",
    method: Some(Method::Clear),
    technique: "STM32 RDP regression mass erase (level 1 to 0)",
};

const BLANK_CHECK: PartMethod = PartMethod {
    step: StepId::BlankCheck,
    name: "Main flash, blank check",
    method: None,
    technique: "Full read of main flash through the debug port; every byte must be 0xFF",
};

const OTP_ROOT_KEY: Remaining = Remaining {
    what: "OTP: SHA-256 of the root public key",
    why_harmless: "A public value; one-time memory cannot be erased. The unit's certificate is \
                   what gave it trust",
};

const OTP_COUNTER: Remaining = Remaining {
    what: "OTP: anti-rollback counter",
    why_harmless: "A public value; one-time memory cannot be erased",
};

const FACTORY_DATA: Remaining = Remaining {
    what: "Chip identifier (UID) and factory data",
    why_harmless: "Put there by the chip maker; holds nothing of the user",
};

const PROVE_IDENTITY: PartMethod = PartMethod {
    step: StepId::ProveIdentity,
    name: "Identity of the unit",
    method: None,
    technique: "Chip identifier compared with the record; signed attestation of a fresh nonce",
};

const REVOKE: PartMethod = PartMethod {
    step: StepId::Revoke,
    name: "Device certificate",
    method: None,
    technique: "Revoked; CRL read back from where it is published, issuer's signature verified",
};
