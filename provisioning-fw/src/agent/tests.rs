use cradle_protocol::attestation::{decode_claims, open};
use cradle_protocol::image;
use cradle_protocol::layout::stm32f405::{BANKS, METADATA, NVS, NVS_SPARE};
use cradle_protocol::message::{KeyFate, PublicKey, WipeReport};
use cradle_protocol::metadata;

use super::*;
use crate::boot::confirm;
use crate::device::Flash;
use crate::key_store::{InternalFlash, public_bytes};
use crate::model::{ImageBuilder, Model, Signer, UID};

pub(super) const ROOT: Signer = Signer::new(1);
pub(super) const AUTHORITY: Signer = Signer::new(2);
pub(super) const NONCE: Nonce = [0x42; 32];

const FIRMWARE: Firmware = Firmware {
    hardware_model: "model",
    name: "sample",
    bank: Bank::A,
};

pub(super) type ModelAgent = Agent<InternalFlash>;

pub(super) fn unit() -> (Model, PublicKey) {
    let mut chip = Model::new();
    chip.burn_root_key(&ROOT.hash());
    chip.burn_counter(3);
    chip.load(BANKS[0].start, &ImageBuilder::new(ROOT, 0).build());
    chip.load(METADATA[0].start, &metadata::initial(Bank::A));
    let key = InternalFlash.make(&mut chip).unwrap();
    let authority = public_bytes(&AUTHORITY.public());
    store::append(&mut chip, NVS, Kind::WipeAuthority, &authority).unwrap();
    store::append(&mut chip, NVS, Kind::Certificate, b"certificate").unwrap();
    (chip, key)
}

pub(super) fn start(chip: &mut Model) -> ModelAgent {
    Agent::start(FIRMWARE, InternalFlash, chip)
}

/// For answers that borrow nothing.
fn ask(
    agent: &mut ModelAgent,
    chip: &mut Model,
    request: &AgentRequest<'_>,
) -> Result<AgentReply<'static>, Refusal> {
    match agent.handle(chip, request, &mut [0; MAX_ATTESTATION])? {
        AgentReply::Identity(identity) => Ok(AgentReply::Identity(identity)),
        AgentReply::WipeChallenge(nonce) => Ok(AgentReply::WipeChallenge(nonce)),
        AgentReply::Wiped(report) => Ok(AgentReply::Wiped(report)),
        other => panic!("{other:?}"),
    }
}

fn challenge(agent: &mut ModelAgent, chip: &mut Model) -> Nonce {
    match ask(agent, chip, &AgentRequest::RequestWipe) {
        Ok(AgentReply::WipeChallenge(nonce)) => nonce,
        other => panic!("{other:?}"),
    }
}

fn wipe(
    agent: &mut ModelAgent,
    chip: &mut Model,
    signature: &[u8],
) -> Result<AgentReply<'static>, Refusal> {
    ask(agent, chip, &AgentRequest::Wipe { signature })
}

fn state_of(agent: &mut ModelAgent, chip: &mut Model) -> DeviceState {
    match ask(agent, chip, &AgentRequest::Identify) {
        Ok(AgentReply::Identity(identity)) => identity.state,
        other => panic!("{other:?}"),
    }
}

#[test]
fn an_attestation_verifies_and_says_what_is_so() {
    let (mut chip, key) = unit();
    confirm(&mut chip, Bank::A).unwrap();
    let mut agent = start(&mut chip);
    let mut scratch = [0; MAX_ATTESTATION];
    let request = AgentRequest::Attest { nonce: NONCE };
    let Ok(AgentReply::Attestation(cose)) = agent.handle(&mut chip, &request, &mut scratch) else {
        panic!("no attestation")
    };
    let envelope = open(cose).unwrap();
    let mut room = [0; MAX_TO_BE_SIGNED];
    let signed = to_be_signed(envelope.payload, &mut room).unwrap();
    assert!(verify_raw(&key, &sha256(signed), envelope.signature));
    let claims = decode_claims(envelope.payload).unwrap();
    assert_eq!((claims.nonce, claims.uid), (NONCE, UID));
    assert_eq!(claims.software_version, "1.2.3");
    assert_eq!(claims.root_key_sha256, ROOT.hash());
    assert_eq!(claims.bootloader_sha256, sha256(&[0xFF; 32 * 1024]));
    assert_eq!((claims.counter, claims.rdp), (3, 0x55));
    assert_eq!(claims.write_protected, 0b11);
    assert!(claims.root_key_locked && claims.bank_confirmed);
    let image = ImageBuilder::new(ROOT, 0).build();
    let digest = image::parse(&image).unwrap().digest;
    assert_eq!(claims.image_sha256, *digest);
}

