//! The ROM loader, the flash and the eFuses behind it, judged by programs that know the silicon:
//! espflash, esptool and espefuse, unmodified.
#![allow(
    dead_code,
    unreachable_pub,
    clippy::expect_used,
    clippy::panic,
    clippy::unwrap_used
)]

#[path = "esp_chip/board.rs"]
mod board;

use std::fs;
use std::path::Path;

use cradle_bench::virtual_bench::{EspConfig, FlashOp};
use espflash::target::DefaultProgressCallback;
use tempfile::tempdir;

use board::{download, espefuse, esptool, flasher, insert, new_board, pattern, run, succeed};

/// Some pages, and a part of one.
const LENGTH: usize = 20_000;
const OFFSET: u32 = 0x1_0000;

#[test]
fn espflash_writes_what_the_flash_then_holds() {
    for stub in [false, true] {
        let board = new_board();
        let mut flasher = flasher(&board, stub, None);
        let bytes = pattern(LENGTH, 7);
        let written = flasher.write_bin_to_flash(OFFSET, &bytes, &mut DefaultProgressCallback);
        written.unwrap();
        let at = OFFSET as usize;
        assert!(board.dump_flash()[at..at + LENGTH] == bytes, "stub: {stub}");
        assert!(board.counters().of(FlashOp::SectorErase) >= 5);
    }
}

#[test]
fn espflash_reads_the_identity_of_the_board() {
    let board = insert(EspConfig::genuine(0x01_0203));
    let mut flasher = flasher(&board, false, None);
    let info = flasher.device_info().unwrap();
    assert_eq!(info.mac_address.as_deref(), Some("60:55:f9:01:02:03"));
    assert_eq!(info.revision, Some((0, 4)));
    assert_eq!(info.flash_size.to_string(), "4MB");
    let security = flasher.security_info().unwrap();
    assert_eq!((security.flags, security.chip_id), (0, Some(5)));
}

#[test]
fn espflash_changes_the_rate_and_goes_on() {
    let board = new_board();
    let mut flasher = flasher(&board, true, Some(921_600));
    flasher.erase_region(0x4000, 0x2000).unwrap();
    let (digest, _) = (flasher.checksum_md5(0, 0x1000).unwrap(), ());
    assert_ne!(digest, 0);
}

#[test]
fn esptool_writes_verifies_reads_and_erases() {
    for stub in [true, false] {
        let (board, folder) = (new_board(), tempdir().unwrap());
        download(&board);
        let bytes = pattern(LENGTH, 9);
        fs::write(folder.path().join("image"), &bytes).unwrap();
        let run = |arguments: &[&str]| {
            let all = [if stub { &[][..] } else { &["--no-stub"] }, arguments].concat();
            esptool(&board, &all, folder.path())
        };
        run(&["write-flash", "--flash-size", "keep", "0x20000", "image"]);
        run(&["verify-flash", "--flash-size", "keep", "0x20000", "image"]);
        run(&["read-flash", "0x20000", "0x4000", "back"]);
        let back = fs::read(folder.path().join("back")).unwrap();
        assert!(back == bytes[..0x4000], "stub: {stub}");
        run(&["erase-region", "0x20000", "0x1000"]);
        let flash = board.dump_flash();
        assert!(flash[0x2_0000..0x2_1000].iter().all(|byte| *byte == 0xFF));
        assert!(flash[0x2_1000..0x2_2000] == bytes[0x1000..0x2000]);
        let told = run(&["flash-id"]);
        assert!(told.contains("ef") && told.contains("4016"), "{told}");
    }
}

/// A provisioning sequence: keys with their purposes, flags, the counter, protections.
const SEQUENCE: &[&[&str]] = &[
    &["burn-key", "BLOCK_KEY0", "digest", "SECURE_BOOT_DIGEST0"],
    &["burn-key", "BLOCK_KEY1", "user", "USER"],
    &[
        "burn-key",
        "BLOCK_KEY2",
        "hmac",
        "HMAC_DOWN_DIGITAL_SIGNATURE",
    ],
    &["burn-efuse", "SECURE_VERSION", "0x7"],
    &["burn-bit", "BLOCK3", "1", "17", "200"],
    &["write-protect-efuse", "RD_DIS"],
    &[
        "burn-efuse",
        "SECURE_BOOT_EN",
        "1",
        "DIS_PAD_JTAG",
        "1",
        "DIS_USB_JTAG",
        "1",
    ],
    &[
        "burn-efuse",
        "SOFT_DIS_JTAG",
        "0x7",
        "SECURE_BOOT_KEY_REVOKE1",
        "1",
    ],
];

fn burn_material(folder: &Path) {
    for (name, seed) in [("digest", 1), ("user", 2), ("hmac", 3)] {
        fs::write(folder.join(name), pattern(32, seed)).unwrap();
    }
}

/// First read register of each block behind the controller's base (TRM chapter "eFuse
/// Controller", register summary), and the end of the last.
const READ_REGISTERS: [usize; 12] = [
    0x2C, 0x44, 0x5C, 0x7C, 0x9C, 0xBC, 0xDC, 0xFC, 0x11C, 0x13C, 0x15C, 0x17C,
];
/// The factory's parameters in blocks 1 and 2 are closed: WR_DIS bits 20 and 21.
const FACTORY_WR_DIS: u8 = 0x30;

/// `espefuse` keeps its own model of the controller in a file: its registers, last byte first.
#[test]
fn espefuse_burns_here_what_it_burns_in_its_own_model() {
    let (board, folder) = (new_board(), tempdir().unwrap());
    burn_material(folder.path());
    download(&board);
    for step in SEQUENCE {
        espefuse(&board, step, folder.path());
        let model = ["--chip", "esp32c3", "--virt", "--path-efuse-file", "model"];
        let all = [&model[..], &["--do-not-confirm"], step].concat();
        succeed("espefuse", &all, folder.path());
    }
    let mut registers = fs::read(folder.path().join("model")).unwrap();
    registers.reverse();
    for (block, span) in READ_REGISTERS.windows(2).enumerate() {
        let mut theirs = registers[span[0]..span[1]].to_vec();
        if block == 0 {
            theirs[2] |= FACTORY_WR_DIS;
        }
        // The factory burns blocks 1 and 2; RD_DIS hides the key in block 6 from their file.
        match block {
            1 | 2 => {}
            6 => assert_eq!(board.dump_efuse_block(block), pattern(32, 3)),
            _ => assert_eq!(board.dump_efuse_block(block), theirs, "block {block}"),
        }
    }
}

#[test]
fn espefuse_sees_that_a_block_was_burnt_twice() {
    let (board, folder) = (new_board(), tempdir().unwrap());
    download(&board);
    for seed in [1, 2] {
        fs::write(folder.path().join("data"), pattern(32, seed)).unwrap();
        let port = board.uart_path();
        let port = ["--chip", "esp32c3", "--port", port.to_str().unwrap()];
        let quietly = ["--before", "no-reset", "--do-not-confirm"];
        let all = [&port[..], &quietly, &["burn-block-data", "BLOCK3", "data"]].concat();
        let done = run("espefuse", &all, folder.path());
        assert_eq!(done.status.success(), seed == 1, "{seed}");
    }
}
