//! A certificate authority in memory: real certificates, one quota.

use std::cell::RefCell;
use std::rc::Rc;
use std::str::FromStr as _;

use cradle_procedure::fault::{Code, Fault};
use cradle_procedure::ports::{Authority, IssuedCertificate, Signer as _, Subject};
use cradle_procedure::signature::verifies;
use p256::ecdsa::{DerSignature, VerifyingKey};
use p256::pkcs8::{DecodePublicKey as _, EncodePublicKey as _};
use x509_cert::builder::profile::BuilderProfile;
use x509_cert::builder::profile::cabf::Root;
use x509_cert::builder::profile::devid::DevId;
use x509_cert::builder::{Builder as _, CertificateBuilder};
use x509_cert::der::Encode as _;
use x509_cert::name::Name;
use x509_cert::serial_number::SerialNumber;
use x509_cert::spki::SubjectPublicKeyInfoOwned as SubjectPublicKeyInfo;
use x509_cert::time::Validity;

use super::record::Record;
use super::{Faults, SoftKey};

pub struct FakeAuthority<'a> {
    faults: Faults,
    record: Rc<RefCell<Record>>,
    ca: &'a SoftKey,
}

impl<'a> FakeAuthority<'a> {
    pub fn new(faults: Faults, record: Rc<RefCell<Record>>, ca: &'a SoftKey) -> Self {
        Self { faults, record, ca }
    }
}

/// What this CA gives the subject.
pub fn certify(ca: &SoftKey, subject: &Subject, number: u32) -> IssuedCertificate {
    let key = VerifyingKey::from_sec1_bytes(subject.public_key.to_sec1()).unwrap();
    let spki = SubjectPublicKeyInfo::from_key(&key).unwrap();
    let name = Name::from_str(&format!("SERIALNUMBER={},O=Test", subject.serial)).unwrap();
    let profile = DevId::new(ca_name(), name, None).unwrap();
    IssuedCertificate {
        der: built(profile, number, spki, ca),
        serial_number: format!("{number:02x}"),
    }
}

/// The CA's own certificate, DER.
pub fn certificate(ca: &SoftKey) -> Vec<u8> {
    let spki = SubjectPublicKeyInfo::from_key(ca.key.verifying_key()).unwrap();
    built(Root::new(false, ca_name()).unwrap(), 1, spki, ca)
}

fn ca_name() -> Name {
    Name::from_str("CN=Test CA,O=Test,C=DE").unwrap()
}

fn built(
    profile: impl BuilderProfile,
    number: u32,
    spki: SubjectPublicKeyInfo,
    ca: &SoftKey,
) -> Vec<u8> {
    let validity = Validity::from_now(std::time::Duration::from_secs(3600)).unwrap();
    let number = SerialNumber::from(number);
    let builder = CertificateBuilder::new(profile, number, validity, spki).unwrap();
    let certificate = builder.build::<_, DerSignature>(&ca.key).unwrap();
    certificate.to_der().unwrap()
}

impl Authority for FakeAuthority<'_> {
    fn prepare_request(&mut self, subject: &Subject) -> Result<Vec<u8>, Fault> {
        self.faults.guard(Code::CertificateFailed, || {
            Ok(subject.public_key.to_sec1().to_vec())
        })
    }

    fn issue(
        &mut self,
        subject: &Subject,
        info: &[u8],
        signature: &[u8],
    ) -> Result<IssuedCertificate, Fault> {
        self.faults.guard(Code::TokenFailed, || {
            let key = VerifyingKey::from_sec1_bytes(subject.public_key.to_sec1()).unwrap();
            let spki = key.to_public_key_der().unwrap();
            assert!(VerifyingKey::from_public_key_der(spki.as_bytes()).is_ok());
            if !verifies(spki.as_bytes(), info, signature) {
                return Err(Fault::new(Code::CsrInvalid, ""));
            }
            let mut record = self.record.borrow_mut();
            let unit = record.units.get_mut(&subject.serial).unwrap();
            let known = unit
                .certificates
                .iter()
                .find(|(key, _)| *key == subject.public_key);
            if let Some((_, certificate)) = known {
                return Ok(certificate.clone());
            }
            let first = unit.certificates.is_empty();
            let certificate = certify(self.ca, subject, 1 + unit.certificates.len() as u32);
            unit.certificates
                .push((subject.public_key.clone(), certificate.clone()));
            record.quota -= u32::from(first);
            assert!(!self.ca.public_key().is_empty());
            Ok(certificate)
        })
    }
}
