//! The same library on a chip whose flash is not mapped, whose images run from a copy in RAM, and
//! whose sectors are many and small: the ESP32-C3.

use std::vec::Vec;

use cradle_protocol::image::erased;
use cradle_protocol::layout::esp32c3::{BANKS, IMAGE_CODE, LAYOUT, METADATA, NVS};
use cradle_protocol::message::{BankVerdict, KeyFate, Refusal, WipeReport};
use cradle_protocol::metadata::{self, Bank, Change, Event};

use crate::accept::accept;
use crate::boot::{Decision, change, confirm, decide};
use crate::device::{Flash, OneTime};
use crate::key_store::{InternalFlash, KeyStore};
use crate::model::{Esp32c3, ImageBuilder, Model, Signer};
use crate::store::{self, Kind};
use crate::update::Update;
use crate::wipe;

const ROOT: Signer = Signer::new(1);
const COUNTER: u32 = 3;

fn image(fixed_at: Option<u32>) -> Vec<u8> {
    ImageBuilder {
        fixed_at,
        ..ImageBuilder::new(ROOT, 0)
    }
    .build()
}

fn good() -> Vec<u8> {
    image(Some(IMAGE_CODE.start))
}

fn blank() -> Model<Esp32c3> {
    Model::esp32c3(&ROOT.hash(), COUNTER)
}

/// With `image` in both banks.
fn with(image: &[u8]) -> Model<Esp32c3> {
    let mut chip = blank();
    for bank in BANKS {
        chip.load(bank.start, image);
    }
    chip
}

fn verdict(chip: &mut Model<Esp32c3>, bank: Bank) -> Result<u32, BankVerdict> {
    let (root, counter) = (chip.root_key_hash(), chip.counter());
    accept(chip, bank, root.as_ref(), counter).map(|image| image.start())
}

#[test]
fn one_image_runs_from_either_bank_at_the_one_address() {
    let mut chip = with(&good());
    for bank in [Bank::A, Bank::B] {
        assert_eq!(verdict(&mut chip, bank), Ok(IMAGE_CODE.start + 0x200));
    }
}

#[test]
fn an_image_that_does_not_name_the_address_is_refused() {
    for fixed_at in [None, Some(BANKS[0].start), Some(IMAGE_CODE.start + 4)] {
        let chip = &mut with(&image(fixed_at));
        assert_eq!(verdict(chip, Bank::A), Err(BankVerdict::Malformed));
    }
}

#[test]
fn a_flipped_bit_a_foreign_key_and_an_old_counter_are_refused() {
    let mut spoiled = good();
    spoiled[0x300] ^= 1;
    let refused = |image: &[u8]| verdict(&mut with(image), Bank::B);
    assert_eq!(refused(&spoiled), Err(BankVerdict::BadHash));
    let built = |signer, counter| {
        ImageBuilder {
            fixed_at: Some(IMAGE_CODE.start),
            counter,
            ..ImageBuilder::new(signer, 0)
        }
        .build()
    };
    let foreign = built(Signer::new(9), COUNTER);
    assert_eq!(refused(&foreign), Err(BankVerdict::UnknownKey));
    let old = built(ROOT, COUNTER - 1);
    assert_eq!(refused(&old), Err(BankVerdict::RolledBack));
    assert_eq!(refused(&[]), Err(BankVerdict::Empty));
}

#[test]
fn a_byte_anywhere_behind_the_image_is_refused() {
    for offset in [
        LAYOUT.max_image() - 1,
        LAYOUT.max_image(),
        BANKS[0].length - 1,
    ] {
        let mut chip = with(&good());
        chip.load(BANKS[0].start + offset, &[0]);
        assert_eq!(verdict(&mut chip, Bank::A), Err(BankVerdict::Malformed));
    }
}

