//! The OCSP responder (RFC 6960, RFC 5019): what became of one certificate, signed, at once.
//!
//! - [`OcspSigner`]: the delegated responder certificate and its key.
//! - [`Responder`]: a request in, an answer out; answers are kept and given again while fresh.

mod answer;
mod cert_id;
mod request;
mod responder;
mod signer;

pub(crate) use cert_id::request_for;
pub(crate) use request::MAX_BYTES as MAX_REQUEST_BYTES;
pub use responder::{Answer, Responder, ResponderConfig};
pub use signer::OcspSigner;

/// How long an answer is good for, unless the caller has reasons: an hour.
pub const ANSWER_LIFE: std::time::Duration = std::time::Duration::from_secs(60 * 60);

/// Whether those bytes are a request that the responder reads. For fuzzers: it must return,
/// whatever the bytes.
#[must_use]
pub fn is_request(bytes: &[u8]) -> bool {
    request::Request::parse(bytes).is_ok()
}
