//! A registry behind one HTTP request.

use std::path::{Path, PathBuf};

use cradle_procedure::fault::{Code, Fault};
use cradle_procedure::ids::RegistryName;
use cradle_procedure::ports::UnitRecord;
use serde::Deserialize;
use ureq::http::{Method, Request, header, request};

use super::answer::Trouble;
use super::client::{Client, sensitive};
use super::connection::Connection;
use super::template::Template;
use super::{Departure, Registry, Standing, secret};
use crate::order::Reason;

/// Draft of the IETF's HTTPAPI group (draft-ietf-httpapi-idempotency-key-header), in use widely.
const IDEMPOTENCY_KEY: &str = "Idempotency-Key";

/// A registry that is told with a request of one's own making.
#[derive(Debug, Clone, Deserialize)]
#[serde(try_from = "Stated")]
pub struct HttpConfig {
    pub(super) name: RegistryName,
    method: Method,
    url: Template,
    body: Option<Template>,
    content_type: String,
    success: Vec<u16>,
    authorization_file: Option<PathBuf>,
    look: Option<(Template, Vec<u16>)>,
    connection: Connection,
}

/// As it stands in the file.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Stated {
    name: RegistryName,
    #[serde(default = "delete")]
    method: String,
    url: Template,
    body: Option<Template>,
    #[serde(default = "json")]
    content_type: String,
    /// Which answers confirm. Stated, not assumed: a 404 may be a unit that is gone, or a
    /// mistyped address.
    success: Vec<u16>,
    authorization_file: Option<PathBuf>,
    look_url: Option<Template>,
    #[serde(default)]
    gone: Vec<u16>,
    #[serde(default)]
    connection: Connection,
}

fn delete() -> String {
    Method::DELETE.to_string()
}

fn json() -> String {
    "application/json".to_owned()
}

impl TryFrom<Stated> for HttpConfig {
    type Error = String;

    fn try_from(stated: Stated) -> Result<Self, String> {
        let methods = [Method::DELETE, Method::POST, Method::PUT, Method::PATCH];
        let method = methods
            .into_iter()
            .find(|method| method.as_str() == stated.method)
            .ok_or_else(|| format!("method {:?}: not DELETE, POST, PUT or PATCH", stated.method))?;
        for url in [Some(&stated.url), stated.look_url.as_ref()]
            .into_iter()
            .flatten()
        {
            stated.connection.allows(url.start())?;
        }
        let named = stated.url.names_the_unit()
            || stated.body.as_ref().is_some_and(Template::names_the_unit);
        if !named
            || stated
                .look_url
                .as_ref()
                .is_some_and(|url| !url.names_the_unit())
        {
            return Err("neither {serial}, {uid} nor {certificate} is in the request".to_owned());
        }
        let codes = |codes: &[u16]| codes.iter().all(|code| (200..600).contains(code));
        if stated.success.is_empty() || !codes(&stated.success) || !codes(&stated.gone) {
            return Err("success and gone are lists of HTTP status codes".to_owned());
        }
        if stated.look_url.is_some() == stated.gone.is_empty() {
            return Err("look_url and gone go together".to_owned());
        }
        if !stated
            .content_type
            .bytes()
            .all(|byte| byte.is_ascii_graphic() || byte == b' ')
        {
            return Err("content_type: plain characters only".to_owned());
        }
        Ok(Self {
            name: stated.name,
            method,
            url: stated.url,
            body: stated.body,
            content_type: stated.content_type,
            success: stated.success,
            authorization_file: stated.authorization_file,
            look: stated.look_url.map(|url| (url, stated.gone)),
            connection: stated.connection,
        })
    }
}

impl HttpConfig {
    pub(super) fn anchor(&mut self, folder: &Path) {
        self.connection.anchor(folder);
        if let Some(file) = &mut self.authorization_file {
            *file = folder.join(&*file);
        }
    }

    pub(super) fn open(&self) -> Result<Box<dyn Registry>, Fault> {
        Ok(Box::new(Http {
            client: Client::new(&self.connection)?,
            config: self.clone(),
        }))
    }
}

struct Http {
    config: HttpConfig,
    client: Client,
}

impl Http {
    /// Reads what lets us in anew each time: it may be short-lived.
    fn request(&self, method: Method, url: &str) -> Result<request::Builder, Fault> {
        let request = Request::builder().method(method).uri(url);
        Ok(match &self.config.authorization_file {
            Some(file) => request.header(header::AUTHORIZATION, sensitive(&secret::read(file)?)?),
            None => request,
        })
    }
}

impl Registry for Http {
    fn name(&self) -> &RegistryName {
        &self.config.name
    }

    fn deregister(&mut self, departure: &Departure<'_>) -> Result<String, Fault> {
        let url = self.config.url.in_url(departure);
        let body = self.config.body.as_ref();
        let body = body.map(|body| body.in_json(departure)).unwrap_or_default();
        self.client.insist(|| {
            let mut request = self
                .request(self.config.method.clone(), &url)
                .map_err(Trouble::Lasting)?
                .header(IDEMPOTENCY_KEY, departure.key);
            if !body.is_empty() {
                request = request.header(header::CONTENT_TYPE, &self.config.content_type);
            }
            let answer = self
                .client
                .send(built(request, body.clone().into_bytes())?)?;
            if self.config.success.contains(&answer.status) {
                return Ok(answer.words());
            }
            Err(answer.trouble())
        })
    }

    fn look(&mut self, unit: &UnitRecord) -> Result<Standing, Fault> {
        let Some((url, gone)) = &self.config.look else {
            return Ok(Standing::NotAsked);
        };
        let departure = Departure {
            unit,
            reason: Reason::EndOfLife,
            key: "",
        };
        let url = url.in_url(&departure);
        self.client.insist(|| {
            let request = self.request(Method::GET, &url).map_err(Trouble::Lasting)?;
            let answer = self.client.send(built(request, Vec::new())?)?;
            match answer.status {
                status if gone.contains(&status) => Ok(Standing::Gone(answer.words())),
                200..=299 => Ok(Standing::Known(answer.words())),
                _ => Err(answer.trouble()),
            }
        })
    }
}

/// A request with its body.
pub(super) fn built(request: request::Builder, body: Vec<u8>) -> Result<Request<Vec<u8>>, Trouble> {
    let built = request.body(body);
    built.map_err(|error| Trouble::Lasting(Fault::new(Code::ConfigInvalid, error)))
}
