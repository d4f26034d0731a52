//! Azure DPS and hub, as a fake that keeps the provider's rules: an update needs the ETag that
//! stands, a group lets in whoever has no individual enrolment, and a device that is let in is in
//! the hub again.

use std::collections::{HashMap, HashSet};
use std::sync::{Arc, Mutex};

use axum::Router;
use axum::body::Bytes;
use axum::http::{HeaderMap, Method, StatusCode, Uri, header};
use axum::response::{IntoResponse as _, Response};
use cradle_procedure::fault::{Code, Fault};
use cradle_wipe::{Reason, Standing};
use serde_json::{Value, json};

use super::server::Server;
use super::{QUICK, departure, open, secret, unit};

const DEVICE: &str = "CR-000042";

#[derive(Default)]
struct Provider {
    enrolments: HashMap<String, Value>,
    hub: HashSet<String>,
    tags: u32,
    /// Somebody else writes the enrolment between our reading and writing, so often.
    races: u32,
    log: Vec<String>,
}

impl Provider {
    fn write(&mut self, id: &str, mut value: Value) -> Value {
        self.tags += 1;
        value["etag"] = format!("\"{}\"", self.tags).into();
        self.enrolments.insert(id.to_owned(), value.clone());
        value
    }

    /// The device connects: what its enrolment, or else its group, says.
    fn device_connects(&mut self) -> bool {
        let enrolment = self.enrolments.get(DEVICE);
        let enabled = enrolment.is_none_or(|it| it["provisioningStatus"] == "enabled");
        if enabled {
            self.hub.insert(DEVICE.to_owned());
        }
        enabled
    }

    fn answer(&mut self, method: &Method, uri: &Uri, headers: &HeaderMap, body: &[u8]) -> Response {
        self.log.push(format!("{method} {}", uri.path()));
        let version = |wanted: &str| uri.query() == Some(wanted);
        let token = |wanted: &str| {
            headers
                .get(header::AUTHORIZATION)
                .is_some_and(|it| it == wanted)
        };
        let matching = headers
            .get(header::IF_MATCH)
            .and_then(|it| it.to_str().ok());
        if let Some(id) = uri.path().strip_prefix("/enrollments/") {
            if !token("SharedAccessSignature sr=dps") || !version("api-version=2021-10-01") {
                return StatusCode::UNAUTHORIZED.into_response();
            }
            let held = self.enrolments.get(id).cloned();
            return match (method.as_str(), held) {
                ("GET", None) => StatusCode::NOT_FOUND.into_response(),
                ("GET", Some(held)) => {
                    if self.races > 0 {
                        self.races -= 1;
                        self.write(id, held.clone());
                    }
                    held.to_string().into_response()
                }
                ("PUT", Some(held)) if matching != held["etag"].as_str() => {
                    StatusCode::PRECONDITION_FAILED.into_response()
                }
                ("PUT", _) => {
                    let value = serde_json::from_slice(body).unwrap();
                    self.write(id, value).to_string().into_response()
                }
                _ => StatusCode::METHOD_NOT_ALLOWED.into_response(),
            };
        }
        let id = uri.path().strip_prefix("/devices/").unwrap();
        if !token("SharedAccessSignature sr=hub") || !version("api-version=2021-04-12") {
            return StatusCode::UNAUTHORIZED.into_response();
        }
        let there = self.hub.contains(id);
        match method.as_str() {
            _ if !there => StatusCode::NOT_FOUND.into_response(),
            "GET" => json!({ "deviceId": id }).to_string().into_response(),
            "DELETE" if matching == Some("*") => {
                self.hub.remove(id);
                StatusCode::NO_CONTENT.into_response()
            }
            _ => StatusCode::PRECONDITION_FAILED.into_response(),
        }
    }
}

struct Azure {
    provider: Arc<Mutex<Provider>>,
    _server: Server,
    _folder: tempfile::TempDir,
    registry: Box<dyn cradle_wipe::Registry>,
}

