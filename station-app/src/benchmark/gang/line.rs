//! A line as the demo sets it up, whose boards hang on probes with latency.

use std::path::Path;
use std::sync::atomic::{AtomicU32, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use cradle_bench::virtual_bench::{Board, BoardConfig, LinkModel, VirtualBench};
use cradle_procedure::fault::{Code, Fault, OrFault as _};
use cradle_procedure::ids::SlotId;
use cradle_procedure::step::Verdict;
use cradle_records::Session;

use super::timed_device::TimedDevice;
use crate::demo::Options;
use crate::demo::home::{self, People};
use crate::files;
use crate::station::{Provisioning, Station};

/// One transaction with a USB probe (full speed: a frame is 1 ms).
const USB_TRANSACTION: Duration = Duration::from_millis(1);
const TARGET: &str = "stm32f405";
/// More than are ever made.
const QUOTA: u32 = 1000;

pub(super) struct Line {
    station: Station,
    people: People,
    operator: Session,
    /// So many boards were taken from the reel.
    boards: AtomicU32,
}

/// What a run took.
pub(super) struct Run {
    pub(super) wall: Duration,
    /// Time inside calls of the devices' drivers, all slots added.
    pub(super) devices: Duration,
}

impl Line {
    pub(super) fn set_up(firmware: &Path, folder: &Path, slots: u16) -> Result<Self, Fault> {
        let out = home::clear(folder)?;
        files::make_folder(&out.join("token"))?;
        let options = Options {
            firmware: firmware.to_owned(),
            targets: vec![TARGET.to_owned()],
            units: QUOTA,
            slots,
            seed: None,
            out: out.clone(),
            headless: true,
        };
        let people = home::set_up(&out, &options)?;
        let station = Station::open(home::load(&out)?, home::pin(&out)?)?;
        let operator = people.operator.sign_in(station.store(), station.config())?;
        Ok(Self {
            station,
            people,
            operator,
            boards: AtomicU32::new(0),
        })
    }

    fn bench(&self) -> Result<&VirtualBench, Fault> {
        let missing = || Fault::new(Code::Internal, "the line has no virtual bench");
        let training = self.station.training().ok_or_else(missing)?;
        Ok(training.bench())
    }

    /// Puts a new board into a slot; the one that was there is gone.
    pub(super) fn insert(&self, slot: SlotId) -> Result<Board, Fault> {
        let config = BoardConfig {
            link: LinkModel {
                usb_transaction: USB_TRANSACTION,
                ..LinkModel::default()
            },
            ..BoardConfig::genuine(self.boards.fetch_add(1, Ordering::Relaxed))
        };
        let board = self.bench()?.insert(usize::from(slot.0) - 1, config);
        board.or_fault(Code::SlotUnknown)
    }

    /// Provisions what is in a slot. Gives the time inside calls of its driver.
    pub(super) fn provision(&self, slot: SlotId) -> Result<Duration, Fault> {
        let missing = || Fault::new(Code::Internal, "the line has no batch");
        let batch = self.people.batches.first().ok_or_else(missing)?;
        let what = Provisioning {
            session: &self.operator,
            batch,
            slot,
            scanned: None,
        };
        let mut device = TimedDevice::new(self.station.driver(&what)?);
        let conclusion =
            self.station
                .provision_through(&mut device, &what, &mut |_| {}, &|| false)?;
        match (conclusion.verdict, conclusion.fault) {
            (Verdict::Pass, _) => Ok(device.spent()),
            (_, Some(fault)) => Err(fault),
            (_, None) => Err(Fault::new(Code::Internal, "a unit did not pass")),
        }
    }

    /// So many new units in each slot, all slots at once.
    pub(super) fn run(&self, slots: &[SlotId], per_slot: u32) -> Result<Run, Fault> {
        let work = |slot: SlotId| {
            let mut devices = Duration::ZERO;
            for _ in 0..per_slot {
                self.insert(slot)?;
                devices += self.provision(slot)?;
            }
            Ok(devices)
        };
        let begun = Instant::now();
        let devices = thread::scope(|scope| {
            let workers: Vec<_> = slots
                .iter()
                .map(|slot| scope.spawn(|| work(*slot)))
                .collect();
            let ended = workers.into_iter().map(|worker| {
                worker
                    .join()
                    .map_err(|_| Fault::new(Code::Internal, "worker"))?
            });
            ended.sum::<Result<Duration, Fault>>()
        })?;
        Ok(Run {
            wall: begun.elapsed(),
            devices,
        })
    }
}
