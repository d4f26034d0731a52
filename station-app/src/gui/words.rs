//! Every word on the screen that is not data. One place, so that another language is one more.

use cradle_procedure::role::Role;
use cradle_procedure::step::{Outcome, StepId, Verification};

use super::view::slot::State;

pub(super) const TRAINING: &str = "TRAINING";
pub(super) const TRAINING_LONG: &str = "TRAINING · virtual bench";
pub(super) const SIGN_IN: &str = "Sign in";
pub(super) const SIGN_IN_HINT: &str = "Scan your badge or type your name.";
pub(super) const CHECKING: &str = "Checking…";
pub(super) const NAME: &str = "Name";
pub(super) const PASSWORD: &str = "Password";
pub(super) const SIGN_OUT: &str = "Sign out";
pub(super) const SIGN_OUT_LATER: &str = "Units are still at work under your name.";
pub(super) const HELP: &str = "Help";
pub(super) const TO_DARK: &str = "Dark";
pub(super) const TO_LIGHT: &str = "Light";
pub(super) const CLOSE: &str = "Close";

pub(super) const FIRST_RUN: &str = "Nobody is registered yet";
pub(super) const FIRST_RUN_WHY: &str = "Two security admins are needed before work can begin: one asks, the other approves. Register them in a terminal on this station:";
pub(super) const FIRST_RUN_COMMAND: &str = "cradle operator found --help";
pub(super) const CHECK_AGAIN: &str = "Check again";

pub(super) const PRODUCT: &str = "Product";
pub(super) const RELEASE: &str = "Release";
pub(super) const BATCH: &str = "Batch";
pub(super) const UNITS: &str = "Units";
pub(super) const NO_BATCH: &str = "No batch is open";
pub(super) const NO_BATCH_WHY: &str =
    "Two security admins approve and open a batch; then its units can be started here.";
pub(super) const NO_SLOTS: &str = "This bench has no slots";
pub(super) const NO_SLOTS_WHY: &str =
    "Plug in a probe, or name the slots in the station's configuration.";

pub(super) const SCAN: &str = "Scan";
pub(super) const SCAN_SLOT: &str = "Scan or type a slot number";
pub(super) const START: &str = "Start";
pub(super) const START_ALL: &str = "Start all";
pub(super) const START_AGAIN: &str = "Start again";
pub(super) const STOP: &str = "Stop";
pub(super) const STOP_ALL: &str = "Stop all";
pub(super) const STOPPING: &str = "Stopping at the next safe point";
pub(super) const NEXT_BOARD: &str = "Next board";
pub(super) const NEXT_BOARDS: &str = "Next boards";
pub(super) const PREPARING: &str = "Preparing";
pub(super) const SERIAL: &str = "Serial";
pub(super) const CHIP: &str = "Chip";
pub(super) const TIME: &str = "Time";
pub(super) const WIRING: &str = "Wired to";
pub(super) const STEPS: &str = "Steps";
pub(super) const NO_STEPS: &str = "Nothing was started since this board came in.";
pub(super) const WHAT_TO_DO: &str = "What to do";
pub(super) const TAKE_OUT: &str = "Take the board out.";
pub(super) const NO_BOARD: &str = "No board in this slot";
pub(super) const BOARD_WAITS: &str = "Board in place";

pub(super) const CLOSING: &str = "Units are still at work";
pub(super) const CLOSING_WHY: &str =
    "They stop at the next safe point, then the window closes. They can be started again later.";
pub(super) const KEEP_WORKING: &str = "Keep working";
pub(super) const STOP_AND_CLOSE: &str = "Stop and close";

