//! The window's side of a real station: token, records and virtual bench, asked as the window
//! asks. It has a `main` of its own, because SoftHSM2 is chosen before the first thread.

#![allow(clippy::unwrap_used, clippy::panic, unreachable_pub)]

mod line;
mod own_main;

use std::fs;
use std::sync::mpsc::{self, Receiver};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use cradle_ca::token::Pin;
use cradle_procedure::fault::{Code, Fault};
use cradle_procedure::ids::{OperatorName, SlotId};
use cradle_procedure::ports::RevocationReason;
use cradle_procedure::release::Check;
use cradle_procedure::role::Role;
use cradle_station::config::Config;
use cradle_station::desk::Desk;
use cradle_station::gui::backend::{
    Approvals as _, Backend as _, BoardChoice, CertificateAuthority as _, Entry, Mishap, Pending,
    People as _, PersonOrder, Releases as _, RevocationOrder, TrainingBench as _, TrainingOrder,
};
use cradle_station::gui::view::authority::AuthorityView;
use cradle_station::station::{Station, now_ms, select_token};
use cradle_station::two_people::{Second, Settled};
use line::Line;
use zeroize::Zeroizing;

/// A person never waits so long; a busy machine may.
const PATIENCE: Duration = Duration::from_secs(120);

fn main() {
    if own_main::only_listed("the_window_gets_from_a_real_station_what_it_shows") {
        return;
    }
    let line = Line::new();
    let (unit, certificate) = provisioned(&line);
    let config = Config::load(&line.out.join("cradle.toml")).unwrap();
    select_token(&config).unwrap();
    let pin = Pin::from_file(&line.out.join("token/pin")).unwrap();
    let window = Window::new(Station::open(config, pin).unwrap(), line);

    window.temporary_passwords_open_only_the_change();
    window.failures_make_the_name_wait();
    window.the_authority_is_sound();
    window.a_revocation_waits_for_the_second_person(&certificate);
    window.releases_are_checked_and_searched(&unit);
    window.boards_are_moved();
    window.diagnostics_hold_no_secret();
    println!("test the_window_gets_from_a_real_station_what_it_shows ... ok");
}

/// A unit of the line, and the serial number of its certificate.
fn provisioned(line: &Line) -> (String, String) {
    let (status, _) = line.run(&["bench", "insert", "1"]);
    assert_eq!(status, 0);
    let arguments = ["provision", "--batch", "demo-1", "--slot", "1"];
    let (status, answer) = line.run_as("olga", &arguments);
    assert_eq!(status, 0, "{answer}");
    let serial = answer["serial"].as_str().unwrap().to_owned();
    let (_, unit) = line.run_as("alice", &["unit", "show", &serial]);
    let certificate = unit["certificates"][0]["serial_number"].as_str().unwrap();
    (serial, certificate.to_owned())
}

struct Window {
    desk: Desk,
    line: Line,
    woken: Receiver<()>,
}

impl Window {
    fn new(station: Station, line: Line) -> Self {
        let desk = Desk::new(station);
        let (sender, woken) = mpsc::channel();
        let sender = Mutex::new(sender);
        desk.set_waker(Arc::new(move || {
            let _ = sender.lock().unwrap().send(());
        }));
        Self { desk, line, woken }
    }

    /// Waits as the window does: until it is woken.
    fn wait<T>(&self, pending: &Pending<T>) -> Result<T, Fault> {
        loop {
            if let Some(answer) = pending.poll() {
                return answer;
            }
            self.woken.recv_timeout(PATIENCE).unwrap();
        }
    }

    fn get<T>(&self, pending: &Pending<T>) -> T {
        self.wait(pending).unwrap()
    }

    fn secret(&self, name: &str) -> Zeroizing<String> {
        Zeroizing::new(self.line.password(name))
    }

    fn sign_in(&self, name: &str) {
        let entry = self.get(&self.desk.sign_in(name.to_owned(), self.secret(name)));
        assert!(matches!(entry, Entry::In(who) if who.name.as_str() == name));
    }

    fn temporary_passwords_open_only_the_change(&self) {
        self.sign_in("alice");
        let given = || Zeroizing::new("given by alice".to_owned());
        let newton = || OperatorName::new("newton").unwrap();
        let add = |role| {
            self.desk
                .change_person(newton(), PersonOrder::Add(role, given()), None)
        };
        let settled = self.get(&add(Role::Supervisor));
        assert!(matches!(settled, Settled::Waits(_)), "{settled:?}");
        let settled = self.get(&add(Role::Operator));
        assert!(matches!(settled, Settled::Done(_)), "{settled:?}");
        self.desk.sign_out();
        let name = || "newton".to_owned();
        let entry = self.get(&self.desk.sign_in(name(), given()));
        assert_eq!(entry, Entry::Temporary);
        let own = Zeroizing::new("known to newton only".to_owned());
        let entry = self.get(&self.desk.change_password(name(), given(), own));
        assert!(matches!(entry, Entry::In(who) if who.role == Role::Operator));
    }

