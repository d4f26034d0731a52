//! Steps as data, and the one stream of events that screen, journal and log all read.

use serde::{Deserialize, Serialize};

use crate::fault::{Code, Fault};
use crate::ids::{Serial, Uid};
use crate::named::named;

named! {
    /// A step of either journey.
    StepId {
        /// Operator, batch, quota and station are in order.
        Authorize = "authorize",
        /// Read who is in the slot, refuse what must not be there, bind serial to UID to slot.
        Identify = "identify",
        /// Build the burn plan from profile and chip, and prove it.
        Plan = "plan",
        /// The device makes and burns the key that its flash is encrypted with.
        MakeFlashKey = "make-flash-key",
        /// Write and verify the bootloader.
        FlashBootloader = "flash-bootloader",
        /// Write and verify the production image into bank A.
        FlashApplication = "flash-application",
        /// Write and verify the boot metadata: bank A on trial.
        FlashMetadata = "flash-metadata",
        /// Write and verify what the chip wants in flash beside bootloader and image.
        FlashComponents = "flash-components",
        /// Start the provisioner in RAM and run its hardware check.
        StartProvisioner = "start-provisioner",
        /// The secure element is its maker's: certificates, serial number, possession of the key.
        CheckElement = "check-element",
        /// The device makes its key.
        MakeKey = "make-key",
        /// Burn the root-key hash.
        BurnRootKey = "burn-root-key",
        /// Lock the root-key hash.
        LockRootKey = "lock-root-key",
        /// Burn the digest of the key that the chip's ROM verifies the bootloader with.
        BurnBootKey = "burn-boot-key",
        /// Burn settings of the chip family, as many at once as may take in any order.
        BurnSettings = "burn-settings",
        /// Raise the anti-rollback counter.
        BurnCounter = "burn-counter",
        /// Issue the device certificate.
        Issue = "issue-certificate",
        /// Write the certificate to the device.
        StoreCertificate = "store-certificate",
        /// Write-protect the bootloader.
        WriteProtect = "write-protect",
        /// From now on the chip's ROM starts signed bootloaders only.
        SecureBoot = "secure-boot",
        /// Read-protect the chip.
        ReadProtect = "read-protect",
        /// The production firmware, debugger detached, proves what it is.
        Attest = "attest",
        /// Decommission: the device proves that it is the unit on record.
        ProveIdentity = "prove-identity",
        /// Decommission: the firmware zeroizes its keys and erases its NVS.
        WipeKeys = "wipe-keys",
        /// Decommission: the chip mass-erases its flash.
        MassErase = "mass-erase",
        /// Decommission: the flash reads blank.
        BlankCheck = "blank-check",
        /// Decommission: the certificate is revoked and the CRL holds it.
        Revoke = "revoke",
        /// Decommission: a registry forgets the unit.
        Deregister = "deregister",
        /// Decommission: the certificate of sanitization.
        Document = "document",
    }
}

named! {
    /// How a step's result was verified.
    Verification {
        /// Every byte or bit read back and compared.
        ReadBack = "read-back",
        /// A digest over what is there, compared.
        Digest = "digest",
        /// The device's firmware signed a statement that it is so.
        Attested = "attested",
        /// The controller reported success; the value itself cannot be read.
        ControllerStatus = "controller-status",
        /// A signature was verified.
        Signature = "signature",
        /// The system of record was read again.
        Record = "record",
        /// A system outside the house said that it is so.
        Confirmed = "confirmed",
    }
}

named! {
    /// How a step ended.
    Outcome {
        /// Done and verified as stated.
        Done = "done",
        /// It was so already; nothing was changed.
        Already = "already",
        /// The profile does not ask for it; nothing is known.
        NotAsked = "not-asked",
        /// Not done.
        Failed = "failed",
    }
}

named! {
    /// How a unit ended.
    Verdict {
        /// Every proof is there.
        Pass = "pass",
        /// Not finished; may be started again.
        Fail = "fail",
        /// To be set aside: something contradicts the record, or is spoilt for good.
        Quarantine = "quarantine",
    }
}

impl Verdict {
    /// The verdict that a fault leads to.
    #[must_use]
    pub const fn from_fault(code: Code) -> Self {
        match code {
            Code::OtpNotVirgin
            | Code::AlreadyLocked
            | Code::UidKnown
            | Code::BurnFailed
            | Code::Attestation
            | Code::NotGenuine
            | Code::ElementForeign
            | Code::Contradiction
            | Code::KeyReused => Self::Quarantine,
            _ => Self::Fail,
        }
    }
}

/// What became of a step.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct StepReport {
    /// Which step.
    pub id: StepId,
    /// How it ended.
    pub outcome: Outcome,
    /// How that was verified; `None` when it failed or there is nothing to verify.
    pub verification: Option<Verification>,
    /// What exactly: a digest, a serial number, a fault.
    pub detail: String,
    /// Stable code of the fault when it failed.
    pub code: Option<String>,
    /// Start, in milliseconds since 1970-01-01 UTC.
    pub started_ms: u64,
    /// Duration in milliseconds.
    pub duration_ms: u64,
}

/// How long a unit will still take, as far as can be told.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Estimate {
    /// When the step under way ends, or the last one ended, in milliseconds since 1970-01-01 UTC.
    pub step_ends_ms: u64,
    /// How long the steps after it take, in milliseconds; `None` where one of them was never seen.
    pub then_ms: Option<u64>,
}

impl Estimate {
    /// What the step under way has left, in milliseconds. Nothing, once it takes longer than was
    /// expected.
    #[must_use]
    pub const fn step_left_ms(&self, now_ms: u64) -> u64 {
        self.step_ends_ms.saturating_sub(now_ms)
    }

    /// What the unit has left, in milliseconds.
    #[must_use]
    pub fn unit_left_ms(&self, now_ms: u64) -> Option<u64> {
        let then_ms = self.then_ms?;
        Some(self.step_left_ms(now_ms).saturating_add(then_ms))
    }
}

/// One thing that happened to the unit in a slot.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Event {
    /// The unit has a name now.
    Bound {
        /// Its serial number.
        serial: Serial,
        /// Its chip's identifier.
        uid: Uid,
    },
    /// A step began.
    Started {
        /// Which.
        step: StepId,
        /// When, in milliseconds since 1970-01-01 UTC.
        at_ms: u64,
    },
    /// A long step got on.
    Progress {
        /// Which.
        step: StepId,
        /// Bytes done: what is written and then read back counts twice.
        done: u64,
        /// Bytes in all.
        total: u64,
    },
    /// How long it will still take. Told after each of the above and after a step ended, as long
    /// as there is something to tell it by.
    Expected(Estimate),
    /// A step ended.
    Ended(StepReport),
    /// The unit ended.
    Concluded {
        /// How.
        verdict: Verdict,
        /// Why, unless it passed.
        fault: Option<Fault>,
    },
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn stored_texts_read_back() {
        for id in StepId::ALL {
            assert_eq!(id.text().parse::<StepId>().unwrap(), *id);
        }
        for verification in Verification::ALL {
            assert_eq!(
                verification.text().parse::<Verification>().unwrap(),
                *verification
            );
        }
    }
}
