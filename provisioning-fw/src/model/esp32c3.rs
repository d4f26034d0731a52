//! One-time memory as the ESP32-C3 has it: the firmware reads it and burns nothing.

use cradle_protocol::layout::{Layout, esp32c3};
use cradle_protocol::message::Refusal;

use super::{Kind, Model};
use crate::device::OneTime;

#[derive(Clone)]
pub(crate) struct Esp32c3;

impl Kind for Esp32c3 {
    const LAYOUT: Layout = esp32c3::LAYOUT;
}

/// The words of the STM32's OTP serve as the key block (0 to 7) and SECURE_VERSION (8), erased
/// to zeroes here.
impl Model<Esp32c3> {
    pub(crate) fn esp32c3(root_key_hash: &[u8; 32], counter: u32) -> Self {
        let mut model = Self::blank();
        model.otp.fill(0);
        for (word, bytes) in model.otp.iter_mut().zip(root_key_hash.as_chunks::<4>().0) {
            *word = u32::from_le_bytes(*bytes);
        }
        model.otp[8] = (1 << counter) - 1;
        model
    }
}

impl OneTime for Model<Esp32c3> {
    fn root_key_block(&self) -> [u8; 32] {
        core::array::from_fn(|at| self.otp[at / 4].to_le_bytes()[at % 4])
    }

    fn root_key_hash(&self) -> Option<[u8; 32]> {
        Some(self.root_key_block()).filter(|hash| *hash != [0; 32])
    }

    fn root_key_locked(&self) -> bool {
        true
    }

    fn counter(&self) -> u32 {
        self.otp[8].count_ones()
    }

    fn burn(&mut self, _: u16, _: u32) -> Result<u32, Refusal> {
        Err(Refusal::Range)
    }

    fn close(&mut self, _: u8) -> Result<u32, Refusal> {
        Err(Refusal::Range)
    }
}
