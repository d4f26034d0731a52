//! The burn plan: what is burnt, in which order, proven before the first of it.

use std::fmt;

use crate::chip::{Fuses, ReadProtection};
use crate::fault::{Code, Fault};
use crate::ids::Sha256;
use crate::profile::{BOOTLOADER, BurnKind, TargetProfile};
use crate::step::StepId;

/// One irreversible (or protecting) act.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum BurnItem {
    /// SHA-256 of the root public key's `SubjectPublicKeyInfo`.
    RootKeyHash(Sha256),
    /// No change to the root-key hash any more.
    LockRootKey,
    /// Anti-rollback counter up to this value.
    Counter(u32),
    /// These regions of the profile cannot be written any more.
    WriteProtect(Vec<String>),
    /// Flash cannot be read from outside any more; a mass erase undoes it (STM32: RDP level 1).
    ReadProtect,
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
        }
    }

    /// Whether the chip holds it already.
    #[must_use]
    pub fn holds(&self, fuses: &Fuses) -> bool {
        match self {
            Self::RootKeyHash(hash) => fuses.root_key == *hash.bytes(),
            Self::LockRootKey => fuses.root_key_locked,
            Self::Counter(value) => fuses.counter == *value,
            Self::WriteProtect(regions) => regions
                .iter()
                .all(|name| fuses.write_protected.contains(name)),
            Self::ReadProtect => fuses.read_protection >= ReadProtection::Locked,
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
}

/// A plan that was proven. Only [`prove`] makes one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BurnPlan {
    items: Vec<BurnItem>,
}

impl BurnPlan {
    /// The burns in their order, those that the chip holds already included.
    #[must_use]
    pub fn items(&self) -> &[BurnItem] {
        &self.items
    }

    /// One of the burns, by its step.
    #[must_use]
    pub fn item(&self, step: StepId) -> Option<&BurnItem> {
        self.items.iter().find(|item| item.step() == step)
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
    prove_order(profile)?;
    if goal.counter > profile.one_time.counter_max {
        return Err(unsafe_plan(format!(
            "counter {} is above {}, the most this chip can hold",
            goal.counter, profile.one_time.counter_max
        )));
    }
    prove_reachable(profile, fuses, goal)?;
    let items = profile.lock.order.iter().map(|kind| match kind {
        BurnKind::RootKeyHash => BurnItem::RootKeyHash(goal.root_key),
        BurnKind::RootKeyLock => BurnItem::LockRootKey,
        BurnKind::Counter => BurnItem::Counter(goal.counter),
        BurnKind::WriteProtect => BurnItem::WriteProtect(profile.lock.write_protect.clone()),
        BurnKind::ReadProtect => BurnItem::ReadProtect,
    });
    Ok(BurnPlan {
        items: items.collect(),
    })
}

/// Proves that the profile's order of burns bars nothing that comes later, on any chip.
///
/// # Errors
/// `PLN-02`.
pub fn prove_order(profile: &TargetProfile) -> Result<(), Fault> {
    let order = &profile.lock.order;
    let place = |kind: BurnKind| {
        let mut places = order
            .iter()
            .enumerate()
            .filter(|(_, other)| **other == kind);
        match (places.next(), places.next()) {
            (Some((place, _)), None) => Ok(place),
            (None, _) => Err(unsafe_plan(format!("{kind} is missing from lock.order"))),
            (Some(_), Some(_)) => Err(unsafe_plan(format!("{kind} is in lock.order twice"))),
        }
    };
    use BurnKind as B;
    let barred = "what is burnt cannot be verified once reading is barred";
    let rules = [
        (
            B::RootKeyHash,
            B::RootKeyLock,
            "a locked block takes no hash",
        ),
        (
            B::RootKeyLock,
            B::WriteProtect,
            "protection closes what was burnt and verified",
        ),
        (
            B::Counter,
            B::WriteProtect,
            "protection closes what was burnt and verified",
        ),
        (B::RootKeyLock, B::ReadProtect, barred),
        (B::Counter, B::ReadProtect, barred),
        (
            B::WriteProtect,
            B::ReadProtect,
            "read protection comes last",
        ),
    ];
    for (first, second, why) in rules {
        if place(first)? > place(second)? {
            return Err(unsafe_plan(format!(
                "{first} must come before {second}: {why}"
            )));
        }
    }
    if profile.lock.write_protect != [BOOTLOADER] {
        return Err(unsafe_plan(
            "write_protect must name the bootloader and nothing else: the other regions are \
             written again in the field"
                .to_owned(),
        ));
    }
    Ok(())
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
    use super::*;

    fn profile(order: &str) -> TargetProfile {
        let text = include_str!("../../profiles/stm32f405.toml");
        let mut profile = TargetProfile::parse(text).unwrap();
        let kinds = order.split(' ').filter(|kind| !kind.is_empty());
        profile.lock.order = kinds.map(|kind| kind.parse().unwrap()).collect();
        profile
    }

    const GOOD: &str = "root-key-hash root-key-lock counter write-protect read-protect";

    fn virgin() -> Fuses {
        Fuses {
            root_key: [0xFF; 32],
            root_key_locked: false,
            counter: 0,
            rest_virgin: true,
            write_protected: Vec::new(),
            read_protection: ReadProtection::Open,
        }
    }

    fn goal() -> Goal {
        Goal {
            root_key: Sha256::of(b"root"),
            counter: 3,
        }
    }

    fn code(order: &str, fuses: &Fuses, goal: &Goal) -> Code {
        prove(&profile(order), fuses, goal).unwrap_err().code
    }

    #[test]
    fn a_virgin_chip_gets_the_whole_plan_in_the_order_of_the_profile() {
        let plan = prove(&profile(GOOD), &virgin(), &goal()).unwrap();
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
    fn orders_that_bar_a_later_burn_are_refused() {
        for order in [
            "root-key-lock root-key-hash counter write-protect read-protect",
            "root-key-hash root-key-lock write-protect read-protect counter",
            "root-key-hash read-protect root-key-lock counter write-protect",
            "root-key-hash root-key-lock counter read-protect write-protect",
            "root-key-hash root-key-lock write-protect counter read-protect",
            "root-key-hash root-key-lock counter write-protect",
            "root-key-hash root-key-hash root-key-lock counter write-protect read-protect",
        ] {
            assert_eq!(code(order, &virgin(), &goal()), Code::PlanUnsafe, "{order}");
        }
    }

    #[test]
    fn a_counter_above_the_map_is_refused() {
        let goal = Goal {
            counter: 257,
            ..goal()
        };
        assert_eq!(code(GOOD, &virgin(), &goal), Code::PlanUnsafe);
    }

    #[test]
    fn a_half_burnt_hash_of_ours_is_finished_and_a_foreign_one_is_refused() {
        let mut half = virgin();
        half.root_key[..16].copy_from_slice(&goal().root_key.bytes()[..16]);
        assert!(prove(&profile(GOOD), &half, &goal()).is_ok());
        half.root_key[0] = !goal().root_key.bytes()[0];
        assert_eq!(code(GOOD, &half, &goal()), Code::OtpNotVirgin);
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
            assert_eq!(code(GOOD, &fuses, &goal()), Code::OtpNotVirgin);
        }
    }
}
