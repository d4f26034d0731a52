//! The agent's UART: USART1 on PA9 and PA10, 8N1.

use cradle_protocol::message::AGENT_BAUD;
use stm32f4xx_hal::pac::{GPIOA, USART1};
use stm32f4xx_hal::prelude::*;
use stm32f4xx_hal::rcc::Rcc;
use stm32f4xx_hal::serial::{Config, Rx, Serial, Tx};

/// The clock cannot make [`AGENT_BAUD`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct WrongClock;

/// The line.
pub struct Line {
    sender: Tx<USART1, u8>,
    receiver: Rx<USART1, u8>,
}

impl Line {
    /// Starts it, with an interrupt pending for each received byte.
    ///
    /// # Errors
    /// [`WrongClock`].
    pub fn start(usart: USART1, gpio: GPIOA, rcc: &mut Rcc) -> Result<Self, WrongClock> {
        let pins = gpio.split(rcc);
        let config = Config::default().baudrate(AGENT_BAUD.bps());
        let serial =
            Serial::new(usart, (pins.pa9, pins.pa10), config, rcc).map_err(|_| WrongClock)?;
        let (sender, mut receiver) = serial.split();
        receiver.listen();
        Ok(Self { sender, receiver })
    }

    /// The next byte that was received. A byte that was garbled or overrun is dropped: its
    /// frame then fails its check and the asker asks again.
    pub fn receive(&mut self) -> Option<u8> {
        loop {
            match self.receiver.read() {
                Ok(byte) => return Some(byte),
                Err(nb::Error::WouldBlock) => return None,
                Err(nb::Error::Other(_)) => {}
            }
        }
    }

    /// Sends all of it and waits until it has left.
    pub fn send(&mut self, bytes: &[u8]) {
        // The driver reports receive errors while it sends; `receive` deals with those.
        for byte in bytes {
            let _ = nb::block!(self.sender.write(*byte));
        }
        let _ = nb::block!(self.sender.flush());
    }
}
