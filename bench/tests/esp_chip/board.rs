//! Boards in download mode, and the host programs that talk to them.

use std::env;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use cradle_bench::virtual_bench::{EspBoard, EspConfig, VirtualBench};
use espflash::connection::{Connection, ResetAfterOperation, ResetBeforeOperation};
use espflash::flasher::Flasher;
use espflash::target::Chip;
use serialport::UsbPortInfo;

pub fn new_board() -> EspBoard {
    insert(EspConfig::default())
}

pub fn insert(config: EspConfig) -> EspBoard {
    VirtualBench::new(1).insert_esp(0, config).unwrap()
}

/// Restarts the board into its loader.
pub fn download(board: &EspBoard) {
    board.set_download_strap(true);
    board.reset();
}

/// Restarts the board from flash.
pub fn boot(board: &EspBoard) {
    board.set_download_strap(false);
    board.reset();
}

pub fn connection(board: &EspBoard, baud: u32) -> Connection {
    let port = serialport::new(board.uart_path().to_str().unwrap(), baud)
        .open_native()
        .unwrap();
    let info = UsbPortInfo {
        vid: 0,
        pid: 0,
        serial_number: None,
        manufacturer: None,
        product: None,
        interface: None,
    };
    Connection::new(
        port,
        info,
        ResetAfterOperation::NoResetNoStub,
        ResetBeforeOperation::NoReset,
        baud,
    )
}

pub fn flasher(board: &EspBoard, stub: bool, baud: Option<u32>) -> Flasher {
    download(board);
    let connection = connection(board, 115_200);
    Flasher::connect(connection, stub, true, false, Some(Chip::Esp32c3), baud).unwrap()
}

fn python() -> PathBuf {
    env::var_os("CRADLE_PYTHON").expect("CRADLE_PYTHON").into()
}

/// One of esptool's programs.
pub fn run(module: &str, arguments: &[&str], folder: &Path) -> Output {
    Command::new(python())
        .args(["-m", module])
        .args(arguments)
        .current_dir(folder)
        .output()
        .unwrap()
}

/// One that has to succeed; what it says.
pub fn succeed(module: &str, arguments: &[&str], folder: &Path) -> String {
    let output = run(module, arguments, folder);
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    let errors = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{arguments:?}:\n{text}{errors}");
    text
}

/// `esptool` on a board that stands in its loader.
pub fn esptool(board: &EspBoard, arguments: &[&str], folder: &Path) -> String {
    let port = board.uart_path();
    let mut all = vec!["--chip", "esp32c3", "--port", port.to_str().unwrap()];
    all.extend(["--before", "no-reset", "--after", "no-reset"]);
    all.extend(arguments);
    succeed("esptool", &all, folder)
}

/// `espefuse` on a board that stands in its loader.
pub fn espefuse(board: &EspBoard, arguments: &[&str], folder: &Path) -> String {
    let port = board.uart_path();
    let mut all = vec!["--chip", "esp32c3", "--port", port.to_str().unwrap()];
    all.extend(["--before", "no-reset", "--do-not-confirm"]);
    all.extend(arguments);
    succeed("espefuse", &all, folder)
}

/// Bytes that are the same again under the same seed.
pub fn pattern(len: usize, seed: u32) -> Vec<u8> {
    let mut state = seed | 1;
    (0..len)
        .map(|_| {
            state = state.wrapping_mul(0x0019_660D).wrapping_add(0x3C6E_F35F);
            (state >> 24) as u8
        })
        .collect()
}
