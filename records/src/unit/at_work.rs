//! Which chip is being worked on in which slot of this station. One identifier in two slots at
//! the same time is a clone, whatever the database says.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use cradle_procedure::fault::{Code, Fault};
use cradle_procedure::ids::{SlotId, Uid};

#[derive(Default)]
pub(crate) struct AtWork {
    chips: Mutex<Chips>,
}

#[derive(Default)]
struct Chips {
    claims: HashMap<Uid, (SlotId, u64)>,
    last: u64,
}

/// Says that a chip is being worked on, until it is dropped.
pub(crate) struct Claim {
    at_work: Arc<AtWork>,
    uid: Uid,
    number: u64,
}

impl AtWork {
    /// Claims the chip for the slot. A new claim from the same slot takes the place of the old.
    pub(crate) fn claim(self: &Arc<Self>, uid: &Uid, slot: SlotId) -> Result<Claim, Fault> {
        let mut chips = self.lock();
        if let Some((other, _)) = chips.claims.get(uid).filter(|(held, _)| *held != slot) {
            return Err(Fault::new(
                Code::UidKnown,
                format!("chip {uid} is being worked on in slot {other} at this moment"),
            ));
        }
        chips.last += 1;
        let number = chips.last;
        chips.claims.insert(uid.clone(), (slot, number));
        Ok(Claim {
            at_work: Arc::clone(self),
            uid: uid.clone(),
            number,
        })
    }

    fn lock(&self) -> MutexGuard<'_, Chips> {
        self.chips.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Claim {
    fn drop(&mut self) {
        let mut chips = self.at_work.lock();
        let own = chips.claims.get(&self.uid).map(|(_, number)| *number) == Some(self.number);
        if own {
            chips.claims.remove(&self.uid);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_chip_is_in_one_slot_at_a_time() {
        let at_work = Arc::new(AtWork::default());
        let uid = Uid::new(&[7; 12]);
        let first = at_work.claim(&uid, SlotId(1)).unwrap();
        let fault = at_work.claim(&uid, SlotId(2)).err().unwrap();
        assert_eq!(fault.code, Code::UidKnown);
        let again = at_work.claim(&uid, SlotId(1)).unwrap();
        drop(first);
        assert!(at_work.claim(&uid, SlotId(2)).is_err());
        drop(again);
        assert!(at_work.claim(&uid, SlotId(2)).is_ok());
    }
}
