//! An installed or returned unit, held against its record. Asks its firmware over the serial line
//! and needs no debugger; changes nothing.

use cradle_protocol::message::{DeviceState, NONCE_LENGTH};

use crate::attestation::{self, Expectation, Finding};
use crate::fault::{Code, Fault};
use crate::ids::Serial;
use crate::pki::certificate_key;
use crate::ports::{Device, IssuedCertificate};

/// What the record says of a unit that is in service.
#[derive(Debug, Clone)]
pub struct Recorded<'a> {
    /// Its serial number.
    pub serial: &'a Serial,
    /// The certificate it was given.
    pub certificate: &'a IssuedCertificate,
    /// Version of its firmware.
    pub version: &'a str,
    /// Everything that it attests.
    pub expectation: Expectation<'a>,
}

/// Asks the unit that answered as `state`, and names everything that was compared. Ends early
/// where its firmware cannot prove anything.
///
/// # Errors
/// `DEV-07`, `DEV-12` nobody answers, or no longer; `PLN-01`, `CA-03`.
pub fn inspect(
    device: &mut dyn Device,
    state: DeviceState,
    entropy: &mut dyn FnMut(&mut [u8]) -> Result<(), Fault>,
    recorded: &Recorded<'_>,
) -> Result<Vec<Finding>, Fault> {
    let mut findings = vec![Finding::new("firmware", &"operational", &told(state))];
    if state != DeviceState::Operational {
        return Ok(findings);
    }
    let number = &recorded.certificate.serial_number;
    let kept = device.read_certificate()?;
    let same = kept
        .as_ref()
        .is_some_and(|der| *der == recorded.certificate.der);
    let kept = match (kept, same) {
        (_, true) => number.as_str(),
        (Some(_), false) => "another",
        (None, false) => "missing",
    };
    findings.push(Finding::new("certificate in the device", number, &kept));
    let mut nonce = [0; NONCE_LENGTH];
    entropy(&mut nonce)?;
    let key = certificate_key(&recorded.certificate.der)?;
    let attested = device.attest(&nonce);
    let attested = attested.and_then(|statement| attestation::verify(&statement, &key, &nonce));
    let holds = "proves that it holds the certified key";
    match attested {
        Ok(claims) => {
            findings.push(Finding::new("attestation", &holds, &holds));
            let version = &claims.software_version;
            findings.push(Finding::new("firmware version", &recorded.version, version));
            findings.extend(recorded.expectation.compare(&claims)?);
        }
        // It answers, and what it says is not good.
        Err(fault) if matches!(fault.code, Code::Attestation | Code::DeviceRefused) => {
            findings.push(Finding::new("attestation", &holds, &fault));
        }
        Err(fault) => return Err(fault),
    }
    Ok(findings)
}

fn told(state: DeviceState) -> String {
    match state {
        DeviceState::Operational => "operational".to_owned(),
        DeviceState::Wiped => "wiped".to_owned(),
        DeviceState::Recovery([a, b]) => format!("in recovery (bank A: {a:?}, bank B: {b:?})"),
    }
}
