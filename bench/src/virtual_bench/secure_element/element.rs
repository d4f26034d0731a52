//! The element as the bus and the supply see it: asleep, awake, busy, answering.

use cradle_procedure::element::Point;

use super::command::{GEN_KEY, Random, TempKey, execute, execution_time};
use super::counterfeit::Counterfeit;
use super::maker::{Identity, Maker};
use super::packet::{Packet, Status, response};
use super::zones::Zones;
use crate::virtual_bench::fault::ElementFault;
use crate::virtual_bench::noise::Noise;
use crate::virtual_bench::peripherals::Nanos;

const MICROSECOND: Nanos = 1_000;
/// SDA must be low for this long to wake it (t_WLO, DS40002239 table "AC parameters").
const WAKE_LOW: Nanos = 60 * MICROSECOND;
/// From then until it listens (t_WHI).
const WAKE_DELAY: Nanos = 1_500 * MICROSECOND;
/// It falls asleep by itself, whatever it is doing (t_WATCHDOG, typical).
const WATCHDOG: Nanos = 1_300_000 * MICROSECOND;

/// Word addresses: what a write is about (DS40002239 §4 "Word address values").
const WORD_RESET: u8 = 0x00;
const WORD_SLEEP: u8 = 0x01;
const WORD_IDLE: u8 = 0x02;
const WORD_COMMAND: u8 = 0x03;

/// How the element comes to the board.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ElementPreset {
    /// As its maker delivers it: certified, configuration and data zone locked.
    Configured,
    /// Somebody forgot that: nothing is locked.
    Unlocked,
    /// Locked, and not from its maker.
    Counterfeit(Counterfeit),
}

#[derive(Debug)]
enum Power {
    /// Asleep, or idle, which differs in what TempKey does only.
    Asleep,
    Awake {
        listens_from: Nanos,
        until: Nanos,
    },
}

/// A command that is being executed; it takes effect at its end.
#[derive(Debug)]
struct Execution {
    packet: Packet,
    done: Nanos,
}

/// The element with its zones.
#[derive(Debug)]
pub(crate) struct Element {
    zones: Zones,
    random: Random,
    power: Power,
    temp_key: TempKey,
    execution: Option<Execution>,
    /// Bytes of the write under way.
    input: Vec<u8>,
    output: Vec<u8>,
    read_so_far: usize,
    now: Nanos,
    commands: u64,
    faults: Vec<(u64, ElementFault)>,
    silent: bool,
    bus_error: bool,
    /// Told in place of the public key of slot 0.
    tells: Option<Point>,
}

impl Element {
    /// `seed` fixes its serial number and its keys; without it they are drawn.
    pub(crate) fn new(preset: ElementPreset, seed: Option<u64>) -> Self {
        let random = seed.map_or(Random::OperatingSystem, |seed| {
            Random::Seeded(Noise::new(!seed))
        });
        let drawn = seed.unwrap_or_else(|| getrandom::u64().unwrap_or(0));
        let (zones, tells) = shipped(preset, &mut Noise::new(drawn))
            .unwrap_or_else(|| (Zones::shipped([0; 9]), None));
        Self {
            zones,
            random,
            power: Power::Asleep,
            temp_key: None,
            execution: None,
            input: Vec::new(),
            output: Vec::new(),
            read_so_far: 0,
            now: 0,
            commands: 0,
            faults: Vec::new(),
            silent: false,
            bus_error: false,
            tells,
        }
    }

    pub(crate) const IMAGE: usize = Zones::IMAGE;

    /// What it keeps without supply.
    pub(crate) fn image(&self) -> Vec<u8> {
        self.zones.image()
    }

    pub(crate) fn load(&mut self, image: &[u8; Self::IMAGE]) {
        self.zones = Zones::from_image(image);
    }

    /// Commands count from here on.
    pub(crate) fn arm(&mut self, faults: Vec<(u64, ElementFault)>) {
        self.faults = faults;
        self.commands = 0;
        self.silent = false;
    }

    /// Supply lost: what it was doing is undone, what it held in RAM is gone.
    pub(crate) fn power_off(&mut self, now: Nanos) {
        self.advance(now);
        self.sleep();
        self.silent = false;
    }

    fn sleep(&mut self) {
        self.power = Power::Asleep;
        self.temp_key = None;
        self.execution = None;
        self.output.clear();
    }

    fn advance(&mut self, now: Nanos) {
        self.now = now;
        if let Power::Awake { until, .. } = self.power
            && now >= until
        {
            self.finish(until);
            self.sleep();
        }
        self.finish(now);
    }

    /// Takes the effect of a command that is done by `now`.
    fn finish(&mut self, now: Nanos) {
        if let Some(execution) = self.execution.take_if(|execution| execution.done <= now) {
            let result = self.pretended(&execution.packet).unwrap_or_else(|| {
                execute(
                    &execution.packet,
                    &mut self.zones,
                    &mut self.temp_key,
                    &mut self.random,
                )
            });
            self.answer(&result.unwrap_or_else(|status| vec![status as u8]));
        }
    }

