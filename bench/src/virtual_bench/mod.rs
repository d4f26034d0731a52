//! The virtual bench: STM32F405RG boards that drivers cannot tell from hardware.
//!
//! probe-rs talks to them through its public probe traits at the level of raw DP and AP
//! transfers, so its own target description, debug sequence and flash algorithm do the
//! work; host programs talk to the USART through a pseudo-terminal. Firmware runs on an
//! emulated Cortex-M4F with the peripherals that drivers for the part need.
//!
//! Model rules cite RM0090 (STM32F405 reference manual, revision 19), DDI0403
//! (ARMv7-M architecture) and IHI 0031 (ADIv5.2) beside the code that follows them.
//!
//! Emulated time follows the core's cycles. While the core sleeps it follows real time,
//! and while a debugger holds the core it stands still.

mod any_board;
mod bench;
mod bit_band;
mod board;
mod board_config;
mod bus;
mod chip;
mod cold_boot;
mod core_debug;
mod counters;
mod cpu;
mod dap;
mod esp32c3;
mod fault;
mod flash;
mod link;
mod memory;
mod memory_map;
mod noise;
mod peripherals;
mod probe;
mod read_set;
mod remains;
mod secure_element;
mod snapshot;
mod uart_pty;
mod width;

pub use any_board::{AnyBoard, BoardSpec};
pub use bench::VirtualBench;
pub use board::Board;
pub use board_config::{BoardConfig, OtpPreset, Trng};
pub use cold_boot::{ColdBoot, Ending};
pub use counters::{Counters, FlashCounters};
pub use esp32c3::{
    EspBoard, EspColdBoot, EspConfig, EspEnding, EspLink, EspOperation, EspRemains, Trap,
};
pub use fault::{Counting, ElementFault, FaultPlan, FlashFault, FlashOp, LinkFault, Moment};
pub use link::LinkModel;
pub use remains::{Operation, Remains};
pub use secure_element::{Counterfeit, ElementPreset};
