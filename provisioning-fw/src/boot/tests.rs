use super::*;
use crate::model::{ImageBuilder, Model, Signer};
use cradle_protocol::layout::stm32f405::{BANKS, METADATA};

const ROOT: Signer = Signer::new(1);

fn image(bank: Bank, counter: u32) -> std::vec::Vec<u8> {
    ImageBuilder {
        counter,
        ..ImageBuilder::new(ROOT, bank.index())
    }
    .build()
}

fn chip() -> Model {
    let mut chip = Model::new();
    chip.burn_root_key(&ROOT.hash());
    chip.burn_counter(3);
    chip
}

/// As the station leaves it: bank A on trial.
fn provisioned() -> Model {
    let mut chip = chip();
    chip.load(BANKS[0].start, &image(Bank::A, 3));
    chip.load(METADATA[0].start, &metadata::initial(Bank::A));
    chip
}

/// Bank A confirmed, bank B on trial.
fn updated() -> Model {
    let mut chip = provisioned();
    decide(&mut chip);
    confirm(&mut chip, Bank::A).unwrap();
    chip.load(BANKS[1].start, &image(Bank::B, 3));
    change(
        &mut chip,
        Change::Select {
            active: Some(Bank::A),
            pending: Some(Bank::B),
            event: Event::Installed,
        },
    )
    .unwrap();
    chip
}

fn ran(decision: Decision) -> Option<(Bank, bool)> {
    match decision {
        Decision::Run { bank, trial, .. } => Some((bank, trial)),
        Decision::Recover(_) => None,
    }
}

#[test]
fn a_new_unit_runs_bank_a_on_trial_and_trusts_it_once_confirmed() {
    let mut chip = provisioned();
    assert_eq!(ran(decide(&mut chip)), Some((Bank::A, true)));
    confirm(&mut chip, Bank::A).unwrap();
    for _ in 0..5 {
        assert_eq!(ran(decide(&mut chip)), Some((Bank::A, false)));
    }
}

#[test]
fn a_first_firmware_that_never_confirms_ends_in_recovery() {
    let mut chip = provisioned();
    for _ in 0..3 {
        assert_eq!(ran(decide(&mut chip)), Some((Bank::A, true)));
    }
    let given_up = Decision::Recover([BankVerdict::Unconfirmed, BankVerdict::Empty]);
    assert_eq!(decide(&mut chip), given_up);
}

#[test]
fn an_update_that_never_confirms_falls_back_for_good() {
    let mut chip = updated();
    for _ in 0..3 {
        assert_eq!(ran(decide(&mut chip)), Some((Bank::B, true)));
    }
    for _ in 0..3 {
        assert_eq!(ran(decide(&mut chip)), Some((Bank::A, false)));
    }
    assert_eq!(state(&mut chip).unwrap().event, Event::FellBack);
}

#[test]
fn an_update_that_does_not_verify_is_not_run_once() {
    let mut chip = updated();
    chip.load(BANKS[1].start + 0x300, &[0]);
    assert_eq!(ran(decide(&mut chip)), Some((Bank::A, false)));
}

#[test]
fn a_confirmed_update_is_trusted() {
    let mut chip = updated();
    assert_eq!(ran(decide(&mut chip)), Some((Bank::B, true)));
    confirm(&mut chip, Bank::B).unwrap();
    assert_eq!(ran(decide(&mut chip)), Some((Bank::B, false)));
}

#[test]
fn a_trusted_bank_that_rots_gives_way_to_the_other_on_trial() {
    let mut chip = updated();
    decide(&mut chip);
    confirm(&mut chip, Bank::B).unwrap();
    chip.load(BANKS[1].start + 0x300, &[0]);
    assert_eq!(ran(decide(&mut chip)), Some((Bank::A, true)));
}

#[test]
fn nothing_that_verifies_means_recovery_with_both_verdicts() {
    let mut chip = updated();
    chip.burn_counter(4);
    let decision = decide(&mut chip);
    assert_eq!(decision, Decision::Recover([BankVerdict::RolledBack; 2]));
    let blank = decide(&mut Model::new());
    assert_eq!(blank, Decision::Recover([BankVerdict::Empty; 2]));
}

#[test]
fn lost_metadata_puts_what_verifies_on_trial() {
    let mut chip = chip();
    chip.load(METADATA[0].start, &[0; 64]);
    chip.load(BANKS[1].start, &image(Bank::B, 9));
    assert_eq!(ran(decide(&mut chip)), Some((Bank::B, true)));
    confirm(&mut chip, Bank::B).unwrap();
    assert_eq!(ran(decide(&mut chip)), Some((Bank::B, false)));
}

#[test]
fn only_the_bank_on_trial_can_be_confirmed() {
    let nothing = confirm(&mut Model::new(), Bank::A);
    assert_eq!(nothing, Err(ConfirmError::NotOnTrial));
    let other = confirm(&mut provisioned(), Bank::B);
    assert_eq!(other, Err(ConfirmError::NotOnTrial));
}

#[test]
fn confirming_a_bank_that_is_trusted_already_leaves_the_trial_open() {
    let mut chip = updated();
    confirm(&mut chip, Bank::A).unwrap();
    assert_eq!(state(&mut chip), state(&mut updated()));
}

/// Power fails at every operation of every boot of a life: confirmed or not, in every state the
/// device reaches. Whatever happens it then runs a bank that verifies, or sits in recovery only
/// where nothing may run; a trial is never run without being spent.
#[test]
fn power_cut_at_any_operation_never_bricks() {
    for start in [provisioned(), updated()] {
        for confirms in [false, true] {
            for cut in 0..12 {
                for torn in [0, 0xFFFF, u32::MAX] {
                    live(start.clone(), cut, torn, confirms);
                }
            }
        }
    }
}

fn live(mut chip: Model, cut: usize, torn: u32, confirms: bool) {
    let has_active = state(&mut chip).unwrap().active.is_some();
    (chip.power, chip.torn) = (cut, torn);
    let mut trials = 0;
    for _ in 0..8 {
        match decide(&mut chip) {
            Decision::Run { bank, trial, .. } => {
                trials += usize::from(trial);
                if confirms {
                    // The cut may hit this too.
                    let _ = confirm(&mut chip, bank);
                }
            }
            Decision::Recover(_) if chip.power == 0 => {}
            Decision::Recover(_) => assert!(!has_active && !confirms, "bricked"),
        }
        if chip.power == 0 {
            chip = chip.restarted();
        }
    }
    assert!(trials <= 3 + usize::from(confirms), "{trials} trials");
    let runs = ran(decide(&mut chip)).is_some();
    assert!(runs || !(has_active || confirms));
}
