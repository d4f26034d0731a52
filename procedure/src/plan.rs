//! The burn plan: what is burnt, in which order, proven before the first of it.

mod access;
mod order;

use std::fmt;

use crate::chip::{Fuses, Protections, ReadProtection};
use crate::family::{Act, Family};
use crate::fault::{Code, Fault};
use crate::ids::Sha256;
use crate::profile::{Burn, TargetProfile};
use crate::step::StepId;

pub(crate) use order::order_flaws;

/// One irreversible (or protecting) act.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum BurnItem {
    /// SHA-256 of the root public key's `SubjectPublicKeyInfo`.
    RootKeyHash(Sha256),
    /// No change to the root-key hash any more.
    LockRootKey,
    /// Digest of the key that the chip's ROM verifies the bootloader with.
    BootKey(Sha256),
    /// Anti-rollback counter up to this value.
    Counter(u32),
    /// These regions of the profile cannot be written any more.
    WriteProtect(Vec<String>),
    /// Flash cannot be read from outside any more; a mass erase undoes it (STM32: RDP level 1).
    ReadProtect,
    /// Another act of the chip's family.
    Act {
        /// Its name in the family.
        name: String,
        /// The step that it belongs to.
        step: StepId,
    },
}

impl BurnItem {
    /// The step that burns it.
    #[must_use]
    pub const fn step(&self) -> StepId {
        match self {
            Self::RootKeyHash(_) => StepId::BurnRootKey,
            Self::LockRootKey => StepId::LockRootKey,
            Self::Counter(_) => StepId::BurnCounter,
            Self::WriteProtect(_) => StepId::WriteProtect,
            Self::ReadProtect => StepId::ReadProtect,
            Self::BootKey(_) => StepId::BurnBootKey,
            Self::Act { step, .. } => *step,
        }
    }

    /// Whether the chip holds it already.
    #[must_use]
    pub fn holds(&self, fuses: &Fuses) -> bool {
        match self {
            Self::RootKeyHash(hash) => fuses.root_key == *hash.bytes(),
            Self::LockRootKey => fuses.root_key_locked,
            Self::BootKey(digest) => fuses.boot_key.as_ref() == Some(digest.bytes()),
            Self::Counter(value) => fuses.counter == *value,
            Self::Act { name, .. } => fuses.acts.contains(name),
            Self::WriteProtect(_) | Self::ReadProtect => self.protects(&fuses.protections()),
        }
    }

    /// Whether it is a protection, and on. To be seen at any level of read protection.
    #[must_use]
    pub fn protects(&self, on: &Protections) -> bool {
        match self {
            Self::RootKeyHash(_) | Self::LockRootKey | Self::BootKey(_) | Self::Counter(_) => false,
            Self::Act { name, .. } => on.acts.contains(name),
            Self::WriteProtect(regions) => {
                regions.iter().all(|name| on.write_protected.contains(name))
            }
            Self::ReadProtect => on.read_protection >= ReadProtection::Locked,
        }
    }
}

impl fmt::Display for BurnItem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::RootKeyHash(hash) => write!(f, "root-key hash {hash}"),
            Self::LockRootKey => write!(f, "lock of the root-key hash"),
            Self::Counter(value) => write!(f, "anti-rollback counter to {value}"),
            Self::WriteProtect(regions) => write!(f, "write protection of {}", regions.join(", ")),
            Self::ReadProtect => write!(f, "read protection"),
            Self::BootKey(digest) => write!(f, "boot-key digest {digest}"),
            Self::Act { name, .. } => f.write_str(name),
        }
    }
}

/// What the unit shall hold in the end.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Goal {
    /// SHA-256 of the root public key's `SubjectPublicKeyInfo`.
    pub root_key: Sha256,
    /// Anti-rollback counter.
    pub counter: u32,
    /// Digest of the key that signed the bootloader, where the chip's ROM verifies it.
    pub boot_key: Option<Sha256>,
}

/// A plan that was proven. Only [`prove`] makes one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BurnPlan {
    items: Vec<BurnItem>,
    /// How many of them come before the chip is locked.
    open: usize,
    /// How many of the open ones each burn takes.
    batches: Vec<usize>,
}

impl BurnPlan {
    /// The burns in their order, those that the chip holds already included.
    #[must_use]
    pub fn items(&self) -> &[BurnItem] {
        &self.items
    }

    /// Those that the device does itself before flash is written.
    pub(crate) fn flash_key(&self) -> Option<&BurnItem> {
        let first = self.items.first();
        first.filter(|item| item.step() == StepId::MakeFlashKey)
    }

    /// Those that come while the chip is open.
    #[must_use]
    pub fn burns(&self) -> &[BurnItem] {
        &self.items[..self.open]
    }

    /// Those that come while the chip is open, in the groups that may be burnt at once: of one
    /// step, and none takes from another what that needs.
    pub fn batches(&self) -> impl Iterator<Item = &[BurnItem]> {
        let mut rest = self.burns();
        self.batches.iter().map(move |length| {
            let (batch, others) = rest.split_at(*length);
            rest = others;
            batch
        })
    }

