//! Two chips as the reference manuals describe them, written without a look at the prover's data.

mod esp32c3;
mod stm32f4;

pub use esp32c3::Esp32C3;
pub use stm32f4::Stm32F4;

/// Where power fails during a burn.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Cut {
    /// It does not.
    None,
    /// Some of the bits are burnt, where the chip burns them one after the other.
    Half,
}

/// A chip, as seen from the station.
pub trait Silicon: Default {
    /// Whether the chip takes the burn.
    fn burn(&mut self, act: &str, cut: Cut) -> bool;

    /// Whether the chip holds what the act burns; `None` if the station cannot read it.
    fn reads(&self, act: &str) -> Option<bool>;

    /// A state that no chip may ever be in, not for a moment.
    fn impossible(&self) -> Option<&'static str>;

    /// What is still missing for a finished unit.
    fn unfinished(&self) -> Option<&'static str>;
}
