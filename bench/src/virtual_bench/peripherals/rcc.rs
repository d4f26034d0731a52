//! Reset and clock control (RM0090 §7).
//!
//! Oscillators are ready as soon as they are switched on, except a crystal that is not
//! fitted. Clock enable bits are stored and gate nothing.

const CR: u32 = 0x00;
const PLLCFGR: u32 = 0x04;
const CFGR: u32 = 0x08;
const AHB2RSTR: u32 = 0x14;
const APB1RSTR: u32 = 0x20;
const APB2RSTR: u32 = 0x24;
const BDCR: u32 = 0x70;
const CSR: u32 = 0x74;
const LAST: u32 = 0x88;

const HSI_HZ: u32 = 16_000_000;

/// What caused a reset; kept in the flags of `RCC_CSR` (RM0090 §7.3.21).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum ResetCause {
    PowerOn,
    Pin,
    Software,
    IndependentWatchdog,
}

impl ResetCause {
    /// An internal reset also pulls NRST low, so PINRSTF is always among the flags
    /// (RM0090 §6.1.1 "System reset").
    fn flags(self) -> u32 {
        let pin = 1 << 26;
        match self {
            Self::PowerOn => pin | 1 << 27 | 1 << 25,
            Self::Pin => pin,
            Self::Software => pin | 1 << 28,
            Self::IndependentWatchdog => pin | 1 << 29,
        }
    }
}

/// Peripherals that a write to a reset register puts back.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum PeripheralReset {
    None,
    Rng,
    Usart1,
    /// I2C1 to I2C3, from 0.
    I2c(usize),
}

#[derive(Debug)]
pub(crate) struct Rcc {
    registers: [u32; (LAST / 4) as usize],
    reset_flags: u32,
    hse_hz: Option<u32>,
}

impl Rcc {
    pub(crate) fn new(hse_hz: Option<u32>) -> Self {
        let mut rcc = Self {
            registers: [0; (LAST / 4) as usize],
            reset_flags: 0,
            hse_hz,
        };
        rcc.reset(ResetCause::PowerOn);
        rcc
    }

    /// Reset values of RM0090 §7.3. The flags add up until `RMVF` clears them.
    pub(crate) fn reset(&mut self, cause: ResetCause) {
        let backup_domain = self.register(BDCR);
        self.registers = [0; (LAST / 4) as usize];
        for (offset, value) in [
            (CR, 0x0000_0081),
            (PLLCFGR, 0x2400_3010),
            (0x30, 0x0010_0000),
            (0x50, 0x7E67_91FF),
            (0x54, 0x0000_00F1),
            (0x58, 0x0000_0001),
            (0x60, 0x36FE_C9FF),
            (0x64, 0x0007_5F33),
            (0x84, 0x2000_3000),
        ] {
            self.registers[(offset / 4) as usize] = value;
        }
        if cause == ResetCause::PowerOn {
            self.reset_flags = 0;
        } else {
            self.registers[(BDCR / 4) as usize] = backup_domain;
        }
        self.reset_flags |= cause.flags();
    }

    fn register(&self, offset: u32) -> u32 {
        self.registers[(offset / 4) as usize]
    }

    pub(crate) fn read(&self, offset: u32) -> Option<u32> {
        if offset >= LAST {
            return None;
        }
        let stored = self.register(offset);
        Some(match offset {
            CR => self.with_ready_bits(stored),
            CFGR => stored & !0xC | self.system_clock_source() << 2,
            // LSERDY and LSIRDY follow LSEON and LSION (§7.3.20, §7.3.21).
            BDCR => stored & !2 | (stored & 1) << 1,
            CSR => stored & 1 | (stored & 1) << 1 | self.reset_flags,
            _ => stored,
        })
    }

    pub(crate) fn write(&mut self, offset: u32, value: u32) -> Option<PeripheralReset> {
        if offset >= LAST {
            return None;
        }
        let before = self.register(offset);
        self.registers[(offset / 4) as usize] = value;
        if offset == CSR && value & (1 << 24) != 0 {
            self.reset_flags = 0;
        }
        let rising = value & !before;
        Some(match offset {
            AHB2RSTR if rising & (1 << 6) != 0 => PeripheralReset::Rng,
            APB2RSTR if rising & (1 << 4) != 0 => PeripheralReset::Usart1,
            APB1RSTR if rising & (7 << 21) != 0 => {
                PeripheralReset::I2c((rising >> 21 & 7).trailing_zeros() as usize)
            }
            _ => PeripheralReset::None,
        })
    }

