//! Bit-banding: a word of address space for each bit of SRAM and of the peripherals
//! (DDI0403 B3.1, RM0090 §2.3.3).

/// Start of the bits and start of the megabyte that they lie in.
const REGIONS: [(u32, u32); 2] = [(0x2200_0000, 0x2000_0000), (0x4200_0000, 0x4000_0000)];
const LENGTH: u32 = 0x0200_0000;

/// The word that an address in one of the alias regions leads to, and the bit in it.
pub(super) fn target(address: u32) -> Option<(u32, u32)> {
    REGIONS.iter().find_map(|(bits, words)| {
        let offset = address.wrapping_sub(*bits);
        (offset < LENGTH).then(|| (words + offset / 128 * 4, offset % 128 / 4))
    })
}

#[cfg(test)]
mod tests {
    use super::target;

    /// The example of RM0090 §2.3.3: bit 2 of the byte at 0x2000_0300.
    #[test]
    fn the_example_of_the_manual() {
        assert_eq!(target(0x2200_6008), Some((0x2000_0300, 2)));
        assert_eq!(target(0x2400_0000), None);
    }
}