#[test]
fn an_unconfirmed_bank_is_attested_as_such() {
    let (mut chip, _) = unit();
    let mut agent = start(&mut chip);
    let mut scratch = [0; MAX_ATTESTATION];
    let request = AgentRequest::Attest { nonce: NONCE };
    let Ok(AgentReply::Attestation(cose)) = agent.handle(&mut chip, &request, &mut scratch) else {
        panic!("no attestation")
    };
    let claims = decode_claims(open(cose).unwrap().payload).unwrap();
    assert!(!claims.bank_confirmed);
}

#[test]
fn the_certificate_is_returned_and_a_missing_one_refused() {
    let (mut chip, _) = unit();
    let mut agent = start(&mut chip);
    let mut scratch = [0; MAX_ATTESTATION];
    let reply = agent.handle(&mut chip, &AgentRequest::ReadCertificate, &mut scratch);
    assert_eq!(reply, Ok(AgentReply::Certificate(b"certificate")));
    let mut blank = Model::new();
    let reply = agent.handle(&mut blank, &AgentRequest::ReadCertificate, &mut scratch);
    assert_eq!(reply, Err(Refusal::NoCertificate));
}

#[test]
fn a_signed_wipe_takes_everything_and_the_device_stays_wiped() {
    let (mut chip, _) = unit();
    let mut agent = start(&mut chip);
    let nonce = challenge(&mut agent, &mut chip);
    let order = AUTHORITY.sign(&wipe_statement(&UID, &nonce));
    let report = WipeReport {
        key: KeyFate::Zeroized,
        nvs_erased: true,
    };
    assert_eq!(
        wipe(&mut agent, &mut chip, &order),
        Ok(AgentReply::Wiped(report))
    );
    assert!(image::erased(chip.bytes(NVS)));
    for mut chip in [chip.restarted(), chip] {
        let mut agent = start(&mut chip);
        assert_eq!(state_of(&mut agent, &mut chip), DeviceState::Wiped);
        for request in [
            AgentRequest::Attest { nonce: NONCE },
            AgentRequest::ReadCertificate,
            AgentRequest::RequestWipe,
            AgentRequest::Wipe { signature: &order },
        ] {
            let refused = ask(&mut agent, &mut chip, &request);
            assert_eq!(refused, Err(Refusal::Wiped));
        }
        let again = ask(&mut agent, &mut chip, &AgentRequest::ReadWipeReport);
        assert_eq!(again, Ok(AgentReply::Wiped(report)));
    }
}

#[test]
fn a_device_that_was_not_wiped_reports_no_wipe() {
    let (mut chip, _) = unit();
    let mut agent = start(&mut chip);
    let refused = ask(&mut agent, &mut chip, &AgentRequest::ReadWipeReport);
    assert_eq!(refused, Err(Refusal::WrongState));
}

#[test]
fn wrong_signer_wrong_device_and_wrong_challenge_are_refused() {
    let (mut chip, _) = unit();
    let mut agent = start(&mut chip);
    let before = chip.bytes(NVS).to_vec();
    type Forge = fn(&Nonce) -> [u8; 64];
    let forgeries: [Forge; 4] = [
        |nonce| ROOT.sign(&wipe_statement(&UID, nonce)),
        |nonce| AUTHORITY.sign(&wipe_statement(b"another uid.", nonce)),
        |_| AUTHORITY.sign(&wipe_statement(&UID, &NONCE)),
        |_| [0; 64],
    ];
    for forge in forgeries {
        let nonce = challenge(&mut agent, &mut chip);
        let refused = wipe(&mut agent, &mut chip, &forge(&nonce));
        assert_eq!(refused, Err(Refusal::NotAuthorized));
    }
    assert_eq!(chip.bytes(NVS), before);
    assert_eq!(state_of(&mut agent, &mut chip), DeviceState::Operational);
}

#[test]
fn a_challenge_is_good_for_one_command_and_for_this_run() {
    let (mut chip, _) = unit();
    let mut agent = start(&mut chip);
    let nonce = challenge(&mut agent, &mut chip);
    let order = AUTHORITY.sign(&wipe_statement(&UID, &nonce));
    let spent = wipe(&mut agent, &mut chip, &[0; 64]);
    assert_eq!(spent, Err(Refusal::NotAuthorized));
    let replayed = wipe(&mut agent, &mut chip, &order);
    assert_eq!(replayed, Err(Refusal::NotAuthorized));

    let nonce = challenge(&mut agent, &mut chip);
    let order = AUTHORITY.sign(&wipe_statement(&UID, &nonce));
    let mut agent = start(&mut chip);
    let after_restart = wipe(&mut agent, &mut chip, &order);
    assert_eq!(after_restart, Err(Refusal::NotAuthorized));
}

