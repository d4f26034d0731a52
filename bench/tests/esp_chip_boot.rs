//! Boot from flash, secure boot, and the modes that close the loader. `espsecure` signs and
//! `espefuse` burns; the boot log on the serial port tells how it went.
#![allow(
    unreachable_pub,
    dead_code,
    clippy::expect_used,
    clippy::panic,
    clippy::unwrap_used
)]

#[path = "esp_chip/board.rs"]
mod board;
#[path = "esp_chip/image.rs"]
mod image;

use std::fs;
use std::io::Read;
use std::path::Path;
use std::time::{Duration, Instant};

use cradle_bench::virtual_bench::EspBoard;
use espflash::target::DefaultProgressCallback;
use tempfile::tempdir;

use board::{
    boot, connection, download, espefuse, esptool, flasher, new_board, pattern, run, succeed,
};
use image::{echo, image, says};

const PATIENCE: Duration = Duration::from_secs(20);

/// Restarts the board from flash and reads its port until all of `expected` came.
fn log_of_boot(board: &EspBoard, expected: &[&str]) -> String {
    let path = board.uart_path();
    let mut port = serialport::new(path.to_str().unwrap(), 115_200)
        .timeout(Duration::from_millis(50))
        .open()
        .unwrap();
    boot(board);
    let (start, mut log) = (Instant::now(), String::new());
    let mut buffer = [0; 512];
    while !expected.iter().all(|text| log.contains(text)) {
        assert!(
            start.elapsed() < PATIENCE,
            "{expected:?} is missing in:\n{log}"
        );
        let count = port.read(&mut buffer).unwrap_or(0);
        log.push_str(&String::from_utf8_lossy(&buffer[..count]));
    }
    log
}

fn write_flash(board: &EspBoard, bytes: &[u8]) {
    let mut flasher = flasher(board, false, None);
    let written = flasher.write_bin_to_flash(0, bytes, &mut DefaultProgressCallback);
    written.unwrap();
}

/// A board with secure boot on, and the key that its images have to be signed with.
fn locked_board(folder: &Path) -> EspBoard {
    let key = [
        "generate-signing-key",
        "--version",
        "2",
        "--scheme",
        "rsa3072",
        "key.pem",
    ];
    succeed("espsecure", &key, folder);
    let digest = [
        "digest-sbv2-public-key",
        "--keyfile",
        "key.pem",
        "--output",
        "digest",
    ];
    succeed("espsecure", &digest, folder);
    let board = new_board();
    download(&board);
    let key = ["burn-key", "BLOCK_KEY0", "digest", "SECURE_BOOT_DIGEST0"];
    espefuse(&board, &key, folder);
    espefuse(&board, &["burn-efuse", "SECURE_BOOT_EN", "1"], folder);
    board
}

fn signed(bytes: &[u8], folder: &Path) -> Vec<u8> {
    fs::write(folder.join("image"), bytes).unwrap();
    let sign = [
        "sign-data",
        "--version",
        "2",
        "--keyfile",
        "key.pem",
        "--output",
        "signed",
        "image",
    ];
    succeed("espsecure", &sign, folder);
    fs::read(folder.join("signed")).unwrap()
}

#[test]
fn an_image_is_loaded_and_started_with_the_log_of_the_rom() {
    let board = new_board();
    let bytes = image(&says(b'!'));
    write_flash(&board, &bytes);
    let log = log_of_boot(&board, &["entry 0x40380000\r\n!"]);
    assert!(log.contains("rst:0x1 (POWERON),boot:0xc (SPI_FAST_FLASH_BOOT)\r\n"));
    assert!(log.contains("load:0x40380000,len:0x10\r\n"));
    let folder = tempdir().unwrap();
    fs::write(folder.path().join("image"), &bytes).unwrap();
    let told = succeed(
        "esptool",
        &["--chip", "esp32c3", "image-info", "image"],
        folder.path(),
    );
    assert!(told.contains("(valid)"), "{told}");
}

/// Nobody feeds the watchdog of timer group 0.
#[test]
fn without_an_image_the_watchdog_starts_it_again_and_again() {
    let log = log_of_boot(&new_board(), &["rst:0x7 (TG0WDT_SYS_RST)"]);
    assert!(log.contains("invalid header: 0xffffffff\r\n"), "{log}");
}

#[test]
fn an_image_that_espsecure_has_signed_boots_and_with_one_flipped_bit_it_does_not() {
    let folder = tempdir().unwrap();
    let board = locked_board(folder.path());
    let good = signed(&image(&says(b'!')), folder.path());
    write_flash(&board, &good);
    let log = log_of_boot(&board, &["entry 0x40380000\r\n!"]);
    assert!(
        log.contains("secure boot verification succeeded\r\n"),
        "{log}"
    );
    // In the padding behind the image; in the signature; in the key; in the digest.
    for at in [0x800, 0x1000 + 900, 0x1000 + 100, 0x1000 + 8] {
        let mut bad = good.clone();
        bad[at] ^= 0x10;
        write_flash(&board, &bad);
        let log = log_of_boot(
            &board,
            &["secure boot verification failed\r\n", "TG0WDT_SYS_RST"],
        );
        assert!(!log.contains("entry"), "{at:#x}: {log}");
    }
}

