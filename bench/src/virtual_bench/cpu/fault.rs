//! Why an instruction did not complete, and the bits that tell (DDI0403 B1.5.14, B3.2.15).

/// What stops an instruction.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Trap {
    /// A fault, to be reported and handled.
    Fault(Fault),
    SupervisorCall,
    /// BKPT.
    Breakpoint,
    /// A branch to this `EXC_RETURN` value.
    ExceptionReturn(u32),
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Fault {
    Undefined,
    /// The Thumb bit is clear.
    InvalidState,
    /// An exception return that is not legal.
    InvalidPc,
    NoCoprocessor,
    Unaligned,
    DivisionByZero,
    /// The bus refused an access to this address.
    Access(u32),
    /// The bus refused an instruction.
    Fetch,
    /// There is never code at this address.
    NoExecute,
    Stacking,
    /// The same, of the floating-point state, when it came to be saved.
    LazyStacking,
    Unstacking,
    /// BKPT without a debugger.
    DebugEvent,
}

impl From<Fault> for Trap {
    fn from(fault: Fault) -> Self {
        Self::Fault(fault)
    }
}

/// Numbers of exceptions, as IPSR holds them (DDI0403 B1.5.2).
pub(super) mod exception {
    pub(in super::super) const NMI: u8 = 2;
    pub(in super::super) const HARD_FAULT: u8 = 3;
    pub(in super::super) const MEM_MANAGE: u8 = 4;
    pub(in super::super) const BUS_FAULT: u8 = 5;
    pub(in super::super) const USAGE_FAULT: u8 = 6;
    pub(in super::super) const SV_CALL: u8 = 11;
    pub(in super::super) const PEND_SV: u8 = 14;
    pub(in super::super) const SYSTICK: u8 = 15;
    pub(in super::super) const FIRST_IRQ: u8 = 16;
}

impl Fault {
    /// The exception it asks for, and its bits in CFSR; a debug event goes to HardFault alone.
    pub(super) fn report(self) -> (u8, u32) {
        use exception::{BUS_FAULT, HARD_FAULT, MEM_MANAGE, USAGE_FAULT};
        match self {
            Self::NoExecute => (MEM_MANAGE, 1 << 0),
            Self::Fetch => (BUS_FAULT, 1 << 8),
            Self::Access(_) => (BUS_FAULT, 1 << 9 | 1 << 15),
            Self::Unstacking => (BUS_FAULT, 1 << 11),
            Self::Stacking => (BUS_FAULT, 1 << 12),
            Self::LazyStacking => (BUS_FAULT, 1 << 13),
            Self::Undefined => (USAGE_FAULT, 1 << 16),
            Self::InvalidState => (USAGE_FAULT, 1 << 17),
            Self::InvalidPc => (USAGE_FAULT, 1 << 18),
            Self::NoCoprocessor => (USAGE_FAULT, 1 << 19),
            Self::Unaligned => (USAGE_FAULT, 1 << 24),
            Self::DivisionByZero => (USAGE_FAULT, 1 << 25),
            Self::DebugEvent => (HARD_FAULT, 0),
        }
    }
}
