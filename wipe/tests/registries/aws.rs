//! AWS IoT, as a fake that keeps the provider's rules: what is attached or active is not deleted,
//! detaching takes a while, the CA registers what was deleted, and signatures are checked.

use std::collections::HashMap;
use std::sync::{Arc, Mutex};

use axum::Router;
use axum::body::Bytes;
use axum::http::{HeaderMap, Method, StatusCode, Uri};
use axum::response::{IntoResponse as _, Response};
use cradle_procedure::fault::{Code, Fault};
use cradle_procedure::ids::Sha256;
use cradle_wipe::{Reason, Standing};
use percent_encoding::percent_decode_str;
use serde_json::{Value, json};
use sha2::Digest as _;

use super::server::Server;
use super::{QUICK, departure, open, secret, unit};

const REGION: &str = "eu-north-1";
const SECRET: &str = "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY";
const THING: &str = "CR-000042";

struct Certificate {
    status: String,
    policies: Vec<String>,
    things: Vec<String>,
    /// How often a deletion still meets an attachment that is gone from the lists.
    lag: u32,
}

#[derive(Default)]
struct Provider {
    certificates: HashMap<String, Certificate>,
    things: Vec<String>,
    throttle: u32,
    log: Vec<String>,
}

impl Provider {
    /// Just-in-time registration: a certificate that is not there is registered again.
    fn device_connects(&mut self, id: &str) -> bool {
        let status = self.certificates.get(id).map(|it| it.status.clone());
        matches!(status.as_deref(), None | Some("ACTIVE"))
    }

    fn answer(&mut self, method: &Method, uri: &Uri, headers: &HeaderMap, body: &[u8]) -> Response {
        if !is_signed(method, uri, headers, body) {
            return error(403, "SignatureDoesNotMatch");
        }
        self.log.push(format!("{method} {uri}"));
        if self.throttle > 0 {
            self.throttle -= 1;
            return error(400, "ThrottlingException:http://internal.amazon.com/");
        }
        let decoded = percent_decode_str(uri.path()).decode_utf8().unwrap();
        let parts: Vec<_> = decoded.trim_start_matches('/').splitn(2, '/').collect();
        let principal = headers
            .get("x-amzn-principal")
            .map(|it| it.to_str().unwrap());
        match (method.as_str(), parts[0], parts[1]) {
            ("GET", "certificates", id) => self.describe(id),
            ("PUT", "certificates", id) => self.update(id, uri.query().unwrap()),
            ("DELETE", "certificates", id) => self.delete(id),
            ("POST", "attached-policies", arn) => {
                let names = self.held(arn).policies.iter();
                let policies: Vec<_> = names.map(|it| json!({ "policyName": it })).collect();
                json!({ "policies": policies }).to_string().into_response()
            }
            ("POST", "target-policies", policy) => {
                let body: Value = serde_json::from_slice(body).unwrap();
                let held = self.held(body["target"].as_str().unwrap());
                held.policies.retain(|it| it != policy);
                "".into_response()
            }
            ("GET", "principals", "things") => {
                let things = self.held(principal.unwrap()).things.clone();
                json!({ "things": things }).to_string().into_response()
            }
            ("DELETE", "things", path) => match path.strip_suffix("/principals") {
                Some(thing) => {
                    self.held(principal.unwrap())
                        .things
                        .retain(|it| it != thing);
                    "".into_response()
                }
                None => self.delete_thing(path),
            },
            _ => error(400, "InvalidRequestException"),
        }
    }

    fn held(&mut self, arn: &str) -> &mut Certificate {
        let id = arn
            .strip_prefix("arn:aws:iot:eu-north-1:123456789012:cert/")
            .unwrap();
        self.certificates.get_mut(id).unwrap()
    }

    fn describe(&self, id: &str) -> Response {
        let Some(held) = self.certificates.get(id) else {
            return error(404, "ResourceNotFoundException");
        };
        let arn = format!("arn:aws:iot:{REGION}:123456789012:cert/{id}");
        let description = json!({ "certificateArn": arn, "status": held.status });
        json!({ "certificateDescription": description })
            .to_string()
            .into_response()
    }

    fn update(&mut self, id: &str, query: &str) -> Response {
        let status = query.strip_prefix("newStatus=").unwrap();
        self.certificates.get_mut(id).unwrap().status = status.to_owned();
        "".into_response()
    }

