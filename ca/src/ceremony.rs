//! The key ceremony: the keys of a production line, and the two CA certificates.
//!
//! It may be run again at any time: what is there already stays and is checked.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use cradle_procedure::fault::{Code, Fault, OrFault as _};
use cradle_procedure::ports::{Clock, Signer};
use cradle_procedure::signature::verifies;
use der::{Decode as _, Encode as _};
use x509_cert::certificate::Certificate;
use x509_cert::ext::Extension;
use x509_cert::ext::pkix::{BasicConstraints, KeyUsage, KeyUsages};
use x509_cert::name::Name;
use x509_cert::time::{Time, Validity};

use crate::certificate::{Unsigned, authority_key, extension, key_identifier, subject_key, time};
use crate::files::{read_certificate, write_certificate};
use crate::issuing::IssuingCa;
use crate::name;
use crate::ocsp::OcspSigner;
use crate::token::{Token, TokenKey};

/// Label of the root CA's key.
pub const ROOT_CA_KEY: &str = "cradle-root-ca";
/// Label of the device issuing CA's key.
pub const ISSUING_CA_KEY: &str = "cradle-issuing-ca";
/// Label of the key that signs releases.
pub const RELEASE_KEY: &str = "cradle-release";
/// Label of the key that signs checkpoints of the audit log.
pub const AUDIT_KEY: &str = "cradle-audit";
/// Label of the key that signs certificates of sanitization.
pub const DOCUMENT_KEY: &str = "cradle-document";
/// Label of the key that orders a device to wipe itself.
pub const WIPE_KEY: &str = "cradle-wipe";

/// Label of the OCSP responder's key.
pub const OCSP_KEY: &str = "cradle-ocsp";

/// Every key that the ceremony makes.
pub const KEYS: [&str; 7] = [
    ROOT_CA_KEY,
    ISSUING_CA_KEY,
    RELEASE_KEY,
    AUDIT_KEY,
    DOCUMENT_KEY,
    WIPE_KEY,
    OCSP_KEY,
];

/// Life of the root CA, and with it of the issuing CA: 30 years.
const CA_LIFE_MS: u64 = 10_957 * 24 * 60 * 60 * 1000;

/// What the CAs are called.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CaNames {
    /// O of both.
    pub organization: String,
    /// CN of the root CA.
    pub root: String,
    /// CN of the device issuing CA.
    pub issuing: String,
}

/// Where a CA's public files are.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CaFiles {
    /// Root CA certificate, PEM.
    pub root: PathBuf,
    /// Device issuing CA certificate, PEM.
    pub issuing: PathBuf,
    /// CRL of the issuing CA, DER.
    pub crl: PathBuf,
    /// OCSP responder's certificate, PEM.
    pub ocsp: PathBuf,
}

impl CaFiles {
    /// `root-ca.pem`, `issuing-ca.pem`, `issuing-ca.crl` and `ocsp.pem` in that directory.
    #[must_use]
    pub fn in_dir(dir: &Path) -> Self {
        Self {
            root: dir.join("root-ca.pem"),
            issuing: dir.join("issuing-ca.pem"),
            crl: dir.join("issuing-ca.crl"),
            ocsp: dir.join("ocsp.pem"),
        }
    }
}

/// What a ceremony left behind.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Ceremony {
    /// Labels of the keys that were made now. The others were there.
    pub keys_made: Vec<&'static str>,
    /// Root CA certificate, DER.
    pub root: Vec<u8>,
    /// Device issuing CA certificate, DER.
    pub issuing: Vec<u8>,
}

/// Makes the keys and certificates that are not there yet, and checks those that are.
///
/// # Errors
/// `TOK-…`; `TOK-03` also if a key could leave the token or may do more than sign; `CA-05` a
/// certificate file does not belong to the token or to the other file; `CFG-01` a name cannot
/// stand in a certificate; `CFG-02`.
pub fn ceremony(
    token: &Token,
    names: &CaNames,
    files: &CaFiles,
    clock: Clock<'_>,
) -> Result<Ceremony, Fault> {
    let (root_name, issuing_name) = (
        name::authority(&names.organization, &names.root)?,
        name::authority(&names.organization, &names.issuing)?,
    );
    let (old_root, old_issuing) = (
        read_certificate(&files.root)?,
        read_certificate(&files.issuing)?,
    );
    if old_root.is_none() && old_issuing.is_some() {
        return Err(unfit(&files.root, "it is missing, the issuing CA's is not"));
    }
    let keys_made = make_keys(token)?;
    let root_key = token.key(ROOT_CA_KEY)?;
    let root = match old_root {
        Some(der) => der,
        None => made(
            &files.root,
            root_certificate(&root_name, &root_key, clock())?,
        )?,
    };
    let issuer = issuer(&files.root, &root, &root_key)?;
    let issuing_key = token.key(ISSUING_CA_KEY)?;
    let issuing = match old_issuing {
        Some(der) => der,
        None => {
            let der = issuing_certificate(issuing_name, &issuing_key, &issuer, clock())?;
            made(&files.issuing, der)?
        }
    };
    issued_by(&files.issuing, &issuing, &root_key)?;
    IssuingCa::new(issuing.clone(), Arc::new(issuing_key))?;
    Ok(Ceremony {
        keys_made,
        root,
        issuing,
    })
}

