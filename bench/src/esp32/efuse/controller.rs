//! Burning and reading through the controller's registers (TRM section 4.3.2, "Software
//! Programming of Parameters", and 4.3.3, "Software Reading of Parameters").

use std::thread;
use std::time::Duration;

use cradle_procedure::fault::{Code, Fault};
use reed_solomon::Encoder;

use super::image::{BLOCKS, Image};
use super::registers::{
    CMD, CMD_BLOCK, CMD_PROGRAM, CMD_READ, CONF, OP_READ, OP_WRITE, PGM_DATA, PGM_WORDS,
    RD_REPEAT_ERR, RD_REPEAT_ERR_WORDS, RD_RS_ERR, STATE, STATE_IDLE, STATUS, TIMING, WORDS,
    read_address,
};

/// Check symbols of the code RS(44, 32), computed by software (TRM section 4.3.1.3).
const CHECK_SYMBOLS: usize = 12;
/// A block takes some milliseconds.
const POLLS: u32 = 500;
const POLL: Duration = Duration::from_millis(1);

/// Access to the chip's registers.
pub(crate) trait Registers {
    fn read(&mut self, address: u32) -> Result<u32, Fault>;
    fn write(&mut self, address: u32, value: u32) -> Result<(), Fault>;
}

/// What the controller says of errors: of BLOCK0, and of the coded blocks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Errors {
    repeated: [u32; RD_REPEAT_ERR_WORDS as usize],
    coded: [u32; 2],
}

impl Errors {
    /// Whether any is here that was not there before.
    fn has_more_than(&self, before: &Self) -> bool {
        let ours = self.repeated.iter().chain(&self.coded);
        let theirs = before.repeated.iter().chain(&before.coded);
        ours.zip(theirs).any(|(now, then)| now & !then != 0)
    }
}

/// Has the controller read the cells, and reads what it read.
pub(crate) fn read(chip: &mut dyn Registers) -> Result<Image, Fault> {
    refresh(chip)?;
    let mut image = Image::default();
    for block in 0..BLOCKS {
        let start = read_address(block);
        for (word, address) in image.words_mut(block).iter_mut().zip((start..).step_by(4)) {
            *word = chip.read(address)?;
        }
    }
    Ok(image)
}

fn refresh(chip: &mut dyn Registers) -> Result<(), Fault> {
    chip.write(CONF, OP_READ)?;
    chip.write(CMD, CMD_READ)?;
    idle(chip)
}

fn errors(chip: &mut dyn Registers) -> Result<Errors, Fault> {
    let mut errors = Errors {
        repeated: [0; RD_REPEAT_ERR_WORDS as usize],
        coded: [0; 2],
    };
    for (word, address) in errors.repeated.iter_mut().zip((RD_REPEAT_ERR..).step_by(4)) {
        *word = chip.read(address)?;
    }
    for (word, address) in errors.coded.iter_mut().zip((RD_RS_ERR..).step_by(4)) {
        *word = chip.read(address)?;
    }
    Ok(errors)
}

/// Burns what is wanted of one block and reads the cells again. Bits that are set already may be
/// asked for; a coded block is burnt whole or not at all.
///
/// # Errors
/// `DEV-10` the controller is stuck, or says that a cell did not take.
pub(crate) fn burn(chip: &mut dyn Registers, block: usize, wanted: &Image) -> Result<(), Fault> {
    let before = errors(chip)?;
    for (register, mask, value) in TIMING {
        let held = chip.read(register)?;
        chip.write(register, held & !mask | value)?;
    }
    fill(chip, &programmed(block, wanted))?;
    chip.write(CONF, OP_WRITE)?;
    let number = u32::try_from(block).unwrap_or(0) << CMD_BLOCK;
    chip.write(CMD, CMD_PROGRAM | number)?;
    let ended = idle(chip);
    // What stays in the registers could be burnt again by mistake.
    fill(chip, &[0; PGM_WORDS as usize])?;
    ended?;
    refresh(chip)?;
    match errors(chip)?.has_more_than(&before) {
        false => Ok(()),
        true => Err(failed(format!(
            "BLOCK{block}: the controller reports errors"
        ))),
    }
}

/// Data words and check symbols.
fn programmed(block: usize, wanted: &Image) -> [u32; PGM_WORDS as usize] {
    let mut words = [0; PGM_WORDS as usize];
    let data = wanted.words(block);
    words[..data.len()].copy_from_slice(data);
    if block > 0 {
        let bytes: Vec<u8> = data.iter().flat_map(|word| word.to_le_bytes()).collect();
        let coded = Encoder::new(CHECK_SYMBOLS).encode(&bytes);
        let (check, _) = coded.ecc().as_chunks::<4>();
        for (word, symbols) in words[WORDS[2] as usize..].iter_mut().zip(check) {
            *word = u32::from_le_bytes(*symbols);
        }
    }
    words
}

fn fill(chip: &mut dyn Registers, words: &[u32]) -> Result<(), Fault> {
    let mut places = words.iter().zip((PGM_DATA..).step_by(4));
    places.try_for_each(|(word, address)| chip.write(address, *word))
}

fn idle(chip: &mut dyn Registers) -> Result<(), Fault> {
    for _ in 0..POLLS {
        let busy = chip.read(CMD)? & (CMD_READ | CMD_PROGRAM) != 0;
        if !busy && chip.read(STATUS)? & STATE == STATE_IDLE {
            return Ok(());
        }
        thread::sleep(POLL);
    }
    Err(failed(
        "the eFuse controller does not come to an end".to_owned(),
    ))
}

fn failed(what: String) -> Fault {
    Fault::new(Code::BurnFailed, what)
}
