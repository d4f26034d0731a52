use std::vec::Vec;

use cradle_protocol::layout::stm32f405::{BANKS, METADATA};
use cradle_protocol::message::BankVerdict;
use cradle_protocol::metadata;

use super::*;
use crate::boot::{Decision, confirm, decide, raise_counter};
use crate::model::{ImageBuilder, Model, Signer};

const ROOT: Signer = Signer::new(1);

fn image(bank: Bank, counter: u32) -> Vec<u8> {
    ImageBuilder {
        counter,
        ..ImageBuilder::new(ROOT, bank.index())
    }
    .build()
}

/// Runs bank A, confirmed, under counter 3.
fn unit() -> Model {
    let mut chip = Model::new();
    chip.burn_root_key(&ROOT.hash());
    chip.burn_counter(3);
    chip.load(BANKS[0].start, &image(Bank::A, 3));
    chip.load(METADATA[0].start, &metadata::initial(Bank::A));
    decide(&mut chip);
    confirm(&mut chip, Bank::A).unwrap();
    chip
}

fn receive(chip: &mut Model, bank: Bank, image: &[u8]) -> Result<Update, Refusal> {
    let mut update = Update::begin(chip, bank, image.len() as u32)?;
    for (index, bytes) in image.chunks(256).enumerate() {
        update.chunk(chip, index as u32 * 256, bytes)?;
    }
    Ok(update)
}

fn install(chip: &mut Model, image: &[u8]) -> Result<Bank, Refusal> {
    receive(chip, Bank::B, image)?.finish(chip, Some(Bank::A))
}

fn ran(decision: Decision) -> Option<Bank> {
    match decision {
        Decision::Run { bank, .. } => Some(bank),
        Decision::Recover(_) => None,
    }
}

/// One start of the device, as bootloader and application do it.
fn start(chip: &mut Model) -> Option<Bank> {
    let bank = ran(decide(chip))?;
    confirm(chip, bank).ok()?;
    let _ = raise_counter(chip, bank);
    Some(bank)
}

#[test]
fn an_update_runs_on_trial_and_its_counter_counts_once_it_is_confirmed() {
    let mut chip = unit();
    assert_eq!(install(&mut chip, &image(Bank::B, 40)), Ok(Bank::B));
    assert_eq!(ran(decide(&mut chip)), Some(Bank::B));
    raise_counter(&mut chip, Bank::B).unwrap();
    assert_eq!(chip.counter(), 3);
    confirm(&mut chip, Bank::B).unwrap();
    raise_counter(&mut chip, Bank::B).unwrap();
    assert_eq!(chip.counter(), 40);
    let back = install_into_a(&mut chip, 39);
    assert_eq!(back, Err(Refusal::Rejected(BankVerdict::RolledBack)));
    assert_eq!(start(&mut chip), Some(Bank::B));
}

fn install_into_a(chip: &mut Model, counter: u32) -> Result<Bank, Refusal> {
    receive(chip, Bank::A, &image(Bank::A, counter))?.finish(chip, Some(Bank::B))
}

#[test]
fn an_update_that_never_confirms_falls_back_and_moves_no_counter() {
    let mut chip = unit();
    install(&mut chip, &image(Bank::B, 9)).unwrap();
    for _ in 0..3 {
        assert_eq!(ran(decide(&mut chip)), Some(Bank::B));
    }
    assert_eq!(start(&mut chip), Some(Bank::A));
    assert_eq!(chip.counter(), 3);
}

#[test]
fn a_provisioned_image_moves_no_counter() {
    let mut chip = Model::new();
    chip.burn_root_key(&ROOT.hash());
    chip.load(BANKS[0].start, &image(Bank::A, 3));
    chip.load(METADATA[0].start, &metadata::initial(Bank::A));
    assert_eq!(start(&mut chip), Some(Bank::A));
    assert_eq!(chip.counter(), 0);
}

#[test]
fn what_the_bootloader_would_refuse_is_not_put_on_trial() {
    let foreign = ImageBuilder::new(Signer::new(9), 1).build();
    let mut flipped = image(Bank::B, 3);
    flipped[0x300] ^= 1;
    for (bytes, verdict) in [
        (foreign, BankVerdict::UnknownKey),
        (flipped, BankVerdict::BadHash),
        (image(Bank::B, 2), BankVerdict::RolledBack),
        (image(Bank::A, 3), BankVerdict::Malformed),
        (image(Bank::B, 3)[4..].to_vec(), BankVerdict::Malformed),
    ] {
        let mut chip = unit();
        let refused = install(&mut chip, &bytes);
        assert_eq!(refused, Err(Refusal::Rejected(verdict)));
        assert_eq!(start(&mut chip), Some(Bank::A));
    }
}

#[test]
fn an_image_that_cannot_fit_erases_nothing() {
    let mut chip = unit();
    chip.load(BANKS[1].start, b"old image");
    for length in [0, BANKS[1].length + 1, u32::MAX] {
        let refused = Update::begin(&mut chip, Bank::B, length);
        assert_eq!(refused, Err(Refusal::TooLong));
    }
    assert!(chip.bytes(BANKS[1]).starts_with(b"old image"));
}

#[test]
fn chunks_must_follow_each_other_and_may_be_repeated() {
    let mut chip = unit();
    let mut update = Update::begin(&mut chip, Bank::B, 1002).unwrap();
    assert_eq!(update.chunk(&mut chip, 0, &[1; 500]), Ok(500));
    assert_eq!(update.chunk(&mut chip, 0, &[1; 500]), Ok(500));
    for (offset, bytes) in [
        (0, &[2; 500][..]),
        (4, &[1; 500]),
        (504, &[1; 4]),
        (500, &[1; 2]),
        (500, &[]),
    ] {
        let refused = update.chunk(&mut chip, offset, bytes);
        assert_eq!(refused, Err(Refusal::Range), "at {offset}");
    }
    for (offset, bytes) in [
        (500, &[1; 503][..]),
        (500, &[1; MAX_CHUNK + 4]),
        (1000, &[1; 3]),
    ] {
        let refused = update.chunk(&mut chip, offset, bytes);
        assert_eq!(refused, Err(Refusal::TooLong), "at {offset}");
    }
    assert_eq!(update.chunk(&mut chip, u32::MAX, &[1]), Err(Refusal::Range));
    assert_eq!(
        update.finish(&mut chip, Some(Bank::A)),
        Err(Refusal::Range),
        "bytes are missing"
    );
    assert_eq!(update.chunk(&mut chip, 500, &[1; 502]), Ok(1002));
}

/// Afterwards the device runs the old image or the whole new one, and the counter never passes
/// the new one's.
#[test]
fn power_cut_at_any_operation_of_an_update_leaves_a_device_that_boots() {
    let new = image(Bank::B, 40);
    let ready = unit();
    for torn in [0, 0x0000_FFFF, 0xFFFF_0000] {
        for cut in 0.. {
            let mut chip = ready.clone();
            (chip.power, chip.torn) = (cut, torn);
            let _ = install(&mut chip, &new).map(|_| start(&mut chip));
            let untouched = chip.power > 0;
            let mut chip = chip.restarted();
            let bank = start(&mut chip);
            assert!(bank.is_some(), "cut {cut} bricked it");
            let counter = chip.counter();
            match bank {
                Some(Bank::B) => assert_eq!(counter, 40, "cut {cut}"),
                _ => assert_eq!(counter, 3, "cut {cut}"),
            }
            if untouched {
                assert_eq!(bank, Some(Bank::B));
                assert!(cut > 300, "the update spent only {cut} operations");
                break;
            }
        }
    }
}
