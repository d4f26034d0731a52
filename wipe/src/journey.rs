//! The journey: prove who it is, wipe, check, revoke, write down.
//!
//! Each part has its own outcome. A part that fails stops only what would be wrong to do after
//! it: nothing is erased on a chip that may be another unit, and nothing is called complete
//! unless every part is proven.

use cradle_procedure::fault::{Code, Fault};
use cradle_procedure::journal::Done;
use cradle_procedure::pace::Pace;
use cradle_procedure::ports::{
    Clock, Device, RetirementLedger, Revoker, Signer, UnitRecord, UnitState,
};
use cradle_procedure::signature::verifies;
use cradle_procedure::step::{Event, StepId, StepReport, Verdict, Verification};

use crate::assemble::{Evidence, assemble};
use crate::document::{Document, Status};
use crate::methods::Methods;
use crate::order::Order;
use crate::proofs::Findings;
use crate::registry::Registry;
use crate::run::Run;
use crate::signed::SignedDocument;
use crate::{deregistration, flash, identity, keys, revocation};

/// What a decommissioning needs of the world.
pub struct World<'a> {
    /// The chip in the slot; `None` where none is at hand: the unit is lost, or was wiped before
    /// and waits for a registry.
    pub device: Option<&'a mut dyn Device>,
    /// The system of record.
    pub ledger: &'a mut dyn RetirementLedger,
    /// The CA.
    pub revoker: &'a mut dyn Revoker,
    /// Registries that must forget the unit; often none.
    pub registries: &'a mut [Box<dyn Registry>],
    /// The key whose commands devices obey.
    pub wipe_signer: &'a dyn Signer,
    /// The key that signs documents.
    pub document_signer: &'a dyn Signer,
    /// The issuing CA's key, `SubjectPublicKeyInfo` DER: checks the CRL.
    pub issuer_key: &'a [u8],
    /// The time.
    pub clock: Clock<'a>,
    /// How long the steps took units before.
    pub pace: &'a Pace,
    /// Fills a buffer with random bytes from the system.
    pub entropy: &'a mut dyn FnMut(&mut [u8]) -> Result<(), Fault>,
    /// Told of everything that happens.
    pub events: &'a mut dyn FnMut(Event),
}

/// What a decommissioning came to.
#[derive(Debug)]
pub struct Retirement {
    /// What was done and what is missing.
    pub document: Document,
    /// The same, signed and on record; or why it is not: that failed, or it would say nothing that
    /// the last document does not say.
    pub signed: Result<SignedDocument, Fault>,
    /// Each step, in the order they were taken.
    pub reports: Vec<StepReport>,
}

impl Retirement {
    /// Whether the unit is out of service for good: everything proven, signed and on record.
    #[must_use]
    pub fn is_complete(&self) -> bool {
        self.document.status() == Status::Complete && self.signed.is_ok()
    }
}

/// Decommissions one unit.
///
/// # Errors
/// Only before anything is touched: `STO-05` no such unit, `STO-06` it is decommissioned
/// already, `AUT-04` the second person is the first, `CFG-03` a text is empty or too long, or the
/// target has no methods, `TOK-…` the document key cannot sign. Whatever happens later is in the [`Retirement`].
pub fn decommission(world: &mut World<'_>, order: &Order) -> Result<Retirement, Fault> {
    let (unit, methods) = admit(world, order)?;
    let earlier = world.ledger.earlier(&order.serial)?;
    let mut run = Run::new(world, order, unit, earlier, methods);

    let identified = identity::prove(&mut run);
    let doubt = identity::doubt(order, &identified);
    let permit = identity::permit(&mut run, &identified);
    let refused = permit.as_ref().err().cloned();
    let keys_wiped = keys::wipe(&mut run, &permit);
    let mass_erased = flash::mass_erase(&mut run, permit, &keys_wiped);
    let blank_checked = flash::blank_check(&mut run, refused);
    let keys_wiped = keys::heal(&mut run, keys_wiped, &identified, &blank_checked);
    let (revoked, revocation) = revocation::revoke(&mut run, doubt.clone());
    let (deregistered, registries) = deregistration::deregister(&mut run, doubt.as_ref());

    let findings = Findings {
        identified,
        keys_wiped,
        mass_erased,
        blank_checked,
        revoked,
        deregistered,
    };
    let evidence = Evidence {
        flash_is_blank: findings.flash_is_blank(),
        revocation,
        registries,
    };
    let contents = assemble(&mut run, evidence);
    let (document, fault) = match findings.judge() {
        Ok(proofs) => (Document::complete(contents, proofs), None),
        Err(open) => (
            Document::pending(contents, &open),
            open.into_iter().next().map(|open| open.fault),
        ),
    };
    Ok(conclude(run, document, fault))
}

