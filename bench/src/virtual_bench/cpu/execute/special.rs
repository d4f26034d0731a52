//! Special registers, hints, and what ends in an exception.

use crate::virtual_bench::bus::Bus;
use crate::virtual_bench::cpu::cortex_m4::CortexM4;
use crate::virtual_bench::cpu::fault::{Fault, Trap};
use crate::virtual_bench::cpu::instruction::{Operands, Outcome};
use crate::virtual_bench::cpu::state::control;

pub(in super::super) fn undefined(_: &mut CortexM4, _: &mut Bus, _: Operands) -> Outcome {
    Err(Trap::Fault(Fault::Undefined))
}

/// An instruction for a coprocessor that is not there.
pub(in super::super) fn no_coprocessor(_: &mut CortexM4, _: &mut Bus, _: Operands) -> Outcome {
    Err(Fault::NoCoprocessor.into())
}

/// NOP, YIELD, DBG, the barriers, and preload hints.
pub(in super::super) fn nothing(_: &mut CortexM4, _: &mut Bus, _: Operands) -> Outcome {
    Ok(())
}

pub(in super::super) fn supervisor_call(_: &mut CortexM4, _: &mut Bus, _: Operands) -> Outcome {
    Err(Trap::SupervisorCall)
}

pub(in super::super) fn breakpoint(_: &mut CortexM4, _: &mut Bus, _: Operands) -> Outcome {
    Err(Trap::Breakpoint)
}

pub(in super::super) fn wait_for_interrupt(
    core: &mut CortexM4,
    _: &mut Bus,
    _: Operands,
) -> Outcome {
    core.sleep(false);
    Ok(())
}

pub(in super::super) fn wait_for_event(core: &mut CortexM4, _: &mut Bus, _: Operands) -> Outcome {
    if !std::mem::take(&mut core.event) {
        core.sleep(true);
    }
    Ok(())
}

pub(in super::super) fn send_event(core: &mut CortexM4, _: &mut Bus, _: Operands) -> Outcome {
    core.event = true;
    Ok(())
}

/// CPS: `imm` has bit 4 to disable, bit 1 for PRIMASK, bit 0 for FAULTMASK.
pub(in super::super) fn change_state(core: &mut CortexM4, _: &mut Bus, x: Operands) -> Outcome {
    if !core.state.is_privileged() {
        return Ok(());
    }
    let disable = x.imm & 1 << 4 != 0;
    if x.imm & 1 << 1 != 0 {
        core.state.primask = disable;
    }
    if x.imm & 1 << 0 != 0 {
        set_faultmask(core, disable);
    }
    core.unsettled = true;
    Ok(())
}

/// It cannot be set where nothing could be masked by it (B5.2.1).
fn set_faultmask(core: &mut CortexM4, on: bool) {
    if !on || core.system.execution_priority(&core.state) > -1 {
        core.state.faultmask = on;
    }
}

/// MRS (B5.2.2): `imm` is SYSm. Without privilege all but APSR and CONTROL reads as 0.
pub(in super::super) fn read(core: &mut CortexM4, _: &mut Bus, x: Operands) -> Outcome {
    let state = &core.state;
    let privileged = state.is_privileged();
    let value = match x.imm {
        number @ 0..=7 => {
            let flags = if number & 4 == 0 { state.apsr() } else { 0 };
            let exception = if number & 1 != 0 {
                state.exception.into()
            } else {
                0
            };
            flags | if privileged { exception } else { 0 }
        }
        20 => state.control.into(),
        _ if !privileged => 0,
        8 => state.msp(),
        9 => state.psp(),
        16 => state.primask.into(),
        17 | 18 => state.basepri.into(),
        19 => state.faultmask.into(),
        _ => 0,
    };
    core.set_reg(x.d, value);
    Ok(())
}

/// MSR (B5.2.3): `a` is the mask, 2 for the flags and 1 for GE.
pub(in super::super) fn write(core: &mut CortexM4, _: &mut Bus, x: Operands) -> Outcome {
    let value = core.reg(x.n);
    if let 0..=3 = x.imm {
        if x.a & 2 != 0 {
            core.state.set_flags(value);
        }
        if x.a & 1 != 0 {
            core.state.ge = (value >> 16 & 0xF) as u8;
        }
        return Ok(());
    }
    if core.state.is_privileged() {
        write_privileged(core, x.imm, value);
        core.unsettled = true;
    }
    Ok(())
}

fn write_privileged(core: &mut CortexM4, register: u32, value: u32) {
    let state = &mut core.state;
    let priority = value as u8 & 0xF0;
    match register {
        8 => state.set_stacks(value, state.psp()),
        9 => state.set_stacks(state.msp(), value),
        16 => state.primask = value & 1 != 0,
        17 => state.basepri = priority,
        // BASEPRI_MAX only ever masks more.
        18 if priority != 0 && (state.basepri == 0 || priority < state.basepri) => {
            state.basepri = priority;
        }
        19 => set_faultmask(core, value & 1 != 0),
        // Only in thread mode can the stack be chosen.
        20 => {
            let writable = match state.in_thread_mode() {
                true => control::NPRIV | control::SPSEL | control::FPCA,
                false => control::NPRIV | control::FPCA,
            };
            state.set_control(state.control & !writable | value as u8 & writable);
        }
        _ => {}
    }
}
