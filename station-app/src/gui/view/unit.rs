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
    /// Object identifiers of its extensions.
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
    line.push(Moment {
        at_ms: run.started_ms,
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
                .map(|extension| extension.extn_id.to_string())
                .collect(),
            revoked: None,
        }
    }
}

fn hexadecimal(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}
