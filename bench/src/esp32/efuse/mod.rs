//! eFuses: read, decoded, burnt in as few burns as is safe, read back.

mod acts;
mod controller;
pub(crate) mod fields;
mod forecast;
mod image;
mod registers;

use cradle_procedure::fault::{Code, Fault};
use cradle_procedure::plan::BurnItem;

use fields::{KEY0, WR_DIS_KEY0, wr_dis};

pub(crate) use acts::{DOWNLOAD_DISABLE, FLASH_KEY, JTAG_DISABLE, SECURE_BOOT, SECURE_DOWNLOAD};
pub(crate) use acts::{decode, is_flash_key, protection};
pub(crate) use controller::{Registers, read};
pub(crate) use forecast::forecast;
pub(crate) use image::Image;

/// Burns what is missing of the items, a block at a time, then reads every block: what was wanted
/// must be there, and nothing else must have changed. The items may take in any order.
///
/// # Errors
/// `DEV-04` a block is used or closed already; `DEV-10` a cell did not take; `PLN-02`.
pub(crate) fn burn(chip: &mut dyn Registers, items: &[&BurnItem]) -> Result<Image, Fault> {
    let before = read(chip)?;
    let wanted = wanted(items)?;
    let after = planned(&before, items)?;
    for block in wanted.blocks() {
        if after.words(block) == before.words(block) {
            continue;
        }
        controller::burn(chip, block, &wanted)?;
    }
    let held = read(chip)?;
    // A block that was closed by this very burn, or hidden, still has to read as burnt.
    match held == after {
        true => Ok(held),
        false => Err(Fault::new(
            Code::BurnFailed,
            format!("{}: the eFuses read otherwise", names(items)),
        )),
    }
}

fn wanted(items: &[&BurnItem]) -> Result<Image, Fault> {
    let mut wanted = Image::default();
    for item in items {
        wanted.add(&acts::bits(item)?);
    }
    Ok(wanted)
}

/// What the blocks hold once the items are burnt.
fn planned(before: &Image, items: &[&BurnItem]) -> Result<Image, Fault> {
    let wanted = wanted(items)?;
    let mut after = *before;
    after.add(&wanted);
    for block in wanted.blocks() {
        if after.words(block) != before.words(block) {
            refuse_used(before, &wanted, block)?;
        }
    }
    Ok(after)
}

/// A coded block takes one write in its life; the same write again completes one that was cut
/// off.
fn refuse_used(before: &Image, wanted: &Image, block: usize) -> Result<(), Fault> {
    let used = |why: &str| {
        Err(Fault::new(
            Code::OtpNotVirgin,
            format!("BLOCK{block} {why}"),
        ))
    };
    if block < KEY0 {
        return Ok(());
    }
    if wr_dis(WR_DIS_KEY0 + block - KEY0).of(before) != 0 {
        return used("is write-protected, and holds something else");
    }
    let mut words = before.words(block).iter().zip(wanted.words(block));
    match words.all(|(held, wanted)| held & !wanted == 0) {
        true => Ok(()),
        false => used("holds something else"),
    }
}

fn names(items: &[&BurnItem]) -> String {
    let names: Vec<_> = items.iter().map(ToString::to_string).collect();
    names.join(", ")
}

#[cfg(test)]
mod tests;