#[test]
fn secure_boot_takes_no_image_of_another_key_and_none_without_a_signature() {
    let folder = tempdir().unwrap();
    let board = locked_board(folder.path());
    write_flash(&board, &image(&says(b'!')));
    log_of_boot(&board, &["secure boot verification failed\r\n"]);
    let other = [
        "generate-signing-key",
        "--version",
        "2",
        "--scheme",
        "rsa3072",
        "key.pem",
    ];
    fs::remove_file(folder.path().join("key.pem")).unwrap();
    succeed("espsecure", &other, folder.path());
    write_flash(&board, &signed(&image(&says(b'!')), folder.path()));
    log_of_boot(&board, &["secure boot verification failed\r\n"]);
}

#[test]
fn a_revoked_key_boots_nothing() {
    let folder = tempdir().unwrap();
    let board = locked_board(folder.path());
    write_flash(&board, &signed(&image(&says(b'!')), folder.path()));
    log_of_boot(&board, &["secure boot verification succeeded"]);
    download(&board);
    espefuse(
        &board,
        &["burn-efuse", "SECURE_BOOT_KEY_REVOKE0", "1"],
        folder.path(),
    );
    log_of_boot(&board, &["secure boot verification failed"]);
}

#[test]
fn secure_download_mode_writes_and_tells_of_itself_but_reads_nothing() {
    let (board, folder) = (new_board(), tempdir().unwrap());
    download(&board);
    espefuse(
        &board,
        &["burn-efuse", "ENABLE_SECURITY_DOWNLOAD", "1"],
        folder.path(),
    );
    download(&board);
    let bytes = pattern(5_000, 3);
    fs::write(folder.path().join("image"), &bytes).unwrap();
    esptool(
        &board,
        &["write-flash", "--flash-size", "4MB", "0x8000", "image"],
        folder.path(),
    );
    assert!(board.dump_flash()[0x8000..0x8000 + bytes.len()] == bytes);
    let told = esptool(&board, &["get-security-info"], folder.path());
    assert!(told.contains("Secure Download"), "{told}");
    let mut connection = connection(&board, 115_200);
    connection.begin().unwrap();
    assert!(connection.read_reg(0x6000_882C).is_err());
    assert!(connection.write_reg(0x6000_882C, 0, None).is_err());
    let port = board.uart_path();
    let read = [
        "--chip",
        "esp32c3",
        "--port",
        port.to_str().unwrap(),
        "--before",
        "no-reset",
    ];
    let read = [&read[..], &["read-flash", "0", "16", "back"]].concat();
    drop(connection);
    assert!(!run("esptool", &read, folder.path()).status.success());
}

#[test]
fn with_downloads_disabled_nobody_answers_and_the_flash_still_boots() {
    let (board, folder) = (new_board(), tempdir().unwrap());
    write_flash(&board, &image(&says(b'!')));
    espefuse(
        &board,
        &["burn-efuse", "DIS_DOWNLOAD_MODE", "1"],
        folder.path(),
    );
    download(&board);
    assert!(connection(&board, 115_200).begin().is_err());
    log_of_boot(&board, &["entry 0x40380000\r\n!"]);
}

/// Decryption is not modelled: with flash encryption on, what lies in the clear does not boot.
#[test]
fn with_flash_encryption_on_an_image_in_the_clear_does_not_boot() {
    let (board, folder) = (new_board(), tempdir().unwrap());
    write_flash(&board, &image(&says(b'!')));
    espefuse(
        &board,
        &["burn-efuse", "SPI_BOOT_CRYPT_CNT", "1"],
        folder.path(),
    );
    let log = log_of_boot(&board, &["invalid header: "]);
    assert!(!log.contains("entry"), "{log}");
}

#[test]
fn a_silent_rom_still_boots() {
    let (board, folder) = (new_board(), tempdir().unwrap());
    write_flash(&board, &image(&says(b'!')));
    espefuse(
        &board,
        &["burn-efuse", "UART_PRINT_CONTROL", "3"],
        folder.path(),
    );
    assert_eq!(log_of_boot(&board, &["!"]), "!");
}

/// What the loader starts from RAM runs on the core, at the loader's rate.
#[test]
fn a_program_in_ram_has_the_line_and_sleeps_while_it_is_quiet() {
    let board = new_board();
    let flasher = flasher(&board, false, None);
    let path = board.uart_path();
    let program = [(image::CODE, &echo()[..])];
    board.execute(&program, image::CODE).unwrap();
    drop(flasher);
    let mut port = serialport::new(path.to_str().unwrap(), 115_200)
        .timeout(Duration::from_secs(2))
        .open()
        .unwrap();
    for _ in 0..3 {
        std::io::Write::write_all(&mut port, b"HAL").unwrap();
        let mut answer = [0; 3];
        port.read_exact(&mut answer).unwrap();
        assert_eq!(&answer, b"IBM");
        let quiet = || {
            let before = board.instructions();
            std::thread::sleep(Duration::from_millis(50));
            board.instructions() - before
        };
        let start = Instant::now();
        while quiet() > 100_000 {
            assert!(start.elapsed() < PATIENCE, "it does not sleep");
        }
    }
}
