//! What a TLS certificate says, and how `rcgen` has the token sign it.

use std::cell::RefCell;

use cradle_procedure::curve::{Curve, SubjectKey};
use cradle_procedure::fault::{Code, Fault, OrFault as _};
use cradle_procedure::ports::{IssuedCertificate, Signer};
use cradle_procedure::tls::{HostName, TlsPurpose, TlsSubject};
use der::Decode as _;
use der::asn1::ObjectIdentifier;
use der::oid::AssociatedOid as _;
use rcgen::{
    CertificateParams, CrlDistributionPoint, CustomExtension, DnType, ExtendedKeyUsagePurpose,
    Issuer, KeyUsagePurpose, PublicKeyData, SanType, SerialNumber, SignatureAlgorithm, SigningKey,
};
use time::OffsetDateTime;
use x509_cert::certificate::Certificate;
use x509_cert::ext::pkix::{AuthorityInfoAccessSyntax, KeyUsages, SubjectKeyIdentifier};
use x509_cert::time::Time;

use crate::certificate::{key_identifier, random_serial};
use crate::issue::AuthorityConfig;
use crate::issuing::IssuingCa;
use crate::profile::Terms;
use crate::verify;

/// The certificate, signed; good from `now_ms` on for as long as the terms say.
///
/// # Errors
/// `TOK-…`, `CA-03`.
pub(super) fn signed(
    config: &AuthorityConfig,
    terms: &Terms,
    subject: &TlsSubject,
    now_ms: u64,
) -> Result<IssuedCertificate, Fault> {
    let serial = random_serial()?;
    let mut params = params(config, terms, subject, now_ms)?;
    params.serial_number = Some(SerialNumber::from_slice(serial.as_bytes()));
    let key = TokenKey::of(&config.ca)?;
    let issuer = Issuer::from_ca_cert_der(&config.ca.certificate().into(), &key)
        .or_fault(Code::CertificateFailed)?;
    let der = match params.signed_by(&HostKey(subject.key()), &issuer) {
        Ok(certificate) => certificate.der().to_vec(),
        Err(error) => {
            let failed = || Fault::new(Code::CertificateFailed, error);
            return Err(key.fault.take().unwrap_or_else(failed));
        }
    };
    require_issuer(&der, &config.ca)?;
    Ok(IssuedCertificate {
        der,
        serial_number: hex::encode(serial.as_bytes()),
    })
}

fn params(
    config: &AuthorityConfig,
    terms: &Terms,
    subject: &TlsSubject,
    now_ms: u64,
) -> Result<CertificateParams, Fault> {
    let validity = terms.validity(now_ms)?;
    let mut params = CertificateParams::default();
    params.not_before = moment(&validity.not_before)?;
    params.not_after = moment(&validity.not_after)?;
    params.distinguished_name = rcgen::DistinguishedName::new();
    let name = &mut params.distinguished_name;
    name.push(DnType::OrganizationName, config.ca.organization()?);
    name.push(DnType::CommonName, subject.common_name());
    for host in subject.names() {
        params.subject_alt_names.push(match host {
            HostName::Dns(name) => {
                SanType::DnsName(name.as_str().try_into().or_fault(Code::CertificateFailed)?)
            }
            HostName::Address(address) => SanType::IpAddress(*address),
        });
    }
    let usages = [
        (
            KeyUsages::DigitalSignature,
            KeyUsagePurpose::DigitalSignature,
        ),
        (KeyUsages::KeyAgreement, KeyUsagePurpose::KeyAgreement),
    ];
    let allowed = usages
        .into_iter()
        .filter(|(usage, _)| terms.key_usage.contains(*usage));
    params.key_usages = allowed.map(|(_, usage)| usage).collect();
    params.extended_key_usages = vec![match subject.purpose() {
        TlsPurpose::Server => ExtendedKeyUsagePurpose::ServerAuth,
        TlsPurpose::Client => ExtendedKeyUsagePurpose::ClientAuth,
    }];
    params.use_authority_key_identifier_extension = true;
    if let Some(url) = config.profile.crl_url() {
        let uris = vec![url.to_string()];
        params.crl_distribution_points = vec![CrlDistributionPoint { uris }];
    }
    let spki = verified_spki(subject.key())?;
    let identifier = SubjectKeyIdentifier(key_identifier(&spki)?);
    params.custom_extensions = vec![custom(SubjectKeyIdentifier::OID, &identifier)?];
    let access = config.profile.access();
    if !access.0.is_empty() {
        let access = custom(AuthorityInfoAccessSyntax::OID, &access)?;
        params.custom_extensions.push(access);
    }
    Ok(params)
}

