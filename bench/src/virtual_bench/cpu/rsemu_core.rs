//! [`CpuCore`] on `rsemu`'s ARMv7E-M interpreter.

use std::sync::Arc;

use rsemu::core::space::{AddressSpace, MemAttrs};
use rsemu::core::value::Width;
use rsemu::cpu::arm::v7m::sys::Exception;
use rsemu::cpu::arm::v7m::{ArmV7m, Config, Regs, xpsr};

use super::{CoreRegister, CpuCore};
use crate::virtual_bench::peripherals::IrqLevels;

/// STM32F405: Cortex-M4 r0p1 with FPU and 16 priority levels (RM0090 §12.1.1).
fn configuration() -> Config {
    let mut config = Config::CORTEX_M4F;
    config.priority_bits = 4;
    config
}

pub(crate) struct RsemuCore {
    cpu: ArmV7m,
    space: Arc<AddressSpace>,
    irqs: IrqLevels,
    masked: Option<IrqLevels>,
    /// PendSV and SysTick that wait until they are no longer masked.
    held: Vec<Exception>,
}

impl std::fmt::Debug for RsemuCore {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("RsemuCore")
            .field("regs", &self.cpu.regs())
            .finish_non_exhaustive()
    }
}

impl RsemuCore {
    pub(crate) fn new(space: Arc<AddressSpace>) -> Self {
        let cpu = ArmV7m::new(configuration());
        cpu.attach_space(Arc::clone(&space));
        Self {
            cpu,
            space,
            irqs: [0; 3],
            masked: None,
            held: Vec::new(),
        }
    }

    /// A core in the reset state, past its reset sequence.
    fn fresh(&self) -> ArmV7m {
        let cpu = ArmV7m::new(configuration());
        cpu.attach_space(Arc::clone(&self.space));
        cpu.step();
        cpu
    }

    fn drive_irqs(&self, levels: IrqLevels) {
        for (word, (new, old)) in levels.iter().zip(self.irqs).enumerate() {
            let mut changed = new ^ old;
            while changed != 0 {
                let bit = changed.trailing_zeros();
                changed &= changed - 1;
                self.cpu
                    .set_irq((word as u32 * 32 + bit) as u16, new >> bit & 1 != 0);
            }
        }
    }

    /// `DHCSR.C_MASKINTS` covers PendSV and SysTick too (DDI0403 C1.6.2): what became pending
    /// waits outside of the core.
    fn hold_system_interrupts(&mut self) {
        let held = &mut self.held;
        self.cpu.with_sys(|sys| {
            for exception in [Exception::PEND_SV, Exception::SYSTICK] {
                if sys.is_pending(exception) {
                    sys.set_pending(exception, false);
                    if !held.contains(&exception) {
                        held.push(exception);
                    }
                }
            }
        });
    }

    /// rsemu stacks xPSR without ITSTATE, so code interrupted inside an IT block would
    /// go on unconditionally. The architecture stacks it (DDI0403 B1.5.6 `PushStack`).
    fn restore_it_state(&self, before: &Regs) {
        let after = self.cpu.regs();
        let on_process_stack = before.control & 2 != 0 && before.xpsr & xpsr::EXCEPTION == 0;
        let (old, new) = if on_process_stack {
            (before.psp, after.psp)
        } else {
            (before.msp, after.msp)
        };
        let frame = old.wrapping_sub(new);
        let entered = after.xpsr & xpsr::EXCEPTION != 0 && (0x20..=0x6C).contains(&frame);
        if !entered {
            return;
        }
        // SVC returns behind itself, so its own slot of the block is used up; faults
        // and interrupts return to the instruction that did not complete.
        let it = if (after.xpsr & xpsr::EXCEPTION) as u16 == Exception::SVCALL.0 {
            advanced(before.xpsr & xpsr::IT_MASK)
        } else {
            before.xpsr & xpsr::IT_MASK
        };
        let at = u64::from(new.wrapping_add(28));
        if let Ok(stacked) = self.space.read(at, Width::U32, MemAttrs::DEFAULT) {
            let patched = stacked & !u64::from(xpsr::IT_MASK) | u64::from(it);
            // The word was written a moment ago, so it can be written again.
            let _ = self.space.write(at, Width::U32, patched, MemAttrs::DEFAULT);
        }
    }
}

/// `ITAdvance()` (DDI0403 A7.3.2) on ITSTATE as it lies in xPSR.
fn advanced(it_bits: u32) -> u32 {
    let it = (it_bits >> 10 & 0x3F) << 2 | it_bits >> 25 & 3;
    let next = if it & 0b111 == 0 {
        0
    } else {
        it & 0b1110_0000 | it << 1 & 0b0001_1111
    };
    (next >> 2) << 10 | (next & 3) << 25
}

impl CpuCore for RsemuCore {
    fn reset(&mut self) {
        let levels = std::mem::take(&mut self.irqs);
        self.cpu = self.fresh();
        self.masked = None;
        self.held.clear();
        self.set_irqs(levels);
    }

