//! The memory map as the core and the debugger see it (RM0090 §2.3).
//!
//! Flash and SRAM are plain memory to fetches and loads; writes into flash and accesses to
//! registers go through the peripherals, and may cause something there.

use super::bit_band;
use super::memory::Memory;
use super::memory_map::{
    BLOCK, CCM_BASE, CCM_SIZE, DBGMCU_BASE, FLASH_BASE, FLASH_SIZE, OPTION_BYTES_BASE,
    OPTION_BYTES_SIZE, OTP_BASE, PERIPHERALS, SRAM_BASE, SRAM_SIZE, SYSTEM_END,
};
use super::peripherals::{BusFault, IrqLevels, Peripherals};
use super::read_set::ReadSet;
use super::width::Width;

/// Why there is no instruction at an address.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum FetchFault {
    /// The architecture's memory map never executes there (DDI0403 B3.1).
    NoExecute,
    /// The bus refused.
    Bus,
}

/// Where an address leads.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Place {
    /// Offset into the main flash.
    Flash(u32),
    Sram(u32),
    CoreCoupled(u32),
    Peripherals,
    /// OTP bytes, unique ID and flash size.
    System,
    OptionBytes,
    DebugMcu,
}

impl Place {
    /// BOOT0 is tied low on the boards: the main flash also answers at 0
    /// (RM0090 §2.4 "Boot configuration").
    fn of(address: u32) -> Option<Self> {
        let inside = |base: u32, len: u32| address.wrapping_sub(base) < len;
        Some(match address {
            _ if inside(0, FLASH_SIZE) => Self::Flash(address),
            _ if inside(FLASH_BASE, FLASH_SIZE) => Self::Flash(address - FLASH_BASE),
            _ if inside(SRAM_BASE, SRAM_SIZE) => Self::Sram(address - SRAM_BASE),
            _ if inside(CCM_BASE, CCM_SIZE) => Self::CoreCoupled(address - CCM_BASE),
            _ if PERIPHERALS.contains(&address) => Self::Peripherals,
            OTP_BASE..SYSTEM_END => Self::System,
            _ if inside(OPTION_BYTES_BASE, OPTION_BYTES_SIZE) => Self::OptionBytes,
            _ if inside(DBGMCU_BASE, BLOCK) => Self::DebugMcu,
            _ => return None,
        })
    }
}

/// Address space of one chip, and everything in it but the core.
#[derive(Debug)]
pub(crate) struct Bus {
    pub(crate) peripherals: Peripherals,
    sram: Memory,
    ccm: Memory,
    flash_open: bool,
    /// Notes fetches and loads from the main flash.
    watch: Option<ReadSet>,
    irqs: IrqLevels,
    attention: bool,
}

impl Bus {
    pub(crate) fn new(peripherals: Peripherals, watch: Option<ReadSet>) -> Self {
        Self {
            peripherals,
            sram: Memory::filled(SRAM_SIZE, 0),
            ccm: Memory::filled(CCM_SIZE, 0),
            flash_open: true,
            watch,
            irqs: [0; 3],
            attention: false,
        }
    }

    /// What was noted, if somebody watches.
    pub(crate) fn watch(&self) -> Option<&ReadSet> {
        self.watch.as_ref()
    }

    pub(crate) fn into_watch(self) -> Option<ReadSet> {
        self.watch
    }

    /// Opens or closes the main flash for reads, as read protection wants it.
    pub(crate) fn follow_protection(&mut self) {
        self.flash_open = !self.peripherals.flash.is_closed();
    }

    /// What is in volatile memory after power-on is not defined; a fixed pattern that
    /// is neither 0 nor erased flash shows who relies on it.
    pub(crate) fn scramble_volatile(&mut self) {
        self.sram.fill(0, SRAM_SIZE, 0xA5);
        self.ccm.fill(0, CCM_SIZE, 0xA5);
    }

    /// True once after an access on which interrupts may have changed, or after which the
    /// flash or the serial line has news.
    pub(crate) fn take_attention(&mut self) -> bool {
        std::mem::take(&mut self.attention)
    }

    /// Whether [`Bus::take_attention`] would tell of something.
    pub(crate) fn wants_attention(&self) -> bool {
        self.attention
    }

    pub(crate) fn irqs(&self) -> IrqLevels {
        self.irqs
    }

    /// Reads the interrupt lines again.
    pub(crate) fn follow_irqs(&mut self, cycles: u64) {
        let levels = self.peripherals.irq_levels(cycles);
        self.attention |= levels != self.irqs;
        self.irqs = levels;
    }

    fn main_flash(&self) -> &Memory {
        self.peripherals.flash.array().memory()
    }

    /// Two halfwords of code, the first in the lower half. The second is 0 where memory ends.
    #[inline]
    pub(crate) fn fetch(&mut self, pc: u32) -> Result<u32, FetchFault> {
        let in_sram = pc.wrapping_sub(SRAM_BASE);
        if in_sram < SRAM_SIZE {
            return Ok(code(&self.sram, in_sram));
        }
        let in_flash = match pc.wrapping_sub(FLASH_BASE) {
            offset if offset < FLASH_SIZE => offset,
            _ if pc < FLASH_SIZE => pc,
            _ => return Err(Self::no_code(pc)),
        };
        if !self.flash_open {
            return Err(FetchFault::Bus);
        }
        let code = code(self.main_flash(), in_flash);
        if let Some(reads) = &mut self.watch {
            reads.fetched(in_flash);
            if code as u16 >> 11 >= 0b11101 {
                reads.fetched(in_flash + 2);
            }
        }
        Ok(code)
    }

