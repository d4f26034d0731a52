//! What the library needs from a chip.

use cradle_protocol::layout::{OTP, OTP_BLOCK, Region};
use cradle_protocol::message::{ChipUid, TrngFault};

/// Flash or OTP did not take a value: the flash controller's status register, or 0 if it
/// reported nothing and the value reads back differently.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct StorageFault(pub u32);

/// The TRNG reported a fault.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct EntropyFault;

/// Main flash, mapped into memory. NOR rules: programming only clears bits.
pub trait Flash {
    /// The bytes of a region of main flash.
    fn bytes(&self, region: Region) -> &[u8];

    /// Programs words from `address`, a multiple of 4, in order.
    ///
    /// # Errors
    /// [`StorageFault`] as the controller reported it.
    fn program(&mut self, address: u32, words: &[u32]) -> Result<(), StorageFault>;

    /// Erases the sector that `region` covers or starts in.
    ///
    /// # Errors
    /// [`StorageFault`] as the controller reported it.
    fn erase(&mut self, region: Region) -> Result<(), StorageFault>;
}

/// One-time programmable memory.
pub trait Otp {
    /// Reads word `index` (0 to 127).
    fn word(&self, index: u16) -> u32;

    /// Reads the lock byte of `block` (0 to 15).
    fn lock_byte(&self, block: u8) -> u8;

    /// Programs word `index`. No read-back.
    ///
    /// # Errors
    /// [`StorageFault`] as the controller reported it.
    fn program_word(&mut self, index: u16, value: u32) -> Result<(), StorageFault>;

    /// Programs the lock byte of `block` to 0. No read-back.
    ///
    /// # Errors
    /// [`StorageFault`] as the controller reported it.
    fn lock_block(&mut self, block: u8) -> Result<(), StorageFault>;
}

/// Count of OTP words and blocks.
pub const OTP_WORDS: u16 = (OTP.length / 4) as u16;
/// Count of OTP blocks.
pub const OTP_BLOCKS: u8 = (OTP.length / OTP_BLOCK) as u8;

/// True random numbers.
pub trait Entropy {
    /// Fills `bytes`.
    ///
    /// # Errors
    /// [`EntropyFault`]; what `bytes` holds is then not random.
    fn fill(&mut self, bytes: &mut [u8]) -> Result<(), EntropyFault>;

    /// The next word as the generator gives it, for its health tests.
    ///
    /// # Errors
    /// What the generator reports of itself: [`TrngFault::Clock`] or [`TrngFault::Seed`].
    fn raw_word(&mut self) -> Result<u32, TrngFault>;
}

/// Who the chip is and how it is protected.
pub trait Posture {
    /// Unique device identifier.
    fn uid(&self) -> ChipUid;
    /// Main flash in KiB, as the chip says.
    fn flash_kib(&self) -> u16;
    /// RDP option byte.
    fn rdp(&self) -> u8;
    /// Write-protected flash sectors, bit n for sector n.
    fn write_protected(&self) -> u32;
    /// Core clock in Hz.
    fn clock_hz(&self) -> u32;
}

/// Everything the agent and the provisioner need.
pub trait Device: Flash + Otp + Entropy + Posture {}

impl<T: Flash + Otp + Entropy + Posture> Device for T {}

/// Programs words and reads them back. A bit that was 0 before stays 0 and is no error if it
/// is 0 in `words` too.
///
/// # Errors
/// [`StorageFault`].
pub fn program_verified(
    flash: &mut impl Flash,
    address: u32,
    words: &[u32],
) -> Result<(), StorageFault> {
    flash.program(address, words)?;
    let length = u32::try_from(words.len() * 4).map_err(|_| StorageFault(0))?;
    let (read, _) = flash
        .bytes(Region {
            start: address,
            length,
        })
        .as_chunks::<4>();
    let same = read.len() == words.len()
        && read
            .iter()
            .zip(words)
            .all(|(bytes, word)| u32::from_le_bytes(*bytes) == *word);
    same.then_some(()).ok_or(StorageFault(0))
}
