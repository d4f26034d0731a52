//! Taking hold of a chip.

use std::sync::LazyLock;
use std::time::Duration;

use cradle_procedure::fault::{Code, Fault};
use probe_rs::config::Registry;
use probe_rs::probe::WireProtocol;
use probe_rs::{MemoryInterface, Permissions, Session};

use super::identity;
use super::link::told;
use super::registers::DBGMCU_IDCODE;
use crate::slot::Slot;

const HALT: Duration = Duration::from_millis(500);

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
    let mut session = match attach_by(slot, chip, Way::Running) {
        Ok(session) => session,
        Err(first) => attach_by(slot, chip, Way::UnderReset).map_err(|second| {
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

fn attach_by(slot: &dyn Slot, chip: &str, way: Way) -> Result<Session, Fault> {
    let mut probe = slot.open_probe()?;
    let silent = |error: &dyn std::error::Error| Fault::new(Code::NoDevice, told(error));
    probe
        .select_protocol(WireProtocol::Swd)
        .map_err(|error| silent(&error))?;
    let target = CHIPS
        .get_target_by_name(chip)
        .map_err(|error| Fault::new(Code::ProfileInvalid, told(&error)))?;
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
