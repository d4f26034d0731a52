//! Who is in a slot, where a station makes products on several chip families.

use std::collections::HashSet;

use cradle_bench::Bench;
use cradle_procedure::fault::{Code, Fault};
use cradle_procedure::ids::{SlotId, Uid};
use cradle_procedure::ports::Device;
use cradle_protocol::message::DeviceState;

use super::read_profile;
use crate::config::Config;

/// A device that answered.
pub(crate) struct Answering {
    /// The driver that it answered to.
    pub(crate) device: Box<dyn Device>,
    /// Its chip.
    pub(crate) uid: Uid,
    /// The state its firmware is in.
    pub(crate) state: DeviceState,
}

/// Asks the firmware in a slot who it is, the way each chip family of the station's products is
/// asked, the main product's first.
///
/// # Errors
/// What the main product's family was answered: `DEV-12`, `DEV-17`; `CFG-02`, `PLN-01`.
pub(crate) fn who_answers(
    config: &Config,
    bench: &Bench,
    slot: SlotId,
) -> Result<Answering, Fault> {
    let mut families = HashSet::new();
    let mut first = None;
    for product in config.products() {
        let profile = read_profile(&product.profile)?;
        if !families.insert(profile.family.clone()) {
            continue;
        }
        let mut device = bench.open(slot, &profile)?;
        match device.ask_identity() {
            Ok((uid, state)) => return Ok(Answering { device, uid, state }),
            Err(fault) => first = first.or(Some(fault)),
        }
    }
    Err(first.unwrap_or_else(|| Fault::new(Code::Internal, "no product")))
}