    /// Those that lock it, after its certificate is in place.
    #[must_use]
    pub fn locks(&self) -> &[BurnItem] {
        &self.items[self.open..]
    }
}

impl fmt::Display for BurnPlan {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, item) in self.items.iter().enumerate() {
            let comma = if index == 0 { "" } else { "; " };
            write!(f, "{comma}{item}")?;
        }
        Ok(())
    }
}

/// Builds the plan for one chip and proves that it can be carried out to its end: nothing is
/// barred by what is burnt before it, and nothing asks a burnt cell to become unburnt.
///
/// # Errors
/// `PLN-02` the profile's order is unsafe or the goal is out of reach; `DEV-04` the chip holds
/// something else already.
pub fn prove(profile: &TargetProfile, fuses: &Fuses, goal: &Goal) -> Result<BurnPlan, Fault> {
    let family = profile.family()?;
    if let Some(flaw) = order_flaws(profile, &family).first() {
        return Err(unsafe_plan(flaw.to_string()));
    }
    if goal.counter > profile.one_time.counter_max {
        return Err(unsafe_plan(format!(
            "counter {} is above {}, the most this chip can hold",
            goal.counter, profile.one_time.counter_max
        )));
    }
    prove_reachable(profile, fuses, goal)?;
    let (burns, locks) = halves(profile, &family);
    let items = burns.iter().chain(locks);
    Ok(BurnPlan {
        items: items
            .map(|burn| item(burn, &family, goal))
            .collect::<Result<_, Fault>>()?,
        open: burns.len(),
        batches: batches(burns, &family),
    })
}

/// How many of the burns in a row go into each group.
fn batches(burns: &[Burn], family: &Family) -> Vec<usize> {
    let mut lengths = Vec::new();
    let mut group: Vec<&Act> = Vec::new();
    for act in burns.iter().filter_map(|burn| family.act(&burn.item)) {
        let together = |other: &&Act| {
            let settings = act.step() == StepId::BurnSettings && other.step() == act.step();
            settings
                && !value_of(&act.name)
                && !value_of(&other.name)
                && act.is_independent_of(other)
        };
        if !group.is_empty() && !group.iter().all(together) {
            lengths.push(group.len());
            group.clear();
        }
        group.push(act);
    }
    lengths.extend((!group.is_empty()).then_some(group.len()));
    lengths
}

/// Whether the act of that name is an item, and so a step, of its own.
fn value_of(name: &str) -> bool {
    NAMED.contains(&name)
}

/// Acts that stand for an item of their own.
const NAMED: [&str; 6] = [
    "root-key-hash",
    "root-key-lock",
    "boot-key-digest",
    "counter",
    "write-protect",
    "read-protect",
];

/// The burns that lock a chip of that profile: all that can be missing on one whose lock was
/// begun.
///
/// # Errors
/// `PLN-01`, `PLN-02`.
pub fn locks(profile: &TargetProfile, goal: &Goal) -> Result<Vec<BurnItem>, Fault> {
    let family = profile.family()?;
    let (_, locks) = halves(profile, &family);
    locks.iter().map(|burn| item(burn, &family, goal)).collect()
}

/// The steps that a virgin chip of that profile goes through, in order, each once.
///
/// # Errors
/// `PLN-01`, `PLN-02`.
pub fn journey(profile: &TargetProfile) -> Result<Vec<StepId>, Fault> {
    let family = profile.family()?;
    // Which step burns an item does not depend on what is burnt.
    let any = Goal {
        root_key: Sha256::from_bytes([0; 32]),
        boot_key: Some(Sha256::from_bytes([0; 32])),
        counter: 0,
    };
    let mut steps = vec![
        StepId::Authorize,
        StepId::Identify,
        StepId::Plan,
        StepId::FlashBootloader,
        StepId::FlashApplication,
        StepId::FlashMetadata,
        StepId::StartProvisioner,
        StepId::MakeKey,
        StepId::Issue,
        StepId::StoreCertificate,
        StepId::Attest,
    ];
    if !family.components.is_empty() {
        steps.push(StepId::FlashComponents);
    }
    if profile.element.is_some() {
        steps.push(StepId::CheckElement);
    }
    for burn in &profile.burns {
        steps.push(item(burn, &family, &any)?.step());
    }
    steps.sort();
    steps.dedup();
    Ok(steps)
}

/// The burns of an open chip, and those that lock it.
fn halves<'p>(profile: &'p TargetProfile, family: &Family) -> (&'p [Burn], &'p [Burn]) {
    let locks = |burn: &&Burn| family.act(&burn.item).is_some_and(Act::locks);
    let open = profile.burns.iter().take_while(|burn| !locks(burn)).count();
    profile.burns.split_at(open)
}

