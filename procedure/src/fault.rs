//! What can go wrong, under a code that stays the same for ever.
//!
//! A [`Code`] is what an operator reads out over the phone. It has one sentence of what happened
//! and one of what to do, and one entry in `operator-guide.md` (a test holds that).

use std::fmt;

use serde::{Deserialize, Serialize};

/// Whose fault it is. Decides the colour on the screen and who is called.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Blame {
    /// The unit on the bench: set it aside.
    Unit,
    /// The fixture, cable or probe of one slot.
    Slot,
    /// What was asked for, or who asked.
    Request,
    /// The release, profile or configuration.
    Setup,
    /// Token, database, disk or another part of the station.
    Station,
}

macro_rules! codes {
    ($($name:ident $id:literal $blame:ident $what:literal $remedy:literal;)*) => {
        /// A stable error code.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
        pub enum Code { $(#[doc = $what] $name,)* }

        impl Code {
            /// Every code, in order of their text.
            pub const ALL: &'static [Self] = &[$(Self::$name,)*];

            /// The text that stays the same for ever, such as `REL-02`.
            #[must_use]
            pub const fn id(self) -> &'static str { match self { $(Self::$name => $id,)* } }

            /// One sentence: what happened.
            #[must_use]
            pub const fn what(self) -> &'static str { match self { $(Self::$name => $what,)* } }

            /// One sentence: what to do now.
            #[must_use]
            pub const fn remedy(self) -> &'static str { match self { $(Self::$name => $remedy,)* } }

            /// Whose fault it is.
            #[must_use]
            pub const fn blame(self) -> Blame { match self { $(Self::$name => Blame::$blame,)* } }
        }
    };
}

codes! {
    // People and permission.
    SignInRefused "AUT-01" Request "The name or the password is not right." "Try again; after several failures the account waits longer each time.";
    AccountLocked "AUT-02" Request "Too many failed sign-ins: the account is locked for now." "Wait until the time shown, or ask a security admin to unlock the account.";
    NotPermitted "AUT-03" Request "Your role does not allow this." "Ask a person with the role named to do it.";
    OwnApproval "AUT-04" Request "Nobody approves what they asked for themselves." "Ask a second person with the same right to approve it.";
    WeakPassword "AUT-05" Request "The new password is too short or too common." "Choose at least 12 characters that are not a common phrase.";
    SessionEnded "AUT-06" Request "The session has ended." "Sign in again.";
    RequestState "AUT-07" Request "The request is not open: it is unknown, expired, refused, approved already, or used." "List the requests; ask again if it has expired.";
    TemporaryPassword "AUT-08" Request "The password is temporary." "Choose your own when the window asks for it at sign-in, or with `cradle operator password`.";
    AccountDisabled "AUT-09" Request "The account is disabled." "Ask a security admin to enable it.";
    LastAdmin "AUT-10" Request "Nobody would be left to administer the station." "Have another security admin named first.";
    CardRefused "AUT-11" Request "The card does not prove who you are." "Use the card that was enrolled for you, or sign in with your password.";
    CardExpired "AUT-12" Request "The card's certificate is not valid at this time." "Have a new card enrolled, or sign in with your password.";

    // Batches.
    BatchUnknown "BAT-01" Request "There is no such batch." "Check the batch name; list the batches to see those that exist.";
    BatchNotOpen "BAT-02" Request "The batch is not open." "Have two security admins approve and open it.";
    BatchExhausted "BAT-03" Request "The batch has no units left in its quota." "Close the batch, or have two security admins raise its quota.";
    BatchExpired "BAT-04" Request "The batch is past its last day." "Have a security admin make a new batch.";
    TicketInvalid "BAT-05" Station "The batch's approval ticket does not verify." "Stop the line and call a security admin: the records may have been altered.";
    BatchMismatch "BAT-06" Setup "Release, profile or product is not the one the batch was approved for." "Load the release named in the batch.";
    BatchState "BAT-07" Request "The batch is not in a state that allows this." "Look at the batch: a draft waits for names, an approved batch to be opened, and a closed batch stays closed.";

    // Certificate authority and token.
    TokenMissing "TOK-01" Station "The PKCS#11 token was not found." "Check that the token is plugged in, and module and label in the configuration.";
    TokenPin "TOK-02" Station "The token refused the PIN." "Check the PIN file. Too many wrong PINs lock the token.";
    TokenKey "TOK-03" Station "A key is missing on the token, or there is more than one of that name." "Run `cradle ca status` to see what the token holds; repeat the key ceremony if a key is missing.";
    TokenFailed "TOK-04" Station "The token failed to do what was asked." "Check the token and try again; the detail names the PKCS#11 code.";
    TokenModule "TOK-05" Station "The PKCS#11 module cannot be loaded." "Install the module, or correct its path in the configuration.";
    TokenBusy "TOK-06" Station "The token has no session left, or did not answer in time." "Close other programs that use the token; if it is only slow, allow it more time in the configuration.";
    CsrInvalid "CA-01" Unit "The certificate request is malformed or its signature does not verify." "Set the unit aside; a second failure means a faulty chip or a foreign program on it.";
    KeyReused "CA-02" Unit "This device key already belongs to another unit." "Quarantine the unit: two devices must never share a key.";
    CertificateFailed "CA-03" Station "The certificate could not be built." "Keep the detail and call support.";
    NotIssued "CA-04" Request "No certificate with that serial number was issued here." "Check the serial number.";
    CaFileInvalid "CA-05" Setup "A CA certificate file is missing or does not match the token's key." "Restore the file from the ceremony record, or point the configuration at the right token.";
    CertificateForeign "CA-06" Station "The certificate is not the one that the station's CA issued for this unit." "Stop the line and call a security admin: the records may have been altered, or the station was given another CA.";

    // Bench and device.
    NoDevice "DEV-01" Slot "There is no device in the slot, or it does not answer." "Seat the board firmly and check the cable.";
    WrongChip "DEV-02" Unit "The chip in the slot is not the one this product uses." "Take the board out; check that it belongs to this batch.";
    WrongFlashSize "DEV-03" Unit "The chip's flash size is not that of the profile." "Set the unit aside: wrong part or counterfeit.";
    OtpNotVirgin "DEV-04" Unit "The one-time memory is not virgin and does not fit this unit's record." "Quarantine the unit: used or counterfeit part.";
    AlreadyLocked "DEV-05" Unit "The chip is already read-protected." "Quarantine the unit, or decommission it first if it is one of ours.";
    UidKnown "DEV-06" Unit "A unit with this chip identifier exists already." "Quarantine the unit: clone, or a board that came back without decommissioning.";
    LinkLost "DEV-07" Slot "The connection to the device broke off." "Check cable and probe, then start the slot again; the station reads the device before it goes on.";
    FlashFailed "DEV-08" Unit "The flash did not take the image." "Start the slot again; a second failure means a faulty chip.";
    VerifyFailed "DEV-09" Unit "What was read back differs from what was written." "Start the slot again; a second failure means a faulty chip.";
    BurnFailed "DEV-10" Unit "The one-time memory did not take the value." "Quarantine the unit: it cannot be used.";
    ProtectFailed "DEV-11" Unit "The chip did not take the protection settings." "Start the slot again; a second failure means a faulty chip.";
    DeviceSilent "DEV-12" Unit "The firmware on the device does not answer." "Check the serial line; if it is right, set the unit aside.";
    DeviceRefused "DEV-13" Unit "The device refused a request." "Set the unit aside; the detail says which check refused.";
    HardwareCheck "DEV-14" Unit "The device's own hardware check failed." "Set the unit aside: faulty clock, flash or random generator.";
    Attestation "DEV-15" Unit "The device's attestation does not hold." "Quarantine the unit; the detail names the claim.";
    Contradiction "DEV-16" Unit "The device is in a state the record cannot explain." "Quarantine the unit and call a security admin.";
    SlotUnknown "DEV-17" Request "There is no such slot on this bench." "Use one of the slots shown by `cradle bench list`.";
    SerialMismatch "DEV-18" Request "The serial number belongs to another chip." "Scan the label again; if it is right, quarantine both units.";
    NotBlank "DEV-19" Unit "The memory is not blank after the wipe." "Repeat the wipe; if it fails again, destroy the part.";
    SerialForm "DEV-20" Request "The serial number is none of this batch: its form or its check character is not right." "Scan the label again, or type it as it is printed; a label that stays wrong is of another batch or misprinted.";
    NotGenuine "DEV-21" Unit "The chip's identifier is not one that its maker gives." "Quarantine the unit: counterfeit part, or the wrong target profile.";
    SecureElement "DEV-22" Unit "The secure element does not make or use the device's key." "Check that the release is for boards with a secure element; if it is, set the unit aside: the element is missing, broken or was never configured.";
    NotInDownloadMode "DEV-23" Slot "The chip did not enter download mode." "Check that the fixture drives EN and the boot strap of this slot, and that the right port is configured.";
    PortBusy "DEV-24" Slot "Another program uses the serial port of this slot." "Close the other program, such as a terminal or a monitor, then start the slot again.";
    BaudTooHigh "DEV-25" Slot "The serial line does not carry any speed above what the chip starts with, and lost the chip when that was tried." "Set a lower `baud` for the slot, or use a shorter cable or another adapter.";
    SecureDownload "DEV-26" Unit "The chip is in secure download mode, and its firmware does not say who it is." "Quarantine the unit: nothing can be read from it any more; decommission it under a waiver, or destroy it.";
    RamProgramRefused "DEV-27" Unit "The chip's loader does not run a program from RAM." "Set the unit aside: the chip was locked before, or its ROM is of another revision.";
    ElementForeign "DEV-28" Unit "The secure element is not one that its maker vouches for." "Quarantine the unit: counterfeit or cloned element, or the profile pins the root of another maker.";

    // Releases.
    ReleaseUnreadable "REL-01" Setup "The release is incomplete or cannot be read." "Copy the release again from its source.";
    ReleaseSignature "REL-02" Setup "The release's signature does not verify with the pinned key." "Do not use it. Ask for the release again, and report the one you have.";
    ReleaseAltered "REL-03" Setup "A file of the release is not the one that was signed." "Do not use it. Copy the release again from its source.";
    ReleaseNotProduction "REL-04" Setup "The release was not built for production." "Ask for a release whose build profile is `production`.";
    ReleaseChip "REL-05" Setup "The release is for another chip." "Load the release for the chip of this batch.";
    ReleaseTooLarge "REL-06" Setup "An image does not fit the memory it is meant for." "Ask for a release that fits the target profile.";
    ReleaseImage "REL-07" Setup "An image in the release is not a valid signed image." "Ask for a release signed with the release key.";
    ReleaseRetired "REL-08" Setup "The release is retired: no more units get it." "Ask for a batch of a newer release.";
    ReleaseKeyUnknown "REL-09" Setup "Two people have not let this release key in." "Have one security admin ask for it with `cradle release trust-key` and another approve.";
    ReleaseBootSignature "REL-10" Setup "The bootloader does not carry a signature that the chip's ROM accepts." "Sign the release with the boot key on the token, or put a bootloader into the build that was signed with `espsecure`.";

    // Profiles and plans.
    ProfileInvalid "PLN-01" Setup "The target profile is not valid." "Correct the line named in the detail.";
    PlanUnsafe "PLN-02" Setup "The burn plan could not be proven safe." "Correct the target profile; nothing was burnt.";

    // Records and station.
    StoreNewer "STO-01" Station "The database was written by a newer version of the station." "Update this station, or restore the backup of its own version.";
    StoreFailed "STO-02" Station "The database could not be read or written." "Check disk space and file rights; nothing is half done.";
    StoreCorrupt "STO-03" Station "The database is damaged." "Stop, keep the file, and restore the latest backup.";
    AuditBroken "STO-04" Station "The audit log does not verify." "Stop the line and call a security admin; the detail names the first entry that is wrong.";
    UnitUnknown "STO-05" Request "There is no such unit in the records." "Check the serial number.";
    UnitState "STO-06" Request "The unit is not in a state that allows this." "Look at the unit's history to see what happened to it.";
    ClockBack "STO-07" Station "The station's clock is behind what is on record already." "Set the clock. If the clock is right and was wrong before, have a security admin run `cradle records accept-clock`.";
    ConfigInvalid "CFG-01" Setup "The configuration file is not valid." "Correct the line named in the detail.";
    FileFailed "CFG-02" Station "A file could not be read or written." "Check that the path exists and the rights allow it.";
    InputInvalid "CFG-03" Request "What was entered is not valid." "Correct it as the detail says.";
    Cancelled "RUN-01" Request "Stopped on request at a safe point." "Start the slot again to go on from here.";
    Internal "RUN-02" Station "The station met a state it should never be in." "Keep the detail and call support; the unit is safe to start again.";

    // Wipe.
    WipeNotAuthorized "WIP-01" Request "The device did not accept the wipe command." "Check that it is the right device; a second person may waive the device's own wipe.";
    WipeFailed "WIP-02" Unit "A part of the wipe failed." "Repeat it; if it fails again, destroy the part.";
    DocumentInvalid "WIP-03" Request "The certificate of sanitization does not verify." "Do not rely on it; fetch the original from the station.";

    // Registries.
    RegistryUnreachable "REG-01" Station "A registry could not be reached, or is overloaded." "Nothing is lost: run `cradle decommission settle` when it is back.";
    RegistryRefused "REG-02" Setup "A registry did not confirm that it forgot the unit." "Read its answer in the detail; correct its entry in the configuration or ask those who run it, then run `cradle decommission settle`.";
    RegistryUntrusted "REG-03" Setup "A registry is not who it should be: its TLS certificate is not trusted." "Check its address and `connection.ca` in the configuration; if they are right, somebody is in between.";
    RegistryMissing "REG-04" Setup "A registry that still has to confirm is not in the configuration." "Put its entry back, then run `cradle decommission settle`.";
}

impl Code {
    /// The code with that text.
    #[must_use]
    pub fn from_id(id: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|code| code.id() == id)
    }
}

/// One thing that went wrong: the code, and what exactly.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fault {
    /// What kind.
    pub code: Code,
    /// What exactly, for the person who looks into it. Never holds a secret.
    pub detail: String,
}

impl Fault {
    /// A fault of that kind.
    pub fn new(code: Code, detail: impl fmt::Display) -> Self {
        Self {
            code,
            detail: detail.to_string(),
        }
    }
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.code.id(), self.code.what())?;
        if !self.detail.is_empty() {
            write!(f, " ({})", self.detail)?;
        }
        Ok(())
    }
}

impl std::error::Error for Fault {}

/// Turns a foreign error into a [`Fault`] of a given kind.
pub trait OrFault<T> {
    /// The value, or a fault with the error's text as its detail.
    ///
    /// # Errors
    /// The fault made from the error.
    fn or_fault(self, code: Code) -> Result<T, Fault>;
}

impl<T, E: fmt::Display> OrFault<T> for Result<T, E> {
    fn or_fault(self, code: Code) -> Result<T, Fault> {
        self.map_err(|error| Fault::new(code, error))
    }
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    #[test]
    fn every_code_is_unique_and_found_by_its_text() {
        let ids: HashSet<_> = Code::ALL.iter().map(|code| code.id()).collect();
        assert_eq!(ids.len(), Code::ALL.len());
        for code in Code::ALL {
            assert_eq!(Code::from_id(code.id()), Some(*code));
        }
    }
}
