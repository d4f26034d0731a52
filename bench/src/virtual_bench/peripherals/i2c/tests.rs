use super::*;
use crate::virtual_bench::secure_element::{Element, ElementPreset};

/// 16 MHz and CCR 80: 100 kHz, a byte takes 90 µs.
const BYTE: Nanos = 90_000;
const PERIOD: Nanos = 10_000;
const WAKE_DELAY: Nanos = 1_500_000;
const READ_ADDRESS: u32 = 0x6B;

struct Bus {
    i2c: I2c,
    element: Option<Element>,
    now: Nanos,
}

impl Bus {
    fn new(element: Option<Element>) -> Self {
        let mut i2c = I2c::new();
        i2c.set_clock(16_000_000);
        let mut bus = Self {
            i2c,
            element,
            now: 0,
        };
        bus.write(CCR, 80);
        bus.write(CR1, cr1::PE);
        bus
    }

    fn with_element() -> Self {
        Self::new(Some(Element::new(ElementPreset::Configured, Some(1))))
    }

    fn read(&mut self, offset: u32) -> u32 {
        let element = self.element.as_mut();
        let value = self.i2c.read(offset, self.now, &mut Wire { element });
        value.unwrap()
    }

    fn write(&mut self, offset: u32, value: u32) {
        let element = self.element.as_mut();
        let done = self
            .i2c
            .write(offset, value, self.now, &mut Wire { element });
        done.unwrap();
    }

    fn pass(&mut self, time: Nanos) {
        self.now += time;
    }

    fn start(&mut self, address: u32, flags: u32) {
        self.write(CR1, cr1::PE | cr1::START | flags);
        self.pass(PERIOD);
        assert_eq!(self.read(SR1) & sr1::SB, sr1::SB);
        // Drivers look here before they write the address.
        assert_eq!(self.read(SR2) & sr2::MSL, sr2::MSL);
        self.write(DR, address);
        self.pass(BYTE);
    }

    /// The element awake, with its four-byte answer to that, and its address acknowledged.
    fn answering(flags: u32) -> Self {
        let mut bus = Self::with_element();
        bus.start(0, 0);
        assert_eq!(bus.read(SR1) & sr1::AF, sr1::AF);
        bus.write(SR1, 0);
        bus.pass(WAKE_DELAY);
        bus.start(READ_ADDRESS, flags);
        assert_eq!(bus.read(SR1), sr1::ADDR);
        bus
    }
}

#[test]
fn a_start_takes_its_time_and_makes_a_master() {
    let mut bus = Bus::new(None);
    bus.write(CR1, cr1::PE | cr1::START);
    bus.pass(PERIOD - 1);
    assert_eq!((bus.read(SR1), bus.read(SR2)), (0, sr2::BUSY));
    bus.pass(1);
    assert_eq!(bus.read(SR1), sr1::SB);
    assert_eq!(bus.read(SR2), sr2::MSL | sr2::BUSY);
    assert_eq!(bus.read(CR1) & cr1::START, 0);
}

#[test]
fn an_address_that_nobody_has_is_not_acknowledged_and_stop_frees_the_bus() {
    let mut bus = Bus::new(None);
    bus.start(0xA0, 0);
    assert_eq!(bus.read(SR1), sr1::AF);
    bus.write(CR1, cr1::PE | cr1::STOP);
    assert_eq!(bus.read(CR1) & cr1::STOP, cr1::STOP);
    bus.pass(PERIOD);
    assert_eq!(bus.read(CR1) & cr1::STOP, 0);
    assert_eq!(bus.read(SR2), 0);
    bus.write(SR1, 0);
    assert_eq!(bus.read(SR1), 0);
}

#[test]
fn the_line_waits_until_addr_is_cleared() {
    let mut bus = Bus::answering(cr1::ACK);
    bus.pass(100 * BYTE);
    assert_eq!(bus.read(SR1), sr1::ADDR);
    bus.read(SR2);
    bus.pass(BYTE - 1);
    assert_eq!(bus.read(SR1), 0);
    bus.pass(1);
    assert_eq!(bus.read(SR1), sr1::RXNE);
}

