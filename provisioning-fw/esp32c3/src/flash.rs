//! The serial NOR flash through SPI1 in user-defined transactions (TRM chapter 27), one data line
//! each way. Commands are those that every maker's flash knows (JEDEC).

use cradle_firmware::device::StorageFault;
use esp32c3::SPI1;

use crate::cipher::Cipher;

/// Bytes in one transaction: the controller's buffer.
const BUFFER: usize = 64;
/// Status register: an operation is under way; writing is enabled.
const BUSY: u32 = 1 << 0;
const WRITE_ENABLED: u32 = 1 << 1;
/// Reads of the status register, about 2 µs each, before an operation has failed. Erasing a
/// sector takes 400 ms at most.
const PATIENCE: u32 = 1_000_000;

/// A command, in the flash's own code.
#[derive(Clone, Copy)]
enum Command {
    PageProgram = 0x02,
    Read = 0x03,
    ReadStatus = 0x05,
    WriteEnable = 0x06,
    SectorErase = 0x20,
    ReadId = 0x9F,
}

/// Data of a transaction, in bytes.
#[derive(Clone, Copy)]
enum Data {
    None,
    In(usize),
    Out(usize),
}

/// The flash.
pub struct SerialFlash(SPI1);

impl SerialFlash {
    /// Takes the controller. The clock is half that of its source.
    #[allow(unsafe_code)]
    pub fn new(spi: SPI1) -> Self {
        // SAFETY: one line each way, and a divider of two (N = 1, H = 0, L = 1).
        unsafe {
            spi.ctrl().write(|w| w.bits(0));
            spi.clock().write(|w| {
                w.clkcnt_n().bits(1);
                w.clkcnt_h().bits(0);
                w.clkcnt_l().bits(1)
            });
        }
        Self(spi)
    }

    /// Size in KiB, from the capacity byte of its id: a power of two.
    pub fn kib(&mut self) -> u16 {
        self.transact(Command::ReadId, None, Data::In(3));
        let [_, _, capacity, _] = self.0.w(0).read().bits().to_le_bytes();
        1_u16
            .checked_shl(u32::from(capacity).saturating_sub(10))
            .unwrap_or(0)
    }

    /// Reads from `address`.
    pub fn read(&mut self, address: u32, into: &mut [u8]) {
        for (at, piece) in (address..).step_by(BUFFER).zip(into.chunks_mut(BUFFER)) {
            self.transact(Command::Read, Some(at), Data::In(piece.len()));
            for (index, place) in piece.chunks_mut(4).enumerate() {
                let word = self.0.w(index).read().bits().to_le_bytes();
                place.copy_from_slice(&word[..place.len()]);
            }
        }
    }

    /// Programs words from `address`, a multiple of 4. No read-back.
    ///
    /// # Errors
    /// [`StorageFault`] with the status register if writing cannot be enabled or does not end.
    pub fn program(&mut self, address: u32, words: &[u32]) -> Result<(), StorageFault> {
        let (mut at, mut rest) = (address, words);
        while !rest.is_empty() {
            // Up to the next multiple of the buffer, so that no page border is crossed.
            let room = (BUFFER - at as usize % BUFFER) / 4;
            let (piece, after) = rest.split_at(room.min(rest.len()));
            self.enable_writing()?;
            self.fill_buffer(piece);
            self.transact(Command::PageProgram, Some(at), Data::Out(piece.len() * 4));
            self.wait()?;
            at += piece.len() as u32 * 4;
            rest = after;
        }
        Ok(())
    }

    /// Programs words from `address`, enciphered: whole blocks of the cipher, which the last one
    /// is filled up to with 0xFF. No read-back.
    ///
    /// # Errors
    /// As for [`Self::program`], and what [`Cipher::encipher`] reports; 0 for an address within a
    /// block.
    pub fn program_encrypted(
        &mut self,
        address: u32,
        words: &[u32],
        cipher: &mut Cipher,
    ) -> Result<(), StorageFault> {
        if !address.is_multiple_of(16) {
            return Err(StorageFault(0));
        }
        let (mut at, mut rest) = (address, words);
        while !rest.is_empty() {
            let bytes = (rest.len() as u32 * 4).next_multiple_of(16);
            let line = Cipher::line(at, bytes);
            let (piece, after) = rest.split_at(rest.len().min(line as usize / 4));
            let mut whole = [u32::MAX; BUFFER / 4];
            whole[..piece.len()].copy_from_slice(piece);
            cipher.encipher(at, &whole[..line as usize / 4])?;
            let written = self.program_enciphered(at, line);
            cipher.discard();
            written?;
            at += line;
            rest = after;
        }
        Ok(())
    }

