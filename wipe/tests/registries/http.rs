//! The registry behind one request.

use std::collections::VecDeque;
use std::io::{Read as _, Write as _};
use std::net::TcpListener;
use std::sync::{Arc, Mutex};

use axum::Router;
use axum::body::Bytes;
use axum::http::{HeaderMap, Method, StatusCode, Uri, header};
use axum::response::IntoResponse as _;
use cradle_procedure::fault::Code;
use cradle_wipe::{Reason, Standing};
use tempfile::TempDir;

use super::server::Server;
use super::{QUICK, departure, open, secret, unit};

/// One request as the server got it.
struct Seen {
    method: Method,
    uri: Uri,
    headers: HeaderMap,
    body: Bytes,
}

type Log = Arc<Mutex<Vec<Seen>>>;

/// Answers with these statuses, the last one for ever.
fn answering(statuses: &[u16]) -> (Server, Log) {
    let log = Log::default();
    let mut left: VecDeque<u16> = statuses.iter().copied().collect();
    let next = Arc::new(Mutex::new(move || match left.len() {
        1 => left[0],
        _ => left.pop_front().unwrap(),
    }));
    let seen = log.clone();
    let handle = move |method, uri, headers, body| async move {
        seen.lock().unwrap().push(Seen {
            method,
            uri,
            headers,
            body,
        });
        let status = StatusCode::from_u16(next.lock().unwrap()()).unwrap();
        let elsewhere = [(header::LOCATION, "http://127.0.0.1:9/elsewhere")];
        (status, elsewhere, "as you\r\nwish").into_response()
    };
    (Server::start(Router::new().fallback(handle)), log)
}

fn fleet(url: &str, rest: &str) -> (Box<dyn cradle_wipe::Registry>, TempDir) {
    let folder = tempfile::tempdir().unwrap();
    secret(folder.path(), "token", "Bearer s3cret\n");
    let text = format!(
        "[[http]]\nname = \"fleet\"\nurl = \"{url}/units/{{serial}}?why={{reason}}&what={{product}}\"\n\
         success = [200, 204, 404]\n{rest}\n"
    );
    (open(&text, folder.path()), folder)
}

fn ask(statuses: &[u16]) -> (Result<String, cradle_procedure::fault::Fault>, Log) {
    let (server, log) = answering(statuses);
    let (mut registry, _folder) = fleet(&server.url(), QUICK);
    let answer = registry.deregister(&departure(&unit(), Reason::EndOfLife));
    (answer, log)
}

#[test]
fn the_request_is_the_one_that_was_configured() {
    let (server, log) = answering(&[204]);
    let rest = format!(
        "method = \"POST\"\nauthorization_file = \"token\"\n\
         body = '{{{{\"unit\": \"{{serial}}\", \"product\": \"{{product}}\"}}}}'\n{QUICK}"
    );
    let (mut registry, _folder) = fleet(&server.url(), &rest);
    let mut unit = unit();
    unit.product = "A \"B\"/C".to_owned();
    let answer = registry.deregister(&departure(&unit, Reason::Compromised));
    assert_eq!(answer.unwrap(), "HTTP 204");
    let seen = &log.lock().unwrap()[0];
    assert_eq!(seen.method, Method::POST);
    let wanted = "/units/CR-000042?why=compromised&what=A%20%22B%22%2FC";
    assert_eq!(seen.uri, wanted);
    assert_eq!(seen.headers["idempotency-key"], "CR-000042:7");
    assert_eq!(seen.headers["authorization"], "Bearer s3cret");
    let body: serde_json::Value = serde_json::from_slice(&seen.body).unwrap();
    assert_eq!(body["product"], unit.product);
}

#[test]
fn an_overloaded_registry_is_asked_again_with_the_same_key() {
    let (answer, log) = ask(&[503, 429, 200]);
    assert_eq!(answer.unwrap(), "HTTP 200 as you wish");
    let log = log.lock().unwrap();
    let keys: Vec<_> = log
        .iter()
        .map(|seen| &seen.headers["idempotency-key"])
        .collect();
    assert_eq!(keys, ["CR-000042:7"; 3]);
}

