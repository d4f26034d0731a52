//! Registries outside the house that know the unit: cloud providers, device management.

use cradle_procedure::fault::Fault;
use cradle_procedure::ports::UnitRecord;

use crate::contents::{Part, PartOutcome, RegistryConfirmation};
use crate::order::Reason;
use crate::proofs::Open;
use crate::run::Run;
use crate::time::utc;

/// A place that must forget the unit. Every one that is configured has to confirm before a
/// document can be complete.
pub trait Registry {
    /// Its name in documents and records.
    fn name(&self) -> &str;

    /// Removes the unit for good and returns what the registry answered. Asked again for a unit
    /// that is gone, confirms again.
    ///
    /// # Errors
    /// Whatever kept the registry from confirming.
    fn deregister(&mut self, unit: &UnitRecord, reason: Reason) -> Result<String, Fault>;
}

/// Proof that every registry configured confirmed.
#[derive(Debug)]
pub(crate) struct Deregistered(());

/// Asks each registry, whatever the others answered, unless there is a reason not to.
pub(crate) fn deregister(
    run: &mut Run<'_, '_>,
    doubt: Option<&Fault>,
) -> (Result<Deregistered, Vec<Open>>, Vec<RegistryConfirmation>) {
    let mut confirmed = Vec::new();
    let mut open = Vec::new();
    for index in 0..run.world.registries.len() {
        match ask(run, index, doubt) {
            Ok(confirmation) => confirmed.push(confirmation),
            Err(still) => open.push(still),
        }
    }
    let proof = if open.is_empty() {
        Ok(Deregistered(()))
    } else {
        Err(open)
    };
    (proof, confirmed)
}

fn ask(
    run: &mut Run<'_, '_>,
    index: usize,
    doubt: Option<&Fault>,
) -> Result<RegistryConfirmation, Open> {
    let started_at = utc((run.world.clock)());
    let registry = &mut run.world.registries[index];
    let name = registry.name().to_owned();
    let answer = match doubt {
        Some(why) => Err(why.clone()),
        None => registry.deregister(&run.unit, run.order.reason),
    };
    let mut part = Part {
        id: format!("deregister:{name}"),
        name: format!("Registry {name}"),
        outcome: PartOutcome::Done,
        method: None,
        technique: "Removed from the registry".to_owned(),
        verification: None,
        detail: answer.as_ref().cloned().unwrap_or_default(),
        code: None,
        started_at,
        ended_at: utc((run.world.clock)()),
    };
    if let Err(fault) = &answer {
        let outcome = doubt.map_or(PartOutcome::Failed, |_| PartOutcome::NotDone);
        part.spoil(outcome, fault);
    }
    let id = part.id.clone();
    run.parts.push(part);
    match answer {
        Ok(evidence) => Ok(RegistryConfirmation {
            registry: name,
            evidence,
        }),
        Err(fault) => Err(Open { part: id, fault }),
    }
}
