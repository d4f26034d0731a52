//! SHA-256 and ECDSA P-256.

use core::fmt::{self, Write};

use cradle_firmware::crypto::{public_key, sha256, sign, verify_raw};
use cradle_protocol::message::PublicKey;

use super::Hex;
use super::random::Random;

/// FIPS 180-4 example: its padding needs a second block.
const TWO_BLOCKS: &[u8] = b"abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq";
/// RFC 6979 §A.2.5.
const PRIVATE: [u8; 32] = [
    0xC9, 0xAF, 0xA9, 0xD8, 0x45, 0xBA, 0x75, 0x16, 0x6B, 0x5C, 0x21, 0x57, 0x67, 0xB1, 0xD6, 0x93,
    0x4E, 0x50, 0xC3, 0xDB, 0x36, 0xE8, 0x9B, 0x12, 0x7B, 0x8A, 0x62, 0x2B, 0x12, 0x0F, 0x67, 0x21,
];

/// Messages around the lengths at which padding takes another block.
pub fn hashes(out: &mut impl Write) -> fmt::Result {
    writeln!(out, "sha-256 of abc: {}", Hex(&sha256(b"abc")))?;
    writeln!(out, "sha-256 of two blocks: {}", Hex(&sha256(TWO_BLOCKS)))?;
    let mut message = [0; 1000];
    Random::new(1).fill(&mut message);
    for length in [0, 1, 55, 56, 63, 64, 65, 119, 120, 128, 1000] {
        let digest = sha256(&message[..length]);
        writeln!(out, "sha-256 of {length} bytes: {}", Hex(&digest))?;
    }
    Ok(())
}

/// Signatures (RFC 6979), and what verifying says of them, whole and spoiled.
pub fn signatures(out: &mut impl Write) -> fmt::Result {
    let key = public_key(&PRIVATE).ok_or(fmt::Error)?;
    writeln!(out, "public key: {}{}", Hex(&key.x), Hex(&key.y))?;
    let sample = sha256(b"sample");
    let signature = sign(&PRIVATE, &sample).ok_or(fmt::Error)?;
    writeln!(out, "signature of sample: {}", Hex(&signature))?;
    let test = sha256(b"test");
    let of_test = sign(&PRIVATE, &test).ok_or(fmt::Error)?;
    writeln!(out, "signature of test: {}", Hex(&of_test))?;

    let mut verify = |what, key, digest, signature: &[u8]| {
        writeln!(out, "{what}: {}", verify_raw(key, digest, signature))
    };
    verify("it verifies", &key, &sample, &signature)?;
    verify("of another message", &key, &test, &signature)?;
    verify("r flipped", &key, &sample, &flipped(&signature, 100))?;
    verify("cut short", &key, &sample, &signature[..63])?;
    verify("zero", &key, &sample, &[0; 64])?;
    verify("above the order", &key, &sample, &[0xFF; 64])?;
    let (x, y) = (key.x, flipped(&key.y, 7));
    verify("off the curve", &PublicKey { x, y }, &sample, &signature)?;

    for (what, private) in [("zero", [0; 32]), ("above the order", [0xFF; 32])] {
        let signed = sign(&private, &sample).is_some();
        writeln!(out, "signs with a key of {what}: {signed}")?;
    }
    Ok(())
}

fn flipped<const N: usize>(bytes: &[u8; N], bit: usize) -> [u8; N] {
    let mut bytes = *bytes;
    bytes[bit / 8] ^= 1 << (bit % 8);
    bytes
}
