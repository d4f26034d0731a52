//! Small programs and the images that the ROM boots, made by hand.

/// Where programs lie.
pub const CODE: u32 = 0x4038_0000;

/// Sends one character on UART0, then waits for ever.
pub fn says(character: u8) -> Vec<u8> {
    words(&[
        0x6000_0537,                              // lui a0, 0x60000
        u32::from(character) << 20 | 0x0000_0593, // addi a1, x0, character
        0x00B5_2023,                              // sw a1, 0(a0)
        0x1050_0073,                              // wfi
    ])
}

/// Sends back every byte plus one, polling.
pub fn echo() -> Vec<u8> {
    words(&[
        0x6000_0537, // lui a0, 0x60000
        0x01C5_2583, // lw a1, 0x1c(a0): STATUS
        0x3FF5_F593, // andi a1, a1, 0x3ff: RXFIFO_CNT
        0xFE05_8CE3, // beqz a1, back to the lw
        0x0005_2583, // lw a1, 0(a0): FIFO
        0x0015_8593, // addi a1, a1, 1
        0x00B5_2023, // sw a1, 0(a0)
        0xFE9F_F06F, // j back to the lw
    ])
}

/// Instructions as bytes.
pub fn words(words: &[u32]) -> Vec<u8> {
    words.iter().flat_map(|word| word.to_le_bytes()).collect()
}

/// An image with one segment ("Firmware Image Format" of the ROM loader).
pub fn image(program: &[u8]) -> Vec<u8> {
    let mut bytes = vec![0xE9, 1, 2, 0x20];
    bytes.extend(CODE.to_le_bytes());
    // WP pin off, drive settings, chip ESP32-C3, any revision, no digest behind.
    bytes.extend([0xEE, 0, 0, 0, 5, 0, 0, 0, 0, 0xFF, 0xFF, 0, 0, 0, 0, 0]);
    bytes.extend(CODE.to_le_bytes());
    bytes.extend((program.len() as u32).to_le_bytes());
    bytes.extend(program);
    let checksum = program.iter().fold(0xEF, |sum, byte| sum ^ byte);
    bytes.resize((bytes.len() + 1).next_multiple_of(16) - 1, 0);
    bytes.push(checksum);
    bytes
}
