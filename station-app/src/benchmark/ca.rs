//! The certificate authority: its list of revoked certificates, and its OCSP answers.

use std::fs;
use std::path::Path;

use cradle_ca::measure::{Effort, Subject};
use cradle_procedure::fault::{Code, Fault, OrFault as _};

use super::{Better, Ratio, issuance};

/// Works in a folder that it makes and removes. To be called before the process has other
/// threads: it chooses a token of its own.
pub(super) fn measure(folder: &Path) -> Result<Vec<Ratio>, Fault> {
    let measured = measure_in(folder);
    let removed = fs::remove_dir_all(folder).or_fault(Code::FileFailed);
    let ratios = measured?;
    removed?;
    Ok(ratios)
}

fn measure_in(folder: &Path) -> Result<Vec<Ratio>, Fault> {
    let ca = Subject::new(folder)?;
    let (issued, parts) = issuance::measure(folder, &ca)?;
    eprintln!(
        "one certificate: request {:?}, signature {:?}, record {:?}",
        parts.request, parts.sign, parts.record
    );
    let measured = ca.measure(Effort::FULL)?;
    let mut ratios = issued.to_vec();
    ratios.extend([
        Ratio {
            name: "crl_1m_seconds",
            value: measured.crl.as_secs_f64(),
            reference: "seconds to make and sign a CRL of 1,000,000 entries",
            target: 0.35,
            better: Better::Lower,
        },
        Ratio {
            name: "ocsp_vs_raw_sign",
            value: measured.ocsp_signed / measured.raw_signatures,
            reference: "hash and C_Sign alone; answers with a nonce; one thread each",
            target: 0.7,
            better: Better::Higher,
        },
        Ratio {
            name: "ocsp_cached_per_second",
            value: measured.ocsp_cached,
            reference: "answers given again, over loopback HTTP, two clients",
            target: 10_000.0,
            better: Better::Higher,
        },
    ]);
    Ok(ratios)
}
