//! What the CA serves over HTTP: OCSP answers (RFC 6960 appendix A, RFC 5019), CRLs and CA
//! certificates (RFC 5280 §4.2.1.13, §4.2.2.1). Plain HTTP: each of these carries its signature.

mod date;
mod route;

use std::net::{SocketAddr, TcpListener};
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use cradle_procedure::fault::{Code, Fault, OrFault as _};

use tokio::signal::unix::{SignalKind, signal};

use crate::ceremony::CaFiles;
use crate::issue::AuthorityConfig;
use crate::ocsp::Responder;

/// Told of each fault that a relying party only sees as `internalError`.
pub type Report = Arc<dyn Fn(&Fault) + Send + Sync>;

/// What is served, and by which path.
pub struct Site {
    /// Answers OCSP requests, by GET and POST.
    pub responder: Responder,
    /// Path of the OCSP responder, from the URL in the certificates: `/`, or such as `/ocsp`.
    pub ocsp_path: String,
    /// Files, each under its path, such as `/issuing-ca.crl`. A PEM certificate is served as DER.
    pub files: Vec<(String, PathBuf)>,
    /// Where faults are told.
    pub report: Report,
}

/// A server that runs until it is dropped.
pub struct Server {
    address: SocketAddr,
    runtime: tokio::runtime::Runtime,
}

impl Site {
    /// Everything that the certificates of that authority point at, under the paths that they
    /// say, and the root CA's certificate as `/root-ca.cer`.
    #[must_use]
    pub fn new(
        config: &AuthorityConfig,
        files: &CaFiles,
        responder: Responder,
        report: Report,
    ) -> Self {
        let mut served = vec![("/root-ca.cer".to_owned(), files.root.clone())];
        let points = config.crl.points(config.profile.crl_url());
        let urls = [
            (points.complete.as_ref(), config.crl.path.clone()),
            (points.delta.as_ref(), config.crl.delta_path()),
            (config.profile.issuer_url(), files.issuing.clone()),
        ];
        for (url, file) in urls {
            served.extend(url.map(|url| (url_path(url.as_str()).to_owned(), file)));
        }
        let ocsp = config
            .profile
            .ocsp_url()
            .map_or("/", |url| url_path(url.as_str()));
        Self {
            responder,
            ocsp_path: ocsp.to_owned(),
            files: served,
            report,
        }
    }
}

impl Server {
    /// Starts to serve at that address, such as `0.0.0.0:8080`; port 0 for any that is free.
    ///
    /// # Errors
    /// `CFG-02` the address cannot be listened at.
    pub fn start(site: Site, address: SocketAddr) -> Result<Self, Fault> {
        let failed = |error| Fault::new(Code::FileFailed, format!("{address}: {error}"));
        let listener = TcpListener::bind(address).map_err(failed)?;
        listener.set_nonblocking(true).map_err(failed)?;
        let address = listener.local_addr().map_err(failed)?;
        let runtime = tokio::runtime::Builder::new_multi_thread()
            .worker_threads(2)
            .thread_name("ca http")
            .enable_all()
            .build()
            .or_fault(Code::Internal)?;
        let listener = {
            let _inside = runtime.enter();
            tokio::net::TcpListener::from_std(listener).map_err(failed)?
        };
        let router = route::router(site);
        runtime.spawn(async move {
            // It only returns when the runtime goes.
            let _ = axum::serve(listener, router).await;
        });
        Ok(Self { address, runtime })
    }

    /// Waits that long, or until the process is asked to end (SIGINT, SIGTERM); says whether it
    /// was.
    ///
    /// # Errors
    /// `RUN-02` the signals cannot be waited for.
    pub fn asked_to_end(&self, wait: Duration) -> Result<bool, Fault> {
        self.runtime.block_on(async {
            let mut terminate = signal(SignalKind::terminate()).or_fault(Code::Internal)?;
            let mut interrupt = signal(SignalKind::interrupt()).or_fault(Code::Internal)?;
            Ok(tokio::select! {
                _ = terminate.recv() => true,
                _ = interrupt.recv() => true,
                () = tokio::time::sleep(wait) => false,
            })
        })
    }

    /// Where it listens.
    #[must_use]
    pub fn address(&self) -> SocketAddr {
        self.address
    }
}

/// The path of an `http://` URL: `/` if it has none.
#[must_use]
fn url_path(url: &str) -> &str {
    let host = url.strip_prefix("http://").unwrap_or(url);
    host.find('/').map_or("/", |start| &host[start..])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn path_of_a_url_begins_after_the_host() {
        for (url, path) in [
            ("http://a.example", "/"),
            ("http://a.example/", "/"),
            ("http://a.example:80/x/y.crl", "/x/y.crl"),
        ] {
            assert_eq!(url_path(url), path);
        }
    }
}
