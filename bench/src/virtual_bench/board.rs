//! One board in a slot: the chip, its supply and reset line, its serial cable, and the
//! thread that runs its core.

use std::io;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread;
use std::time::Instant;

use probe_rs::probe::Probe;

use super::board_config::BoardConfig;
use super::chip::{Chip, LinkError, Rest, Transfer};
use super::counters::Counters;
use super::fault::FaultPlan;
use super::link::LinkModel;
use super::probe::{Socket, VirtualProbe};
use super::remains::{Operation, Remains};
use super::secure_element::Element;
use super::snapshot;
use super::uart_pty::UartPty;

/// Bytes on their way to the chip before the host program has to wait.
const UART_BACKLOG: usize = 1024;

/// A handle to one board. Clones mean the same board; it is switched off and gone when
/// the last of them is dropped.
#[derive(Debug, Clone)]
pub struct Board(Arc<Handle>);

#[derive(Debug)]
struct Handle(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    chip: Mutex<Chip>,
    /// Threads that wait for the chip; the runner makes way for them.
    waiting: AtomicUsize,
    wake: Condvar,
    closing: AtomicBool,
    pty: UartPty,
    config: BoardConfig,
}

impl Drop for Handle {
    fn drop(&mut self) {
        self.0.closing.store(true, Ordering::Relaxed);
        self.0.with_chip(Chip::power_off);
        self.0.wake.notify_all();
    }
}

impl Inner {
    fn lock(&self) -> MutexGuard<'_, Chip> {
        self.chip.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn with_chip<T>(&self, work: impl FnOnce(&mut Chip) -> T) -> T {
        self.waiting.fetch_add(1, Ordering::SeqCst);
        let mut chip = self.lock();
        self.waiting.fetch_sub(1, Ordering::SeqCst);
        let result = work(&mut chip);
        let runs = chip.is_running();
        drop(chip);
        if runs {
            self.wake.notify_all();
        }
        result
    }

    fn is_closing(&self) -> bool {
        self.closing.load(Ordering::Relaxed)
    }

    fn run_core(&self) {
        while !self.is_closing() {
            let mut chip = self.lock();
            let rest = chip.run(&self.waiting);
            let sent = chip.uart_take();
            if !sent.is_empty() {
                self.pty.send(&sent);
            }
            match rest {
                Rest::Not => drop(chip),
                // The handle may have been dropped before the lock was taken.
                Rest::UntilWoken if self.is_closing() => return,
                Rest::UntilWoken => drop(self.wake.wait(chip)),
                Rest::For(time) => {
                    let start = Instant::now();
                    let (mut chip, _) = self
                        .wake
                        .wait_timeout(chip, time)
                        .unwrap_or_else(PoisonError::into_inner);
                    let passed = start.elapsed().min(time);
                    chip.slept(u64::try_from(passed.as_nanos()).unwrap_or(u64::MAX));
                }
            }
            while self.waiting.load(Ordering::SeqCst) > 0 {
                thread::yield_now();
            }
        }
    }

    fn listen_to_uart(&self) {
        let mut buffer = [0; 256];
        while !self.is_closing() {
            if self.with_chip(|chip| chip.uart_backlog()) > UART_BACKLOG {
                thread::sleep(std::time::Duration::from_millis(1));
                continue;
            }
            let received = self.pty.receive(&mut buffer);
            if received > 0 {
                self.with_chip(|chip| chip.uart_arrive(&buffer[..received]));
            }
        }
    }
}

impl Board {
    /// Puts a board on the bench and switches it on.
    pub(crate) fn new(name: &str, config: BoardConfig) -> io::Result<Self> {
        Self::build(name, config, |_| Ok(()))
    }

    /// A board whose non-volatile memory comes from an earlier [`Board::save`].
    pub(crate) fn restored(name: &str, mut config: BoardConfig, from: &Path) -> io::Result<Self> {
        config.uid = snapshot::uid(from)?;
        Self::build(name, config, |chip| snapshot::load(chip, from))
    }

    /// A board whose non-volatile memory was left like that by another.
    pub(crate) fn from_remains(
        name: &str,
        config: BoardConfig,
        remains: &Remains,
    ) -> io::Result<Self> {
        Self::build(name, config, |chip| {
            chip.peripherals_mut().flash.load(&remains.0);
            Ok(())
        })
    }

    fn build(
        name: &str,
        config: BoardConfig,
        prepare: impl FnOnce(&mut Chip) -> io::Result<()>,
    ) -> io::Result<Self> {
        let mut chip = Chip::new(&config);
        prepare(&mut chip)?;
        chip.power_on();
        let inner = Arc::new(Inner {
            chip: Mutex::new(chip),
            waiting: AtomicUsize::new(0),
            wake: Condvar::new(),
            closing: AtomicBool::new(false),
            pty: UartPty::open()?,
            config,
        });
        let board = Self(Arc::new(Handle(Arc::clone(&inner))));
        let core = Arc::clone(&inner);
        thread::Builder::new()
            .name(format!("core {name}"))
            .spawn(move || core.run_core())?;
        thread::Builder::new()
            .name(format!("uart {name}"))
            .spawn(move || inner.listen_to_uart())?;
        Ok(board)
    }

    fn with_chip<T>(&self, work: impl FnOnce(&mut Chip) -> T) -> T {
        self.0.0.with_chip(work)
    }

    /// A probe wired to this board, wherever it is.
    #[must_use]
    pub fn probe(&self) -> Probe {
        Probe::new(VirtualProbe::new(Socket::new(Some(self.clone()))))
    }

