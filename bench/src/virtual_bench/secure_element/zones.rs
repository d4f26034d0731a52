//! What the element keeps without supply: configuration, OTP and data zone
//! (DS20005927 §2.2 "EEPROM organization"), configured as Microchip's Trust Platform does it.

use p256::ecdsa::SigningKey;

/// Bytes of the configuration zone.
const CONFIGURATION: usize = 128;
const OTP: usize = 64;
/// Slots 0 to 7 have 36 bytes, slot 8 has 416, the others 72.
const DATA: usize = 8 * 36 + 416 + 7 * 72;
const SLOTS: u16 = 16;
const LONG_SLOT: usize = 416;
const CERTIFICATE_SLOT: usize = 72;
/// A private key fills the last 32 of the 36 bytes of its slot.
const KEY_SLOTS: u16 = 8;
const KEY_SLOT: usize = 36;
const KEY_PAD: usize = 4;

/// Bytes of the configuration zone (DS20005927 table 2-5).
const REVISION: usize = 4;
const I2C_ADDRESS: usize = 16;
const SLOT_CONFIG: usize = 20;
const LOCK_VALUE: usize = 86;
const LOCK_CONFIG: usize = 87;
const SLOT_LOCKED: usize = 88;
const KEY_CONFIG: usize = 96;
const UNLOCKED: u8 = 0x55;
const LOCKED: u8 = 0x00;

/// `SlotConfig` of all slots: 0 a private key for ever, 1 one for internal messages, 2 to 4 private
/// keys that GenKey may make anew; 5 and 10 to 12 are read in the clear and never written.
const SLOT_CONFIGS: [[u8; 2]; 16] = [
    [0x85, 0x00],
    [0x82, 0x00],
    [0x85, 0x20],
    [0x85, 0x20],
    [0x85, 0x20],
    [0x0F, 0x8F],
    [0x8F, 0x0F],
    [0x9F, 0x8F],
    [0x0F, 0x0F],
    [0x8F, 0x0F],
    [0x0F, 0x8F],
    [0x0F, 0x8F],
    [0x0F, 0x8F],
    [0x0F, 0x0F],
    [0x0D, 0x1F],
    [0x0F, 0x0F],
];
/// `KeyConfig` of all slots, low bytes; the high ones are 0.
const KEY_CONFIGS: [u8; 16] = [
    0x53, 0x53, 0x73, 0x73, 0x73, 0x1C, 0x7C, 0x1C, 0x3C, 0x1A, 0x1C, 0x10, 0x1C, 0x30, 0x12, 0x30,
];
/// In `SlotConfig`, where the slot holds no private key: its content is not read in the clear.
const SECRET: u8 = 1 << 7;
/// Address of a TNGTLS.
const ADDRESS: u8 = 0x6A;
/// WriteConfig bit 1 where the key is private: GenKey may write it (table 2-8).
const GEN_KEY_ALLOWED: u8 = 1 << 5;
const EXTERNAL_SIGNATURES: u8 = 1 << 0;
const PRIVATE: u8 = 1 << 0;
const PUBLIC_ALLOWED: u8 = 1 << 1;
const LOCKABLE: u8 = 1 << 5;

/// All three zones.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Zones {
    configuration: [u8; CONFIGURATION],
    otp: [u8; OTP],
    data: [u8; DATA],
}

impl Zones {
    /// Bytes of an image.
    pub(super) const IMAGE: usize = CONFIGURATION + OTP + DATA;

    /// As Microchip configures it, with nothing in its slots and nothing locked.
    pub(super) fn shipped(serial: [u8; 9]) -> Self {
        let mut configuration = [0; CONFIGURATION];
        configuration[..4].copy_from_slice(&serial[..4]);
        // 0x6003: ATECC608B.
        configuration[REVISION..REVISION + 4].copy_from_slice(&[0x00, 0x00, 0x60, 0x03]);
        configuration[8..13].copy_from_slice(&serial[4..]);
        configuration[I2C_ADDRESS] = ADDRESS;
        configuration[SLOT_CONFIG..][..32].copy_from_slice(SLOT_CONFIGS.as_flattened());
        configuration[LOCK_VALUE] = UNLOCKED;
        configuration[LOCK_CONFIG] = UNLOCKED;
        configuration[SLOT_LOCKED..SLOT_LOCKED + 2].fill(0xFF);
        for (slot, low) in KEY_CONFIGS.into_iter().enumerate() {
            configuration[KEY_CONFIG + 2 * slot] = low;
        }
        Self {
            configuration,
            otp: [0xFF; OTP],
            data: [0xFF; DATA],
        }
    }

