//! Halting debug of the core (DDI0403 C1): DHCSR, DCRSR, DCRDR, DEMCR, DFSR and the
//! breakpoint unit.

use super::cpu::{CoreRegister, CpuCore};

const DFSR: u32 = 0xE000_ED30;
const DHCSR: u32 = 0xE000_EDF0;
const DCRSR: u32 = 0xE000_EDF4;
const DCRDR: u32 = 0xE000_EDF8;
const DEMCR: u32 = 0xE000_EDFC;
const FP_CTRL: u32 = 0xE000_2000;
const FP_REMAP: u32 = 0xE000_2004;
const FP_COMP0: u32 = 0xE000_2008;
const COMPARATORS: usize = 8;
/// Comparators that match instruction fetches; the other two match literals.
const CODE_COMPARATORS: usize = 6;
/// NUM_CODE 6, NUM_LIT 2 (Cortex-M4 TRM, FP_CTRL reset value).
const FP_CTRL_FIXED: u32 = 0x260;

/// DHCSR (C1.6.2).
mod dhcsr {
    pub(super) const KEY: u32 = 0xA05F;
    pub(super) const C_DEBUGEN: u32 = 1 << 0;
    pub(super) const C_HALT: u32 = 1 << 1;
    pub(super) const C_STEP: u32 = 1 << 2;
    pub(super) const C_MASKINTS: u32 = 1 << 3;
    pub(super) const CONTROL: u32 = 0x2F;
    pub(super) const S_REGRDY: u32 = 1 << 16;
    pub(super) const S_HALT: u32 = 1 << 17;
    pub(super) const S_SLEEP: u32 = 1 << 18;
    pub(super) const S_LOCKUP: u32 = 1 << 19;
    pub(super) const S_RETIRE_ST: u32 = 1 << 24;
    pub(super) const S_RESET_ST: u32 = 1 << 25;
}

/// DEMCR (C1.6.5).
const VC_CORERESET: u32 = 1 << 0;
const DEMCR_MASK: u32 = 0x0100_07F1;

/// Why the core halted: bits of DFSR (C1.6.1).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum HaltCause {
    Request = 1 << 0,
    Breakpoint = 1 << 1,
    VectorCatch = 1 << 3,
}

#[derive(Debug, Default)]
pub(crate) struct CoreDebug {
    control: u32,
    halted: bool,
    retired: bool,
    reset_seen: bool,
    catch_pending: bool,
    dfsr: u32,
    demcr: u32,
    dcrdr: u32,
    breakpoints_on: bool,
    comparators: [u32; COMPARATORS],
}

impl CoreDebug {
    /// Only a power-on reset clears the debug registers (C1.6.2).
    pub(crate) fn power_on(&mut self) {
        *self = Self::default();
    }

    /// A reset of the core; it halts before its first instruction if the vector catch
    /// says so (C1.4.1).
    ///
    /// With halting debug still off the catch stays pending. The manual leaves this
    /// open; probe-rs connects under reset in this order and finds cores halted.
    pub(crate) fn core_reset(&mut self, core: &mut impl CpuCore) {
        self.reset_seen = true;
        self.halted = false;
        self.control &= dhcsr::C_DEBUGEN | dhcsr::C_MASKINTS;
        self.catch_pending = self.demcr & VC_CORERESET != 0;
        self.take_pending_catch(core);
    }

    fn take_pending_catch(&mut self, core: &mut impl CpuCore) {
        if self.is_enabled() && std::mem::take(&mut self.catch_pending) {
            self.halt(HaltCause::VectorCatch, core);
        }
    }

    pub(crate) fn is_enabled(&self) -> bool {
        self.control & dhcsr::C_DEBUGEN != 0
    }

    pub(crate) fn is_halted(&self) -> bool {
        self.halted
    }

    pub(crate) fn is_stepping(&self) -> bool {
        self.control & dhcsr::C_STEP != 0
    }

    pub(crate) fn note_retired(&mut self) {
        self.retired = true;
    }

    /// Entry to debug state.
    pub(crate) fn halt(&mut self, cause: HaltCause, core: &mut impl CpuCore) {
        self.halted = true;
        self.control |= dhcsr::C_HALT;
        self.dfsr |= cause as u32;
        core.enter_debug_state();
    }

