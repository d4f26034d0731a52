//! The memory map as the core and the debugger see it (RM0090 §2.3).
//!
//! Flash and SRAM are plain memory to the core's fetches and loads; only writes into
//! flash and accesses to registers take the lock on the peripherals.

use std::sync::atomic::{AtomicBool, AtomicU32, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use rsemu::core::error::{BusError, Error};
use rsemu::core::space::{AddressSpace, MappingId, MemAttrs, MemOps, MemResult, Perms, Region};
use rsemu::core::value::Width;

use super::memory::Memory;
use super::memory_map::{
    BLOCK, CCM_BASE, CCM_SIZE, DBGMCU_BASE, FLASH_BASE, FLASH_SIZE, OPTION_BYTES_BASE,
    OPTION_BYTES_SIZE, OTP_BASE, PERIPHERALS, SRAM_BASE, SRAM_SIZE, SYSTEM_END,
};
use super::peripherals::{BusFault, IrqLevels, Peripherals};
use super::read_set::ReadSet;

/// What the peripherals tell the run loop without taking part in it.
#[derive(Debug, Default)]
pub(crate) struct Signals {
    /// Something below has changed, or the flash has news.
    attention: AtomicBool,
    irqs: [AtomicU32; 3],
    /// Core clock cycles so far, as of the instruction under way.
    cycles: AtomicU64,
}

impl Signals {
    pub(crate) fn cycles(&self) -> u64 {
        self.cycles.load(Ordering::Relaxed)
    }

    pub(crate) fn set_cycles(&self, cycles: u64) {
        self.cycles.store(cycles, Ordering::Relaxed);
    }

    pub(crate) fn take_attention(&self) -> bool {
        self.attention.load(Ordering::Relaxed) && self.attention.swap(false, Ordering::Relaxed)
    }

    pub(crate) fn raise_attention(&self) {
        self.attention.store(true, Ordering::Relaxed);
    }

    pub(crate) fn irqs(&self) -> IrqLevels {
        self.irqs
            .each_ref()
            .map(|word| word.load(Ordering::Relaxed))
    }

    pub(crate) fn set_irqs(&self, levels: IrqLevels) {
        for (word, level) in self.irqs.iter().zip(levels) {
            if word.swap(level, Ordering::Relaxed) != level {
                self.raise_attention();
            }
        }
    }
}

/// Peripherals and signals, shared by all register windows.
#[derive(Debug, Clone)]
pub(crate) struct Shared {
    peripherals: Arc<Mutex<Peripherals>>,
    pub(crate) signals: Arc<Signals>,
}

impl Shared {
    fn new(peripherals: Peripherals) -> Self {
        Self {
            peripherals: Arc::new(Mutex::new(peripherals)),
            signals: Arc::default(),
        }
    }

    pub(crate) fn lock(&self) -> MutexGuard<'_, Peripherals> {
        self.peripherals
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
    }

    /// Runs one register access and passes on what it caused.
    fn access<T>(&self, access: impl FnOnce(&mut Peripherals, u64) -> T) -> T {
        let cycles = self.signals.cycles();
        let mut peripherals = self.lock();
        let result = access(&mut peripherals, cycles);
        self.signals.set_irqs(peripherals.irq_levels(cycles));
        if peripherals.usart1.has_outgoing() {
            self.signals.raise_attention();
        }
        result
    }
}

/// Windows that are not plain memory.
#[derive(Debug, Clone, Copy)]
enum Window {
    Peripherals,
    /// Writes into the main flash; reads never come here.
    FlashWrites,
    /// OTP bytes, unique ID and flash size.
    System,
    OptionBytes,
    DebugMcu,
}

#[derive(Debug)]
struct WindowOps {
    window: Window,
    base: u32,
    shared: Shared,
}

impl MemOps for WindowOps {
    fn read(&self, offset: u64, dst: &mut [u8], _: MemAttrs) -> MemResult {
        let address = self.base + offset as u32;
        let width = Width::from_bytes(dst.len() as u64).ok_or(BusError::BadAccess)?;
        let value = self.shared.access(|chip, cycles| match self.window {
            Window::Peripherals => chip.read(address, width, cycles),
            Window::DebugMcu => Ok(chip.debug_mcu_register(address) >> (8 * (address % 4))),
            Window::System => Ok(gather(dst.len(), |i| chip.system_byte(address + i))),
            Window::OptionBytes => Ok(gather(dst.len(), |i| {
                chip.flash
                    .options()
                    .memory_byte(address - OPTION_BYTES_BASE + i)
            })),
            Window::FlashWrites => Err(BusFault),
        });
        let value = value.map_err(|BusFault| BusError::Unassigned)?;
        for (byte, source) in dst.iter_mut().zip(value.to_le_bytes()) {
            *byte = source;
        }
        Ok(())
    }

    fn write(&self, offset: u64, src: &[u8], _: MemAttrs) -> MemResult {
        let address = self.base + offset as u32;
        let width = Width::from_bytes(src.len() as u64).ok_or(BusError::BadAccess)?;
        let value = gather(src.len(), |i| src[i as usize]);
        let result = self.shared.access(|chip, cycles| match self.window {
            Window::Peripherals => chip.write(address, width, value, cycles),
            Window::DebugMcu => {
                chip.debug_mcu.write(address - DBGMCU_BASE, value);
                Ok(())
            }
            Window::FlashWrites => {
                chip.flash.program(offset as u32, width, value);
                Ok(())
            }
            Window::System => {
                chip.flash.program_system(offset as u32, width, value);
                Ok(())
            }
            Window::OptionBytes => Err(BusFault),
        });
        self.shared.signals.raise_attention();
        result.map_err(|BusFault| BusError::Unassigned)
    }
}