/// The bootloader jumps into its copy of that region.
#[test]
fn what_is_to_run_is_what_was_read_last_of_the_banks() {
    let states: [&[Change]; 4] = [
        &[],
        &[Change::UseTrial, Change::Confirm],
        &[Change::UseTrial, Change::Confirm, TO_B],
        &[
            Change::UseTrial,
            Change::Confirm,
            TO_B,
            Change::UseTrial,
            Change::Confirm,
        ],
    ];
    let mut seen = Vec::new();
    for changes in states {
        for spoiled in [None, Some(0), Some(1)] {
            let mut chip = with(&good());
            chip.load(METADATA[0].start, &metadata::initial(Bank::A));
            for what in changes {
                change(&mut chip, *what).unwrap();
            }
            if let Some(bank) = spoiled {
                chip.load(BANKS[bank].start + 0x300, &[0]);
            }
            if let Decision::Run { bank, .. } = decide(&mut chip) {
                let (room, _) = BANKS[bank.index()].split_at(LAYOUT.max_image());
                assert_eq!(chip.last_of_bank, Some(room), "{changes:?} {spoiled:?}");
                seen.push(bank);
            }
        }
    }
    assert!(seen.contains(&Bank::A) && seen.contains(&Bank::B));
}

const TO_B: Change = Change::Select {
    active: Some(Bank::A),
    pending: Some(Bank::B),
    event: Event::Installed,
};

#[test]
fn an_update_goes_to_the_other_bank_and_is_trusted_once_confirmed() {
    let mut chip = with(&good());
    chip.load(METADATA[0].start, &metadata::initial(Bank::A));
    decide(&mut chip);
    confirm(&mut chip, Bank::A).unwrap();
    let image = good();
    let mut update = Update::begin(&mut chip, Bank::B, image.len() as u32).unwrap();
    assert!(erased(chip.bytes(BANKS[1])));
    for (index, chunk) in image.chunks(1024).enumerate() {
        update.chunk(&mut chip, index as u32 * 1024, chunk).unwrap();
    }
    update.finish(&mut chip, Some(Bank::A)).unwrap();
    let ran = decide(&mut chip);
    assert!(matches!(
        ran,
        Decision::Run {
            bank: Bank::B,
            trial: true,
            ..
        }
    ));
    confirm(&mut chip, Bank::B).unwrap();
    let ran = decide(&mut chip);
    assert!(matches!(
        ran,
        Decision::Run {
            bank: Bank::B,
            trial: false,
            ..
        }
    ));
}

#[test]
fn an_image_longer_than_the_copy_has_room_is_not_received() {
    let mut chip = with(&good());
    let too_long = LAYOUT.max_image() + 1;
    assert_eq!(
        Update::begin(&mut chip, Bank::B, too_long),
        Err(Refusal::TooLong)
    );
    assert_eq!(verdict(&mut chip, Bank::B), Ok(IMAGE_CODE.start + 0x200));
}

#[test]
fn a_wipe_clears_the_key_and_erases_every_sector_of_the_nvs() {
    let mut chip = blank();
    InternalFlash.make(&mut chip).unwrap();
    let long = [7; 5000];
    for _ in 0..3 {
        store::append(&mut chip, NVS, Kind::Certificate, &long).unwrap();
    }
    assert!(
        LAYOUT
            .sectors_in(NVS)
            .all(|sector| !erased(chip.bytes(sector)))
    );
    let report = wipe::wipe(&mut chip, &mut InternalFlash).unwrap();
    let complete = WipeReport {
        key: KeyFate::Zeroized,
        nvs_erased: true,
    };
    assert_eq!(report, complete);
    assert!(erased(chip.bytes(NVS)) && wipe::marked(&mut chip));
}

/// Erasing takes several steps here; whichever power ends, the next start finishes.
#[test]
fn a_wipe_that_power_interrupts_anywhere_is_finished_at_the_next_start() {
    let mut before = blank();
    InternalFlash.make(&mut before).unwrap();
    let key = before.bytes(NVS).to_vec();
    let operations = {
        let mut whole = before.restarted();
        whole.operations = 0;
        wipe::wipe(&mut whole, &mut InternalFlash).unwrap();
        whole.operations
    };
    for cut in 0..operations {
        let mut chip = before.restarted();
        (chip.power, chip.torn) = (cut, u32::MAX);
        let _ = wipe::wipe(&mut chip, &mut InternalFlash);
        let mut chip = chip.restarted();
        wipe::resume(&mut chip, &mut InternalFlash);
        if wipe::marked(&mut chip) {
            assert!(erased(chip.bytes(NVS)), "cut {cut}");
        } else {
            assert_eq!(chip.bytes(NVS), key, "cut {cut}");
        }
    }
}
