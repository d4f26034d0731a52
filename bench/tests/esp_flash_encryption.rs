//! Flash encryption of the virtual ESP32-C3, with `espsecure` as its referee: what the chip
//! enciphers, `espsecure` deciphers with the key read out of the emulated cells, and the other way
//! round. `espefuse` burns the key, `esptool` has the ROM encrypt, and the registers of manual
//! encryption and of the cache are driven at the addresses of Espressif's description.
#![allow(unreachable_pub, dead_code, unsafe_code)]
#![allow(clippy::expect_used, clippy::panic, clippy::unwrap_used)]

#[path = "esp_chip/board.rs"]
mod board;
#[path = "esp_flash_encryption/espsecure.rs"]
mod espsecure;
#[path = "esp_chip/image.rs"]
mod image;
#[path = "esp_flash_encryption/registers.rs"]
mod registers;

use std::fs;
use std::path::Path;

use cradle_bench::virtual_bench::{EspBoard, EspColdBoot, EspConfig};
use tempfile::tempdir;

use board::{download, espefuse, esptool, new_board, pattern, run};
use espsecure::{decrypted, encrypted};
use image::{image, says};
use registers::{Loader, SWITCHES};

/// BLOCK_KEY2.
const KEY2: usize = 6;
const AT: u32 = 0x1_0000;

/// A board with a key in BLOCK_KEY2, which `espefuse` makes unreadable; the key is in `key`.
fn board_with_key(folder: &Path) -> EspBoard {
    fs::write(folder.join("key"), pattern(32, 7)).unwrap();
    let board = new_board();
    download(&board);
    let burn = ["burn-key", "BLOCK_KEY2", "key", "XTS_AES_128_KEY"];
    espefuse(&board, &burn, folder);
    download(&board);
    board
}

fn flash(board: &EspBoard, at: u32, len: usize) -> Vec<u8> {
    board.dump_flash()[at as usize..][..len].to_vec()
}

/// Through the loader, which encrypts.
fn write_encrypted(board: &EspBoard, at: u32, plain: &[u8], folder: &Path) {
    fs::write(folder.join("plain"), plain).unwrap();
    let at = format!("{at:#x}");
    let write = ["--no-stub", "write-flash", "--encrypt", &at, "plain"];
    esptool(board, &write, folder);
}

#[test]
fn what_the_rom_encrypts_espsecure_decrypts_and_the_other_way_round() {
    let folder = tempdir().unwrap();
    let board = board_with_key(folder.path());
    let plain = pattern(0x1200, 3);
    write_encrypted(&board, AT, &plain, folder.path());
    let cells = flash(&board, AT, plain.len());
    assert_ne!(cells, plain);
    assert_eq!(decrypted(&cells, AT, folder.path()), plain);
    assert_eq!(encrypted(&plain, AT, folder.path()), cells);
    // What espsecure was given is what the cells hold, and nobody reads it any more.
    let mut key = board.dump_efuse_block(KEY2);
    key.reverse();
    assert_eq!(key, pattern(32, 7));
    let mut loader = Loader::of(&board);
    assert_eq!(loader.efuse_key2(), [0; 8]);
}

#[test]
fn an_encrypted_image_boots_once_encryption_is_on_and_a_plain_one_does_not() {
    let folder = tempdir().unwrap();
    let board = board_with_key(folder.path());
    let bytes = image(&says(b'!'));
    let padded = [&bytes[..], &[0xFF; 32]].concat();
    let whole = &padded[..padded.len() / 32 * 32];
    write_encrypted(&board, 0, whole, folder.path());
    assert!(!starts(&board), "encryption is off");
    let release = ["burn-efuse", "SPI_BOOT_CRYPT_CNT", "7"];
    espefuse(&board, &release, folder.path());
    assert!(starts(&board));
    download(&board);
    let at = ["--no-stub", "write-flash", "--force", "0x0", "plain"];
    esptool(&board, &at, folder.path());
    assert!(!starts(&board), "in the clear");
}

/// Whether the image in flash says what it has to say.
fn starts(board: &EspBoard) -> bool {
    let boot = EspColdBoot::run(&EspConfig::default(), &board.remains(), &(0..0), 1_000_000);
    boot.log.ends_with(b"entry 0x40380000\r\n!")
}

#[test]
fn manual_encryption_writes_what_espsecure_would() {
    let folder = tempdir().unwrap();
    let board = board_with_key(folder.path());
    let mut loader = Loader::of(&board);
    loader.allow(SWITCHES.manual);
    // Every size of a line, at the addresses they fit.
    for (at, len) in [(AT, 64), (AT + 0x40, 32), (AT + 0x70, 16)] {
        let plain = pattern(len, at);
        assert_eq!(loader.encrypt(at, &plain), 2);
        loader.write_result(at, len as u32);
        assert_eq!(
            flash(&board, at, len),
            encrypted(&plain, at, folder.path()),
            "{at:#x}"
        );
    }
}

#[test]
fn the_cache_decrypts_when_it_is_told_to_and_holds_what_it_read_until_it_is_invalidated() {
    let folder = tempdir().unwrap();
    let board = board_with_key(folder.path());
    let plain = pattern(64, 9);
    write_encrypted(&board, AT, &plain, folder.path());
    let cells = flash(&board, AT, 64);
    let mut loader = Loader::of(&board);
    loader.map(3, AT);
    assert_eq!(loader.mapped(3, 64), cells);
    loader.allow(SWITCHES.decrypt);
    assert_eq!(loader.mapped(3, 64), cells, "held");
    loader.invalidate(3);
    assert_eq!(loader.mapped(3, 64), plain);
}

#[test]
fn burnt_switches_close_manual_encryption_and_the_cache_in_download_mode() {
    let folder = tempdir().unwrap();
    let board = board_with_key(folder.path());
    let names = ["DIS_DOWNLOAD_MANUAL_ENCRYPT", "DIS_DOWNLOAD_ICACHE"];
    let burn = ["burn-efuse", names[0], "1", names[1], "1"];
    espefuse(&board, &burn, folder.path());
    download(&board);
    let mut loader = Loader::of(&board);
    loader.allow(SWITCHES.manual | SWITCHES.decrypt);
    assert_eq!(loader.encrypt(AT, &pattern(64, 1)), 0);
    loader.map(0, AT);
    assert!(loader.try_mapped(0).is_none());
    drop(loader);
    download(&board);
    let port = board.uart_path();
    fs::write(folder.path().join("plain"), [0; 32]).unwrap();
    let mut write = vec!["--chip", "esp32c3", "--port", port.to_str().unwrap()];
    write.extend(["--before", "no-reset", "--after", "no-reset", "--no-stub"]);
    write.extend(["write-flash", "--encrypt", "0x10000", "plain"]);
    let refused = run("esptool", &write, folder.path());
    assert!(!refused.status.success());
}
