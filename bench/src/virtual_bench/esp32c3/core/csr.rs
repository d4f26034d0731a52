//! Control and status registers of the core (TRM chapter "ESP-RISC-V CPU", register summary).
//!
//! There are no `mie`, `mip`, `mcycle` or `minstret` on this core. Physical memory protection and
//! the debug triggers are not modelled. What is not here is an illegal instruction.

/// `mstatus.MIE`, `MPIE` and `MPP`.
const MIE: u32 = 1 << 3;
const MPIE: u32 = 1 << 7;
const MPP_MACHINE: u32 = 3 << 11;
/// `mtvec` has vectored mode only, and a base that is a multiple of 256 bytes.
const MTVEC_BASE: u32 = !0xFF;
const MTVEC_VECTORED: u32 = 1;

const MSTATUS: u32 = 0x300;
const MISA: u32 = 0x301;
const MTVEC: u32 = 0x305;
const MSCRATCH: u32 = 0x340;
const MEPC: u32 = 0x341;
const MCAUSE: u32 = 0x342;
const MTVAL: u32 = 0x343;
/// Espressif's performance counter: events to count, mode, value.
const MPCER: u32 = 0x7E0;
const MPCMR: u32 = 0x7E1;
const MPCCR: u32 = 0x7E2;
const MVENDORID: u32 = 0xF11;
const MARCHID: u32 = 0xF12;
const MIMPID: u32 = 0xF13;
const MHARTID: u32 = 0xF14;

/// RV32IMC with user mode.
const MISA_VALUE: u32 = 1 << 30 | 1 << 20 | 1 << 12 | 1 << 8 | 1 << 2;
/// `mpcer.CYCLE` and `mpcmr.COUNT_EN`.
const COUNT_CYCLES: u32 = 1;
const COUNT_ENABLED: u32 = 1;

#[derive(Debug, Default)]
pub(super) struct Csrs {
    mstatus: u32,
    mtvec: u32,
    mscratch: u32,
    pub(super) mepc: u32,
    mcause: u32,
    mtval: u32,
    events: u32,
    counting: u32,
    /// What the counter showed at `counted_from`.
    count: u32,
    counted_from: u64,
}

impl Csrs {
    pub(super) fn reset() -> Self {
        Self {
            mstatus: MPP_MACHINE,
            // The vectors of the mask ROM.
            mtvec: super::super::memory_map::ROM.start | MTVEC_VECTORED,
            ..Self::default()
        }
    }

    /// Takes a trap; returns where the handler is.
    pub(super) fn enter_trap(&mut self, cause: u32, pc: u32, value: u32) -> u32 {
        self.mepc = pc;
        self.mcause = cause;
        self.mtval = value;
        let enabled = self.mstatus & MIE != 0;
        self.mstatus = MPP_MACHINE | if enabled { MPIE } else { 0 };
        self.mtvec & MTVEC_BASE
    }

    /// Where traps go.
    pub(super) fn handler(&self) -> u32 {
        self.mtvec & MTVEC_BASE
    }

    /// MRET; returns where execution goes on.
    pub(super) fn leave_trap(&mut self) -> u32 {
        let enabled = self.mstatus & MPIE != 0;
        self.mstatus = MPP_MACHINE | MPIE | if enabled { MIE } else { 0 };
        self.mepc
    }

    fn counter(&self, cycles: u64) -> u32 {
        let counts = self.events & COUNT_CYCLES != 0 && self.counting & COUNT_ENABLED != 0;
        let passed = if counts {
            cycles.wrapping_sub(self.counted_from) as u32
        } else {
            0
        };
        self.count.wrapping_add(passed)
    }

    fn restart_counter(&mut self, count: u32, cycles: u64) {
        self.count = count;
        self.counted_from = cycles;
    }

    /// `None` where there is no such register.
    pub(super) fn read(&self, number: u32, cycles: u64) -> Option<u32> {
        Some(match number {
            MSTATUS => self.mstatus,
            MISA => MISA_VALUE,
            MTVEC => self.mtvec,
            MSCRATCH => self.mscratch,
            MEPC => self.mepc,
            MCAUSE => self.mcause,
            MTVAL => self.mtval,
            MPCER => self.events,
            MPCMR => self.counting,
            MPCCR => self.counter(cycles),
            MVENDORID => 0x612,
            MARCHID => 0x8000_0001,
            MIMPID => 1,
            MHARTID => 0,
            _ => return None,
        })
    }

    /// `None` where there is no such register, or it can only be read.
    pub(super) fn write(&mut self, number: u32, value: u32, cycles: u64) -> Option<()> {
        match number {
            MSTATUS => self.mstatus = value & (MIE | MPIE) | MPP_MACHINE,
            MISA => {}
            MTVEC => self.mtvec = value & MTVEC_BASE | MTVEC_VECTORED,
            MSCRATCH => self.mscratch = value,
            MEPC => self.mepc = value & !1,
            MCAUSE => self.mcause = value,
            MTVAL => self.mtval = value,
            MPCER | MPCMR => {
                self.restart_counter(self.counter(cycles), cycles);
                if number == MPCER {
                    self.events = value;
                } else {
                    self.counting = value;
                }
            }
            MPCCR => self.restart_counter(value, cycles),
            _ => return None,
        }
        Some(())
    }
}