    fn failures_make_the_name_wait(&self) {
        let attempt = |password: &str| {
            let password = Zeroizing::new(password.to_owned());
            self.wait(&self.desk.sign_in("vera".to_owned(), password))
        };
        for _ in 0..2 {
            assert_eq!(attempt("wrong").unwrap_err().code, Code::SignInRefused);
        }
        let Ok(Entry::Wait { fault, until_ms }) = attempt("wrong") else {
            panic!("the third failure costs nothing");
        };
        assert_eq!(fault.code, Code::SignInRefused);
        assert!(until_ms > now_ms());
        self.sign_in("alice");
        let people = self.get(&self.desk.people());
        let vera = people.iter().find(|one| one.name.as_str() == "vera");
        assert_eq!(vera.unwrap().wait_until_ms, Some(until_ms));
    }

    fn the_authority_is_sound(&self) {
        let state = self.get(&self.desk.authority());
        let view = AuthorityView::new(&state, now_ms());
        assert!(view.is_sound(), "{view:?}");
        assert_eq!(view.tokens[0].keys.len(), 7);
        assert_eq!(view.certificates.len(), 2);
        assert!(!view.lists.is_empty() && view.lists.iter().all(|list| !list.over));
        let before = state.crl.unwrap().number;
        self.get(&self.desk.publish_crl());
        let after = self.get(&self.desk.authority()).crl.unwrap().number;
        assert!(after > before);
    }

    fn a_revocation_waits_for_the_second_person(&self, certificate: &str) {
        let order = || RevocationOrder {
            certificate: certificate.to_owned(),
            reason: RevocationReason::KeyCompromise,
        };
        let Settled::Waits(request) = self.get(&self.desk.revoke(order(), None)) else {
            panic!("one person alone revoked a certificate");
        };
        let alice = Second {
            name: OperatorName::new("alice").unwrap(),
            password: self.secret("alice"),
        };
        let own = self.wait(&self.desk.revoke(order(), Some(alice)));
        assert_eq!(own.unwrap_err().code, Code::OwnApproval);
        let ids = |requests: Vec<cradle_records::Request>| {
            requests.iter().map(|one| one.id).collect::<Vec<_>>()
        };
        assert!(ids(self.get(&self.desk.requests())).contains(&request.id));
        self.sign_in("bob");
        self.get(&self.desk.approve(request.id));
        self.sign_in("alice");
        let settled = self.get(&self.desk.revoke(order(), None));
        assert!(matches!(settled, Settled::Done(bytes) if bytes > 0));
        // Carried out: it waits for nobody any more.
        assert!(!ids(self.get(&self.desk.requests())).contains(&request.id));
    }

    fn releases_are_checked_and_searched(&self, unit: &str) {
        let list = self.get(&self.desk.releases());
        assert_eq!(list.releases[0].id, list.in_use);
        let components = self.get(&self.desk.components(list.in_use.clone()));
        let name = components[0].name.clone();
        let carriers = self.get(&self.desk.carriers(name, None));
        assert!(carriers.iter().any(|one| one.serial.as_str() == unit));
        let checked = self.get(&self.desk.check_release());
        assert_eq!(checked.passed, Check::ALL);
        assert_eq!(checked.verdict.unwrap().id, list.in_use);
        assert_eq!(self.get(&self.desk.import_release()), list.in_use);
        self.line.flip("release/provisioner.elf");
        let checked = self.get(&self.desk.check_release());
        assert_eq!(checked.passed, Check::ALL[..5]);
        assert_eq!(checked.verdict.unwrap_err().code, Code::ReleaseAltered);
        let import = self.wait(&self.desk.import_release());
        assert_eq!(import.unwrap_err().code, Code::ReleaseAltered);
    }

    fn boards_are_moved(&self) {
        let (one, two) = (SlotId(1), SlotId(2));
        let train = |slot, order| self.wait(&self.desk.train(slot, order));
        let refused = train(two, TrainingOrder::Arm(Mishap::Cable));
        assert_eq!(refused.unwrap_err().code, Code::NoDevice);
        let clone = BoardChoice::CloneOf(one);
        train(two, TrainingOrder::Insert(clone)).unwrap();
        let boards = self.get(&self.desk.boards());
        let uid = |at: usize| boards[at].board.as_ref().unwrap().uid.clone();
        assert_eq!(uid(0), uid(1));
        train(two, TrainingOrder::Arm(Mishap::Cable)).unwrap();
        train(two, TrainingOrder::Reconnect).unwrap();
        train(two, TrainingOrder::Pull).unwrap();
        assert!(!self.desk.bench().slots[1].occupied);
    }

    fn diagnostics_hold_no_secret(&self) {
        let file = self.get(&self.desk.write_diagnostics());
        let text = fs::read_to_string(&file).unwrap();
        for told in [
            "cradle-issuing-ca",
            "demo-1",
            "certificate.revoked",
            "virtual_bench",
        ] {
            assert!(text.contains(told), "{told}");
        }
        let pin = fs::read_to_string(self.line.out.join("token/pin")).unwrap();
        let people = ["alice", "bob", "olga", "tariq", "vera"];
        let passwords = people.map(|name| self.line.password(name));
        for secret in passwords.iter().map(String::as_str).chain([pin.trim()]) {
            assert!(!text.contains(secret));
        }
    }
}