/// The burn with its value.
fn item(burn: &Burn, family: &Family, goal: &Goal) -> Result<BurnItem, Fault> {
    let no_boot_key = || unsafe_plan("the release has no boot key".to_owned());
    Ok(match burn.item.as_str() {
        "root-key-hash" => BurnItem::RootKeyHash(goal.root_key),
        "root-key-lock" => BurnItem::LockRootKey,
        "counter" => BurnItem::Counter(goal.counter),
        "write-protect" => BurnItem::WriteProtect(burn.regions.clone()),
        "read-protect" => BurnItem::ReadProtect,
        "boot-key-digest" => BurnItem::BootKey(goal.boot_key.ok_or_else(no_boot_key)?),
        "read-protect-for-ever" => {
            return Err(unsafe_plan(format!(
                "this station cannot burn {}",
                burn.item
            )));
        }
        other => BurnItem::Act {
            name: other.to_owned(),
            step: family.act(other).map_or(StepId::BurnSettings, Act::step),
        },
    })
}

fn prove_reachable(profile: &TargetProfile, fuses: &Fuses, goal: &Goal) -> Result<(), Fault> {
    let refuse = |what: &str| Err(Fault::new(Code::OtpNotVirgin, what));
    if !fuses.rest_virgin {
        return refuse("one-time cells outside the map are burnt");
    }
    let reachable = |held: u8, wanted: u8| match profile.one_time.virgin_byte {
        0xFF => held & wanted == wanted,
        _ => held | wanted == wanted,
    };
    let hash = goal.root_key.bytes();
    if !fuses
        .root_key
        .iter()
        .zip(hash)
        .all(|(held, wanted)| reachable(*held, *wanted))
    {
        return refuse("another root-key hash is burnt");
    }
    if let (Some(held), Some(wanted)) = (&fuses.boot_key, &goal.boot_key)
        && !held
            .iter()
            .zip(wanted.bytes())
            .all(|(held, wanted)| reachable(*held, *wanted))
    {
        return refuse("the digest of another boot key is burnt");
    }
    if fuses.root_key_locked && fuses.root_key != *hash {
        return refuse("the root-key block is locked without our hash");
    }
    if fuses.counter > goal.counter {
        return refuse("the anti-rollback counter is above that of the release");
    }
    Ok(())
}

fn unsafe_plan(detail: String) -> Fault {
    Fault::new(Code::PlanUnsafe, detail)
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    fn profile() -> TargetProfile {
        TargetProfile::parse(include_str!("../../profiles/stm32f405.toml")).unwrap()
    }

    fn virgin() -> Fuses {
        Fuses {
            root_key: [0xFF; 32],
            root_key_locked: false,
            counter: 0,
            boot_key: None,
            acts: BTreeSet::new(),
            rest_virgin: true,
            write_protected: Vec::new(),
            read_protection: ReadProtection::Open,
        }
    }

    fn goal() -> Goal {
        Goal {
            root_key: Sha256::of(b"root"),
            counter: 3,
            boot_key: None,
        }
    }

    fn code(fuses: &Fuses, goal: &Goal) -> Code {
        prove(&profile(), fuses, goal).unwrap_err().code
    }

    #[test]
    fn a_virgin_chip_gets_the_whole_plan_in_the_order_of_the_profile() {
        let plan = prove(&profile(), &virgin(), &goal()).unwrap();
        let steps: Vec<_> = plan.items().iter().map(BurnItem::step).collect();
        assert_eq!(
            steps,
            [
                StepId::BurnRootKey,
                StepId::LockRootKey,
                StepId::BurnCounter,
                StepId::WriteProtect,
                StepId::ReadProtect
            ]
        );
    }

    #[test]
    fn the_certificate_goes_in_between_the_burns_and_the_locks() {
        let plan = prove(&profile(), &virgin(), &goal()).unwrap();
        assert_eq!(plan.burns().last(), Some(&BurnItem::Counter(3)));
        assert_eq!(plan.locks().last(), Some(&BurnItem::ReadProtect));
        assert_eq!(plan.burns().len() + plan.locks().len(), plan.items().len());
    }

    #[test]
    fn a_profile_changed_after_it_was_read_is_proven_again() {
        let mut profile = profile();
        profile.burns.swap(3, 4);
        let fault = prove(&profile, &virgin(), &goal()).unwrap_err();
        assert_eq!(fault.code, Code::PlanUnsafe);
    }

    #[test]
    fn a_counter_above_the_map_is_refused() {
        let goal = Goal {
            counter: 257,
            ..goal()
        };
        assert_eq!(code(&virgin(), &goal), Code::PlanUnsafe);
    }

    #[test]
    fn a_half_burnt_hash_of_ours_is_finished_and_a_foreign_one_is_refused() {
        let mut half = virgin();
        half.root_key[..16].copy_from_slice(&goal().root_key.bytes()[..16]);
        assert!(prove(&profile(), &half, &goal()).is_ok());
        half.root_key[0] = !goal().root_key.bytes()[0];
        assert_eq!(code(&half, &goal()), Code::OtpNotVirgin);
    }

    #[test]
    fn a_locked_empty_block_a_high_counter_and_stray_cells_are_refused() {
        let locked = Fuses {
            root_key_locked: true,
            ..virgin()
        };
        let high = Fuses {
            counter: 4,
            ..virgin()
        };
        let stray = Fuses {
            rest_virgin: false,
            ..virgin()
        };
        for fuses in [locked, high, stray] {
            assert_eq!(code(&fuses, &goal()), Code::OtpNotVirgin);
        }
    }
}
