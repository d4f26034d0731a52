//! What the CA issues, as OpenSSL sees it, and what it refuses.

#![allow(clippy::unwrap_used)]

mod common;

use std::sync::LazyLock;

use common::SoftHsm;
use common::line::{Device, Line};
use common::referee::openssl;
use cradle_ca::ceremony::ISSUING_CA_KEY;
use cradle_ca::issuing::IssuingCa;
use cradle_procedure::curve::SubjectKey;
use cradle_procedure::fault::Code;
use cradle_procedure::ids::Serial;
use cradle_procedure::ports::Authority;
use der::asn1::SetOfVec;
use der::{Decode, Encode};
use x509_cert::attr::Attribute;
use x509_cert::ext::ToExtension;
use x509_cert::ext::pkix::BasicConstraints;
use x509_cert::name::Name;
use x509_cert::request::{CertReqInfo, ExtensionReq};

static HSM: LazyLock<SoftHsm> = LazyLock::new(|| SoftHsm::new("certificates", ""));

const CHAIN: &str = "verify -x509_strict -CAfile root-ca.pem -untrusted issuing-ca.pem";

#[test]
fn openssl_accepts_the_chain_in_strict_mode() {
    let line = Line::new(&HSM, "chain");
    line.certify(&Device::new(1));
    openssl(&line.dir, &format!("{CHAIN} SN-0001.pem")).accepted();
    let lone = openssl(&line.dir, "verify -CAfile root-ca.pem SN-0001.pem");
    assert!(!lone.ok, "accepted without the issuing CA");
}

#[test]
fn device_certificate_follows_the_idevid_profile() {
    let line = Line::new(&HSM, "profile");
    let issued = line.certify(&Device::new(0x42));
    let text = openssl(
        &line.dir,
        "x509 -in SN-0066.pem -noout -text -nameopt RFC2253",
    )
    .accepted();
    for claim in [
        "Subject: serialNumber=SN-0066,O=Example\n",
        "Issuer: CN=Example Device CA,O=Example\n",
        "Not After : Dec 31 23:59:59 9999 GMT",
        "X509v3 Key Usage: critical\n                Digital Signature\n",
        "X509v3 Subject Key Identifier",
        "X509v3 Authority Key Identifier",
        "X509v3 Subject Alternative Name: \n                othername: 1.3.6.1.5.5.7.8.4",
        "URI:http://pki.example.com/issuing-ca.crl",
        "OCSP - URI:http://ocsp.example.com/",
        "CA Issuers - URI:http://pki.example.com/issuing-ca.cer",
    ] {
        assert!(text.contains(claim), "{claim:?} is not in {text}");
    }
    assert!(!text.contains("Basic Constraints"), "{text}");
    let parts = openssl(&line.dir, "asn1parse -in SN-0066.pem").accepted();
    // The SAN: hwType and hwSerialNum, inside the extension's OCTET STRING.
    let module = "060A2B0601040181FD598315040C424242424242424242424242";
    assert!(parts.contains(module), "{parts}");
    let serial = openssl(&line.dir, "x509 -in SN-0066.pem -noout -serial").accepted();
    let expected = format!("serial={}\n", issued.serial_number.to_uppercase());
    assert_eq!(
        (serial.as_str(), issued.serial_number.len()),
        (&*expected, 40)
    );
}

#[test]
fn ca_certificates_may_do_what_they_should_and_no_more() {
    let line = Line::new(&HSM, "limits");
    let text = |file| openssl(&line.dir, &format!("x509 -in {file} -noout -text")).accepted();
    let (root, issuing) = (text("root-ca.pem"), text("issuing-ca.pem"));
    for certificate in [&root, &issuing] {
        assert!(
            certificate.contains("Key Usage: critical\n                Certificate Sign, CRL Sign")
        );
    }
    assert!(
        root.contains("Basic Constraints: critical\n                CA:TRUE\n"),
        "{root}"
    );
    assert!(issuing.contains("CA:TRUE, pathlen:0\n"), "{issuing}");
}

#[test]
fn device_certificate_cannot_serve_as_a_ca() {
    let line = Line::new(&HSM, "no-ca");
    let issued = line.certify(&Device::new(1));
    let key = std::sync::Arc::new(line.token.key(ISSUING_CA_KEY).unwrap());
    let fault = IssuingCa::new(issued.der, key).err().unwrap();
    assert_eq!(fault.code, Code::CaFileInvalid);
}

