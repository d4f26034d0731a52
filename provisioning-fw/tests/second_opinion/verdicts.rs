//! What is accepted as an image.

use core::fmt::{self, Write};

use cradle_firmware::accept::accept_bytes;
use cradle_protocol::metadata::Bank;

use super::Hex;
use super::chip::LAYOUT;
use super::images::{COUNTER, Image, Images};

pub fn write(out: &mut impl Write, images: &Images) -> fmt::Result {
    let root = Some(&images.root_key_hash);
    let [good, for_b] = &images.ordinary;
    let mut verdict = |what, bytes: &[u8], root, counter| {
        write!(out, "{what}: ")?;
        match accept_bytes(bytes, &LAYOUT, Bank::A, root, counter) {
            Ok(image) => writeln!(
                out,
                "good, counter {}, {}",
                image.security_counter,
                Hex(&image.digest)
            ),
            Err(why) => writeln!(out, "{why:?}"),
        }
    };
    verdict("good", &good.bytes, root, COUNTER)?;
    verdict("another root key", &good.bytes, Some(&[7; 32]), COUNTER)?;
    verdict("for the other bank", &for_b.bytes, root, COUNTER)?;
    verdict("no root key", &good.bytes, None, COUNTER)?;
    verdict("cut short", &good.bytes[..good.length - 1], root, COUNTER)?;
    verdict("followed", &changed(good, good.length, 0), root, COUNTER)?;
    verdict("erased", &[0xFF; 100], root, COUNTER)?;
    // One bit of each, flipped.
    for (part, byte) in [
        ("magic", 0),
        ("header size", 8),
        ("payload size", 12),
        ("flags", 16),
        ("padding", 0x100),
        ("payload", good.length / 2),
        ("key", good.length - 100),
        ("signature", good.length - 5),
    ] {
        let bytes = changed(good, byte, good.bytes[byte] ^ 1);
        verdict(part, &bytes, root, COUNTER)?;
    }
    Ok(())
}

fn changed(image: &Image, at: usize, value: u8) -> [u8; super::chip::BANK] {
    let mut bytes = image.bytes;
    bytes[at] = value;
    bytes
}
