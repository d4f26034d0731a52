use std::cell::RefCell;
use std::rc::Rc;
use std::vec::Vec;

use cradle_protocol::message::WipeReport;
use embedded_hal::i2c::{ErrorKind, ErrorType, NoAcknowledgeSource, Operation};

use super::atecc608::crc;
use super::*;
use crate::crypto::{public_key, sha256, sign, verify_raw};
use crate::model::Model;
use crate::wipe;

/// An element that answers byte by byte as the data sheet says.
#[derive(Default)]
struct Element {
    awake: bool,
    configured: bool,
    private: Option<[u8; 32]>,
    made: u8,
    digest: Option<[u8; 32]>,
    busy: u32,
    answer: Vec<u8>,
    /// It takes the command to make a key, and makes none.
    stuck: bool,
    garbles: bool,
}

impl Element {
    fn answer(&mut self, payload: &[u8]) {
        let mut answer = std::vec![payload.len() as u8 + 3];
        answer.extend(payload);
        let sum = crc(&answer);
        answer.extend(sum.to_le_bytes());
        if self.garbles {
            answer[1] ^= 1;
        }
        (self.answer, self.busy) = (answer, 3);
    }

    fn execute(&mut self, command: &[u8]) {
        let (covered, sum) = command.split_last_chunk().unwrap();
        assert_eq!(usize::from(command[0]), command.len());
        assert_eq!(crc(covered).to_le_bytes(), *sum);
        let (opcode, mode) = (covered[1], covered[2]);
        let key = self.private.and_then(|key| public_key(&key));
        match (opcode, mode, &covered[3..5], &covered[5..]) {
            (0x02, 0x00, [0x15, 0], []) => {
                let lock = if self.configured { 0 } else { 0x55 };
                self.answer(&[0, 0, 0x55, lock]);
            }
            // Its 32 bytes of configuration, and slots in blocks and words.
            (0x02, 0x80, [0, 0], []) => self.answer(&CONFIGURATION),
            (0x02, 0x82, [place, block], []) => {
                let content = slot(place >> 3);
                self.answer(&content[usize::from(*block) * 32..][..32]);
            }
            (0x02, 0x02, [place, block], []) => {
                let start = usize::from(*block) * 32 + usize::from(place & 7) * 4;
                self.answer(&slot(place >> 3)[start..][..4]);
            }
            (0x40, 0x00, [0, 0], []) => {
                self.answer(&public_bytes(&public_key(&MAKERS).unwrap()));
            }
            (0x41, 0x80, [0, 0], []) => {
                let digest = self.digest.take().unwrap();
                self.answer(&sign(&MAKERS, &digest).unwrap());
            }
            (0x40, 0x04, [2, 0], []) if self.configured => {
                if !self.stuck {
                    self.made += 1;
                    self.private = Some([self.made; 32]);
                }
                let key = self.private.and_then(|key| public_key(&key)).unwrap();
                self.answer(&public_bytes(&key));
            }
            (0x40, 0x00, [2, 0], []) if key.is_some() => {
                self.answer(&public_bytes(&key.unwrap()));
            }
            (0x16, 0x03, [0, 0], digest) => {
                self.digest = Some(digest.try_into().unwrap());
                self.answer(&[0]);
            }
            (0x41, 0x80, [2, 0], []) if self.private.is_some() => {
                let digest = self.digest.take().unwrap();
                self.answer(&sign(&self.private.unwrap(), &digest).unwrap());
            }
            (0x40 | 0x41, ..) => self.answer(&[0x0F]),
            _ => self.answer(&[0x03]),
        }
    }
}

/// The key that the maker certified.
const MAKERS: [u8; 32] = [0x77; 32];

const CONFIGURATION: [u8; 32] = {
    let mut bytes = [0xEE; 32];
    let (mut at, serial) = (0, *b"\x01\x23ab....cdefg");
    while at < serial.len() {
        bytes[at] = serial[at];
        at += 1;
    }
    bytes
};

/// What lies in a slot: its number, and where each byte is.
fn slot(number: u8) -> Vec<u8> {
    (0..100_u8).map(|at| number << 4 ^ at).collect()
}

