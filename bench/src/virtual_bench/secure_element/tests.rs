use p256::ecdsa::signature::hazmat::PrehashVerifier;
use p256::ecdsa::{Signature, VerifyingKey};

use super::packet::crc;
use super::{Element, ElementPreset};

const ADDRESS: u8 = 0x6A;
const MS: u64 = 1_000_000;
const LOW: u64 = 80_000;
const WATCHDOG: u64 = 1_300 * MS;

/// Speaks to an element as the bus does.
struct Bus {
    element: Element,
    now: u64,
}

impl Bus {
    fn with(preset: ElementPreset) -> Self {
        Self {
            element: Element::new(preset, Some(1)),
            now: 0,
        }
    }

    fn awake(preset: ElementPreset) -> Self {
        let mut bus = Self::with(preset);
        bus.wake();
        bus
    }

    fn wake(&mut self) {
        assert!(!self.element.addressed(0, LOW, self.now));
        self.now += 2 * MS;
        assert_eq!(self.read(4), Some(vec![0x04, 0x11, 0x33, 0x43]));
    }

    fn write(&mut self, bytes: &[u8]) -> bool {
        let heard = self.element.addressed(ADDRESS, LOW, self.now);
        if heard {
            bytes.iter().for_each(|byte| {
                self.element.receive(*byte);
            });
        }
        self.element.stop(self.now);
        heard
    }

    fn read(&mut self, length: usize) -> Option<Vec<u8>> {
        let heard = self.element.addressed(ADDRESS | 1, LOW, self.now);
        let bytes = heard.then(|| (0..length).map(|_| self.element.send()).collect());
        self.element.stop(self.now);
        bytes
    }

    fn send(&mut self, opcode: u8, first: u8, second: u16, data: &[u8]) {
        let [lo, hi] = second.to_le_bytes();
        let mut packet = vec![7 + data.len() as u8, opcode, first, lo, hi];
        packet.extend(data);
        let sum = crc(&packet);
        packet.extend(sum.to_le_bytes());
        packet.insert(0, 0x03);
        assert!(self.write(&packet));
    }

    /// The payload of the answer.
    fn ask(&mut self, opcode: u8, first: u8, second: u16, data: &[u8]) -> Vec<u8> {
        self.send(opcode, first, second, data);
        self.now += 120 * MS;
        let answer = self.read(67).unwrap();
        let count = usize::from(answer[0]);
        let (covered, sum) = answer[..count].split_at(count - 2);
        assert_eq!(crc(covered).to_le_bytes(), sum);
        covered[1..].to_vec()
    }
}

#[test]
fn asleep_it_answers_nobody_and_a_short_pulse_does_not_wake_it() {
    let mut bus = Bus::with(ElementPreset::Configured);
    assert_eq!(bus.read(4), None);
    bus.element.addressed(0, LOW / 4, bus.now);
    bus.now += 2 * MS;
    assert_eq!(bus.read(4), None);
    bus.wake();
}

#[test]
fn it_does_not_acknowledge_while_it_works_and_falls_asleep_by_itself() {
    let mut bus = Bus::awake(ElementPreset::Configured);
    bus.send(0x30, 0, 0, &[]);
    assert_eq!(bus.read(7), None);
    bus.now += 5 * MS;
    assert_eq!(
        bus.read(5).map(|it| it[1..5].to_vec()),
        Some(vec![0, 0, 0x60, 3])
    );
    bus.now += WATCHDOG;
    assert_eq!(bus.read(4), None);
}

#[test]
fn a_garbled_packet_and_an_unknown_command_get_their_status() {
    let mut bus = Bus::awake(ElementPreset::Configured);
    assert!(bus.write(&[0x03, 0x07, 0x30, 0, 0, 0, 0x12, 0x34]));
    assert_eq!(bus.read(4).map(|it| it[1]), Some(0xFF));
    assert_eq!(bus.ask(0x99, 0, 0, &[]), [0x03]);
}

