//! Device certificate authority behind PKCS#11: token, profiles, issuance, revocation.
//!
//! - [`token`]: one PKCS#11 token, its keys, and a [`Signer`] for each.
//! - [`softhsm`]: the embedded default token, for a bench without hardware.
//! - [`ceremony`]: makes the keys and the two CA certificates, once.
//! - [`issue`]: device certificates (IEEE 802.1AR IDevID) and their revocation.
//! - [`tls`]: TLS certificates for stations and servers.
//! - [`ocsp`]: answers to who asks whether a certificate is revoked.
//! - [`http`]: those answers, the CRLs and the CA certificates, over HTTP.
//!
//! [`Signer`]: cradle_procedure::ports::Signer

pub mod ceremony;
mod certificate;
mod crl;
mod files;
pub mod http;
pub mod issue;
pub mod issuing;
pub mod measure;
mod name;
pub mod ocsp;
pub mod profile;
mod publication;
mod request;
pub mod softhsm;
pub mod tls;
mod tlv;
pub mod token;
mod verify;
pub mod watch;
