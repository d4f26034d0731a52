//! TLS certificates for stations and servers, as OpenSSL and pkilint see them.

#![allow(clippy::unwrap_used, clippy::expect_used)]

mod common;

use std::fs;
use std::io::{BufRead as _, BufReader, Write as _};
use std::process::{Child, Command, Stdio};
use std::sync::{Arc, LazyLock};

use common::SoftHsm;
use common::ledger::Ledger;
use common::line::{Device, Line};
use common::referee::{Answer, openssl, program, python_program};
use cradle_ca::ceremony::ISSUING_CA_KEY;
use cradle_ca::issuing::IssuingCa;
use cradle_ca::tls::TlsAuthority;
use cradle_procedure::curve::Curve;
use cradle_procedure::fault::{Code, Fault};
use cradle_procedure::ports::{IssuedCertificate, RevocationReason, Revoker as _, Signer};
use cradle_procedure::tls::TlsPurpose;
use der::pem::{LineEnding, encode_string};

static HSM: LazyLock<SoftHsm> = LazyLock::new(|| SoftHsm::new("tls", ""));

const SERVER: &str = "st-1.works.example";
const CLIENT: &str = "st-2.works.example";

fn authority(line: &Line) -> TlsAuthority<Ledger> {
    TlsAuthority::new(line.config(), line.ledger.clone())
}

/// A host: its key in `NAME.key`, its request in `NAME.csr`.
fn request(line: &Line, name: &str, key: &str) -> Vec<u8> {
    // What it asks for besides its key must not matter.
    let ask = format!(
        "req -new -newkey {key} -noenc -keyout {name}.key -subj /CN=elsewhere.example -addext \
         basicConstraints=CA:TRUE -addext subjectAltName=DNS:elsewhere.example -out {name}.csr"
    );
    openssl(&line.dir, &ask).accepted();
    fs::read(line.dir.join(format!("{name}.csr"))).unwrap()
}

const P256: &str = "ec -pkeyopt ec_paramgen_curve:prime256v1";
const P384: &str = "ec -pkeyopt ec_paramgen_curve:secp384r1 -sha384";

/// Has the host certified; its certificate is in `NAME.pem`.
fn certify(line: &Line, name: &str, key: &str, purpose: TlsPurpose) -> IssuedCertificate {
    let request = request(line, name, key);
    let names = vec![name.parse().unwrap(), "127.0.0.1".parse().unwrap()];
    let issued = authority(line).issue(&request, names, purpose).unwrap();
    let pem = encode_string("CERTIFICATE", LineEnding::LF, &issued.der).unwrap();
    fs::write(line.dir.join(format!("{name}.pem")), pem).unwrap();
    issued
}

fn verify(line: &Line, purpose: &str, name: &str, more: &str) -> Answer {
    let arguments = format!(
        "verify -x509_strict -purpose {purpose} -CAfile root-ca.pem -untrusted issuing-ca.pem \
         {more}{name}.pem"
    );
    openssl(&line.dir, &arguments)
}

#[test]
fn certificate_is_good_for_its_names_and_purpose_and_nothing_else() {
    let line = Line::new(&HSM, "purpose");
    certify(&line, SERVER, P256, TlsPurpose::Server);
    certify(&line, CLIENT, P384, TlsPurpose::Client);
    let host = format!("-verify_hostname {SERVER} ");
    verify(&line, "sslserver", SERVER, &host).accepted();
    verify(&line, "sslserver", SERVER, "-verify_ip 127.0.0.1 ").accepted();
    verify(&line, "sslclient", CLIENT, "").accepted();
    assert!(!verify(&line, "sslclient", SERVER, "").ok);
    assert!(!verify(&line, "sslserver", CLIENT, "").ok);
    assert!(
        !verify(
            &line,
            "sslserver",
            SERVER,
            "-verify_hostname elsewhere.example "
        )
        .ok
    );
    let text = openssl(&line.dir, &format!("x509 -in {SERVER}.pem -noout -text")).accepted();
    for claim in [
        "Subject: O = Example, CN = st-1.works.example\n",
        "Issuer: O = Example, CN = Example Device CA\n",
        "DNS:st-1.works.example, IP Address:127.0.0.1\n",
        "URI:http://pki.example.com/issuing-ca.crl",
        "OCSP - URI:http://ocsp.example.com/",
        "X509v3 Subject Key Identifier",
        "X509v3 Key Usage: critical\n                Digital Signature\n",
    ] {
        assert!(text.contains(claim), "{claim:?} is not in {text}");
    }
    assert!(!text.contains("CA:TRUE"), "{text}");
    // It ends: the server's within a hundred days.
    let ends = format!("x509 -in {SERVER}.pem -noout -checkend {}", 101 * 86_400);
    assert!(!openssl(&line.dir, &ends).ok);
    let linter = python_program("lint_pkix_cert")
        .expect("CRADLE_PYTHON is not set: run through `cargo xtask test`");
    for name in [SERVER, CLIENT] {
        program(&linter, &line.dir, &format!("lint {name}.pem -s WARNING")).accepted();
    }
}

#[test]
fn revoked_certificate_is_on_the_list_as_a_device_is() {
    let line = Line::new(&HSM, "revoked");
    let gone = certify(&line, SERVER, P256, TlsPurpose::Server);
    let mut authority = line.authority();
    authority.publish_crl().unwrap();
    let lists = "-crl_check -CRLfile issuing-ca.crl ";
    verify(&line, "sslserver", SERVER, lists).accepted();
    authority
        .revoke(&gone.serial_number, RevocationReason::KeyCompromise)
        .unwrap();
    let answer = verify(&line, "sslserver", SERVER, lists);
    assert!(
        answer.text.contains("certificate revoked"),
        "{}",
        answer.text
    );
}