pub(super) const HELP_TITLE: &str = "Keyboard and scanner";
/// Keys and what they do.
pub(super) const KEYS: &[(&str, &str)] = &[
    (
        "Slot number, Enter",
        "Choose a slot (scan its label or type it)",
    ),
    ("Serial number, Enter", "Start the chosen slot with it"),
    (
        "Enter or Space",
        "Start the chosen slot with the next serial number",
    ),
    ("F5", "Start every slot that is ready"),
    ("F8", "Stop the chosen slot at its next safe point"),
    ("Shift F8", "Stop every slot at its next safe point"),
    ("F6", "Next boards: clear every slot that has ended"),
    ("F4", "Show or hide the steps of the chosen slot"),
    ("Tab, Enter", "Go from one button to the next, press it"),
    ("F9", "Light or dark"),
    ("Ctrl +, Ctrl −", "Larger or smaller"),
    ("Esc", "Close what is on top"),
    ("F1 or ?", "This help"),
];

/// `Slot 3`.
pub(super) fn slot(number: impl std::fmt::Display) -> String {
    format!("Slot {number}")
}

/// What the scan line says when a slot is chosen.
pub(super) fn scan_serial(number: impl std::fmt::Display) -> String {
    format!("Slot {number}: scan the serial number, or Enter for the next one")
}

/// Done and left of a quota.
pub(super) fn quota(done: u32, quota: u32) -> String {
    format!("{done} of {quota} · {} left", quota.saturating_sub(done))
}

/// `step 7 of 16`.
pub(super) fn step_of(at: usize, all: usize) -> String {
    format!("Step {at} of {all}")
}

/// `3:07`, or `7.4 s` under ten seconds.
pub(super) fn duration(ms: u64) -> String {
    match ms {
        0..10_000 => format!("{}.{} s", ms / 1000, ms % 1000 / 100),
        10_000..60_000 => format!("{} s", ms / 1000),
        _ => format!("{}:{:02} min", ms / 60_000, ms / 1000 % 60),
    }
}

/// The word for a slot.
pub(super) const fn state(state: State) -> &'static str {
    match state {
        State::Empty => "EMPTY",
        State::Ready => "READY",
        State::Working => "WORKING",
        State::Pass => "PASS",
        State::Fail => "FAIL",
        State::Quarantine => "QUARANTINE",
    }
}

/// A step in plain words.
pub(super) const fn step(step: StepId) -> &'static str {
    match step {
        StepId::Authorize => "Check permission and batch",
        StepId::Identify => "Identify the board",
        StepId::Plan => "Plan the burns",
        StepId::FlashBootloader => "Write the bootloader",
        StepId::FlashApplication => "Write the application",
        StepId::FlashMetadata => "Write the boot data",
        StepId::StartProvisioner => "Check the hardware",
        StepId::MakeKey => "Make the device key",
        StepId::BurnRootKey => "Burn the root key",
        StepId::LockRootKey => "Lock the root key",
        StepId::BurnCounter => "Raise the version counter",
        StepId::Issue => "Issue the certificate",
        StepId::StoreCertificate => "Store the certificate",
        StepId::WriteProtect => "Protect the bootloader",
        StepId::ReadProtect => "Lock the chip",
        StepId::Attest => "Prove the finished unit",
        StepId::ProveIdentity => "Prove which unit it is",
        StepId::WipeKeys => "Wipe the keys",
        StepId::MassErase => "Erase the flash",
        StepId::BlankCheck => "Check that it is blank",
        StepId::Revoke => "Revoke the certificate",
        StepId::Document => "Write the document",
    }
}

/// How a step ended.
pub(super) const fn outcome(outcome: Outcome) -> &'static str {
    match outcome {
        Outcome::Done => "Done",
        Outcome::Already => "Was so already",
        Outcome::Failed => "Failed",
    }
}

/// How that was verified.
pub(super) const fn verification(verification: Verification) -> &'static str {
    match verification {
        Verification::ReadBack => "read back and compared",
        Verification::Digest => "digest compared",
        Verification::Attested => "attested by the device",
        Verification::ControllerStatus => "confirmed by the controller",
        Verification::Signature => "signature verified",
        Verification::Record => "record read again",
    }
}

/// What a person is.
pub(super) const fn role(role: Role) -> &'static str {
    match role {
        Role::Operator => "operator",
        Role::Supervisor => "supervisor",
        Role::SecurityAdmin => "security admin",
        Role::Auditor => "auditor",
        Role::ServiceTechnician => "service technician",
    }
}
