//! Non-volatile state of a board as files.

use std::fs;
use std::io;
use std::path::Path;

use super::chip::Chip;
use super::flash::{OptionBytes, Otp};
use super::memory_map::FLASH_SIZE;
use super::secure_element::Element;

const FLASH: &str = "flash.bin";
const OTP: &str = "otp.bin";
const OPTIONS: &str = "option-bytes.bin";
const UID: &str = "uid.bin";
const ELEMENT: &str = "element.bin";

pub(super) fn save(chip: &Chip, uid: &[u8; 12], directory: &Path) -> io::Result<()> {
    fs::create_dir_all(directory)?;
    let peripherals = chip.peripherals();
    let flash = &peripherals.flash;
    fs::write(directory.join(FLASH), flash.array().memory().bytes())?;
    fs::write(directory.join(OTP), flash.otp().image())?;
    let options = flash.options().register().to_le_bytes();
    fs::write(directory.join(OPTIONS), options)?;
    if let Some(element) = &peripherals.element {
        fs::write(directory.join(ELEMENT), element.image())?;
    }
    fs::write(directory.join(UID), uid)
}

pub(super) fn load(chip: &mut Chip, directory: &Path) -> io::Result<()> {
    let array = sized(directory, FLASH, FLASH_SIZE as usize)?;
    let otp = sized(directory, OTP, Otp::IMAGE)?;
    let options: [u8; 4] = exact(directory, OPTIONS)?;
    let peripherals = chip.peripherals_mut();
    peripherals.flash.restore(
        &array,
        Otp::from_image(&otp),
        OptionBytes::from_register(u32::from_le_bytes(options)),
    );
    if let Some(element) = &mut peripherals.element {
        element.load(&exact::<{ Element::IMAGE }>(directory, ELEMENT)?);
    }
    Ok(())
}

pub(super) fn uid(directory: &Path) -> io::Result<[u8; 12]> {
    exact(directory, UID)
}

fn sized(directory: &Path, name: &str, len: usize) -> io::Result<Vec<u8>> {
    let bytes = fs::read(directory.join(name))?;
    if bytes.len() == len {
        Ok(bytes)
    } else {
        let found = bytes.len();
        Err(io::Error::new(
            io::ErrorKind::InvalidData,
            format!("{name} has {found} bytes instead of {len}"),
        ))
    }
}

fn exact<const N: usize>(directory: &Path, name: &str) -> io::Result<[u8; N]> {
    let bytes = sized(directory, name, N)?;
    bytes
        .try_into()
        .map_err(|_| io::Error::from(io::ErrorKind::InvalidData))
}