    /// Whether a breakpoint comparator matches an instruction at `pc` (C1.11.5).
    pub(crate) fn breakpoint_at(&self, pc: u32) -> bool {
        self.breakpoints_on
            && self.comparators[..CODE_COMPARATORS].iter().any(|comp| {
                let half = comp >> 30 & if pc & 2 == 0 { 0b01 } else { 0b10 };
                comp & 1 != 0 && comp & 0x1FFF_FFFC == pc & !3 && half != 0
            })
    }

    /// Whether breakpoints have to be looked for at all.
    pub(crate) fn has_breakpoints(&self) -> bool {
        self.breakpoints_on && self.comparators.iter().any(|comp| comp & 1 != 0)
    }

    /// A word of the debug registers; `None` for an address that is not among them.
    pub(crate) fn read(&mut self, address: u32, core: &impl CpuCore) -> Option<u32> {
        Some(match address {
            DFSR => self.dfsr,
            DHCSR => self.read_dhcsr(core),
            DCRSR => 0,
            DCRDR => self.dcrdr,
            DEMCR => self.demcr,
            FP_CTRL => FP_CTRL_FIXED | u32::from(self.breakpoints_on),
            FP_REMAP => 0,
            FP_COMP0..0xE000_2028 => self.comparators[((address - FP_COMP0) / 4) as usize],
            _ => return None,
        })
    }

    fn read_dhcsr(&mut self, core: &impl CpuCore) -> u32 {
        let flag = |on: bool, bit: u32| if on { bit } else { 0 };
        self.control
            | dhcsr::S_REGRDY
            | flag(self.halted, dhcsr::S_HALT)
            | flag(!self.halted && core.is_asleep(), dhcsr::S_SLEEP)
            | flag(!self.halted && core.is_locked_up(), dhcsr::S_LOCKUP)
            | flag(std::mem::take(&mut self.retired), dhcsr::S_RETIRE_ST)
            | flag(std::mem::take(&mut self.reset_seen), dhcsr::S_RESET_ST)
    }

    /// Writes a debug register; `None` for an address that is not among them.
    pub(crate) fn write(
        &mut self,
        address: u32,
        value: u32,
        core: &mut impl CpuCore,
    ) -> Option<()> {
        match address {
            DFSR => self.dfsr &= !value,
            DHCSR => self.write_dhcsr(value, core),
            DCRSR => self.select_register(value, core),
            DCRDR => self.dcrdr = value,
            DEMCR => {
                self.demcr = value & DEMCR_MASK;
                // TRCENA also switches on the cycle counter inside the core.
                core.write_scs(DEMCR, value);
            }
            // The KEY bit must be set for a write to count (C1.11.3).
            FP_CTRL if value & 2 != 0 => self.breakpoints_on = value & 1 != 0,
            FP_CTRL | FP_REMAP => {}
            FP_COMP0..0xE000_2028 => {
                self.comparators[((address - FP_COMP0) / 4) as usize] = value;
            }
            _ => return None,
        }
        Some(())
    }

    fn write_dhcsr(&mut self, value: u32, core: &mut impl CpuCore) {
        if value >> 16 != dhcsr::KEY {
            return;
        }
        self.control = value & dhcsr::CONTROL;
        if !self.is_enabled() {
            self.control = 0;
        }
        core.mask_interrupts(self.control & dhcsr::C_MASKINTS != 0);
        self.take_pending_catch(core);
        if self.control & dhcsr::C_HALT == 0 {
            self.halted = false;
        } else if !self.halted {
            self.halt(HaltCause::Request, core);
        }
    }

    /// DCRSR: moves one register to or from DCRDR (C1.6.3). Only in debug state.
    fn select_register(&mut self, value: u32, core: &mut impl CpuCore) {
        let Some(register) = CoreRegister::from_selector((value & 0x7F) as u8) else {
            return;
        };
        if !self.halted {
            return;
        }
        if value & (1 << 16) != 0 {
            core.set_register(register, self.dcrdr);
        } else {
            self.dcrdr = core.register(register);
        }
    }
}
