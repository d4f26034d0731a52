//! Driver for STM32F40x/41x over SWD and UART.
//!
//! probe-rs attaches, runs its own flash algorithm and carries RTT; option bytes, OTP and
//! identity are read and written here through the memory interface, because probe-rs has no
//! calls for them. Sections cited are those of RM0090 revision 19.

mod attach;
mod burn;
mod device;
mod elf;
mod identity;
mod link;
mod mass_erase;
mod option_bytes;
mod otp;
mod program;
mod provisioner;
mod registers;

pub(crate) use device::Stm32Device;
