//! The programs built from this repository for the ESP32-C3, on the emulated chip: what the
//! provisioner does, what the bootloader runs and refuses, what the application answers.
#![allow(
    dead_code,
    unreachable_pub,
    clippy::expect_used,
    clippy::panic,
    clippy::unwrap_used
)]

#[path = "driver_support/line.rs"]
mod line;
#[path = "esp_firmware/provisioner.rs"]
mod provisioner;
#[path = "driver_support/signed.rs"]
mod signed;
#[path = "esp_firmware/unit.rs"]
mod unit;

use std::process::Command;
use std::{env, fs};

use cradle_bench::virtual_bench::{EspBoard, EspConfig, Trng};
use cradle_protocol::attestation::{MAX_TO_BE_SIGNED, decode_claims, open, to_be_signed};
use cradle_protocol::layout::esp32c3::{BANKS, BOOTLOADER, IMAGE_CODE, METADATA, NVS, NVS_SPARE};
use cradle_protocol::message::{
    AgentReply, AgentRequest, BankVerdict, DeviceState, KeyFate, ProvisionerReply as Reply,
    ProvisionerRequest as Request, PublicKey, Refusal, TrngFault, WipeReport,
};
use cradle_protocol::metadata::Bank;
use sha2::{Digest, Sha256};

use line::AgentLine;
use provisioner::Provisioner;
use signed::{Key, certificate, holds, request_info};
use unit::{COUNTER, Unit, application, resets_itself, root, signed};

const NONCE: [u8; 32] = [0x5A; 32];

fn erased(bytes: &[u8]) -> bool {
    bytes.iter().all(|byte| *byte == 0xFF)
}

fn made_key(provisioner: &mut Provisioner) -> PublicKey {
    provisioner.ask(&Request::MakeKey, |reply| match reply {
        Reply::Key(key) => key,
        other => panic!("{other:?}"),
    })
}

#[test]
fn the_provisioner_makes_a_key_that_stays_and_signs_for_no_other() {
    let board = Unit::blank(1).insert();
    let mut provisioner = Provisioner::start(&board);
    let hardware = provisioner.ask(&Request::Hello, |reply| match reply {
        Reply::Hardware(hardware) => hardware,
        other => panic!("{other:?}"),
    });
    assert_eq!(hardware.uid, board.uid());
    assert_eq!((hardware.flash_kib, hardware.trng_healthy), (4096, true));
    let key = made_key(&mut provisioner);
    drop(provisioner);
    let mut provisioner = Provisioner::start(&board);
    assert_eq!(made_key(&mut provisioner), key);
    let info = request_info(&key);
    let signature = provisioner.ask(&Request::SignRequest { info: &info }, |reply| match reply {
        Reply::Signature(der) => der.to_vec(),
        other => panic!("{other:?}"),
    });
    assert!(holds(&key, &info, &signature));
    let foreign = request_info(&root().public());
    let refused = provisioner.refusal(&Request::SignRequest { info: &foreign });
    assert_eq!(refused, Refusal::ForeignKey);
    let flash = board.dump_flash();
    let at = |region: cradle_protocol::layout::Region| region.start as usize..region.end() as usize;
    assert!(!erased(&flash[at(NVS)]));
    assert!(erased(&flash[..NVS.start as usize]) && erased(&flash[NVS.end() as usize..]));
}

#[test]
fn the_provisioner_burns_no_fuses() {
    let board = Unit::blank(2).insert();
    let before: Vec<_> = (0..11).map(|block| board.dump_efuse_block(block)).collect();
    let provisioner = &mut Provisioner::start(&board);
    for request in [
        Request::BurnOtpWord { index: 0, value: 0 },
        Request::LockOtpBlock { block: 0 },
    ] {
        assert_eq!(provisioner.refusal(&request), Refusal::Range);
    }
    let after: Vec<_> = (0..11).map(|block| board.dump_efuse_block(block)).collect();
    assert_eq!(before, after);
}

#[test]
fn a_defective_random_generator_makes_no_key() {
    let config = EspConfig::genuine(3).with_trng(Trng::Stuck(0x1234_5678));
    let board = Unit::with(config).insert();
    let provisioner = &mut Provisioner::start(&board);
    let fault = provisioner.ask(&Request::CheckTrng, |reply| match reply {
        Reply::Trng(fault) => fault,
        other => panic!("{other:?}"),
    });
    assert_eq!(fault, Some(TrngFault::Repetition));
    assert_eq!(provisioner.refusal(&Request::MakeKey), Refusal::Entropy);
    assert!(erased(&board.dump_flash()));
}

/// A unit that went through the provisioner, and its key.
fn provisioned(index: u32) -> (EspBoard, PublicKey) {
    let board = Unit::blank(index).boots(&application()).insert();
    let provisioner = &mut Provisioner::start(&board);
    let key = made_key(provisioner);
    let der = certificate(&key);
    provisioner.done(&Request::StoreCertificate { der: &der });
    provisioner.done(&Request::StoreWipeAuthority {
        key: Key::new(0x22).public(),
    });
    unit::boot(&board);
    (board, key)
}

