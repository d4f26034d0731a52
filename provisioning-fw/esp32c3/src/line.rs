//! UART0 on its default pins, 8N1 (TRM chapter 26).

use esp32c3::UART0;

/// Frequency of the crystal, which clocks the UART, in Hz.
const CRYSTAL_HZ: u32 = 40_000_000;
/// Clock source of the UART: the crystal (UART_CLK_CONF_REG).
const FROM_CRYSTAL: u8 = 3;
/// Bytes in the transmit FIFO at which it is not filled further.
const NEARLY_FULL: u16 = 120;

/// The line.
pub struct Line(UART0);

impl Line {
    /// Lets what is under way leave, then talks at `baud`.
    #[allow(unsafe_code)]
    pub fn start(uart: UART0, baud: u32) -> Self {
        let line = Self(uart);
        line.drain();
        // In sixteenths, as the register has them.
        let divider = CRYSTAL_HZ * 16 / baud;
        // SAFETY: the crystal undivided is a source the manual lists, and the divider fits: at
        // 9,600 baud it is 4,166 and a fraction.
        unsafe {
            line.0.clk_conf().modify(|_, w| {
                w.sclk_sel().bits(FROM_CRYSTAL);
                w.sclk_div_num().bits(0);
                w.sclk_div_a().bits(0);
                w.sclk_div_b().bits(0)
            });
            line.0.clkdiv().write(|w| {
                w.clkdiv().bits((divider / 16) as u16);
                w.frag().bits((divider % 16) as u8)
            });
        }
        line
    }

    /// The next byte that was received.
    pub fn receive(&mut self) -> Option<u8> {
        if self.0.status().read().rxfifo_cnt().bits() == 0 {
            return None;
        }
        Some(self.0.fifo().read().rxfifo_rd_byte().bits())
    }

    /// Sends all of it and waits until it has left.
    #[allow(unsafe_code)]
    pub fn send(&mut self, bytes: &[u8]) {
        for byte in bytes {
            while self.0.status().read().txfifo_cnt().bits() >= NEARLY_FULL {}
            // SAFETY: a byte written to the FIFO is a byte to send.
            self.0.fifo().write(|w| unsafe { w.bits(u32::from(*byte)) });
        }
        self.drain();
    }

    fn drain(&self) {
        while self.0.status().read().txfifo_cnt().bits() > 0 {}
        while self.0.fsm_status().read().st_utx_out().bits() != 0 {}
    }
}
