//! Puts together what the document says.

use cradle_procedure::step::StepId;

use crate::contents::{
    Contents, Custody, Part, PartOutcome, RegistryConfirmation, Remains, RevocationEvidence,
    Statement, Unit,
};
use crate::methods::{Methods, STANDARD};
use crate::order::{Media, Person};
use crate::run::Run;
use crate::time::{utc, utc_compact};

/// What the parts found, beyond their outcomes.
pub(crate) struct Evidence {
    pub(crate) flash_is_blank: bool,
    pub(crate) revocation: Option<RevocationEvidence>,
    pub(crate) registries: Vec<RegistryConfirmation>,
}

/// Takes the run's parts into the contents of its document.
pub(crate) fn assemble(run: &mut Run<'_, '_>, evidence: Evidence) -> Contents {
    let now = (run.world.clock)();
    let parts = std::mem::take(&mut run.parts);
    let weakest = parts.iter().filter_map(|part| part.method).min();
    let order = run.order;
    let erased = when(&parts, StepId::MassErase);
    let checked = when(&parts, StepId::BlankCheck);
    Contents {
        number: format!("{}-{}", run.unit.serial, utc_compact(now)),
        issued_at: utc(now),
        standard: STANDARD.to_owned(),
        reason: order.reason,
        unit: unit(run),
        media: media(run),
        classification: order.classification.clone(),
        backup: order.backup.clone(),
        method: weakest.filter(|_| evidence.flash_is_blank),
        tool: order.tool.clone(),
        parts,
        remains: remains(run.methods),
        revocation: evidence.revocation,
        registries: evidence.registries,
        custody: run.earlier.custody.iter().map(Custody::from).collect(),
        destination: order.destination.clone(),
        sanitizer: statement(&order.sanitizer, erased),
        verifier: statement(&order.verifier, checked),
        waiver: order.waiver.clone(),
        notes: order.notes.clone(),
        replaces: order.replaces.as_ref().map(|it| it.name().clone()),
    }
}

fn unit(run: &Run<'_, '_>) -> Unit {
    let unit = &run.unit;
    Unit {
        serial: unit.serial.clone(),
        uid: unit.uid.clone(),
        product: unit.product.clone(),
        batch: unit.batch.clone(),
        certificate: unit.certificate.as_ref().map(|it| it.serial_number.clone()),
    }
}

fn media(run: &Run<'_, '_>) -> Media {
    let mut media = run.order.media.clone();
    if let Some(second) = run.methods.second_medium {
        media.media_type = format!("{}; {second}", media.media_type);
    }
    media
}

fn remains(methods: &Methods) -> Vec<Remains> {
    let remains = methods.remains.iter().map(|it| Remains {
        what: it.what.to_owned(),
        why_harmless: it.why_harmless.to_owned(),
    });
    remains.collect()
}

/// When a part ended; `None` if there was nothing to do it on.
fn when(parts: &[Part], step: StepId) -> Option<String> {
    let part = parts.iter().find(|part| part.id == step.text())?;
    (part.outcome != PartOutcome::NotDone).then(|| part.ended_at.clone())
}

fn statement(person: &Person, date: Option<String>) -> Statement {
    Statement {
        person: person.clone(),
        date,
    }
}
