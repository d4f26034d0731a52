//! A request in, an answer out.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use cradle_procedure::fault::Fault;
use cradle_procedure::ports::{CertificateStatus, StatusLedger};
use der::Encode as _;
use sha1::{Digest as _, Sha1};

use super::answer::{self, Identity, Refusal, Single, Window};
use super::cert_id::{CertId, Issuer, key_bits};
use super::request::Request;
use super::signer::OcspSigner;
use crate::issue::SharedClock;
use crate::issuing::IssuingCa;

/// Answers kept. At about 900 bytes each they take some 60 MB.
const KEPT_ANSWERS: usize = 65_536;

/// What a responder is made of.
pub struct ResponderConfig {
    /// Whose certificates it speaks of.
    pub ca: IssuingCa,
    /// Who signs.
    pub signer: OcspSigner,
    /// Who knows.
    pub statuses: Box<dyn StatusLedger>,
    /// How long an answer is good for.
    pub lifetime: Duration,
    /// What time it is.
    pub clock: SharedClock,
}

/// An OCSP responder.
pub struct Responder {
    config: ResponderConfig,
    issuer: Issuer,
    key_hash: Vec<u8>,
    kept: Mutex<HashMap<Vec<u8>, Kept>>,
}

/// An answer to send.
#[derive(Debug, Clone)]
pub struct Answer {
    /// `OCSPResponse`, DER.
    pub der: Arc<[u8]>,
    /// Until when anybody may keep it, in seconds since 1970-01-01 UTC: `None` for an answer to
    /// one asker alone.
    pub good_until: Option<u64>,
    /// When it was signed, in seconds since 1970-01-01 UTC.
    pub signed_at: u64,
    /// When it was given, in seconds since 1970-01-01 UTC.
    pub given_at: u64,
    /// Why it answers nothing, if it is for the station's people to look into.
    pub fault: Option<Fault>,
}

/// An answer that was given before.
struct Kept {
    status: CertificateStatus,
    window: Window,
    der: Arc<[u8]>,
}

impl Responder {
    /// A responder for that CA.
    ///
    /// # Errors
    /// `CA-03` CA or signer cannot be named in an answer.
    pub fn new(config: ResponderConfig) -> Result<Self, Fault> {
        Ok(Self {
            issuer: Issuer::of(&config.ca)?,
            key_hash: Sha1::digest(key_bits(config.signer.key().public_key())?).to_vec(),
            kept: Mutex::default(),
            config,
        })
    }

    /// Answers a request (`OCSPRequest`, DER). There is always an answer; one that answers
    /// nothing says why (RFC 6960 §2.3).
    #[must_use]
    pub fn answer(&self, request: &[u8]) -> Answer {
        let now = (self.config.clock)() / 1000;
        let Ok(request) = Request::parse(request) else {
            return refused(Refusal::Malformed, now, None);
        };
        let answered = match (request.certificates.as_slice(), &request.nonce) {
            ([id], None) => self.kept_or_signed(id, now),
            (ids, nonce) => self.signed_for_one(ids, nonce.as_deref(), now),
        };
        answered.unwrap_or_else(|fault| refused(Refusal::Internal, now, Some(fault)))
    }

    /// The answer that was given before, if it still says what the record says and at least half
    /// of its life is left; else a new one. The record is asked every time: an answer never
    /// outlives a revocation here.
    fn kept_or_signed(&self, id: &CertId<'_>, now: u64) -> Result<Answer, Fault> {
        let status = self.status(id)?;
        let asked = id.to_der().unwrap_or_default();
        let half = self.config.lifetime.as_secs() / 2;
        if let Some(kept) = self.kept().get(&asked)
            && kept.status == status
            && (kept.window.this_update..kept.window.this_update + half.max(1)).contains(&now)
        {
            return Ok(public(Arc::clone(&kept.der), kept.window, now));
        }
        let window = self.window(now);
        let single = Single {
            id: id.clone(),
            status: status.clone(),
        };
        let der: Arc<[u8]> = self.sign(&[single], window, None)?.into();
        // What is not ours is not kept: anybody can think of another serial number.
        if status != CertificateStatus::Unknown {
            let mut all = self.kept();
            if all.len() >= KEPT_ANSWERS {
                all.clear();
            }
            all.insert(
                asked,
                Kept {
                    status,
                    window,
                    der: Arc::clone(&der),
                },
            );
        }
        Ok(public(der, window, now))
    }

    fn signed_for_one(
        &self,
        ids: &[CertId<'_>],
        nonce: Option<&[u8]>,
        now: u64,
    ) -> Result<Answer, Fault> {
        let mut answers = Vec::with_capacity(ids.len());
        for id in ids {
            answers.push(Single {
                id: id.clone(),
                status: self.status(id)?,
            });
        }
        Ok(Answer {
            der: self.sign(&answers, self.window(now), nonce)?.into(),
            good_until: None,
            signed_at: now,
            given_at: now,
            fault: None,
        })
    }

    fn status(&self, id: &CertId<'_>) -> Result<CertificateStatus, Fault> {
        if !self.issuer.is_of(id) {
            return Ok(CertificateStatus::Unknown);
        }
        self.config.statuses.status(&id.serial_hex())
    }

    fn sign(
        &self,
        answers: &[Single<'_>],
        window: Window,
        nonce: Option<&[u8]>,
    ) -> Result<Vec<u8>, Fault> {
        let identity = Identity {
            key_hash: &self.key_hash,
            certificate: self.config.signer.certificate(),
            signer: self.config.signer.key(),
        };
        answer::signed(&identity, answers, window, nonce)
    }

    fn window(&self, now: u64) -> Window {
        Window {
            this_update: now,
            next_update: now.saturating_add(self.config.lifetime.as_secs()),
        }
    }

    fn kept(&self) -> std::sync::MutexGuard<'_, HashMap<Vec<u8>, Kept>> {
        self.kept.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn public(der: Arc<[u8]>, window: Window, now: u64) -> Answer {
    Answer {
        der,
        good_until: Some(window.next_update),
        signed_at: window.this_update,
        given_at: now,
        fault: None,
    }
}

fn refused(refusal: Refusal, now: u64, fault: Option<Fault>) -> Answer {
    Answer {
        der: refusal.der().into(),
        good_until: None,
        signed_at: now,
        given_at: now,
        fault,
    }
}
