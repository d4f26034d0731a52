//! The OCSP responder over HTTP, as OpenSSL and GnuTLS see it.

#![allow(clippy::unwrap_used)]

mod common;

use std::fs;
use std::io::{Read, Write};
use std::net::TcpStream;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, LazyLock};
use std::time::Duration;

use common::SoftHsm;
use common::line::{Device, Line};
use common::referee::{Answer, now_ms, openssl, program};
use cradle_ca::http::Server;
use cradle_ca::ocsp::{OcspSigner, Responder};
use cradle_procedure::fault::{Code, Fault};
use cradle_procedure::ports::{RevocationReason, Revoker, Signer};

static HSM: LazyLock<SoftHsm> = LazyLock::new(|| SoftHsm::new("ocsp", ""));

const CHAIN: &str = "-issuer issuing-ca.pem -CAfile root-ca.pem -verify_other issuing-ca.pem";

/// A line with one good device, SN-0001, and one revoked, SN-0002.
fn line(name: &str) -> Line {
    let line = Line::new(&HSM, name);
    line.certify(&Device::new(1));
    let gone = line.certify(&Device::new(2));
    let reason = RevocationReason::KeyCompromise;
    line.authority()
        .revoke(&gone.serial_number, reason)
        .unwrap();
    line
}

fn ask(line: &Line, server: &Server, arguments: &str) -> Answer {
    let url = format!("-url http://{}/ocsp", server.address());
    openssl(&line.dir, &format!("ocsp {CHAIN} {url} {arguments}"))
}

#[test]
fn openssl_gets_good_revoked_and_unknown_with_and_without_nonce() {
    let line = line("openssl");
    let server = line.serve();
    for (certificate, status) in [
        ("-cert SN-0001.pem", "SN-0001.pem: good\n"),
        ("-cert SN-0002.pem", "SN-0002.pem: revoked\n"),
        ("-serial 0x4711", "0x4711: unknown\n"),
    ] {
        for hash in ["-sha1", "-sha256"] {
            for nonce in ["-nonce", "-no_nonce"] {
                let text = ask(&line, &server, &format!("{nonce} {hash} {certificate}")).accepted();
                assert!(text.contains(status), "{text}");
                assert!(text.contains("Response verify OK"), "{text}");
                assert!(!text.contains("WARNING"), "{text}");
            }
        }
    }
    let revoked = ask(&line, &server, "-cert SN-0002.pem").text;
    assert!(revoked.contains("Reason: keyCompromise"), "{revoked}");
}

#[test]
fn several_certificates_are_answered_at_once() {
    let line = line("several");
    let text = ask(&line, &line.serve(), "-cert SN-0001.pem -cert SN-0002.pem").accepted();
    assert!(
        text.contains("SN-0001.pem: good") && text.contains("SN-0002.pem: revoked"),
        "{text}"
    );
}

#[test]
fn gnutls_agrees() {
    let line = line("gnutls");
    let server = line.serve();
    for (device, status) in [
        ("SN-0001", "Certificate Status: good"),
        ("SN-0002", "revoked"),
    ] {
        let arguments = format!(
            "--ask=http://{}/ocsp --load-cert {device}.pem --load-issuer issuing-ca.pem \
             --load-trust issuing-ca.pem",
            server.address()
        );
        let text = program("ocsptool", &line.dir, &arguments).accepted();
        assert!(text.contains(status), "{text}");
        assert!(text.contains("Success"), "{text}");
    }
}

#[test]
fn certificate_of_another_issuer_is_unknown() {
    let (line, other) = (line("ours"), Line::new(&HSM, "theirs"));
    other.certify(&Device::new(3));
    fs::copy(other.dir.join("SN-0003.pem"), line.dir.join("theirs.pem")).unwrap();
    fs::copy(&other.files.issuing, line.dir.join("theirs-ca.pem")).unwrap();
    let server = line.serve();
    let arguments = format!(
        "ocsp -issuer theirs-ca.pem -CAfile root-ca.pem -cert theirs.pem -noverify \
         -url http://{}/ocsp",
        server.address()
    );
    let text = openssl(&line.dir, &arguments).accepted();
    assert!(text.contains("theirs.pem: unknown"), "{text}");
}

