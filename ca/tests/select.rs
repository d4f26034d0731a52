//! `softhsm::select` as a program uses it: first thing in `main`, before any thread.

#![allow(unreachable_pub, clippy::unwrap_used)]

mod own_main;

use std::fs;
use std::path::Path;

use cradle_ca::softhsm;
use cradle_ca::token::{Pin, Token, TokenConfig, initialise_token};
use cradle_procedure::curve::Curve;

fn main() {
    if own_main::only_listed("softhsm_selected_in_main_is_used") {
        return;
    }
    let dir = Path::new(env!("CARGO_TARGET_TMPDIR")).join("select");
    let _ = fs::remove_dir_all(&dir);
    let config = softhsm::configure(&dir).unwrap();
    softhsm::select(&config).unwrap();
    let (module, pin) = (
        softhsm::module().unwrap(),
        Pin::new("20261120".into()).unwrap(),
    );
    initialise_token(&module, "selected", &pin, &pin).unwrap();
    let label = "selected".to_owned();
    let token = Token::open(TokenConfig::new(module, label, pin)).unwrap();
    token.ensure_key("k", Curve::P256).unwrap();
    let made = fs::read_dir(dir.join("tokens")).unwrap().count();
    assert_eq!(made, 1, "the token is not where `select` said");
    // Selected already: allowed, although the token's thread runs.
    softhsm::select(&config).unwrap();
    assert!(softhsm::select(Path::new("/elsewhere")).is_err());
    println!("test softhsm_selected_in_main_is_used ... ok");
}
