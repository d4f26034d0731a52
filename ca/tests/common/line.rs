//! A production line's CA on a real token, and devices that ask it for certificates.

use std::fs;
use std::path::PathBuf;
use std::sync::Arc;

use cradle_ca::ceremony::{CaFiles, CaNames, Ceremony, ceremony, issuing_ca, ocsp_signer};
use cradle_ca::http::{Server, Site};
use cradle_ca::issue::{AuthorityConfig, CrlPolicy, DeviceAuthority};
use cradle_ca::ocsp::{ANSWER_LIFE, Responder, ResponderConfig};
use cradle_ca::profile::{DeviceProfile, Urls};
use cradle_ca::token::Token;
use cradle_procedure::curve::Curve;
use cradle_procedure::fault::Fault;
use cradle_procedure::ids::{BatchId, Serial, Uid};
use cradle_procedure::ports::{Authority, IssuedCertificate, Subject};
use cradle_protocol::message::PublicKey;
use der::pem::{LineEnding, encode_string};
use p256::ecdsa::signature::Signer as _;
use p256::ecdsa::{Signature, SigningKey};

use super::SoftHsm;
use super::ledger::Ledger;
use super::referee::now_ms;

pub(crate) struct Line {
    pub(crate) dir: PathBuf,
    pub(crate) files: CaFiles,
    pub(crate) token: Token,
    pub(crate) ledger: Ledger,
    pub(crate) ceremony: Ceremony,
}

pub(crate) fn names() -> CaNames {
    CaNames {
        organization: "Example".into(),
        root: "Example Root CA".into(),
        issuing: "Example Device CA".into(),
    }
}

impl Line {
    /// A line of its own: token, keys and certificates; with CA keys on P-384 in the binary
    /// `p384`.
    pub(crate) fn new(hsm: &SoftHsm, name: &str) -> Self {
        let curve = match module_path!().starts_with("p384") {
            true => Curve::P384,
            false => Curve::P256,
        };
        Self::on(curve, hsm, name)
    }

    /// The same with CA keys on that curve.
    pub(crate) fn on(curve: Curve, hsm: &SoftHsm, name: &str) -> Self {
        let dir = hsm.dir.join(name);
        let files = CaFiles::in_dir(&dir);
        let token = hsm.token(name);
        let ceremony = ceremony(&token, &names(), curve, &files, &now_ms).unwrap();
        Self {
            dir,
            files,
            token,
            ledger: Ledger::default(),
            ceremony,
        }
    }

    /// What its OCSP responder is made of.
    pub(crate) fn responder(&self) -> ResponderConfig {
        let ca = issuing_ca(&self.token, &self.files).unwrap();
        ResponderConfig {
            signer: ocsp_signer(&self.token, &ca, &self.files, &now_ms).unwrap(),
            ca,
            statuses: Box::new(self.ledger.clone()),
            lifetime: ANSWER_LIFE,
            clock: Arc::new(now_ms),
        }
    }

    /// Its OCSP responder and files, over HTTP on a free port of this machine.
    pub(crate) fn serve(&self) -> Server {
        let site = Site {
            responder: Responder::new(self.responder()).unwrap(),
            ocsp_path: "/ocsp".into(),
            files: vec![
                ("/issuing-ca.crl".into(), self.files.crl.clone()),
                ("/issuing-ca.cer".into(), self.files.issuing.clone()),
            ],
            report: Arc::new(|fault| eprintln!("{fault}")),
        };
        Server::start(site, ([127, 0, 0, 1], 0).into()).unwrap()
    }

    pub(crate) fn authority(&self) -> DeviceAuthority<Ledger> {
        DeviceAuthority::new(self.config(), self.ledger.clone())
    }

    /// The authority as it will be at that time.
    pub(crate) fn authority_at(&self, ms: u64) -> DeviceAuthority<Ledger> {
        let mut config = self.config();
        config.clock = Arc::new(move || ms);
        DeviceAuthority::new(config, self.ledger.clone())
    }

    pub(crate) fn config(&self) -> AuthorityConfig {
        let urls = Urls {
            crl: Some("http://pki.example.com/issuing-ca.crl".into()),
            ocsp: Some("http://ocsp.example.com/".into()),
            issuer: Some("http://pki.example.com/issuing-ca.cer".into()),
        };
        AuthorityConfig {
            ca: issuing_ca(&self.token, &self.files).unwrap(),
            profile: DeviceProfile::new("Example", "1.3.6.1.4.1.32473.405", &urls).unwrap(),
            crl: CrlPolicy::weekly(self.files.crl.clone()),
            clock: Arc::new(now_ms),
        }
    }

    /// Has a device certified, and its certificate written to `SERIAL.pem`.
    pub(crate) fn certify(&self, device: &Device) -> IssuedCertificate {
        let issued = device.certify(&mut self.authority()).unwrap();
        let pem = encode_string("CERTIFICATE", LineEnding::LF, &issued.der).unwrap();
        let name = format!("{}.pem", device.subject.serial);
        fs::write(self.dir.join(name), pem).unwrap();
        issued
    }
}

/// A device: a key, and who it is on record.
pub(crate) struct Device {
    pub(crate) subject: Subject,
    key: SigningKey,
}

impl Device {
    pub(crate) fn new(number: u8) -> Self {
        let key = SigningKey::from_slice(&[number; 32]).unwrap();
        let point = key.verifying_key().to_sec1_point(false);
        let subject = Subject {
            batch: BatchId::new("B1").unwrap(),
            serial: Serial::new(format!("SN-{number:04}")).unwrap(),
            uid: Uid::new(&[number; 12]),
            public_key: PublicKey::from_sec1(point.as_bytes()).unwrap().into(),
        };
        Self { subject, key }
    }

    pub(crate) fn sign(&self, info: &[u8]) -> Vec<u8> {
        let signature: Signature = self.key.sign(info);
        signature.to_der().as_bytes().to_vec()
    }

    pub(crate) fn certify(
        &self,
        authority: &mut impl Authority,
    ) -> Result<IssuedCertificate, Fault> {
        let info = authority.prepare_request(&self.subject)?;
        authority.issue(&self.subject, &info, &self.sign(&info))
    }
}
