//! A whole station over a folder: token, records, authority, virtual bench, people.

use std::fs;
use std::path::{Path, PathBuf};

use cradle_bench::Bench;
use cradle_ca::ceremony::{DOCUMENT_KEY, ISSUING_CA_KEY, WIPE_KEY};
use cradle_ca::token::{Pin, Token, TokenKey};
use cradle_procedure::ids::{BatchId, OperatorName};
use cradle_procedure::profile::TargetProfile;
use cradle_records::Session;
use cradle_station::config::{BenchSection, Config};
use cradle_station::station::{self, Station};
use cradle_station::training::Training;
use cradle_wipe::Waiver;

pub const BATCH: &str = "faults";

/// A station, and beside it what a journey needs to be put together by hand.
pub struct Home {
    pub folder: PathBuf,
    pub station: Station,
    pub token: Token,
    pub profile: TargetProfile,
    pub bench: Bench,
    pub batch: BatchId,
}

/// Who is signed in.
pub struct Crew {
    pub operator: Session,
    pub technician: Session,
    pub verifier: Session,
}

impl Home {
    /// Opens the station of that configuration file.
    pub fn open(config: &Path) -> Self {
        let load = || Config::load(config).unwrap();
        let pin = || Pin::from_file(load().token.pin_file.as_ref().unwrap()).unwrap();
        let station = Station::open(load(), pin()).unwrap();
        let bench = Bench::over_virtual(station.training().unwrap().bench());
        Self {
            folder: config.parent().unwrap().to_owned(),
            token: station::open_token(&load(), pin()).unwrap(),
            profile: station::load_profile(&load()).unwrap(),
            batch: BatchId::new(BATCH).unwrap(),
            station,
            bench,
        }
    }

    pub fn training(&self) -> &Training {
        self.station.training().unwrap()
    }

    /// The chip family of its product.
    pub fn family(&self) -> &str {
        &self.profile.family
    }

    /// Where the boards of its bench are kept.
    pub fn boards(&self) -> PathBuf {
        match &self.station.config().bench {
            BenchSection::Virtual { boards, .. } => boards.clone(),
            BenchSection::Hardware(_) => panic!("a virtual bench is needed"),
        }
    }

    pub fn wipe_key(&self) -> TokenKey {
        self.token.key(WIPE_KEY).unwrap()
    }

    pub fn document_key(&self) -> TokenKey {
        self.token.key(DOCUMENT_KEY).unwrap()
    }

    pub fn issuing_key(&self) -> TokenKey {
        self.token.key(ISSUING_CA_KEY).unwrap()
    }

    pub fn sign_in(&self) -> Crew {
        Crew {
            operator: self.session("olga"),
            technician: self.session("tariq"),
            verifier: self.session("vera"),
        }
    }

    fn session(&self, name: &str) -> Session {
        let people = fs::read_to_string(self.folder.join("people.txt")).unwrap();
        let own = people.lines().find(|line| line.starts_with(name)).unwrap();
        let password = own.split('\t').nth(1).unwrap();
        let operator = OperatorName::new(name).unwrap();
        let station = &self.station.config().station;
        let store = self.station.store();
        store.sign_in(&operator, password, station).unwrap()
    }

    /// A second person stands for it that the erased board in the slot is the unit.
    pub fn waiver(&self, crew: &Crew) -> Waiver {
        Waiver {
            person: self.station.person(&crew.verifier),
            grounds: "The board was not taken out of the slot".to_owned(),
        }
    }

    pub fn sign_out(&self, crew: &Crew) {
        for session in [&crew.operator, &crew.technician, &crew.verifier] {
            self.station.store().sign_out(session).unwrap();
        }
    }
}

/// The configuration of a station that a worker has killed: the same line with one slot, and with
/// boards in a folder of the worker's own.
pub fn doomed_config(folder: &Path, worker: usize) -> PathBuf {
    let file = folder.join(format!("doomed-{worker}.toml"));
    let text = fs::read_to_string(folder.join("cradle.toml")).unwrap();
    let (line, boards) = ("boards = \"boards\"", doomed_boards(worker));
    assert!(text.contains(line));
    fs::write(&file, text.replace(line, &format!("boards = \"{boards}\""))).unwrap();
    file
}

/// Where the board of such a station is, under the line's folder.
pub fn doomed_boards(worker: usize) -> String {
    format!("boards-{worker}")
}