fn attestation(agent: &mut AgentLine) -> Result<Vec<u8>, Refusal> {
    agent.ask(
        &AgentRequest::Attest { nonce: NONCE },
        |reply| match reply {
            AgentReply::Attestation(cose) => Ok(cose.to_vec()),
            AgentReply::Refused(why) => Err(why),
            other => panic!("{other:?}"),
        },
    )
}

#[test]
fn a_unit_attests_what_it_is_and_after_a_wipe_nothing_of_its_key_is_left() {
    let (board, key) = provisioned(4);
    let agent = &mut AgentLine::at(&board.uart_path());
    agent.wait();
    let cose = attestation(agent).unwrap();
    let envelope = open(&cose).unwrap();
    let mut room = [0; MAX_TO_BE_SIGNED];
    let message = to_be_signed(envelope.payload, &mut room).unwrap();
    let signature = p256::ecdsa::Signature::from_slice(envelope.signature).unwrap();
    assert!(holds(&key, message, signature.to_der().as_bytes()));
    let claims = decode_claims(envelope.payload).unwrap();
    let flash = board.dump_flash();
    assert_eq!((claims.nonce, claims.uid), (NONCE, board.uid()));
    assert_eq!(claims.hardware_model, "ESP32-C3");
    let bootloader = &flash[..BOOTLOADER.length as usize];
    assert_eq!(claims.bootloader_sha256[..], Sha256::digest(bootloader)[..]);
    assert_eq!(claims.root_key_sha256, *root().hash().bytes());
    assert!(claims.root_key_locked && claims.bank_confirmed);
    assert_eq!((claims.counter, claims.boot_bank), (COUNTER, Bank::A));
    // Nothing of this unit is locked.
    assert_eq!((claims.rdp, claims.write_protected), (0xAA, 0));

    let challenge = agent.ask(&AgentRequest::RequestWipe, |reply| match reply {
        AgentReply::WipeChallenge(nonce) => nonce,
        other => panic!("{other:?}"),
    });
    let forged = root().wipe_order(&board.uid(), &challenge);
    let refused = agent.refusal(&AgentRequest::Wipe { signature: &forged });
    assert_eq!(refused, Refusal::NotAuthorized);
    let challenge = agent.ask(&AgentRequest::RequestWipe, |reply| match reply {
        AgentReply::WipeChallenge(nonce) => nonce,
        other => panic!("{other:?}"),
    });
    let order = Key::new(0x22).wipe_order(&board.uid(), &challenge);
    let report = agent.ask(
        &AgentRequest::Wipe { signature: &order },
        |reply| match reply {
            AgentReply::Wiped(report) => report,
            other => panic!("{other:?}"),
        },
    );
    let (key_fate, nvs_erased) = (KeyFate::Zeroized, true);
    assert_eq!(
        report,
        WipeReport {
            key: key_fate,
            nvs_erased
        }
    );
    let flash = board.dump_flash();
    assert!(erased(&flash[NVS.start as usize..NVS.end() as usize]));
    assert!(!erased(
        &flash[NVS_SPARE.start as usize..NVS_SPARE.end() as usize]
    ));
    assert_eq!(attestation(agent), Err(Refusal::Wiped));
}

/// What answers when the bootloader has looked at this image in bank A.
fn state_with(index: u32, image: &[u8]) -> DeviceState {
    state(&Unit::blank(index).boots(image).insert())
}

fn state(board: &EspBoard) -> DeviceState {
    identify(board, &mut AgentLine::at(&board.uart_path()))
}

fn identify(board: &EspBoard, agent: &mut AgentLine) -> DeviceState {
    agent.wait();
    agent.ask(&AgentRequest::Identify, |reply| match reply {
        AgentReply::Identity(identity) => {
            assert_eq!(identity.uid, board.uid());
            identity.state
        }
        other => panic!("{other:?}"),
    })
}

/// As a product team signs: for the address in RAM, with the whole public key in the image.
#[test]
fn an_image_that_imgtool_signed_boots() {
    let folder = tempfile::tempdir().unwrap();
    let put = |name: &str, bytes: &[u8]| {
        let path = folder.path().join(name);
        fs::write(&path, bytes).unwrap();
        path
    };
    let payload = put("application.bin", &unit::firmware("application.bin"));
    let key = put("key.pem", root().private_pem().as_bytes());
    let signed = folder.path().join("signed.bin");
    let python = env::var_os("CRADLE_PYTHON").expect("CRADLE_PYTHON");
    let output = Command::new(python)
        .args(["-c", "from imgtool.main import imgtool; imgtool()"])
        .args(["sign", "--public-key-format", "full", "--version", "1.2.3"])
        .args(["--header-size", "0x200", "--pad-header", "--align", "4"])
        .args(["--slot-size", "0x60000", "--rom-fixed"])
        .arg(format!("{:#x}", IMAGE_CODE.start))
        .args(["--security-counter", &COUNTER.to_string(), "--key"])
        .args([&key, &payload, &signed])
        .output()
        .unwrap();
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{said}");
    let state = state_with(16, &fs::read(signed).unwrap());
    assert_eq!(state, DeviceState::Operational);
}

