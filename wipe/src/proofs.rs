//! What must be true of a unit before a document may call it complete.

use cradle_procedure::fault::Fault;
use cradle_procedure::pki::Revoked;
use cradle_procedure::step::StepId;

use crate::deregistration::Deregistered;
use crate::flash::{BlankChecked, MassErased};
use crate::identity::Identified;
use crate::keys::KeysWiped;

/// Every proof there is. Each is of a type that only the step which proves it can make.
#[derive(Debug)]
pub(crate) struct Proofs(());

impl Proofs {
    pub(crate) fn new(
        _: Identified,
        _: KeysWiped,
        _: MassErased,
        _: BlankChecked,
        _: Revoked,
        _: Deregistered,
    ) -> Self {
        Self(())
    }
}

/// A part that is not proven.
#[derive(Debug)]
pub(crate) struct Open {
    /// Stable name of the part.
    pub(crate) part: String,
    pub(crate) fault: Fault,
}

/// What each step came to: its proof, or why there is none.
#[derive(Debug)]
pub(crate) struct Findings {
    pub(crate) identified: Result<Identified, Fault>,
    pub(crate) keys_wiped: Result<KeysWiped, Fault>,
    pub(crate) mass_erased: Result<MassErased, Fault>,
    pub(crate) blank_checked: Result<BlankChecked, Fault>,
    pub(crate) revoked: Result<Revoked, Fault>,
    pub(crate) deregistered: Result<Deregistered, Vec<Open>>,
}

impl Findings {
    /// All proofs, or everything that is missing.
    pub(crate) fn judge(self) -> Result<Proofs, Vec<Open>> {
        match self {
            Self {
                identified: Ok(identified),
                keys_wiped: Ok(keys_wiped),
                mass_erased: Ok(mass_erased),
                blank_checked: Ok(blank_checked),
                revoked: Ok(revoked),
                deregistered: Ok(deregistered),
            } => Ok(Proofs::new(
                identified,
                keys_wiped,
                mass_erased,
                blank_checked,
                revoked,
                deregistered,
            )),
            incomplete => Err(incomplete.open()),
        }
    }

    /// Whether the flash was erased and reads blank.
    pub(crate) const fn flash_is_blank(&self) -> bool {
        self.mass_erased.is_ok() && self.blank_checked.is_ok()
    }

    fn open(self) -> Vec<Open> {
        let steps = [
            (StepId::ProveIdentity, self.identified.err()),
            (StepId::WipeKeys, self.keys_wiped.err()),
            (StepId::MassErase, self.mass_erased.err()),
            (StepId::BlankCheck, self.blank_checked.err()),
            (StepId::Revoke, self.revoked.err()),
        ];
        let named = steps.into_iter().filter_map(|(step, fault)| {
            let part = step.text().to_owned();
            fault.map(|fault| Open { part, fault })
        });
        named
            .chain(self.deregistered.err().unwrap_or_default())
            .collect()
    }
}
