//! The core, behind a small trait so that another emulator can take its place.

mod alu;
mod cortex_m4;
mod debugger;
mod decode;
mod exceptions;
mod execute;
mod fault;
mod float;
mod float_context;
mod instruction;
mod state;
mod system;

pub(crate) use cortex_m4::CortexM4;

use super::bus::Bus;
use super::core_debug::CoreDebug;
use super::peripherals::IrqLevels;

/// Why a core came back from running.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Stop {
    /// It has executed what it was asked to.
    Done,
    /// The bus has news for the run loop.
    Attention,
    /// A BKPT, or an instruction that a comparator matches, comes next.
    Breakpoint,
    /// Asleep or locked up.
    Resting,
}

/// Registers as `DCRSR.REGSEL` numbers them (DDI0403 C1.6.3).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum CoreRegister {
    /// R0 to R12, SP, LR.
    General(u8),
    /// The address of the next instruction.
    DebugReturnAddress,
    Xpsr,
    Msp,
    Psp,
    /// CONTROL, FAULTMASK, BASEPRI and PRIMASK, one byte each from the top.
    Masks,
    Fpscr,
    Single(u8),
}

impl CoreRegister {
    pub(crate) fn from_selector(selector: u8) -> Option<Self> {
        Some(match selector {
            0..=14 => Self::General(selector),
            15 => Self::DebugReturnAddress,
            16 => Self::Xpsr,
            17 => Self::Msp,
            18 => Self::Psp,
            20 => Self::Masks,
            0x21 => Self::Fpscr,
            0x40..=0x5F => Self::Single(selector - 0x40),
            _ => return None,
        })
    }
}

/// An ARMv7E-M core with its NVIC, SysTick and system control block.
pub(crate) trait CpuCore {
    /// Takes the reset state and reads stack pointer and entry point from the vector
    /// table (DDI0403 B1.5.5).
    fn reset(&mut self, bus: &mut Bus);

    /// Executes up to `steps` instructions; tells how many it has, and why it stopped. With
    /// halting debug on, breakpoints stop it before they execute (DDI0403 C1.4.1, A7.7.17).
    fn run(&mut self, bus: &mut Bus, steps: u64, debug: Option<&CoreDebug>) -> (u64, Stop);

    /// Cycles since power was first applied.
    fn cycles(&self) -> u64;

    /// Lets `cycles` pass on SysTick and the cycle counter without executing.
    fn idle(&mut self, cycles: u64);

    /// Cycles until SysTick asks for its exception, if it will.
    fn cycles_to_tick(&self) -> Option<u64>;

    /// Address of the next instruction.
    fn pc(&self) -> u32;

    /// Waits in WFI or WFE, and nothing is pending that would end it.
    fn is_asleep(&self) -> bool;

    /// Lockup (DDI0403 B1.5.15): only a reset or a debugger helps.
    fn is_locked_up(&self) -> bool;

    /// Entry to debug state ends sleep and lockup (DDI0403 C1.5.1, B1.5.15).
    fn enter_debug_state(&mut self);

    fn set_irqs(&mut self, levels: IrqLevels);

    /// Keeps external interrupts, PendSV and SysTick pending or lets them go again
    /// (`DHCSR.C_MASKINTS`, DDI0403 C1.6.2).
    fn mask_interrupts(&mut self, masked: bool);

    /// True once after firmware or a debugger wrote `AIRCR.SYSRESETREQ`.
    fn take_reset_request(&mut self) -> bool;

    fn register(&self, register: CoreRegister) -> u32;
    fn set_register(&mut self, register: CoreRegister, value: u32);

    /// Word in the system control space, seen without side effects.
    fn read_scs(&mut self, address: u32) -> u32;
    fn write_scs(&mut self, address: u32, value: u32);
}
