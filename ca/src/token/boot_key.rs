//! An RSA-3072 key on the token that signs bootloaders for a chip's ROM. It signs nothing else.

use std::fmt;
use std::sync::Arc;

use cradle_procedure::fault::Fault;
use cradle_procedure::ports::BootSigner;
use cryptoki::mechanism::rsa::{PkcsMgfType, PkcsPssParams};
use cryptoki::mechanism::{Mechanism, MechanismType};
use cryptoki::object::{Attribute, AttributeType, KeyType, ObjectClass};
use cryptoki::session::Session;
use sha2::{Digest as _, Sha256};

use super::fault::{Failure, OrTokenFault as _};
use super::module;
use super::object::{self, key_fault};
use super::pool::Pool;

const BITS: u64 = 3072;
const BYTES: usize = 384;
const EXPONENT: u32 = 65_537;
/// As long as the digest, which is what the ROM expects.
const SALT: u64 = 32;

/// The boot key. The private half stays on the token; the token stays open while this lives.
#[derive(Clone)]
pub struct TokenBootKey {
    pool: Arc<Pool>,
    label: Arc<str>,
    modulus: Arc<[u8]>,
}

impl TokenBootKey {
    pub(super) fn open(pool: Arc<Pool>, label: &str) -> Result<Self, Fault> {
        let wanted = label.to_owned();
        let modulus = pool.run(move |open| modulus(&open.session, &wanted))?;
        Ok(Self {
            pool,
            label: label.into(),
            modulus: modulus.into(),
        })
    }
}

impl BootSigner for TokenBootKey {
    fn sign(&self, message: &[u8]) -> Result<Vec<u8>, Fault> {
        let digest = Sha256::digest(message);
        let (label, known) = (Arc::clone(&self.label), Arc::clone(&self.modulus));
        self.pool.run(move |open| {
            if *modulus(&open.session, &label)? != *known {
                return Err(
                    key_fault(&label, "the token holds another key of that name now").into(),
                );
            }
            let private = object::only(&open.session, ObjectClass::PRIVATE_KEY, &label)?;
            let pss = PkcsPssParams {
                hash_alg: MechanismType::SHA256,
                mgf: PkcsMgfType::MGF1_SHA256,
                s_len: SALT.into(),
            };
            let signed = open
                .session
                .sign(&Mechanism::RsaPkcsPss(pss), private, &digest);
            signed.or_token_fault()
        })
    }

    fn modulus(&self) -> &[u8] {
        &self.modulus
    }

    fn exponent(&self) -> u32 {
        EXPONENT
    }
}

impl fmt::Debug for TokenBootKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("TokenBootKey")
            .field("label", &self.label)
            .finish_non_exhaustive()
    }
}

/// Makes the key unless one has that label. Says whether it made one.
pub(super) fn ensure(session: &Session, label: &str) -> Result<bool, Failure> {
    // Two sessions that found none would make one each.
    let _turn = module::turn();
    match object::with_label(session, ObjectClass::PRIVATE_KEY, label)?.len() {
        0 => generate(session, label).map(|()| true),
        1 => modulus(session, label).map(|_| false),
        many => Err(key_fault(label, &format!("{many} private keys")).into()),
    }
}

/// The modulus of the one key of that label, big endian.
fn modulus(session: &Session, label: &str) -> Result<Vec<u8>, Failure> {
    let public = object::only(session, ObjectClass::PUBLIC_KEY, label)?;
    let wanted = [AttributeType::Modulus, AttributeType::PublicExponent];
    let (mut modulus, mut exponent) = (Vec::new(), Vec::new());
    for attribute in session.get_attributes(public, &wanted).or_token_fault()? {
        match attribute {
            Attribute::Modulus(value) => modulus = value,
            Attribute::PublicExponent(value) => exponent = value,
            _ => {}
        }
    }
    let exponent = exponent
        .iter()
        .fold(0_u64, |sum, byte| sum.wrapping_shl(8) | u64::from(*byte));
    if modulus.len() != BYTES || exponent != u64::from(EXPONENT) {
        return Err(key_fault(label, "not an RSA-3072 key").into());
    }
    Ok(modulus)
}

fn generate(session: &Session, label: &str) -> Result<(), Failure> {
    let public = [
        Attribute::Encrypt(false),
        Attribute::ModulusBits(BITS.into()),
        Attribute::PublicExponent(EXPONENT.to_be_bytes()[1..].to_vec()),
    ];
    let mechanism = &Mechanism::RsaPkcsKeyPairGen;
    object::generate_pair(session, label, mechanism, KeyType::RSA, &public, &[])
}
