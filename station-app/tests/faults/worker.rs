//! Takes one unit after the other through both journeys, strikes, and starts them again.

use std::io::{BufRead as _, BufReader};
use std::path::PathBuf;
use std::process::{Command, Stdio};
use std::sync::{Mutex, PoisonError};

use cradle_bench::virtual_bench::{AnyBoard, FaultPlan};
use cradle_procedure::fault::Code;
use cradle_procedure::ids::{Serial, SlotId, Uid};
use cradle_procedure::ports::UnitState;
use cradle_procedure::step::Verdict;
use cradle_records::UnitHistory;
use cradle_station::station::Provisioning;
use cradle_station::training::{BoardKind, BoardModel, Training};

use crate::home::{Crew, Home, doomed_boards};
use crate::journeys::{asked, decommission_tapped, provision_tapped};
use crate::judge::Tally;
use crate::registry::Registry;
use crate::strike::{Journey, Kind, Op, Strike};
use crate::tap::Tap;
use crate::{CONFIG, SERIAL, STRIKE};

/// How often a unit is started again before it counts as one that comes to no end.
const MOST_STARTS: usize = 4;
/// The slot of a station that is to be killed.
pub const DOOMED_SLOT: SlotId = SlotId(1);

/// One slot and what belongs to it.
pub struct Worker<'a> {
    pub home: &'a Home,
    pub registry: &'a Registry,
    pub tally: &'a Mutex<Tally>,
    pub slot: SlotId,
    /// Configuration of the stations that this worker kills.
    pub doomed: PathBuf,
}

/// A unit in work.
struct Unit {
    uid: Uid,
    board: AnyBoard,
    kind: BoardKind,
    /// Its one-time memory as the factory left it.
    virgin: Vec<u8>,
}

