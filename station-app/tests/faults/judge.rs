//! What may never be, looked for after every attempt in chip, record, CRL and registry.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::fs;

use cradle_bench::virtual_bench::AnyBoard;
use cradle_procedure::fault::Code;
use cradle_procedure::ids::{Serial, Uid};
use cradle_procedure::pki::{certificate_key, revoked_serials};
use cradle_procedure::ports::UnitState;
use cradle_protocol::layout::stm32f405::{OTP_BLOCK, OTP_COUNTER_BLOCK};
use cradle_records::{UnitHistory, UnitKey};
use x509_cert::Certificate;
use x509_cert::der::Decode as _;

use crate::home::{Crew, Home};
use crate::registry::Registry;

/// What all runs came to.
#[derive(Debug, Default)]
pub struct Tally {
    pub strikes: usize,
    pub restarts: usize,
    pub passed: usize,
    pub quarantined: usize,
    pub decommissioned: usize,
    /// Starts that took a second person's word for the board.
    pub vouched: usize,
    /// Units that came to no end.
    pub open: Vec<String>,
    pub lost: BTreeSet<Uid>,
    pub strange_certificates: BTreeSet<Uid>,
    pub counter_above_target: BTreeSet<Uid>,
    pub false_documents: BTreeSet<Uid>,
    /// Why units were set aside.
    pub reasons: Vec<String>,
    serials: BTreeMap<Uid, BTreeSet<Serial>>,
}

impl Tally {
    pub fn two_serials(&self) -> usize {
        let serials = self.serials.values();
        serials.filter(|serials| serials.len() > 1).count()
    }

    /// A unit was set aside, for the reason on record.
    pub fn set_aside(&mut self, strike: &str, unit: &Option<UnitHistory>) {
        let runs = unit.iter().flat_map(|unit| &unit.runs);
        let last = runs
            .rev()
            .find_map(|run| run.code.clone().zip(run.detail.clone()));
        self.quarantined += 1;
        self.reasons.push(format!("{strike}: {last:?}"));
    }

    /// What must be nothing is nothing.
    pub fn is_clean(&self) -> bool {
        self.open.is_empty()
            && self.lost.is_empty()
            && self.two_serials() == 0
            && self.strange_certificates.is_empty()
            && self.counter_above_target.is_empty()
            && self.false_documents.is_empty()
    }

    /// Looks at one unit everywhere, `virgin` being its one-time memory as it came. `None` while
    /// the record does not know its chip.
    pub fn look(
        &mut self,
        home: &Home,
        crew: &Crew,
        registry: &Registry,
        uid: &Uid,
        (board, virgin): (&AnyBoard, &[u8]),
    ) -> Option<UnitHistory> {
        let target = home.station.release().manifest().minimum_version;
        if counter(board) > target {
            self.counter_above_target.insert(uid.clone());
        }
        let on_chip = certificates_in(&board.dump_flash());
        let store = home.station.store();
        let unit = match store.find_unit(&crew.operator, &UnitKey::Uid(uid.clone())) {
            Ok(unit) => unit,
            Err(fault) => {
                assert_eq!(fault.code, Code::UnitUnknown, "{fault}");
                if !is_blank(&board.dump_flash()) || board.dump_otp() != virgin {
                    self.lost.insert(uid.clone());
                }
                return None;
            }
        };
        let serials = self.serials.entry(uid.clone()).or_default();
        serials.insert(unit.unit.serial.clone());
        let recorded = |der: &Vec<u8>| unit.certificates.iter().any(|it| it.der == *der);
        let in_force = unit.certificates.iter().filter(|it| it.revoked.is_none());
        if !on_chip.iter().all(recorded) || in_force.count() > 1 {
            self.strange_certificates.insert(uid.clone());
        }
        let says_complete = unit.documents.iter().any(|it| it.complete);
        let left = says_complete || unit.unit.state == UnitState::Decommissioned;
        if left && !is_out_of_service(home, registry, &unit, board) {
            self.false_documents.insert(uid.clone());
        }
        Some(unit)
    }
}

fn is_out_of_service(
    home: &Home,
    registry: &Registry,
    unit: &UnitHistory,
    board: &AnyBoard,
) -> bool {
    let authority = home.station.authority();
    let issuer = certificate_key(authority.ca.certificate()).unwrap();
    let list = fs::read(&authority.crl.path).unwrap();
    let revoked = revoked_serials(&list, &issuer).unwrap();
    let on_list = |number: &String| {
        let plain = number.trim_start_matches("00").to_lowercase();
        revoked.contains(&plain)
    };
    let mut certificates = unit.certificates.iter();
    is_blank(&board.dump_flash())
        && certificates.all(|it| on_list(&it.serial_number))
        && registry.has_forgotten(unit.unit.serial.as_str())
}

fn is_blank(memory: &[u8]) -> bool {
    memory.iter().all(|byte| *byte == 0xFF)
}

/// Where `SECURE_VERSION` begins in the fifth word of block 0.
const SECURE_VERSION: u32 = 14;

/// Burnt bits of the anti-rollback counter.
fn counter(board: &AnyBoard) -> u32 {
    if let Some(board) = board.esp32c3() {
        let word = &board.dump_efuse_block(0)[16..20];
        let word = u32::from_le_bytes(word.try_into().unwrap());
        return (word >> SECURE_VERSION & 0xFFFF).count_ones();
    }
    let otp = board.dump_otp();
    let (start, length) = (OTP_COUNTER_BLOCK * OTP_BLOCK, OTP_BLOCK);
    let block = &otp[start as usize..(start + length) as usize];
    block.iter().map(|byte| byte.count_zeros()).sum()
}

/// Every X.509 certificate that lies in the flash (DER: a SEQUENCE with a length of two bytes).
fn certificates_in(flash: &[u8]) -> Vec<Vec<u8>> {
    let starts = flash.windows(4).enumerate();
    let starts = starts.filter(|(_, head)| head[..2] == [0x30, 0x82]);
    let candidates = starts.filter_map(|(start, head)| {
        let length = usize::from(u16::from_be_bytes([head[2], head[3]]));
        flash.get(start..start + 4 + length)
    });
    let certificates = candidates.filter(|der| Certificate::from_der(der).is_ok());
    certificates.map(<[u8]>::to_vec).collect()
}

impl fmt::Display for Tally {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "strikes                      {:>6}", self.strikes)?;
        writeln!(f, "restarts                     {:>6}", self.restarts)?;
        writeln!(f, "units that ended PASS        {:>6}", self.passed)?;
        writeln!(f, "units that ended QUARANTINED {:>6}", self.quarantined)?;
        writeln!(f, "units decommissioned         {:>6}", self.decommissioned)?;
        writeln!(f, "starts with a second person  {:>6}", self.vouched)?;
        writeln!(f, "units without an end         {:>6}", self.open.len())?;
        writeln!(f, "lost units                   {:>6}", self.lost.len())?;
        writeln!(f, "two serials for one UID      {:>6}", self.two_serials())?;
        let strange = self.strange_certificates.len();
        writeln!(f, "certificates not in records  {strange:>6}")?;
        let above = self.counter_above_target.len();
        writeln!(f, "counter above target         {above:>6}")?;
        let untrue = self.false_documents.len();
        writeln!(f, "untrue complete documents    {untrue:>6}")?;
        for reason in self.reasons.iter().chain(&self.open) {
            writeln!(f, "  {reason}")?;
        }
        Ok(())
    }
}
