//! Azure IoT Hub Device Provisioning Service, and the hub behind it.
//!
//! Rules, from "How to deprovision devices that were previously auto-provisioned": a device that
//! came through an enrolment group is shut out by a *disabled individual enrolment* for its leaf
//! certificate. That entry must stay: without it the group lets the device in again. It has to be
//! there before the device leaves the hub, or the device provisions itself anew. Disabling does
//! not remove the device from the hub; that is a second step.

use std::path::{Path, PathBuf};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use cradle_procedure::fault::{Code, Fault};
use cradle_procedure::ids::RegistryName;
use cradle_procedure::ports::UnitRecord;
use serde::Deserialize;
use serde_json::{Value, json};
use ureq::http::{Method, Request, header, request};

use super::answer::{Answer, Trouble};
use super::client::{Client, sensitive};
use super::connection::Connection;
use super::http::built;
use super::template::Template;
use super::{Departure, Registry, Standing, secret};
use crate::order::Reason;

/// Version of the provisioning service's interface.
const SERVICE_VERSION: &str = "api-version=2021-10-01";
/// Version of the hub's interface.
const HUB_VERSION: &str = "api-version=2021-04-12";

/// A provisioning service, and the hub that it assigns devices to.
#[derive(Debug, Clone, Deserialize)]
#[serde(try_from = "Stated")]
pub struct AzureConfig {
    pub(super) name: RegistryName,
    service: String,
    registration: Template,
    authorization_file: PathBuf,
    hub: Option<Hub>,
    connection: Connection,
}