impl Worker<'_> {
    /// One unit, from a virgin chip to one out of service, struck up to once on either journey.
    pub fn unit(&self, number: u32, made: Option<Strike>, retired: Option<Strike>) {
        let crew = self.home.sign_in();
        let uid = AnyBoard::genuine_uid(self.home.family(), 1000 + number).unwrap();
        let uid = Uid::new(&uid);
        let kind = BoardKind {
            uid: Some(uid.clone()),
            ..BoardKind::default()
        };
        let board = self.home.training().insert(self.slot, &kind).unwrap();
        let virgin = board.dump_otp();
        let mut unit = Unit {
            uid,
            board,
            kind,
            virgin,
        };
        self.strike(&mut unit, &crew, None, made);
        let serial = self.until_made(&unit, &crew, made);
        if let (Some(serial), Some(_)) = (serial, retired) {
            self.strike(&mut unit, &crew, Some(&serial), retired);
            self.until_retired(&unit, &crew, &serial, retired);
        }
        self.home.training().pull(self.slot).unwrap();
        self.home.sign_out(&crew);
    }

    /// Both journeys of one unit undisturbed; gives their operations.
    pub fn count(&self) -> [Vec<Op>; 2] {
        let crew = self.home.sign_in();
        let board = self.home.training().insert_next(self.slot).unwrap();
        let tap = || Tap::new(None, board.clone(), Box::new(|| {}));
        let (making, retiring) = (tap(), tap());
        let made = provision_tapped(self.home, &crew, self.slot, &making);
        assert_eq!(made.verdict, Verdict::Pass, "{:?}", made.fault);
        let serial = made.serial.unwrap();
        let retired = decommission_tapped(self.home, &crew, self.slot, &serial, &retiring);
        assert!(retired.is_complete(), "{:?}", retired.document.missing());
        self.home.training().pull(self.slot).unwrap();
        self.home.sign_out(&crew);
        [making.ops(), retiring.ops()]
    }

    fn strike(
        &self,
        unit: &mut Unit,
        crew: &Crew,
        serial: Option<&Serial>,
        strike: Option<Strike>,
    ) {
        let Some(strike) = strike else { return };
        match strike.kind {
            Kind::Kill => unit.board = self.kill_a_station(unit, serial, strike),
            _ => {
                let tap = Tap::new(Some(strike), unit.board.clone(), Box::new(|| {}));
                match serial {
                    None => drop(provision_tapped(self.home, crew, self.slot, &tap)),
                    Some(serial) => {
                        drop(decommission_tapped(
                            self.home, crew, self.slot, serial, &tap,
                        ));
                    }
                }
            }
        }
        self.tally().strikes += 1;
    }

    /// Lets a station in a process of its own work on the unit until the strike, and kills it.
    /// Gives the board as it was then, in this worker's slot.
    fn kill_a_station(&self, unit: &Unit, serial: Option<&Serial>, strike: Strike) -> AnyBoard {
        let boards = self.home.folder.join(doomed_boards(self.slot.0.into()));
        let bench = Training::open(1, &boards, self.model()).unwrap();
        bench.insert(DOOMED_SLOT, &unit.kind).unwrap();
        bench.reinsert(DOOMED_SLOT, &unit.board).unwrap();
        bench.save(DOOMED_SLOT).unwrap();
        drop(bench);
        let mut child = Command::new(std::env::current_exe().unwrap())
            .args(["--exact", "child_is_killed", "--ignored"])
            .args(["--nocapture", "--test-threads=1"])
            .env(CONFIG, &self.doomed)
            .env(STRIKE, strike.to_string())
            .env(SERIAL, serial.map_or("", Serial::as_str))
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let mut said = BufReader::new(child.stdout.take().unwrap()).lines();
        let struck = said.any(|line| line.unwrap().ends_with("struck"));
        child.kill().unwrap();
        let status = child.wait().unwrap();
        assert!(struck, "{strike} did not come to pass: {status}");
        let bench = Training::open(1, &boards, self.model()).unwrap();
        let board = bench.board(DOOMED_SLOT).unwrap();
        self.home.training().reinsert(self.slot, &board).unwrap();
        board
    }

    /// Boards of the line's product.
    fn model(&self) -> BoardModel {
        BoardModel::of(&self.home.profile)
    }

    /// The station provisions the unit, as often as it takes.
    fn until_made(&self, unit: &Unit, crew: &Crew, strike: Option<Strike>) -> Option<Serial> {
        let what = Provisioning {
            session: &crew.operator,
            batch: &self.home.batch,
            slot: self.slot,
            scanned: None,
        };
        let mut last = String::new();
        for _ in 0..MOST_STARTS {
            let known = self.look(unit, crew);
            match known.as_ref().map(|known| known.unit.state) {
                Some(UnitState::Provisioned) => {
                    self.tally().passed += 1;
                    return known.map(|known| known.unit.serial);
                }
                Some(UnitState::Quarantined) => {
                    self.tally().set_aside(&told(strike), &known);
                    return None;
                }
                _ => {}
            }
            reseat(&unit.board);
            self.tally().restarts += usize::from(strike.is_some());
            let station = &self.home.station;
            let end = station.provision(&what, &mut |_| {}, &|| false).unwrap();
            last = format!("{:?}", end.fault);
        }
        self.ended_open(unit, crew, UnitState::Provisioned, strike, &last)
    }

    fn until_retired(&self, unit: &Unit, crew: &Crew, serial: &Serial, strike: Option<Strike>) {
        let mut last = String::new();
        for _ in 0..MOST_STARTS {
            let known = self.look(unit, crew).unwrap();
            if known.unit.state == UnitState::Decommissioned {
                self.tally().decommissioned += 1;
                return;
            }
            reseat(&unit.board);
            self.tally().restarts += usize::from(strike.is_some());
            let mut what = asked(crew, self.slot, serial);
            if last.contains(Code::SecureDownload.id()) {
                self.tally().vouched += 1;
                what.waiver = Some(self.home.waiver(crew));
            }
            let end = self.home.station.decommission(&what, &mut |_| {});
            last = match end {
                Ok(end) => format!("{:?}", end.document.missing()),
                Err(fault) => fault.to_string(),
            };
        }
        self.ended_open(unit, crew, UnitState::Decommissioned, strike, &last);
    }

    /// The last start may have been the one that did it.
    fn ended_open(
        &self,
        unit: &Unit,
        crew: &Crew,
        wanted: UnitState,
        strike: Option<Strike>,
        last: &str,
    ) -> Option<Serial> {
        let known = self.look(unit, crew);
        let state = known.map(|known| known.unit.state);
        let line = format!("{}: {state:?}, not {wanted}: {last}", told(strike));
        self.tally().open.push(line);
        None
    }

    fn look(&self, unit: &Unit, crew: &Crew) -> Option<UnitHistory> {
        let (home, registry) = (self.home, self.registry);
        self.tally()
            .look(home, crew, registry, &unit.uid, (&unit.board, &unit.virgin))
    }

    fn tally(&self) -> std::sync::MutexGuard<'_, Tally> {
        self.tally.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn told(strike: Option<Strike>) -> String {
    strike.map_or_else(|| "undisturbed".to_owned(), |strike| strike.to_string())
}

/// What a person does before starting a unit again: cable and supply are checked.
fn reseat(board: &AnyBoard) {
    board.arm(FaultPlan::new());
    board.reconnect_cable();
    board.power_cycle();
}

/// In a child process: works on the unit in its slot until it is killed.
pub fn work_until_killed(home: &Home, serial: Option<Serial>, strike: Strike) {
    let crew = home.sign_in();
    let board = home.training().board(DOOMED_SLOT).unwrap();
    let boards = home.boards().join(format!("slot-{DOOMED_SLOT}"));
    let remains = board.clone();
    let die = move || {
        remains.save(&boards).unwrap();
        println!("struck");
        loop {
            std::thread::park();
        }
    };
    let tap = Tap::new(Some(strike), board, Box::new(die));
    match (strike.journey, serial) {
        (Journey::Decommission, Some(serial)) => {
            decommission_tapped(home, &crew, DOOMED_SLOT, &serial, &tap);
        }
        _ => drop(provision_tapped(home, &crew, DOOMED_SLOT, &tap)),
    }
}