    fn step(&mut self) -> u64 {
        if self.masked.is_some() {
            self.hold_system_interrupts();
        }
        if self.cpu.xpsr() & xpsr::IT_MASK == 0 {
            return self.cpu.step();
        }
        let before = self.cpu.regs();
        let cycles = self.cpu.step();
        self.restore_it_state(&before);
        cycles
    }

    fn idle(&mut self, cycles: u64) {
        self.cpu.with_sys(|sys| {
            sys.tick_cyccnt(cycles);
            if sys.tick_systick(cycles) && sys.syst_csr & 0b10 != 0 {
                sys.set_pending(Exception::SYSTICK, true);
            }
        });
    }

    fn cycles_to_tick(&mut self) -> Option<u64> {
        self.cpu.with_sys(|sys| {
            let counts = sys.syst_csr & 0b11 == 0b11 && sys.syst_rvr != 0;
            counts.then(|| u64::from(sys.syst_cvr.max(1)))
        })
    }

    fn pc(&self) -> u32 {
        self.cpu.pc()
    }

    fn is_asleep(&self) -> bool {
        self.cpu.is_asleep()
            && self.irqs == [0; 3]
            && self.cpu.with_sys(|sys| sys.highest_pending().is_none())
    }

    fn is_locked_up(&self) -> bool {
        self.cpu.is_locked_up()
    }

    /// rsemu leaves sleep and lockup only by a wake-up or a reset, so the state moves
    /// into a fresh core.
    fn enter_debug_state(&mut self) {
        if !self.cpu.is_asleep() && !self.cpu.is_locked_up() {
            return;
        }
        let fresh = self.fresh();
        fresh.set_regs(self.cpu.regs());
        for index in 0..32 {
            fresh.set_s(index, self.cpu.s(index));
        }
        fresh.set_fpscr(self.cpu.fpscr());
        let system = self.cpu.with_sys(|sys| sys.clone());
        fresh.with_sys(|sys| *sys = system);
        let levels = std::mem::take(&mut self.irqs);
        self.cpu = fresh;
        self.set_irqs(levels);
    }

    fn set_irqs(&mut self, levels: IrqLevels) {
        match &mut self.masked {
            Some(held) => *held = levels,
            None => {
                self.drive_irqs(levels);
                self.irqs = levels;
            }
        }
    }

    fn mask_interrupts(&mut self, masked: bool) {
        if masked && self.masked.is_none() {
            let held = self.irqs;
            self.set_irqs([0; 3]);
            self.masked = Some(held);
        } else if let Some(held) = self.masked.take_if(|_| !masked) {
            self.set_irqs(held);
            let system = std::mem::take(&mut self.held);
            self.cpu.with_sys(|sys| {
                for exception in &system {
                    sys.set_pending(*exception, true);
                }
            });
        }
    }

    fn take_reset_request(&mut self) -> bool {
        let requested = self.cpu.reset_requested();
        if requested {
            self.cpu.clear_reset_request();
        }
        requested
    }

    fn register(&self, register: CoreRegister) -> u32 {
        match register {
            CoreRegister::General(index) => self.cpu.reg(index),
            CoreRegister::DebugReturnAddress => self.cpu.pc(),
            CoreRegister::Xpsr => self.cpu.xpsr(),
            CoreRegister::Msp => self.cpu.msp(),
            CoreRegister::Psp => self.cpu.psp(),
            CoreRegister::Masks => {
                let regs = self.cpu.regs();
                u32::from_le_bytes([
                    u8::from(regs.primask),
                    regs.basepri,
                    u8::from(regs.faultmask),
                    regs.control as u8,
                ])
            }
            CoreRegister::Fpscr => self.cpu.fpscr(),
            CoreRegister::Single(index) => self.cpu.s(index),
        }
    }

    fn set_register(&mut self, register: CoreRegister, value: u32) {
        match register {
            CoreRegister::General(13) => self.cpu.set_reg(13, value & !3),
            CoreRegister::General(index) => self.cpu.set_reg(index, value),
            CoreRegister::DebugReturnAddress => self.cpu.set_pc(value & !1),
            CoreRegister::Xpsr => self.cpu.set_xpsr(value),
            CoreRegister::Fpscr => self.cpu.set_fpscr(value),
            CoreRegister::Single(index) => self.cpu.set_s(index, value),
            CoreRegister::Msp | CoreRegister::Psp | CoreRegister::Masks => {
                let mut regs = self.cpu.regs();
                match register {
                    CoreRegister::Msp => regs.msp = value & !3,
                    CoreRegister::Psp => regs.psp = value & !3,
                    _ => {
                        let [primask, basepri, faultmask, control] = value.to_le_bytes();
                        regs.primask = primask & 1 != 0;
                        regs.basepri = basepri;
                        regs.faultmask = faultmask & 1 != 0;
                        regs.control = u32::from(control & 7);
                    }
                }
                self.cpu.set_regs(regs);
            }
        }
    }

    fn read_scs(&mut self, address: u32) -> u32 {
        self.cpu
            .with_sys(|sys| sys.read_word(address, true))
            .unwrap_or(0)
    }

    fn write_scs(&mut self, address: u32, value: u32) {
        self.cpu.with_sys(|sys| sys.write_word(address, value));
    }
}
