//! Whether a board is at the other end of a debug probe, without disturbing it.

use probe_rs::architecture::arm::dp::DpAddress;
use probe_rs::architecture::arm::sequences::DefaultArmSequence;
use probe_rs::probe::{Probe, WireProtocol};

/// Supply from which a board counts as there, in volts. The chips run from 1.8 V (DS8626,
/// operating conditions).
pub(crate) const LEAST_VOLTS: f32 = 1.5;

/// Whether a board is there: its supply at the probe's VTref pin, or, where the probe cannot sense
/// that, a debug port that answers with its identification (DPIDR, ADIv5.2 section B2.2.5). The
/// core is neither reset nor halted, nor is its memory looked at.
///
/// A chip whose debug port is off for good (read protection level 2) has no DPIDR to give, so that
/// only a probe that senses the supply sees it.
pub(crate) fn senses_board(mut probe: Probe) -> bool {
    match probe.get_target_voltage() {
        Ok(Some(volts)) => volts >= LEAST_VOLTS,
        // A probe that cannot sense it says so with an error or nothing.
        _ => answers(probe),
    }
}

fn answers(mut probe: Probe) -> bool {
    if probe.select_protocol(WireProtocol::Swd).is_err() || probe.attach_to_unspecified().is_err() {
        return false;
    }
    let Ok(mut port) = probe.try_into_arm_debug_interface(DefaultArmSequence::create()) else {
        return false;
    };
    port.select_debug_port(DpAddress::Default).is_ok()
}
