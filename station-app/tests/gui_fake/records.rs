//! The fake's records: a batch or two, one unit, and a log as long as the test wants it.

use std::path::PathBuf;
use std::sync::mpsc;

use cradle_procedure::attestation::Finding;
use cradle_procedure::fault::{Code, Fault};
use cradle_procedure::ids::{
    BatchId, OperatorName, ProfileId, ReleaseId, Serial, Sha256, SlotId, StationId, Uid,
};
use cradle_procedure::ports::{RevocationReason, UnitRecord, UnitState};
use cradle_procedure::step::{Outcome, StepId, StepReport, Verdict, Verification};
use cradle_records::audit::{
    AuditExport, AuditFound, AuditLine, AuditReport, AuditRow, AuditSearch, Checkpoint,
};
use cradle_records::{
    Batch, BatchReport, BatchState, CertificateRecord, RequestKind, RunRecord, SerialScheme,
    UnitHistory, UnitSummary,
};
use cradle_station::gui::backend::{
    AuditLog, BatchList, BatchPage, BatchStep, BatchTerms, Batches, Pending, SearchRun, Units,
    VerifyRun,
};

use cradle_station::two_people::{Second, Settled};

use super::{Asked, Fake, NOW_MS, journey};

pub(crate) struct Records {
    pub(crate) log: u64,
    /// An entry that somebody removed.
    pub(crate) gone: Option<u64>,
    /// Why the log does not verify.
    pub(crate) broken: Option<Fault>,
    batches: Vec<Batch>,
}

impl Records {
    /// Nothing is on record yet.
    pub(crate) const fn empty() -> Self {
        Self {
            log: 0,
            gone: None,
            broken: None,
            batches: vec![],
        }
    }
}

impl Default for Records {
    fn default() -> Self {
        Self {
            log: 1_000,
            gone: None,
            broken: None,
            batches: vec![
                batch("B-2026-048", BatchState::Draft),
                batch("B-2026-047", BatchState::Open),
            ],
        }
    }
}

fn batch(id: &str, state: BatchState) -> Batch {
    let name = |name: &str| OperatorName::new(name).unwrap();
    let draft = state == BatchState::Draft;
    Batch {
        id: BatchId::new(id).unwrap(),
        product: "Field sensor".to_owned(),
        profile: ProfileId::new("stm32f405").unwrap(),
        release: ReleaseId::new("sensor-1.4.2").unwrap(),
        manifest: Sha256::from_bytes([7; 32]),
        quota: 100,
        used: if draft { 0 } else { 37 },
        provisioned: if draft { 0 } else { 36 },
        in_progress: 0,
        quarantined: u32::from(!draft),
        in_repair: 0,
        serials: SerialScheme {
            prefix: "FS-".to_owned(),
            width: 6,
            first: 1001,
            check: false,
        },
        valid_until_ms: NOW_MS + 30 * 24 * 3_600_000,
        site: "Plant 2".to_owned(),
        state,
        requested_by: name("alice"),
        requester_counts: true,
        approved_by: if draft { vec![] } else { vec![name("bob")] },
    }
}

fn steps(from_ms: u64) -> Vec<StepReport> {
    let step = |(at, id): (usize, &StepId)| StepReport {
        id: *id,
        outcome: Outcome::Done,
        verification: Some(Verification::ReadBack),
        detail: String::new(),
        code: None,
        started_ms: from_ms + 700 * at as u64,
        duration_ms: 200 + 90 * at as u64,
    };
    journey().iter().enumerate().map(step).collect()
}

fn unit(number: u64) -> UnitSummary {
    let failed = number % 13 == 5;
    UnitSummary {
        reason: None,
        attempts: 1,
        started_ms: 1_800_000_000_000,
        ended_ms: None,
        serial: Serial::new(format!("FS-{number:06}")).unwrap(),
        uid: Uid::new(&[number as u8; 12]),
        state: UnitState::Provisioned,
        slot: Some(SlotId(1 + (number % 4) as u16)),
        verdict: Some(if failed { Verdict::Fail } else { Verdict::Pass }),
        code: failed.then(|| "DEV-07".to_owned()),
        certificate: None,
        steps: steps(NOW_MS + number * 600_000),
    }
}

pub(crate) fn page(id: &BatchId, batches: &[Batch]) -> Option<BatchPage> {
    let batch = batches.iter().find(|batch| batch.id == *id)?.clone();
    let begun = batch.used;
    let units: Vec<_> = (1001..1001 + u64::from(begun)).map(unit).collect();
    let failures = vec![
        ("attest".to_owned(), 2),
        ("flash-application".to_owned(), 1),
    ];
    Some(BatchPage {
        report: BatchReport {
            begun,
            over: 0,
            short: batch.quota - batch.used,
            first_pass: begun.saturating_sub(3),
            reworked: begun.min(3),
            in_repair: 0,
            decommissioned: 0,
            destroyed: 0,
            set_aside: vec![],
            failures: if begun == 0 { vec![] } else { failures },
            batch,
        },
        units,
    })
}