fn refused(verdict: BankVerdict) -> DeviceState {
    DeviceState::Recovery([verdict, BankVerdict::Empty])
}

#[test]
fn a_good_image_boots_and_runs_from_the_copy() {
    let board = Unit::blank(5).boots(&application()).insert();
    assert_eq!(state(&board), DeviceState::Operational);
    // Its code, as far as nothing writes there.
    let copy = board.read_ram(IMAGE_CODE.start, 0x8000).unwrap();
    assert!(copy == application()[..0x8000]);
}

#[test]
fn an_image_that_is_not_the_signed_one_does_not_boot() {
    let mut flipped = application();
    flipped[0x1000] ^= 1;
    assert_eq!(state_with(6, &flipped), refused(BankVerdict::BadHash));
    let mut unsigned = application();
    let last = unsigned.len() - 1;
    unsigned[last] ^= 1;
    assert_eq!(state_with(7, &unsigned), refused(BankVerdict::BadSignature));
}

#[test]
fn an_image_of_another_key_or_below_the_counter_does_not_boot() {
    let payload = unit::firmware("application.bin");
    let foreign = Key::new(0x77).image_at(Some(IMAGE_CODE.start), &payload, COUNTER);
    assert_eq!(state_with(8, &foreign), refused(BankVerdict::UnknownKey));
    let old = root().image_at(Some(IMAGE_CODE.start), &payload, COUNTER - 1);
    assert_eq!(state_with(9, &old), refused(BankVerdict::RolledBack));
}

#[test]
fn an_image_for_another_address_does_not_boot() {
    let payload = unit::firmware("application.bin");
    for fixed_at in [None, Some(BANKS[0].start), Some(IMAGE_CODE.start + 0x200)] {
        let image = root().image_at(fixed_at, &payload, COUNTER);
        assert_eq!(state_with(10, &image), refused(BankVerdict::Malformed));
    }
}

#[test]
fn without_a_readable_root_key_nothing_boots() {
    let image = application();
    let missing = Unit::blank(11).boots(&image).without_root_key().insert();
    assert_eq!(state(&missing), refused(BankVerdict::NoRootKey));
    let hidden = Unit::blank(12)
        .boots(&image)
        .with_root_key_hidden()
        .insert();
    assert_eq!(state(&hidden), refused(BankVerdict::NoRootKey));
}

#[test]
fn a_firmware_that_never_confirms_is_given_up_after_three_trials() {
    let image = signed(&resets_itself());
    assert_eq!(state_with(13, &image), refused(BankVerdict::Unconfirmed));
}

#[test]
fn an_update_is_tried_and_trusted_and_a_bad_one_falls_back() {
    let board = Unit::blank(14).boots(&application()).insert();
    let agent = &mut AgentLine::at(&board.uart_path());
    agent.wait();
    let bank = |agent: &mut AgentLine| {
        agent.ask(&AgentRequest::ReadPosture, |reply| match reply {
            AgentReply::Posture(posture) => (posture.bank, posture.confirmed),
            other => panic!("{other:?}"),
        })
    };
    assert_eq!(bank(agent), (Bank::A, true));
    assert_eq!(agent.update(Bank::B, &application()), Ok(Bank::B));
    agent.restart();
    assert_eq!(bank(agent), (Bank::B, true));
    let crashing = signed(&resets_itself());
    assert_eq!(agent.update(Bank::A, &crashing), Ok(Bank::A));
    agent.restart();
    assert_eq!(bank(agent), (Bank::B, true));
    let mut spoiled = application();
    spoiled[0x800] ^= 1;
    let rejected = Refusal::Rejected(BankVerdict::BadHash);
    assert_eq!(agent.update(Bank::A, &spoiled), Err(rejected));
}

#[test]
fn recovery_takes_a_signed_image_and_restarts_into_it() {
    let board = Unit::blank(15).boots(&[]).insert();
    let agent = &mut AgentLine::at(&board.uart_path());
    agent.wait();
    assert_eq!(agent.update(Bank::A, &application()), Ok(Bank::A));
    agent.restart();
    assert_eq!(identify(&board, agent), DeviceState::Operational);
    let flash = board.dump_flash();
    assert!(!erased(
        &flash[METADATA[0].start as usize..METADATA[0].end() as usize]
    ));
}
