//! How a registry is reached.

use std::path::{Path, PathBuf};

use serde::Deserialize;

use super::retry::Patience;

/// Settings of one registry's connection. Nothing is taken from the environment.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Connection {
    /// Certificates to trust, PEM, instead of the system's.
    pub ca: Option<PathBuf>,
    /// Seconds for one request, from name look-up to the last byte of the answer.
    pub timeout_s: u64,
    /// HTTP proxy, such as `http://proxy.example.com:3128`.
    pub proxy: Option<String>,
    /// Leave to speak HTTP without TLS to another machine.
    pub plain_http: bool,
    /// Tries and pauses.
    pub retry: Patience,
}

impl Default for Connection {
    fn default() -> Self {
        Self {
            ca: None,
            timeout_s: 10,
            proxy: None,
            plain_http: false,
            retry: Patience::default(),
        }
    }
}

impl Connection {
    pub(super) fn anchor(&mut self, folder: &Path) {
        if let Some(ca) = &mut self.ca {
            *ca = folder.join(&*ca);
        }
    }

    /// Refuses an address that is neither HTTPS nor this machine, unless that was allowed.
    pub(super) fn allows(&self, url: &str) -> Result<(), String> {
        let host = |scheme: &str| {
            let rest = url.strip_prefix(scheme)?;
            let authority = rest.split(['/', '?', '#']).next()?;
            (!authority.is_empty() && !authority.contains(['@', '{'])).then_some(authority)
        };
        if host("https://").is_some() {
            return Ok(());
        }
        let Some(authority) = host("http://") else {
            return Err(format!(
                "{url:?}: not an HTTP or HTTPS address with a fixed host"
            ));
        };
        let name = match authority.rsplit_once(':') {
            Some((name, port)) if port.bytes().all(|byte| byte.is_ascii_digit()) => name,
            _ => authority,
        };
        let here = matches!(name, "localhost" | "127.0.0.1" | "[::1]");
        if here || self.plain_http {
            return Ok(());
        }
        Err(format!(
            "{url:?}: without TLS; allow it with connection.plain_http = true"
        ))
    }
}
