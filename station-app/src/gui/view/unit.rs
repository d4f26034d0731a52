//! One unit's history as a line of moments, and its certificates in words.

use cradle_procedure::ids::{Serial, SlotId};
use cradle_procedure::ports::{RevocationReason, UnitState};
use cradle_procedure::step::{StepReport, Verdict};
use cradle_records::{CertificateRecord, RunRecord, UnitHistory};
use x509_cert::Certificate;
use x509_cert::der::Decode as _;

/// One unit.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UnitView {
    /// Serial number.
    pub serial: Serial,
    /// State of life.
    pub state: UnitState,
    /// Chip, product, batch, release: as on record.
    pub chip: String,
    /// Product.
    pub product: String,
    /// Batch.
    pub batch: String,
    /// Release.
    pub release: String,
    /// Certificates, newest first.
    pub certificates: Vec<CertificateView>,
    /// What happened, in order.
    pub line: Vec<Moment>,
}

/// Something that happened to a unit.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Moment {
    /// Milliseconds since 1970-01-01 UTC.
    pub at_ms: u64,
    /// What.
    pub what: What,
}

/// What happened.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum What {
    /// Serial number and chip were bound to each other.
    Bound,
    /// Somebody began a journey with it.
    Began {
        /// `provision` or `decommission`.
        journey: String,
        /// Person and station.
        who: String,
        /// In which slot.
        slot: Option<SlotId>,
    },
    /// A step ended.
    Step(StepReport),
    /// A journey ended.
    Ended {
        /// How; `None` if it was interrupted and never came to an end.
        verdict: Option<Verdict>,
        /// What went wrong: code and detail.
        why: Option<String>,
    },
    /// A certificate was issued.
    Issued(String),
    /// A certificate was revoked.
    Revoked(String, RevocationReason),
    /// A certificate of sanitization was signed.
    Documented {
        /// Whether it says that everything was done.
        complete: bool,
        /// Its digest.
        sha256: String,
    },
}

/// A certificate in words (RFC 5280).
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct CertificateView {
    /// Serial number, hexadecimal.
    pub serial_number: String,
    /// Subject, RFC 4514.
    pub subject: String,
    /// Issuer, RFC 4514.
    pub issuer: String,
    /// First and last moment of its validity.
    pub validity: (String, String),
    /// Its extensions, by the names that their RFCs give them.
    pub extensions: Vec<String>,
    /// When and why it was revoked.
    pub revoked: Option<(u64, RevocationReason)>,
}

impl UnitView {
    /// The view of a history.
    #[must_use]
    pub fn new(history: &UnitHistory) -> Self {
        let unit = &history.unit;
        let certificates = history.certificates.iter().rev();
        Self {
            serial: unit.serial.clone(),
            state: unit.state,
            chip: unit.uid.to_string(),
            product: unit.product.clone(),
            batch: unit.batch.to_string(),
            release: history.release.to_string(),
            certificates: certificates.map(CertificateView::new).collect(),
            line: line(history),
        }
    }
}

fn line(history: &UnitHistory) -> Vec<Moment> {
    let mut line = vec![Moment {
        at_ms: history.bound_ms,
        what: What::Bound,
    }];
    for run in &history.runs {
        of_run(run, &mut line);
    }
    for certificate in &history.certificates {
        of_certificate(certificate, &mut line);
    }
    line.extend(history.documents.iter().map(|document| Moment {
        at_ms: document.at_ms,
        what: What::Documented {
            complete: document.complete,
            sha256: document.sha256.to_string(),
        },
    }));
    // Stable: what has the same time stays in the order of its record.
    line.sort_by_key(|moment| moment.at_ms);
    line
}

fn of_run(run: &RunRecord, line: &mut Vec<Moment>) {
    // A run is on record from the moment its unit has a name; its first steps were before.
    let first = run.steps.first().map_or(u64::MAX, |step| step.started_ms);
    line.push(Moment {
        at_ms: run.started_ms.min(first),
        what: What::Began {
            journey: run.journey.clone(),
            who: format!("{} · {}", run.operator, run.station),
            slot: run.slot,
        },
    });
    line.extend(run.steps.iter().map(|step| Moment {
        at_ms: step.started_ms + step.duration_ms,
        what: What::Step(step.clone()),
    }));
    let last = run.steps.last();
    let last_ms = last.map_or(run.started_ms, |step| step.started_ms + step.duration_ms);
    let why = run.code.as_ref().map(|code| match &run.detail {
        Some(detail) if !detail.is_empty() => format!("{code}: {detail}"),
        _ => code.clone(),
    });
    line.push(Moment {
        at_ms: run.ended_ms.unwrap_or(last_ms),
        what: What::Ended {
            verdict: run.verdict,
            why,
        },
    });
}

fn of_certificate(certificate: &CertificateRecord, line: &mut Vec<Moment>) {
    let name = &certificate.serial_number;
    line.push(Moment {
        at_ms: certificate.issued_ms,
        what: What::Issued(name.clone()),
    });
    line.extend(certificate.revoked.map(|(at_ms, reason)| Moment {
        at_ms,
        what: What::Revoked(name.clone(), reason),
    }));
}

impl CertificateView {
    fn new(record: &CertificateRecord) -> Self {
        Self {
            serial_number: record.serial_number.clone(),
            revoked: record.revoked,
            ..Self::of_der(&record.der)
        }
    }

    /// What a certificate (DER) says of itself. Of one that cannot be read everything is empty.
    #[must_use]
    pub fn of_der(der: &[u8]) -> Self {
        let Ok(certificate) = Certificate::from_der(der) else {
            return Self::default();
        };
        let body = certificate.tbs_certificate();
        let validity = body.validity();
        let extensions = body.extensions().into_iter().flatten();
        Self {
            serial_number: hexadecimal(body.serial_number().as_bytes()),
            subject: body.subject().to_string(),
            issuer: body.issuer().to_string(),
            validity: (
                validity.not_before.to_string(),
                validity.not_after.to_string(),
            ),
            extensions: extensions
                .map(|extension| extension_name(&extension.extn_id.to_string()))
                .collect(),
            revoked: None,
        }
    }
}

/// What RFC 5280 says for "no well-defined expiration date" (section 4.1.2.5).
pub const NO_END: &str = "9999-12-31T23:59:59Z";

/// The name that its RFC gives an extension; the identifier of one that is not known here.
fn extension_name(oid: &str) -> String {
    let known = EXTENSIONS.iter().find(|(known, _)| *known == oid);
    known.map_or(oid, |(_, name)| *name).to_owned()
}

/// RFC 5280, sections 4.2.1 and 4.2.2; RFC 6960, section 4.2.2.2.1.
const EXTENSIONS: [(&str, &str); 10] = [
    ("2.5.29.14", "subjectKeyIdentifier"),
    ("2.5.29.15", "keyUsage"),
    ("2.5.29.17", "subjectAltName"),
    ("2.5.29.19", "basicConstraints"),
    ("2.5.29.31", "cRLDistributionPoints"),
    ("2.5.29.32", "certificatePolicies"),
    ("2.5.29.35", "authorityKeyIdentifier"),
    ("2.5.29.37", "extKeyUsage"),
    ("1.3.6.1.5.5.7.1.1", "authorityInfoAccess"),
    ("1.3.6.1.5.5.7.48.1.5", "ocsp-nocheck"),
];

fn hexadecimal(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}