impl Azure {
    fn new(prepare: impl FnOnce(&mut Provider)) -> Self {
        let mut provider = Provider::default();
        provider.hub.insert(DEVICE.to_owned());
        prepare(&mut provider);
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
        secret(folder.path(), "dps", "SharedAccessSignature sr=dps");
        secret(folder.path(), "hub", "SharedAccessSignature sr=hub");
        let url = server.url();
        let text = format!(
            "[[azure-dps]]\nname = \"azure\"\nservice = \"{url}\"\nregistration = \"{{serial}}\"\n\
             authorization_file = \"dps\"\n{QUICK}\n\
             hub = {{ address = \"{url}\", device = \"{{serial}}\", authorization_file = \"hub\" }}\n"
        );
        Self {
            provider,
            _server: server,
            registry: open(&text, folder.path()),
            _folder: folder,
        }
    }

    fn deregister(&mut self) -> Result<String, Fault> {
        let unit = unit();
        self.registry
            .deregister(&departure(&unit, Reason::EndOfLife))
    }

    fn assert_shut_out(&mut self) {
        {
            let mut provider = self.provider.lock().unwrap();
            assert!(!provider.hub.contains(DEVICE));
            assert_eq!(
                provider.enrolments[DEVICE]["provisioningStatus"],
                "disabled"
            );
            assert!(!provider.device_connects(), "the device came back");
        }
        let standing = self.registry.look(&unit()).unwrap();
        assert!(matches!(standing, Standing::Gone(_)), "{standing:?}");
    }
}

fn enrolled(provider: &mut Provider) {
    let enrolment = json!({
        "registrationId": DEVICE,
        "provisioningStatus": "enabled",
        "deviceId": "kept",
    });
    provider.write(DEVICE, enrolment);
}

#[test]
fn a_device_with_its_own_enrolment_is_disabled_and_the_entry_stays() {
    let mut azure = Azure::new(enrolled);
    azure.deregister().unwrap();
    azure.assert_shut_out();
    let provider = azure.provider.lock().unwrap();
    assert_eq!(provider.enrolments[DEVICE]["deviceId"], "kept");
    assert!(
        provider
            .log
            .iter()
            .all(|line| !line.starts_with("DELETE /enrollments"))
    );
}

#[test]
fn a_device_of_a_group_gets_a_disabled_entry_for_its_certificate_before_it_leaves_the_hub() {
    use base64::Engine as _;
    let mut azure = Azure::new(|_| ());
    azure.deregister().unwrap();
    azure.assert_shut_out();
    let provider = azure.provider.lock().unwrap();
    let x509 = &provider.enrolments[DEVICE]["attestation"]["x509"];
    let der = unit().certificate.unwrap().der;
    let wanted = base64::engine::general_purpose::STANDARD.encode(der);
    assert_eq!(x509["clientCertificates"]["primary"]["certificate"], wanted);
    let at = |start: &str| {
        provider
            .log
            .iter()
            .position(|line| line.starts_with(start))
            .unwrap()
    };
    assert!(at("PUT /enrollments") < at("DELETE /devices"));
}

#[test]
fn an_entry_that_somebody_changes_meanwhile_is_read_again() {
    let mut azure = Azure::new(|provider| {
        enrolled(provider);
        provider.races = 1;
    });
    azure.deregister().unwrap();
    azure.assert_shut_out();
}

#[test]
fn asked_again_it_confirms_again() {
    let mut azure = Azure::new(enrolled);
    let first = azure.deregister().unwrap();
    assert_eq!(azure.deregister().unwrap(), first);
}

#[test]
fn a_device_that_may_come_back_is_found_by_looking() {
    let mut azure = Azure::new(enrolled);
    let known = |azure: &mut Azure| {
        let standing = azure.registry.look(&unit()).unwrap();
        assert!(matches!(standing, Standing::Known(_)), "{standing:?}");
    };
    known(&mut azure);
    azure.deregister().unwrap();
    azure.provider.lock().unwrap().enrolments.clear();
    known(&mut azure);
    assert!(azure.provider.lock().unwrap().device_connects());
}

#[test]
fn an_expired_token_is_a_refusal() {
    let mut azure = Azure::new(enrolled);
    secret(azure._folder.path(), "dps", "SharedAccessSignature sr=old");
    assert_eq!(azure.deregister().unwrap_err().code, Code::RegistryRefused);
}
