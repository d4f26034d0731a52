//! Every message of the catalogue as a constant, and the words for each kind of data.

mod phrase;

use std::path::Path;

use cradle_procedure::ids::SlotId;
use cradle_procedure::ports::{RevocationReason, UnitState};
use cradle_procedure::release::Check;
use cradle_procedure::role::Role;
use cradle_procedure::step::{Outcome, StepId, Verification};
use cradle_records::BatchState;
use cradle_wipe::{DestinationKind, Reason};
use eframe::egui::Ui;
use jiff::Timestamp;
use jiff::tz::TimeZone;

use super::backend::Mishap;
use super::texts::Word;
use super::view::slot::State;
pub(super) use phrase::{ending, request, span};

macro_rules! words {
    ($($name:ident)*) => {
        $(pub(super) const $name: Word = Word(stringify!($name));)*

        #[cfg(test)]
        pub(super) const ALL: &[Word] = &[$($name,)*];
    };
}

words! {
    // shell.ftl
    DECIMAL_MARK SPAN_YEARS CTRL TRAINING TRAINING_LONG SIGN_IN SIGN_IN_HINT CHECKING NAME PASSWORD SIGN_OUT
    SIGN_OUT_LATER HELP TO_DARK TO_LIGHT CLOSE WHAT_TO_DO LOADING CLOSING CLOSING_WHY
    KEEP_WORKING STOP_AND_CLOSE HELP_TITLE KEYS_SLOT KEYS_SLOT_WHAT KEYS_SERIAL
    KEYS_SERIAL_WHAT KEYS_NEXT KEYS_NEXT_WHAT KEYS_START_ALL KEYS_STOP KEYS_STOP_ALL
    KEYS_NEXT_BOARDS KEYS_STEPS KEYS_TAB KEYS_TAB_WHAT KEYS_PLACES KEYS_PLACES_WHAT KEYS_THEME
    KEYS_LANGUAGE KEYS_ZOOM KEYS_ZOOM_WHAT KEYS_ESCAPE KEYS_HELP KEYS_HELP_WHAT ROLE_OPERATOR
    ROLE_SUPERVISOR ROLE_SECURITY_ADMIN ROLE_AUDITOR ROLE_SERVICE_TECHNICIAN PLACE_BENCH
    PLACE_SETTINGS PLACE_UNIT PLACE_BATCHES PLACE_AUDIT
    PLACE_RELEASES PLACE_AUTHORITY PLACE_PEOPLE PLACE_TRAINING
    SIGN_IN_WAIT SIGN_IN_BY_PASSWORD SIGN_IN_BY_CARD CARDS_NONE CARDS_AGAIN
    GUIDE_KEY GUIDE_MORE KEYS_GUIDE KEYS_AUTO
    // bench.ftl
    PRODUCT RELEASE BATCH UNITS NO_BATCH NO_BATCH_WHY NO_SLOTS NO_SLOTS_WHY QUOTA SCAN
    BENCH_LOOK_ONLY SCAN_SLOT SCAN_SERIAL START START_ALL START_AGAIN STOP STOP_ALL STOPPING NEXT_BOARD
    NEXT_BOARDS PREPARING SLOT SERIAL CHIP TIME WIRING STEPS NO_STEPS STEP_OF TAKE_OUT NO_BOARD
    BOARD_WAITS STATE_EMPTY STATE_READY STATE_WORKING STATE_PASS STATE_FAIL STATE_QUARANTINE
    STEP_AUTHORIZE STEP_IDENTIFY STEP_PLAN STEP_FLASH_BOOTLOADER STEP_FLASH_APPLICATION
    STEP_FLASH_METADATA STEP_FLASH_COMPONENTS STEP_BURN_BOOT_KEY STEP_BURN_SETTINGS
    STEP_MAKE_FLASH_KEY STEP_SECURE_BOOT STEP_START_PROVISIONER STEP_CHECK_ELEMENT STEP_MAKE_KEY
    STEP_BURN_ROOT_KEY
    STEP_LOCK_ROOT_KEY STEP_BURN_COUNTER STEP_ISSUE STEP_STORE_CERTIFICATE STEP_WRITE_PROTECT
    STEP_READ_PROTECT STEP_ATTEST STEP_PROVE_IDENTITY STEP_WIPE_KEYS STEP_MASS_ERASE
    STEP_BLANK_CHECK STEP_REVOKE STEP_DEREGISTER STEP_DOCUMENT OUTCOME_DONE OUTCOME_ALREADY OUTCOME_NOT_ASKED
    OUTCOME_FAILED VERIFICATION_READ_BACK VERIFICATION_DIGEST VERIFICATION_ATTESTED
    VERIFICATION_CONTROLLER_STATUS VERIFICATION_SIGNATURE VERIFICATION_RECORD
    VERIFICATION_CONFIRMED RESUME RESUME_WHY TALLY TALLY_HOUR
    AUTO_ON AUTO_OFF AUTO_WHY TIME_LEFT UNIT_LEFT UNIT_AT_WORK
    // batches.ftl
    BATCH_NEW BATCH_NEW_WHY BATCH_NONE BATCH_NONE_WHY BATCH_QUOTA BATCH_PREFIX BATCH_FIRST
    BATCH_DAYS BATCH_REQUEST BATCH_UNTIL BATCH_REQUESTED BATCH_APPROVED BATCH_APPROVE
    BATCH_OPEN BATCH_PAUSE BATCH_RESUME BATCH_CLOSE BATCH_CLOSE_ASK BATCH_CLOSE_WHY
    BATCH_RAISE BATCH_RAISE_TO BATCH_RAISE_ASK BATCH_EXPORT BATCH_OPEN_REPORT
    BATCH_REPORT BATCH_BEGUN BATCH_FIRST_PASS BATCH_REWORKED BATCH_SHORT BATCH_OVER
    BATCH_SET_ASIDE BATCH_STATE_DRAFT BATCH_STATE_APPROVED BATCH_STATE_OPEN BATCH_STATE_PAUSED
    BATCH_STATE_CLOSED CANCEL PLOT_HOURS PLOT_SLOTS PLOT_FAILURES PLOT_DURATIONS PLOT_OF
    // unit.ftl
    INSPECT_TITLE INSPECT_WHY INSPECT_BEGIN INSPECT_HOLDS INSPECT_DIFFERS INSPECT_IS
    UNIT_NONE UNIT_NONE_WHY UNIT_SHOW UNIT_EXPORT UNIT_STATE UNIT_HISTORY UNIT_BOUND
    UNIT_PROVISION UNIT_DECOMMISSION UNIT_INTERRUPTED UNIT_ISSUED UNIT_REVOKED
    UNIT_DOCUMENT_COMPLETE UNIT_DOCUMENT_PENDING CERTIFICATE CERTIFICATE_GOOD
    CERTIFICATE_REVOKED CERTIFICATE_SUBJECT CERTIFICATE_ISSUER CERTIFICATE_VALID
    CERTIFICATE_EXTENSIONS CERTIFICATE_NO_END UNIT_STATE_IN_PROGRESS UNIT_STATE_PROVISIONED UNIT_STATE_QUARANTINED
    UNIT_STATE_DECOMMISSIONED UNIT_STATE_BLANK UNIT_STATE_IN_REPAIR UNIT_STATE_DESTROYED
    // audit.ftl
    AUDIT_VERIFY AUDIT_VERIFYING AUDIT_HOLDS AUDIT_HOLDS_WHY AUDIT_BROKEN AUDIT_SIGN
    AUDIT_EXPORT AUDIT_CHECKPOINTS AUDIT_SEARCH_HINT AUDIT_MATCHING AUDIT_NOTHING
    AUDIT_NOTHING_WHY AUDIT_ENTRY AUDIT_EVENT AUDIT_SUBJECT AUDIT_WHO SEARCH REFRESH EXPORTED
    AUDIT_STOP AUDIT_CUT AUDIT_GONE AUDIT_UNREADABLE AUDIT_LIST AUDIT_NO_CHECKPOINT AUDIT_COVERS
    // decommission.ftl
    PLACE_DECOMMISSION RETIRE_PAGE RETIRE_SERIAL RETIRE_SERIAL_WHY RETIRE_SLOT RETIRE_SLOT_WHY
    RETIRE_REASON RETIRE_REASON_WHY RETIRE_SOURCE RETIRE_SOURCE_WHY RETIRE_DESTINATION
    RETIRE_DESTINATION_WHY RETIRE_VERIFIER RETIRE_VERIFIER_WHY RETIRE_SUMMARY
    RETIRE_SUMMARY_WHY RETIRE_BEGIN RETIRE_RUNNING RETIRE_IN RETIRE_BECAUSE RETIRE_FROM
    RETIRE_TO RETIRE_CHECKED_BY RETIRE_WIPED_BY RETIRE_COMPLETE RETIRE_COMPLETE_WHY
    RETIRE_PENDING RETIRE_PENDING_WHY RETIRE_OPEN RETIRE_ANOTHER RETIRE_DOCUMENT RETIRE_NUMBER
    RETIRE_PRINT RETIRE_COPY RETIRE_COPY_TO RETIRE_PAGES RETIRE_SHEET RETIRE_VOUCH RETIRE_VOUCHED
    RETIRE_GROUNDS RETIRE_GROUNDS_WHY RETIRE_NOWHERE RETIRE_WAITING RETIRE_WAITING_WHY
    RETIRE_SETTLE DESTROY_OPEN DESTROY_TITLE DESTROY_WHY DESTROY_HOW DESTROY_EVIDENCE
    DESTROY_WITNESS DESTROY_PASSWORD DESTROY_WRITE DESTROY_DONE
    RETIRE_MEDIA RETIRE_STANDARD RETIRE_CRL OUTCOME_NOT_DONE BACK NEXT REASON_END_OF_LIFE
    REASON_REPAIR_RETURN REASON_COMPROMISED REASON_LOST DESTINATION_INTERNAL_REUSE
    DESTINATION_EXTERNAL_REUSE DESTINATION_RECYCLING_FACILITY DESTINATION_MANUFACTURER
    DESTINATION_OTHER
    // people.ftl
    FIRST_RUN FIRST_RUN_WHY FIRST_NAME FIRST_PASSWORD SECOND_NAME SECOND_PASSWORD
    FIRST_RUN_REGISTER
    PEOPLE_NEW PEOPLE_NEW_WHY PEOPLE_ADD PEOPLE_CHANGE PEOPLE_ROLE PEOPLE_SOUND PEOPLE_DISABLED
    PEOPLE_TEMPORARY PEOPLE_WAITS PEOPLE_CARDS PEOPLE_ADDED PEOPLE_UNLOCK PEOPLE_DISABLE
    PEOPLE_ENABLE PEOPLE_WITHDRAW PEOPLE_SET_ROLE PEOPLE_TEMPORARY_PASSWORD PEOPLE_RESET PEOPLE_CARD
    CARD_PIN PEOPLE_ENROL PEOPLE_CHANGED PEOPLE_LAST_ADMIN
    OWN_PASSWORD OWN_PASSWORD_WHY OWN_PASSWORD_NEW OWN_PASSWORD_AGAIN OWN_PASSWORD_CHANGE
    PEOPLE_DISABLE_ASK PEOPLE_DISABLE_WHY
    // settings.ftl
    SETTINGS_LANGUAGE SETTINGS_THEME SETTINGS_SIZE SETTINGS_LARGER SETTINGS_SMALLER
    SETTINGS_ABOUT SETTINGS_VERSION SETTINGS_STATION SETTINGS_SITE SETTINGS_LICENCE
    SETTINGS_FONTS SETTINGS_TONES SETTINGS_ON SETTINGS_OFF
    DIAGNOSTICS DIAGNOSTICS_WHY DIAGNOSTICS_WRITE
    // two.ftl
    TWO_TITLE TWO_SECOND TWO_PASSWORD TWO_SECOND_WHY TWO_DONE TWO_WAITS TWO_WAITS_WHY TWO_REQUESTS
    TWO_ASKED TWO_APPROVED TWO_APPROVE TWO_REFUSE TWO_TAKE_BACK REQUEST_RAISE_QUOTA
    REQUEST_WIPE_WAIVER REQUEST_CEREMONY REQUEST_RELEASE_KEY REQUEST_REVOKE REQUEST_ADD
    REQUEST_SET_ROLE REQUEST_RESET REQUEST_ENABLE REQUEST_CARD
    // authority.ftl
    AUTHORITY_SOUND AUTHORITY_ALARM AUTHORITY_ALARM_WHY AUTHORITY_ENDS AUTHORITY_ENDS_ON
    AUTHORITY_NOT_MADE END_ROOT END_ISSUING END_OCSP END_CRL END_DELTA AUTHORITY_LISTS
    AUTHORITY_NO_LIST AUTHORITY_CRL AUTHORITY_DELTA AUTHORITY_LIST_AGE AUTHORITY_TOKEN
    AUTHORITY_MODEL AUTHORITY_MODULE AUTHORITY_NO_KEYS AUTHORITY_MISSING AUTHORITY_ROOT
    AUTHORITY_ROOT_AWAY AUTHORITY_CERTIFICATES CRL_PUBLISH CRL_PUBLISHED REVOKE_TITLE REVOKE_WHY
    REVOKE_SERIAL REVOKE REVOKE_DONE REVOCATION_CESSATION REVOCATION_COMPROMISE
    REVOCATION_SUPERSEDED REVOCATION_AFFILIATION REVOCATION_PRIVILEGE
    // releases.ftl
    RELEASE_NONE RELEASE_NONE_WHY RELEASE_IN_USE RELEASE_RETIRED RELEASE_RETIRED_SINCE
    RELEASE_TARGET RELEASE_RECORDED RELEASE_MANIFEST RELEASE_KEY RELEASE_COUNTER RELEASE_RETIRE
    RELEASE_FOLDER RELEASE_FOLDER_WHY RELEASE_CHECK RELEASE_IMPORT RELEASE_IMPORTED
    RELEASE_IMPORTED_WHY RELEASE_SOUND RELEASE_REFUSED RELEASE_TRUST RELEASE_TRUSTED CHECK_PASSED
    CHECK_FAILED CHECK_NOT_MADE CHECK_SIGNATURE CHECK_MANIFEST CHECK_BOOTLOADER CHECK_APPLICATION
    CHECK_PROVISIONER CHECK_SBOM COMPONENTS COMPONENTS_WHY COMPONENTS_FILTER COMPONENTS_COUNT
    CARRIERS CARRIERS_COMPONENT CARRIERS_BELOW CARRIERS_COUNT CARRIERS_NONE
    CHECK_COMPONENTS
    RELEASE_RETIRE_ASK RELEASE_RETIRE_WHY
    // training.ftl
    TRAIN_WHY TRAIN_SUPPLY TRAIN_ON TRAIN_OFF TRAIN_PULL TRAIN_RECONNECT TRAIN_INSERT BOARD_GENUINE
    BOARD_USED BOARD_OTHER_CHIP BOARD_SMALL BOARD_CLONE TRAIN_MISHAP TRAIN_MISHAP_WHY
    MISHAP_POWER_WRITING MISHAP_POWER_BURNING MISHAP_POWER_LOCKING MISHAP_CABLE MISHAP_BIT
    MISHAP_STUCK MISHAP_SWAP TRAIN_INSERTED TRAIN_PULLED TRAIN_RECONNECTED TRAIN_ARMED
}

