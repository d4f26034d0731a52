//! Modules and tokens with habits that SoftHSM2 does not have: see `odd_module/odd.c`.

#![allow(clippy::unwrap_used)]

mod common;

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::{LazyLock, Mutex, MutexGuard, PoisonError};
use std::thread;
use std::time::Duration;

use common::{PIN, SoftHsm};
use cradle_ca::token::{Token, TokenConfig, TokenKey};
use cradle_procedure::fault::{Code, Fault};
use cradle_procedure::ports::Signer as _;
use cradle_procedure::signature::verifies;

const ARGUMENTS: &str = "configdir='here' flags=none";

/// One at a time: what the module does is told to the whole process.
static TURN: Mutex<()> = Mutex::new(());
static ODD: LazyLock<Odd> = LazyLock::new(Odd::new);

struct Odd {
    hsm: SoftHsm,
    module: PathBuf,
    folder: PathBuf,
}

impl Odd {
    fn new() -> Self {
        let hsm = SoftHsm::new("odd-module", "");
        // Through another process, so that this one loads the odd module alone.
        common::referee::softhsm2_util(&hsm, "--init-token --free --label odd").accepted();
        let make = "--keypairgen --key-type EC:secp256r1 --usage-sign --id 01 --label k";
        common::referee::pkcs11_tool(&hsm, "odd", make).accepted();
        let (module, folder) = (hsm.dir.join("odd.so"), hsm.dir.join("odd"));
        fs::create_dir(&folder).unwrap();
        fs::write(folder.join("arguments"), ARGUMENTS).unwrap();
        for habit in ["raw-point", "not-local"] {
            fs::write(folder.join(habit), "").unwrap();
        }
        let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/odd_module/odd.c");
        let mut cc = Command::new("cc");
        cc.args(["-shared", "-fPIC", "-w", "-pthread", "-o"])
            .arg(&module);
        assert!(cc.arg(source).args(["-ldl"]).status().unwrap().success());
        #[allow(unsafe_code)]
        // SAFETY: as in `SoftHsm::new`.
        unsafe {
            std::env::set_var("ODD_FOLDER", &folder);
            std::env::set_var("ODD_BEHIND", &hsm.module);
        }
        Self {
            hsm,
            module,
            folder,
        }
    }

    fn config(&self) -> TokenConfig {
        let mut config = self.hsm.config("odd", PIN);
        config.module.clone_from(&self.module);
        config.arguments = Some(ARGUMENTS.to_owned());
        config
    }

    fn key(&self) -> TokenKey {
        Token::open(self.config()).unwrap().key("k").unwrap()
    }

    fn count(&self, what: &str) -> usize {
        fs::read(self.folder.join(what)).map_or(0, |counted| counted.len())
    }

    fn signs(&self) -> usize {
        self.count("signs")
    }

    /// Ends the login of the process, as a token does that was reset.
    fn log_out(&self) {
        fs::write(self.folder.join("logout"), "").unwrap();
    }

    /// Waits until so many signatures were begun since the turn began.
    fn until_signs(&self, count: usize) {
        while self.signs() < count {
            thread::yield_now();
        }
    }
}

/// A habit, while this lives.
struct Habit(PathBuf);

impl Drop for Habit {
    fn drop(&mut self) {
        fs::remove_file(&self.0).unwrap();
    }
}

fn habit(name: &str, text: &str) -> Habit {
    let path = ODD.folder.join(name);
    fs::write(&path, text).unwrap();
    Habit(path)
}

fn turn() -> MutexGuard<'static, ()> {
    let turn = TURN.lock().unwrap_or_else(PoisonError::into_inner);
    let _ = fs::remove_file(ODD.folder.join("signs"));
    turn
}

#[track_caller]
fn sound(key: &TokenKey, message: &[u8]) {
    let signature = key.sign(message).unwrap();
    assert!(verifies(key.public_key(), message, &signature));
}

#[test]
fn bare_points_and_keys_that_are_not_local_are_taken() {
    let _turn = turn();
    let token = Token::open(ODD.config()).unwrap();
    sound(&token.key("k").unwrap(), b"hello");
    let status = token.status().unwrap();
    assert_eq!(status.keys[0].local, Some(false));
    assert_eq!(status.keys[0].problems, Vec::<String>::new());
}

