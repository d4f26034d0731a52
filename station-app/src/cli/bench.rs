//! `cradle bench`: the slots, and on a training station the boards in them.

use std::fmt::Write as _;

use clap::{Args, Subcommand};
use cradle_bench::virtual_bench::Counterfeit;
use cradle_procedure::fault::{Code, Fault};
use cradle_procedure::ids::{SlotId, Uid};
use serde_json::json;

use super::{Answer, Shared, posture};
use crate::config::Config;
use crate::station;
use crate::training::BoardKind;

/// The slots of this station.
#[derive(Subcommand)]
#[command(after_help = "Example: cradle bench list")]
pub(super) enum Verb {
    /// List the slots and what is wired to them
    List,
    /// Ask the firmware in a slot how it is: version, banks, counter, protection, boot events
    Posture {
        /// Slot
        slot: u16,
    },
    /// Training only: put a new emulated board into a slot
    Insert(InsertArguments),
    /// Training only: take the emulated board out of a slot
    Pull {
        /// Slot
        slot: u16,
    },
}

#[derive(Args)]
pub(super) struct InsertArguments {
    /// Slot
    slot: u16,
    /// Chip identifier, hexadecimal [default: one never used before]
    #[arg(long)]
    uid: Option<Uid>,
    /// DEV_ID of another chip
    #[arg(long, value_name = "N")]
    device_id: Option<u16>,
    /// Another flash size
    #[arg(long, value_name = "KIB")]
    flash_kib: Option<u16>,
    /// One-time memory that was used before
    #[arg(long)]
    used_otp: bool,
    /// Chip family, such as esp32c3 [default: that of the station's product]
    #[arg(long)]
    family: Option<String>,
    /// With a secure element, for profile stm32f405-se [default: as the station's product has it]
    #[arg(long)]
    secure_element: bool,
    /// With something sold as a secure element: no-certificates, foreign-root,
    /// copied-certificates, altered-date or impostor
    #[arg(long, value_name = "KIND")]
    counterfeit_element: Option<Counterfeit>,
}

pub(super) fn run(verb: &Verb, shared: &Shared) -> Result<Answer, Fault> {
    let path = shared.config.clone().unwrap_or_else(Config::default_path);
    let config = Config::load(&path)?;
    let (bench, training) = station::open_bench(&config)?;
    let training = || {
        let hardware = || Fault::new(Code::InputInvalid, "this bench is not a virtual one");
        training.as_ref().ok_or_else(hardware)
    };
    match verb {
        Verb::List => list(&bench),
        Verb::Posture { slot } => posture::run(&bench, &config, SlotId(*slot)),
        Verb::Insert(arguments) => {
            let kind = BoardKind {
                family: arguments.family.clone(),
                uid: arguments.uid.clone(),
                device_id: arguments.device_id,
                flash_kib: arguments.flash_kib,
                used_otp: arguments.used_otp,
                secure_element: arguments.secure_element,
                counterfeit_element: arguments.counterfeit_element,
                entropy_seed: None,
            };
            let slot = SlotId(arguments.slot);
            let uid = Uid::new(&training()?.insert(slot, &kind)?.uid());
            Answer::done(
                format!("slot {slot}: board {uid}"),
                json!({ "slot": slot, "uid": uid }),
            )
        }
        Verb::Pull { slot } => {
            training()?.pull(SlotId(*slot))?;
            Answer::done(format!("slot {slot} is empty"), json!({ "slot": slot }))
        }
    }
}

fn list(bench: &cradle_bench::Bench) -> Result<Answer, Fault> {
    let mut words = String::new();
    let mut data = Vec::new();
    for slot in bench.slots() {
        let _ = writeln!(words, "{:>3}  {}", slot.id, slot.description);
        data.push(json!({ "slot": slot.id, "description": slot.description }));
    }
    if data.is_empty() {
        words.push_str("No slots. Add a [[bench.slot]] to the configuration.");
    }
    Answer::done(words, json!(data))
}