/// `openssl s_server` that wants a certificate of its client, and ends after one connection.
struct Server {
    process: Child,
    address: String,
}

impl Server {
    fn start(line: &Line) -> Self {
        let arguments = format!(
            "s_server -accept 127.0.0.1:0 -naccept 1 -cert {SERVER}.pem -key {SERVER}.key \
             -cert_chain issuing-ca.pem -CAfile root-ca.pem -Verify 3 -verify_return_error -rev"
        );
        let mut process = Command::new("openssl")
            .args(arguments.split(' '))
            .current_dir(&line.dir)
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let said = BufReader::new(process.stdout.take().unwrap());
        let address = said
            .lines()
            .find_map(|line| Some(line.unwrap().strip_prefix("ACCEPT ")?.to_owned()));
        Self {
            process,
            address: address.unwrap(),
        }
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

/// Whether `openssl s_client` gets a word back from the server, with that certificate of its own.
fn shakes_hands(line: &Line, certificate: &str) -> bool {
    let server = Server::start(line);
    let arguments = format!(
        "s_client -connect {} -cert {certificate}.pem -key {certificate}.key -cert_chain \
         issuing-ca.pem -CAfile root-ca.pem -verify_hostname {SERVER} -verify_return_error -quiet",
        server.address
    );
    let mut client = Command::new("openssl")
        .args(arguments.split(' '))
        .current_dir(&line.dir)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    // Fails if it has ended, which shows in what it said.
    let _ = client.stdin.take().unwrap().write_all(b"word\nCLOSE\n");
    let said = client.wait_with_output().unwrap().stdout;
    String::from_utf8_lossy(&said).contains("drow")
}

#[test]
fn server_and_client_shake_hands_and_each_only_in_its_place() {
    for curve in Curve::ALL {
        let line = Line::on(*curve, &HSM, &format!("hands-{curve}"));
        certify(&line, SERVER, P256, TlsPurpose::Server);
        certify(&line, CLIENT, P384, TlsPurpose::Client);
        assert!(shakes_hands(&line, CLIENT), "{curve}");
        assert!(!shakes_hands(&line, SERVER), "{curve}");
    }
}

#[test]
fn request_that_proves_nothing_is_refused_and_noted() {
    let line = Line::new(&HSM, "bad");
    let good = request(&line, "good", P256);
    let text = String::from_utf8(good.clone()).unwrap();
    let der = der::pem::decode_vec(&good).unwrap().1;
    let mut spoilt = der.clone();
    *spoilt.last_mut().unwrap() ^= 1;
    let cases = [
        (b"nothing".to_vec(), "malformed"),
        (Vec::new(), "malformed"),
        (spoilt, "signature"),
        ([&der[..], &[0]].concat(), "malformed"),
        (
            text.replace("CERTIFICATE REQUEST", "CERTIFICATE")
                .into_bytes(),
            "it is a CERTIFICATE",
        ),
        (request(&line, "rsa", "rsa:2048"), "not on P-256 or P-384"),
        (
            request(&line, "large", "ec -pkeyopt ec_paramgen_curve:secp521r1"),
            "not on P-256 or P-384",
        ),
        (vec![0x30; 1 << 20], "longer"),
    ];
    let asked = cases.len();
    for (request, why) in cases {
        let names = vec![SERVER.parse().unwrap()];
        let fault = authority(&line)
            .issue(&request, names, TlsPurpose::Server)
            .unwrap_err();
        assert_eq!(fault.code, Code::CsrInvalid, "{fault}");
        assert!(fault.detail.contains(why), "{why}: {fault}");
    }
    assert_eq!(line.ledger.refused(), asked);
    let none = authority(&line).issue(&der, Vec::new(), TlsPurpose::Server);
    assert_eq!(none.unwrap_err().code, Code::InputInvalid);
}

/// A token that gives wrong signatures, or none.
struct Spoils(cradle_ca::token::TokenKey, Option<Fault>);

impl Signer for Spoils {
    fn sign(&self, message: &[u8]) -> Result<Vec<u8>, Fault> {
        match &self.1 {
            Some(fault) => Err(fault.clone()),
            None => self.0.sign(&[message, b"spoilt"].concat()),
        }
    }

    fn public_key(&self) -> &[u8] {
        self.0.public_key()
    }
}

#[test]
fn what_is_wrong_with_the_token_is_told_and_nothing_is_issued() {
    let line = Line::new(&HSM, "spoils");
    let request = request(&line, SERVER, P256);
    let lost = Fault::new(Code::TokenFailed, "on purpose");
    for (fault, code) in [
        (None, Code::CertificateFailed),
        (Some(lost), Code::TokenFailed),
    ] {
        let key = line.token.key(ISSUING_CA_KEY).unwrap();
        let mut config = line.config();
        let certificate = config.ca.certificate().to_vec();
        config.ca = IssuingCa::new(certificate, Arc::new(Spoils(key, fault))).unwrap();
        let mut authority = TlsAuthority::new(config, line.ledger.clone());
        let names = vec![SERVER.parse().unwrap()];
        let told = authority.issue(&request, names, TlsPurpose::Server);
        assert_eq!(told.unwrap_err().code, code);
    }
    // A device goes on as before.
    line.certify(&Device::new(1));
}
