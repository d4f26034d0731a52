//! One board in a slot: the chip, its supply, EN and IO0, its serial cable, and the threads that
//! run its core and listen to the line.

use std::io;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

use super::chip::EspChip;
use super::config::EspConfig;
use super::core::Trap;
use super::link::garble;
use super::nonvolatile::Operations;
use super::ram::Width;
use super::remains::{EspOperation, EspRemains};
use super::rom::BootMode;
use super::snapshot;
use crate::virtual_bench::chip::Rest;
use crate::virtual_bench::counters::FlashCounters;
use crate::virtual_bench::fault::FaultPlan;
use crate::virtual_bench::uart_pty::UartPty;

/// Bytes on their way to the chip before the host program has to wait.
const UART_BACKLOG: usize = 1024;

/// How long a host may leave its side of the line unread before bytes are lost.
const HOST_PATIENCE: Duration = Duration::from_millis(200);

/// A handle to one board. Clones mean the same board; it is switched off and gone when the last
/// of them is dropped.
#[derive(Debug, Clone)]
pub struct EspBoard(Arc<Handle>);

#[derive(Debug)]
struct Handle(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    chip: Mutex<EspChip>,
    /// Threads that wait for the chip; the runner makes way for them.
    waiting: AtomicUsize,
    wake: Condvar,
    closing: AtomicBool,
    pty: UartPty,
    config: EspConfig,
}

impl Drop for Handle {
    fn drop(&mut self) {
        self.0.closing.store(true, Ordering::Relaxed);
        self.0.with_chip(EspChip::power_off);
        self.0.wake.notify_all();
    }
}

impl Inner {
    fn lock(&self) -> MutexGuard<'_, EspChip> {
        self.chip.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn with_chip<T>(&self, work: impl FnOnce(&mut EspChip) -> T) -> T {
        self.waiting.fetch_add(1, Ordering::SeqCst);
        let mut chip = self.lock();
        self.waiting.fetch_sub(1, Ordering::SeqCst);
        let result = work(&mut chip);
        drop(chip);
        self.wake.notify_all();
        result
    }

    fn is_closing(&self) -> bool {
        self.closing.load(Ordering::Relaxed)
    }

    fn run_core(&self) {
        while !self.is_closing() {
            let mut chip = self.lock();
            let rest = chip.run(&self.waiting);
            let (sent, baud) = (chip.uart_take(), chip.baud());
            if !sent.is_empty() {
                drop(chip);
                self.send(&sent, baud);
                continue;
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
                    chip.slept(start.elapsed().min(time));
                }
            }
            while self.waiting.load(Ordering::SeqCst) > 0 {
                thread::yield_now();
            }
        }
    }

    /// Puts bytes on the line to the host, at the chip's rate.
    fn send(&self, bytes: &[u8], baud: u32) {
        let link = &self.config.link;
        thread::sleep(link.line_time(bytes.len(), baud));
        let host = self.pty.host_baud();
        if link.carries(host, baud) {
            self.pty.send_within(bytes, HOST_PATIENCE);
        } else {
            self.pty
                .send_within(&garble(bytes, baud, host), HOST_PATIENCE);
        }
    }

    fn listen_to_uart(&self) {
        let link = &self.config.link;
        let mut buffer = [0; 4096];
        while !self.is_closing() {
            if self.with_chip(|chip| chip.uart_backlog()) > UART_BACKLOG {
                thread::sleep(Duration::from_millis(1));
                continue;
            }
            let received = self.pty.receive(&mut buffer);
            if received > 0 {
                let host = self.pty.host_baud();
                thread::sleep(link.line_time(received, host));
                self.with_chip(|chip| chip.uart_arrive(&buffer[..received], host, link));
            }
        }
    }
}

impl EspBoard {
    /// Puts a board on the bench and switches it on.
    pub(crate) fn new(name: &str, config: EspConfig) -> io::Result<Self> {
        Self::build(name, config, |_| Ok(()))
    }

    /// A board whose non-volatile memory comes from an earlier [`EspBoard::save`].
    pub(crate) fn restored(name: &str, config: EspConfig, from: &Path) -> io::Result<Self> {
        Self::build(name, config, |store| snapshot::load(&mut store.cells, from))
    }

    /// A board whose non-volatile memory was left like that by another.
    pub(crate) fn from_remains(
        name: &str,
        config: EspConfig,
        remains: &EspRemains,
    ) -> io::Result<Self> {
        Self::build(name, config, |store| {
            store.cells = remains.0.clone();
            Ok(())
        })
    }

