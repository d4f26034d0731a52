//! A record with an open batch, and devices that want certificates.

use std::path::Path;

use cradle_ca::issue::{AuthorityConfig, DeviceAuthority};
use cradle_procedure::fault::{Code, Fault, OrFault as _};
use cradle_procedure::ids::{
    BatchId, OperatorName, ProfileId, ReleaseId, Sha256, SlotId, StationId, Uid,
};
use cradle_procedure::ports::{Authority as _, IssuedCertificate, Ledger as _, Signer, Subject};
use cradle_procedure::role::Role;
use cradle_procedure::step::Verdict;
use cradle_protocol::message::PublicKey;
use cradle_records::{
    BatchRequest, Issuance, NewOperator, NewRelease, PasswordCost, SerialScheme, Session, Store,
    StoreOptions,
};
use p256::ecdsa::signature::Signer as _;
use p256::ecdsa::{Signature, SigningKey};
use p256::pkcs8::EncodePublicKey as _;

use crate::station::now_ms;

const PASSWORD: &str = "violet tram over seven";
/// What an operator is given, and changes at once.
const GIVEN: &str = "green ferry under nine";
const RELEASE: &str = "measured-1.0.0";

pub(super) struct Line {
    store: Store,
    operator: Session,
    batch: BatchId,
    authority: AuthorityConfig,
    made: u32,
}

/// A device that has signed its request.
pub(super) struct Device {
    pub(super) subject: Subject,
    pub(super) info: Vec<u8>,
    pub(super) signature: Vec<u8>,
}

impl Line {
    /// Founds the record, in that folder.
    pub(super) fn open(folder: &Path, authority: AuthorityConfig) -> Result<Self, Fault> {
        let key = AuditKey::new()?;
        let options = StoreOptions {
            audit_key: Some(key.public_key().to_vec()),
            // Nobody attacks a measurement; hashing would only make it longer.
            password_cost: PasswordCost {
                memory_kib: 64,
                passes: 1,
            },
            ..StoreOptions::default()
        };
        let store = Store::open(folder.join("records.db"), now_ms, options)?;
        let [ada, ben, otto] = ["ada", "ben", "otto"].map(OperatorName::new);
        let (ada, ben, otto) = (ada?, ben?, otto?);
        let person = |name| NewOperator {
            name,
            password: PASSWORD,
        };
        store.found(person(&ada), person(&ben))?;
        let station = StationId::new("measure")?;
        let admin = store.sign_in(&ada, PASSWORD, &station)?;
        let second = store.sign_in(&ben, PASSWORD, &station)?;
        let given = NewOperator {
            name: &otto,
            password: GIVEN,
        };
        store.add_operator(&admin, given, Role::Operator)?;
        store.change_password(&otto, GIVEN, PASSWORD, &station)?;
        // The audit key signs releases as well: what is measured needs one that is let in.
        if let Some(asked) = store.ask_to_trust_key(&admin, key.public_key())? {
            store.approve_request(&second, asked.id, &key)?;
        }
        let root_key = store.trust_release_key(&admin, key.public_key())?;
        store.import_release(&admin, release(root_key)?)?;
        let batch = store.request_batch(&admin, request()?)?.id;
        store.approve_batch(&second, &batch, &key)?;
        store.open_batch(&second, &batch)?;
        Ok(Self {
            operator: store.sign_in(&otto, PASSWORD, &station)?,
            store,
            batch,
            authority,
            made: 0,
        })
    }

    pub(super) fn config(&self) -> &AuthorityConfig {
        &self.authority
    }

    pub(super) fn issuance(&self) -> Issuance {
        self.store.issuance(&self.operator)
    }

    pub(super) fn authority(&self) -> DeviceAuthority<Issuance> {
        DeviceAuthority::new(self.authority.clone(), self.issuance())
    }

    /// So many devices more, let in and ready.
    pub(super) fn devices(&mut self, count: usize) -> Result<Vec<Device>, Fault> {
        (0..count).map(|_| self.device()).collect()
    }

    fn device(&mut self) -> Result<Device, Fault> {
        self.made += 1;
        let mut secret = [0x5A; 32];
        secret[..4].copy_from_slice(&self.made.to_be_bytes());
        let key = SigningKey::from_slice(&secret).or_fault(Code::Internal)?;
        let uid = Uid::new(&secret[..12]);
        let mut ledger = self.store.unit_ledger(&self.operator, &self.batch);
        let serial = ledger.admit(SlotId(1), &uid, None)?.serial;
        // So that the next may take the slot; the unit stays begun.
        ledger.conclude(&serial, Verdict::Fail, None)?;
        let point = key.verifying_key().to_sec1_point(false);
        let subject = Subject {
            batch: self.batch.clone(),
            serial,
            uid,
            public_key: PublicKey::from_sec1(point.as_bytes())
                .ok_or_else(|| Fault::new(Code::Internal, "point"))?
                .into(),
        };
        let info = self.authority().prepare_request(&subject)?;
        let signature: Signature = key.sign(&info);
        Ok(Device {
            subject,
            info,
            signature: signature.to_der().as_bytes().to_vec(),
        })
    }
}

impl Device {
    pub(super) fn certify(
        &self,
        authority: &mut impl cradle_procedure::ports::Authority,
    ) -> Result<IssuedCertificate, Fault> {
        authority.issue(&self.subject, &self.info, &self.signature)
    }
}

/// Signs the batch's ticket.
struct AuditKey {
    secret: SigningKey,
    public: Vec<u8>,
}

impl AuditKey {
    fn new() -> Result<Self, Fault> {
        let secret = SigningKey::from_slice(&[7; 32]).or_fault(Code::Internal)?;
        let public = p256::PublicKey::from(secret.verifying_key())
            .to_public_key_der()
            .or_fault(Code::Internal)?
            .into_vec();
        Ok(Self { secret, public })
    }
}

impl Signer for AuditKey {
    fn sign(&self, message: &[u8]) -> Result<Vec<u8>, Fault> {
        let signature: Signature = self.secret.sign(message);
        Ok(signature.to_der().as_bytes().to_vec())
    }

    fn public_key(&self) -> &[u8] {
        &self.public
    }
}

fn release(root_key: Sha256) -> Result<NewRelease, Fault> {
    Ok(NewRelease {
        id: ReleaseId::new(RELEASE)?,
        product: "measured".into(),
        version: "1.0.0".into(),
        profile: ProfileId::new("stm32f405")?,
        root_key,
        manifest: b"manifest".to_vec(),
        sbom: br#"{"bomFormat":"CycloneDX"}"#.to_vec(),
    })
}

fn request() -> Result<BatchRequest, Fault> {
    Ok(BatchRequest {
        id: BatchId::new("measured")?,
        release: ReleaseId::new(RELEASE)?,
        quota: 100_000,
        serials: SerialScheme {
            prefix: "M-".into(),
            width: 6,
            first: 1,
            check: false,
        },
        valid_until_ms: now_ms() + 24 * 3_600_000,
        site: "bench".into(),
    })
}
