//! What the library needs from a chip.

use cradle_protocol::layout::{Layout, Region};
use cradle_protocol::message::{ChipUid, Refusal, TrngFault};

/// Flash or OTP did not take a value: the flash controller's status register, or 0 if it
/// reported nothing and the value reads back differently.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct StorageFault(pub u32);

/// The TRNG reported a fault.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct EntropyFault;

/// Main flash. NOR rules: programming only clears bits.
pub trait Flash {
    /// Where things lie in it.
    const LAYOUT: Layout;

    /// The bytes of a region of main flash. Where flash is not mapped into memory this is a
    /// copy, good until the next call; at least the NVS, both metadata sectors together, and as
    /// much of a bank as can be image fit into it.
    fn bytes(&mut self, region: Region) -> &[u8];

    /// Clears what [`Self::bytes`] copied: secrets were read.
    fn forget(&mut self) {}

    /// Whether the chip encrypts what is programmed there, and decrypts it for
    /// [`Self::bytes`]. Such flash is programmed in whole blocks of 16 bytes.
    fn encrypts(&self, _: Region) -> bool {
        false
    }

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

/// What every chip's one-time memory says.
pub trait OneTime {
    /// Content of the place for the SHA-256 of the root public key.
    fn root_key_block(&self) -> [u8; 32];

    /// SHA-256 of the root public key; `None` while none is burnt.
    fn root_key_hash(&self) -> Option<[u8; 32]>;

    /// Whether that place is closed for good.
    fn root_key_locked(&self) -> bool;

    /// The anti-rollback counter.
    fn counter(&self) -> u32;

    /// Burns a word and reads it back.
    ///
    /// # Errors
    /// [`Refusal::Range`] if there is no such word for the firmware to burn,
    /// [`Refusal::Storage`].
    fn burn(&mut self, index: u16, value: u32) -> Result<u32, Refusal>;

    /// Burns this key, made by the device, as the one that flash is encrypted with; closes and
    /// hides it, and sees that the chip uses it. A key that was hidden before counts instead.
    ///
    /// # Errors
    /// [`Refusal::Range`] on a chip that encrypts no flash, [`Refusal::AlreadySet`] if its place
    /// is used and can still be read, [`Refusal::Storage`].
    fn keep_flash_key(&mut self, _: &[u8; 32]) -> Result<(), Refusal> {
        Err(Refusal::Range)
    }

    /// Closes a block for good and reads back its lock.
    ///
    /// # Errors
    /// As for [`Self::burn`].
    fn close(&mut self, block: u8) -> Result<u32, Refusal>;
}

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
    /// Read protection, as [`cradle_protocol::attestation::Claims::rdp`] says it.
    fn rdp(&self) -> u8;
    /// Write-protected flash sectors, bit n for sector n.
    fn write_protected(&self) -> u32;
    /// Core clock in Hz.
    fn clock_hz(&self) -> u32;
}

/// Everything the agent and the provisioner need.
pub trait Device: Flash + OneTime + Entropy + Posture {}

impl<T: Flash + OneTime + Entropy + Posture> Device for T {}

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

/// Erases every sector of a region.
///
/// # Errors
/// [`StorageFault`]; what lies behind the sector that failed is not erased.
pub fn erase_all<F: Flash>(flash: &mut F, region: Region) -> Result<(), StorageFault> {
    F::LAYOUT
        .sectors_in(region)
        .try_for_each(|sector| flash.erase(sector))
}
