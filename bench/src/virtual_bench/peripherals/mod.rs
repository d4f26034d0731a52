//! Everything on the chip that is not core or memory, and its address decoder.

mod clock;
mod debug_mcu;
mod gpio;
mod i2c;
mod iwdg;
mod pwr;
mod rcc;
mod register_file;
mod rng;
mod usart;

pub(crate) use clock::{Clock, Nanos};
pub(crate) use rcc::ResetCause;

use self::debug_mcu::DebugMcu;
use self::gpio::Gpio;
use self::i2c::{I2c, Wire};
use self::iwdg::Iwdg;
use self::pwr::Pwr;
use self::rcc::{PeripheralReset, Rcc};
use self::register_file::RegisterFile;
use self::rng::Rng;
use self::usart::Usart;
use super::board_config::BoardConfig;
use super::flash::{Cells, FlashController, OptionBytes, Otp};
use super::memory_map::{
    BLOCK, DBGMCU_BASE, EXTI_BASE, FLASH_REG_BASE, FLASH_SIZE_REGISTER, GPIOA_BASE, GPIOI_END,
    I2C1_BASE, I2C2_BASE, I2C3_BASE, IWDG_BASE, OTP_BASE, PWR_BASE, RCC_BASE, RNG_BASE,
    RTC_BKP_BASE, SYSCFG_BASE, UID_BASE, USART1_BASE,
};
use super::secure_element::Element;
use super::width::Width;

/// Positions in the vector table (RM0090 §12.2, table 61).
const IRQ_FLASH: u16 = 4;
/// Event and error of I2C1 to I2C3.
const IRQ_I2C: [(u16, u16); 3] = [(31, 32), (33, 34), (72, 73)];
const IRQ_USART1: u16 = 37;
const IRQ_RNG: u16 = 80;

/// Levels of the interrupt lines, one bit per position.
pub(crate) type IrqLevels = [u32; 3];

/// What an access found when no register answers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct BusFault;

/// The register blocks the decoder knows.
#[derive(Debug, Clone, Copy)]
enum Block {
    Flash,
    Rcc,
    Pwr,
    Rng,
    Usart1,
    Iwdg,
    Gpio(usize),
    /// I2C1 to I2C3, from 0.
    I2c(usize),
    File(usize),
}

impl Block {
    /// Which block holds `address`, and where in it. What is not listed is not
    /// modelled, and faults, so that nothing relies on it unnoticed.
    fn decode(address: u32) -> Option<(Self, u32)> {
        let offset = address % BLOCK;
        let block = match address - offset {
            FLASH_REG_BASE => Self::Flash,
            RCC_BASE => Self::Rcc,
            PWR_BASE => Self::Pwr,
            RNG_BASE => Self::Rng,
            USART1_BASE => Self::Usart1,
            IWDG_BASE => Self::Iwdg,
            base @ GPIOA_BASE..GPIOI_END => Self::Gpio(((base - GPIOA_BASE) / BLOCK) as usize),
            RTC_BKP_BASE => Self::File(0),
            I2C1_BASE => Self::I2c(0),
            I2C2_BASE => Self::I2c(1),
            I2C3_BASE => Self::I2c(2),
            SYSCFG_BASE => Self::File(1),
            EXTI_BASE => Self::File(2),
            _ => return None,
        };
        Some((block, offset))
    }

    /// Blocks on an APB see a narrow write repeated over all 32 bits; those on the AHB
    /// see only the bytes written (RM0090 §2.3 "Memory organization").
    fn is_on_apb(self) -> bool {
        matches!(
            self,
            Self::Pwr | Self::Usart1 | Self::Iwdg | Self::I2c(_) | Self::File(_)
        )
    }
}

#[derive(Debug)]
pub(crate) struct Peripherals {
    pub(crate) flash: FlashController,
    pub(crate) rcc: Rcc,
    pub(crate) usart1: Usart,
    pub(crate) iwdg: Iwdg,
    pub(crate) debug_mcu: DebugMcu,
    pub(crate) clock: Clock,
    pwr: Pwr,
    rng: Rng,
    gpio: Vec<Gpio>,
    i2c: [I2c; 3],
    pub(crate) element: Option<Element>,
    files: Vec<RegisterFile>,
    uid: [u8; 12],
    flash_kib: u16,
}

impl Peripherals {
    const PORTS: usize = 9;
    const FILES: usize = 3;