#[test]
fn keys_are_made_only_once_the_configuration_is_locked() {
    let mut bus = Bus::awake(ElementPreset::Unlocked);
    assert_eq!(bus.ask(0x02, 0, 0x15, &[]), [0, 0, 0x55, 0x55]);
    assert_eq!(bus.ask(0x40, 0x04, 2, &[]), [0x0F]);
    assert_eq!(bus.ask(0x17, 0x80, 0, &[]), [0]);
    assert_eq!(bus.ask(0x17, 0x80, 0, &[]), [0x0F], "locked twice");
    assert_eq!(bus.ask(0x40, 0x00, 2, &[]), [0x0F], "no key yet");
    assert_eq!(bus.ask(0x40, 0x04, 0, &[]), [0x0F], "slot 0 is for ever");
    assert_eq!(
        bus.ask(0x40, 0x04, 10, &[]),
        [0x0F],
        "slot 10 is for no key"
    );
    let made = bus.ask(0x40, 0x04, 2, &[]);
    bus.write(&[0x01]);
    bus.wake();
    assert_eq!(bus.ask(0x40, 0x00, 2, &[]), made);
    assert_eq!(bus.ask(0x17, 0x8A, 0, &[]), [0]);
    assert_eq!(bus.ask(0x40, 0x04, 2, &[]), [0x0F], "the slot is locked");
}

#[test]
fn it_signs_the_digest_in_temp_key_once() {
    let mut bus = Bus::awake(ElementPreset::Configured);
    let point = [&[4][..], &bus.ask(0x40, 0x04, 2, &[])].concat();
    let key = VerifyingKey::from_sec1_bytes(&point).unwrap();
    assert_eq!(bus.ask(0x41, 0x80, 2, &[]), [0x0F], "no digest");
    assert_eq!(bus.ask(0x16, 0x03, 0, &[7; 32]), [0]);
    let signature = Signature::from_slice(&bus.ask(0x41, 0x80, 2, &[])).unwrap();
    assert!(key.verify_prehash(&[7; 32], &signature).is_ok());
    assert_eq!(bus.ask(0x41, 0x80, 2, &[]), [0x0F], "the digest is spent");
}

#[test]
fn idle_keeps_the_digest_and_sleep_forgets_it() {
    for (word, signs) in [(0x02, true), (0x01, false)] {
        let mut bus = Bus::awake(ElementPreset::Configured);
        bus.ask(0x40, 0x04, 2, &[]);
        bus.ask(0x16, 0x03, 0, &[7; 32]);
        bus.write(&[word]);
        bus.wake();
        assert_eq!(bus.ask(0x41, 0x80, 2, &[]).len() == 64, signs);
    }
}

#[test]
fn a_key_that_power_did_not_let_finish_is_the_old_one() {
    let mut bus = Bus::awake(ElementPreset::Configured);
    bus.ask(0x40, 0x04, 2, &[]);
    let before = bus.element.image();
    bus.send(0x40, 0x04, 2, &[]);
    bus.now += 50 * MS;
    bus.element.power_off(bus.now);
    assert_eq!(bus.element.image(), before);
}

#[test]
fn data_is_read_in_the_clear_only_where_it_is_public_and_once_it_is_locked() {
    let slot = |number: u16, block: u16| block << 8 | number << 3;
    let mut open = Bus::awake(ElementPreset::Unlocked);
    assert_eq!(open.ask(0x02, 0x82, slot(10, 0), &[]), [0x0F]);
    let mut bus = Bus::awake(ElementPreset::Configured);
    assert_eq!(bus.ask(0x02, 0x82, slot(10, 1), &[]).len(), 32);
    assert_eq!(bus.ask(0x02, 0x02, slot(10, 2) | 1, &[]).len(), 4);
    assert_eq!(bus.ask(0x02, 0x02, slot(10, 2) | 2, &[]), [0x03], "behind");
    for secret in [0, 2, 9] {
        assert_eq!(bus.ask(0x02, 0x82, slot(secret, 0), &[]), [0x0F]);
    }
}