fn line(entry: u64) -> AuditLine {
    let events = [
        "session.opened",
        "unit.bound",
        "certificate.issued",
        "step.ended",
    ];
    AuditLine {
        entry,
        time_ms: NOW_MS + entry * 900,
        event: events[entry as usize % 4].to_owned(),
        subject: format!("FS-{:06}", 1000 + entry / 4),
        operator: Some("mira".to_owned()),
        station: Some("station-3".to_owned()),
        facts: format!("{{\"slot\":{}}}", 1 + entry % 4),
    }
}

impl AuditLog for Fake {
    fn audit_size(&self) -> Pending<u64> {
        self.answer(Ok(self.inner().records.log))
    }

    fn audit_rows(&self, entries: Vec<u64>) -> Pending<Vec<AuditRow>> {
        let gone = self.inner().records.gone;
        let row = |entry| match gone == Some(entry) {
            true => AuditRow::Gone,
            false => AuditRow::Line(line(entry)),
        };
        self.answer(Ok(entries.into_iter().map(row).collect()))
    }

    fn search_audit(&self, search: AuditSearch) -> SearchRun {
        let matches = |entry: &u64| {
            let line = line(*entry);
            let word = |word: &String| line.subject.contains(word) || line.event.contains(word);
            search.words.iter().all(word)
        };
        let entries = (0..self.inner().records.log)
            .rev()
            .filter(matches)
            .collect();
        let (sender, found) = mpsc::channel();
        sender.send(AuditFound { entries, left: 0 }).unwrap();
        let answer = self.answer(Ok(()));
        SearchRun { found, answer }
    }

    fn verify_audit(&self) -> VerifyRun {
        let (sender, progress) = mpsc::channel();
        let inner = self.inner();
        sender
            .send((inner.records.log / 2, inner.records.log))
            .unwrap();
        let answer = self.answer(match &inner.records.broken {
            Some(fault) => Err(fault.clone()),
            None => Ok(AuditReport {
                origin: "station-3".to_owned(),
                entries: inner.records.log,
                root: Sha256::from_bytes([0xAB; 32]),
            }),
        });
        VerifyRun { progress, answer }
    }

    fn checkpoints(&self) -> Pending<Vec<Checkpoint>> {
        let Some(size) = self.inner().records.log.checked_sub(3) else {
            return self.answer(Ok(vec![]));
        };
        self.answer(Ok(vec![Checkpoint {
            size,
            note: String::new(),
            at_ms: NOW_MS,
        }]))
    }

    fn sign_checkpoint(&self) -> Pending<Checkpoint> {
        let size = self.inner().records.log;
        self.answer(Ok(Checkpoint {
            size,
            note: String::new(),
            at_ms: NOW_MS,
        }))
    }

    fn export_audit(&self) -> Pending<AuditExport> {
        let folder = PathBuf::from("/exports/audit");
        self.answer(Ok(AuditExport {
            entries: folder.join("entries.jsonl"),
            checkpoint: folder.join("checkpoint"),
            public_key: folder.join("public-key.pem"),
            size: self.inner().records.log,
        }))
    }
}

impl Fake {
    /// The unit's certificate; revoked if somebody asked for that.
    fn certificate(&self) -> CertificateRecord {
        CertificateRecord {
            serial_number: CERTIFICATE.to_owned(),
            der: include_bytes!("device.der").to_vec(),
            issued_ms: NOW_MS + 69_500,
            revoked: (self.inner().office.revoked)
                .then_some((NOW_MS + 90_000, RevocationReason::Superseded)),
        }
    }
}

/// Serial number of the known unit's certificate.
pub(crate) const CERTIFICATE: &str = "4c1ab2f09e77d013";

