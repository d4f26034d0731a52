//! `openssl ca` on the same token, through the PKCS#11 engine.

use std::fs;
use std::path::Path;
use std::process::Command;
use std::time::Instant;

use cradle_ca::measure::{PIN, TOKEN};
use cradle_ca::{ceremony::ISSUING_CA_KEY, softhsm};
use cradle_procedure::fault::{Code, Fault, OrFault as _};
use x509_cert::der::asn1::BitString;
use x509_cert::der::oid::db::rfc5912::ECDSA_WITH_SHA_256;
use x509_cert::der::pem::{LineEnding, encode_string};
use x509_cert::der::{Decode as _, Encode as _};
use x509_cert::request::{CertReq, CertReqInfo};
use x509_cert::spki::AlgorithmIdentifierOwned;

use super::line::Device;

/// Certificates per second, of one run over all requests: the program starts and logs in once.
pub(super) fn per_second(folder: &Path, devices: &[Device]) -> Result<f64, Fault> {
    let files = ["requests", "certificates"].map(|name| folder.join(name));
    for path in &files {
        fs::create_dir(path).or_fault(Code::FileFailed)?;
    }
    fs::write(folder.join("index.txt"), "").or_fault(Code::FileFailed)?;
    fs::write(folder.join("ca.conf"), configuration()?).or_fault(Code::FileFailed)?;
    let mut command = Command::new("openssl");
    command
        .current_dir(folder)
        .args(["ca", "-batch", "-notext", "-config", "ca.conf"])
        .args(["-engine", "pkcs11", "-keyform", "engine", "-keyfile"])
        .arg(format!(
            "pkcs11:token={TOKEN};object={ISSUING_CA_KEY};type=private"
        ))
        .arg("-infiles");
    for (number, device) in devices.iter().enumerate() {
        let name = format!("requests/{number}.pem");
        fs::write(folder.join(&name), pem(device)?).or_fault(Code::FileFailed)?;
        command.arg(name);
    }
    let start = Instant::now();
    let done = command.output().or_fault(Code::Internal)?;
    let seconds = start.elapsed().as_secs_f64();
    let [_, certificates] = files;
    let made = fs::read_dir(certificates)
        .or_fault(Code::FileFailed)?
        .count();
    if !done.status.success() || made != devices.len() {
        let said = String::from_utf8_lossy(&done.stderr).into_owned();
        let detail = format!("openssl ca made {made} of {}: {said}", devices.len());
        return Err(Fault::new(Code::Internal, detail));
    }
    Ok(made as f64 / seconds)
}

fn pem(device: &Device) -> Result<String, Fault> {
    let request = CertReq {
        info: CertReqInfo::from_der(&device.info).or_fault(Code::Internal)?,
        algorithm: AlgorithmIdentifierOwned {
            oid: ECDSA_WITH_SHA_256,
            parameters: None,
        },
        signature: BitString::from_bytes(&device.signature).or_fault(Code::Internal)?,
    };
    let der = request.to_der().or_fault(Code::Internal)?;
    encode_string("CERTIFICATE REQUEST", LineEnding::LF, &der).or_fault(Code::Internal)
}

/// As our profile has it, as far as its configuration can say.
fn configuration() -> Result<String, Fault> {
    let module = softhsm::module()?;
    Ok(format!(
        "openssl_conf = start
[start]
engines = engines
[engines]
pkcs11 = token
[token]
engine_id = pkcs11
MODULE_PATH = {}
PIN = {PIN}
init = 0
[ca]
default_ca = issuing
[issuing]
database = index.txt
rand_serial = yes
unique_subject = no
new_certs_dir = certificates
certificate = issuing-ca.pem
default_md = sha256
default_days = 3650
policy = names
x509_extensions = device
email_in_dn = no
[names]
organizationName = supplied
serialNumber = supplied
[device]
keyUsage = critical,digitalSignature
subjectKeyIdentifier = hash
authorityKeyIdentifier = keyid
crlDistributionPoints = URI:http://pki.example.com/issuing-ca.crl
authorityInfoAccess = OCSP;URI:http://pki.example.com/ocsp
",
        module.display()
    ))
}
