//! When the floating-point unit may be used, and how its state is saved around exceptions
//! (DDI0403 B1.5.7, A2.5.3).

use super::cortex_m4::CortexM4;
use super::fault::{Fault, Trap};
use super::state::control;
use crate::virtual_bench::bus::Bus;
use crate::virtual_bench::peripherals::BusFault;
use crate::virtual_bench::width::{Width, words_from};

/// Registers that exceptions save, the others are the handler's to save.
const SAVED: u8 = 16;

impl CortexM4 {
    /// Refuses what CPACR does not allow.
    #[inline]
    pub(super) fn check_float_access(&self) -> Result<(), Fault> {
        match self.system.float.allows(self.state.is_privileged()) {
            true => Ok(()),
            false => Err(Fault::NoCoprocessor),
        }
    }

    /// `ExecuteFPCheck()`
    #[inline]
    pub(super) fn use_float(&mut self, bus: &mut Bus) -> Result<(), Trap> {
        self.check_float_access()?;
        if let Some(address) = self.system.float.reserved() {
            let saved = self.save_float(bus, address);
            saved.map_err(|BusFault| Fault::LazyStacking)?;
            self.system.float.forget_reserved();
        }
        if self.system.float.is_saved() && !self.state.has_float_context() {
            let fpdscr = self.system.float.fpdscr();
            self.state.fpscr.begin_context(fpdscr);
            self.state.control |= control::FPCA;
        }
        Ok(())
    }

    /// S0 to S15 and FPSCR.
    fn save_float(&mut self, bus: &mut Bus, address: u32) -> Result<(), BusFault> {
        let registers = (0..SAVED).map(|number| self.state.single(number));
        let words = registers.chain([self.state.fpscr.bits()]);
        for (address, word) in words_from(address).zip(words) {
            bus.store(address, Width::U32, word, self.cycles)?;
        }
        Ok(())
    }

    /// The state's part of `PushStack()`: saves it, or reserves the room.
    pub(super) fn push_float(&mut self, bus: &mut Bus, address: u32) -> Result<(), Fault> {
        if self.system.float.is_lazy() {
            let by = self.system.execution_context(&self.state);
            self.system.float.reserve(address, by);
            return Ok(());
        }
        self.check_float_access()?;
        let saved = self.save_float(bus, address);
        saved.map_err(|BusFault| Fault::Stacking)
    }

    /// The state's part of `PopStack()`: what was never saved is still in the registers.
    pub(super) fn pop_float(&mut self, bus: &mut Bus, address: u32) -> Result<(), Fault> {
        if self.system.float.reserved().is_some() {
            self.system.float.forget_reserved();
            return Ok(());
        }
        self.check_float_access()?;
        let mut words = [0; SAVED as usize + 1];
        for (address, word) in words_from(address).zip(&mut words) {
            let loaded = bus.load(address, Width::U32, self.cycles);
            *word = loaded.map_err(|BusFault| Fault::Unstacking)?;
        }
        let [registers @ .., status] = words;
        for (number, word) in (0..).zip(registers) {
            self.state.set_single(number, word);
        }
        self.state.fpscr.set_bits(status);
        Ok(())
    }
}
