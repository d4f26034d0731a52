//! A person's card: a token with a certificate and the private key to it, asked to prove that it
//! is there. What else the card can do is left alone.

use std::path::Path;

use cradle_procedure::fault::{Code, Fault};
use cradle_procedure::pki::certificate_key;
use cradle_procedure::ports::Card;
use cradle_procedure::signature;
use cryptoki::mechanism::{Mechanism, MechanismType};
use cryptoki::object::{Attribute, AttributeType, ObjectClass, ObjectHandle};
use cryptoki::session::{Session, UserType};
use cryptoki::slot::TokenInfo;
use p256::ecdsa::Signature;
use sha2::{Digest as _, Sha256};

use super::fault::{Failure, OrTokenFault as _};
use super::{TokenConfig, module};

/// A card in a reader, its holder's PIN accepted. One thread's own, and closed with it.
pub struct TokenCard {
    session: Session,
    private: ObjectHandle,
    certificate: Vec<u8>,
    hashes_itself: bool,
}

impl TokenCard {
    /// Opens the card and finds the one certificate on it whose private key is there too; among
    /// several, the one of that label.
    ///
    /// # Errors
    /// `TOK-05` no such module, `TOK-01` no such card, `TOK-02` wrong PIN, `TOK-04`; `TOK-03`
    /// there is no such certificate, more than one, or its key is not on P-256.
    pub fn open(config: &TokenConfig, label: Option<&str>) -> Result<Self, Fault> {
        Self::try_open(config, label).map_err(Failure::told)
    }

    fn try_open(config: &TokenConfig, label: Option<&str>) -> Result<Self, Failure> {
        let module = module::load(&config.module, config.arguments.as_deref())?;
        let slot = {
            let _turn = module::turn();
            module::slot_of(&module, &config.label)?
        };
        let mechanisms = module.get_mechanism_list(slot).or_token_fault()?;
        let session = module.open_ro_session(slot).or_token_fault()?;
        session
            .login(UserType::User, Some(&config.pin.auth()))
            .or_token_fault()?;
        let (certificate, private) = identity(&session, label)?;
        let key = certificate_key(&certificate)?;
        if signature::public_key(&key).is_none() {
            return Err(refused("the card's key is not on P-256").into());
        }
        Ok(Self {
            session,
            private,
            certificate,
            hashes_itself: !mechanisms.contains(&MechanismType::ECDSA),
        })
    }
}

/// Labels of the tokens that are in the readers of a module now.
///
/// # Errors
/// `TOK-05` no such module, `TOK-04`.
pub fn present(module_path: &Path) -> Result<Vec<String>, Fault> {
    let look = || -> Result<Vec<String>, Failure> {
        let module = module::load(module_path, None)?;
        let _turn = module::turn();
        let slots = module.get_slots_with_token().or_token_fault()?;
        // A reader that does not answer hides no card in another one.
        let infos = slots
            .into_iter()
            .flat_map(|slot| module.get_token_info(slot));
        let made = infos.filter(TokenInfo::token_initialized);
        Ok(made.map(|info| info.label().to_owned()).collect())
    };
    look().map_err(Failure::told)
}

impl Card for TokenCard {
    fn certificate(&self) -> &[u8] {
        &self.certificate
    }

    fn answer(&self, question: &[u8]) -> Result<Vec<u8>, Fault> {
        let (mechanism, input) = match self.hashes_itself {
            true => (Mechanism::EcdsaSha256, question.to_vec()),
            false => (Mechanism::Ecdsa, Sha256::digest(question).to_vec()),
        };
        let raw = self
            .session
            .sign(&mechanism, self.private, &input)
            .or_token_fault()
            .map_err(Failure::told)?;
        // PKCS#11 v3.1 §6.3.1: the card gives r ‖ s.
        let signature = Signature::from_slice(&raw)
            .map_err(|_| Fault::new(Code::TokenFailed, "C_Sign: not a P-256 signature"))?;
        Ok(signature.to_der().as_bytes().to_vec())
    }
}

/// The one certificate with its private key (PKCS#11 v3.1 §4.6.3: `CKA_ID` ties them together).
fn identity(session: &Session, label: Option<&str>) -> Result<(Vec<u8>, ObjectHandle), Failure> {
    let mut wanted = vec![
        Attribute::Class(ObjectClass::CERTIFICATE),
        Attribute::Token(true),
    ];
    wanted.extend(label.map(|label| Attribute::Label(label.as_bytes().to_vec())));
    let mut found = Vec::new();
    for object in session.find_objects(&wanted).or_token_fault()? {
        let attributes = [AttributeType::Value, AttributeType::Id];
        let (mut value, mut id) = (None, None);
        for attribute in session
            .get_attributes(object, &attributes)
            .or_token_fault()?
        {
            match attribute {
                Attribute::Value(der) => value = Some(der),
                Attribute::Id(bytes) if !bytes.is_empty() => id = Some(bytes),
                _ => {}
            }
        }
        let (Some(der), Some(id)) = (value, id) else {
            continue;
        };
        let key = [
            Attribute::Class(ObjectClass::PRIVATE_KEY),
            Attribute::Token(true),
            Attribute::Id(id),
        ];
        if let [private] = session.find_objects(&key).or_token_fault()?.as_slice() {
            found.push((der, *private));
        }
    }
    match (found.pop(), found.len()) {
        (Some(only), 0) => Ok(only),
        (None, _) => Err(refused("the card holds no certificate with its private key").into()),
        (Some(_), more) => {
            let count = more + 1;
            let detail = format!("the card holds {count} certificates; name one with `object=`");
            Err(refused(&detail).into())
        }
    }
}

fn refused(why: &str) -> Fault {
    Fault::new(Code::TokenKey, why)
}
