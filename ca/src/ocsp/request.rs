//! `OCSPRequest` (RFC 6960 §4.1.1), as far as a responder needs it.

use der::asn1::{AnyRef, OctetStringRef};
use der::oid::ObjectIdentifier;
use der::{Decode as _, Encode as _, Sequence};
use x509_cert::ext::Extension;

use super::cert_id::CertId;

/// Longest request read, in bytes. One certificate takes about 80.
pub(crate) const MAX_BYTES: usize = 8 * 1024;

/// Certificates that may be asked for at once: each costs a look into the record.
const MAX_CERTIFICATES: usize = 16;

/// id-pkix-ocsp-nonce (RFC 9654 §2.1).
pub(super) const NONCE: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.3.6.1.5.5.7.48.1.2");

/// Longest nonce that is given back (RFC 9654 §2.1).
const MAX_NONCE: usize = 128;

/// What is asked.
#[derive(Debug)]
pub(super) struct Request<'a> {
    pub(super) certificates: Vec<CertId<'a>>,
    /// The nonce's `Extension`, DER, to be given back as it is.
    pub(super) nonce: Option<Vec<u8>>,
}

#[derive(Sequence)]
struct OcspRequest<'a> {
    content: Content<'a>,
    /// Who signed does not matter: the answer is for everybody.
    #[asn1(context_specific = "0", tag_mode = "EXPLICIT", optional = "true")]
    signature: Option<AnyRef<'a>>,
}

#[derive(Sequence)]
struct Content<'a> {
    #[asn1(context_specific = "0", tag_mode = "EXPLICIT", default = "v1")]
    version: u8,
    #[asn1(context_specific = "1", tag_mode = "EXPLICIT", optional = "true")]
    requestor: Option<AnyRef<'a>>,
    list: Vec<Single<'a>>,
    #[asn1(context_specific = "2", tag_mode = "EXPLICIT", optional = "true")]
    extensions: Option<Vec<Extension>>,
}

#[derive(Sequence)]
struct Single<'a> {
    id: CertId<'a>,
    #[asn1(context_specific = "0", tag_mode = "EXPLICIT", optional = "true")]
    extensions: Option<Vec<Extension>>,
}

const fn v1() -> u8 {
    0
}

/// The request is no `OCSPRequest`, or asks for what is not done here.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Malformed;

impl<'a> Request<'a> {
    /// Reads a request (DER).
    pub(super) fn parse(der: &'a [u8]) -> Result<Self, Malformed> {
        if der.len() > MAX_BYTES {
            return Err(Malformed);
        }
        let content = OcspRequest::from_der(der).map_err(|_| Malformed)?.content;
        let asked = 1..=MAX_CERTIFICATES;
        if content.version != v1() || !asked.contains(&content.list.len()) {
            return Err(Malformed);
        }
        let nonce = nonce(&content.extensions.unwrap_or_default())?;
        let certificates = content.list.into_iter().map(|single| {
            let extensions = single.extensions.unwrap_or_default();
            // RFC 6960 §4.4: whoever marks an extension critical wants it obeyed or refused.
            match extensions.iter().any(|extension| extension.critical) {
                true => Err(Malformed),
                false => Ok(single.id),
            }
        });
        Ok(Self {
            certificates: certificates.collect::<Result<_, _>>()?,
            nonce,
        })
    }
}

fn nonce(extensions: &[Extension]) -> Result<Option<Vec<u8>>, Malformed> {
    let mut nonce = None;
    for extension in extensions {
        if extension.extn_id == NONCE {
            let value = <&OctetStringRef>::from_der(extension.extn_value.as_bytes());
            let length = value.map_err(|_| Malformed)?.as_bytes().len();
            if nonce.is_some() || !(1..=MAX_NONCE).contains(&length) {
                return Err(Malformed);
            }
            nonce = Some(extension.to_der().map_err(|_| Malformed)?);
        } else if extension.critical {
            return Err(Malformed);
        }
    }
    Ok(nonce)
}
