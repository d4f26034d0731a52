//! What kind of board is put into a slot.

use super::flash::Otp;
use super::link::LinkModel;
use super::memory_map::FLASH_SIZE;
use super::secure_element::{Element, ElementPreset};

/// State of the OTP blocks when the board comes to the bench.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum OtpPreset {
    /// Nothing programmed.
    Virgin,
    /// Block 0 holds another product's root key hash and is locked.
    Used,
}

/// How the random number generator behaves.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Trng {
    /// As it should.
    Sound,
    /// Gives one word for ever and reports nothing.
    Stuck(u32),
    /// Reports a faulty sequence (RM0090 §24.3.2).
    SeedError,
}

/// One board. The default is a genuine, virgin STM32F405RG.
#[derive(Debug, Clone, PartialEq)]
pub struct BoardConfig {
    /// 96-bit unique ID as it lies in memory at 0x1FFF 7A10.
    pub uid: [u8; 12],
    /// Flash size register, KiB.
    pub flash_kib: u16,
    /// `DBGMCU_IDCODE` device: 0x413 is the STM32F405/407 (RM0090 §38.6.1).
    pub dev_id: u16,
    /// `DBGMCU_IDCODE` revision.
    pub rev_id: u16,
    /// OTP blocks.
    pub otp: OtpPreset,
    /// Crystal or clock on the HSE pins, if one is fitted, Hz.
    pub hse_hz: Option<u32>,
    /// Fixes what the random number generator gives; `None` takes entropy from the
    /// operating system.
    pub entropy_seed: Option<u64>,
    /// Defect of the random number generator.
    pub trng: Trng,
    /// An ATECC608B on I2C1 (PB8, PB9), if one is fitted.
    pub element: Option<ElementPreset>,
    /// Supply of the chip, mV. There is no 8 V on the `VPP` pin.
    pub supply_mv: u16,
    /// Whether the slot's probe senses the supply at its VTref pin; cheap ones do not.
    pub senses_supply: bool,
    /// Time model of the slot.
    pub link: LinkModel,
}

impl Default for BoardConfig {
    fn default() -> Self {
        Self {
            uid: *b"\x2A\x00\x1F\x00\x0D\x51\x38\x39\x31\x34\x35\x32",
            flash_kib: (FLASH_SIZE / 1024) as u16,
            dev_id: 0x413,
            rev_id: 0x100F,
            otp: OtpPreset::Virgin,
            hse_hz: Some(8_000_000),
            entropy_seed: None,
            element: None,
            trng: Trng::Sound,
            supply_mv: 3_300,
            senses_supply: true,
            link: LinkModel::default(),
        }
    }
}

impl BoardConfig {
    /// A genuine part, the `index`-th of its wafer lot: all IDs differ.
    ///
    /// The layout follows RM0090 §39.1: wafer coordinates, wafer number, lot number.
    #[must_use]
    pub fn genuine(index: u32) -> Self {
        let mut config = Self::default();
        let (x, y) = ((index % 200) as u16, (index / 200 % 200) as u16);
        config.uid[0..2].copy_from_slice(&x.to_le_bytes());
        config.uid[2..4].copy_from_slice(&y.to_le_bytes());
        config.uid[4] = (index / 40_000 % 25) as u8 + 1;
        config
    }

    /// A board that carries the unique ID of another one.
    #[must_use]
    pub fn clone_of(other: &Self) -> Self {
        other.clone()
    }

    /// A part that has had a life before.
    #[must_use]
    pub fn with_used_otp(mut self) -> Self {
        self.otp = OtpPreset::Used;
        self
    }

    /// A part that reports less flash than it should.
    #[must_use]
    pub fn with_flash_kib(mut self, flash_kib: u16) -> Self {
        self.flash_kib = flash_kib;
        self
    }

    /// A board with a secure element.
    #[must_use]
    pub fn with_element(mut self, preset: ElementPreset) -> Self {
        self.element = Some(preset);
        self
    }

    /// A board whose supply is this low (or high), mV.
    #[must_use]
    pub fn with_supply_mv(mut self, supply_mv: u16) -> Self {
        self.supply_mv = supply_mv;
        self
    }

    /// A board under a probe that cannot sense its supply.
    #[must_use]
    pub fn with_simple_probe(mut self) -> Self {
        self.senses_supply = false;
        self
    }

    /// Another chip in the same package.
    #[must_use]
    pub fn with_dev_id(mut self, dev_id: u16) -> Self {
        self.dev_id = dev_id;
        self
    }

    /// A part whose random number generator is defective.
    #[must_use]
    pub fn with_trng(mut self, trng: Trng) -> Self {
        self.trng = trng;
        self
    }

    pub(crate) fn secure_element(&self) -> Option<Element> {
        self.element
            .map(|preset| Element::new(preset, self.entropy_seed))
    }

    pub(crate) fn otp_cells(&self) -> Otp {
        let mut otp = Otp::virgin();
        if self.otp == OtpPreset::Used {
            for (offset, byte) in (0..Otp::BLOCK_SIZE).zip(0x11_u8..) {
                otp.clear(offset, !byte);
            }
            otp.clear(Otp::DATA, 0xFF);
        }
        otp
    }
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    #[test]
    fn genuine_boards_have_different_ids() {
        let ids: HashSet<_> = (0..1000).map(|i| BoardConfig::genuine(i).uid).collect();
        assert_eq!(ids.len(), 1000);
    }
}
