//! Option bytes (RM0090 §3.7, register layout §3.9.10 FLASH_OPTCR).

/// Level of read protection (RM0090 §3.7.4 "Read protection (RDP)").
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum ReadProtection {
    /// No protection: RDP is 0xAA.
    Level0,
    /// Flash is out of reach of a debugger: any other value.
    Level1,
    /// No debugger at all, for ever: RDP is 0xCC.
    Level2,
}

/// The option bytes as cells; what `FLASH_OPTCR` holds after a reset.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct OptionBytes {
    /// `nRST_STDBY`, `nRST_STOP`, `WDG_SW`, reserved, `BOR_LEV`: OPTCR bits 7 to 2.
    pub(crate) user: u8,
    /// Read protection byte.
    pub(crate) rdp: u8,
    /// A 0 in bit n write-protects sector n.
    pub(crate) n_wrp: u16,
}

impl OptionBytes {
    const USER_MASK: u8 = 0b1110_1100;
    const WRP_MASK: u16 = 0x0FFF;

    /// As delivered by ST (RM0090 §3.9.10: reset value 0x0FFF AAED without the lock).
    pub(crate) const FACTORY: Self = Self {
        user: 0xEC,
        rdp: 0xAA,
        n_wrp: Self::WRP_MASK,
    };

    /// Erased cells: what is left when the supply fails while they are reprogrammed.
    /// RDP then is neither 0xAA nor 0xCC, hence level 1.
    pub(crate) const ERASED: Self = Self {
        user: Self::USER_MASK,
        rdp: 0xFF,
        n_wrp: Self::WRP_MASK,
    };

    pub(crate) fn from_register(optcr: u32) -> Self {
        let [user, rdp, low, high] = optcr.to_le_bytes();
        Self {
            user: user & Self::USER_MASK,
            rdp,
            n_wrp: u16::from_le_bytes([low, high]) & Self::WRP_MASK,
        }
    }

    /// Fields of OPTCR without `OPTLOCK` and `OPTSTRT`.
    pub(crate) fn register(self) -> u32 {
        let [low, high] = self.n_wrp.to_le_bytes();
        u32::from_le_bytes([self.user, self.rdp, low, high])
    }

    pub(crate) fn level(self) -> ReadProtection {
        match self.rdp {
            0xAA => ReadProtection::Level0,
            0xCC => ReadProtection::Level2,
            _ => ReadProtection::Level1,
        }
    }

    pub(crate) fn is_write_protected(self, sector: usize) -> bool {
        sector < 12 && self.n_wrp & (1 << sector) == 0
    }

    /// `WDG_SW` = 0: the independent watchdog starts by itself after a reset
    /// (RM0090 §3.7.1).
    pub(crate) fn hardware_watchdog(self) -> bool {
        self.user & 0x20 == 0
    }

    /// One byte of the memory view at 0x1FFF C000 (RM0090 §3.7.1, table 14).
    pub(crate) fn memory_byte(self, offset: u32) -> u8 {
        let [low, high] = self.n_wrp.to_le_bytes();
        match offset {
            0 => self.user,
            1 => self.rdp,
            8 => low,
            9 => high,
            _ => 0xFF,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn factory_bytes_are_the_manual_s_reset_value() {
        assert_eq!(OptionBytes::FACTORY.register() | 1, 0x0FFF_AAED);
    }

    #[test]
    fn a_torn_option_write_is_protected_not_open() {
        assert_eq!(OptionBytes::ERASED.level(), ReadProtection::Level1);
    }
}