#[test]
fn a_registry_that_stays_down_is_out_of_reach_after_a_few_tries() {
    let (answer, log) = ask(&[500]);
    let fault = answer.unwrap_err();
    assert_eq!(fault.code, Code::RegistryUnreachable);
    assert!(fault.detail.ends_with("tried 3 times"), "{fault}");
    assert_eq!(log.lock().unwrap().len(), 3);
}

#[test]
fn a_refusal_is_not_tried_again() {
    for status in [400, 401, 403, 409, 410, 501] {
        let (answer, log) = ask(&[status]);
        assert_eq!(answer.unwrap_err().code, Code::RegistryRefused, "{status}");
        assert_eq!(log.lock().unwrap().len(), 1);
    }
}

#[test]
fn a_redirect_is_not_followed_and_does_not_confirm() {
    for status in [301, 302, 307, 308] {
        let (answer, log) = ask(&[status]);
        assert_eq!(answer.unwrap_err().code, Code::RegistryRefused, "{status}");
        assert_eq!(log.lock().unwrap().len(), 1);
    }
}

#[test]
fn a_unit_that_is_gone_already_confirms_where_the_configuration_says_so() {
    assert_eq!(ask(&[404]).0.unwrap(), "HTTP 404 as you wish");
}

/// A server that takes a connection, says something, and then nothing more.
fn silent_after(said: &'static [u8]) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    std::thread::spawn(move || {
        let mut kept = Vec::new();
        while let Ok((mut stream, _)) = listener.accept() {
            let _ = stream.read(&mut [0; 4096]);
            let _ = stream.write_all(said);
            kept.push(stream);
        }
    });
    url
}

#[test]
fn a_registry_that_never_ends_its_answer_does_not_hold_the_station() {
    let once = "connection = { timeout_s = 1, retry = { attempts = 1 } }";
    for said in [
        &b""[..],
        b"HTTP/1.1 20",
        b"HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\nslow",
    ] {
        let (mut registry, _folder) = fleet(&silent_after(said), once);
        let fault = registry
            .deregister(&departure(&unit(), Reason::EndOfLife))
            .unwrap_err();
        assert_eq!(fault.code, Code::RegistryUnreachable, "{fault}");
    }
}

#[test]
fn an_answer_without_end_is_not_read_without_end() {
    let endless = Router::new().fallback(|| async { vec![b'x'; 4 << 20] });
    let server = Server::start(endless);
    let (mut registry, _folder) = fleet(&server.url(), QUICK);
    let fault = registry
        .deregister(&departure(&unit(), Reason::EndOfLife))
        .unwrap_err();
    assert_eq!(fault.code, Code::RegistryRefused);
}

#[test]
fn nobody_listening_is_out_of_reach() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    drop(listener);
    let (mut registry, _folder) = fleet(&url, QUICK);
    let fault = registry
        .deregister(&departure(&unit(), Reason::EndOfLife))
        .unwrap_err();
    assert_eq!(fault.code, Code::RegistryUnreachable);
}

#[test]
fn a_secret_that_others_can_read_is_not_used() {
    use std::os::unix::fs::PermissionsExt as _;
    let (server, log) = answering(&[204]);
    let rest = format!("authorization_file = \"token\"\n{QUICK}");
    let (mut registry, folder) = fleet(&server.url(), &rest);
    let open = std::fs::Permissions::from_mode(0o640);
    std::fs::set_permissions(folder.path().join("token"), open).unwrap();
    let fault = registry
        .deregister(&departure(&unit(), Reason::EndOfLife))
        .unwrap_err();
    assert_eq!(fault.code, Code::FileFailed);
    assert!(!fault.detail.contains("s3cret"));
    assert!(log.lock().unwrap().is_empty());
}

#[test]
fn whether_a_unit_is_gone_can_be_looked_up() {
    for (status, gone) in [(404, true), (200, false)] {
        let (server, log) = answering(&[status]);
        let url = server.url();
        let rest = format!("look_url = \"{url}/units/{{serial}}\"\ngone = [404]\n{QUICK}");
        let (mut registry, _folder) = fleet(&url, &rest);
        let standing = registry.look(&unit()).unwrap();
        assert_eq!(matches!(standing, Standing::Gone(_)), gone);
        assert_eq!(log.lock().unwrap()[0].method, Method::GET);
    }
    let (mut registry, _folder) = fleet("http://127.0.0.1:9", QUICK);
    assert_eq!(registry.look(&unit()).unwrap(), Standing::NotAsked);
}