fn verified_spki(key: &SubjectKey) -> Result<Vec<u8>, Fault> {
    let off = || {
        Fault::new(
            Code::CsrInvalid,
            "the host's key is not a point on its curve",
        )
    };
    key.spki().ok_or_else(off)
}

/// An extension that is not critical.
fn custom(oid: ObjectIdentifier, value: &impl der::Encode) -> Result<CustomExtension, Fault> {
    let arcs: Vec<u64> = oid.arcs().map(u64::from).collect();
    let content = value.to_der().or_fault(Code::CertificateFailed)?;
    Ok(CustomExtension::from_oid_content(&arcs, content))
}

fn moment(time: &Time) -> Result<OffsetDateTime, Fault> {
    let seconds = i64::try_from(time.to_unix_duration().as_secs());
    OffsetDateTime::from_unix_timestamp(seconds.or_fault(Code::CertificateFailed)?)
        .or_fault(Code::CertificateFailed)
}

/// `rcgen` reads the CA's name and writes it anew: relying parties compare it byte for byte.
fn require_issuer(der: &[u8], ca: &IssuingCa) -> Result<(), Fault> {
    let certificate = Certificate::from_der(der).or_fault(Code::CertificateFailed)?;
    if certificate.tbs_certificate().issuer() == ca.name() {
        return Ok(());
    }
    let detail = "the CA's name would be written in another way";
    Err(Fault::new(Code::CertificateFailed, detail))
}

fn algorithm(curve: Curve) -> &'static SignatureAlgorithm {
    match curve {
        Curve::P256 => &rcgen::PKCS_ECDSA_P256_SHA256,
        Curve::P384 => &rcgen::PKCS_ECDSA_P384_SHA384,
    }
}

/// The CA's key as `rcgen` wants it. Its errors hold no fault of ours: that stays here.
struct TokenKey<'a> {
    signer: &'a dyn Signer,
    public: SubjectKey,
    fault: RefCell<Option<Fault>>,
}

impl<'a> TokenKey<'a> {
    fn of(ca: &'a IssuingCa) -> Result<Self, Fault> {
        let signer = ca.signer();
        let unfit = || Fault::new(Code::CaFileInvalid, "the CA's key is on no curve of ours");
        Ok(Self {
            signer,
            public: SubjectKey::from_spki(signer.public_key()).ok_or_else(unfit)?,
            fault: RefCell::default(),
        })
    }
}

impl PublicKeyData for TokenKey<'_> {
    fn der_bytes(&self) -> &[u8] {
        self.public.to_sec1()
    }

    fn algorithm(&self) -> &'static SignatureAlgorithm {
        algorithm(self.public.curve())
    }
}

impl SigningKey for TokenKey<'_> {
    fn sign(&self, message: &[u8]) -> Result<Vec<u8>, rcgen::Error> {
        verify::sign(self.signer, message).map_err(|fault| {
            self.fault.replace(Some(fault));
            rcgen::Error::RemoteKeyError
        })
    }
}

/// The host's key.
struct HostKey<'a>(&'a SubjectKey);

impl PublicKeyData for HostKey<'_> {
    fn der_bytes(&self) -> &[u8] {
        self.0.to_sec1()
    }

    fn algorithm(&self) -> &'static SignatureAlgorithm {
        algorithm(self.0.curve())
    }
}
