//! `cradle ca tls`: certificates for stations and servers, from the request to the revocation.
#![allow(clippy::unwrap_used, clippy::panic)]

mod line;

use std::fs;

use line::{Line, referee};

const HOST: &str = "st-1.works.example";

#[test]
fn station_gets_a_certificate_that_two_people_revoke() {
    let line = Line::new();
    let pki = line.out.join("pki");
    let openssl = |arguments: &str| {
        let arguments: Vec<_> = arguments.split(' ').collect();
        referee("openssl", &pki, &arguments)
    };
    let (good, said) = openssl(
        "req -new -newkey ec -pkeyopt ec_paramgen_curve:P-256 -noenc -keyout h.key -subj /CN=x \
         -out h.csr",
    );
    assert!(good, "{said}");
    let (request, out) = (pki.join("h.csr"), pki.join("h.pem"));
    let (request, out) = (request.to_str().unwrap(), out.to_str().unwrap());
    let issue = [
        "ca",
        "tls",
        "issue",
        "--request",
        request,
        "--name",
        HOST,
        "--for",
        "client",
        "--out",
        out,
    ];
    assert_eq!(line.refusal_as("olga", &issue), "AUT-03");
    let (status, issued) = line.run_as("alice", &issue);
    assert_eq!(status, 0, "{issued}");
    let serial = issued["certificate"].as_str().unwrap();
    // The issuing CA's certificate stands behind the host's own, as TLS servers want it.
    let pem = fs::read_to_string(out).unwrap();
    assert!(pem.ends_with(&fs::read_to_string(pki.join("issuing-ca.pem")).unwrap()));

    assert_eq!(line.run_as("alice", &["ca", "crl"]).0, 0);
    let verify = "verify -x509_strict -purpose sslclient -crl_check -CRLfile issuing-ca.crl \
                  -CAfile root-ca.pem -untrusted issuing-ca.pem h.pem";
    let (good, said) = openssl(verify);
    assert!(good, "{said}");

    let reason = ["--reason", "keyCompromise"];
    let revoke = [&["ca", "revoke", "--certificate", serial][..], &reason].concat();
    let (_, waits) = line.run_as("alice", &revoke);
    let approve = ["request", "approve", &waits["request"].to_string()];
    assert_eq!(line.run_as("bob", &approve).0, 0);
    let (status, done) = line.run_as("alice", &revoke);
    assert_eq!(status, 0, "{done}");
    let (good, said) = openssl(verify);
    assert!(!good && said.contains("certificate revoked"), "{said}");
    let (_, listed) = line.run_as("alice", &["ca", "tls", "list"]);
    let listed = &listed["certificates"][0];
    assert_eq!(
        (&listed["names"][0], &listed["reason"], &listed["purpose"]),
        (&HOST.into(), &"keyCompromise".into(), &"client".into())
    );
}