    /// The unique ID, as it lies in the chip's memory.
    #[must_use]
    pub fn uid(&self) -> [u8; 12] {
        self.with_chip(|chip| chip.peripherals().uid())
    }

    /// What the board was made with.
    #[must_use]
    pub fn config(&self) -> &BoardConfig {
        &self.0.0.config
    }

    /// Switches the supply off. Volatile memory and debug state are lost.
    pub fn power_off(&self) {
        self.with_chip(Chip::power_off);
    }

    /// Switches the supply on; the chip starts with a power-on reset.
    pub fn power_on(&self) {
        self.with_chip(Chip::power_on);
    }

    /// Off and on again.
    pub fn power_cycle(&self) {
        self.power_off();
        self.power_on();
    }

    /// Whether the supply is on. A planned power cut switches it off.
    #[must_use]
    pub fn is_powered(&self) -> bool {
        self.with_chip(|chip| chip.is_powered())
    }

    /// Pulls NRST low.
    pub fn hold_reset(&self) {
        self.with_chip(|chip| chip.set_reset_line(true));
    }

    /// Lets NRST go; the chip starts.
    pub fn release_reset(&self) {
        self.with_chip(|chip| chip.set_reset_line(false));
    }

    pub(crate) fn reset_line(&self) -> bool {
        self.with_chip(|chip| chip.reset_line())
    }

    /// Path of the serial port that ends at USART1 (PA9, PA10).
    #[must_use]
    pub fn uart_path(&self) -> PathBuf {
        self.0.0.pty.path().to_path_buf()
    }

    /// The main flash as it is, read behind the chip's back: 1 MiB.
    #[must_use]
    pub fn dump_flash(&self) -> Vec<u8> {
        self.with_chip(|chip| chip.peripherals().flash.array().memory().bytes().to_vec())
    }

    /// OTP blocks (512 bytes) and lock bytes (16).
    #[must_use]
    pub fn dump_otp(&self) -> Vec<u8> {
        self.with_chip(|chip| chip.peripherals().flash.otp().image())
    }

    /// The option bytes in the layout of `FLASH_OPTCR` (RM0090 §3.9.10), without
    /// `OPTLOCK` and `OPTSTRT`.
    #[must_use]
    pub fn option_bytes(&self) -> u32 {
        self.with_chip(|chip| chip.peripherals().flash.options().register())
    }

    /// What the secure element keeps, if there is one: configuration zone (128 bytes), OTP
    /// (64) and data zone (1,208), in which slot 0 has 36 bytes, the last 32 of them the
    /// private key.
    #[must_use]
    pub fn dump_element(&self) -> Option<Vec<u8>> {
        self.with_chip(|chip| chip.peripherals().element.as_ref().map(Element::image))
    }

    /// Writes what survives without supply to a directory: `flash.bin`, `otp.bin`,
    /// `option-bytes.bin`, `uid.bin` and, where there is a secure element, `element.bin`.
    ///
    /// # Errors
    /// What the file system reports.
    pub fn save(&self, directory: &Path) -> io::Result<()> {
        let uid = self.uid();
        self.with_chip(|chip| snapshot::save(chip, &uid, directory))
    }

    /// Replaces the fault plan. Operations count from here on.
    pub fn arm(&self, plan: FaultPlan) {
        self.with_chip(|chip| {
            let peripherals = chip.peripherals_mut();
            if let Some(element) = &mut peripherals.element {
                element.arm(plan.for_element());
            }
            peripherals.flash.arm(plan);
        });
    }

    /// Notes every operation on non-volatile memory from here on.
    pub fn start_record(&self) {
        self.with_chip(|chip| chip.peripherals_mut().flash.start_record());
    }

    /// The operations since [`Board::start_record`]; ends the record.
    #[must_use]
    pub fn take_record(&self) -> Vec<Operation> {
        let works = self.with_chip(|chip| chip.peripherals_mut().flash.take_record());
        works.into_iter().map(Operation).collect()
    }

    /// What would be left if the supply failed now.
    #[must_use]
    pub fn remains(&self) -> Remains {
        self.with_chip(|chip| Remains(chip.peripherals().flash.cells().duplicate()))
    }

    /// Plugs the debug cable in again after [`super::LinkFault::Drop`].
    pub fn reconnect_cable(&self) {
        self.with_chip(|chip| chip.set_cable(false));
    }

    /// What the board has done so far.
    #[must_use]
    pub fn counters(&self) -> Counters {
        self.with_chip(|chip| chip.counters())
    }

    pub(crate) fn link(&self) -> LinkModel {
        self.0.0.config.link
    }

    pub(crate) fn swj_sequence(&self, len: u8, bits: u64) {
        self.with_chip(|chip| chip.swj_sequence(len, bits));
    }

    /// Transfers in one go; the first that fails ends them.
    pub(crate) fn transfers(
        &self,
        transfers: impl ExactSizeIterator<Item = Transfer>,
        mut done: impl FnMut(usize, u32),
    ) -> Result<(), LinkError> {
        let mut time = self.link().transfer_time(transfers.len());
        let result = self.with_chip(|chip| {
            for (index, transfer) in transfers.enumerate() {
                let (result, stall) = chip.transfer(transfer);
                time += stall;
                done(index, result?);
            }
            chip.run_beside_transfer();
            Ok(())
        });
        if !time.is_zero() {
            thread::sleep(time);
        }
        result
    }
}