    fn delete(&mut self, id: &str) -> Response {
        let Some(held) = self.certificates.get_mut(id) else {
            return error(404, "ResourceNotFoundException");
        };
        if held.lag > 0 {
            held.lag -= 1;
            return error(409, "DeleteConflictException");
        }
        if !held.policies.is_empty() || !held.things.is_empty() {
            return error(409, "DeleteConflictException");
        }
        if held.status == "ACTIVE" {
            return error(406, "CertificateStateException");
        }
        self.certificates.remove(id);
        "".into_response()
    }

    fn delete_thing(&mut self, thing: &str) -> Response {
        if self
            .certificates
            .values()
            .any(|it| it.things.iter().any(|it| it == thing))
        {
            return error(400, "InvalidRequestException");
        }
        self.things.retain(|it| it != thing);
        "".into_response()
    }
}

fn error(status: u16, kind: &str) -> Response {
    let status = StatusCode::from_u16(status).unwrap();
    (status, [("x-amzn-errortype", kind.to_owned())], "{}").into_response()
}

/// Signature Version 4, written from "Create a signed AWS API request" (IAM User Guide).
fn is_signed(method: &Method, uri: &Uri, headers: &HeaderMap, body: &[u8]) -> bool {
    let text = |name: &str| headers.get(name).map_or("", |it| it.to_str().unwrap());
    let authorization = text("authorization");
    let field = |name: &str| {
        let start = authorization
            .find(name)
            .unwrap_or_else(|| panic!("{authorization}"));
        let rest = &authorization[start + name.len()..];
        rest.split(',').next().unwrap().to_owned()
    };
    let names = field("SignedHeaders=");
    let canonical: String = names
        .split(';')
        .map(|name| format!("{name}:{}\n", text(name).trim()))
        .collect();
    // Each part of the path is encoded once more.
    let path = uri.path().replace('%', "%25");
    let hash = |bytes: &[u8]| Sha256::of(bytes).to_string();
    let request = format!(
        "{method}\n{path}\n{}\n{canonical}\n{names}\n{}",
        uri.query().unwrap_or_default(),
        hash(body)
    );
    let date = text("x-amz-date");
    let scope = format!("{}/{REGION}/iot/aws4_request", &date[..8]);
    let signed = format!(
        "AWS4-HMAC-SHA256\n{date}\n{scope}\n{}",
        hash(request.as_bytes())
    );
    let start = format!("AWS4{SECRET}").into_bytes();
    let key = scope
        .split('/')
        .fold(start, |key, part| hmac(&key, part.as_bytes()));
    let signature: String = hmac(&key, signed.as_bytes())
        .iter()
        .map(|byte| format!("{byte:02x}"))
        .collect();
    let bound = ["host", "x-amz-date", "x-amz-security-token"];
    bound
        .iter()
        .all(|name| names.split(';').any(|it| it == *name))
        && field("Signature=") == signature
        && field("Credential=") == format!("AKIDEXAMPLE/{scope}")
}

/// RFC 2104 over SHA-256.
fn hmac(key: &[u8], message: &[u8]) -> Vec<u8> {
    let mut block = [0; 64];
    block[..key.len()].copy_from_slice(key);
    let pad = |with: u8| block.map(|byte| byte ^ with);
    let inner = sha2::Sha256::new()
        .chain_update(pad(0x36))
        .chain_update(message);
    let outer = sha2::Sha256::new()
        .chain_update(pad(0x5C))
        .chain_update(inner.finalize());
    outer.finalize().to_vec()
}

struct Aws {
    provider: Arc<Mutex<Provider>>,
    id: String,
    registry: Box<dyn cradle_wipe::Registry>,
    folder: tempfile::TempDir,
    _server: Server,
}

impl Aws {
    fn new() -> Self {
        let id = Sha256::of(&unit().certificate.unwrap().der).to_string();
        let mut provider = Provider::default();
        let certificate = Certificate {
            status: "ACTIVE".to_owned(),
            policies: vec!["telemetry".to_owned(), "a=b,c@d".to_owned()],
            things: vec![THING.to_owned()],
            lag: 0,
        };
        provider.certificates.insert(id.clone(), certificate);
        provider.things.push(THING.to_owned());
        let provider = Arc::new(Mutex::new(provider));
        let shared = provider.clone();
        let handle = move |method: Method, uri: Uri, headers: HeaderMap, body: Bytes| async move {
            shared
                .lock()
                .unwrap()
                .answer(&method, &uri, &headers, &body)
        };
        let server = Server::start(Router::new().fallback(handle));
        let folder = tempfile::tempdir().unwrap();
        let keys = format!(
            "[default]\naws_access_key_id = OTHER\naws_secret_access_key = other\n\n\
             [line]\naws_access_key_id = AKIDEXAMPLE\naws_secret_access_key = {SECRET}\n\
             aws_session_token = short+lived/token==\n"
        );
        secret(folder.path(), "credentials", &keys);
        let text = format!(
            "[[aws-iot]]\nname = \"aws\"\nregion = \"{REGION}\"\nendpoint = \"{}\"\n\
             credentials_file = \"credentials\"\nprofile = \"line\"\nthing = \"{{serial}}\"\n{QUICK}\n",
            server.url()
        );
        Self {
            provider,
            id,
            registry: open(&text, folder.path()),
            folder,
            _server: server,
        }
    }