    /// The controller's own page program, which writes what the cipher holds. Its length stands
    /// above the address.
    #[allow(unsafe_code)]
    fn program_enciphered(&mut self, address: u32, length: u32) -> Result<(), StorageFault> {
        self.enable_writing()?;
        let spi = &self.0;
        // SAFETY: values the manual defines, each within its field.
        unsafe {
            spi.user().modify(|_, w| w.usr_dummy().clear_bit());
            spi.user1().write(|w| w.usr_addr_bitlen().bits(23));
            spi.addr().write(|w| w.bits(address | length << 24));
        }
        spi.cmd().write(|w| w.flash_pp().set_bit());
        while spi.cmd().read().flash_pp().bit_is_set() {}
        self.wait()
    }

    /// Erases the sector at `address`.
    ///
    /// # Errors
    /// As for [`Self::program`].
    pub fn erase_sector(&mut self, address: u32) -> Result<(), StorageFault> {
        self.enable_writing()?;
        self.transact(Command::SectorErase, Some(address), Data::None);
        self.wait()
    }

    fn enable_writing(&mut self) -> Result<(), StorageFault> {
        self.transact(Command::WriteEnable, None, Data::None);
        match self.status() {
            status if status & WRITE_ENABLED != 0 => Ok(()),
            status => Err(StorageFault(status)),
        }
    }

    fn wait(&mut self) -> Result<(), StorageFault> {
        for _ in 0..PATIENCE {
            if self.status() & BUSY == 0 {
                return Ok(());
            }
        }
        Err(StorageFault(BUSY))
    }

    fn status(&mut self) -> u32 {
        self.transact(Command::ReadStatus, None, Data::In(1));
        self.0.w(0).read().bits() & 0xFF
    }

    #[allow(unsafe_code)]
    fn fill_buffer(&mut self, words: &[u32]) {
        for (index, word) in words.iter().enumerate() {
            // SAFETY: the buffer takes any value.
            self.0.w(index).write(|w| unsafe { w.bits(*word) });
        }
    }

    /// One transaction: the command, an address of 24 bits, data one way.
    #[allow(unsafe_code)]
    fn transact(&mut self, command: Command, address: Option<u32>, data: Data) {
        let spi = &self.0;
        // Registers hold one less than the count of bits; with nothing to count they are ignored.
        let bits = |bytes: usize| (bytes as u32 * 8).saturating_sub(1);
        let (bytes_in, bytes_out) = match data {
            Data::None => (0, 0),
            Data::In(bytes) => (bytes, 0),
            Data::Out(bytes) => (0, bytes),
        };
        // SAFETY: values the manual defines, each within its field.
        unsafe {
            spi.user().write(|w| {
                w.usr_command().set_bit();
                w.usr_addr().bit(address.is_some());
                w.usr_dummy().clear_bit();
                w.usr_miso().bit(bytes_in > 0);
                w.usr_mosi().bit(bytes_out > 0)
            });
            spi.user1().write(|w| w.usr_addr_bitlen().bits(23));
            spi.user2().write(|w| {
                w.usr_command_bitlen().bits(7);
                w.usr_command_value().bits(command as u16)
            });
            spi.addr().write(|w| w.bits(address.unwrap_or(0)));
            spi.miso_dlen().write(|w| w.bits(bits(bytes_in)));
            spi.mosi_dlen().write(|w| w.bits(bits(bytes_out)));
        }
        spi.cmd().write(|w| w.usr().set_bit());
        while spi.cmd().read().usr().bit_is_set() {}
    }
}
