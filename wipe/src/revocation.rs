//! The certificate is revoked, and the CRL that relying parties fetch says so.

use cradle_procedure::fault::{Code, Fault};
use cradle_procedure::journal::Done;
use cradle_procedure::pki::Revoked;
use cradle_procedure::step::{StepId, Verification};

use crate::contents::RevocationEvidence;
use crate::crl;
use crate::run::Run;

/// Revokes, unless there is a reason not to.
pub(crate) fn revoke(
    run: &mut Run<'_, '_>,
    doubt: Option<Fault>,
) -> (Result<Revoked, Fault>, Option<RevocationEvidence>) {
    let Some(certificate) = run.unit.certificate.clone() else {
        let why = Fault::new(Code::NotIssued, "the unit never had a certificate");
        return (run.pass_over(StepId::Revoke, why), None);
    };
    if let Some(why) = doubt {
        return (run.pass_over(StepId::Revoke, why), None);
    }
    let number = certificate.serial_number;
    let result = run.step(StepId::Revoke, &number, |run| {
        let (revoked, evidence) = revoke_and_read_back(run, &number)?;
        let crl = evidence.crl_number.as_deref().unwrap_or("without number");
        let detail = format!("{number} is on CRL {crl}");
        let proof = (revoked, evidence);
        Ok(Done::new(proof, Verification::Signature, detail))
    });
    match result {
        Ok((revoked, evidence)) => (Ok(revoked), Some(evidence)),
        Err(fault) => (Err(fault), None),
    }
}

fn revoke_and_read_back(
    run: &mut Run<'_, '_>,
    number: &str,
) -> Result<(Revoked, RevocationEvidence), Fault> {
    let reason = run.order.reason.revocation();
    let list = run.world.revoker.revoke(number, reason)?;
    let revoked = Revoked::prove(&list, run.world.issuer_key, number)?;
    let name = crl::name(&list)?;
    let evidence = RevocationEvidence {
        certificate: number.to_owned(),
        reason,
        crl_number: name.number,
        crl_issued_at: name.issued_at,
        crl_sha256: name.sha256,
    };
    Ok((revoked, evidence))
}
