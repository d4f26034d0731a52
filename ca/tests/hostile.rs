//! Requests made to deceive or to break: the kept ones of `corpus/`, and mutations of them.
//!
//! `CRADLE_FUZZ_ROUNDS=2000000 cargo test --release -p cradle-ca --test hostile` takes minutes
//! instead of a second; `CRADLE_FUZZ_SEED` gives it other mutations.

#![allow(clippy::unwrap_used)]

mod common;

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::LazyLock;

use common::SoftHsm;
use common::line::{Device, Line};
use common::referee::openssl;
use cradle_ca::ocsp::{Responder, is_request};
use cradle_procedure::curve::SubjectKey;
use cradle_procedure::fault::Code;
use cradle_procedure::ports::Authority as _;
use der::asn1::{Any, BitString};
use der::{Decode as _, Encode as _, Sequence};

static HSM: LazyLock<SoftHsm> = LazyLock::new(|| SoftHsm::new("hostile", ""));

/// Mutations of each kind of request.
const ROUNDS: &str = "CRADLE_FUZZ_ROUNDS";
const FEW_ROUNDS: usize = 5000;
const SEED: &str = "CRADLE_FUZZ_SEED";

/// A PKCS#10 request, as its outermost parts.
#[derive(Sequence)]
struct Parts {
    info: Any,
    algorithm: Any,
    signature: BitString,
}

/// Names and contents of the kept requests of a kind.
fn corpus(kind: &str) -> Vec<(String, Vec<u8>)> {
    let mut paths: Vec<PathBuf> = fs::read_dir(folder(kind))
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .collect();
    paths.sort();
    let named = |path: &PathBuf| path.file_name().unwrap().to_str().unwrap().to_owned();
    (paths.iter())
        .map(|path| (named(path), fs::read(path).unwrap()))
        .collect()
}

fn folder(kind: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("tests/corpus")
        .join(kind)
}

/// Nothing is wrong with how they are signed: what OpenSSL refuses, it cannot even read.
#[test]
fn openssl_verifies_every_kept_request_that_it_can_read() {
    for (name, _) in corpus("csr") {
        let said = openssl(
            &folder("csr"),
            &format!("req -inform DER -in {name} -verify -noout"),
        );
        let unreadable = ["name-cut-short", "name-overlong", "name-surrogate"];
        let expected = match unreadable.iter().any(|prefix| name.starts_with(prefix)) {
            true => "nested asn1 error",
            false => "verify OK",
        };
        assert!(said.text.contains(expected), "{name}: {}", said.text);
    }
}

#[test]
fn every_kept_request_is_refused_with_the_reason_and_noted() {
    let line = Line::new(&HSM, "kept");
    // Its key is the one that signed those with names.
    let device = Device::new(1);
    let mut authority = line.authority();
    let kept = corpus("csr");
    assert!(kept.len() >= 25);
    for (name, der) in &kept {
        let parts = Parts::from_der(der).unwrap();
        let (info, signature) = (parts.info.to_der().unwrap(), parts.signature.raw_bytes());
        let fault = authority
            .issue(&device.subject, &info, signature)
            .unwrap_err();
        assert_eq!(fault.code, Code::CsrInvalid, "{name}");
        let why = match name.split('-').next().unwrap() {
            // The one kind of string that no certificate may hold and the reader does not know.
            "name" if name.contains("universal") => "malformed",
            "key" => "another key",
            "name" => "another subject",
            "attributes" => "attributes",
            other => panic!("{other}: what speaks against it?"),
        };
        assert!(fault.detail.contains(why), "{name}: {fault}");
    }
    assert_eq!(line.ledger.count(), 0);
    assert_eq!(line.ledger.refused(), kept.len());
}

/// A point of secp256k1 is as long as one of P-256, and not on it.
#[test]
fn key_on_a_curve_of_the_same_size_is_refused() {
    let line = Line::new(&HSM, "curve");
    let der = fs::read(folder("csr").join("key-secp256k1.der")).unwrap();
    let start = der.windows(4).position(|four| four == [0x03, 0x42, 0, 4]);
    let point = &der[start.unwrap() + 3..][..65];
    let mut device = Device::new(1);
    device.subject.public_key = SubjectKey::from_sec1(point).unwrap();
    let fault = line
        .authority()
        .prepare_request(&device.subject)
        .unwrap_err();
    assert_eq!(fault.code, Code::CsrInvalid);
    assert_eq!(line.ledger.refused(), 1);
}

