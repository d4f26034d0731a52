//! Upper bounds on everything that crosses the wire. All in bytes.

/// A device certificate, DER.
pub const MAX_CERTIFICATE: usize = 1536;
/// A `CertificationRequestInfo`, DER (RFC 2986 §4.1).
pub const MAX_CSR_INFO: usize = 1024;
/// An attestation: one COSE_Sign1 (RFC 9052 §4.2) with its payload.
pub const MAX_ATTESTATION: usize = 768;
/// A `SubjectPublicKeyInfo`, DER. P-256 takes 91.
pub const MAX_SPKI: usize = 128;
/// An ECDSA P-256 signature as DER `Ecdsa-Sig-Value` (RFC 3279 §2.2.3).
pub const MAX_SIGNATURE: usize = 72;
/// A part of what the maker of a secure element put into it.
pub const MAX_ELEMENT_FILE: usize = 72;
/// Bytes of an image in one message; a multiple of 4.
pub const MAX_CHUNK: usize = 1024;
/// One message after postcard, before framing.
pub const MAX_MESSAGE: usize = 2048;
/// One frame on the wire: header, message, CRC, COBS overhead and the closing zero.
pub const MAX_FRAME: usize = MAX_MESSAGE + 32;

const _: () = assert!(MAX_CHUNK + 16 <= MAX_MESSAGE && MAX_CHUNK.is_multiple_of(4));
const _: () = assert!(MAX_CERTIFICATE + 64 <= MAX_MESSAGE);
const _: () = assert!(MAX_FRAME > MAX_MESSAGE + 7 + (MAX_MESSAGE + 7).div_ceil(254) + 1);
