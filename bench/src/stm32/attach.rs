//! Taking hold of a chip.

use std::sync::LazyLock;
use std::time::Duration;

use cradle_procedure::fault::{Code, Fault};
use probe_rs::config::Registry;
use probe_rs::probe::{Probe, WireProtocol};
use probe_rs::{MemoryInterface, Permissions, Session};

use super::identity;
use super::link::told;
use super::registers::DBGMCU_IDCODE;
use crate::sensing::LEAST_VOLTS;
use crate::slot::Slot;

const HALT: Duration = Duration::from_millis(500);
/// A page takes 26 ms at most (256 words of 100 µs, DS8626 table "Flash memory programming"). The
/// limit is there to notice a chip that hangs; what probe-rs allows, 100 ms, a busy station can
/// spend elsewhere.
const PAGE_WRITE_MS: u32 = 3_000;

/// probe-rs's own descriptions of chips; unpacking them takes longer than to attach.
static CHIPS: LazyLock<Registry> = LazyLock::new(Registry::from_builtin_families);

#[derive(Clone, Copy)]
enum Way {
    Running,
    /// For firmware that sleeps, faults or takes the SWD pins away.
    UnderReset,
}

/// Attaches to the chip in the slot and halts it.
pub(crate) fn attach(slot: &dyn Slot, chip: &str, device_id: u32) -> Result<Session, Fault> {
    slot.power_on()?;
    let mut probe = slot.open_probe()?;
    sense(&mut probe)?;
    let mut session = match attach_by(probe, chip, Way::Running) {
        Ok(session) => session,
        Err(first) => attach_by(slot.open_probe()?, chip, Way::UnderReset).map_err(|second| {
            let detail = format!("{}; under reset: {}", first.detail, second.detail);
            Fault::new(first.code, detail)
        })?,
    };
    let idcode = session
        .core(0)
        .and_then(|mut core| core.read_word_32(DBGMCU_IDCODE))
        .map_err(|error| Fault::new(Code::NoDevice, told(&error)))?;
    let found = identity::device_id(idcode);
    if found != device_id {
        let detail = format!("DEV_ID {found:#05x} instead of {device_id:#05x}");
        return Err(Fault::new(Code::WrongChip, detail));
    }
    Ok(session)
}

/// An unpowered or absent board is told at once, where the probe can sense its supply;
/// otherwise probe-rs tries for many seconds.
fn sense(probe: &mut Probe) -> Result<(), Fault> {
    match probe.get_target_voltage() {
        Ok(Some(volts)) if volts < LEAST_VOLTS => {
            let detail = format!("the probe senses {volts:.1} V at its VTref pin");
            Err(Fault::new(Code::NoDevice, detail))
        }
        // A probe that cannot sense it says so with an error or nothing.
        _ => Ok(()),
    }
}

fn attach_by(mut probe: Probe, chip: &str, way: Way) -> Result<Session, Fault> {
    let silent = |error: &dyn std::error::Error| Fault::new(Code::NoDevice, told(error));
    probe
        .select_protocol(WireProtocol::Swd)
        .map_err(|error| silent(&error))?;
    let mut target = CHIPS
        .get_target_by_name(chip)
        .map_err(|error| Fault::new(Code::ProfileInvalid, told(&error)))?;
    for algorithm in &mut target.flash_algorithms {
        let limit = &mut algorithm.flash_properties.program_page_timeout;
        *limit = (*limit).max(PAGE_WRITE_MS);
    }
    // Never the permission to erase: a locked chip stays locked until it is asked for.
    let permissions = Permissions::new();
    let attached = match way {
        Way::Running => probe.attach_with_registry(target, permissions, &CHIPS),
        Way::UnderReset => probe.attach_under_reset_with_registry(target, permissions, &CHIPS),
    };
    let mut session = attached.map_err(|error| silent(&error))?;
    session
        .core(0)
        .and_then(|mut core| core.halt(HALT))
        .map_err(|error| silent(&error))?;
    Ok(session)
}
