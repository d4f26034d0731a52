//! The debug access port: an SWJ-DP with one AHB-AP (Arm ADIv5.2, IHI 0031).

use super::width::Width;

/// What the DP answers instead of OK.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Refusal {
    /// Nobody drives the line.
    NoResponse,
    /// FAULT: a sticky error is pending (B4.2.4).
    Fault,
}

/// A register as the wire addresses it: which port, and A\[3:2\].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Port {
    Debug(u8),
    Access(u8),
}

/// What the AHB-AP wants from the bus.
pub(crate) trait DebugBus {
    /// Reads, or `None` for a bus error.
    fn read(&mut self, address: u32, width: Width) -> Option<u32>;
    /// Writes, or `None` for a bus error.
    fn write(&mut self, address: u32, width: Width, value: u32) -> Option<()>;
    /// The debug domain has been powered up.
    fn debugger_connected(&mut self);
}

/// SW-DP of the STM32F405 (RM0090 §38.8.5): designer Arm, version 1.
const DPIDR: u32 = 0x2BA0_1477;
/// AHB-AP of a Cortex-M4 (Cortex-M4 TRM, AHB-AP identification register).
const AHB_AP_IDR: u32 = 0x2477_0011;
/// Address of the ROM table, present and in 32-bit format.
const ROM_TABLE: u32 = 0xE00F_F003;

/// CTRL/STAT (B2.2.2).
mod ctrl {
    pub(super) const STICKYORUN: u32 = 1 << 1;
    pub(super) const STICKYCMP: u32 = 1 << 4;
    pub(super) const STICKYERR: u32 = 1 << 5;
    pub(super) const READOK: u32 = 1 << 6;
    pub(super) const WDATAERR: u32 = 1 << 7;
    pub(super) const CDBGPWRUPREQ: u32 = 1 << 28;
    pub(super) const CSYSPWRUPREQ: u32 = 1 << 30;
    /// ORUNDETECT, TRNMODE, MASKLANE, TRNCNT and the two power requests.
    pub(super) const STORED: u32 = 0x503F_FF0D;
    /// Flags that make the DP answer FAULT.
    pub(super) const STICKY: u32 = STICKYORUN | STICKYCMP | STICKYERR | WDATAERR;
}

/// CSW: DbgStatus, DeviceEn, and the reset value of the rest (C2.6.4).
const CSW_RESET: u32 = 0x2300_0042;
const CSW_STORED: u32 = 0x7F00_0F37;
const CSW_DEVICE_ENABLED: u32 = 1 << 6;

#[derive(Debug)]
pub(crate) struct Dap {
    swd_selected: bool,
    control: u32,
    select: u32,
    rdbuff: u32,
    csw: u32,
    tar: u32,
}

impl Dap {
    pub(crate) fn new() -> Self {
        Self {
            swd_selected: false,
            control: 0,
            select: 0,
            rdbuff: 0,
            csw: CSW_RESET & CSW_STORED,
            tar: 0,
        }
    }

    /// Bits driven on SWDIO with the clock running. The port comes up as JTAG and
    /// listens to SWD only after the switch sequence (B5.2.1).
    pub(crate) fn sequence(&mut self, len: u8, bits: u64) {
        match (len, bits) {
            (16, 0xE79E) => self.swd_selected = true,
            (16, 0xE73C) => self.swd_selected = false,
            _ => {}
        }
    }

    pub(crate) fn read(&mut self, port: Port, bus: &mut impl DebugBus) -> Result<u32, Refusal> {
        let value = match port {
            Port::Debug(address) => self.read_dp(address)?,
            Port::Access(address) => self.read_ap(address, bus)?,
        };
        self.control |= ctrl::READOK;
        self.rdbuff = value;
        Ok(value)
    }

    pub(crate) fn write(
        &mut self,
        port: Port,
        value: u32,
        bus: &mut impl DebugBus,
    ) -> Result<(), Refusal> {
        match port {
            Port::Debug(address) => self.write_dp(address, value, bus),
            Port::Access(address) => self.write_ap(address, value, bus),
        }
    }

    fn listening(&self) -> Result<(), Refusal> {
        if self.swd_selected {
            Ok(())
        } else {
            Err(Refusal::NoResponse)
        }
    }

    fn healthy(&self) -> Result<(), Refusal> {
        if self.control & ctrl::STICKY == 0 {
            Ok(())
        } else {
            Err(Refusal::Fault)
        }
    }

    /// DPIDR and CTRL/STAT can be read whatever is pending (B4.2.4).
    fn read_dp(&mut self, address: u8) -> Result<u32, Refusal> {
        self.listening()?;
        match address & 0xC {
            0x0 => Ok(DPIDR),
            0x4 if self.select & 0xF == 0 => Ok(self.status()),
            // DLCR: turnaround of one cycle.
            0x4 => Ok(0),
            _ => {
                self.healthy()?;
                Ok(self.rdbuff)
            }
        }
    }

