//! Whether the burns of a profile can be done and verified in their order, on any genuine chip.
//!
//! The plan is gone through on what the silicon does (the family's acts). A burn is refused where
//! the chip would refuse it, where its verification could not see it, and where the end would not
//! be what the family demands of a finished unit.

use super::access::Access;
use crate::family::{Act, Family, REGION};
use crate::profile::{Burn, Flaw, TargetProfile};
use crate::step::{StepId, Verification};

/// Everything that is wrong with the burns.
pub(crate) fn order_flaws(profile: &TargetProfile, family: &Family) -> Vec<Flaw> {
    let mut walk = Walk {
        profile,
        family,
        index: 0,
        access: Access::default(),
        locked: None,
        flaws: Vec::new(),
    };
    for (index, burn) in profile.burns.iter().enumerate() {
        walk.index = index;
        match family.act(&burn.item) {
            Some(act) => walk.step(burn, act),
            None => walk.unknown(burn),
        }
    }
    walk.end();
    walk.flaws
}

/// Whether a place of a finished unit is as demanded.
type Holds = fn(&Access, &str) -> bool;

struct Walk<'p> {
    profile: &'p TargetProfile,
    family: &'p Family,
    /// The burn at hand.
    index: usize,
    access: Access,
    /// The act that began to lock the chip.
    locked: Option<&'p str>,
    flaws: Vec<Flaw>,
}

impl<'p> Walk<'p> {
    fn flaw(&mut self, key: &str, what: String) {
        self.flaws.push(Flaw::burn(self.index, key, what));
    }

    fn before(&self) -> &'p [Burn] {
        &self.profile.burns[..self.index]
    }

    fn unknown(&mut self, burn: &Burn) {
        let known: Vec<_> = self.family.acts().collect();
        let (family, known) = (&self.family.id, known.join(", "));
        let what = format!("a {family} has no {:?}; it has {known}", burn.item);
        self.flaw("item", what);
    }

    fn step(&mut self, burn: &'p Burn, act: &'p Act) {
        self.repeated(act);
        self.regions(burn, act);
        self.barred(act);
        self.too_early(act);
        self.too_late(act);
        self.access.apply(act, burn);
        self.unseen(burn, act);
    }

    fn repeated(&mut self, act: &Act) {
        if self.before().iter().any(|burn| burn.item == act.name) {
            self.flaw("item", format!("{} is there twice", act.name));
        }
    }

    fn regions(&mut self, burn: &Burn, act: &Act) {
        if act.closes_named_regions && burn.regions.is_empty() {
            self.flaw("item", format!("{} needs the regions it is for", act.name));
        }
        if !act.closes_named_regions && !burn.regions.is_empty() {
            self.flaw("regions", format!("{} is for no region", act.name));
        }
        for name in &burn.regions {
            if !self.profile.regions.contains_key(name) {
                self.flaw("regions", format!("there is no region {name:?}"));
            }
        }
    }

    /// Whether the chip would take the burn.
    fn barred(&mut self, act: &Act) {
        for place in &act.writes {
            if let Some(barrier) = self.access.bar_to_writing(place) {
                let what = format!(
                    "{} must come before {}, after which {place} takes nothing any more",
                    act.name, barrier.by
                );
                self.flaw("item", what);
            }
            let Some(cell) = self.family.cell(place) else {
                continue;
            };
            if cell.once && self.access.was_written(place) {
                let why = "it is Reed-Solomon coded and takes one write in its life";
                self.flaw("item", format!("{place} was burnt before: {why}"));
            }
            if act.holds.is_some() && act.holds == cell.never_holds {
                self.flaw("item", format!("the silicon cannot use this from {place}"));
            }
        }
    }

    /// Whether something is missing that must be there first.
    fn too_early(&mut self, act: &Act) {
        for first in &act.after {
            if !self.before().iter().any(|burn| burn.item == first.act) {
                let what = format!("{} must come after {}: {}", act.name, first.act, first.why);
                self.flaw("item", what);
            }
        }
        for other in &act.with {
            if !self.profile.burns.iter().any(|burn| burn.item == other.act) {
                let what = format!("{} needs {} too: {}", act.name, other.act, other.why);
                self.flaw("item", what);
            }
        }
    }

    fn too_late(&mut self, act: &'p Act) {
        match self.locked {
            Some(first) if !act.locks() => {
                let why = "once the chip is being locked nothing else is burnt";
                let what = format!("{} must come before {first}: {why}", act.name);
                self.flaw("item", what);
            }
            None if act.locks() => self.locked = Some(&act.name),
            _ => {}
        }
        let early = act.step() == StepId::MakeFlashKey;
        if early && self.index > 0 {
            let what = format!("{} comes first: flash is written after it", act.name);
            self.flaw("item", what);
        }
        if act.permanent && self.index + 1 != self.profile.burns.len() {
            self.flaw("item", format!("{} is for ever and comes last", act.name));
        }
    }

    /// Whether the verification can see the truth, and is the strongest that can.
    fn unseen(&mut self, burn: &Burn, act: &Act) {
        let hidden = act
            .writes
            .iter()
            .find_map(|place| Some((place, &self.access.bar_to_reading(place)?.by)));
        let what = match (burn.verify, hidden) {
            (Verification::ReadBack, None) | (Verification::ControllerStatus, Some(_)) => return,
            (Verification::Attested, Some(_)) if act.attested => return,
            (Verification::ReadBack, Some((place, by))) => {
                format!("{place} cannot be read back after {by}")
            }
            (Verification::ControllerStatus | Verification::Attested, None) => format!(
                "{} can be read back, which sees more than {}",
                act.name, burn.verify
            ),
            (Verification::Attested, Some(_)) => format!("no attestation speaks of {}", act.name),
            (other, _) => format!("{other} says nothing of a burn"),
        };
        self.flaw("verify", what);
    }

    /// Whether the finished unit is what it must be.
    fn end(&mut self) {
        let end = &self.family.end;
        let demands: [(&[String], Holds, &str); 4] = [
            (&end.written, Access::was_written, "is never burnt"),
            (
                &end.closed,
                |access, place| access.closed(place).is_some(),
                "is never closed: it could be changed in the field",
            ),
            (
                &end.hidden,
                |access, place| access.hidden(place).is_some(),
                "is never hidden: any program could read it",
            ),
            (
                &end.barred_reading,
                |access, place| access.bar_to_reading(place).is_some(),
                "is never barred: it could be read from outside",
            ),
        ];
        for (places, holds, what) in demands {
            for place in places {
                if !holds(&self.access, place) {
                    self.flaws.push(Flaw::at("burn", format!("{place} {what}")));
                }
            }
        }
        let closed = end
            .open
            .iter()
            .map(|place| (place, self.access.closed(place)));
        let hidden = end
            .readable
            .iter()
            .map(|place| (place, self.access.hidden(place)));
        let taken: Vec<_> = closed
            .chain(hidden)
            .filter_map(|(place, barrier)| Some((place, barrier?.by.clone())))
            .collect();
        for (place, by) in taken {
            let burns = &self.profile.burns;
            self.index = burns.iter().position(|burn| burn.item == by).unwrap_or(0);
            let place = place.strip_prefix(REGION).unwrap_or(place);
            self.flaw(
                "item",
                format!("{by} takes {place} away, which is used in the field"),
            );
        }
    }
}