    #[cold]
    fn no_code(pc: u32) -> FetchFault {
        match pc >> 29 {
            // Peripherals, external devices, and the core's own registers.
            0b010 | 0b101.. => FetchFault::NoExecute,
            _ => FetchFault::Bus,
        }
    }

    #[inline]
    pub(crate) fn load(
        &mut self,
        address: u32,
        width: Width,
        cycles: u64,
    ) -> Result<u32, BusFault> {
        if let Some(value) = self.sram.get(address.wrapping_sub(SRAM_BASE), width) {
            return Ok(value);
        }
        self.load_elsewhere(address, width, cycles)
    }

    #[inline(never)]
    fn load_elsewhere(&mut self, address: u32, width: Width, cycles: u64) -> Result<u32, BusFault> {
        if let Some((word, bit)) = bit_band::target(address) {
            return Ok(self.load(word, Width::U32, cycles)? >> bit & 1);
        }
        match Place::of(address).ok_or(BusFault)? {
            Place::Flash(offset) => self.load_flash(offset, width),
            Place::Sram(offset) => self.sram.get(offset, width).ok_or(BusFault),
            Place::CoreCoupled(offset) => self.ccm.get(offset, width).ok_or(BusFault),
            place => self.access(cycles, |chip| read(chip, place, address, width, cycles)),
        }
    }

    fn load_flash(&mut self, offset: u32, width: Width) -> Result<u32, BusFault> {
        if !self.flash_open {
            return Err(BusFault);
        }
        if let Some(reads) = &mut self.watch {
            reads.loaded(offset, width);
        }
        self.main_flash().get(offset, width).ok_or(BusFault)
    }

    #[inline]
    pub(crate) fn store(
        &mut self,
        address: u32,
        width: Width,
        value: u32,
        cycles: u64,
    ) -> Result<(), BusFault> {
        let in_sram = address.wrapping_sub(SRAM_BASE);
        if self.sram.put(in_sram, width, value).is_some() {
            return Ok(());
        }
        self.store_elsewhere(address, width, value, cycles)
    }

    #[inline(never)]
    fn store_elsewhere(
        &mut self,
        address: u32,
        width: Width,
        value: u32,
        cycles: u64,
    ) -> Result<(), BusFault> {
        if let Some((word, bit)) = bit_band::target(address) {
            let old = self.load(word, Width::U32, cycles)?;
            let new = old & !(1 << bit) | (value & 1) << bit;
            return self.store(word, Width::U32, new, cycles);
        }
        match Place::of(address).ok_or(BusFault)? {
            Place::Sram(offset) => self.sram.put(offset, width, value).ok_or(BusFault),
            Place::CoreCoupled(offset) => self.ccm.put(offset, width, value).ok_or(BusFault),
            place => {
                self.attention = true;
                self.access(cycles, |chip| {
                    write(chip, place, address, width, value, cycles)
                })
            }
        }
    }

    /// Runs one register access and passes on what it caused.
    fn access<T>(&mut self, cycles: u64, access: impl FnOnce(&mut Peripherals) -> T) -> T {
        let result = access(&mut self.peripherals);
        self.follow_irqs(cycles);
        self.attention |= self.peripherals.usart1.has_outgoing();
        result
    }
}

/// Two halfwords from an even offset.
#[inline]
fn code(memory: &Memory, offset: u32) -> u32 {
    match memory.get(offset, Width::U32) {
        Some(both) => both,
        None => memory.read(offset, Width::U16),
    }
}

/// Registers are reached at multiples of the width of the access.
fn read(
    chip: &mut Peripherals,
    place: Place,
    address: u32,
    width: Width,
    cycles: u64,
) -> Result<u32, BusFault> {
    if !width.aligns(address) {
        return Err(BusFault);
    }
    let gather = |byte: &dyn Fn(u32) -> u8| {
        (0..width.bytes()).fold(0, |word, i| word | u32::from(byte(address + i)) << (8 * i))
    };
    match place {
        Place::Peripherals => chip.read(address, width, cycles),
        Place::System => Ok(gather(&|at| chip.system_byte(at))),
        Place::OptionBytes => {
            let options = chip.flash.options();
            Ok(gather(&|at| options.memory_byte(at - OPTION_BYTES_BASE)))
        }
        Place::DebugMcu => {
            Ok(chip.debug_mcu_register(address) >> (8 * (address % 4)) & width.mask())
        }
        Place::Flash(_) | Place::Sram(_) | Place::CoreCoupled(_) => Err(BusFault),
    }
}

fn write(
    chip: &mut Peripherals,
    place: Place,
    address: u32,
    width: Width,
    value: u32,
    cycles: u64,
) -> Result<(), BusFault> {
    match place {
        Place::Flash(offset) => chip.flash.program(offset, width, value),
        Place::System => chip.flash.program_system(address - OTP_BASE, width, value),
        _ if !width.aligns(address) => return Err(BusFault),
        Place::Peripherals => return chip.write(address, width, value, cycles),
        Place::DebugMcu => chip.debug_mcu.write(address - DBGMCU_BASE, value),
        Place::OptionBytes | Place::Sram(_) | Place::CoreCoupled(_) => return Err(BusFault),
    }
    Ok(())
}