/// The issuing CA of a token that had its ceremony.
///
/// # Errors
/// `CA-05` its certificate is missing or belongs to another token; `TOK-…`; `CFG-02`.
pub fn issuing_ca(token: &Token, files: &CaFiles) -> Result<IssuingCa, Fault> {
    let certificate = read_certificate(&files.issuing)?
        .ok_or_else(|| unfit(&files.issuing, "it is missing; run the key ceremony"))?;
    IssuingCa::new(certificate, Arc::new(token.key(ISSUING_CA_KEY)?))
}

/// The OCSP responder's identity on a token that had its ceremony: its certificate is made now if
/// there is none, or if it ends soon.
///
/// # Errors
/// `TOK-…`, `CA-05`, `CA-03`, `CFG-02`.
pub fn ocsp_signer(
    token: &Token,
    ca: &IssuingCa,
    files: &CaFiles,
    clock: Clock<'_>,
) -> Result<OcspSigner, Fault> {
    OcspSigner::open(&files.ocsp, ca, Arc::new(token.key(OCSP_KEY)?), clock())
}

fn make_keys(token: &Token) -> Result<Vec<&'static str>, Fault> {
    let mut made = Vec::new();
    for label in KEYS {
        if token.ensure_key(label)? {
            made.push(label);
        }
    }
    let status = token.status()?;
    for key in status.keys.iter().filter(|key| KEYS.contains(&&*key.label)) {
        if let Some(problem) = key.problems.first() {
            let detail = format!("{}: {problem}", key.label);
            return Err(Fault::new(Code::TokenKey, detail));
        }
    }
    Ok(made)
}

fn made(path: &Path, der: Vec<u8>) -> Result<Vec<u8>, Fault> {
    write_certificate(path, &der)?;
    Ok(der)
}

fn root_certificate(name: &Name, key: &TokenKey, now_ms: u64) -> Result<Vec<u8>, Fault> {
    let validity = Validity::new(time(now_ms)?, time(now_ms.saturating_add(CA_LIFE_MS))?);
    let spki = key.public_key();
    let mut extensions = vec![subject_key(name, spki)?];
    extensions.extend(ca_extensions(name, None)?);
    let certificate = Unsigned::new(name, name.clone(), validity, spki, extensions)?;
    Ok(certificate.sign(key)?.der)
}

/// What the root CA lends to the certificate that it issues.
struct Issuer<'a> {
    name: Name,
    not_after: Time,
    key: &'a TokenKey,
}

/// Reads the root certificate, and holds it against the key on the token.
fn issuer<'a>(path: &Path, root: &[u8], key: &'a TokenKey) -> Result<Issuer<'a>, Fault> {
    let checked = IssuingCa::new(root.to_vec(), Arc::new(key.clone()))?;
    issued_by(path, root, key)?;
    let certificate = Certificate::from_der(root).or_fault(Code::CaFileInvalid)?;
    Ok(Issuer {
        name: checked.name().clone(),
        not_after: certificate.tbs_certificate().validity().not_after,
        key,
    })
}

/// It can issue devices, and no CA (pathLenConstraint 0). It ends when the root ends.
fn issuing_certificate(
    name: Name,
    key: &TokenKey,
    issuer: &Issuer<'_>,
    now_ms: u64,
) -> Result<Vec<u8>, Fault> {
    let validity = Validity::new(time(now_ms)?, issuer.not_after);
    let spki = key.public_key();
    let authority = key_identifier(issuer.key.public_key())?;
    let mut extensions = vec![subject_key(&name, spki)?, authority_key(&name, &authority)?];
    extensions.extend(ca_extensions(&name, Some(0))?);
    let certificate = Unsigned::new(&issuer.name, name, validity, spki, extensions)?;
    Ok(certificate.sign(issuer.key)?.der)
}

/// basicConstraints and keyUsage, both critical (RFC 5280 §4.2.1.9, §4.2.1.3).
fn ca_extensions(name: &Name, path_length: Option<u8>) -> Result<[Extension; 2], Fault> {
    let constraints = BasicConstraints {
        ca: true,
        path_len_constraint: path_length,
    };
    let usage = KeyUsage(KeyUsages::KeyCertSign | KeyUsages::CRLSign);
    Ok([extension(&constraints, name)?, extension(&usage, name)?])
}

fn issued_by(path: &Path, der: &[u8], issuer: &TokenKey) -> Result<(), Fault> {
    let certificate = Certificate::from_der(der).or_fault(Code::CaFileInvalid)?;
    let signed = certificate
        .tbs_certificate()
        .to_der()
        .or_fault(Code::CaFileInvalid)?;
    let signature = certificate.signature().raw_bytes();
    if !verifies(issuer.public_key(), &signed, signature) {
        return Err(unfit(
            path,
            "it was not issued by the root key on the token",
        ));
    }
    Ok(())
}

fn unfit(path: &Path, why: &str) -> Fault {
    Fault::new(Code::CaFileInvalid, format!("{}: {why}", path.display()))
}
