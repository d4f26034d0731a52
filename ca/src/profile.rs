//! What a device certificate says: by default the IDevID profile (IEEE 802.1AR-2018 §8).

mod terms;

use cradle_procedure::fault::{Code, Fault, OrFault as _};
use cradle_procedure::ports::Subject;
use der::asn1::{Ia5String, OctetString};
use der::oid::ObjectIdentifier;
use der::oid::db::rfc5280::{ID_AD_CA_ISSUERS, ID_AD_OCSP};
use serde::Deserialize;
use x509_cert::ext::Extension;
use x509_cert::ext::pkix::crl::dp::DistributionPoint;
use x509_cert::ext::pkix::name::{
    DistributionPointName, GeneralName, HardwareModuleName, OtherName,
};
use x509_cert::ext::pkix::{
    AccessDescription, AuthorityInfoAccessSyntax, CrlDistributionPoints, ExtendedKeyUsage,
    KeyUsage, SubjectAltName,
};
use x509_cert::name::Name;

use crate::certificate::{Unsigned, authority_key, extension, subject_key};
use crate::issuing::IssuingCa;
use crate::name;

pub use terms::Terms;

/// What all device certificates of a product have in common. As a TOML table: `organization`,
/// `hardware_type`, and optionally `crl_url`, `ocsp_url`, `issuer_url`.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(try_from = "Fields")]
pub struct DeviceProfile {
    terms: Terms,
    organization: String,
    hardware_type: ObjectIdentifier,
    crl_url: Option<Ia5String>,
    ocsp_url: Option<Ia5String>,
    issuer_url: Option<Ia5String>,
}

/// Where relying parties find out more. Each is an `http://` URL (RFC 5280 §4.2.1.13, §4.2.2.1:
/// what protects these answers is their signature; fetching them must not need a certificate).
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Urls {
    /// The CRL.
    pub crl: Option<String>,
    /// The OCSP responder.
    pub ocsp: Option<String>,
    /// The issuing CA's certificate.
    pub issuer: Option<String>,
}

impl DeviceProfile {
    /// A profile. `organization` becomes the subject's O; `hardware_type` is the object
    /// identifier, in dots, of the product's hardware (RFC 4108 §5 `hwType`).
    ///
    /// # Errors
    /// `CFG-01` one of them cannot stand in a certificate.
    pub fn new(organization: &str, hardware_type: &str, urls: &Urls) -> Result<Self, Fault> {
        name::check(organization)?;
        let hardware_type = ObjectIdentifier::new(hardware_type).map_err(|error| {
            Fault::new(
                Code::ConfigInvalid,
                format!("hardware type {hardware_type:?}: {error}"),
            )
        })?;
        Ok(Self {
            terms: Terms::idevid()?,
            organization: organization.to_owned(),
            hardware_type,
            crl_url: urls.crl.as_deref().map(url).transpose()?,
            ocsp_url: urls.ocsp.as_deref().map(url).transpose()?,
            issuer_url: urls.issuer.as_deref().map(url).transpose()?,
        })
    }

    /// The same with other terms than the IDevID's.
    #[must_use]
    pub fn with_terms(self, terms: Terms) -> Self {
        Self { terms, ..self }
    }

    /// Where relying parties fetch the CRL.
    pub(crate) fn crl_url(&self) -> Option<&Ia5String> {
        self.crl_url.as_ref()
    }

    /// Where the OCSP responder is.
    pub(crate) fn ocsp_url(&self) -> Option<&Ia5String> {
        self.ocsp_url.as_ref()
    }

    /// Where relying parties fetch the issuing CA's certificate.
    pub(crate) fn issuer_url(&self) -> Option<&Ia5String> {
        self.issuer_url.as_ref()
    }

    /// The subject's name: from the record, whatever a request says.
    pub(crate) fn subject_name(&self, subject: &Subject) -> Result<Name, Fault> {
        name::device(&self.organization, subject.serial.as_str())
    }

    /// The certificate to sign for a subject, valid from `now_ms` on. `key` is the subject's `SubjectPublicKeyInfo`, DER.
    pub(crate) fn certificate(
        &self,
        ca: &IssuingCa,
        subject: &Subject,
        key: &[u8],
        now_ms: u64,
    ) -> Result<Unsigned, Fault> {
        let name = self.subject_name(subject)?;
        let validity = self.terms.validity(now_ms)?;
        let extensions = self.extensions(ca, subject, &name, key)?;
        Unsigned::new(ca.name(), name, validity, key, extensions)
    }