    fn deregister(&mut self, reason: Reason) -> Result<String, Fault> {
        let unit = unit();
        self.registry.deregister(&departure(&unit, reason))
    }

    fn spoil(&self, how: impl FnOnce(&mut Certificate)) {
        how(self
            .provider
            .lock()
            .unwrap()
            .certificates
            .get_mut(&self.id)
            .unwrap());
    }
}

#[test]
fn a_certificate_is_detached_deactivated_and_then_deleted_with_its_thing() {
    let mut aws = Aws::new();
    let standing = aws.registry.look(&unit()).unwrap();
    assert!(matches!(standing, Standing::Known(_)), "{standing:?}");
    aws.deregister(Reason::EndOfLife).unwrap();
    {
        let provider = aws.provider.lock().unwrap();
        assert!(provider.certificates.is_empty() && provider.things.is_empty());
        let at = |what: &str| {
            provider
                .log
                .iter()
                .rposition(|line| line.contains(what))
                .unwrap()
        };
        let order = [
            at("POST /target-policies/"),
            at("/principals"),
            at("newStatus=INACTIVE"),
            at("DELETE /certificates/"),
            at("DELETE /things/"),
        ];
        assert!(order.is_sorted(), "{:?}", provider.log);
    }
    let standing = aws.registry.look(&unit()).unwrap();
    assert!(matches!(standing, Standing::Gone(_)), "{standing:?}");
}

#[test]
fn a_key_that_others_may_hold_is_kept_as_revoked_so_that_it_is_not_registered_again() {
    for reason in [Reason::Compromised, Reason::Lost] {
        let mut aws = Aws::new();
        aws.deregister(reason).unwrap();
        let mut provider = aws.provider.lock().unwrap();
        assert_eq!(provider.certificates[&aws.id].status, "REVOKED");
        assert!(!provider.device_connects(&aws.id.clone()));
    }
}

#[test]
fn a_detachment_that_takes_a_while_is_waited_for() {
    let mut aws = Aws::new();
    aws.spoil(|held| held.lag = 2);
    aws.deregister(Reason::EndOfLife).unwrap();
    assert!(aws.provider.lock().unwrap().certificates.is_empty());
    let mut aws = Aws::new();
    aws.spoil(|held| held.lag = 9);
    let fault = aws.deregister(Reason::EndOfLife).unwrap_err();
    assert_eq!(fault.code, Code::RegistryUnreachable);
    assert!(fault.detail.contains("DeleteConflictException"), "{fault}");
}

#[test]
fn throttling_is_waited_for() {
    let mut aws = Aws::new();
    aws.provider.lock().unwrap().throttle = 2;
    aws.deregister(Reason::EndOfLife).unwrap();
}

#[test]
fn asked_again_it_confirms_again() {
    let mut aws = Aws::new();
    let first = aws.deregister(Reason::EndOfLife).unwrap();
    assert_eq!(aws.deregister(Reason::EndOfLife).unwrap(), first);
}

#[test]
fn foreign_credentials_are_refused() {
    let mut aws = Aws::new();
    let keys = "[line]\naws_access_key_id = AKIDEXAMPLE\naws_secret_access_key = wrong\n\
                aws_session_token = t\n";
    secret(aws.folder.path(), "credentials", keys);
    let fault = aws.deregister(Reason::EndOfLife).unwrap_err();
    assert_eq!(fault.code, Code::RegistryRefused);
    assert_eq!(
        aws.provider.lock().unwrap().certificates[&aws.id].status,
        "ACTIVE"
    );
    secret(aws.folder.path(), "credentials", "[other]\n");
    assert_eq!(
        aws.deregister(Reason::EndOfLife).unwrap_err().code,
        Code::FileFailed
    );
}
