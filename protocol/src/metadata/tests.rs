use std::vec::Vec;

use super::*;

const SIZE: usize = 4096;

/// Two sectors under NOR rules; power fails after `budget` operations (word or erase).
#[derive(Clone)]
struct Nor {
    sectors: [Vec<u8>; 2],
}

impl Nor {
    fn blank() -> Self {
        Self {
            sectors: [std::vec![0xFF; SIZE], std::vec![0xFF; SIZE]],
        }
    }

    fn provisioned() -> Self {
        let mut nor = Self::blank();
        nor.sectors[0][..RECORD_LENGTH].copy_from_slice(&initial(Bank::A));
        nor
    }

    fn read(&self) -> Option<BootState> {
        read(&self.sectors[0], &self.sectors[1])
    }

    fn plan(&self, change: Change) -> Result<Write, NotOnTrial> {
        next_write(&self.sectors[0], &self.sectors[1], change)
    }

    /// Writes at most `budget` operations; the last one before a cut is done in part, as given
    /// by `torn`: the bits of it that were still programmed.
    fn apply(&mut self, write: &Write, budget: usize, torn: u32) {
        let mut left = budget;
        let sector = &mut self.sectors[write.sector];
        if write.erase {
            if left == 0 {
                let half = sector.len() / 2;
                sector[..half].fill(0xFF);
                return;
            }
            sector.fill(0xFF);
            left -= 1;
        }
        for (index, word) in write.words().iter().enumerate() {
            let at = write.offset as usize + index * 4;
            let word = if left == 0 { word | !torn } else { *word };
            for (place, byte) in sector[at..at + 4].iter_mut().zip(word.to_le_bytes()) {
                *place &= byte;
            }
            if left == 0 {
                return;
            }
            left -= 1;
        }
    }

    fn change(&mut self, change: Change) {
        let write = self.plan(change).unwrap();
        self.apply(&write, usize::MAX, 0);
    }
}

type Meaning = (u32, Option<Bank>, Option<Bank>, u32, bool);

fn meaning(state: Option<BootState>) -> Option<Meaning> {
    state.map(|s| (s.sequence, s.active, s.pending, s.trials_left, s.confirmed))
}

fn install(bank: Bank) -> Change {
    Change::Select {
        active: Some(bank.other()),
        pending: Some(bank),
        event: Event::Installed,
    }
}

#[test]
fn the_first_record_puts_its_bank_on_trial() {
    let state = Nor::provisioned().read().unwrap();
    assert_eq!(state.on_trial(), Some(Bank::A));
    assert_eq!(state.trusted(), None);
    assert_eq!((state.trials_left, state.event), (3, Event::Provisioned));
}

#[test]
fn three_trials_and_not_one_more() {
    let mut nor = Nor::provisioned();
    for left in [2, 1, 0] {
        nor.change(Change::UseTrial);
        assert_eq!(nor.read().unwrap().trials_left, left);
    }
    assert_eq!(nor.read().unwrap().on_trial(), None);
    assert_eq!(nor.plan(Change::UseTrial), Err(NotOnTrial));
}

#[test]
fn a_confirmed_bank_is_trusted_and_confirming_twice_changes_nothing() {
    let mut nor = Nor::provisioned();
    nor.change(Change::UseTrial);
    nor.change(Change::Confirm);
    let once = nor.clone();
    nor.change(Change::Confirm);
    assert_eq!(nor.sectors, once.sectors);
    assert_eq!(nor.read().unwrap().trusted(), Some(Bank::A));
    assert_eq!(nor.plan(Change::UseTrial), Err(NotOnTrial));
}

#[test]
fn records_go_on_for_ever_over_both_sectors() {
    let mut nor = Nor::provisioned();
    for round in 0..(SIZE / RECORD_LENGTH) as u32 * 3 {
        let bank = if round % 2 == 0 { Bank::B } else { Bank::A };
        nor.change(install(bank));
        let state = nor.read().unwrap();
        assert_eq!((state.sequence, state.pending), (round + 2, Some(bank)));
    }
}

/// Every change at every fill level that matters, cut after every operation, with every torn
/// word that clears a prefix or a suffix of the bits: old state or new state, and the change can
/// be made again.
#[test]
fn a_power_cut_at_any_word_leaves_the_old_or_the_new_state() {
    let slots = SIZE / RECORD_LENGTH;
    for filled in [1, 2, slots - 1, slots, slots + 1, 2 * slots] {
        let mut nor = Nor::provisioned();
        for _ in 1..filled {
            nor.change(install(Bank::B));
        }
        for change in [Change::UseTrial, Change::Confirm, install(Bank::B)] {
            cut_everywhere(&nor, change);
        }
    }
}

fn cut_everywhere(before: &Nor, change: Change) {
    let write = before.plan(change).unwrap();
    let mut whole = before.clone();
    whole.apply(&write, usize::MAX, 0);
    let (old, new) = (meaning(before.read()), meaning(whole.read()));
    for operations in 0..write.words().len() + usize::from(write.erase) {
        for torn in [0, 1, 0xFFFF, 0xFFFF_0000, u32::MAX - 1, u32::MAX] {
            let mut cut = before.clone();
            cut.apply(&write, operations, torn);
            let seen = meaning(cut.read());
            assert!(seen == old || seen == new, "{change:?} after {operations}");
            if seen == old {
                cut.change(change);
                assert_eq!(meaning(cut.read()), new, "{change:?} again");
            }
        }
    }
}

#[test]
fn garbage_is_never_a_state_and_never_a_panic() {
    let mut seed = 0x9E37_79B9_7F4A_7C15_u64;
    let mut sectors = Nor::blank().sectors;
    for _ in 0..200 {
        for byte in sectors.iter_mut().flatten() {
            seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
            *byte = (seed >> 56) as u8;
        }
        assert_eq!(read(&sectors[0], &sectors[1]), None);
        let write = next_write(&sectors[0], &sectors[1], install(Bank::A)).unwrap();
        assert!(write.erase);
    }
    assert_eq!(read(&[], &[1, 2, 3]), None);
}
