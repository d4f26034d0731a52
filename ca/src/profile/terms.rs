//! What kind of certificate is issued, as data: a TOML file such as `profiles/ca/idevid.toml`.

use std::ops::Range;

use cradle_procedure::fault::{Code, Fault};
use cradle_procedure::tls::TlsPurpose;
use der::flagset::FlagSet;
use der::oid::ObjectIdentifier;
use der::oid::db::rfc5280::{ID_KP_CLIENT_AUTH, ID_KP_SERVER_AUTH};
use serde::Deserialize;
use toml::Spanned;
use x509_cert::ext::pkix::KeyUsages;
use x509_cert::time::{Time, Validity};

use crate::certificate::time;

/// The profile that devices get unless the configuration names another.
const IDEVID: &str = include_str!("../../../profiles/ca/idevid.toml");

/// What stations and servers get.
const STATION_CLIENT: &str = include_str!("../../../profiles/ca/station-client.toml");
const STATION_SERVER: &str = include_str!("../../../profiles/ca/station-server.toml");

/// Longest finite validity, in days: ten years. Whatever is to last longer is an IDevID.
const MAX_DAYS: u32 = 3650;
const DAY_MS: u64 = 24 * 60 * 60 * 1000;

/// How long certificates of a kind are good, and for what.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Terms {
    id: String,
    validity_days: Option<u32>,
    pub(super) hardware_module: bool,
    pub(crate) key_usage: FlagSet<KeyUsages>,
    pub(super) extended_key_usage: Vec<ObjectIdentifier>,
}

impl Terms {
    /// Reads and checks a profile.
    ///
    /// # Errors
    /// `CFG-01` with the line that is wrong, and why.
    pub fn parse(text: &str) -> Result<Self, Fault> {
        let fields: Fields = toml::from_str(text)
            .map_err(|error| Fault::new(Code::ConfigInvalid, error.to_string().trim()))?;
        fields.checked(text)
    }

    /// The IDevID of IEEE 802.1AR-2018.
    ///
    /// # Errors
    /// Never: a test reads it.
    pub fn idevid() -> Result<Self, Fault> {
        Self::parse(IDEVID)
    }

    /// Those of a TLS certificate.
    ///
    /// # Errors
    /// Never: a test reads them.
    pub fn of_tls(purpose: TlsPurpose) -> Result<Self, Fault> {
        Self::parse(match purpose {
            TlsPurpose::Client => STATION_CLIENT,
            TlsPurpose::Server => STATION_SERVER,
        })
    }

    /// Its name.
    #[must_use]
    pub fn id(&self) -> &str {
        &self.id
    }

    /// How long certificates are good: `None` for ever.
    #[must_use]
    pub fn validity_days(&self) -> Option<u32> {
        self.validity_days
    }

    /// From that moment on. Without an end it is the one that means none
    /// (IEEE 802.1AR-2018 §8.7).
    pub(crate) fn validity(&self, now_ms: u64) -> Result<Validity, Fault> {
        let not_after = match self.validity_days {
            None => Time::INFINITY,
            // The last second counts (RFC 5280 §4.1.2.5).
            Some(days) => time((now_ms + u64::from(days) * DAY_MS).saturating_sub(1000))?,
        };
        Ok(Validity::new(time(now_ms)?, not_after))
    }
}

/// The profile as it stands in a file.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Fields {
    id: Spanned<String>,
    validity_days: Option<Spanned<u32>>,
    hardware_module: Spanned<bool>,
    key_usage: Spanned<Vec<Spanned<String>>>,
    #[serde(default)]
    extended_key_usage: Vec<Spanned<String>>,
}

impl Fields {
    fn checked(self, text: &str) -> Result<Terms, Fault> {
        let wrong = |span: Range<usize>, why: &str| {
            let line = text[..span.start].matches('\n').count() + 1;
            Fault::new(Code::ConfigInvalid, format!("line {line}: {why}"))
        };
        let plain = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-';
        let id = self.id.as_ref();
        if id.is_empty() || id.len() > 32 || !id.chars().all(plain) {
            let why = "id: 1 to 32 small letters, digits and hyphens";
            return Err(wrong(self.id.span(), why));
        }
        match &self.validity_days {
            Some(days) if !(1..=MAX_DAYS).contains(days.as_ref()) => {
                let why = format!("validity_days: 1 to {MAX_DAYS}");
                return Err(wrong(days.span(), &why));
            }
            None if !*self.hardware_module.as_ref() => {
                let why = "hardware_module: only an IDevID, which names the chip, is good for \
                           ever; or add validity_days";
                return Err(wrong(self.hardware_module.span(), why));
            }
            _ => {}
        }
        let mut usages = FlagSet::default();
        for name in self.key_usage.as_ref() {
            usages |= key_usage(name.as_ref()).map_err(|why| wrong(name.span(), &why))?;
        }
        if !usages.contains(KeyUsages::DigitalSignature) {
            let why = "key_usage: digitalSignature is needed: a device proves who it is with it";
            return Err(wrong(self.key_usage.span(), why));
        }
        let mut extended = Vec::new();
        for name in &self.extended_key_usage {
            let oid = purpose(name.as_ref()).map_err(|why| wrong(name.span(), &why))?;
            if extended.contains(&oid) {
                let why = format!("{:?} stands there twice", name.as_ref());
                return Err(wrong(name.span(), &why));
            }
            extended.push(oid);
        }
        Ok(Terms {
            id: self.id.into_inner(),
            validity_days: self.validity_days.map(Spanned::into_inner),
            hardware_module: self.hardware_module.into_inner(),
            key_usage: usages,
            extended_key_usage: extended,
        })
    }
}