    pub(crate) fn new(config: &BoardConfig) -> Self {
        let rcc = Rcc::new(config.hse_hz);
        Self {
            flash: FlashController::new(
                config.otp_cells(),
                OptionBytes::FACTORY,
                config.link,
                config.supply_mv,
            ),
            clock: Clock::new(rcc.core_hz()),
            rcc,
            usart1: Usart::new(),
            iwdg: Iwdg::new(),
            debug_mcu: DebugMcu::new(config.dev_id, config.rev_id),
            pwr: Pwr::new(),
            rng: Rng::new(config.entropy_seed, config.trng),
            gpio: (0..Self::PORTS).map(Gpio::new).collect(),
            i2c: std::array::from_fn(|_| I2c::new()),
            element: config.secure_element(),
            files: vec![RegisterFile::new(); Self::FILES],
            uid: config.uid,
            flash_kib: config.flash_kib,
        }
    }

    /// A reset of the system domain (RM0090 §6.1.1), or of all of it after power-on.
    pub(crate) fn reset(&mut self, cause: ResetCause, cycles: u64) {
        if cause == ResetCause::PowerOn {
            self.flash.power_on();
            self.debug_mcu.power_on();
        } else {
            self.flash.system_reset();
        }
        self.rcc.reset(cause);
        self.usart1.reset();
        self.rng.reset();
        self.i2c.iter_mut().for_each(I2c::reset);
        self.pwr = Pwr::new();
        self.gpio = (0..Self::PORTS).map(Gpio::new).collect();
        self.files = vec![RegisterFile::new(); Self::FILES];
        self.follow_clocks(cycles);
        let hardware_start = self.flash.options().hardware_watchdog();
        self.iwdg.reset(hardware_start, self.clock.time(cycles));
    }

    fn follow_clocks(&mut self, cycles: u64) {
        self.clock.set_hz(self.rcc.core_hz(), cycles);
        self.usart1.set_clock(self.rcc.apb2_hz());
        for i2c in &mut self.i2c {
            i2c.set_clock(self.rcc.apb1_hz());
        }
        self.rng.set_clock(self.rcc.pll48_hz(), self.rcc.core_hz());
    }

    /// The TX and RX pins reach the pads only through alternate function 7 on PA9 and
    /// PA10 (data sheet DS8626, table 9).
    pub(crate) fn usart1_tx_connected(&self) -> bool {
        self.gpio[0].is_alternate(9, 7)
    }

    pub(crate) fn usart1_rx_connected(&self) -> bool {
        self.gpio[0].is_alternate(10, 7)
    }

    /// The element hangs on PB8 and PB9 in alternate function 4, open drain (data sheet
    /// DS8626, table 9; RM0090 §27.3.1). Nothing hangs on the other two buses.
    fn i2c_and_wire(&mut self, index: usize) -> (&mut I2c, Wire<'_>) {
        let port = &self.gpio[1];
        let reached = index == 0
            && [8, 9].map(|pin| port.is_alternate(pin, 4) && port.is_open_drain(pin)) == [true; 2];
        let element = self.element.as_mut().filter(|_| reached);
        (&mut self.i2c[index], Wire { element })
    }

    /// Lets serial lines and buses go on to the present.
    pub(crate) fn advance(&mut self, cycles: u64) {
        let now = self.clock.time(cycles);
        self.usart1.advance(now);
        for index in 0..self.i2c.len() {
            let (i2c, mut wire) = self.i2c_and_wire(index);
            i2c.advance(now, &mut wire);
        }
    }

    /// When something will happen on a line or bus by itself.
    pub(crate) fn next_event(&self) -> Option<Nanos> {
        let buses = self.i2c.iter().filter_map(I2c::next_event);
        buses.chain(self.usart1.next_event()).min()
    }

    /// What the element is doing is lost with the supply.
    pub(crate) fn power_off(&mut self, cycles: u64) {
        let now = self.clock.time(cycles);
        if let Some(element) = &mut self.element {
            element.power_off(now);
        }
    }

    pub(crate) fn irq_levels(&mut self, cycles: u64) -> IrqLevels {
        let mut levels = [0; 3];
        let now = self.clock.time(cycles);
        for (irq, high) in [
            (IRQ_FLASH, self.flash.interrupt()),
            (IRQ_USART1, self.usart1.interrupt()),
            (IRQ_RNG, self.rng.interrupt(now)),
        ] {
            levels[usize::from(irq / 32)] |= u32::from(high) << (irq % 32);
        }
        for ((event, error), i2c) in IRQ_I2C.into_iter().zip(&self.i2c) {
            let (event_high, error_high) = i2c.interrupts();
            levels[usize::from(event / 32)] |= u32::from(event_high) << (event % 32);
            levels[usize::from(error / 32)] |= u32::from(error_high) << (error % 32);
        }
        levels
    }