/// §27.3.3 "Closing the communication", a single byte.
#[test]
fn one_byte_is_received_with_nack_and_stop() {
    let mut bus = Bus::answering(0);
    bus.read(SR2);
    bus.write(CR1, cr1::PE | cr1::STOP);
    bus.pass(BYTE + PERIOD);
    assert_eq!(bus.read(SR1), sr1::RXNE);
    assert_eq!(bus.read(DR), 0x04);
    assert_eq!((bus.read(SR1), bus.read(SR2)), (0, 0));
}

/// §27.3.3, two bytes: POS moves the NACK to the second, and BTF says that both are there.
#[test]
fn two_bytes_are_received_with_pos_and_btf() {
    let mut bus = Bus::answering(cr1::ACK | cr1::POS);
    bus.read(SR2);
    bus.write(CR1, cr1::PE | cr1::POS);
    bus.pass(2 * BYTE);
    assert_eq!(bus.read(SR1), sr1::RXNE | sr1::BTF);
    bus.write(CR1, cr1::PE | cr1::STOP);
    assert_eq!([bus.read(DR), bus.read(DR)], [0x04, 0x11]);
    bus.pass(PERIOD);
    assert_eq!(bus.read(SR2), 0);
}

/// §27.3.3, more than two: a receiver that is not read holds the line with two bytes.
#[test]
fn a_slow_reader_loses_nothing() {
    let mut bus = Bus::answering(cr1::ACK);
    bus.read(SR2);
    bus.pass(10 * BYTE);
    assert_eq!(bus.read(SR1), sr1::RXNE | sr1::BTF);
    // N-2 is in DR and N-1 in the shift register.
    assert_eq!(bus.read(DR), 0x04);
    bus.pass(BYTE);
    assert_eq!(bus.read(SR1), sr1::RXNE | sr1::BTF);
    bus.write(CR1, cr1::PE);
    assert_eq!(bus.read(DR), 0x11);
    bus.write(CR1, cr1::PE | cr1::STOP);
    assert_eq!(bus.read(DR), 0x33);
    bus.pass(BYTE);
    assert_eq!(bus.read(DR), 0x43);
    bus.pass(PERIOD);
    assert_eq!(bus.read(SR2), 0);
}

#[test]
fn bytes_are_sent_one_behind_the_other() {
    let mut bus = Bus::answering(0);
    bus.read(SR2);
    bus.write(CR1, cr1::PE | cr1::STOP);
    bus.pass(BYTE + PERIOD);
    bus.read(DR);
    bus.start(0x6A, 0);
    assert_eq!(bus.read(SR1), sr1::ADDR);
    bus.read(SR2);
    assert_eq!(bus.read(SR1), sr1::TXE);
    bus.write(DR, 0x00);
    assert_eq!(bus.read(SR1), sr1::TXE);
    bus.write(DR, 0x00);
    assert_eq!(bus.read(SR1), 0);
    bus.pass(BYTE);
    assert_eq!(bus.read(SR1), sr1::TXE);
    bus.pass(BYTE);
    assert_eq!(bus.read(SR1), sr1::TXE | sr1::BTF);
    assert_eq!(bus.read(SR2), sr2::MSL | sr2::BUSY | sr2::TRA);
}

#[test]
fn a_fast_bus_is_too_short_a_pulse_to_wake_the_element() {
    let mut bus = Bus::with_element();
    // 400 kHz: eight zero bits last 20 µs.
    bus.write(CR1, 0);
    bus.write(CCR, 20);
    bus.write(CR1, cr1::PE);
    bus.start(0, 0);
    bus.write(SR1, 0);
    bus.pass(WAKE_DELAY);
    bus.start(READ_ADDRESS, cr1::ACK);
    assert_eq!(bus.read(SR1), sr1::AF);
}

#[test]
fn switching_it_off_ends_everything() {
    let mut bus = Bus::answering(cr1::ACK);
    bus.write(CR1, 0);
    assert_eq!((bus.read(SR1), bus.read(SR2)), (0, 0));
}
