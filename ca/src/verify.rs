//! Verifying ECDSA signatures: of devices, when they prove that they hold their key, and of the
//! token, before anybody sees what it signed.
//!
//! With `ring`: it takes a quarter of the time that `p256` takes, and it is another program than
//! the one that a device in software or SoftHSM2 signs with.

use der::Decode as _;
use ring::signature::{ECDSA_P256_SHA256_ASN1, UnparsedPublicKey};
use x509_cert::spki::SubjectPublicKeyInfoRef;

use cradle_procedure::fault::{Code, Fault};
use cradle_procedure::ports::Signer;

/// Whether `signature` (DER) over `message` verifies with `spki`, the `SubjectPublicKeyInfo` (DER)
/// of a key on P-256.
pub(crate) fn verifies(spki: &[u8], message: &[u8], signature: &[u8]) -> bool {
    let Ok(key) = SubjectPublicKeyInfoRef::from_der(spki) else {
        return false;
    };
    let point = key.subject_public_key.raw_bytes();
    // Refuses every other curve: their points have other lengths or are not on this one.
    UnparsedPublicKey::new(&ECDSA_P256_SHA256_ASN1, point)
        .verify(message, signature)
        .is_ok()
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
    use p256::ecdsa::{Signature, SigningKey};
    use p256::pkcs8::EncodePublicKey as _;

    use super::*;

    #[test]
    fn two_libraries_agree_on_good_and_spoilt_signatures() {
        let key = SigningKey::from_slice(&[3; 32]).unwrap();
        let spki = p256::PublicKey::from(key.verifying_key())
            .to_public_key_der()
            .unwrap();
        let made: Signature = key.sign(b"message");
        let good = made.to_der().as_bytes().to_vec();
        assert!(verifies(spki.as_bytes(), b"message", &good));
        assert!(!verifies(spki.as_bytes(), b"massage", &good));
        for bit in 0..good.len() * 8 {
            let mut spoilt = good.clone();
            spoilt[bit / 8] ^= 1 << (bit % 8);
            let ours = verifies(spki.as_bytes(), b"message", &spoilt);
            assert_eq!(
                ours,
                signature::verifies(spki.as_bytes(), b"message", &spoilt)
            );
            assert!(!ours, "bit {bit}");
        }
        assert!(!verifies(b"no key", b"message", &good));
    }
}
