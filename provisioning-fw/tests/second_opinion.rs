//! What the portable boot and signature code answers, on this machine. The emulated board and
//! QEMU are asked for the same page in `bench/tests/differential.rs`.
#![allow(unreachable_pub, clippy::unwrap_used)]

#[path = "second_opinion/page.rs"]
mod page;

const EXPECTED: &str = include_str!("second_opinion/expected.txt");

#[test]
fn the_host_answers_what_is_written_down() {
    let mut page = String::new();
    page::write(&mut page).unwrap();
    assert_eq!(page, EXPECTED, "in full:\n{page}");
}

/// FIPS 180-4 examples and RFC 6979 §A.2.5: what is written down did not come from here alone.
#[test]
fn what_is_written_down_holds_the_published_answers() {
    for published in [
        "sha-256 of abc: ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad\n",
        "sha-256 of two blocks: 248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1\n",
        "public key: 60fed4ba255a9d31c961eb74c6356d68c049b8923b61fa6ce669622e60f29fb6\
         7903fe1008b8bc99a41ae9e95628bc64f2f1b20c2d7e9f5177a3c294d4462299\n",
        "signature of sample: efd48b2aacb6a8fd1140dd9cd45e81d69d2c877b56aaf991c34d0ea84eaf3716\
         f7cb1c942d657c41d436c7a1b6e29f65f3e900dbb9aff4064dc4ab2f843acda8\n",
        "signature of test: f1abb023518351cd71d881567b1ea663ed3efcf6c5132b354f28d3b0b7d38367\
         019f4113742a2b14bd25926b49c649155f267e60d3814b4c0cc84250e46f0083\n",
    ] {
        assert!(EXPECTED.contains(published), "{published}");
    }
}