/// What an EC key of a device may do (RFC 5480 §3, RFC 8813 §3).
fn key_usage(name: &str) -> Result<KeyUsages, String> {
    match name {
        "digitalSignature" => Ok(KeyUsages::DigitalSignature),
        "keyAgreement" => Ok(KeyUsages::KeyAgreement),
        "keyCertSign" | "cRLSign" => Err(format!("key_usage: {name} is for CAs")),
        "keyEncipherment" | "dataEncipherment" => {
            Err(format!("key_usage: an EC key cannot do {name} (RFC 8813)"))
        }
        _ => Err(format!(
            "key_usage: {name:?} is none of digitalSignature, keyAgreement"
        )),
    }
}

/// RFC 5280 §4.2.1.12.
fn purpose(name: &str) -> Result<ObjectIdentifier, String> {
    match name {
        "clientAuth" => Ok(ID_KP_CLIENT_AUTH),
        "serverAuth" => Ok(ID_KP_SERVER_AUTH),
        "OCSPSigning" => Err("extended_key_usage: OCSPSigning is for the CA's responder".into()),
        _ => Err(format!(
            "extended_key_usage: {name:?} is none of clientAuth, serverAuth"
        )),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn profiles_that_come_along_are_sound() {
        let idevid = Terms::idevid().unwrap();
        assert_eq!((idevid.id(), idevid.validity_days()), ("idevid", None));
        assert!(idevid.hardware_module && idevid.extended_key_usage.is_empty());
        let client = Terms::of_tls(TlsPurpose::Client).unwrap();
        assert_eq!(client.validity_days(), Some(365));
        assert_eq!(client.extended_key_usage, [ID_KP_CLIENT_AUTH]);
        let server = Terms::of_tls(TlsPurpose::Server).unwrap();
        assert_eq!(server.validity_days(), Some(100));
        assert_eq!(server.extended_key_usage, [ID_KP_SERVER_AUTH]);
    }

    #[test]
    fn profile_that_is_wrong_is_refused_with_the_line_and_why() {
        for (from, to, line, why) in [
            (
                "id = \"station-client\"",
                "id = \"Über\"",
                3,
                "small letters",
            ),
            ("= 365", "= 0", 5, "1 to 3650"),
            ("= 365", "= 36500", 5, "1 to 3650"),
            ("validity_days = 365", "", 7, "for ever"),
            (
                "[\"digitalSignature\"]",
                "[]",
                9,
                "digitalSignature is needed",
            ),
            ("[\"digitalSignature\"]", "[\"keyCertSign\"]", 9, "for CAs"),
            (
                "[\"digitalSignature\"]",
                "[\"keyEncipherment\"]",
                9,
                "RFC 8813",
            ),
            ("\"clientAuth\"", "\"OCSPSigning\"", 10, "responder"),
            ("\"clientAuth\"", "\"anyExtendedKeyUsage\"", 10, "none of"),
            (
                "\"clientAuth\"",
                "\"clientAuth\", \"clientAuth\"",
                10,
                "twice",
            ),
            (
                "hardware_module",
                "is_ca = true\nhardware_module",
                7,
                "is_ca",
            ),
            ("= false", "= \"no\"", 7, "boolean"),
        ] {
            assert!(STATION_CLIENT.contains(from), "{from}");
            let fault = Terms::parse(&STATION_CLIENT.replace(from, to)).unwrap_err();
            assert_eq!(fault.code, Code::ConfigInvalid);
            let said = fault.detail;
            assert!(said.contains(&format!("line {line}")), "{to}: {said}");
            assert!(said.contains(why), "{to}: {said}");
        }
    }
}
