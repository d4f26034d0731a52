//! Clock selection of the core (TRM chapter "Reset and Clock", system registers).

pub(crate) const XTAL_HZ: u32 = 40_000_000;
pub(crate) const APB_HZ: u32 = 80_000_000;
pub(crate) const RC_FAST_HZ: u32 = 17_500_000;
/// The slow clock of the low-power domain, nominal.
pub(crate) const RC_SLOW_HZ: u32 = 136_000;

pub(crate) const CPU_PER_CONF: u32 = 0x08;
pub(crate) const SYSCLK_CONF: u32 = 0x58;

pub(crate) const RESET_CPU_PER_CONF: u32 = 0x0C;
pub(crate) const RESET_SYSCLK_CONF: u32 = 0x01;

/// Frequency of the core with these values of SYSCLK_CONF and CPU_PER_CONF.
pub(crate) fn core_hz(sysclk_conf: u32, cpu_per_conf: u32) -> u32 {
    let divider = (sysclk_conf & 0x3FF) + 1;
    match sysclk_conf >> 10 & 3 {
        1 if cpu_per_conf & 3 == 0 => 80_000_000,
        1 => 160_000_000,
        2 => RC_FAST_HZ / divider,
        _ => XTAL_HZ / divider,
    }
}
