//! What the CA serves over HTTP: OCSP answers (RFC 6960 appendix A, RFC 5019), CRLs and CA
//! certificates (RFC 5280 §4.2.1.13, §4.2.2.1). Plain HTTP: each of these carries its signature.

mod date;
mod route;

use std::net::{SocketAddr, TcpListener};
use std::path::PathBuf;
use std::sync::Arc;

use cradle_procedure::fault::{Code, Fault, OrFault as _};

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
    // Dropping it ends the server.
    _runtime: tokio::runtime::Runtime,
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
        Ok(Self {
            address,
            _runtime: runtime,
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
pub fn url_path(url: &str) -> &str {
    let host = url.strip_prefix("http://").unwrap_or(url);
    host.find('/').map_or("/", |start| &host[start..])
}