#[test]
fn same_chip_and_key_get_the_same_certificate() {
    let line = Line::new(&HSM, "same");
    let device = Device::new(1);
    assert_eq!(line.certify(&device), line.certify(&device));
    assert_eq!(line.ledger.count(), 1);
    assert_ne!(line.certify(&device), line.certify(&Device::new(2)));
}

#[test]
fn refusal_of_the_ledger_issues_nothing() {
    let line = Line::new(&HSM, "refused");
    line.ledger.refuse(Code::BatchExhausted);
    let fault = Device::new(1).certify(&mut line.authority()).unwrap_err();
    assert_eq!(fault.code, Code::BatchExhausted);
    assert_eq!(line.ledger.count(), 0);
}

/// Every way to ask for what was not prepared, signed well by whoever holds the key.
#[test]
fn request_other_than_the_prepared_one_is_refused() {
    let line = Line::new(&HSM, "requests");
    let (device, other) = (Device::new(1), Device::new(2));
    let mut authority = line.authority();
    let good = authority.prepare_request(&device.subject).unwrap();
    let foreign = authority.prepare_request(&other.subject).unwrap();
    let changed = |change: &dyn Fn(&mut CertReqInfo)| {
        let mut info = CertReqInfo::from_der(&good).unwrap();
        change(&mut info);
        info.to_der().unwrap()
    };
    let foreign_key = CertReqInfo::from_der(&foreign).unwrap().public_key;
    let cases = [
        (
            "another key",
            changed(&|info| info.public_key = foreign_key.clone()),
        ),
        (
            "another subject",
            changed(&|info| info.subject = "O=Evil".parse().unwrap()),
        ),
        (
            "attributes",
            changed(&|info| info.attributes = ask_for_ca()),
        ),
        ("malformed", good[..good.len() - 1].to_vec()),
        ("malformed", [&good[..], &[0]].concat()),
        ("malformed", Vec::new()),
        ("malformed", vec![0x30; 1_000_000]),
    ];
    let asked = cases.len();
    for (why, info) in cases {
        let signature = device.sign(&info);
        let fault = authority
            .issue(&device.subject, &info, &signature)
            .unwrap_err();
        assert_eq!(fault.code, Code::CsrInvalid);
        assert!(fault.detail.contains(why), "{why}: {fault}");
    }
    assert_eq!((line.ledger.count(), line.ledger.refused()), (0, asked));
}

fn ask_for_ca() -> SetOfVec<Attribute> {
    let constraints = BasicConstraints {
        ca: true,
        path_len_constraint: None,
    };
    let extension = constraints.to_extension(&Name::default(), &[]).unwrap();
    let request = Attribute::try_from(ExtensionReq(vec![extension])).unwrap();
    SetOfVec::try_from(vec![request]).unwrap()
}

#[test]
fn proof_of_possession_must_hold() {
    let line = Line::new(&HSM, "possession");
    let (device, other) = (Device::new(1), Device::new(2));
    let mut authority = line.authority();
    let info = authority.prepare_request(&device.subject).unwrap();
    let mut flipped = device.sign(&info);
    *flipped.last_mut().unwrap() ^= 1;
    for signature in [other.sign(&info), flipped, device.sign(b"else"), Vec::new()] {
        let fault = authority
            .issue(&device.subject, &info, &signature)
            .unwrap_err();
        assert_eq!(fault.code, Code::CsrInvalid);
    }
    assert_eq!(line.ledger.count(), 0);
}

#[test]
fn weak_or_impossible_keys_are_refused() {
    let line = Line::new(&HSM, "weak");
    let mut device = Device::new(1);
    for coordinates in [
        &[0; 64][..],
        &[1; 64],
        &[0xFF; 64],
        &[0; 96],
        &[1; 96],
        &[0xFF; 96],
    ] {
        let point = [&[4], coordinates].concat();
        device.subject.public_key = SubjectKey::from_sec1(&point).unwrap();
        let fault = line
            .authority()
            .prepare_request(&device.subject)
            .unwrap_err();
        assert_eq!(fault.code, Code::CsrInvalid);
    }
}

#[test]
fn every_serial_that_a_unit_can_have_stands_in_a_certificate() {
    let line = Line::new(&HSM, "serial");
    let mut device = Device::new(1);
    let longest = "AZaz09-.".repeat(8);
    device.subject.serial = Serial::new(longest.clone()).unwrap();
    line.certify(&device);
    let file = format!("{longest}.pem");
    openssl(&line.dir, &format!("{CHAIN} {file}")).accepted();
    let text = openssl(&line.dir, &format!("x509 -in {file} -noout -subject")).accepted();
    assert!(text.contains(&longest), "{text}");
}
