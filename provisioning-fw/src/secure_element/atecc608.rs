//! The commands of the ATECC608B that the key store needs.
//!
//! Source: Microchip's ATECC608B data sheet (summary), and CryptoAuthLib for the packets, their
//! CRC, the opcodes and the addresses of words (`calib_get_addr`). Words are little endian.

use embedded_hal::delay::DelayNs;
use embedded_hal::i2c::I2c;

/// 7-bit address of a TNGTLS as shipped.
const ADDRESS: u8 = 0x35;
/// Nobody answers here; at 100 kHz the address itself keeps SDA low long enough to wake the
/// element (t_WLO, 60 µs).
const WAKE_ADDRESS: u8 = 0x00;
/// t_WHI: from the wake pulse until it listens.
const WAKE_DELAY_US: u32 = 1500;
/// Word addresses: what a write is about.
const WORD_SLEEP: u8 = 0x01;
const WORD_COMMAND: u8 = 0x03;
/// Longest execution of any command used here, at the element's slowest clock.
const LONGEST_MS: u32 = 700;

const READ: u8 = 0x02;
const NONCE: u8 = 0x16;
const GEN_KEY: u8 = 0x40;
const SIGN: u8 = 0x41;

const GEN_KEY_CREATE: u8 = 0x04;
const GEN_KEY_PUBLIC: u8 = 0x00;
const NONCE_PASS_THROUGH: u8 = 0x03;
const SIGN_EXTERNAL: u8 = 0x80;
const ZONE_CONFIGURATION: u8 = 0x00;
const ZONE_DATA: u8 = 0x02;
/// In the zone of a Read: 32 bytes instead of 4.
const READ_BLOCK: u8 = 0x80;
const BLOCK: usize = 32;
const WORD: usize = 4;
/// Block 2, word 5: bytes 84 to 87, the last of which is LockConfig.
const LOCK_WORD: u16 = 2 << 3 | 5;

const STATUS_OK: u8 = 0x00;
const STATUS_WOKEN: u8 = 0x11;
/// Count, opcode, two parameters and the CRC.
const COMMAND_OVERHEAD: usize = 7;
const LONGEST_DATA: usize = 32;
/// Count and CRC.
const RESPONSE_OVERHEAD: usize = 3;
const LONGEST_RESPONSE: usize = 64 + RESPONSE_OVERHEAD;

/// Why the element did not do what it was asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fault {
    /// It does not answer.
    Silent,
    /// What it answered was garbled or is no answer to this.
    Garbled,
    /// Its status byte.
    Status(u8),
}

impl Fault {
    /// The element's status byte, 0xFF (its own code for a fault on the bus) for the rest.
    #[must_use]
    pub fn status(self) -> u8 {
        match self {
            Self::Status(status) => status,
            Self::Silent | Self::Garbled => 0xFF,
        }
    }
}

/// The element on a bus of at most 100 kHz.
pub struct Atecc608<I, T> {
    i2c: I,
    delay: T,
}

impl<I: I2c, T: DelayNs> Atecc608<I, T> {
    /// Nothing is sent yet.
    pub fn new(i2c: I, delay: T) -> Self {
        Self { i2c, delay }
    }

    /// Wakes the element, works with it and sends it to sleep, which also forgets its TempKey.
    ///
    /// # Errors
    /// [`Fault`].
    pub fn awake<R>(
        &mut self,
        work: impl FnOnce(&mut Self) -> Result<R, Fault>,
    ) -> Result<R, Fault> {
        // One that was left awake by a reset has no answer to waking; then it is put to sleep.
        self.wake().or_else(|_| {
            self.sleep();
            self.wake()
        })?;
        let result = work(self);
        self.sleep();
        result
    }

    fn wake(&mut self) -> Result<(), Fault> {
        // Not acknowledged, for nobody has that address.
        let _ = self.i2c.write(WAKE_ADDRESS, &[]);
        self.delay.delay_us(WAKE_DELAY_US);
        let mut response = [0; 4];
        self.i2c
            .read(ADDRESS, &mut response)
            .map_err(|_| Fault::Silent)?;
        match payload(&response)? {
            [STATUS_WOKEN] => Ok(()),
            _ => Err(Fault::Garbled),
        }
    }

    /// If it does not hear this it falls asleep by itself.
    fn sleep(&mut self) {
        let _ = self.i2c.write(ADDRESS, &[WORD_SLEEP]);
    }

    /// Whether the configuration zone is locked; no key can be made before.
    ///
    /// # Errors
    /// [`Fault`].
    pub fn configuration_locked(&mut self) -> Result<bool, Fault> {
        let [.., lock] = self.ask::<4>(READ, ZONE_CONFIGURATION, LOCK_WORD, &[])?;
        Ok(lock == 0)
    }

    /// Its serial number: bytes 0 to 3 and 8 to 12 of the configuration zone.
    ///
    /// # Errors
    /// [`Fault`].
    pub fn serial_number(&mut self) -> Result<[u8; 9], Fault> {
        let block: [u8; BLOCK] = self.ask(READ, ZONE_CONFIGURATION | READ_BLOCK, 0, &[])?;
        let mut serial = [0; 9];
        serial[..4].copy_from_slice(&block[..4]);
        serial[4..].copy_from_slice(&block[8..13]);
        Ok(serial)
    }

