//! The record, in memory. Clones share it.

use std::sync::{Arc, Mutex};

use cradle_procedure::fault::{Code, Fault};
use cradle_procedure::ports::{
    CertificateStatus, IssuanceLedger, IssuedCertificate, Revocation, RevocationLedger,
    RevocationReason, StatusLedger, Subject,
};
use cradle_procedure::tls::{TlsLedger, TlsSubject};

#[derive(Clone, Default)]
pub(crate) struct Ledger(Arc<Mutex<Record>>);

#[derive(Default)]
struct Record {
    issued: Vec<(Subject, IssuedCertificate)>,
    tls: Vec<IssuedCertificate>,
    revoked: Vec<Revocation>,
    crl_number: u64,
    refuse: Option<Code>,
    refused: Vec<Code>,
}

impl Ledger {
    /// Certificates stored.
    pub(crate) fn count(&self) -> usize {
        self.0.lock().unwrap().issued.len()
    }

    /// Requests that the authority refused.
    pub(crate) fn refused(&self) -> usize {
        self.0.lock().unwrap().refused.len()
    }

    /// Has every issuance refused, as an exhausted batch would.
    pub(crate) fn refuse(&self, code: Code) {
        self.0.lock().unwrap().refuse = Some(code);
    }

    /// Revocations that were there before.
    pub(crate) fn preload(&self, revoked: Vec<Revocation>) {
        self.0.lock().unwrap().revoked = revoked;
    }
}

impl IssuanceLedger for Ledger {
    fn issue(
        &mut self,
        subject: &Subject,
        sign: &mut dyn FnMut() -> Result<IssuedCertificate, Fault>,
    ) -> Result<IssuedCertificate, Fault> {
        let mut record = self.0.lock().unwrap();
        if let Some(code) = record.refuse {
            return Err(Fault::new(code, ""));
        }
        if let Some((_, certificate)) = record.issued.iter().find(|(known, _)| known == subject) {
            return Ok(certificate.clone());
        }
        let certificate = sign()?;
        record.issued.push((subject.clone(), certificate.clone()));
        Ok(certificate)
    }

    fn refused(&mut self, _: &Subject, why: &Fault) -> Result<(), Fault> {
        self.0.lock().unwrap().refused.push(why.code);
        Ok(())
    }
}

impl Record {
    fn has_issued(&self, serial_number: &str) -> bool {
        let devices = self.issued.iter().map(|(_, issued)| issued);
        let mut all = devices.chain(&self.tls);
        all.any(|issued| issued.serial_number == serial_number)
    }
}

impl TlsLedger for Ledger {
    fn issue_tls(
        &mut self,
        _: &TlsSubject,
        sign: &mut dyn FnMut() -> Result<IssuedCertificate, Fault>,
    ) -> Result<IssuedCertificate, Fault> {
        let certificate = sign()?;
        self.0.lock().unwrap().tls.push(certificate.clone());
        Ok(certificate)
    }

    fn refused_tls(&mut self, _: &str, why: &Fault) -> Result<(), Fault> {
        self.0.lock().unwrap().refused.push(why.code);
        Ok(())
    }
}

impl RevocationLedger for Ledger {
    fn revoke(&mut self, serial_number: &str, reason: RevocationReason) -> Result<(), Fault> {
        let mut record = self.0.lock().unwrap();
        if !record.has_issued(serial_number) {
            return Err(Fault::new(Code::NotIssued, serial_number));
        }
        if record
            .revoked
            .iter()
            .all(|r| r.serial_number != serial_number)
        {
            record.revoked.push(Revocation {
                serial_number: serial_number.to_owned(),
                revoked_at: super::referee::now_ms() / 1000,
                reason,
            });
        }
        Ok(())
    }

    fn next_crl(&mut self) -> Result<(u64, Vec<Revocation>), Fault> {
        let mut record = self.0.lock().unwrap();
        record.crl_number += 1;
        Ok((record.crl_number, record.revoked.clone()))
    }
}

impl StatusLedger for Ledger {
    fn status(&self, serial_number: &str) -> Result<CertificateStatus, Fault> {
        let record = self.0.lock().unwrap();
        if let Some(code) = record.refuse {
            return Err(Fault::new(code, ""));
        }
        let of_serial = |revoked: &&Revocation| revoked.serial_number == serial_number;
        if let Some(revoked) = record.revoked.iter().find(of_serial) {
            return Ok(CertificateStatus::Revoked(revoked.clone()));
        }
        Ok(if record.has_issued(serial_number) {
            CertificateStatus::Good
        } else {
            CertificateStatus::Unknown
        })
    }
}