#[test]
fn module_runs_with_one_set_of_arguments() {
    let _turn = turn();
    let _open = Token::open(ODD.config()).unwrap();
    let mut config = ODD.config();
    config.label = "another".to_owned();
    config.arguments = None;
    let fault = Token::open(config).err().unwrap();
    assert_eq!(fault.code, Code::ConfigInvalid, "{fault}");
}

#[test]
fn one_session_serves_many_threads_and_many_openers() {
    let _turn = turn();
    for limit in ["sessions", "tight"] {
        let _one = habit(limit, "1");
        let keys: Vec<_> = (0..4).map(|_| ODD.key()).collect();
        thread::scope(|scope| {
            for key in &keys {
                scope.spawn(|| (0..25_u8).for_each(|round| sound(key, &[round])));
            }
        });
    }
}

#[test]
fn sessions_sign_side_by_side_up_to_the_limit() {
    let _turn = turn();
    let _three = habit("sessions", "3");
    let key = ODD.key();
    sound(&key, b"before");
    let before = ODD.signs();
    thread::scope(|scope| {
        let held = habit("held", "");
        for number in 0..8_u8 {
            let key = &key;
            scope.spawn(move || sound(key, &[number]));
        }
        // They are all held: that a third was begun means three at once.
        ODD.until_signs(before + 3);
        drop(held);
    });
    assert_eq!(ODD.signs(), before + 8);
}

#[test]
fn slow_token_is_named_and_what_was_not_begun_is_not_done_later() {
    let _turn = turn();
    let _one = habit("sessions", "1");
    let mut config = ODD.config();
    config.limits.answer_within = Duration::from_millis(200);
    let key = Token::open(config).unwrap().key("k").unwrap();
    sound(&key, b"before");
    let before = ODD.signs();
    let refused = |fault: Fault| {
        assert_eq!(fault.code, Code::TokenBusy, "{fault}");
        fault.detail
    };
    let held = habit("held", "");
    let first = refused(key.sign(b"begun").unwrap_err());
    assert!(first.contains("still at it"), "{first}");
    let second = refused(key.sign(b"waiting").unwrap_err());
    assert!(second.contains("not begun"), "{second}");
    drop(held);
    sound(&key, b"after");
    assert_eq!(
        ODD.signs(),
        before + 2,
        "the one given up was done all the same"
    );
}

#[test]
fn token_taken_out_is_named_and_works_again_once_it_is_back() {
    let _turn = turn();
    let key = ODD.key();
    sound(&key, b"before");
    for _ in 0..2 {
        let out = habit("removed", "");
        for _ in 0..2 {
            let fault = key.sign(b"out").unwrap_err();
            assert_eq!(fault.code, Code::TokenMissing, "{fault}");
        }
        drop(out);
        sound(&key, b"back");
    }
}

#[test]
fn removal_between_two_signatures_goes_unnoticed_by_the_caller() {
    let _turn = turn();
    let token = Token::open(ODD.config()).unwrap();
    let key = token.key("k").unwrap();
    sound(&key, b"before");
    drop(habit("removed", ""));
    // The module has not seen the gap; a lost login it has.
    ODD.log_out();
    sound(&key, b"after the login was lost");
    assert!(!ODD.folder.join("logout").exists());
    assert_eq!(token.status().unwrap().keys.len(), 1);
}

#[test]
fn pin_that_was_refused_is_not_tried_again() {
    let _turn = turn();
    let key = ODD.key();
    sound(&key, b"before");
    let changed = habit("new-pin", "");
    ODD.log_out();
    for _ in 0..4 {
        assert_eq!(key.sign(b"locked").unwrap_err().code, Code::TokenPin);
    }
    assert_eq!(
        ODD.count("logins"),
        1,
        "each try brings the token nearer to its lock"
    );
    drop(changed);
    drop(key);
    sound(&ODD.key(), b"opened again by somebody");
}

#[test]
fn open_token_is_not_lent_to_who_does_not_know_the_pin() {
    let _turn = turn();
    let _open = ODD.key();
    let mut config = ODD.config();
    config.pin = common::pin("wrong-pin");
    assert_eq!(Token::open(config).err().unwrap().code, Code::TokenPin);
}