    /// Fills `bytes`, whole words, from the beginning of a slot; says how many that are.
    ///
    /// # Errors
    /// [`Fault`]; a status where the slot is secret or shorter.
    pub fn read_slot(&mut self, slot: u8, bytes: &mut [u8]) -> Result<usize, Fault> {
        for (number, block) in (0_u16..).zip(bytes.chunks_mut(BLOCK)) {
            let place = number << 8 | u16::from(slot) << 3;
            if block.len() == BLOCK {
                let read: [u8; BLOCK] = self.ask(READ, ZONE_DATA | READ_BLOCK, place, &[])?;
                block.copy_from_slice(&read);
                continue;
            }
            for (offset, word) in (0_u16..).zip(block.chunks_exact_mut(WORD)) {
                let read: [u8; WORD] = self.ask(READ, ZONE_DATA, place | offset, &[])?;
                word.copy_from_slice(&read);
            }
        }
        Ok(bytes.len())
    }

    /// Makes a private key in a slot, over the one there was. Returns its public key, X ‖ Y.
    ///
    /// # Errors
    /// [`Fault`].
    pub fn make_key(&mut self, slot: u8) -> Result<[u8; 64], Fault> {
        self.ask(GEN_KEY, GEN_KEY_CREATE, slot.into(), &[])
    }

    /// The public key of a slot's private key, X ‖ Y.
    ///
    /// # Errors
    /// [`Fault`].
    pub fn public_key(&mut self, slot: u8) -> Result<[u8; 64], Fault> {
        self.ask(GEN_KEY, GEN_KEY_PUBLIC, slot.into(), &[])
    }

    /// Signs a SHA-256 digest with a slot's key: r ‖ s.
    ///
    /// # Errors
    /// [`Fault`].
    pub fn sign(&mut self, slot: u8, digest: &[u8; 32]) -> Result<[u8; 64], Fault> {
        match self.ask(NONCE, NONCE_PASS_THROUGH, 0, digest)? {
            [STATUS_OK] => self.ask(SIGN, SIGN_EXTERNAL, slot.into(), &[]),
            [status] => Err(Fault::Status(status)),
        }
    }

    /// Sends a command and waits for its answer of `N` bytes.
    fn ask<const N: usize>(
        &mut self,
        opcode: u8,
        first: u8,
        second: u16,
        data: &[u8],
    ) -> Result<[u8; N], Fault> {
        let mut command = [0; 1 + COMMAND_OVERHEAD + LONGEST_DATA];
        let length = 1 + COMMAND_OVERHEAD + data.len();
        let [lo, hi] = second.to_le_bytes();
        let head = [WORD_COMMAND, (length - 1) as u8, opcode, first, lo, hi];
        command[..6].copy_from_slice(&head);
        command[6..length - 2].copy_from_slice(data);
        let sum = crc(&command[1..length - 2]).to_le_bytes();
        command[length - 2..length].copy_from_slice(&sum);
        self.i2c
            .write(ADDRESS, &command[..length])
            .map_err(|_| Fault::Silent)?;

        let mut response = [0; LONGEST_RESPONSE];
        let response = &mut response[..N + RESPONSE_OVERHEAD];
        self.wait(response)?;
        match payload(response)? {
            [status] if N != 1 => Err(Fault::Status(*status)),
            answer => answer.try_into().map_err(|_| Fault::Garbled),
        }
    }

    /// While it works it does not acknowledge its address.
    fn wait(&mut self, response: &mut [u8]) -> Result<(), Fault> {
        for _ in 0..LONGEST_MS {
            self.delay.delay_ms(1);
            if self.i2c.read(ADDRESS, response).is_ok() {
                return Ok(());
            }
        }
        Err(Fault::Silent)
    }
}

/// What lies between count and CRC; a short answer is followed by whatever the idle bus reads.
fn payload(response: &[u8]) -> Result<&[u8], Fault> {
    let count = usize::from(*response.first().ok_or(Fault::Garbled)?);
    let response = response.get(..count).ok_or(Fault::Garbled)?;
    let (covered, sum) = response.split_last_chunk().ok_or(Fault::Garbled)?;
    if crc(covered).to_le_bytes() != *sum {
        return Err(Fault::Garbled);
    }
    covered.get(1..).ok_or(Fault::Garbled)
}

/// CRC-16, polynomial 0x8005, from 0; each byte enters with its lowest bit first.
pub(super) fn crc(bytes: &[u8]) -> u16 {
    let bits = bytes
        .iter()
        .flat_map(|byte| (0..8).map(move |bit| u16::from(byte >> bit & 1)));
    bits.fold(0, |sum, bit| {
        let polynomial = if sum >> 15 == bit { 0 } else { 0x8005 };
        sum << 1 ^ polynomial
    })
}