    /// IEEE 802.1AR-2018 §8.10. No basicConstraints: RFC 5280 §4.2.1.9 needs it of CAs only, and
    /// a v3 certificate without it is none.
    fn extensions(
        &self,
        ca: &IssuingCa,
        subject: &Subject,
        name: &Name,
        key: &[u8],
    ) -> Result<Vec<Extension>, Fault> {
        let terms = &self.terms;
        let mut extensions = vec![
            subject_key(name, key)?,
            authority_key(name, ca.key_identifier())?,
            extension(&KeyUsage(terms.key_usage), name)?,
        ];
        if !terms.extended_key_usage.is_empty() {
            let purposes = ExtendedKeyUsage(terms.extended_key_usage.clone());
            extensions.push(extension(&purposes, name)?);
        }
        if terms.hardware_module {
            extensions.push(extension(&self.hardware_module(subject)?, name)?);
        }
        if let Some(url) = &self.crl_url {
            extensions.push(extension(&distribution_point(url), name)?);
        }
        let access = self.access();
        if !access.0.is_empty() {
            extensions.push(extension(&access, name)?);
        }
        Ok(extensions)
    }

    /// subjectAltName: the chip, as a `hardwareModuleName` (RFC 4108 §5).
    fn hardware_module(&self, subject: &Subject) -> Result<SubjectAltName, Fault> {
        let module = HardwareModuleName {
            hw_type: self.hardware_type,
            hw_serial_num: OctetString::new(subject.uid.bytes())
                .or_fault(Code::CertificateFailed)?,
        };
        let name = OtherName::try_from(&module).or_fault(Code::CertificateFailed)?;
        Ok(SubjectAltName(vec![GeneralName::OtherName(name)]))
    }

    /// authorityInfoAccess (RFC 5280 §4.2.2.1); empty if nothing is to be found anywhere.
    pub(crate) fn access(&self) -> AuthorityInfoAccessSyntax {
        let methods = [
            (ID_AD_OCSP, &self.ocsp_url),
            (ID_AD_CA_ISSUERS, &self.issuer_url),
        ];
        let described = methods.into_iter().filter_map(|(access_method, url)| {
            Some(AccessDescription {
                access_method,
                access_location: GeneralName::UniformResourceIdentifier(url.clone()?),
            })
        });
        AuthorityInfoAccessSyntax(described.collect())
    }
}

pub(crate) fn distribution_point(url: &Ia5String) -> CrlDistributionPoints {
    let place = GeneralName::UniformResourceIdentifier(url.clone());
    CrlDistributionPoints(vec![DistributionPoint {
        distribution_point: Some(DistributionPointName::FullName(vec![place])),
        reasons: None,
        crl_issuer: None,
    }])
}

fn url(text: &str) -> Result<Ia5String, Fault> {
    let host = text.strip_prefix("http://").unwrap_or_default();
    let printable = text.bytes().all(|byte| byte.is_ascii_graphic());
    if host.is_empty() || host.starts_with('/') || !printable {
        return Err(Fault::new(
            Code::ConfigInvalid,
            format!("URL {text:?}: `http://HOST/…` is needed"),
        ));
    }
    Ia5String::new(text).or_fault(Code::ConfigInvalid)
}

/// The profile as it stands in a file.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Fields {
    organization: String,
    hardware_type: String,
    crl_url: Option<String>,
    ocsp_url: Option<String>,
    issuer_url: Option<String>,
}

impl TryFrom<Fields> for DeviceProfile {
    type Error = Fault;
    fn try_from(fields: Fields) -> Result<Self, Fault> {
        let urls = Urls {
            crl: fields.crl_url,
            ocsp: fields.ocsp_url,
            issuer: fields.issuer_url,
        };
        Self::new(&fields.organization, &fields.hardware_type, &urls)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn profile_is_read_from_a_table() {
        let text = "organization = 'Example'\nhardware_type = '1.3.6.1.4.1.32473.1'\n\
                    crl_url = 'http://pki.example.com/issuing-ca.crl'";
        let profile: DeviceProfile = toml::from_str(text).unwrap();
        let urls = Urls {
            crl: Some("http://pki.example.com/issuing-ca.crl".into()),
            ..Urls::default()
        };
        let expected = DeviceProfile::new("Example", "1.3.6.1.4.1.32473.1", &urls).unwrap();
        assert_eq!(profile, expected);
        assert!(toml::from_str::<DeviceProfile>(&format!("{text}\nca = true")).is_err());
    }

    #[test]
    fn what_cannot_stand_in_a_certificate_is_refused() {
        let with_url = |url: &str| {
            let urls = Urls {
                ocsp: Some(url.to_owned()),
                ..Urls::default()
            };
            DeviceProfile::new("Example", "1.2.3", &urls)
        };
        for url in [
            "",
            "https://a",
            "http://",
            "http:///x",
            "http://a b",
            "http://é",
        ] {
            assert_eq!(
                with_url(url).unwrap_err().code,
                Code::ConfigInvalid,
                "{url}"
            );
        }
        for oid in ["", "1", "1.2.x", "9.9.9"] {
            let profile = DeviceProfile::new("Example", oid, &Urls::default());
            assert_eq!(profile.unwrap_err().code, Code::ConfigInvalid, "{oid}");
        }
    }
}