#[test]
fn responder_certificate_is_delegated_and_nothing_more() {
    let line = line("delegated");
    line.responder();
    openssl(
        &line.dir,
        "verify -x509_strict -CAfile root-ca.pem -untrusted issuing-ca.pem ocsp.pem",
    )
    .accepted();
    let text = openssl(&line.dir, "x509 -in ocsp.pem -noout -text").accepted();
    for claim in [
        "OCSP Signing\n",
        "OCSP No Check",
        "X509v3 Key Usage: critical\n                Digital Signature\n",
    ] {
        assert!(text.contains(claim), "{claim:?} is not in {text}");
    }
}

#[test]
fn responder_certificate_is_renewed_in_time_and_only_then() {
    let line = line("renewed");
    let ca = cradle_ca::ceremony::issuing_ca(&line.token, &line.files).unwrap();
    let key = || Arc::new(line.token.key(cradle_ca::ceremony::OCSP_KEY).unwrap());
    let day = 24 * 60 * 60 * 1000;
    let open = |now| OcspSigner::open(&line.files.ocsp, &ca, key(), now).unwrap();
    let first = open(now_ms());
    assert_eq!(open(now_ms() + 50 * day).certificate(), first.certificate());
    assert!(!first.is_due(now_ms() + 50 * day) && first.is_due(now_ms() + 61 * day));
    let second = open(now_ms() + 61 * day);
    assert_ne!(second.certificate(), first.certificate());
    // A certificate of another CA is no use.
    let other = Line::new(&HSM, "renewed-other");
    other.responder();
    fs::copy(&other.files.ocsp, &line.files.ocsp).unwrap();
    let third = open(now_ms());
    openssl(
        &line.dir,
        "verify -CAfile root-ca.pem -untrusted issuing-ca.pem ocsp.pem",
    )
    .accepted();
    assert_ne!(third.certificate(), second.certificate());
}

/// The DER of a request without nonce for a certificate in the line's directory.
fn request(line: &Line, device: &str) -> Vec<u8> {
    let arguments =
        format!("ocsp -issuer issuing-ca.pem -cert {device}.pem -no_nonce -reqout r.der");
    openssl(&line.dir, &arguments).accepted();
    fs::read(line.dir.join("r.der")).unwrap()
}

#[test]
fn answer_is_kept_until_half_its_life_or_until_the_status_changes() {
    let line = line("kept");
    let request = request(&line, "SN-0001");
    let time = Arc::new(AtomicU64::new(now_ms()));
    let mut config = line.responder();
    config.lifetime = Duration::from_secs(1000);
    let clock = Arc::clone(&time);
    config.clock = Arc::new(move || clock.load(Ordering::Relaxed));
    let responder = Responder::new(config).unwrap();
    let ask = || responder.answer(&request);
    let first = ask();
    time.fetch_add(499_000, Ordering::Relaxed);
    assert_eq!(ask().der, first.der);
    assert_eq!(ask().given_at, first.given_at + 499);
    time.fetch_add(1000, Ordering::Relaxed);
    let second = ask();
    assert_ne!(second.der, first.der);
    let serial = openssl(&line.dir, "x509 -in SN-0001.pem -noout -serial").accepted();
    let serial = serial.trim().trim_start_matches("serial=").to_lowercase();
    line.authority()
        .revoke(&serial, RevocationReason::Superseded)
        .unwrap();
    assert_ne!(ask().der, second.der, "an answer outlived the revocation");
}

#[test]
fn request_that_is_none_is_called_malformed() {
    let line = line("malformed");
    let responder = Responder::new(line.responder()).unwrap();
    let good = request(&line, "SN-0001");
    let malformed = [0x30, 3, 0x0A, 1, 1];
    for bytes in [
        &[][..],
        &[0x30, 0],
        &good[..good.len() - 1],
        &vec![0x30; 1 << 20],
    ] {
        let answer = responder.answer(bytes);
        assert_eq!((&*answer.der, answer.good_until), (&malformed[..], None));
    }
}

#[test]
fn record_that_cannot_be_read_is_an_internal_error_and_told() {
    let line = line("internal");
    let responder = Responder::new(line.responder()).unwrap();
    let good = request(&line, "SN-0001");
    line.ledger.refuse(Code::StoreFailed);
    let answer = responder.answer(&good);
    assert_eq!(*answer.der, [0x30, 3, 0x0A, 1, 2]);
    assert_eq!(answer.fault.unwrap().code, Code::StoreFailed);
}

/// A token that gives wrong signatures.
struct Spoils(cradle_ca::token::TokenKey);