/// Keys and what they do.
pub(super) const KEYS: &[(Key, Word)] = &[
    (Key::Said(KEYS_SLOT), KEYS_SLOT_WHAT),
    (Key::Said(KEYS_SERIAL), KEYS_SERIAL_WHAT),
    (Key::Said(KEYS_NEXT), KEYS_NEXT_WHAT),
    (Key::Named("F5"), KEYS_START_ALL),
    (Key::Named("F8"), KEYS_STOP),
    (Key::Named("Shift F8"), KEYS_STOP_ALL),
    (Key::Named("F6"), KEYS_NEXT_BOARDS),
    (Key::Named("F7"), KEYS_AUTO),
    (Key::Named("F4"), KEYS_STEPS),
    (Key::Named("F2"), KEYS_GUIDE),
    (Key::Said(KEYS_PLACES), KEYS_PLACES_WHAT),
    (Key::Control("L"), SIGN_OUT),
    (Key::Said(KEYS_TAB), KEYS_TAB_WHAT),
    (Key::Named("F9"), KEYS_THEME),
    (Key::Named("F10"), KEYS_LANGUAGE),
    (Key::Said(KEYS_ZOOM), KEYS_ZOOM_WHAT),
    (Key::Named("Esc"), KEYS_ESCAPE),
    (Key::Said(KEYS_HELP), KEYS_HELP_WHAT),
];

