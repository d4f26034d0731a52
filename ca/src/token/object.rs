//! Key pairs on the token: found by label, exactly one, or made.

use cradle_procedure::curve::Curve;
use cradle_procedure::fault::{Code, Fault, OrFault as _};
use cryptoki::mechanism::Mechanism;
use cryptoki::object::{Attribute, AttributeType, KeyType, ObjectClass, ObjectHandle};
use cryptoki::session::Session;

use super::fault::{Failure, OrTokenFault as _};
use super::{module, point};

/// Bytes of a new key's `CKA_ID`, which ties the two halves of a pair together.
const ID_BYTES: usize = 16;

/// A key pair found.
pub(super) struct Pair {
    pub(super) private: ObjectHandle,
    /// `SubjectPublicKeyInfo`, DER.
    pub(super) spki: Vec<u8>,
    pub(super) curve: Curve,
}

/// The one EC key pair of that label.
pub(super) fn find_pair(session: &Session, label: &str) -> Result<Pair, Failure> {
    let find = |class| only(session, class, label);
    let private = find(ObjectClass::PRIVATE_KEY)?;
    let public = find(ObjectClass::PUBLIC_KEY)?;
    if id(session, private)? != id(session, public)? {
        return Err(key_fault(label, "private and public key are not a pair").into());
    }
    let (curve, point) = ec_point(session, public, label)?;
    Ok(Pair {
        private,
        spki: point::public_key(curve, &point)?,
        curve,
    })
}

/// Makes the pair unless one has that label. Says whether it made one.
pub(super) fn ensure_pair(session: &Session, label: &str, curve: Curve) -> Result<bool, Failure> {
    // Two sessions that found none would make one each.
    let _turn = module::turn();
    match with_label(session, ObjectClass::PRIVATE_KEY, label)?.len() {
        0 => generate(session, label, curve).map(|()| true),
        1 => Ok(false),
        many => Err(key_fault(label, &format!("{many} private keys")).into()),
    }
}

/// All objects of a class that have the label.
pub(super) fn with_label(
    session: &Session,
    class: ObjectClass,
    label: &str,
) -> Result<Vec<ObjectHandle>, Failure> {
    let template = [
        Attribute::Class(class),
        Attribute::Token(true),
        Attribute::Label(label.as_bytes().to_vec()),
    ];
    session.find_objects(&template).or_token_fault()
}

/// The one object of a class that has the label.
pub(super) fn only(
    session: &Session,
    class: ObjectClass,
    label: &str,
) -> Result<ObjectHandle, Failure> {
    match with_label(session, class, label)?.as_slice() {
        [object] => Ok(*object),
        objects => {
            let count = objects.len();
            Err(key_fault(label, &format!("{count} objects of {class}")).into())
        }
    }
}

fn id(session: &Session, object: ObjectHandle) -> Result<Option<Attribute>, Failure> {
    let mut found = session
        .get_attributes(object, &[AttributeType::Id])
        .or_token_fault()?;
    Ok(found.pop())
}

fn ec_point(
    session: &Session,
    public: ObjectHandle,
    label: &str,
) -> Result<(Curve, Vec<u8>), Failure> {
    let wanted = [AttributeType::EcParams, AttributeType::EcPoint];
    let found = session.get_attributes(public, &wanted).or_token_fault()?;
    let (mut parameters, mut point) = (None, None);
    for attribute in found {
        match attribute {
            Attribute::EcParams(value) => parameters = Some(value),
            Attribute::EcPoint(value) => point = Some(value),
            _ => {}
        }
    }
    let curve = parameters.and_then(|parameters| point::curve(&parameters));
    match (curve, point) {
        (Some(curve), Some(point)) => Ok((curve, point)),
        _ => Err(key_fault(label, "neither a P-256 nor a P-384 key").into()),
    }
}

fn generate(session: &Session, label: &str, curve: Curve) -> Result<(), Failure> {
    let public = [Attribute::EcParams(point::parameters(curve)?)];
    let private = [Attribute::Derive(false)];
    let mechanism = &Mechanism::EccKeyPairGen;
    generate_pair(session, label, mechanism, KeyType::EC, &public, &private)
}

/// A pair that can sign, do nothing else, and never leave the token; `public` and `private` are
/// what its kind asks for besides.
pub(super) fn generate_pair(
    session: &Session,
    label: &str,
    mechanism: &Mechanism<'_>,
    kind: KeyType,
    public: &[Attribute],
    private: &[Attribute],
) -> Result<(), Failure> {
    let mut id = [0; ID_BYTES];
    getrandom::fill(&mut id).or_fault(Code::Internal)?;
    let named = [
        Attribute::Token(true),
        Attribute::KeyType(kind),
        Attribute::Label(label.as_bytes().to_vec()),
        Attribute::Id(id.to_vec()),
    ];
    let verifies = [Attribute::Private(false), Attribute::Verify(true)];
    let signs_only = [
        Attribute::Private(true),
        Attribute::Sensitive(true),
        Attribute::Extractable(false),
        Attribute::Sign(true),
        // Said, because some modules allow by default whatever is not forbidden.
        Attribute::Decrypt(false),
        Attribute::Unwrap(false),
        Attribute::SignRecover(false),
    ];
    let public = [&verifies, public, &named].concat();
    let private = [&signs_only, private, &named].concat();
    session
        .generate_key_pair(mechanism, &public, &private)
        .or_token_fault()?;
    Ok(())
}

pub(super) fn key_fault(label: &str, why: &str) -> Fault {
    Fault::new(Code::TokenKey, format!("{label}: {why}"))
}