    pub(super) fn from_image(image: &[u8; Self::IMAGE]) -> Self {
        let mut zones = Self::shipped([0; 9]);
        let (configuration, rest) = image.split_at(CONFIGURATION);
        let (otp, data) = rest.split_at(OTP);
        zones.configuration.copy_from_slice(configuration);
        zones.otp.copy_from_slice(otp);
        zones.data.copy_from_slice(data);
        zones
    }

    /// Configuration, OTP and data zone one behind the other.
    pub(super) fn image(&self) -> Vec<u8> {
        [&self.configuration[..], &self.otp, &self.data].concat()
    }

    pub(super) fn configuration(&self) -> &[u8; CONFIGURATION] {
        &self.configuration
    }

    /// 7-bit address with the direction bit 0 behind it.
    pub(super) fn address(&self) -> u8 {
        self.configuration[I2C_ADDRESS]
    }

    pub(super) fn configuration_locked(&self) -> bool {
        self.configuration[LOCK_CONFIG] != UNLOCKED
    }

    pub(super) fn data_locked(&self) -> bool {
        self.configuration[LOCK_VALUE] != UNLOCKED
    }

    pub(super) fn lock_configuration(&mut self) {
        self.configuration[LOCK_CONFIG] = LOCKED;
    }

    pub(super) fn lock_data(&mut self) {
        self.configuration[LOCK_VALUE] = LOCKED;
    }

    /// False for a slot that may not be locked on its own.
    pub(super) fn lock_slot(&mut self, slot: u16) -> bool {
        let lockable = slot < SLOTS && self.key_config(slot) & LOCKABLE != 0;
        if lockable {
            let place = SLOT_LOCKED + usize::from(slot / 8);
            self.configuration[place] &= !(1 << (slot % 8));
        }
        lockable
    }

    fn slot_locked(&self, slot: u16) -> bool {
        self.configuration[SLOT_LOCKED + usize::from(slot / 8)] >> (slot % 8) & 1 == 0
    }

    fn key_config(&self, slot: u16) -> u8 {
        self.configuration[KEY_CONFIG + 2 * usize::from(slot)]
    }

    fn slot_config(&self, slot: u16) -> [u8; 2] {
        let place = SLOT_CONFIG + 2 * usize::from(slot);
        [self.configuration[place], self.configuration[place + 1]]
    }

    fn holds_private_key(&self, slot: u16) -> bool {
        slot < KEY_SLOTS && self.key_config(slot) & PRIVATE != 0
    }

    /// The content of a slot that may be read in the clear, which it may only be once the data
    /// zone is locked.
    pub(super) fn readable(&self, slot: u16) -> Option<&[u8]> {
        let clear = slot < SLOTS && self.slot_config(slot)[0] & SECRET == 0;
        (clear && self.data_locked()).then(|| &self.data[place(slot)])
    }

    /// Writes the beginning of a slot, as its maker does before anything is locked.
    pub(super) fn put(&mut self, slot: u16, content: &[u8]) {
        self.data[place(slot)][..content.len()].copy_from_slice(content);
    }

    pub(super) fn may_make_key(&self, slot: u16) -> bool {
        self.holds_private_key(slot)
            && self.slot_config(slot)[1] & GEN_KEY_ALLOWED != 0
            && !self.slot_locked(slot)
    }

    pub(super) fn may_tell_public_key(&self, slot: u16) -> bool {
        self.holds_private_key(slot) && self.key_config(slot) & PUBLIC_ALLOWED != 0
    }

    pub(super) fn may_sign(&self, slot: u16) -> bool {
        self.holds_private_key(slot) && self.slot_config(slot)[0] & EXTERNAL_SIGNATURES != 0
    }

    pub(super) fn put_key(&mut self, slot: u16, key: &SigningKey) {
        let start = usize::from(slot) * KEY_SLOT;
        let bytes = &mut self.data[start..start + KEY_SLOT];
        bytes[..KEY_PAD].fill(0);
        bytes[KEY_PAD..].copy_from_slice(&key.to_bytes());
    }

    /// The key in a slot; `None` if what is there is no scalar of P-256, as in a fresh one.
    pub(super) fn key(&self, slot: u16) -> Option<SigningKey> {
        let start = usize::from(slot) * KEY_SLOT + KEY_PAD;
        let bytes = self.data.get(start..start + KEY_SLOT - KEY_PAD)?;
        SigningKey::from_slice(bytes).ok()
    }
}

/// Where a slot lies in the data zone.
fn place(slot: u16) -> std::ops::Range<usize> {
    let short = usize::from(slot.min(KEY_SLOTS)) * KEY_SLOT;
    let (start, length) = match slot {
        0..KEY_SLOTS => (short, KEY_SLOT),
        KEY_SLOTS => (short, LONG_SLOT),
        _ => {
            let before = usize::from(slot - KEY_SLOTS - 1) * CERTIFICATE_SLOT;
            (short + LONG_SLOT + before, CERTIFICATE_SLOT)
        }
    };
    start..start + length
}
