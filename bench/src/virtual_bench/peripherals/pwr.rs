//! Power control (RM0090 §5.4): the voltage scaling output is always ready.

const CR: u32 = 0x0;
const CSR: u32 = 0x4;
const VOSRDY: u32 = 1 << 14;

#[derive(Debug)]
pub(crate) struct Pwr {
    cr: u32,
    csr: u32,
}

impl Pwr {
    /// Reset value 0x0000 4000: voltage scale 1 (§5.4.1).
    pub(crate) fn new() -> Self {
        Self { cr: 0x4000, csr: 0 }
    }

    pub(crate) fn read(&self, offset: u32) -> Option<u32> {
        match offset {
            CR => Some(self.cr),
            CSR => Some(self.csr | VOSRDY),
            _ => None,
        }
    }

    pub(crate) fn write(&mut self, offset: u32, value: u32) -> Option<()> {
        match offset {
            CR => self.cr = value & 0x43F3,
            CSR => self.csr = value & 0x0300,
            _ => return None,
        }
        Some(())
    }
}
