//! General-purpose I/O ports A to I (RM0090 §8). Outputs read back; nothing drives the
//! inputs.

const MODER: u32 = 0x00;
const OTYPER: u32 = 0x04;
const IDR: u32 = 0x10;
const ODR: u32 = 0x14;
const BSRR: u32 = 0x18;
const AFRL: u32 = 0x20;
const LAST: u32 = 0x28;

/// One port: its registers in the order of §8.4.
#[derive(Debug, Clone)]
pub(crate) struct Gpio {
    registers: [u32; (LAST / 4) as usize],
}

impl Gpio {
    /// Ports A and B come up with the debug pins in alternate function (§8.4.1 to
    /// §8.4.4, reset values).
    pub(crate) fn new(port: usize) -> Self {
        let mut registers = [0; (LAST / 4) as usize];
        let (mode, speed, pull) = match port {
            0 => (0xA800_0000, 0, 0x6400_0000),
            1 => (0x0000_0280, 0x0000_00C0, 0x0000_0100),
            _ => (0, 0, 0),
        };
        registers[0] = mode;
        registers[2] = speed;
        registers[3] = pull;
        Self { registers }
    }

    pub(crate) fn read(&self, offset: u32) -> Option<u32> {
        match offset {
            BSRR => Some(0),
            IDR => Some(self.registers[(ODR / 4) as usize] & self.outputs()),
            _ => self.registers.get((offset / 4) as usize).copied(),
        }
    }

    /// Pins in general-purpose output mode.
    fn outputs(&self) -> u32 {
        (0..16)
            .filter(|pin| self.mode(*pin) == 0b01)
            .fold(0, |mask, pin| mask | 1 << pin)
    }

    fn mode(&self, pin: u32) -> u32 {
        self.registers[(MODER / 4) as usize] >> (2 * pin) & 3
    }

    /// Whether `pin` is handed to alternate function `function` (§8.3.2).
    pub(crate) fn is_alternate(&self, pin: u32, function: u32) -> bool {
        let selection = self.registers[(AFRL / 4 + pin / 8) as usize] >> (4 * (pin % 8)) & 0xF;
        self.mode(pin) == 0b10 && selection == function
    }

    /// Whether `pin` only pulls low (§8.4.2).
    pub(crate) fn is_open_drain(&self, pin: u32) -> bool {
        self.registers[(OTYPER / 4) as usize] >> pin & 1 != 0
    }

    pub(crate) fn write(&mut self, offset: u32, value: u32) -> Option<()> {
        let odr = (ODR / 4) as usize;
        match offset {
            // Set wins over reset for the same pin (§8.4.7).
            BSRR => {
                self.registers[odr] = self.registers[odr] & !(value >> 16) | value & 0xFFFF;
            }
            IDR => {}
            ODR => self.registers[odr] = value & 0xFFFF,
            _ => *self.registers.get_mut((offset / 4) as usize)? = value,
        }
        Some(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bsrr_sets_and_clears_single_pins() {
        let mut port = Gpio::new(2);
        port.write(MODER, 0x5555_5555);
        port.write(BSRR, 0x0000_0003);
        port.write(BSRR, 0x0001_0000);
        assert_eq!(port.read(ODR), Some(2));
        assert_eq!(port.read(IDR), Some(2));
    }
}
