//! Burning eFuses through the controller (TRM section 4.3.2, "Software Programming of
//! Parameters"). Only the flash key is burnt here: all else is the station's, which must not see
//! this one.

use esp32c3::EFUSE;
use reed_solomon::Encoder;
use zeroize::Zeroize;

/// CONF.OP_CODE for burning and for reading.
const WRITE: u16 = 0x5A5A;
const READ: u16 = 0x5AA5;
/// Check symbols of a coded block, RS(44, 32).
const CHECK: usize = 12;
/// STATUS.STATE when nothing is under way.
const IDLE: u8 = 1;

/// Burns 32 bytes, with their check symbols, into a coded block.
pub fn burn_coded(fuses: &EFUSE, block: u8, bytes: &[u8; 32]) {
    let mut coded = Encoder::new(CHECK).encode(bytes);
    let mut words = [0; 11];
    for (word, bytes) in words.iter_mut().zip(coded.chunks_exact(4)) {
        *word = u32::from_le_bytes([bytes[0], bytes[1], bytes[2], bytes[3]]);
    }
    burn(fuses, block, &words);
    words.zeroize();
    coded.zeroize();
}

/// Sets bits of BLOCK0: its first four words.
pub fn burn_settings(fuses: &EFUSE, words: [u32; 4]) {
    let mut all = [0; 11];
    all[..4].copy_from_slice(&words);
    burn(fuses, 0, &all);
}

#[allow(unsafe_code)]
fn burn(fuses: &EFUSE, block: u8, words: &[u32; 11]) {
    // SAFETY: times for the 40 MHz crystal (TRM section 4.3.4).
    unsafe {
        fuses
            .dac_conf()
            .modify(|_, w| w.dac_num().bits(0xFF).dac_clk_div().bits(0x28));
        fuses
            .wr_tim_conf1()
            .modify(|_, w| w.pwr_on_num().bits(0x3000));
        fuses
            .wr_tim_conf2()
            .modify(|_, w| w.pwr_off_num().bits(0x190));
    }
    fill(fuses, words);
    // SAFETY: the codes and the block are what the registers are for.
    unsafe {
        fuses.conf().write(|w| w.op_code().bits(WRITE));
        fuses
            .cmd()
            .write(|w| w.blk_num().bits(block).pgm_cmd().set_bit());
    }
    wait(fuses);
    // What stays there could be burnt again by mistake, or be read.
    fill(fuses, &[0; 11]);
    // SAFETY: as above.
    unsafe { fuses.conf().write(|w| w.op_code().bits(READ)) };
    fuses.cmd().write(|w| w.read_cmd().set_bit());
    wait(fuses);
}

/// Data and check symbols: eight and three words that follow each other.
#[allow(unsafe_code)]
fn fill(fuses: &EFUSE, words: &[u32; 11]) {
    let first = core::ptr::from_ref(fuses.pgm_data0())
        .cast::<u32>()
        .cast_mut();
    for (index, word) in words.iter().enumerate() {
        // SAFETY: PGM_DATA0 to 7 and PGM_CHECK_VALUE0 to 2 are next to each other.
        unsafe { first.add(index).write_volatile(*word) };
    }
}

fn wait(fuses: &EFUSE) {
    loop {
        let command = fuses.cmd().read();
        let busy = command.pgm_cmd().bit_is_set() || command.read_cmd().bit_is_set();
        if !busy && fuses.status().read().state().bits() == IDLE {
            return;
        }
    }
}