    /// HSIRDY, HSERDY, PLLRDY, PLLI2SRDY (§7.3.1).
    fn with_ready_bits(&self, stored: u32) -> u32 {
        let ready = [
            (1, stored & 1 != 0),
            (17, self.hse_ready()),
            (25, self.pll_ready()),
            (27, stored & (1 << 26) != 0 && self.pll_input_hz().is_some()),
        ];
        ready.iter().fold(
            stored & !(1 << 1 | 1 << 17 | 1 << 25 | 1 << 27),
            |cr, &(bit, on)| cr | u32::from(on) << bit,
        )
    }

    fn hse_ready(&self) -> bool {
        self.register(CR) & (1 << 16) != 0 && self.hse_hz.is_some()
    }

    fn pll_ready(&self) -> bool {
        self.register(CR) & (1 << 24) != 0 && self.pll_input_hz().is_some()
    }

    fn pll_input_hz(&self) -> Option<u32> {
        if self.register(PLLCFGR) & (1 << 22) == 0 {
            Some(HSI_HZ)
        } else {
            self.hse_hz.filter(|_| self.hse_ready())
        }
    }

    /// VCO output: input × PLLN / PLLM (§7.3.2).
    fn vco_hz(&self) -> Option<u64> {
        let config = self.register(PLLCFGR);
        let (m, n) = (config & 0x3F, config >> 6 & 0x1FF);
        if m == 0 || !self.pll_ready() {
            return None;
        }
        Some(u64::from(self.pll_input_hz()?) * u64::from(n) / u64::from(m))
    }

    /// PLL48CLK, which feeds the RNG: VCO / PLLQ.
    pub(crate) fn pll48_hz(&self) -> Option<u32> {
        let q = self.register(PLLCFGR) >> 24 & 0xF;
        if q < 2 {
            return None;
        }
        Some((self.vco_hz()? / u64::from(q)) as u32)
    }

    fn pll_output_hz(&self) -> Option<u32> {
        let p = 2 * ((self.register(PLLCFGR) >> 16 & 3) + 1);
        Some((self.vco_hz()? / u64::from(p)) as u32)
    }

    /// `SWS`: the source asked for in `SW`, if it is ready, else the HSI.
    fn system_clock_source(&self) -> u32 {
        match self.register(CFGR) & 3 {
            1 if self.hse_ready() => 1,
            2 if self.pll_output_hz().is_some() => 2,
            _ => 0,
        }
    }

    /// HCLK, the clock of the core: SYSCLK through `HPRE` (§7.3.3).
    pub(crate) fn core_hz(&self) -> u32 {
        let system = match self.system_clock_source() {
            1 => self.hse_hz,
            2 => self.pll_output_hz(),
            _ => None,
        }
        .unwrap_or(HSI_HZ);
        let shift = match self.register(CFGR) >> 4 & 0xF {
            code @ 8..=11 => code - 7,
            code @ 12..=15 => code - 6,
            _ => 0,
        };
        system >> shift
    }

    /// PCLK1, the clock of the I2C interfaces: HCLK through `PPRE1`.
    pub(crate) fn apb1_hz(&self) -> u32 {
        let shift = match self.register(CFGR) >> 10 & 7 {
            code @ 4..=7 => code - 3,
            _ => 0,
        };
        self.core_hz() >> shift
    }

    /// PCLK2, the clock of USART1: HCLK through `PPRE2`.
    pub(crate) fn apb2_hz(&self) -> u32 {
        let shift = match self.register(CFGR) >> 13 & 7 {
            code @ 4..=7 => code - 3,
            _ => 0,
        };
        self.core_hz() >> shift
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_usual_168_mhz_setup_works_out() {
        let mut rcc = Rcc::new(Some(8_000_000));
        rcc.write(CR, 0x0101_0081);
        rcc.write(PLLCFGR, 7 << 24 | 1 << 22 | 336 << 6 | 8);
        rcc.write(CFGR, 0b100 << 13 | 0b101 << 10 | 2);
        assert_eq!(rcc.read(CFGR).map(|cfgr| cfgr >> 2 & 3), Some(2));
        assert_eq!(rcc.core_hz(), 168_000_000);
        assert_eq!(rcc.apb2_hz(), 84_000_000);
        assert_eq!(rcc.pll48_hz(), Some(48_000_000));
    }

    #[test]
    fn a_missing_crystal_never_gets_ready() {
        let mut rcc = Rcc::new(None);
        rcc.write(CR, 1 << 16);
        assert_eq!(rcc.read(CR).map(|cr| cr >> 17 & 1), Some(0));
    }

    #[test]
    fn reset_flags_stay_until_they_are_removed() {
        let mut rcc = Rcc::new(None);
        rcc.write(CSR, 1 << 24);
        rcc.reset(ResetCause::IndependentWatchdog);
        assert_eq!(rcc.read(CSR), Some(1 << 29 | 1 << 26));
    }
}
