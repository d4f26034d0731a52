//! Transfers on the debug wire, and what the AHB-AP reaches with them.

use std::time::Duration;

use super::Chip;
use crate::virtual_bench::bus::Bus;
use crate::virtual_bench::core_debug::CoreDebug;
use crate::virtual_bench::cpu::{CortexM4, CpuCore};
use crate::virtual_bench::dap::{Dap, DebugBus, Port, Refusal};
use crate::virtual_bench::fault::LinkFault;
use crate::virtual_bench::memory_map::{BLOCK, DBGMCU_BASE, PPB};
use crate::virtual_bench::peripherals::ResetCause;
use crate::virtual_bench::width::Width;

/// One transfer on the debug wire.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Transfer {
    Read(Port),
    Write(Port, u32),
}

/// What the debug wire or the cable to the probe did instead of a transfer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum LinkError {
    Refused(Refusal),
    CableOff,
}

impl Chip {
    /// Bits on SWDIO outside of transfers.
    pub(crate) fn swj_sequence(&mut self, len: u8, bits: u64) {
        if self.powered {
            self.dap.sequence(len, bits);
        }
    }

    /// One transfer on the debug wire, with the fault that is planned for it. The
    /// duration is what a stall adds; the caller waits for it.
    pub(crate) fn transfer(&mut self, transfer: Transfer) -> (Result<u32, LinkError>, Duration) {
        self.dap_transfers += 1;
        let fault = self.peripherals_mut().flash.faults().on_transfer();
        let mut stall = Duration::ZERO;
        let mut flipped = 0;
        match fault {
            Some(LinkFault::Drop) => self.cable_off = true,
            Some(LinkFault::PowerCut) => self.power_off(),
            Some(LinkFault::Swap(uid)) => {
                self.power_off();
                self.peripherals_mut().become_another(uid);
                self.power_on();
            }
            Some(LinkFault::Stall(time)) => stall = time,
            Some(LinkFault::BitFlip) => {
                flipped = 1 << self.peripherals_mut().flash.faults().noise.below(32);
            }
            Some(LinkFault::BusFault) if self.powered => {
                let refusal = self.dap.fail_transfer();
                return (Err(LinkError::Refused(refusal)), stall);
            }
            Some(LinkFault::BusFault) | None => {}
        }
        if self.cable_off {
            return (Err(LinkError::CableOff), stall);
        }
        let result = match transfer {
            Transfer::Read(port) => self.wire(|dap, bus| dap.read(port, bus)),
            Transfer::Write(port, value) => {
                self.wire(|dap, bus| dap.write(port, value ^ flipped, bus).map(|()| 0))
            }
        };
        let result = result.map(|value| value ^ flipped);
        (result.map_err(LinkError::Refused), stall)
    }

    /// Level 2 and a missing supply leave the wire without an answer.
    fn wire<T>(
        &mut self,
        transfer: impl FnOnce(&mut Dap, &mut ChipBus<'_>) -> Result<T, Refusal>,
    ) -> Result<T, Refusal> {
        if !self.powered || self.peripherals().flash.debug_disabled() {
            return Err(Refusal::NoResponse);
        }
        let mut bus = ChipBus {
            bus: &mut self.bus,
            core: &mut self.core,
            debug: &mut self.debug,
            in_reset: self.reset_held,
        };
        let result = transfer(&mut self.dap, &mut bus);
        self.after_debug_access();
        result
    }

    /// What a debugger's write may have set off.
    fn after_debug_access(&mut self) {
        if self.core.take_reset_request() {
            self.reset(ResetCause::Software);
        }
        if self.bus.take_attention() {
            self.serve_attention();
        }
    }
}

/// The chip's insides as the AHB-AP reaches them.
struct ChipBus<'a> {
    bus: &'a mut Bus,
    core: &'a mut CortexM4,
    debug: &'a mut CoreDebug,
    in_reset: bool,
}

impl ChipBus<'_> {
    /// The debug components answer while the system is held in reset, the rest of the
    /// bus matrix does not (RM0090 §38.9 "connect under reset").
    fn reachable(&self, address: u32) -> Option<()> {
        (!self.in_reset || PPB.contains(&address)).then_some(())
    }
}

fn is_debug_mcu(address: u32) -> bool {
    (DBGMCU_BASE..DBGMCU_BASE + BLOCK).contains(&address)
}

impl DebugBus for ChipBus<'_> {
    fn read(&mut self, address: u32, width: Width) -> Option<u32> {
        self.reachable(address)?;
        if !PPB.contains(&address) || is_debug_mcu(address) {
            return self.bus.load(address, width, self.core.cycles()).ok();
        }
        let word = self
            .debug
            .read(address & !3, self.core)
            .unwrap_or_else(|| self.core.read_scs(address & !3));
        Some(word >> (8 * (address & 3)) & width.mask())
    }

    fn write(&mut self, address: u32, width: Width, value: u32) -> Option<()> {
        self.reachable(address)?;
        if !PPB.contains(&address) || is_debug_mcu(address) {
            return (self.bus)
                .store(address, width, value, self.core.cycles())
                .ok();
        }
        if self.debug.write(address & !3, value, self.core).is_none() {
            self.core.write_scs(address & !3, value);
        }
        Some(())
    }

    fn debugger_connected(&mut self) {
        self.bus.peripherals.flash.debugger_connected();
        self.bus.follow_protection();
    }
}
