//! A token that lost power between `C_InitToken` and `C_InitPIN`.

#![allow(clippy::unwrap_used)]

mod common;

use std::process::Command;

use cradle_ca::softhsm::CONFIG_VARIABLE;
use cradle_ca::token::Token;
use cradle_procedure::fault::Code;

use common::{PIN, SO_PIN, SoftHsm};

#[test]
fn interrupted_initialisation_is_finished() {
    let hsm = SoftHsm::new("half-a-token", "");
    let mut command = Command::new("pkcs11-tool");
    command
        .env(CONFIG_VARIABLE, &hsm.config)
        .env("TEST_SO_PIN", SO_PIN)
        .arg("--module")
        .arg(&hsm.module)
        .args(["--init-token", "--slot-index", "0", "--label", "half"])
        .args(["--so-pin", "env:TEST_SO_PIN"]);
    let output = command.output().unwrap();
    assert!(output.status.success(), "{output:?}");
    let fault = Token::open(hsm.config("half", PIN)).err().unwrap();
    assert_eq!(fault.code, Code::TokenPin, "{fault}");
    hsm.initialise("half");
    assert!(Token::open(hsm.config("half", PIN)).is_ok());
}