#[derive(Debug, Clone)]
struct Hub {
    address: String,
    device: Template,
    authorization_file: PathBuf,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Stated {
    name: RegistryName,
    /// `https://NAME.azure-devices-provisioning.net`
    service: String,
    /// The registration id: the common name of the device's certificate.
    registration: Template,
    /// The whole value of the `Authorization` header: a SAS token or `Bearer …`.
    authorization_file: PathBuf,
    hub: Option<StatedHub>,
    #[serde(default)]
    connection: Connection,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct StatedHub {
    /// `https://NAME.azure-devices.net`
    address: String,
    device: Template,
    authorization_file: PathBuf,
}

impl TryFrom<Stated> for AzureConfig {
    type Error = String;

    fn try_from(stated: Stated) -> Result<Self, String> {
        stated.connection.allows(&stated.service)?;
        let hub = stated.hub.map(|hub| {
            stated.connection.allows(&hub.address)?;
            named(&hub.device)?;
            Ok::<_, String>(Hub {
                address: hub.address.trim_end_matches('/').to_owned(),
                device: hub.device,
                authorization_file: hub.authorization_file,
            })
        });
        named(&stated.registration)?;
        Ok(Self {
            name: stated.name,
            service: stated.service.trim_end_matches('/').to_owned(),
            registration: stated.registration,
            authorization_file: stated.authorization_file,
            hub: hub.transpose()?,
            connection: stated.connection,
        })
    }
}

fn named(template: &Template) -> Result<(), String> {
    if template.names_the_unit() {
        return Ok(());
    }
    Err(format!(
        "{template}: neither {{serial}}, {{uid}} nor {{certificate}} is in it"
    ))
}

impl AzureConfig {
    pub(super) fn anchor(&mut self, folder: &Path) {
        self.connection.anchor(folder);
        self.authorization_file = folder.join(&self.authorization_file);
        if let Some(hub) = &mut self.hub {
            hub.authorization_file = folder.join(&hub.authorization_file);
        }
    }

    pub(super) fn open(&self) -> Result<Box<dyn Registry>, Fault> {
        Ok(Box::new(Azure {
            client: Client::new(&self.connection)?,
            config: self.clone(),
        }))
    }
}

struct Azure {
    config: AzureConfig,
    client: Client,
}

impl Registry for Azure {
    fn name(&self) -> &RegistryName {
        &self.config.name
    }

    fn deregister(&mut self, departure: &Departure<'_>) -> Result<String, Fault> {
        let enrolment = self.enrolment(departure);
        self.client.insist(|| {
            match self.read(&enrolment)? {
                Some(held) if is_disabled(&held) => {}
                Some(held) => self.disable(&enrolment, held)?,
                None => self.create_disabled(&enrolment, departure)?,
            }
            match self.read(&enrolment)? {
                Some(held) if is_disabled(&held) => {}
                _ => return Err(Trouble::refused("the enrolment is not disabled")),
            }
            let done = "individual enrolment disabled and kept";
            let Some(hub) = &self.config.hub else {
                return Ok(done.to_owned());
            };
            self.remove_from_hub(hub, departure)?;
            Ok(format!("{done}; device not in the hub"))
        })
    }

    fn look(&mut self, unit: &UnitRecord) -> Result<Standing, Fault> {
        let departure = Departure {
            unit,
            reason: Reason::EndOfLife,
            key: "",
        };
        let enrolment = self.enrolment(&departure);
        self.client.insist(|| {
            match self.read(&enrolment)? {
                Some(held) if is_disabled(&held) => {}
                Some(_) => return Ok(Standing::Known("its enrolment is enabled".to_owned())),
                None => {
                    let what = "no disabled enrolment: a group may let it in again";
                    return Ok(Standing::Known(what.to_owned()));
                }
            }
            let Some(hub) = &self.config.hub else {
                return Ok(Standing::Gone("enrolment disabled".to_owned()));
            };
            let answer = self.ask_hub(hub, &Method::GET, &departure)?;
            match answer.status {
                404 => Ok(Standing::Gone(
                    "enrolment disabled, not in the hub".to_owned(),
                )),
                200 => Ok(Standing::Known("it is in the hub".to_owned())),
                _ => Err(answer.trouble()),
            }
        })
    }
}

impl Azure {
    fn enrolment(&self, departure: &Departure<'_>) -> String {
        let (service, id) = (
            &self.config.service,
            self.config.registration.in_url(departure),
        );
        format!("{service}/enrollments/{id}?{SERVICE_VERSION}")
    }

    /// The individual enrolment, with its ETag.
    fn read(&self, url: &str) -> Result<Option<Value>, Trouble> {
        let answer = self.ask(Method::GET, url, |it| it, None)?;
        match answer.status {
            404 => Ok(None),
            200 => {
                let mut held = answer.json()?;
                if let (Some(tag), Some(Value::Null) | None) = (&answer.etag, held.get("etag")) {
                    held["etag"] = tag.as_str().into();
                }
                Ok(Some(held))
            }
            _ => Err(answer.trouble()),
        }
    }

    /// Writes it back disabled, unless somebody else wrote it meanwhile.
    fn disable(&self, url: &str, mut held: Value) -> Result<(), Trouble> {
        let no_tag = || Trouble::refused("the enrolment has no ETag");
        let tag = held["etag"]
            .as_str()
            .map(str::to_owned)
            .ok_or_else(no_tag)?;
        held["provisioningStatus"] = "disabled".into();
        let matching = |request: request::Builder| request.header(header::IF_MATCH, &tag);
        let answer = self.ask(Method::PUT, url, matching, Some(held.to_string()))?;
        match answer.status {
            200 => Ok(()),
            // Changed since it was read: read it again.
            412 => Err(answer.passing()),
            _ => Err(answer.trouble()),
        }
    }

    /// For a device that came through a group.
    fn create_disabled(&self, url: &str, departure: &Departure<'_>) -> Result<(), Trouble> {
        let certificate = departure.unit.certificate.as_ref().ok_or_else(|| {
            let why = "the unit never had a certificate";
            Trouble::Lasting(Fault::new(Code::NotIssued, why))
        })?;
        let primary = json!({ "certificate": STANDARD.encode(&certificate.der) });
        let body = json!({
            "registrationId": self.config.registration.in_json(departure),
            "attestation": {
                "type": "x509",
                "x509": { "clientCertificates": { "primary": primary } },
            },
            "provisioningStatus": "disabled",
        });
        let answer = self.ask(Method::PUT, url, |it| it, Some(body.to_string()))?;
        match answer.status {
            200 | 201 => Ok(()),
            409 | 412 => Err(answer.passing()),
            _ => Err(answer.trouble()),
        }
    }

    fn remove_from_hub(&self, hub: &Hub, departure: &Departure<'_>) -> Result<(), Trouble> {
        let answer = self.ask_hub(hub, &Method::DELETE, departure)?;
        match answer.status {
            204 | 404 => Ok(()),
            _ => Err(answer.trouble()),
        }
    }

    fn ask_hub(
        &self,
        hub: &Hub,
        method: &Method,
        departure: &Departure<'_>,
    ) -> Result<Answer, Trouble> {
        let (address, device) = (&hub.address, hub.device.in_url(departure));
        let url = format!("{address}/devices/{device}?{HUB_VERSION}");
        let request = Request::builder().method(method.clone()).uri(url);
        // Whatever state it is in.
        let request = match *method {
            Method::DELETE => request.header(header::IF_MATCH, "*"),
            _ => request,
        };
        self.send(request, &hub.authorization_file, None)
    }

    fn ask(
        &self,
        method: Method,
        url: &str,
        extra: impl FnOnce(request::Builder) -> request::Builder,
        body: Option<String>,
    ) -> Result<Answer, Trouble> {
        let request = extra(Request::builder().method(method).uri(url));
        self.send(request, &self.config.authorization_file, body)
    }

    fn send(
        &self,
        request: request::Builder,
        authorization: &Path,
        body: Option<String>,
    ) -> Result<Answer, Trouble> {
        let secret = secret::read(authorization).and_then(|secret| sensitive(&secret));
        let mut request = request.header(header::AUTHORIZATION, secret.map_err(Trouble::Lasting)?);
        if body.is_some() {
            request = request.header(header::CONTENT_TYPE, "application/json");
        }
        self.client
            .send(built(request, body.unwrap_or_default().into_bytes())?)
    }
}

fn is_disabled(enrolment: &Value) -> bool {
    enrolment["provisioningStatus"].as_str() == Some("disabled")
}