#[test]
fn no_mutation_of_a_request_gets_a_certificate() {
    let line = Line::new(&HSM, "mutated");
    let device = Device::new(1);
    let mut authority = line.authority();
    let prepared = authority.prepare_request(&device.subject).unwrap();
    let mut seeds: Vec<_> = (corpus("csr").iter())
        .map(|(_, der)| Parts::from_der(der).unwrap().info.to_der().unwrap())
        .collect();
    seeds.push(prepared.clone());
    let mut random = Random::new();
    for round in 0..rounds() {
        let info = random.mutation(&seeds);
        let fault = authority.issue(&device.subject, &info, &device.sign(b"other"));
        let fault = fault.expect_err(&format!("round {round}: {}", hex::encode(&info)));
        assert_eq!(fault.code, Code::CsrInvalid);
    }
    assert_eq!(line.ledger.count(), 0);
}

/// Reader and responder agree: what is a request is answered, and everything else is called
/// malformed (RFC 6960 §2.3).
#[test]
fn every_mutation_of_an_ocsp_request_is_answered() {
    let line = Line::new(&HSM, "ocsp");
    let responder = Responder::new(line.responder()).unwrap();
    let seeds: Vec<_> = (corpus("ocsp").into_iter())
        .map(|(name, der)| {
            assert!(is_request(&der), "{name}");
            der
        })
        .collect();
    let mut random = Random::new();
    let mut read = 0;
    let rounds = rounds();
    for round in 0..rounds {
        let bytes = random.mutation(&seeds);
        let answer = responder.answer(&bytes);
        let good = is_request(&bytes);
        read += usize::from(good);
        let status = match good {
            true => 0,
            false => 1,
        };
        let answered = Any::from_der(&answer.der).unwrap();
        let told = format!("round {round}: {}", hex::encode(&bytes));
        assert!(answer.fault.is_none(), "{told}");
        assert_eq!(answered.value()[..3], [0x0A, 1, status], "{told}");
    }
    // Hashes and serial numbers may be anything: some are still requests, most are not.
    assert!((rounds / 100..rounds * 9 / 10).contains(&read), "{read}");
}

fn rounds() -> usize {
    std::env::var(ROUNDS).map_or(FEW_ROUNDS, |rounds| rounds.parse().unwrap())
}

/// A generator that gives the same numbers everywhere (xorshift64, Marsaglia 2003).
struct Random(u64);

impl Random {
    fn new() -> Self {
        Self(std::env::var(SEED).map_or(20_261_121, |seed| seed.parse().unwrap()))
    }

    fn below(&mut self, limit: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        usize::try_from(self.0 >> 33).unwrap() % limit
    }

    /// One of them, changed in one to three places.
    fn mutation(&mut self, seeds: &[Vec<u8>]) -> Vec<u8> {
        let seed = &seeds[self.below(seeds.len())];
        let mut bytes = seed.clone();
        for _ in 0..=self.below(3) {
            let at = self.below(bytes.len());
            match self.below(6) {
                0 => bytes[at] ^= 1 << self.below(8),
                1 => bytes[at] = [0, 0x7F, 0x80, 0x84, 0xFF][self.below(5)],
                2 => bytes.truncate(at.max(1)),
                3 => bytes.insert(at, [0x30, 0x80, 0][self.below(3)]),
                4 => {
                    let other = &seeds[self.below(seeds.len())];
                    bytes.truncate(at);
                    bytes.extend_from_slice(&other[at.min(other.len() - 1)..]);
                }
                _ => {
                    let end = (at + 1 + self.below(16)).min(bytes.len());
                    let piece = bytes[at..end].to_vec();
                    bytes.splice(at..at, piece);
                }
            }
        }
        // A change may undo another.
        if bytes == *seed { vec![0x30] } else { bytes }
    }
}
