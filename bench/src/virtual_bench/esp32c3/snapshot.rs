//! Non-volatile state of a board as files.

use std::fs;
use std::io;
use std::path::Path;

use super::memory_map::FLASH_SIZE;
use super::nonvolatile::{Cells, Fuses};

const FLASH: &str = "flash.bin";
const EFUSE: &str = "efuse.bin";

pub(super) fn save(cells: &Cells, directory: &Path) -> io::Result<()> {
    fs::create_dir_all(directory)?;
    fs::write(directory.join(FLASH), cells.flash())?;
    fs::write(directory.join(EFUSE), cells.fuses.image())
}

pub(super) fn load(cells: &mut Cells, directory: &Path) -> io::Result<()> {
    let flash = fs::read(directory.join(FLASH))?;
    if flash.len() != FLASH_SIZE as usize {
        return Err(damaged(FLASH, flash.len()));
    }
    let image = fs::read(directory.join(EFUSE))?;
    cells.fuses = Fuses::from_image(&image).ok_or_else(|| damaged(EFUSE, image.len()))?;
    cells.load_flash(&flash);
    Ok(())
}

fn damaged(name: &str, len: usize) -> io::Error {
    let what = format!("{name} has {len} bytes, which is the wrong length");
    io::Error::new(io::ErrorKind::InvalidData, what)
}