impl Signer for Spoils {
    fn sign(&self, message: &[u8]) -> Result<Vec<u8>, Fault> {
        self.0.sign(&[message, b"spoilt"].concat())
    }

    fn public_key(&self) -> &[u8] {
        self.0.public_key()
    }
}

#[test]
fn answer_that_would_be_kept_is_not_given_with_a_wrong_signature() {
    let line = line("spoilt");
    let mut config = line.responder();
    let key = line.token.key(cradle_ca::ceremony::OCSP_KEY).unwrap();
    let key = Arc::new(Spoils(key));
    config.signer = OcspSigner::open(&line.files.ocsp, &config.ca, key, now_ms()).unwrap();
    let responder = Responder::new(config).unwrap();
    let answer = responder.answer(&request(&line, "SN-0001"));
    assert_eq!(*answer.der, [0x30, 3, 0x0A, 1, 2]);
    assert_eq!(answer.fault.unwrap().code, Code::CertificateFailed);
}

/// Sends bytes as they are and returns head and body of the answer.
fn raw(server: &Server, bytes: &[u8]) -> (String, Vec<u8>) {
    let mut stream = TcpStream::connect(server.address()).unwrap();
    stream.write_all(bytes).unwrap();
    let mut all = Vec::new();
    stream.read_to_end(&mut all).unwrap();
    let end = all.windows(4).position(|four| four == b"\r\n\r\n").unwrap();
    (
        String::from_utf8_lossy(&all[..end]).to_lowercase(),
        all[end + 4..].to_vec(),
    )
}

fn get(server: &Server, path: &str) -> (String, Vec<u8>) {
    raw(
        server,
        format!("GET {path} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n").as_bytes(),
    )
}

#[test]
fn get_gives_what_post_gives_and_may_be_kept_by_proxies() {
    use base64::Engine as _;
    let line = line("get");
    let server = line.serve();
    let der = request(&line, "SN-0001");
    let encoded = base64::engine::general_purpose::STANDARD.encode(&der);
    let (head, body) = get(&server, &format!("/ocsp/{}", encoded.replace('=', "%3D")));
    assert!(head.starts_with("http/1.1 200"), "{head}");
    for header in [
        "application/ocsp-response",
        "max-age=3",
        "last-modified: ",
        "expires: ",
    ] {
        assert!(head.contains(header), "{header} is not in {head}");
    }
    fs::write(line.dir.join("get.der"), &body).unwrap();
    let arguments =
        format!("ocsp {CHAIN} -respin get.der -reqin r.der -cert SN-0001.pem -no_nonce");
    let text = openssl(&line.dir, &arguments).accepted();
    assert!(text.contains("SN-0001.pem: good"), "{text}");
    let post = format!(
        "POST /ocsp HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\
         Content-Type: application/ocsp-request\r\nContent-Length: {}\r\n\r\n",
        der.len()
    );
    let (head, posted) = raw(&server, &[post.as_bytes(), &der].concat());
    assert!(head.contains("no-store"), "{head}");
    assert_eq!(posted, body);
}

#[test]
fn crl_and_ca_certificate_are_served_as_der() {
    let line = line("files");
    let server = line.serve();
    let (head, crl) = get(&server, "/issuing-ca.crl");
    assert!(head.contains("application/pkix-crl"), "{head}");
    assert_eq!(crl, fs::read(&line.files.crl).unwrap());
    let (head, certificate) = get(&server, "/issuing-ca.cer");
    assert!(head.contains("application/pkix-cert"), "{head}");
    assert_eq!(certificate, line.ceremony.issuing);
}

#[test]
fn what_is_not_there_or_too_much_is_refused() {
    let line = line("refused");
    let server = line.serve();
    for path in [
        "/",
        "/elsewhere",
        "/ocsp",
        "/ocsp/%%%",
        "/../etc/passwd",
        "/issuing-ca.crl/x",
    ] {
        let (head, _) = get(&server, path);
        assert!(head.starts_with("http/1.1 404"), "{path}: {head}");
    }
    let post = |kind: &str, length: usize| {
        let head = format!(
            "POST /ocsp HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\
             Content-Type: {kind}\r\nContent-Length: {length}\r\n\r\n"
        );
        raw(&server, &[head.into_bytes(), vec![0x30; length]].concat()).0
    };
    assert!(post("text/plain", 10).starts_with("http/1.1 415"));
    assert!(post("application/ocsp-request", 9000).starts_with("http/1.1 413"));
}
