//! TLS: only the registry itself is told.

use std::io::{BufRead as _, BufReader, Write as _};
use std::net::TcpListener;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};

use cradle_procedure::fault::Code;
use cradle_wipe::Reason;
use rcgen::{BasicConstraints, CertificateParams, CertifiedIssuer, IsCa, KeyPair, date_time_ymd};
use rustls::pki_types::{PrivateKeyDer, PrivatePkcs8KeyDer};
use rustls::{ServerConfig, ServerConnection, StreamOwned};

use super::{departure, open, unit};

fn authority() -> CertifiedIssuer<'static, KeyPair> {
    let mut params = CertificateParams::new(Vec::new()).unwrap();
    params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    CertifiedIssuer::self_signed(params, KeyPair::generate().unwrap()).unwrap()
}

fn named(name: &str) -> CertificateParams {
    CertificateParams::new(vec![name.to_owned()]).unwrap()
}

/// Serves `204` over TLS; gives its address and how many requests came through.
fn serve(
    issuer: &CertifiedIssuer<'static, KeyPair>,
    params: &CertificateParams,
) -> (String, Arc<AtomicU32>) {
    let key = KeyPair::generate().unwrap();
    let certificate = params.signed_by(&key, issuer).unwrap();
    let key = PrivateKeyDer::Pkcs8(PrivatePkcs8KeyDer::from(key.serialize_der()));
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let config = ServerConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_no_client_auth()
        .with_single_cert(vec![certificate.der().clone()], key)
        .unwrap();
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    let (config, told) = (Arc::new(config), Arc::new(AtomicU32::new(0)));
    let count = told.clone();
    std::thread::spawn(move || {
        while let Ok((stream, _)) = listener.accept() {
            let connection = ServerConnection::new(config.clone()).unwrap();
            let mut stream = BufReader::new(StreamOwned::new(connection, stream));
            let mut line = String::new();
            while stream.read_line(&mut line).is_ok_and(|read| read > 2) {}
            if !line.is_empty() {
                count.fetch_add(1, Ordering::SeqCst);
                let _ = stream
                    .get_mut()
                    .write_all(b"HTTP/1.1 204 No Content\r\n\r\n");
            }
        }
    });
    (format!("https://localhost:{port}"), told)
}

fn ask(url: &str, trusted: Option<&str>) -> Result<String, Code> {
    let folder = tempfile::tempdir().unwrap();
    let ca = trusted.map_or(String::new(), |pem| {
        std::fs::write(folder.path().join("ca.pem"), pem).unwrap();
        "ca = \"ca.pem\", ".to_owned()
    });
    let text = format!(
        "[[http]]\nname = \"fleet\"\nurl = \"{url}/{{serial}}\"\nsuccess = [204]\n\
         connection = {{ {ca}timeout_s = 5, retry = {{ attempts = 2, first_pause_ms = 1 }} }}\n"
    );
    let mut registry = open(&text, Path::new(folder.path()));
    let answer = registry.deregister(&departure(&unit(), Reason::EndOfLife));
    answer.map_err(|fault| fault.code)
}

#[test]
fn a_registry_with_the_right_certificate_is_told() {
    let issuer = authority();
    let (url, told) = serve(&issuer, &named("localhost"));
    assert_eq!(ask(&url, Some(&issuer.pem())), Ok("HTTP 204".to_owned()));
    assert_eq!(told.load(Ordering::SeqCst), 1);
}

#[test]
fn a_registry_with_a_wrong_certificate_is_told_nothing() {
    let (issuer, other) = (authority(), authority());
    let mut expired = named("localhost");
    expired.not_before = date_time_ymd(2019, 1, 1);
    expired.not_after = date_time_ymd(2020, 1, 1);
    for (params, trusted) in [
        (named("localhost"), Some(other.pem())),
        (named("localhost"), None),
        (named("elsewhere.example.com"), Some(issuer.pem())),
        (expired, Some(issuer.pem())),
    ] {
        let (url, told) = serve(&issuer, &params);
        let answer = ask(&url, trusted.as_deref());
        assert_eq!(answer, Err(Code::RegistryUntrusted), "{params:?}");
        assert_eq!(told.load(Ordering::SeqCst), 0);
    }
}