impl Units for Fake {
    fn unit(&self, serial: Serial) -> Pending<UnitHistory> {
        if serial.as_str() != "FS-001040" {
            return self.answer(Err(Fault::new(Code::UnitUnknown, serial)));
        }
        let failed = StepReport {
            id: StepId::FlashApplication,
            outcome: Outcome::Failed,
            verification: None,
            detail: "probe 3".to_owned(),
            code: Some("DEV-07".to_owned()),
            started_ms: NOW_MS + 2_000,
            duration_ms: 900,
        };
        let run = |id, from_ms, steps: Vec<StepReport>, verdict| RunRecord {
            id,
            journey: "provision".to_owned(),
            slot: Some(SlotId(3)),
            session: 9,
            operator: OperatorName::new("mira").unwrap(),
            station: StationId::new("station-3").unwrap(),
            started_ms: from_ms,
            ended_ms: Some(from_ms + 14_000),
            verdict: Some(verdict),
            code: (verdict == Verdict::Fail).then(|| "DEV-07".to_owned()),
            detail: None,
            intents: vec![],
            steps,
        };
        self.answer(Ok(UnitHistory {
            unit: UnitRecord {
                serial,
                uid: Uid::new(&[0x33; 12]),
                product: "Field sensor".to_owned(),
                batch: BatchId::new("B-2026-047").unwrap(),
                state: UnitState::Provisioned,
                certificate: None,
            },
            release: ReleaseId::new("sensor-1.4.2").unwrap(),
            bound_ms: NOW_MS,
            runs: vec![
                run(1, NOW_MS, vec![failed], Verdict::Fail),
                run(2, NOW_MS + 60_000, steps(NOW_MS + 60_000), Verdict::Pass),
            ],
            certificates: vec![self.certificate()],
            documents: vec![],
            custody: vec![],
        }))
    }

    fn inspect_unit(&self, _: Serial, _: SlotId) -> Pending<Vec<Finding>> {
        self.answer(Ok(vec![
            Finding::new("firmware version", &"1.4.2", &"1.4.2"),
            Finding::new("counter", &3, &2),
        ]))
    }

    fn export_unit(&self, serial: Serial) -> Pending<PathBuf> {
        let folder = PathBuf::from(format!("/exports/{serial}"));
        self.inner().asked.push(Asked::Export(serial));
        self.answer(Ok(folder))
    }
}

impl Batches for Fake {
    fn batches(&self) -> Pending<BatchList> {
        self.answer(Ok(BatchList {
            batches: self.inner().records.batches.clone(),
            release: ReleaseId::new("sensor-1.4.2").unwrap(),
        }))
    }

    fn batch(&self, id: BatchId) -> Pending<BatchPage> {
        let page = page(&id, &self.inner().records.batches);
        self.answer(page.ok_or_else(|| Fault::new(Code::BatchUnknown, id)))
    }

    fn request_batch(&self, terms: BatchTerms) -> Pending<Batch> {
        let mut asked = batch(terms.id.as_str(), BatchState::Draft);
        asked.quota = terms.quota;
        let mut inner = self.inner();
        inner.records.batches.insert(0, asked.clone());
        self.answer(Ok(asked))
    }

    fn raise_quota(
        &self,
        id: BatchId,
        quota: u32,
        second: Option<Second>,
    ) -> Pending<Settled<Batch>> {
        let mut inner = self.inner();
        let mut raised = inner
            .records
            .batches
            .iter()
            .find(|batch| batch.id == id)
            .unwrap()
            .clone();
        raised.quota = quota;
        let (kind, terms) = (RequestKind::RaiseQuota, format!("{{\"quota\":{quota}}}"));
        let settled = inner.settle(kind, id.to_string(), &terms, second, raised.clone());
        if let Ok(Settled::Done(_)) = &settled {
            let mut batches = inner.records.batches.iter_mut();
            *batches.find(|batch| batch.id == id).unwrap() = raised;
        }
        self.answer(settled)
    }

    fn export_batch(&self, id: BatchId) -> Pending<PathBuf> {
        self.answer(Ok(PathBuf::from(format!("/exports/{id}.pdf"))))
    }

    fn move_batch(&self, id: BatchId, step: BatchStep) -> Pending<Batch> {
        let mut inner = self.inner();
        let who = inner.who.clone();
        let Some(at) = inner
            .records
            .batches
            .iter()
            .position(|batch| batch.id == id)
        else {
            return self.answer(Err(Fault::new(Code::BatchUnknown, id)));
        };
        if step == BatchStep::Approve && inner.records.batches[at].requested_by == who {
            return self.answer(Err(Fault::new(Code::OwnApproval, id)));
        }
        inner.asked.push(match step {
            BatchStep::Approve => Asked::Approve(id),
            _ => Asked::Close(id),
        });
        let batch = &mut inner.records.batches[at];
        if step == BatchStep::Approve {
            batch.approved_by.push(who);
        }
        batch.state = match step {
            BatchStep::Approve => BatchState::Approved,
            BatchStep::Open | BatchStep::Resume => BatchState::Open,
            BatchStep::Pause => BatchState::Paused,
            BatchStep::Close => BatchState::Closed,
        };
        self.answer(Ok(batch.clone()))
    }
}
