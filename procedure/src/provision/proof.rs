//! What each step proves. A value of one of these types exists only because the step that
//! makes it succeeded: the constructors are seen by the steps alone.

use cradle_protocol::message::PublicKey;

use crate::attestation::Claims;
use crate::ids::Serial;
use crate::plan::BurnPlan;
use crate::ports::{Authorization, ChipState, History, IssuedCertificate};

/// Session, batch and quota are in order.
pub(super) struct Authorized {
    pub(super) terms: Authorization,
}

/// The chip is one we may work on, and is bound to a serial number.
pub(super) struct Identified {
    pub(super) serial: Serial,
    pub(super) chip: ChipState,
    pub(super) history: History,
}

/// The burn plan can be carried out to its end on this chip.
pub(super) struct Planned {
    pub(super) plan: BurnPlan,
}

/// Flash can be written: where it is encrypted, the device has its key.
pub(super) struct Writable(pub(super) ());

/// Bootloader, image and metadata were read back equal.
pub(super) struct Flashed(pub(super) ());

/// The provisioner runs on healthy hardware.
pub(super) struct Ready(pub(super) ());

/// The secure element is its maker's, if there is one and the profile says who that is.
pub(super) struct Vouched(pub(super) ());

/// The device made its key, and this is it.
pub(super) struct KeyMade {
    pub(super) key: PublicKey,
}

/// Root-key hash, its lock and the counter were read back as planned.
pub(super) struct Burnt(pub(super) ());

/// The certificate is on record and (once locked) on the device.
pub(super) struct Certified {
    pub(super) certificate: IssuedCertificate,
}

/// Write and read protection are on.
pub(super) struct Locked(pub(super) ());

/// The production firmware signed, with the certified key, that all of it is as it should be.
pub(super) struct Attested {
    pub(super) claims: Claims,
}

/// A unit that passed. Cannot be made without every proof.
pub struct Pass {
    pub(super) certificate: IssuedCertificate,
    claims: Claims,
}

impl Pass {
    pub(super) fn complete(
        _: Flashed,
        _: Burnt,
        certified: Certified,
        locked: Locked,
        attested: Attested,
    ) -> Self {
        Self::resumed(certified, locked, attested)
    }

    /// For a unit that was interrupted after it was locked: its chip can no longer be read, so
    /// the attestation, which covers images, root key, counter and protections, stands for all.
    pub(super) fn resumed(certified: Certified, _: Locked, attested: Attested) -> Self {
        Self {
            certificate: certified.certificate,
            claims: attested.claims,
        }
    }

    /// What the unit said of itself in the end.
    #[must_use]
    pub fn claims(&self) -> &Claims {
        &self.claims
    }
}
