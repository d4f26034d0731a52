//! What questions to a large database take.

use std::path::Path;
use std::time::{Duration, Instant};

use cradle_procedure::fault::{Code, Fault, OrFault as _};
use cradle_procedure::ids::{BatchId, Sha256};

use super::scale::{self, Factory};
use crate::UnitKey;

/// Questions asked of each kind.
const LOOKUPS: u64 = 2_000;

/// What a database of that size takes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Figures {
    /// Units on record.
    pub units: u64,
    /// Size of the file, in bytes.
    pub bytes: u64,
    /// To open it, checks included.
    pub start_up: Duration,
    /// Everything about one unit, found by serial number, chip identifier and certificate:
    /// of a hundred questions, the slowest but one.
    pub lookup_p99: [Duration; 3],
    /// The report of a batch, its list of units included.
    pub batch_report: Duration,
    /// The units that carry a component in a version below another: one half of all.
    pub component_query: Duration,
}

/// Asks a database that a [`Factory`] grew with so many units in a batch.
///
/// # Errors
/// `STO-02`; `CFG-03` if it is empty.
pub fn figures(path: &Path, per_batch: u64) -> Result<Figures, Fault> {
    let start = Instant::now();
    let factory = Factory::open(path, per_batch)?;
    let start_up = start.elapsed();
    let units = factory.units()?;
    if units == 0 {
        return Err(Fault::new(Code::InputInvalid, "the database has no units"));
    }
    let by = |key: fn(u64) -> Result<UnitKey, Fault>| slowest_but_one(&factory, units, key);
    let lookup_p99 = [
        by(|n| scale::serial(n).map(UnitKey::Serial))?,
        by(|n| Ok(UnitKey::Uid(scale::uid(n))))?,
        by(|n| Ok(UnitKey::Certificate(scale::certificate(n))))?,
    ];
    let (store, admin) = (&factory.store, &factory.admin);
    let batch = BatchId::new(format!("scale-{:03}", units / per_batch / 2))?;
    let batch_report = timed(|| {
        store.batch_report(admin, &batch)?;
        store.units(admin, &batch)
    })?;
    let half = format!("1.{}.0", units / per_batch / 10);
    let component_query = timed(|| store.carriers(admin, &scale::component(7), Some(&half)))?;
    Ok(Figures {
        units,
        bytes: path.metadata().or_fault(Code::FileFailed)?.len(),
        start_up,
        lookup_p99,
        batch_report,
        component_query,
    })
}

/// The 99th percentile over units chosen evenly.
fn slowest_but_one(
    factory: &Factory,
    units: u64,
    key: fn(u64) -> Result<UnitKey, Fault>,
) -> Result<Duration, Fault> {
    let mut times = Vec::new();
    for round in 0..LOOKUPS {
        let [a, b, c, d, ..] = *Sha256::of(&round.to_be_bytes()).bytes();
        let key = key(u64::from(u32::from_be_bytes([a, b, c, d])) % units)?;
        times.push(timed(|| factory.store.find_unit(&factory.admin, &key))?);
    }
    times.sort_unstable();
    Ok(times[times.len() * 99 / 100])
}

fn timed<T>(work: impl FnOnce() -> Result<T, Fault>) -> Result<Duration, Fault> {
    let start = Instant::now();
    std::hint::black_box(work()?);
    Ok(start.elapsed())
}
