//! AWS IoT Core: the certificate that lets the device in, and its thing.
//!
//! Rules, from the AWS IoT API Reference: `DeleteCertificate` refuses a certificate that has a
//! policy or thing attached (409) or is active (406), so first detach, then deactivate, then
//! delete. `DetachThingPrincipal` is asynchronous: a deletion right after it may still be refused
//! with 409, and is tried again. From the Developer Guide, "Just-in-time registration": where
//! the CA registers automatically, a certificate that was deleted is registered again when the
//! device next connects. So one whose key may be in other hands is kept, as REVOKED.

use std::path::{Path, PathBuf};

use cradle_procedure::fault::{Code, Fault};
use cradle_procedure::ids::{RegistryName, Sha256};
use cradle_procedure::ports::UnitRecord;
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use serde::Deserialize;
use serde_json::{Value, json};
use ureq::http::{Method, Request, header, request};

use super::answer::{Answer, Trouble};
use super::client::Client;
use super::connection::Connection;
use super::http::built;
use super::sign::Signing;
use super::template::Template;
use super::{Departure, Registry, Standing};

/// Header that names the certificate.
const PRINCIPAL: &str = "x-amzn-principal";
/// Rounds of listing and detaching. A certificate has at most ten policies.
const ROUNDS: usize = 20;

/// An account's registry in one region.
#[derive(Debug, Clone, Deserialize)]
#[serde(try_from = "Stated")]
pub struct AwsConfig {
    pub(super) name: RegistryName,
    endpoint: String,
    thing: Option<Template>,
    signing: Signing,
    connection: Connection,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Stated {
    name: RegistryName,
    region: String,
    /// Where it is not `https://iot.REGION.amazonaws.com`.
    endpoint: Option<String>,
    credentials_file: PathBuf,
    #[serde(default = "default_profile")]
    profile: String,
    /// Name of the thing to delete as well.
    thing: Option<Template>,
    #[serde(default)]
    connection: Connection,
}

fn default_profile() -> String {
    "default".to_owned()
}

impl TryFrom<Stated> for AwsConfig {
    type Error = String;

    fn try_from(stated: Stated) -> Result<Self, String> {
        let plain = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'-';
        if stated.region.is_empty() || !stated.region.bytes().all(plain) {
            return Err(format!("region {:?}: such as eu-north-1", stated.region));
        }
        let usual = || format!("https://iot.{}.amazonaws.com", stated.region);
        let endpoint = stated.endpoint.unwrap_or_else(usual);
        stated.connection.allows(&endpoint)?;
        if stated.thing.as_ref().is_some_and(|it| !it.names_the_unit()) {
            return Err("thing: neither {serial}, {uid} nor {certificate} is in it".to_owned());
        }
        Ok(Self {
            name: stated.name,
            endpoint: endpoint.trim_end_matches('/').to_owned(),
            thing: stated.thing,
            signing: Signing {
                region: stated.region,
                file: stated.credentials_file,
                profile: stated.profile,
            },
            connection: stated.connection,
        })
    }
}

impl AwsConfig {
    pub(super) fn anchor(&mut self, folder: &Path) {
        self.connection.anchor(folder);
        self.signing.file = folder.join(&self.signing.file);
    }

    pub(super) fn open(&self) -> Result<Box<dyn Registry>, Fault> {
        Ok(Box::new(Aws {
            client: Client::new(&self.connection)?,
            config: self.clone(),
        }))
    }
}

struct Aws {
    config: AwsConfig,
    client: Client,
}

/// A certificate as AWS IoT has it.
struct Held {
    arn: String,
    status: String,
}

impl Registry for Aws {
    fn name(&self) -> &RegistryName {
        &self.config.name
    }

    fn deregister(&mut self, departure: &Departure<'_>) -> Result<String, Fault> {
        let id = certificate_id(departure.unit)?;
        let keep = departure.reason.is_urgent();
        self.client.insist(|| {
            if let Some(held) = self.describe(&id)? {
                self.detach_policies(&held.arn)?;
                self.detach_things(&held.arn)?;
                self.set_status(&id, if keep { "REVOKED" } else { "INACTIVE" })?;
                if !keep {
                    self.delete(&id)?;
                }
            }
            if let Some(thing) = &self.config.thing {
                let path = format!("/things/{}", thing.in_url(departure));
                self.call(Method::DELETE, &path, |it| it, None)?;
            }
            match self.describe(&id)? {
                None => Ok(format!("certificate {id} is not there")),
                Some(held) if keep && held.status == "REVOKED" => {
                    Ok(format!("certificate {id} is REVOKED"))
                }
                Some(held) => Err(Trouble::refused(format!(
                    "certificate {id} is still {}",
                    held.status
                ))),
            }
        })
    }