    /// Power-up requests are acknowledged at once (B2.2.2).
    fn status(&self) -> u32 {
        let requests = self.control & (ctrl::CDBGPWRUPREQ | ctrl::CSYSPWRUPREQ);
        self.control | requests << 1
    }

    fn write_dp(
        &mut self,
        address: u8,
        value: u32,
        bus: &mut impl DebugBus,
    ) -> Result<(), Refusal> {
        self.listening()?;
        match address & 0xC {
            0x0 => self.abort(value),
            0x4 if self.select & 0xF == 0 => {
                self.healthy()?;
                self.control = self.control & !ctrl::STORED | value & ctrl::STORED;
                if value & ctrl::CDBGPWRUPREQ != 0 {
                    bus.debugger_connected();
                }
            }
            0x8 => {
                self.healthy()?;
                self.select = value;
            }
            _ => self.healthy()?,
        }
        Ok(())
    }

    /// ABORT (B2.2.1) clears the sticky flags.
    fn abort(&mut self, value: u32) {
        for (bit, flag) in [
            (1, ctrl::STICKYCMP),
            (2, ctrl::STICKYERR),
            (3, ctrl::WDATAERR),
            (4, ctrl::STICKYORUN),
        ] {
            if value >> bit & 1 != 0 {
                self.control &= !flag;
            }
        }
    }

    /// AP accesses need both domains powered (B2.2.2), and there is one AP only.
    fn ap_register(&mut self, address: u8) -> Result<Option<u8>, Refusal> {
        self.listening()?;
        self.healthy()?;
        let powered = ctrl::CDBGPWRUPREQ | ctrl::CSYSPWRUPREQ;
        if self.control & powered != powered {
            return Err(self.fault());
        }
        let register = (self.select & 0xF0) as u8 | address & 0xC;
        Ok((self.select >> 24 == 0).then_some(register))
    }

    fn fault(&mut self) -> Refusal {
        self.control |= ctrl::STICKYERR;
        Refusal::Fault
    }

    /// Makes the next transfer end in a bus error, for a planned fault.
    pub(crate) fn fail_transfer(&mut self) -> Refusal {
        match self.listening() {
            Ok(()) => self.fault(),
            Err(refusal) => refusal,
        }
    }

    fn read_ap(&mut self, address: u8, bus: &mut impl DebugBus) -> Result<u32, Refusal> {
        let Some(register) = self.ap_register(address)? else {
            // An AP that does not exist reads as 0 (C1.3).
            return Ok(0);
        };
        Ok(match register {
            0x00 => self.csw | CSW_DEVICE_ENABLED,
            0x04 => self.tar,
            0x0C => {
                let address = self.tar;
                let value = self.bus_read(address, self.width(), bus)?;
                self.increment();
                value
            }
            0x10..=0x1C => self.bus_read(self.banked(register), Width::U32, bus)?,
            0xF8 => ROM_TABLE,
            0xFC => AHB_AP_IDR,
            _ => 0,
        })
    }

    fn write_ap(
        &mut self,
        address: u8,
        value: u32,
        bus: &mut impl DebugBus,
    ) -> Result<(), Refusal> {
        let Some(register) = self.ap_register(address)? else {
            return Ok(());
        };
        match register {
            0x00 => self.csw = value & CSW_STORED,
            0x04 => self.tar = value,
            0x0C => {
                let address = self.tar;
                self.bus_write(address, self.width(), value, bus)?;
                self.increment();
            }
            0x10..=0x1C => self.bus_write(self.banked(register), Width::U32, value, bus)?,
            _ => {}
        }
        Ok(())
    }

    fn width(&self) -> Width {
        match self.csw & 7 {
            0 => Width::U8,
            1 => Width::U16,
            _ => Width::U32,
        }
    }

    fn banked(&self, register: u8) -> u32 {
        self.tar & !0xF | u32::from(register & 0xC)
    }

    /// TAR wraps at 1 KiB when it increments (C2.2.2).
    fn increment(&mut self) {
        if self.csw >> 4 & 3 != 0 {
            let step = self.width().bytes();
            self.tar = self.tar & !0x3FF | self.tar.wrapping_add(step) & 0x3FF;
        }
    }

    /// Narrow data travels on the byte lanes of its address (C2.2.6).
    fn bus_read(
        &mut self,
        address: u32,
        width: Width,
        bus: &mut impl DebugBus,
    ) -> Result<u32, Refusal> {
        let aligned = address & !(width.bytes() - 1);
        match bus.read(aligned, width) {
            Some(value) => Ok(value << (8 * (aligned & 3))),
            None => Err(self.fault()),
        }
    }

    fn bus_write(
        &mut self,
        address: u32,
        width: Width,
        value: u32,
        bus: &mut impl DebugBus,
    ) -> Result<(), Refusal> {
        let aligned = address & !(width.bytes() - 1);
        let lanes = value >> (8 * (aligned & 3)) & width.mask();
        match bus.write(aligned, width, lanes) {
            Some(()) => Ok(()),
            None => Err(self.fault()),
        }
    }
}