    fn build(
        name: &str,
        config: EspConfig,
        prepare: impl FnOnce(&mut Operations) -> io::Result<()>,
    ) -> io::Result<Self> {
        let mut chip = EspChip::new(&config);
        prepare(&mut chip.io().store)?;
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

    fn with_chip<T>(&self, work: impl FnOnce(&mut EspChip) -> T) -> T {
        self.0.0.with_chip(work)
    }

    /// What the board was made with.
    #[must_use]
    pub fn config(&self) -> &EspConfig {
        &self.0.0.config
    }

    /// Switches the supply off. Volatile memory is lost.
    pub fn power_off(&self) {
        self.with_chip(EspChip::power_off);
    }

    /// Switches the supply on; the chip boots as its strapping pins say.
    pub fn power_on(&self) {
        self.with_chip(EspChip::power_on);
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

    /// Pulls EN low.
    pub fn hold_reset(&self) {
        self.with_chip(|chip| chip.set_reset_line(true));
    }

    /// Lets EN go; the chip boots.
    pub fn release_reset(&self) {
        self.with_chip(|chip| chip.set_reset_line(false));
    }

    /// EN low and high again.
    pub fn reset(&self) {
        self.hold_reset();
        self.release_reset();
    }

    /// Holds IO0 (GPIO9) low, or lets it go. It counts at the next reset: low is download boot.
    pub fn set_download_strap(&self, low: bool) {
        let mode = if low {
            BootMode::Download
        } else {
            BootMode::Flash
        };
        self.with_chip(|chip| chip.set_strap(mode));
    }

    /// Path of the serial port that ends at UART0.
    #[must_use]
    pub fn uart_path(&self) -> PathBuf {
        self.0.0.pty.path().to_path_buf()
    }

    /// The flash as it is, read behind the chip's back: 4 MiB.
    #[must_use]
    pub fn dump_flash(&self) -> Vec<u8> {
        self.with_chip(|chip| chip.io().store.cells.flash().to_vec())
    }

    /// The data bytes of an eFuse block (0 to 10), read behind the chip's back: what RD_DIS
    /// hides is here too. 24 bytes of blocks 0 and 1, 32 of the others.
    #[must_use]
    pub fn dump_efuse_block(&self, block: usize) -> Vec<u8> {
        self.with_chip(|chip| chip.io().store.cells.fuses.read(block, 0).data)
    }

    /// Writes what survives without supply to a directory: `flash.bin` (4 MiB) and `efuse.bin`
    /// (blocks 0 to 10, each with the check bytes of its code).
    ///
    /// # Errors
    /// What the file system reports.
    pub fn save(&self, directory: &Path) -> io::Result<()> {
        let cells = self.with_chip(|chip| chip.io().store.cells.clone());
        snapshot::save(&cells, directory)
    }

    /// Replaces the fault plan. Operations count from here on.
    pub fn arm(&self, plan: FaultPlan) {
        self.with_chip(|chip| chip.io().store.arm(plan));
    }

    /// Notes every operation on flash and eFuses from here on.
    pub fn start_record(&self) {
        self.with_chip(|chip| chip.io().store.start_record());
    }

    /// The operations since [`EspBoard::start_record`]; ends the record.
    #[must_use]
    pub fn take_record(&self) -> Vec<EspOperation> {
        let works = self.with_chip(|chip| chip.io().store.take_record());
        works.into_iter().map(EspOperation).collect()
    }

    /// What would be left if the supply failed now.
    #[must_use]
    pub fn remains(&self) -> EspRemains {
        self.with_chip(|chip| EspRemains(chip.io().store.cells.clone()))
    }

    /// Plugs the serial cable in again after [`crate::virtual_bench::LinkFault::Drop`].
    pub fn reconnect_cable(&self) {
        self.with_chip(EspChip::reconnect_cable);
    }

    /// The 12 bytes that stand for the chip's identity: factory MAC address as it is printed,
    /// then the first six bytes of OPTIONAL_UNIQUE_ID.
    #[must_use]
    pub fn uid(&self) -> [u8; 12] {
        let (mac, unique) = (self.dump_efuse_block(1), self.dump_efuse_block(2));
        let mut uid = [0; 12];
        for (byte, source) in uid.iter_mut().zip(mac[..6].iter().rev().chain(&unique)) {
            *byte = *source;
        }
        uid
    }

    /// Operations on flash and eFuses so far: pages programmed, sectors and blocks erased, chip
    /// erases, eFuse blocks burnt.
    #[must_use]
    pub fn counters(&self) -> FlashCounters {
        self.with_chip(|chip| chip.io().store.counters)
    }

    /// Frames from the host so far, to the loader and to programs. What a [`FaultPlan`] calls a
    /// transfer.
    #[must_use]
    pub fn transfers(&self) -> u64 {
        self.with_chip(|chip| chip.transfers())
    }

    /// Instructions that the core has executed so far.
    #[must_use]
    pub fn instructions(&self) -> u64 {
        self.with_chip(|chip| chip.instructions())
    }

    /// The last exception of the program that runs, or did until it crashed; `None` when there
    /// was none since the reset.
    #[must_use]
    pub fn last_trap(&self) -> Option<Trap> {
        self.with_chip(|chip| chip.last_trap())
    }

    /// Puts a program into RAM and starts it, as the ROM loader does at the host's command:
    /// parts by their addresses, watchdogs off, the stack pointer at the ROM's stack.
    ///
    /// # Errors
    /// When a part does not lie in RAM.
    pub fn execute(&self, parts: &[(u32, &[u8])], entry: u32) -> io::Result<()> {
        self.with_chip(|chip| chip.execute(parts, entry))
            .ok_or_else(|| io::Error::new(io::ErrorKind::InvalidInput, "not in RAM"))
    }

    /// RAM as the core sees it.
    ///
    /// # Errors
    /// When a part of it does not lie in RAM.
    pub fn read_ram(&self, address: u32, len: u32) -> io::Result<Vec<u8>> {
        let bytes = self.with_chip(|chip| {
            let ram = chip.ram();
            let byte = |at| ram.load(at, Width::Byte).map(|byte| byte as u8);
            (address..address.saturating_add(len)).map(byte).collect()
        });
        let missing = || io::Error::new(io::ErrorKind::InvalidInput, "not in RAM");
        Option::ok_or_else(bytes, missing)
    }
}
