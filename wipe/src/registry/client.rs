//! One HTTP request: bounded in time and size, over TLS that is checked, without redirects.

use std::sync::Arc;
use std::time::Duration;

use cradle_procedure::fault::{Code, Fault, OrFault as _};
use rustls::crypto::ring;
use ureq::http::{HeaderValue, Request, Response, header};
use ureq::tls::{Certificate, PemItem, RootCerts, TlsConfig, parse_pem};
use ureq::{Agent, Body, Error, Proxy};

use super::answer::{Answer, Trouble};
use super::connection::Connection;
use super::retry::insist;

/// Largest answer that is read, in bytes.
const MAX_BODY: u64 = 256 * 1024;

/// A client for one registry.
pub(super) struct Client {
    agent: Agent,
    connection: Connection,
}

impl Client {
    pub(super) fn new(connection: &Connection) -> Result<Self, Fault> {
        let proxy = connection.proxy.as_deref().map(Proxy::new).transpose();
        let config = Agent::config_builder()
            .http_status_as_error(false)
            // A redirect would carry what lets us in to somebody else.
            .max_redirects(0)
            .timeout_global(Some(Duration::from_secs(connection.timeout_s.max(1))))
            .user_agent(concat!("cradle/", env!("CARGO_PKG_VERSION")))
            .proxy(proxy.or_fault(Code::ConfigInvalid)?)
            .tls_config(tls(connection)?)
            .build();
        Ok(Self {
            agent: config.into(),
            connection: connection.clone(),
        })
    }

    /// Tries until it works, as patiently as the configuration says.
    pub(super) fn insist<T>(
        &self,
        attempt: impl FnMut() -> Result<T, Trouble>,
    ) -> Result<T, Fault> {
        insist(self.connection.retry, &mut std::thread::sleep, attempt)
    }

    /// Sends one request. Any status is an answer.
    pub(super) fn send(&self, request: Request<Vec<u8>>) -> Result<Answer, Trouble> {
        let (parts, body) = request.into_parts();
        let response = if body.is_empty() {
            self.agent.run(Request::from_parts(parts, ()))
        } else {
            self.agent.run(Request::from_parts(parts, &body))
        };
        response.and_then(read).map_err(trouble)
    }
}

/// A header's value that is shown nowhere.
pub(super) fn sensitive(value: &str) -> Result<HeaderValue, Fault> {
    let mut value = HeaderValue::from_str(value)
        .map_err(|_| Fault::new(Code::FileFailed, "the secret is no text for a header"))?;
    value.set_sensitive(true);
    Ok(value)
}

fn tls(connection: &Connection) -> Result<TlsConfig, Fault> {
    let roots = match &connection.ca {
        None => RootCerts::PlatformVerifier,
        Some(path) => {
            let named =
                |why: String| Fault::new(Code::FileFailed, format!("{}: {why}", path.display()));
            let pem = std::fs::read(path).map_err(|error| named(error.to_string()))?;
            let items: Vec<_> = parse_pem(&pem)
                .collect::<Result<_, _>>()
                .map_err(|error| named(error.to_string()))?;
            let certificates: Vec<Certificate<'static>> = items
                .into_iter()
                .filter_map(|item| match item {
                    PemItem::Certificate(certificate) => Some(certificate),
                    _ => None,
                })
                .collect();
            if certificates.is_empty() {
                return Err(named("no certificate in it".to_owned()));
            }
            RootCerts::new_with_certs(&certificates)
        }
    };
    Ok(TlsConfig::builder()
        .root_certs(roots)
        .unversioned_rustls_crypto_provider(Arc::new(ring::default_provider()))
        .build())
}

fn read(mut response: Response<Body>) -> Result<Answer, Error> {
    let body = response
        .body_mut()
        .with_config()
        .limit(MAX_BODY)
        .read_to_vec()?;
    let text = |name: &str| {
        let value = response.headers().get(name)?;
        value.to_str().ok().map(str::to_owned)
    };
    // The service puts more behind a colon at times.
    let error_type = text("x-amzn-errortype");
    let error_type = error_type.map(|name| name.split(':').next().unwrap_or_default().to_owned());
    Ok(Answer {
        status: response.status().as_u16(),
        etag: text(header::ETAG.as_str()),
        error_type,
        retry_after_s: text(header::RETRY_AFTER.as_str()).and_then(|text| text.parse().ok()),
        body,
    })
}

fn trouble(error: Error) -> Trouble {
    let distrust = match &error {
        Error::Rustls(_) | Error::Tls(_) => true,
        Error::Io(error) => error
            .get_ref()
            .is_some_and(<dyn std::error::Error + Send + Sync>::is::<rustls::Error>),
        _ => false,
    };
    if distrust {
        return Trouble::Lasting(Fault::new(Code::RegistryUntrusted, error));
    }
    match error {
        Error::Timeout(_)
        | Error::Io(_)
        | Error::HostNotFound
        | Error::ConnectionFailed
        | Error::ConnectProxyFailed(_)
        | Error::Protocol(_) => Trouble::Passing {
            fault: Fault::new(Code::RegistryUnreachable, error),
            retry_after_s: None,
        },
        other => Trouble::refused(other),
    }
}
