//! Which bank is booted, and what is noted of it.

use core::fmt::{self, Write};

use cradle_firmware::boot::{Decision, change, confirm, decide};
use cradle_firmware::crypto::sha256;
use cradle_protocol::layout::stm32f405::{BANKS, METADATA};
use cradle_protocol::metadata::{self, Bank, Change, Event, MAX_TRIALS};

use super::Hex;
use super::chip::Chip;
use super::images::{COUNTER, Image, Images};
use super::random::Random;

/// Chips whose content is drawn by seed.
const DRAWN: u32 = 5;
/// One more than a metadata sector has room for.
const RECORDS: usize = 9;

pub fn write(out: &mut impl Write, images: &Images) -> fmt::Result {
    let chip = &mut Chip::blank();
    boot(out, "blank", chip)?;
    provision(chip, images);
    boot(out, "new", chip)?;
    note(out, confirm(chip, Bank::A).is_ok())?;
    boot(out, "confirmed", chip)?;

    provision(chip, images);
    for _ in 0..=MAX_TRIALS {
        note(out, change(chip, Change::UseTrial).is_ok())?;
    }
    boot(out, "never confirmed", chip)?;

    update(chip, images);
    chip.flip(BANKS[1].start, 0);
    boot(out, "update spoiled", chip)?;

    update(chip, images);
    for _ in 0..RECORDS {
        note(out, change(chip, UPDATE).is_ok())?;
    }
    boot(out, "metadata full", chip)?;

    (1..=DRAWN).try_for_each(|seed| drawn(out, chip, images, seed))
}

const UPDATE: Change = Change::Select {
    active: Some(Bank::A),
    pending: Some(Bank::B),
    event: Event::Installed,
};

/// As the station leaves it: bank A on trial.
fn provision(chip: &mut Chip, images: &Images) {
    chip.replace(&images.root_key_hash, COUNTER);
    chip.load(BANKS[0].start, &images.ordinary[0].bytes);
    chip.load(METADATA[0].start, &metadata::initial(Bank::A));
}

/// Bank A confirmed, bank B on trial.
fn update(chip: &mut Chip, images: &Images) {
    provision(chip, images);
    chip.load(BANKS[1].start, &images.newer.bytes);
    // Programming memory of our own does not fail; what it left is on the page.
    let _ = change(chip, Change::Confirm).and_then(|()| change(chip, UPDATE));
}

/// Any images, any metadata, any counter; now and then a flipped bit.
fn drawn(out: &mut impl Write, chip: &mut Chip, images: &Images, seed: u32) -> fmt::Result {
    let mut random = Random::new(seed);
    let counter = COUNTER - 1 + random.below(3) as u32;
    chip.replace(&images.root_key_hash, counter);
    let newer = [None, Some(&images.newer)];
    for bank in 0..2 {
        let image: Option<&Image> = match random.below(4) {
            0 => None,
            1 => newer[bank],
            _ => Some(&images.ordinary[bank]),
        };
        let Some(image) = image else { continue };
        chip.load(BANKS[bank].start, &image.bytes);
        if random.below(3) == 0 {
            let byte = random.below(image.length) as u32;
            chip.flip(BANKS[bank].start + byte, random.below(8));
        }
    }
    if random.below(4) > 0 {
        chip.load(METADATA[0].start, &metadata::initial(Bank::A));
        for _ in 0..random.below(3) {
            let what = [Change::UseTrial, Change::Confirm, UPDATE][random.below(3)];
            note(out, change(chip, what).is_ok())?;
        }
    }
    boot(out, "drawn", chip)
}

fn boot(out: &mut impl Write, what: &str, chip: &mut Chip) -> fmt::Result {
    write!(out, "{what}: ")?;
    match decide(chip) {
        Decision::Run { bank, image, trial } => {
            let (counter, at) = (image.security_counter, image.start());
            let trial = if trial { "on trial" } else { "trusted" };
            write!(
                out,
                "run {bank:?} {trial}, counter {counter}, at {at:#010x}"
            )?;
        }
        Decision::Recover([a, b]) => write!(out, "recover: {a:?}, {b:?}")?,
    }
    writeln!(out, "; metadata {}", Hex(&sha256(chip.metadata())))
}

fn note(out: &mut impl Write, taken: bool) -> fmt::Result {
    writeln!(out, "a change is taken: {taken}")
}
