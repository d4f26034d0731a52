//! Why the chip was reset (TRM chapter "Reset and Clock", table of reset sources).

/// A reset source, with its code in RESET_STATE and its name in the boot log.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum ResetCause {
    /// Supply, or the EN pin.
    PowerOn,
    SoftwareSystem,
    SoftwareCore,
    TimerGroup0,
    TimerGroup1,
    RtcWatchdog,
    SuperWatchdog,
}

impl ResetCause {
    pub(crate) fn code(self) -> u32 {
        match self {
            Self::PowerOn => 0x01,
            Self::SoftwareSystem => 0x03,
            Self::TimerGroup0 => 0x07,
            Self::TimerGroup1 => 0x08,
            Self::SoftwareCore => 0x0C,
            Self::RtcWatchdog => 0x10,
            Self::SuperWatchdog => 0x12,
        }
    }

    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::PowerOn => "POWERON",
            Self::SoftwareSystem => "RTC_SW_SYS_RST",
            Self::TimerGroup0 => "TG0WDT_SYS_RST",
            Self::TimerGroup1 => "TG1WDT_SYS_RST",
            Self::SoftwareCore => "RTC_SW_CPU_RST",
            Self::RtcWatchdog => "RTCWDT_RTC_RST",
            Self::SuperWatchdog => "SUPER_WDT_RST",
        }
    }
}
