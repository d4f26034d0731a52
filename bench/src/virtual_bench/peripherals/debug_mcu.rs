//! MCU debug component (RM0090 §38.16.3). It sits on the private peripheral bus, is
//! reset by power-on only and can be written while the system is in reset.

const IDCODE: u32 = 0x0;

#[derive(Debug)]
pub(crate) struct DebugMcu {
    idcode: u32,
    registers: [u32; 4],
}

impl DebugMcu {
    /// `DBGMCU_IDCODE` (§38.6.1): device in bits 11 to 0, revision in bits 31 to 16.
    pub(crate) fn new(device: u16, revision: u16) -> Self {
        Self {
            idcode: u32::from(revision) << 16 | u32::from(device & 0x0FFF),
            registers: [0; 4],
        }
    }

    pub(crate) fn power_on(&mut self) {
        self.registers = [0; 4];
    }

    pub(crate) fn read(&self, offset: u32) -> u32 {
        match offset {
            IDCODE => self.idcode,
            _ => self
                .registers
                .get((offset / 4) as usize)
                .copied()
                .unwrap_or(0),
        }
    }

    pub(crate) fn write(&mut self, offset: u32, value: u32) {
        if let Some(register) = self.registers.get_mut((offset / 4) as usize) {
            *register = value;
        }
    }
}