#[derive(Clone, Default)]
struct Bus(Rc<RefCell<Element>>);

const NOBODY: ErrorKind = ErrorKind::NoAcknowledge(NoAcknowledgeSource::Address);

impl ErrorType for Bus {
    type Error = ErrorKind;
}

impl I2c for Bus {
    fn transaction(
        &mut self,
        address: u8,
        operations: &mut [Operation<'_>],
    ) -> Result<(), ErrorKind> {
        let element = &mut *self.0.borrow_mut();
        for operation in operations {
            match operation {
                // Awake already, it does not care.
                Operation::Write(_) if address == 0 && element.awake => return Err(NOBODY),
                Operation::Write(_) if address == 0 => {
                    element.awake = true;
                    element.answer(&[0x11]);
                    element.busy = 0;
                    return Err(NOBODY);
                }
                _ if address != 0x35 || !element.awake => return Err(NOBODY),
                Operation::Write([0x01]) => (element.awake, element.digest) = (false, None),
                Operation::Write([0x03, command @ ..]) => element.execute(command),
                Operation::Write(_) => return Err(NOBODY),
                Operation::Read(_) if element.busy > 0 => {
                    element.busy -= 1;
                    return Err(NOBODY);
                }
                Operation::Read(buffer) => {
                    let answer = element.answer.iter().copied();
                    let padded = answer.chain(std::iter::repeat(0xFF));
                    buffer
                        .iter_mut()
                        .zip(padded)
                        .for_each(|(to, from)| *to = from);
                }
            }
        }
        Ok(())
    }
}

struct NoTime;

impl DelayNs for NoTime {
    fn delay_ns(&mut self, _: u32) {}
}

type Keys = SecureElement<Bus, NoTime>;

const REPLACED: Result<KeyFate, StorageFault> = Ok(KeyFate::Replaced { slot: 2 });

fn element() -> (Bus, Keys) {
    let bus = Bus::default();
    bus.0.borrow_mut().configured = true;
    let keys = SecureElement::new(Atecc608::new(bus.clone(), NoTime));
    (bus, keys)
}

#[test]
fn packets_carry_the_crc_that_the_element_documents() {
    assert_eq!(crc(&[0x04, 0x11]).to_le_bytes(), [0x33, 0x43]);
    assert_eq!(crc(&[0x07, 0x30, 0, 0, 0]).to_le_bytes(), [0x03, 0x5D]);
}

#[test]
fn a_key_is_made_once_and_its_signatures_verify() {
    let (bus, mut keys) = element();
    let mut chip = Model::new();
    assert_eq!(keys.public_key(&mut chip), None);
    assert_eq!(keys.sign(&mut chip, &[1; 32]), Err(Refusal::NoKey));
    let key = keys.make(&mut chip).unwrap();
    assert_eq!(keys.make(&mut chip), Ok(key));
    assert_eq!(keys.public_key(&mut chip), Some(key));
    let digest = sha256(b"message");
    let signature = keys.sign(&mut chip, &digest).unwrap();
    assert!(verify_raw(&key, &digest, &signature));
    assert_eq!(bus.0.borrow().made, 1);
    assert!(!bus.0.borrow().awake, "it was left awake");
}

#[test]
fn an_element_that_a_reset_left_awake_is_heard_again() {
    let (bus, mut keys) = element();
    bus.0.borrow_mut().awake = true;
    assert!(keys.is_ready());
    assert!(keys.make(&mut Model::new()).is_ok());
}

#[test]
fn a_zeroized_key_signs_no_more() {
    let (_, mut keys) = element();
    let mut chip = Model::new();
    let key = keys.make(&mut chip).unwrap();
    assert_eq!(keys.zeroize(&mut chip), REPLACED);
    let digest = sha256(b"message");
    let signature = keys.sign(&mut chip, &digest).unwrap();
    assert!(!verify_raw(&key, &digest, &signature));
}

#[test]
fn a_key_without_a_record_is_destroyed_too() {
    let (bus, mut keys) = element();
    let mut chip = Model::new();
    chip.power = 1;
    assert!(keys.make(&mut chip).is_err());
    let mut chip = chip.restarted();
    let orphan = bus.0.borrow().private;
    assert_eq!(keys.zeroize(&mut chip), REPLACED);
    assert_ne!(bus.0.borrow().private, orphan);
}

#[test]
fn an_element_that_keeps_its_key_is_not_reported_as_zeroized() {
    let (bus, mut keys) = element();
    let mut chip = Model::new();
    keys.make(&mut chip).unwrap();
    bus.0.borrow_mut().stuck = true;
    assert_eq!(keys.zeroize(&mut chip), Err(StorageFault(0)));
}

#[test]
fn an_unconfigured_absent_or_garbling_element_makes_no_key() {
    let mut chip = Model::new();
    let (bus, mut keys) = element();
    bus.0.borrow_mut().configured = false;
    assert!(!keys.is_ready());
    assert_eq!(keys.make(&mut chip), Err(Refusal::ElementUnlocked));
    assert_eq!(keys.zeroize(&mut chip), Err(StorageFault(0x0F)));
    bus.0.borrow_mut().garbles = true;
    assert_eq!(keys.make(&mut chip), Err(Refusal::SecureElement(0xFF)));
    assert_eq!(keys.public_key(&mut chip), None);
}

#[test]
fn what_the_maker_put_there_is_read_from_its_places() {
    let (_, mut keys) = element();
    let mut read = |file| {
        let keys: &mut dyn KeyStore<Model> = &mut keys;
        let mut room = [0; MAX_ELEMENT_FILE];
        keys.read_element(file, &mut room).map(<[u8]>::to_vec)
    };
    let serial = b"\x01\x23abcdefg".to_vec();
    assert_eq!(read(ElementFile::SerialNumber), Ok(serial));
    assert_eq!(read(ElementFile::Eui48), Ok(slot(5)[..12].to_vec()));
    let key = public_bytes(&public_key(&MAKERS).unwrap());
    assert_eq!(read(ElementFile::PublicKey), Ok(key.to_vec()));
    for (file, number) in [
        (ElementFile::DeviceCertificate, 10),
        (ElementFile::SignerKey, 11),
        (ElementFile::SignerCertificate, 12),
    ] {
        assert_eq!(read(file), Ok(slot(number)[..72].to_vec()), "{file:?}");
    }
}

#[test]
fn the_certified_key_signs_and_a_wipe_leaves_it() {
    let (_, mut keys) = element();
    let mut chip = Model::new();
    keys.make(&mut chip).unwrap();
    let certified = public_key(&MAKERS).unwrap();
    let digest = sha256(b"statement");
    let prove = |keys: &mut Keys| KeyStore::<Model>::prove_element(keys, &digest).unwrap();
    assert!(verify_raw(&certified, &digest, &prove(&mut keys)));
    assert_eq!(keys.zeroize(&mut chip), REPLACED);
    assert!(verify_raw(&certified, &digest, &prove(&mut keys)));
}

/// The element may be out of reach while the wipe is ordered.
#[test]
fn a_key_that_a_wipe_could_not_replace_is_replaced_at_the_next_start() {
    let (bus, mut keys) = element();
    let mut chip = Model::new();
    keys.make(&mut chip).unwrap();
    bus.0.borrow_mut().garbles = true;
    let left = WipeReport {
        key: KeyFate::Remains,
        nvs_erased: true,
    };
    assert_eq!(wipe::wipe(&mut chip, &mut keys), Ok(left));
    assert_eq!(wipe::report(&mut chip), Some(left));
    bus.0.borrow_mut().garbles = false;
    wipe::resume(&mut chip, &mut keys);
    let whole = WipeReport {
        key: KeyFate::Replaced { slot: 2 },
        nvs_erased: true,
    };
    assert_eq!(wipe::report(&mut chip), Some(whole));
    let made = bus.0.borrow().made;
    wipe::resume(&mut chip, &mut keys);
    assert_eq!(bus.0.borrow().made, made);
}
