//! The key ceremony: the keys of a production line, and the two CA certificates.
//!
//! It may be run again at any time: what is there already stays and is checked. The root CA's key
//! may be on a token of its own, which is needed only while the root CA signs: for its own
//! certificate and the issuing CA's, once in thirty years.

mod certificates;
mod inventory;
mod keys;
mod made;

use std::path::{Path, PathBuf};
use std::sync::Arc;

use cradle_procedure::curve::Curve;
use cradle_procedure::fault::{Code, Fault};
use cradle_procedure::ports::Clock;
use x509_cert::name::Name;

use crate::files::{read_certificate, write_certificate};
use crate::issuing::IssuingCa;
use crate::name;
use crate::ocsp::OcspSigner;
use crate::token::{Token, TokenKey};

pub use inventory::{Held, inventory};
pub use keys::{
    AUDIT_KEY, BOOT_KEY, DOCUMENT_KEY, ISSUING_CA_KEY, KEYS, OCSP_KEY, RELEASE_KEY, ROOT_CA_KEY,
    Tokens, WIPE_KEY,
};
pub use made::{Ceremony, CeremonyKey};

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

/// What is not there yet: what a ceremony would make now.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Lack {
    /// Labels of keys. The root CA's counts as there when its certificate is.
    pub keys: Vec<&'static str>,
    /// `root` and `issuing`, the certificates.
    pub certificates: Vec<&'static str>,
}

impl Lack {
    /// Whether a ceremony would make nothing.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.keys.is_empty() && self.certificates.is_empty()
    }
}

/// What a ceremony would make now. The root CA's own token is not opened for that.
///
/// # Errors
/// `CA-05` there is a certificate whose key or issuer is not there; `TOK-…`, `CFG-02`.
pub fn lack<'a>(tokens: impl Into<Tokens<'a>>, files: &CaFiles) -> Result<Lack, Fault> {
    let tokens = tokens.into();
    let old = Old::read(files)?;
    let mut keys = keys::missing(&tokens.line.status()?, tokens.keys_of_line());
    old.refuse_orphans(&keys, files)?;
    let mut certificates = Vec::new();
    if old.root.is_none() {
        certificates.push("root");
        if tokens.root.is_some() {
            keys.insert(0, ROOT_CA_KEY);
        }
    }
    if old.issuing.is_none() {
        certificates.push("issuing");
    }
    Ok(Lack { keys, certificates })
}

/// The curve of the root CA's key; P-256 where there is no root CA yet.
///
/// # Errors
/// `CFG-02`; `CA-05` the file holds no certificate, or one with a key that is not ours.
pub fn curve(files: &CaFiles) -> Result<Curve, Fault> {
    let Some(spki) = subject_key_of(&files.root)? else {
        return Ok(Curve::P256);
    };
    Curve::of_key(&spki).ok_or_else(|| unfit(&files.root, "its key is on a curve of no use here"))
}

/// Makes the keys and certificates that are not there yet, and checks those that are. `curve` is
/// that of CA keys to be made, and of the OCSP responder's; all others are on P-256.
///
/// # Errors
/// `TOK-…`; `TOK-03` also if a key could leave the token or may do more than sign; `CA-05` a
/// certificate file does not belong to the token or to the other file; `CFG-01` a name cannot
/// stand in a certificate; `CFG-02`.
pub fn ceremony<'a>(
    tokens: impl Into<Tokens<'a>>,
    names: &CaNames,
    curve: Curve,
    files: &CaFiles,
    clock: Clock<'_>,
) -> Result<Ceremony, Fault> {
    let tokens = tokens.into();
    let names = [
        name::authority(&names.organization, &names.root)?,
        name::authority(&names.organization, &names.issuing)?,
    ];
    let old = Old::read(files)?;
    let missing = keys::missing(&tokens.line.status()?, tokens.keys_of_line());
    old.refuse_orphans(&missing, files)?;
    let mut keys_made = keys::make(tokens.line, tokens.keys_of_line(), curve)?;
    let mut identities = vec![tokens.line.identity()?];
    let issuing_key = tokens.line.key(ISSUING_CA_KEY)?;
    let [root, issuing] = match old {
        // Nothing to sign for the root CA: its own token stays where it is.
        Old {
            root: Some(root),
            issuing: Some(issuing),
        } if tokens.root.is_some() => [root, issuing],
        old => {
            let token = tokens.open_root()?;
            if tokens.root.is_some() {
                identities.push(token.identity()?);
                if old.root.is_none() {
                    keys_made.extend(keys::make(&token, &[ROOT_CA_KEY], curve)?);
                }
            }
            old.completed(&token.key(ROOT_CA_KEY)?, &issuing_key, names, files, clock)?
        }
    };
    let root_spki = certificates::spki_in(&root)?;
    certificates::issued_by(&files.issuing, &issuing, &root_spki)?;
    IssuingCa::new(issuing.clone(), Arc::new(issuing_key))?;
    Ceremony::new(tokens, identities, keys_made, root, issuing, &root_spki)
}

/// The certificates, DER, as far as they are there.
struct Old {
    root: Option<Vec<u8>>,
    issuing: Option<Vec<u8>>,
}

impl Old {
    fn read(files: &CaFiles) -> Result<Self, Fault> {
        Ok(Self {
            root: read_certificate(&files.root)?,
            issuing: read_certificate(&files.issuing)?,
        })
    }

    /// A new key under an old certificate, or a new root CA over an old issuing CA, would part
    /// the line from all devices made so far.
    fn refuse_orphans(&self, missing: &[&str], files: &CaFiles) -> Result<(), Fault> {
        if self.root.is_none() && self.issuing.is_some() {
            return Err(unfit(&files.root, "it is missing, the issuing CA's is not"));
        }
        for (there, label, file) in [
            (self.root.is_some(), ROOT_CA_KEY, &files.root),
            (self.issuing.is_some(), ISSUING_CA_KEY, &files.issuing),
        ] {
            if there && missing.contains(&label) {
                return Err(unfit(file, &format!("the token has no key {label}")));
            }
        }
        Ok(())
    }

    /// Root and issuing certificate, made where they are missing.
    fn completed(
        self,
        root_key: &TokenKey,
        issuing_key: &TokenKey,
        [root_name, issuing_name]: [Name; 2],
        files: &CaFiles,
        clock: Clock<'_>,
    ) -> Result<[Vec<u8>; 2], Fault> {
        let root = match self.root {
            Some(der) => der,
            None => {
                let der = certificates::root_certificate(&root_name, root_key, clock())?;
                written(&files.root, der)?
            }
        };
        let issuer = certificates::issuer(&files.root, &root, root_key)?;
        let issuing = match self.issuing {
            Some(der) => der,
            None => {
                let der =
                    certificates::issuing_certificate(issuing_name, issuing_key, &issuer, clock())?;
                written(&files.issuing, der)?
            }
        };
        Ok([root, issuing])
    }
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

fn written(path: &Path, der: Vec<u8>) -> Result<Vec<u8>, Fault> {
    write_certificate(path, &der)?;
    Ok(der)
}

/// The public key in a certificate file, if the file is there.
fn subject_key_of(path: &Path) -> Result<Option<Vec<u8>>, Fault> {
    let certificate = read_certificate(path)?;
    certificate
        .map(|der| certificates::spki_in(&der))
        .transpose()
}

fn unfit(path: &Path, why: &str) -> Fault {
    Fault::new(Code::CaFileInvalid, format!("{}: {why}", path.display()))
}
