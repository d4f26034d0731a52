//! Verifying ECDSA signatures: of devices, when they prove that they hold their key, and of the
//! token, before anybody sees what it signed.
//!
//! With `ring`: it takes a quarter of the time that `p256` takes, and it is another program than
//! the one that a device in software or SoftHSM2 signs with.

use der::Decode as _;
use der::oid::db::rfc5912::{ECDSA_WITH_SHA_256, ECDSA_WITH_SHA_384};
use ring::signature::{
    ECDSA_P256_SHA256_ASN1, ECDSA_P384_SHA384_ASN1, EcdsaVerificationAlgorithm, UnparsedPublicKey,
};
use x509_cert::spki::{AlgorithmIdentifierOwned, SubjectPublicKeyInfoRef};

use cradle_procedure::curve::Curve;
use cradle_procedure::fault::{Code, Fault};
use cradle_procedure::ports::Signer;

/// Whether `signature` (DER) over `message` verifies with `spki`, the `SubjectPublicKeyInfo` (DER)
/// of a key on one of our curves.
pub(crate) fn verifies(spki: &[u8], message: &[u8], signature: &[u8]) -> bool {
    let (Some(curve), Ok(key)) = (Curve::of_key(spki), SubjectPublicKeyInfoRef::from_der(spki))
    else {
        return false;
    };
    let algorithm: &EcdsaVerificationAlgorithm = match curve {
        Curve::P256 => &ECDSA_P256_SHA256_ASN1,
        Curve::P384 => &ECDSA_P384_SHA384_ASN1,
    };
    UnparsedPublicKey::new(algorithm, key.subject_public_key.raw_bytes())
        .verify(message, signature)
        .is_ok()
}

/// What the signer's signatures are called: ecdsa-with-SHA256 or ecdsa-with-SHA384, as its key
/// is, without parameters (RFC 5758 §3.2).
///
/// # Errors
/// `CA-03` its key is on none of our curves.
pub(crate) fn algorithm(signer: &dyn Signer) -> Result<AlgorithmIdentifierOwned, Fault> {
    let oid = match Curve::of_key(signer.public_key()) {
        Some(Curve::P256) => ECDSA_WITH_SHA_256,
        Some(Curve::P384) => ECDSA_WITH_SHA_384,
        None => {
            let detail = "the signer's key is neither on P-256 nor on P-384";
            return Err(Fault::new(Code::CertificateFailed, detail));
        }
    };
    Ok(AlgorithmIdentifierOwned {
        oid,
        parameters: None,
    })
}

/// Has it signed, and checks the signature before anybody sees it: a bit that flips in a token,
/// by accident or on purpose, must not be published, least of all in a signature, from which
/// (with another over the same) the key may be computed.
///
/// # Errors
/// `TOK-…`; `CA-03` the token's signature does not verify.
pub(crate) fn sign(signer: &dyn Signer, message: &[u8]) -> Result<Vec<u8>, Fault> {
    let signature = signer.sign(message)?;
    if verifies(signer.public_key(), message, &signature) {
        return Ok(signature);
    }
    Err(Fault::new(
        Code::CertificateFailed,
        "the token's signature does not verify with its public key",
    ))
}

#[cfg(test)]
mod tests {
    use cradle_procedure::signature;
    use p256::ecdsa::signature::Signer as _;
    use p256::pkcs8::EncodePublicKey as _;

    use super::*;

    /// A key of each curve, and its signature over `message`.
    fn signed() -> [(Vec<u8>, Vec<u8>); 2] {
        let small = p256::ecdsa::SigningKey::from_slice(&[3; 32]).unwrap();
        let large = p384::ecdsa::SigningKey::from_slice(&[3; 48]).unwrap();
        let small_made: p256::ecdsa::Signature = small.sign(b"message");
        let large_made: p384::ecdsa::Signature = large.sign(b"message");
        let small_key = p256::PublicKey::from(small.verifying_key());
        let large_key = p384::PublicKey::from(large.verifying_key());
        [
            (
                small_key.to_public_key_der().unwrap().into_vec(),
                small_made.to_der().as_bytes().to_vec(),
            ),
            (
                large_key.to_public_key_der().unwrap().into_vec(),
                large_made.to_der().as_bytes().to_vec(),
            ),
        ]
    }

    #[test]
    fn two_libraries_agree_on_good_and_spoilt_signatures() {
        let [(_, of_small), (large, of_large)] = signed();
        assert!(!verifies(&large, b"message", &of_small));
        // In every byte: each bit of the larger one takes too long.
        for (step, (spki, good)) in [1, 8].into_iter().zip(signed()) {
            assert!(verifies(&spki, b"message", &good));
            assert!(signature::verifies(&spki, b"message", &good));
            assert!(!verifies(&spki, b"massage", &good));
            for bit in (0..good.len() * 8).step_by(step) {
                let mut spoilt = good.clone();
                spoilt[bit / 8] ^= 1 << (bit % 8);
                let ours = verifies(&spki, b"message", &spoilt);
                assert_eq!(ours, signature::verifies(&spki, b"message", &spoilt));
                assert!(!ours, "bit {bit}");
            }
        }
        assert!(!verifies(b"no key", b"message", &of_large));
    }
}