    pub(crate) fn read(
        &mut self,
        address: u32,
        width: Width,
        cycles: u64,
    ) -> Result<u32, BusFault> {
        let (block, offset) = Block::decode(address).ok_or(BusFault)?;
        let word = self.read_word(block, offset & !3, cycles).ok_or(BusFault)?;
        Ok(word >> (8 * (offset % 4)) & width.mask())
    }

    fn read_word(&mut self, block: Block, offset: u32, cycles: u64) -> Option<u32> {
        let now = self.clock.time(cycles);
        match block {
            Block::Flash => self.flash.read_register(offset),
            Block::Rcc => self.rcc.read(offset),
            Block::Pwr => self.pwr.read(offset),
            Block::Rng => self.rng.read(offset, now),
            Block::Usart1 => self.usart1.read(offset, now),
            Block::Iwdg => self.iwdg.read(offset),
            Block::Gpio(port) => self.gpio[port].read(offset),
            Block::I2c(index) => {
                let (i2c, mut wire) = self.i2c_and_wire(index);
                i2c.read(offset, now, &mut wire)
            }
            Block::File(index) => self.files[index].read(offset),
        }
    }

    pub(crate) fn write(
        &mut self,
        address: u32,
        width: Width,
        value: u32,
        cycles: u64,
    ) -> Result<(), BusFault> {
        let (block, offset) = Block::decode(address).ok_or(BusFault)?;
        let word = match width {
            Width::U8 | Width::U16 if block.is_on_apb() => repeat(width, value),
            Width::U8 | Width::U16 => {
                let shift = 8 * (offset % 4);
                let old = self.read_word(block, offset & !3, cycles).ok_or(BusFault)?;
                old & !(width.mask() << shift) | (value & width.mask()) << shift
            }
            _ => value,
        };
        self.write_word(block, offset & !3, word, cycles)
            .ok_or(BusFault)
    }

    fn write_word(&mut self, block: Block, offset: u32, value: u32, cycles: u64) -> Option<()> {
        let now = self.clock.time(cycles);
        match block {
            Block::Flash => self.flash.write_register(offset, value),
            Block::Rcc => {
                match self.rcc.write(offset, value)? {
                    PeripheralReset::Rng => self.rng.reset(),
                    PeripheralReset::Usart1 => self.usart1.reset(),
                    PeripheralReset::I2c(index) => self.i2c[index].reset(),
                    PeripheralReset::None => {}
                }
                self.follow_clocks(cycles);
                Some(())
            }
            Block::Pwr => self.pwr.write(offset, value),
            Block::Rng => self.rng.write(offset, value, now),
            Block::Usart1 => self.usart1.write(offset, value),
            Block::Iwdg => self.iwdg.write(offset, value, now),
            Block::Gpio(port) => self.gpio[port].write(offset, value),
            Block::I2c(index) => {
                let (i2c, mut wire) = self.i2c_and_wire(index);
                i2c.write(offset, value, now, &mut wire)
            }
            Block::File(index) => self.files[index].write(offset, value),
        }
    }

    /// Another chip of the same kind, fresh from the reel.
    pub(crate) fn become_another(&mut self, uid: [u8; 12]) {
        self.uid = uid;
        self.flash.load(&Cells::virgin());
    }

    /// The unique ID, as it lies in memory.
    pub(crate) fn uid(&self) -> [u8; 12] {
        self.uid
    }

    /// One byte of the system memory from the OTP area on (RM0090 §3.8, §39).
    pub(crate) fn system_byte(&self, address: u32) -> u8 {
        let uid_end = UID_BASE + self.uid.len() as u32;
        match address {
            UID_BASE.. if address < uid_end => self.uid[(address - UID_BASE) as usize],
            FLASH_SIZE_REGISTER => self.flash_kib.to_le_bytes()[0],
            _ if address == FLASH_SIZE_REGISTER + 1 => self.flash_kib.to_le_bytes()[1],
            _ => match address.checked_sub(OTP_BASE).map(|offset| offset as usize) {
                Some(offset) if offset < Otp::IMAGE => self.flash.otp().byte(offset),
                _ => 0xFF,
            },
        }
    }

    pub(crate) fn debug_mcu_register(&self, address: u32) -> u32 {
        self.debug_mcu.read((address - DBGMCU_BASE) & !3)
    }
}

fn repeat(width: Width, value: u32) -> u32 {
    match width {
        Width::U8 => (value & 0xFF) * 0x0101_0101,
        _ => (value & 0xFFFF) * 0x0001_0001,
    }
}
