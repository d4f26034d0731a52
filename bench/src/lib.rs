//! The drivers (probe-rs, UART, power) and the virtual bench they cannot tell from hardware.
