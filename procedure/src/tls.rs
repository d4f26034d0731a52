//! TLS certificates of stations and servers: who they are for, and the record of them.

use core::net::IpAddr;
use std::fmt;
use std::str::FromStr;

use crate::curve::SubjectKey;
use crate::fault::{Code, Fault};
use crate::named::named;
use crate::ports::IssuedCertificate;

/// Longest host name here: the first one becomes the subject's common name as well
/// (`ub-common-name`, RFC 5280 appendix A.1).
const NAME_BYTES: usize = 64;
/// Longest label of a host name (RFC 1035 §2.3.4).
const LABEL_BYTES: usize = 63;
/// Names in one certificate, at most.
const NAMES: usize = 16;

named! {
    /// At which end of a connection the certificate is shown.
    TlsPurpose {
        /// Who is connected to (id-kp-serverAuth).
        Server = "server",
        /// Who connects (id-kp-clientAuth).
        Client = "client",
    }
}

/// What a host is reached by. As text, a DNS name in small letters or an IP address.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum HostName {
    /// A DNS name: letters, digits and hyphens in labels (RFC 1123 §2.1); no wildcard.
    Dns(String),
    /// An address.
    Address(IpAddr),
}

impl FromStr for HostName {
    type Err = Fault;
    fn from_str(text: &str) -> Result<Self, Fault> {
        if let Ok(address) = text.parse() {
            return Ok(Self::Address(address));
        }
        // Only digits in the last label, and it would be an address that is none.
        let named = |last: &str| last.bytes().any(|byte| byte.is_ascii_lowercase());
        let sound = text.len() <= NAME_BYTES
            && text.split('.').all(is_label)
            && text.rsplit('.').next().is_some_and(named);
        match sound {
            true => Ok(Self::Dns(text.to_owned())),
            false => Err(Fault::new(
                Code::InputInvalid,
                format!(
                    "host name {text:?}: an IP address, or small letters, digits, hyphens and \
                     dots, at most {NAME_BYTES}"
                ),
            )),
        }
    }
}

fn is_label(label: &str) -> bool {
    let letters = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-';
    (1..=LABEL_BYTES).contains(&label.len())
        && label.bytes().all(letters)
        && !label.starts_with('-')
        && !label.ends_with('-')
}

impl fmt::Display for HostName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Dns(name) => f.write_str(name),
            Self::Address(address) => address.fmt(f),
        }
    }
}

/// Who a TLS certificate is for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TlsSubject {
    names: Vec<HostName>,
    purpose: TlsPurpose,
    key: SubjectKey,
}

impl TlsSubject {
    /// A host by these names, the first of which it is called by.
    ///
    /// # Errors
    /// `CFG-03` there are none, or more than 16.
    pub fn new(names: Vec<HostName>, purpose: TlsPurpose, key: SubjectKey) -> Result<Self, Fault> {
        if names.is_empty() || names.len() > NAMES {
            let detail = format!("{} host names: 1 to {NAMES}", names.len());
            return Err(Fault::new(Code::InputInvalid, detail));
        }
        Ok(Self {
            names,
            purpose,
            key,
        })
    }

    /// All names, in order.
    #[must_use]
    pub fn names(&self) -> &[HostName] {
        &self.names
    }

    /// The first name.
    #[must_use]
    pub fn common_name(&self) -> String {
        self.names
            .first()
            .map(HostName::to_string)
            .unwrap_or_default()
    }

    /// What it is for.
    #[must_use]
    pub const fn purpose(&self) -> TlsPurpose {
        self.purpose
    }

    /// The host's key.
    #[must_use]
    pub const fn key(&self) -> &SubjectKey {
        &self.key
    }
}

/// What the CA needs of the record for TLS certificates. Implemented in `records`, called by `ca`.
pub trait TlsLedger {
    /// Checks that the person may and that the key is no device's, calls `sign`, and stores the
    /// certificate. Nothing is stored unless all of it is.
    ///
    /// # Errors
    /// `AUT-…`, `CA-02`, `STO-02`, and whatever `sign` returns.
    fn issue_tls(
        &mut self,
        subject: &TlsSubject,
        sign: &mut dyn FnMut() -> Result<IssuedCertificate, Fault>,
    ) -> Result<IssuedCertificate, Fault>;

    /// Takes note that a request was refused. `name` says for whom it was.
    ///
    /// # Errors
    /// `STO-02`.
    fn refused_tls(&mut self, name: &str, why: &Fault) -> Result<(), Fault>;
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn host_names_are_those_that_a_client_compares_byte_for_byte() {
        let long = format!("{}.example", "a".repeat(57));
        for good in [
            "st-1",
            "st-1.works.example",
            "10.0.0.7",
            "fe80::1",
            "3com.example",
        ] {
            assert_eq!(good.parse::<HostName>().unwrap().to_string(), good);
        }
        for bad in [
            "",
            ".",
            "a..b",
            "-a.b",
            "a-.b",
            "A.example",
            "*.example",
            "ex_ample",
            "bücher.example",
            "a.example.",
            "1.2.3",
            "a b",
            "a\0b",
            &long,
        ] {
            let fault = bad.parse::<HostName>().unwrap_err();
            assert_eq!(fault.code, Code::InputInvalid, "{bad:?}");
        }
    }

    #[test]
    fn subject_has_a_name_and_not_too_many() {
        let key = || SubjectKey::from_sec1(&[4; 65]).unwrap();
        let names = |count| vec!["a.example".parse().unwrap(); count];
        for (count, good) in [(0, false), (1, true), (16, true), (17, false)] {
            let subject = TlsSubject::new(names(count), TlsPurpose::Server, key());
            assert_eq!(subject.is_ok(), good, "{count}");
        }
    }
}