    fn look(&mut self, unit: &UnitRecord) -> Result<Standing, Fault> {
        let id = certificate_id(unit)?;
        self.client.insist(|| {
            Ok(match self.describe(&id)? {
                None => Standing::Gone(format!("certificate {id} is not there")),
                Some(held) if held.status == "REVOKED" => {
                    Standing::Gone(format!("certificate {id} is REVOKED"))
                }
                Some(held) => Standing::Known(format!("certificate {id} is {}", held.status)),
            })
        })
    }
}

impl Aws {
    /// `DescribeCertificate`; `None`: there is no such certificate.
    fn describe(&self, id: &str) -> Result<Option<Held>, Trouble> {
        let path = format!("/certificates/{id}");
        let answer = self.ask(Method::GET, &path, |it| it, None)?;
        match answer.status {
            200 => {}
            404 => return Ok(None),
            _ => return Err(answer.trouble()),
        }
        let body = answer.json()?;
        let text = |name: &str| {
            let value = body["certificateDescription"][name].as_str();
            let missing = || Trouble::refused(format!("no {name} in DescribeCertificate"));
            value.map(str::to_owned).ok_or_else(missing)
        };
        Ok(Some(Held {
            arn: text("certificateArn")?,
            status: text("status")?,
        }))
    }

    /// `ListAttachedPolicies` and `DetachPolicy`, until none is left.
    fn detach_policies(&self, arn: &str) -> Result<(), Trouble> {
        let list = format!("/attached-policies/{}", encoded(arn));
        for _ in 0..ROUNDS {
            let body = self.call(Method::POST, &list, |it| it, None)?.json()?;
            let names = texts(&body["policies"], |policy| policy["policyName"].as_str());
            if names.is_empty() {
                return Ok(());
            }
            for name in names {
                let path = format!("/target-policies/{}", encoded(&name));
                let target = json!({ "target": arn }).to_string();
                self.call(Method::POST, &path, |it| it, Some(target))?;
            }
        }
        Err(Trouble::refused("policies stay attached"))
    }

    /// `ListPrincipalThings` and `DetachThingPrincipal`, until none is left.
    fn detach_things(&self, arn: &str) -> Result<(), Trouble> {
        let principal = |request: request::Builder| request.header(PRINCIPAL, arn);
        for _ in 0..ROUNDS {
            let body = self.call(Method::GET, "/principals/things", principal, None)?;
            let names = texts(&body.json()?["things"], Value::as_str);
            if names.is_empty() {
                return Ok(());
            }
            for name in names {
                let path = format!("/things/{}/principals", encoded(&name));
                self.call(Method::DELETE, &path, principal, None)?;
            }
        }
        let why = "things stay attached for now";
        Err(Trouble::Passing {
            fault: Fault::new(Code::RegistryUnreachable, why),
            retry_after_s: None,
        })
    }

    /// `UpdateCertificate`.
    fn set_status(&self, id: &str, status: &str) -> Result<(), Trouble> {
        let path = format!("/certificates/{id}?newStatus={status}");
        self.call(Method::PUT, &path, |it| it, None).map(|_| ())
    }

    /// `DeleteCertificate`. Still attached: the detachment has not spread yet.
    fn delete(&self, id: &str) -> Result<(), Trouble> {
        let path = format!("/certificates/{id}");
        let answer = self.ask(Method::DELETE, &path, |it| it, None)?;
        match answer.status {
            200 | 404 => Ok(()),
            409 => Err(answer.passing()),
            _ => Err(answer.trouble()),
        }
    }

    /// A request that has to succeed.
    fn call(
        &self,
        method: Method,
        path: &str,
        extra: impl FnOnce(request::Builder) -> request::Builder,
        body: Option<String>,
    ) -> Result<Answer, Trouble> {
        let answer = self.ask(method, path, extra, body)?;
        if answer.status == 200 {
            return Ok(answer);
        }
        Err(answer.trouble())
    }

    fn ask(
        &self,
        method: Method,
        path: &str,
        extra: impl FnOnce(request::Builder) -> request::Builder,
        body: Option<String>,
    ) -> Result<Answer, Trouble> {
        let url = format!("{}{path}", self.config.endpoint);
        let mut request = extra(Request::builder().method(method).uri(url));
        if body.is_some() {
            request = request.header(header::CONTENT_TYPE, "application/json");
        }
        let mut request = built(request, body.unwrap_or_default().into_bytes())?;
        self.config
            .signing
            .sign(&mut request)
            .map_err(Trouble::Lasting)?;
        self.client.send(request)
    }
}

/// AWS IoT names a certificate by the SHA-256 of its DER.
fn certificate_id(unit: &UnitRecord) -> Result<String, Fault> {
    match &unit.certificate {
        Some(certificate) => Ok(Sha256::of(&certificate.der).to_string()),
        None => Err(Fault::new(
            Code::NotIssued,
            "the unit never had a certificate",
        )),
    }
}

fn texts<'v>(list: &'v Value, of: impl Fn(&'v Value) -> Option<&'v str>) -> Vec<String> {
    let entries = list.as_array().into_iter().flatten();
    entries.filter_map(of).map(str::to_owned).collect()
}

fn encoded(text: &str) -> String {
    utf8_percent_encode(text, NON_ALPHANUMERIC).to_string()
}