/// Everything that can be refused before the unit is touched.
fn admit(world: &mut World<'_>, order: &Order) -> Result<(UnitRecord, &'static Methods), Fault> {
    order.check()?;
    let methods = Methods::of(&order.target.profile)?;
    if let Some(waiver) = &order.waiver
        && waiver.person.name == order.sanitizer.name
    {
        return Err(Fault::new(
            Code::OwnApproval,
            "the waiver is the sanitizer's own",
        ));
    }
    let unit = world.ledger.unit(&order.serial)?;
    if unit.state == UnitState::Decommissioned {
        return Err(Fault::new(
            Code::UnitState,
            format!("{} is {}", unit.serial, unit.state),
        ));
    }
    can_sign(world.document_signer)?;
    Ok((unit, methods))
}

/// A wipe whose document cannot be signed would be a wipe that nobody can show.
fn can_sign(signer: &dyn Signer) -> Result<(), Fault> {
    let message = b"cradle/decommission/ready";
    let signature = signer.sign(message)?;
    if verifies(signer.public_key(), message, &signature) {
        return Ok(());
    }
    let detail = "document key: the signature does not verify";
    Err(Fault::new(Code::TokenKey, detail))
}

/// Signs, records, and says how it ended.
fn conclude(mut run: Run<'_, '_>, document: Document, open: Option<Fault>) -> Retirement {
    let complete = document.status() == Status::Complete;
    if let (Some(open), true) = (&open, says_nothing_new(&run, &document)) {
        return pause(run, document, open.clone());
    }
    let signed = run.step(StepId::Document, &document.contents().number, |run| {
        let signed = document.sign(run.world.document_signer)?;
        let detail = signed.digest().to_string();
        Ok(Done::new(signed, Verification::Signature, detail))
    });
    // The last word in the record: it closes the unit's run.
    let signed = signed.and_then(|signed| {
        let serial = run.unit.serial.clone();
        run.world
            .ledger
            .retire(&serial, &signed.sealed(), complete)?;
        Ok(signed)
    });
    let fault = open.or_else(|| signed.as_ref().err().cloned());
    let verdict = fault.as_ref().map_or(Verdict::Pass, |_| Verdict::Fail);
    (run.world.events)(Event::Concluded { verdict, fault });
    Retirement {
        document,
        signed,
        reports: run.into_reports(),
    }
}

/// Registries may be out of reach for days: that needs one document, not one for each try.
fn says_nothing_new(run: &Run<'_, '_>, document: &Document) -> bool {
    let last = run.order.replaces.as_ref();
    run.world.device.is_none() && last.is_some_and(|last| last.misses(document.missing()))
}

/// Ends the attempt; the last document stands.
fn pause(run: Run<'_, '_>, document: Document, open: Fault) -> Retirement {
    let paused = run.world.ledger.pause(&run.unit.serial);
    let fault = paused.err().unwrap_or(open);
    (run.world.events)(Event::Concluded {
        verdict: Verdict::Fail,
        fault: Some(fault.clone()),
    });
    Retirement {
        document,
        signed: Err(fault),
        reports: run.into_reports(),
    }
}
