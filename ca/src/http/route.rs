//! From an HTTP request to what it asks for.

use std::collections::HashMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use axum::Router;
use axum::body::{Bytes, to_bytes};
use axum::extract::{Request, State};
use axum::http::{Method, StatusCode, header};
use axum::response::{IntoResponse as _, Response};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use cradle_procedure::fault::Fault;
use der::pem;

use super::{Report, Site, date};
use crate::files;
use crate::ocsp::{Answer, MAX_REQUEST_BYTES, Responder};

struct Shared {
    responder: Responder,
    ocsp_path: String,
    files: HashMap<String, PathBuf>,
    report: Report,
}

pub(super) fn router(site: Site) -> Router {
    let shared = Shared {
        responder: site.responder,
        ocsp_path: site.ocsp_path.trim_end_matches('/').to_owned(),
        files: site.files.into_iter().collect(),
        report: site.report,
    };
    // One handler for all paths: base64 in a GET may hold slashes of its own.
    Router::new().fallback(serve).with_state(Arc::new(shared))
}

async fn serve(State(shared): State<Arc<Shared>>, request: Request) -> Response {
    let path = request.uri().path().to_owned();
    if let Some(file) = shared.files.get(&path) {
        return match *request.method() {
            Method::GET | Method::HEAD => published(file, &shared.report),
            _ => StatusCode::METHOD_NOT_ALLOWED.into_response(),
        };
    }
    let Some(rest) = path.strip_prefix(&shared.ocsp_path) else {
        return StatusCode::NOT_FOUND.into_response();
    };
    match *request.method() {
        Method::POST => match posted(request).await {
            Ok(asked) => answered(shared, asked.into(), Method::POST).await,
            Err(status) => status.into_response(),
        },
        Method::GET => match in_path(rest) {
            Some(asked) => answered(shared, asked, Method::GET).await,
            None => StatusCode::NOT_FOUND.into_response(),
        },
        _ => StatusCode::METHOD_NOT_ALLOWED.into_response(),
    }
}

/// RFC 6960 appendix A.1: the body is the request, and says so.
async fn posted(request: Request) -> Result<Bytes, StatusCode> {
    let kind = request.headers().get(header::CONTENT_TYPE);
    if kind.is_none_or(|kind| kind != "application/ocsp-request") {
        return Err(StatusCode::UNSUPPORTED_MEDIA_TYPE);
    }
    to_bytes(request.into_body(), MAX_REQUEST_BYTES)
        .await
        .map_err(|_| StatusCode::PAYLOAD_TOO_LARGE)
}

/// RFC 6960 appendix A.1: base64, URL-encoded, after the responder's own path. Clients differ in
/// how many slashes stand between the two (RFC 5019 §5); an OCSP request begins with none.
fn in_path(rest: &str) -> Option<Vec<u8>> {
    let encoded = rest.trim_start_matches('/');
    if encoded.is_empty() {
        return None;
    }
    let mut text = Vec::with_capacity(encoded.len());
    let mut bytes = encoded.bytes();
    while let Some(byte) = bytes.next() {
        if byte == b'%' {
            let digits = [bytes.next()?, bytes.next()?];
            text.extend(hex::decode(digits).ok()?);
        } else {
            text.push(byte);
        }
    }
    STANDARD.decode(text).ok()
}

/// Off the network's threads: an answer may have to wait for the token.
async fn answered(shared: Arc<Shared>, asked: Vec<u8>, method: Method) -> Response {
    let job = tokio::task::spawn_blocking(move || {
        let answer = shared.responder.answer(&asked);
        if let Some(fault) = &answer.fault {
            (shared.report)(fault);
        }
        answer
    });
    match job.await {
        Ok(answer) => respond(&answer, &method),
        Err(_) => StatusCode::INTERNAL_SERVER_ERROR.into_response(),
    }
}

/// RFC 5019 §6.2: how long a proxy may keep the answer to a GET. Only GETs are kept by proxies.
fn respond(answer: &Answer, method: &Method) -> Response {
    let body = Bytes::copy_from_slice(&answer.der);
    let mut response =
        ([(header::CONTENT_TYPE, "application/ocsp-response")], body).into_response();
    let headers = response.headers_mut();
    match answer.good_until {
        Some(until) if *method == Method::GET => {
            let seconds = until.saturating_sub(answer.given_at);
            let control = format!("max-age={seconds}, public, no-transform, must-revalidate");
            for (name, value) in [
                (header::CACHE_CONTROL, control),
                (header::LAST_MODIFIED, date::http(answer.signed_at)),
                (header::EXPIRES, date::http(until)),
            ] {
                if let Ok(value) = value.try_into() {
                    headers.insert(name, value);
                }
            }
        }
        _ => {
            headers.insert(
                header::CACHE_CONTROL,
                header::HeaderValue::from_static("no-store"),
            );
        }
    }
    response
}

fn published(path: &Path, report: &Report) -> Response {
    match read(path) {
        Ok(Some((kind, body))) => ([(header::CONTENT_TYPE, kind)], body).into_response(),
        Ok(None) => StatusCode::NOT_FOUND.into_response(),
        Err(fault) => {
            report(&fault);
            StatusCode::INTERNAL_SERVER_ERROR.into_response()
        }
    }
}

/// RFC 5280 §4.2.1.13 and §4.2.2.1 want DER, and name the media types (RFC 2585 §4).
fn read(path: &Path) -> Result<Option<(&'static str, Vec<u8>)>, Fault> {
    let bytes = match fs::read(path) {
        Ok(bytes) => bytes,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(files::failed(path, error)),
    };
    Ok(Some(match pem::decode_vec(&bytes) {
        Ok((_, der)) => ("application/pkix-cert", der),
        Err(_) => ("application/pkix-crl", bytes),
    }))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn request_in_a_path_is_found_however_it_is_encoded() {
        let plain = [0x30, 0xFB, 0xEF, 0xFF];
        assert_eq!(STANDARD.encode(plain), "MPvv/w==");
        for path in [
            "/MPvv/w==",
            "//MPvv/w==",
            "MPvv/w==",
            "/MPvv%2Fw%3D%3D",
            "/MPvv%2fw==",
        ] {
            assert_eq!(in_path(path).as_deref(), Some(&plain[..]), "{path}");
        }
        for path in ["", "/", "/%", "/%zz", "/favicon.ico"] {
            assert_eq!(in_path(path), None, "{path}");
        }
    }
}
