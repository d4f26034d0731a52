//! The registers as a debugger reaches them, through DCRSR (DDI0403 C1.6.3).

use super::CoreRegister;
use super::cortex_m4::CortexM4;
use super::state::xpsr;

/// The core's registers by their selector.
pub(super) struct CoreView;

impl CoreView {
    pub(super) fn read(core: &CortexM4, register: CoreRegister) -> u32 {
        let state = &core.state;
        match register {
            CoreRegister::General(number) => core.reg(number),
            CoreRegister::DebugReturnAddress => state.pc,
            CoreRegister::Xpsr => state.xpsr(),
            CoreRegister::Msp => state.msp(),
            CoreRegister::Psp => state.psp(),
            CoreRegister::Masks => u32::from_le_bytes([
                u8::from(state.primask),
                state.basepri,
                u8::from(state.faultmask),
                state.control,
            ]),
            CoreRegister::Fpscr => state.fpscr.bits(),
            CoreRegister::Single(number) => state.single(number),
        }
    }

    pub(super) fn write(core: &mut CortexM4, register: CoreRegister, value: u32) {
        let (msp, psp) = (core.state.msp(), core.state.psp());
        let state = &mut core.state;
        match register {
            CoreRegister::General(number) => core.set_reg(number, value),
            CoreRegister::DebugReturnAddress => state.pc = value & !1,
            CoreRegister::Xpsr => {
                state.set_xpsr(value);
                state.switch((value & xpsr::EXCEPTION) as u8, state.control);
            }
            CoreRegister::Msp => state.set_stacks(value, psp),
            CoreRegister::Psp => state.set_stacks(msp, value),
            CoreRegister::Masks => {
                let [primask, basepri, faultmask, control] = value.to_le_bytes();
                state.primask = primask & 1 != 0;
                state.basepri = basepri & 0xF0;
                state.faultmask = faultmask & 1 != 0;
                state.set_control(control);
            }
            CoreRegister::Fpscr => state.fpscr.set_bits(value),
            CoreRegister::Single(number) => state.set_single(number, value),
        }
    }
}
