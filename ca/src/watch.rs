//! What of a CA ends by itself, and when: CA certificates, OCSP responder's certificate, CRLs.

use std::path::Path;

use cradle_procedure::fault::{Code, Fault, OrFault as _};
use der::Decode as _;
use serde::Serialize;
use x509_cert::certificate::Certificate;

use crate::ceremony::CaFiles;
use crate::files::read_certificate;
use crate::issue::{CrlPolicy, CrlState};

const DAY_S: u64 = 24 * 60 * 60;

/// A new CA takes a ceremony, and devices that trust it: a year's notice.
const CA_NOTICE_S: u64 = 365 * DAY_S;

/// `cradle ca serve` renews this certificate 30 days before it ends: by now it has not.
const OCSP_NOTICE_S: u64 = 15 * DAY_S;

/// One thing that ends.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Watched {
    /// What.
    pub what: &'static str,
    /// When: seconds since 1970-01-01 UTC. `None` if it is not there.
    pub ends_at: Option<u64>,
    /// Whether somebody should see to it now.
    pub alarm: bool,
}

/// All of them. What is not there is no alarm where nothing needs it yet: the responder's
/// certificate and the lists are made when they are first needed.
///
/// # Errors
/// `CFG-02`; `CA-05` a file is not what it should be.
pub fn watch(files: &CaFiles, crl: &CrlPolicy, now_ms: u64) -> Result<Vec<Watched>, Fault> {
    let now = now_ms / 1000;
    let certificate = |what, path: &Path, notice| {
        let ends_at = certificate_end(path)?;
        let alarm = ends_at.is_some_and(|end| now.saturating_add(notice) >= end);
        Ok(Watched {
            what,
            ends_at,
            alarm,
        })
    };
    let list = |what, path: &Path| {
        let list = CrlState::of_file(path)?;
        Ok(Watched {
            what,
            ends_at: list.map(|list| list.next_update),
            alarm: list.is_some_and(|list| list.is_due(now_ms)),
        })
    };
    Ok(vec![
        certificate("root CA certificate", &files.root, CA_NOTICE_S)?,
        certificate("issuing CA certificate", &files.issuing, CA_NOTICE_S)?,
        certificate("OCSP responder certificate", &files.ocsp, OCSP_NOTICE_S)?,
        list("CRL", &crl.path)?,
        list("delta CRL", &crl.delta_path())?,
    ])
}

fn certificate_end(path: &Path) -> Result<Option<u64>, Fault> {
    let Some(der) = read_certificate(path)? else {
        return Ok(None);
    };
    let certificate = Certificate::from_der(&der).or_fault(Code::CaFileInvalid)?;
    let validity = certificate.tbs_certificate().validity();
    Ok(Some(validity.not_after.to_unix_duration().as_secs()))
}