    /// The answer of an element that tells another one's public key.
    fn pretended(&self, packet: &Packet) -> Option<Result<Vec<u8>, Status>> {
        let asked = (packet.opcode, packet.first, packet.second) == (GEN_KEY, 0x00, 0);
        let point = self.tells.filter(|_| asked)?;
        Some(Ok(point.to_vec()))
    }

    fn answer(&mut self, payload: &[u8]) {
        self.output = response(payload);
        self.read_so_far = 0;
    }

    /// An address on the bus, with the time that its zero bits kept SDA low. True if the
    /// element acknowledges.
    pub(crate) fn addressed(&mut self, byte: u8, low: Nanos, now: Nanos) -> bool {
        self.advance(now);
        self.input.clear();
        if self.silent {
            return false;
        }
        match self.power {
            Power::Asleep => {
                if byte == 0 && low >= WAKE_LOW {
                    self.wake(now);
                }
                false
            }
            // It answers neither before it is awake nor while it works.
            Power::Awake { listens_from, .. } => {
                now >= listens_from && self.execution.is_none() && byte & !1 == self.zones.address()
            }
        }
    }

    fn wake(&mut self, now: Nanos) {
        self.power = Power::Awake {
            listens_from: now + WAKE_DELAY,
            until: now + WAKE_DELAY + WATCHDOG,
        };
        self.answer(&[Status::Woken as u8]);
    }

    /// A byte from the master; it acknowledges all of them.
    pub(crate) fn receive(&mut self, byte: u8) -> bool {
        self.input.push(byte);
        true
    }

    /// A byte for the master; behind its answer the bus reads as ones.
    pub(crate) fn send(&mut self) -> u8 {
        let byte = self.output.get(self.read_so_far).copied();
        self.read_so_far += 1;
        byte.unwrap_or(0xFF)
    }

    /// The end of a transfer: what was written is acted upon.
    pub(crate) fn stop(&mut self, now: Nanos) {
        self.advance(now);
        let input = std::mem::take(&mut self.input);
        match input.split_first() {
            Some((&WORD_RESET, _)) => self.read_so_far = 0,
            Some((&WORD_SLEEP, _)) => self.sleep(),
            Some((&WORD_IDLE, _)) => {
                let kept = self.temp_key.take();
                self.sleep();
                self.temp_key = kept;
            }
            Some((&WORD_COMMAND, packet)) => self.begin(packet, now),
            _ => {}
        }
    }

    fn begin(&mut self, bytes: &[u8], now: Nanos) {
        self.commands += 1;
        let count = self.commands;
        let due = self.faults.iter().find(|(nth, _)| *nth == count);
        let mut bytes = bytes.to_vec();
        match due.map(|(_, fault)| *fault) {
            Some(ElementFault::Silent) => {
                self.silent = true;
                return;
            }
            Some(ElementFault::BusError) => self.bus_error = true,
            Some(ElementFault::BitFlip) => {
                if let Some(byte) = bytes.get_mut(1) {
                    *byte ^= 0x80;
                }
            }
            None => {}
        }
        match Packet::parse(&bytes) {
            Some(packet) => {
                let time = execution_time(&packet).as_nanos() as Nanos;
                self.output.clear();
                self.execution = Some(Execution {
                    packet,
                    done: now + time,
                });
            }
            None => self.answer(&[Status::Communication as u8]),
        }
    }

    /// True once after a planned disturbance on the bus.
    pub(crate) fn take_bus_error(&mut self) -> bool {
        std::mem::take(&mut self.bus_error)
    }
}

/// What its zones hold when it comes to the board, and the public key it tells in place of its
/// own. `None` never: a number below the order of the curve is drawn.
fn shipped(preset: ElementPreset, noise: &mut Noise) -> Option<(Zones, Option<Point>)> {
    let own = drawn(noise)?;
    let other = drawn(noise)?;
    let (serial, files, tells) = match preset {
        ElementPreset::Counterfeit(kind) => (
            kind.serial(&own, &other),
            kind.files(&own, &other),
            kind.tells(&other),
        ),
        _ => (own.serial, Maker::of_training()?.certify(&own), None),
    };
    let mut zones = Zones::shipped(serial);
    zones.put_key(0, &own.key);
    if let Some(files) = files {
        files.put_into(&mut zones);
    }
    if preset != ElementPreset::Unlocked {
        zones.lock_configuration();
        zones.lock_data();
    }
    Some((zones, tells))
}

/// SN[0..2] and SN[8] are the same in all parts (DS20005927 table 2-5).
fn drawn(noise: &mut Noise) -> Option<Identity> {
    let [a, b, c, d, e, f, ..] = noise.next_u64().to_le_bytes();
    let key = Random::Seeded(noise.clone()).key()?;
    for _ in 0..4 {
        noise.next_u64();
    }
    Some(Identity {
        serial: [0x01, 0x23, a, b, c, d, e, f, 0xEE],
        key,
    })
}
