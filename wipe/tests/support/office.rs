//! Keys, the record, the CA and a registry.

use std::str::FromStr as _;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use cradle_procedure::fault::{Code, Fault};
use cradle_procedure::ids::{RegistryName, Serial, Sha256, Uid};
use cradle_procedure::ports::{
    Attempt, Due, Earlier, IssuedCertificate, RetirementLedger, RevocationReason, Revoker,
    SealedDocument, Signer, StepLog, UnitRecord, UnitState,
};
use cradle_procedure::step::{StepId, StepReport};
use cradle_wipe::{Departure, Registry, Standing};
use p256::ecdsa::signature::{Signer as _, Verifier as _};
use p256::ecdsa::{DerSignature, Signature, SigningKey};
use p256::pkcs8::EncodePublicKey as _;
use x509_cert::Version;
use x509_cert::builder::{Builder as _, CertificateBuilder, profile::devid::DevId};
use x509_cert::certificate::Rfc5280;
use x509_cert::crl::{CertificateList, RevokedCert, TbsCertList};
use x509_cert::der::asn1::{BitString, OctetString, Uint};
use x509_cert::der::oid::AssociatedOid as _;
use x509_cert::der::{Decode as _, Encode as _};
use x509_cert::ext::Extension;
use x509_cert::ext::pkix::CrlNumber;
use x509_cert::name::Name;
use x509_cert::serial_number::SerialNumber;
use x509_cert::spki::{AlgorithmIdentifierOwned, ObjectIdentifier, SubjectPublicKeyInfoOwned};
use x509_cert::time::{Time, Validity};

use super::SERIAL;
use super::device::UID;

/// Top bit set: DER puts a zero before it.
pub const SERIAL_NUMBER: &str = "9a00c0ffee0042";
const ISSUER: &str = "CN=Nordlicht Device Issuing CA,O=Nordlicht Instruments AB";
const CRL_NUMBER: u16 = 517;

#[derive(Clone)]
pub struct Key {
    key: SigningKey,
    spki: Vec<u8>,
    pub broken: bool,
}

impl Key {
    pub fn new(seed: u8) -> Self {
        let key = SigningKey::from_slice(&[seed; 32]).unwrap();
        let spki = key.verifying_key().to_public_key_der().unwrap();
        Self {
            spki: spki.as_bytes().to_vec(),
            key,
            broken: false,
        }
    }

    pub fn spki(&self) -> Vec<u8> {
        self.spki.clone()
    }

    pub fn sign_raw(&self, message: &[u8]) -> [u8; 64] {
        let signature: Signature = self.key.sign(message);
        signature.to_bytes().into()
    }

    pub fn verifies_raw(&self, message: &[u8], signature: &[u8; 64]) -> bool {
        let signature = Signature::from_slice(signature).unwrap();
        self.key.verifying_key().verify(message, &signature).is_ok()
    }
}

impl Signer for Key {
    fn sign(&self, message: &[u8]) -> Result<Vec<u8>, Fault> {
        if self.broken {
            return Err(Fault::new(Code::TokenMissing, "unplugged"));
        }
        let signature: Signature = self.key.sign(message);
        Ok(signature.to_der().as_bytes().to_vec())
    }

    fn public_key(&self) -> &[u8] {
        &self.spki
    }
}

pub struct FakeLedger {
    pub unit: UnitRecord,
    pub intents: Vec<StepId>,
    pub outcomes: Vec<StepReport>,
    pub retired: Option<(Sha256, bool)>,
    pub sealed: Option<SealedDocument>,
    pub pauses: u32,
    pub earlier: Earlier,
    pub dies_after: Option<StepId>,
    pub no_intent: Option<StepId>,
    pub no_outcome: Option<StepId>,
    pub no_retire: bool,
}