fn gather(len: usize, byte: impl Fn(u32) -> u8) -> u32 {
    (0..len.min(4) as u32).fold(0, |word, i| word | u32::from(byte(i)) << (8 * i))
}

/// Address space of one chip.
#[derive(Debug)]
pub(crate) struct Bus {
    space: Arc<AddressSpace>,
    flash_views: Vec<MappingId>,
    flash_open: bool,
    flash: Memory,
    pub(crate) shared: Shared,
    sram: Memory,
    ccm: Memory,
}

impl Bus {
    /// With `watch`, fetches and loads from the main flash are noted there.
    pub(crate) fn new(peripherals: Peripherals, watch: Option<&ReadSet>) -> Result<Self, Error> {
        let flash = peripherals.flash.array().memory().clone();
        let shared = Shared::new(peripherals);
        let (sram, ccm) = (Memory::filled(SRAM_SIZE, 0), Memory::filled(CCM_SIZE, 0));
        let space = AddressSpace::new("stm32f405", 32);
        let mut flash_views = Vec::new();
        {
            let mut map = space.topology();
            // BOOT0 is tied low on the boards: the main flash also answers at 0
            // (RM0090 §2.4 "Boot configuration").
            for base in [0, FLASH_BASE] {
                let reads = match watch {
                    Some(reads) => reads.over(&flash),
                    None => Region::ram("flash", flash.store()),
                };
                flash_views.push(map.map_with_perms(reads, u64::from(base), Perms::RX)?);
                let writes = window(Window::FlashWrites, base, FLASH_SIZE, &shared);
                map.map_with_perms(writes, u64::from(base), Perms::WRITE)?;
            }
            let ram = Region::ram("sram", sram.store());
            map.map(ram, u64::from(SRAM_BASE))?;
            let core_coupled = Region::ram("ccm", ccm.store());
            map.map_with_perms(core_coupled, u64::from(CCM_BASE), Perms::RW)?;
            for (kind, base, len) in [
                (
                    Window::Peripherals,
                    PERIPHERALS.start,
                    PERIPHERALS.end - PERIPHERALS.start,
                ),
                (Window::System, OTP_BASE, SYSTEM_END - OTP_BASE),
                (Window::OptionBytes, OPTION_BYTES_BASE, OPTION_BYTES_SIZE),
                (Window::DebugMcu, DBGMCU_BASE, BLOCK),
            ] {
                map.map(window(kind, base, len, &shared), u64::from(base))?;
            }
        }
        Ok(Self {
            space: Arc::new(space),
            flash_views,
            flash_open: true,
            flash,
            shared,
            sram,
            ccm,
        })
    }

    pub(crate) fn space(&self) -> Arc<AddressSpace> {
        Arc::clone(&self.space)
    }

    /// Opens or closes the main flash for reads, as read protection wants it.
    pub(crate) fn follow_protection(&mut self) {
        let open = !self.shared.lock().flash.is_closed();
        if open == self.flash_open {
            return;
        }
        self.flash_open = open;
        let perms = if open { Perms::RX } else { Perms::NONE };
        let mut map = self.space.topology();
        for view in &self.flash_views {
            // The mapping was made in `new` and is never removed.
            let _ = map.reprotect(*view, perms);
        }
    }

    /// What is in volatile memory after power-on is not defined; a fixed pattern that
    /// is neither 0 nor erased flash shows who relies on it.
    pub(crate) fn scramble_volatile(&self) {
        self.sram.fill(0, SRAM_SIZE, 0xA5);
        self.ccm.fill(0, CCM_SIZE, 0xA5);
    }

    /// The halfword that a fetch at `pc` would get from flash or SRAM.
    pub(crate) fn peek_code(&self, pc: u32) -> Option<u32> {
        let code = |memory: &Memory, base: u32| {
            let offset = pc.checked_sub(base)?;
            (offset < memory.len()).then(|| memory.read(offset, Width::U16))
        };
        let flash = || code(&self.flash, FLASH_BASE).or_else(|| code(&self.flash, 0));
        code(&self.sram, SRAM_BASE).or_else(|| flash().filter(|_| self.flash_open))
    }

    pub(crate) fn read(&self, address: u32, width: Width) -> Result<u32, BusFault> {
        self.space
            .read(u64::from(address), width, MemAttrs::DEFAULT)
            .map(|value| value as u32)
            .map_err(|_| BusFault)
    }

    pub(crate) fn write(&self, address: u32, width: Width, value: u32) -> Result<(), BusFault> {
        self.space
            .write(
                u64::from(address),
                width,
                u64::from(value),
                MemAttrs::DEFAULT,
            )
            .map_err(|_| BusFault)
    }
}

fn window(window: Window, base: u32, len: u32, shared: &Shared) -> Region {
    let ops = WindowOps {
        window,
        base,
        shared: shared.clone(),
    };
    Region::io("registers", u64::from(len), Arc::new(ops))
}
