//! AWS Signature Version 4 over one request, with credentials from a file of AWS's own format.

use std::path::{Path, PathBuf};
use std::time::SystemTime;

use aws_credential_types::Credentials;
use aws_sigv4::http_request::{SignableBody, SignableRequest, SigningSettings, sign};
use aws_sigv4::sign::v4::SigningParams;
use cradle_procedure::fault::{Code, Fault, OrFault as _};
use ureq::http::Request;

use super::client::sensitive;
use super::secret;

/// Name under which AWS IoT's control plane checks signatures.
const SERVICE: &str = "iot";

/// Who signs, and for which region.
#[derive(Debug, Clone)]
pub(super) struct Signing {
    pub(super) region: String,
    /// The shared credentials file (AWS SDKs and Tools Reference Guide).
    pub(super) file: PathBuf,
    /// Section in it.
    pub(super) profile: String,
}

impl Signing {
    /// Adds date and signature to the request. Credentials are read anew: they may be short-lived.
    pub(super) fn sign(&self, request: &mut Request<Vec<u8>>) -> Result<(), Fault> {
        let identity = credentials(&self.file, &self.profile)?.into();
        let params = SigningParams::builder()
            .identity(&identity)
            .region(&self.region)
            .name(SERVICE)
            .time(SystemTime::now())
            .settings(SigningSettings::default())
            .build()
            .or_fault(Code::Internal)?
            .into();
        let uri = request.uri().to_string();
        let mut headers = Vec::new();
        for (name, value) in request.headers() {
            headers.push((name.as_str(), value.to_str().or_fault(Code::Internal)?));
        }
        let body = SignableBody::Bytes(request.body());
        let signable =
            SignableRequest::new(request.method().as_str(), uri, headers.into_iter(), body)
                .or_fault(Code::Internal)?;
        let (instructions, _) = sign(signable, &params)
            .or_fault(Code::Internal)?
            .into_parts();
        for (name, value) in instructions.headers() {
            let name = ureq::http::HeaderName::from_bytes(name.as_bytes());
            let (name, value) = (name.or_fault(Code::Internal)?, sensitive(value)?);
            request.headers_mut().insert(name, value);
        }
        Ok(())
    }
}

/// Reads one section of the file.
fn credentials(path: &Path, profile: &str) -> Result<Credentials, Fault> {
    let text = secret::read(path)?;
    let wanted = format!("[{profile}]");
    let lines = text.lines().map(str::trim);
    let section = lines
        .skip_while(|line| *line != wanted)
        .skip(1)
        .take_while(|line| !line.starts_with('['));
    let (mut id, mut secret, mut token) = (None, None, None);
    for (name, value) in section.filter_map(|line| line.split_once('=')) {
        match name.trim() {
            "aws_access_key_id" => id = Some(value.trim()),
            "aws_secret_access_key" => secret = Some(value.trim()),
            "aws_session_token" => token = Some(value.trim().to_owned()),
            _ => {}
        }
    }
    match (id, secret) {
        (Some(id), Some(secret)) => Ok(Credentials::new(id, secret, token, None, "cradle")),
        _ => {
            let detail = format!("{}: no access key in {wanted}", path.display());
            Err(Fault::new(Code::FileFailed, detail))
        }
    }
}