#[test]
fn without_a_wipe_authority_nothing_is_wiped() {
    let mut chip = Model::new();
    InternalFlash.make(&mut chip).unwrap();
    let mut agent = start(&mut chip);
    let nonce = challenge(&mut agent, &mut chip);
    let order = AUTHORITY.sign(&wipe_statement(&UID, &nonce));
    let refused = wipe(&mut agent, &mut chip, &order);
    assert_eq!(refused, Err(Refusal::NotAuthorized));
}

/// Either nothing happened and the device works on, or it is wiped and the next start finishes.
#[test]
fn power_cut_at_any_operation_of_a_wipe_leaves_it_undone_or_finished() {
    let (ready, _) = unit();
    for cut in 0.. {
        let mut chip = ready.clone();
        let mut agent = start(&mut chip);
        let nonce = challenge(&mut agent, &mut chip);
        let order = AUTHORITY.sign(&wipe_statement(&UID, &nonce));
        (chip.power, chip.torn) = (cut, 0xFFFF_0000);
        let outcome = wipe(&mut agent, &mut chip, &order);
        let untouched = chip.power > 0;
        let mut chip = chip.restarted();
        let mut agent = start(&mut chip);
        match state_of(&mut agent, &mut chip) {
            DeviceState::Wiped => {
                assert!(image::erased(chip.bytes(NVS)), "cut {cut}");
                let report = WipeReport {
                    key: KeyFate::Zeroized,
                    nvs_erased: true,
                };
                let told = ask(&mut agent, &mut chip, &AgentRequest::ReadWipeReport);
                assert_eq!(told, Ok(AgentReply::Wiped(report)), "cut {cut}");
            }
            state => {
                assert_eq!(state, DeviceState::Operational);
                assert!(InternalFlash.public_key(&mut chip).is_some(), "cut {cut}");
                assert!(outcome.is_err());
            }
        }
        if untouched {
            assert!(cut > 25, "the wipe spent only {cut} operations");
            return;
        }
    }
}

#[test]
fn a_reported_wipe_is_one_that_was_read_back() {
    let (mut chip, _) = unit();
    let mut agent = start(&mut chip);
    let nonce = challenge(&mut agent, &mut chip);
    let order = AUTHORITY.sign(&wipe_statement(&UID, &nonce));
    // Enough for the mark and the key, not for the sector.
    chip.power = 3 + 24;
    let report = WipeReport {
        key: KeyFate::Zeroized,
        nvs_erased: false,
    };
    assert_eq!(
        wipe(&mut agent, &mut chip, &order),
        Ok(AgentReply::Wiped(report))
    );
    assert!(store::find(chip.bytes(NVS_SPARE), Kind::Wiped).is_some());
}

#[test]
fn frames_are_answered_under_their_own_id() {
    let (mut chip, _) = unit();
    let mut agent = start(&mut chip);
    let (mut frame, mut out) = ([0; MAX_FRAME], [0; MAX_FRAME]);
    let length = frame::encode(0x55AA, &AgentRequest::Identify, &mut frame).unwrap();
    let said = agent
        .answer(&mut chip, &mut frame[..length - 1], &mut out)
        .unwrap();
    let identity = AgentReply::Identity(Identity {
        uid: UID,
        state: DeviceState::Operational,
    });
    let reply = frame::decode(&mut out[..said - 1]);
    assert_eq!(reply, Ok((0x55AA, identity)));
    let length = frame::encode(1, &99_u8, &mut frame).unwrap();
    let said = agent
        .answer(&mut chip, &mut frame[..length - 1], &mut out)
        .unwrap();
    let refused = AgentReply::Refused(Refusal::NotUnderstood);
    assert_eq!(frame::decode(&mut out[..said - 1]), Ok((1, refused)));
}

#[test]
fn garbage_on_the_line_never_panics_and_never_gets_an_answer() {
    let (mut chip, _) = unit();
    let mut agent = start(&mut chip);
    let mut out = [0; MAX_FRAME];
    let mut seed = 11_u64;
    for length in (1..300).cycle().take(100_000) {
        let mut frame = [0; 300];
        for byte in &mut frame[..length] {
            seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
            *byte = (seed >> 56) as u8 | 1;
        }
        assert_eq!(
            agent.answer(&mut chip, &mut frame[..length], &mut out),
            None
        );
    }
}