/// A key as the help names it.
pub(super) enum Key {
    /// In the words of the language.
    Said(Word),
    /// As it is printed on every keyboard.
    Named(&'static str),
    /// With the control key, which keyboards print in their language.
    Control(&'static str),
}

/// `Ctrl L`.
pub(super) fn control(ui: &Ui, key: &str) -> String {
    format!("{} {key}", CTRL.of(ui))
}

/// `Slot 3`.
pub(super) fn slot(ui: &Ui, number: SlotId) -> String {
    SLOT.with(ui, &[("slot", &number)])
}

/// Done and left of a quota.
pub(super) fn quota(ui: &Ui, done: u32, quota: u32) -> String {
    let left = quota.saturating_sub(done);
    QUOTA.with(ui, &[("done", &done), ("quota", &quota), ("left", &left)])
}

/// `3:07 min`, or `7.4 s` under ten seconds.
pub(super) fn duration(ui: &Ui, ms: u64) -> String {
    let mark = DECIMAL_MARK.of(ui);
    match ms {
        0..10_000 => format!("{}{mark}{} s", ms / 1000, ms % 1000 / 100),
        10_000..60_000 => format!("{} s", ms / 1000),
        _ => format!("{}:{:02} min", ms / 60_000, ms / 1000 % 60),
    }
}

/// `12 s left`.
pub(super) fn left(ui: &Ui, ms: u64) -> String {
    TIME_LEFT.with(ui, &[("left", &span(ui, ms.div_ceil(1000)))])
}

/// `unit: 12 s left`, where it is told beside what a step has left.
pub(super) fn unit_left(ui: &Ui, ms: u64) -> String {
    UNIT_LEFT.with(ui, &[("left", &span(ui, ms.div_ceil(1000)))])
}

/// A moment in this station's time zone: `2026-11-21 00:13:05` (ISO 8601, in every language).
pub(super) fn moment(ms: u64) -> String {
    let ms = i64::try_from(ms).unwrap_or(i64::MAX);
    let Ok(moment) = Timestamp::from_millisecond(ms) else {
        return ms.to_string();
    };
    let moment = moment.to_zoned(TimeZone::system());
    moment.strftime("%Y-%m-%d %H:%M:%S").to_string()
}

/// A path as people write it, with `~` for their own folder.
pub(super) fn path(path: &Path) -> String {
    let home = std::env::var_os("HOME").filter(|home| !home.is_empty());
    let inside = home.and_then(|home| path.strip_prefix(home).ok());
    match inside {
        Some(inside) => Path::new("~").join(inside).display().to_string(),
        None => path.display().to_string(),
    }
}

/// The word for a slot.
pub(super) const fn state(state: State) -> Word {
    match state {
        State::Empty => STATE_EMPTY,
        State::Ready => STATE_READY,
        State::Working => STATE_WORKING,
        State::Pass => STATE_PASS,
        State::Fail => STATE_FAIL,
        State::Quarantine => STATE_QUARANTINE,
    }
}

/// A step in plain words.
pub(super) const fn step(step: StepId) -> Word {
    match step {
        StepId::Authorize => STEP_AUTHORIZE,
        StepId::Identify => STEP_IDENTIFY,
        StepId::Plan => STEP_PLAN,
        StepId::FlashBootloader => STEP_FLASH_BOOTLOADER,
        StepId::FlashApplication => STEP_FLASH_APPLICATION,
        StepId::FlashMetadata => STEP_FLASH_METADATA,
        StepId::FlashComponents => STEP_FLASH_COMPONENTS,
        StepId::MakeFlashKey => STEP_MAKE_FLASH_KEY,
        StepId::StartProvisioner => STEP_START_PROVISIONER,
        StepId::CheckElement => STEP_CHECK_ELEMENT,
        StepId::MakeKey => STEP_MAKE_KEY,
        StepId::BurnRootKey => STEP_BURN_ROOT_KEY,
        StepId::LockRootKey => STEP_LOCK_ROOT_KEY,
        StepId::BurnBootKey => STEP_BURN_BOOT_KEY,
        StepId::BurnSettings => STEP_BURN_SETTINGS,
        StepId::BurnCounter => STEP_BURN_COUNTER,
        StepId::Issue => STEP_ISSUE,
        StepId::StoreCertificate => STEP_STORE_CERTIFICATE,
        StepId::WriteProtect => STEP_WRITE_PROTECT,
        StepId::SecureBoot => STEP_SECURE_BOOT,
        StepId::ReadProtect => STEP_READ_PROTECT,
        StepId::Attest => STEP_ATTEST,
        StepId::ProveIdentity => STEP_PROVE_IDENTITY,
        StepId::WipeKeys => STEP_WIPE_KEYS,
        StepId::MassErase => STEP_MASS_ERASE,
        StepId::BlankCheck => STEP_BLANK_CHECK,
        StepId::Revoke => STEP_REVOKE,
        StepId::Deregister => STEP_DEREGISTER,
        StepId::Document => STEP_DOCUMENT,
    }
}

/// How a step ended.
pub(super) const fn outcome(outcome: Outcome) -> Word {
    match outcome {
        Outcome::Done => OUTCOME_DONE,
        Outcome::Already => OUTCOME_ALREADY,
        Outcome::NotAsked => OUTCOME_NOT_ASKED,
        Outcome::Failed => OUTCOME_FAILED,
    }
}

/// How that was verified.
pub(super) const fn verification(verification: Verification) -> Word {
    match verification {
        Verification::ReadBack => VERIFICATION_READ_BACK,
        Verification::Digest => VERIFICATION_DIGEST,
        Verification::Attested => VERIFICATION_ATTESTED,
        Verification::ControllerStatus => VERIFICATION_CONTROLLER_STATUS,
        Verification::Signature => VERIFICATION_SIGNATURE,
        Verification::Record => VERIFICATION_RECORD,
        Verification::Confirmed => VERIFICATION_CONFIRMED,
    }
}

/// What a person is.
pub(super) const fn role(role: Role) -> Word {
    match role {
        Role::Operator => ROLE_OPERATOR,
        Role::Supervisor => ROLE_SUPERVISOR,
        Role::SecurityAdmin => ROLE_SECURITY_ADMIN,
        Role::Auditor => ROLE_AUDITOR,
        Role::ServiceTechnician => ROLE_SERVICE_TECHNICIAN,
    }
}

/// A unit's state of life.
pub(super) const fn unit_state(state: UnitState) -> Word {
    match state {
        UnitState::Blank => UNIT_STATE_BLANK,
        UnitState::InProgress => UNIT_STATE_IN_PROGRESS,
        UnitState::Provisioned => UNIT_STATE_PROVISIONED,
        UnitState::Quarantined => UNIT_STATE_QUARANTINED,
        UnitState::InRepair => UNIT_STATE_IN_REPAIR,
        UnitState::Decommissioned => UNIT_STATE_DECOMMISSIONED,
        UnitState::Destroyed => UNIT_STATE_DESTROYED,
    }
}

/// How far a batch has come.
pub(super) const fn batch_state(state: BatchState) -> Word {
    match state {
        BatchState::Draft => BATCH_STATE_DRAFT,
        BatchState::Approved => BATCH_STATE_APPROVED,
        BatchState::Open => BATCH_STATE_OPEN,
        BatchState::Paused => BATCH_STATE_PAUSED,
        BatchState::Closed => BATCH_STATE_CLOSED,
    }
}

/// Why a unit is taken out of service.
pub(super) const fn reason(reason: Reason) -> Word {
    match reason {
        Reason::EndOfLife => REASON_END_OF_LIFE,
        Reason::RepairReturn => REASON_REPAIR_RETURN,
        Reason::Compromised => REASON_COMPROMISED,
        Reason::Lost => REASON_LOST,
    }
}

/// Where it goes.
pub(super) const fn destination(kind: DestinationKind) -> Word {
    match kind {
        DestinationKind::InternalReuse => DESTINATION_INTERNAL_REUSE,
        DestinationKind::ExternalReuse => DESTINATION_EXTERNAL_REUSE,
        DestinationKind::RecyclingFacility => DESTINATION_RECYCLING_FACILITY,
        DestinationKind::Manufacturer => DESTINATION_MANUFACTURER,
        DestinationKind::Other => DESTINATION_OTHER,
    }
}

/// Why a certificate is revoked.
pub(super) const fn revocation(reason: RevocationReason) -> Word {
    match reason {
        RevocationReason::CessationOfOperation => REVOCATION_CESSATION,
        RevocationReason::KeyCompromise => REVOCATION_COMPROMISE,
        RevocationReason::Superseded => REVOCATION_SUPERSEDED,
        RevocationReason::AffiliationChanged => REVOCATION_AFFILIATION,
        RevocationReason::PrivilegeWithdrawn => REVOCATION_PRIVILEGE,
    }
}

/// One check of a release.
pub(super) const fn release_check(check: Check) -> Word {
    match check {
        Check::Signature => CHECK_SIGNATURE,
        Check::Manifest => CHECK_MANIFEST,
        Check::Bootloader => CHECK_BOOTLOADER,
        Check::Components => CHECK_COMPONENTS,
        Check::Application => CHECK_APPLICATION,
        Check::Provisioner => CHECK_PROVISIONER,
        Check::Sbom => CHECK_SBOM,
    }
}

/// What goes wrong on the virtual bench.
pub(super) const fn mishap(mishap: Mishap) -> Word {
    match mishap {
        Mishap::PowerWhileWriting => MISHAP_POWER_WRITING,
        Mishap::PowerWhileBurning => MISHAP_POWER_BURNING,
        Mishap::PowerWhileLocking => MISHAP_POWER_LOCKING,
        Mishap::Cable => MISHAP_CABLE,
        Mishap::FlippedBit => MISHAP_BIT,
        Mishap::StuckFlash => MISHAP_STUCK,
        Mishap::SwappedBoard => MISHAP_SWAP,
    }
}