impl FakeLedger {
    pub fn new(device: &Key, issuer: &Key) -> Self {
        Self {
            unit: UnitRecord {
                serial: SERIAL.parse().unwrap(),
                uid: Uid::new(&UID),
                product: "Tidvatten TG-2".to_owned(),
                batch: "2026-W31-A".parse().unwrap(),
                state: UnitState::Provisioned,
                certificate: Some(IssuedCertificate {
                    der: certificate(device, issuer),
                    serial_number: SERIAL_NUMBER.to_owned(),
                }),
            },
            intents: Vec::new(),
            outcomes: Vec::new(),
            retired: None,
            sealed: None,
            pauses: 0,
            earlier: Earlier::default(),
            dies_after: None,
            no_intent: None,
            no_outcome: None,
            no_retire: false,
        }
    }
}

impl StepLog for FakeLedger {
    fn intent(&mut self, _: &Serial, step: StepId, _: &str) -> Result<(), Fault> {
        fails(self.no_intent == Some(step) || self.is_dead())?;
        self.intents.push(step);
        Ok(())
    }

    fn outcome(&mut self, _: &Serial, report: &StepReport) -> Result<(), Fault> {
        fails(self.no_outcome == Some(report.id) || self.is_dead())?;
        assert_eq!(
            self.intents.last(),
            Some(&report.id),
            "an outcome without intent"
        );
        self.outcomes.push(report.clone());
        Ok(())
    }
}

impl RetirementLedger for FakeLedger {
    fn unit(&mut self, serial: &Serial) -> Result<UnitRecord, Fault> {
        if *serial == self.unit.serial {
            return Ok(self.unit.clone());
        }
        Err(Fault::new(Code::UnitUnknown, serial))
    }

    fn earlier(&mut self, _: &Serial) -> Result<Earlier, Fault> {
        Ok(self.earlier.clone())
    }

    fn owe(&mut self, serial: &Serial, registry: &RegistryName) -> Result<Due, Fault> {
        fails(self.is_dead())?;
        let dues = &mut self.earlier.dues;
        if let Some(due) = dues.iter().find(|due| due.registry == *registry) {
            return Ok(due.clone());
        }
        dues.push(Due {
            registry: registry.clone(),
            key: format!("{serial}:1"),
            confirmed: None,
        });
        Ok(dues[dues.len() - 1].clone())
    }

    fn answered(
        &mut self,
        _: &Serial,
        registry: &RegistryName,
        answer: &Result<String, Fault>,
    ) -> Result<(), Fault> {
        let mut dues = self.earlier.dues.iter_mut();
        let due = dues.find(|due| due.registry == *registry).unwrap();
        due.confirmed = answer.clone().ok();
        Ok(())
    }

    fn retire(
        &mut self,
        _: &Serial,
        document: &SealedDocument,
        complete: bool,
    ) -> Result<(), Fault> {
        fails(self.no_retire || self.is_dead())?;
        self.retired = Some((document.sha256, complete));
        self.sealed = Some(document.clone());
        Ok(())
    }

    fn pause(&mut self, _: &Serial) -> Result<(), Fault> {
        self.pauses += 1;
        Ok(())
    }
}

impl FakeLedger {
    /// The station died while that step was under way.
    fn is_dead(&self) -> bool {
        self.dies_after
            .is_some_and(|step| self.intents.contains(&step))
    }

    /// The next attempt begins.
    pub fn next_attempt(&mut self) {
        self.dies_after = None;
        self.earlier.attempts.push(Attempt {
            intents: std::mem::take(&mut self.intents),
            outcomes: std::mem::take(&mut self.outcomes),
        });
    }
}

fn fails(yes: bool) -> Result<(), Fault> {
    if yes {
        return Err(Fault::new(Code::StoreFailed, "disk full"));
    }
    Ok(())
}

pub struct FakeRevoker {
    pub issuer: Key,
    pub asked: Vec<(String, RevocationReason)>,
    pub unreachable: bool,
    pub publishes_old_crl: bool,
}

impl FakeRevoker {
    pub fn new(issuer: Key) -> Self {
        Self {
            issuer,
            asked: Vec::new(),
            unreachable: false,
            publishes_old_crl: false,
        }
    }
}

