//! Every registry that knows the unit is told to forget it, and what it answers is kept.

use cradle_procedure::fault::{Code, Fault};
use cradle_procedure::ids::RegistryName;
use cradle_procedure::journal::Done;
use cradle_procedure::step::{StepId, Verification};

use crate::contents::{Part, PartOutcome, RegistryConfirmation};
use crate::proofs::Open;
use crate::registry::Departure;
use crate::run::Run;
use crate::time::utc;

const TECHNIQUE: &str = "Removed from the registry";

/// Proof that every registry confirmed: those configured now, and those that were told before.
#[derive(Debug)]
pub(crate) struct Deregistered(());

/// Asks each registry, whatever the others answered, unless there is a reason not to.
pub(crate) fn deregister(
    run: &mut Run<'_, '_>,
    doubt: Option<&Fault>,
) -> (Result<Deregistered, Vec<Open>>, Vec<RegistryConfirmation>) {
    let mut confirmed = Vec::new();
    let mut open = Vec::new();
    for (name, configured) in registries(run) {
        let started_ms = (run.world.clock)();
        let answer = match (on_record(run, &name), configured, doubt) {
            (Some(evidence), ..) => Ok((evidence, Verification::Record)),
            (None, _, Some(why)) => Err((why.clone(), PartOutcome::NotDone)),
            (None, None, None) => Err((missing(&name), PartOutcome::NotDone)),
            (None, Some(index), None) => ask(run, &name, index)
                .map(|evidence| (evidence, Verification::Confirmed))
                .map_err(|fault| (fault, PartOutcome::Failed)),
        };
        let mut part = part(run, &name, started_ms);
        match answer {
            Ok((evidence, how)) => {
                part.detail.clone_from(&evidence);
                part.verification = Some(how);
                let registry = name.to_string();
                confirmed.push(RegistryConfirmation { registry, evidence });
            }
            Err((fault, outcome)) => {
                part.spoil(outcome, &fault);
                let part = part.id.clone();
                open.push(Open { part, fault });
            }
        }
        run.parts.push(part);
    }
    let proof = if open.is_empty() {
        Ok(Deregistered(()))
    } else {
        Err(open)
    };
    (proof, confirmed)
}

/// Those that are configured, with their place, and those that were told before.
fn registries(run: &Run<'_, '_>) -> Vec<(RegistryName, Option<usize>)> {
    let configured = run.world.registries.iter().enumerate();
    let mut all: Vec<_> = configured
        .map(|(index, registry)| (registry.name().clone(), Some(index)))
        .collect();
    for due in &run.earlier.dues {
        if all.iter().all(|(name, _)| *name != due.registry) {
            all.push((due.registry.clone(), None));
        }
    }
    all
}

/// What the registry answered when it confirmed before.
fn on_record(run: &Run<'_, '_>, name: &RegistryName) -> Option<String> {
    let due = run.earlier.dues.iter().find(|due| due.registry == *name)?;
    due.confirmed.clone()
}

/// That it is to be told is durable before it is.
fn ask(run: &mut Run<'_, '_>, name: &RegistryName, index: usize) -> Result<String, Fault> {
    run.step(StepId::Deregister, name.as_str(), |run| {
        let serial = run.unit.serial.clone();
        let due = run.world.ledger.owe(&serial, name)?;
        let departure = Departure {
            unit: &run.unit,
            reason: run.order.reason,
            key: &due.key,
        };
        let answer = run.world.registries[index].deregister(&departure);
        run.world.ledger.answered(&serial, name, &answer)?;
        let evidence = answer?;
        let detail = format!("{name}: {evidence}");
        Ok(Done::new(evidence, Verification::Confirmed, detail))
    })
}

fn missing(name: &RegistryName) -> Fault {
    Fault::new(Code::RegistryMissing, name)
}

fn part(run: &Run<'_, '_>, name: &RegistryName, started_ms: u64) -> Part {
    Part {
        id: format!("deregister:{name}"),
        name: format!("Registry {name}"),
        outcome: PartOutcome::Done,
        method: None,
        technique: TECHNIQUE.to_owned(),
        verification: None,
        detail: String::new(),
        code: None,
        started_at: utc(started_ms),
        ended_at: utc((run.world.clock)()),
    }
}