impl Revoker for FakeRevoker {
    fn revoke(&mut self, number: &str, reason: RevocationReason) -> Result<Vec<u8>, Fault> {
        if self.unreachable {
            return Err(Fault::new(Code::FileFailed, "publication point"));
        }
        self.asked.push((number.to_owned(), reason));
        let held = if self.publishes_old_crl {
            vec!["17"]
        } else {
            vec!["17", number]
        };
        Ok(crl(&self.issuer, &held))
    }
}

pub struct FakeRegistry {
    pub name: RegistryName,
    pub down: bool,
    /// Keys it was asked with.
    pub asked: Arc<Mutex<Vec<String>>>,
}

impl FakeRegistry {
    pub fn new(name: &str, down: bool) -> Self {
        Self {
            name: name.parse().unwrap(),
            down,
            asked: Arc::default(),
        }
    }
}

impl Registry for FakeRegistry {
    fn name(&self) -> &RegistryName {
        &self.name
    }

    fn deregister(&mut self, departure: &Departure<'_>) -> Result<String, Fault> {
        self.asked.lock().unwrap().push(departure.key.to_owned());
        if self.down {
            return Err(Fault::new(Code::RegistryUnreachable, "503"));
        }
        Ok(format!("{} deleted", departure.unit.serial))
    }

    fn look(&mut self, _: &UnitRecord) -> Result<Standing, Fault> {
        Ok(Standing::NotAsked)
    }
}

fn certificate(device: &Key, issuer: &Key) -> Vec<u8> {
    let subject = Name::from_str("serialNumber=CR-000042,O=Nordlicht Instruments AB").unwrap();
    let profile = DevId::new(Name::from_str(ISSUER).unwrap(), subject, None).unwrap();
    let number = SerialNumber::new(&hex(SERIAL_NUMBER)).unwrap();
    let validity = Validity::from_now(Duration::from_secs(3600)).unwrap();
    let key = SubjectPublicKeyInfoOwned::from_der(&device.spki).unwrap();
    let builder = CertificateBuilder::new(profile, number, validity, key).unwrap();
    let certificate = builder.build::<_, DerSignature>(&issuer.key).unwrap();
    certificate.to_der().unwrap()
}

fn crl(issuer: &Key, numbers: &[&str]) -> Vec<u8> {
    let algorithm = AlgorithmIdentifierOwned {
        oid: ObjectIdentifier::new_unwrap("1.2.840.10045.4.3.2"),
        parameters: None,
    };
    let number = CrlNumber(Uint::new(&CRL_NUMBER.to_be_bytes()).unwrap());
    let list = TbsCertList::<Rfc5280> {
        version: Version::V2,
        signature: algorithm.clone(),
        issuer: Name::from_str(ISSUER).unwrap(),
        this_update: time(1_795_167_001),
        next_update: Some(time(1_795_771_801)),
        revoked_certificates: Some(numbers.iter().map(|number| entry(number)).collect()),
        crl_extensions: Some(vec![Extension {
            extn_id: CrlNumber::OID,
            critical: false,
            extn_value: OctetString::new(number.to_der().unwrap()).unwrap(),
        }]),
    };
    let signature = issuer.sign(&list.to_der().unwrap()).unwrap();
    let list = CertificateList {
        tbs_cert_list: list,
        signature_algorithm: algorithm,
        signature: BitString::from_bytes(&signature).unwrap(),
    };
    list.to_der().unwrap()
}

fn entry(number: &str) -> RevokedCert<Rfc5280> {
    RevokedCert {
        serial_number: SerialNumber::new(&hex(number)).unwrap(),
        revocation_date: time(1_795_167_000),
        crl_entry_extensions: None,
    }
}

fn time(seconds: u64) -> Time {
    Time::try_from(std::time::UNIX_EPOCH + Duration::from_secs(seconds)).unwrap()
}

fn hex(text: &str) -> Vec<u8> {
    let byte = |at| u8::from_str_radix(&text[at..at + 2], 16).unwrap();
    (0..text.len()).step_by(2).map(byte).collect()
}
