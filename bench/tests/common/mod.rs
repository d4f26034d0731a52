//! What the tests of the virtual bench share: sessions and small programs.
//!
//! Programs are given as Thumb halfwords with their assembly beside them, so that no
//! assembler is needed to run the tests.
#![allow(dead_code, unreachable_pub, clippy::unwrap_used)]

use std::time::{Duration, Instant};

use cradle_bench::virtual_bench::{Board, BoardConfig, VirtualBench};
use probe_rs::flashing::DownloadOptions;
use probe_rs::{Core, MemoryInterface, Permissions, Session};

pub const CHIP: &str = "STM32F405RGTx";
pub const FLASH: u64 = 0x0800_0000;
pub const SRAM: u64 = 0x2000_0000;

/// Flash interface registers (RM0090 §3.9).
pub const KEYR: u64 = 0x4002_3C04;
pub const OPTKEYR: u64 = 0x4002_3C08;
pub const SR: u64 = 0x4002_3C0C;
pub const CR: u64 = 0x4002_3C10;
pub const OPTCR: u64 = 0x4002_3C14;

/// FLASH_SR (§3.9.5).
pub const WRPERR: u32 = 1 << 4;
pub const PGAERR: u32 = 1 << 5;
pub const PGPERR: u32 = 1 << 6;
pub const PGSERR: u32 = 1 << 7;
/// FLASH_CR (§3.9.7).
pub const PG: u32 = 1 << 0;
pub const SER: u32 = 1 << 1;
pub const MER: u32 = 1 << 2;
pub const STRT: u32 = 1 << 16;
pub const PSIZE_32: u32 = 2 << 8;

pub fn one_board() -> (VirtualBench, Board) {
    let bench = VirtualBench::new(1);
    let board = bench.insert(0, BoardConfig::default()).unwrap();
    (bench, board)
}

pub fn attach(board: &Board) -> Session {
    board.probe().attach(CHIP, Permissions::default()).unwrap()
}

/// A session whose core stands at its reset vector.
pub fn attach_halted(board: &Board) -> Session {
    let mut session = attach(board);
    session
        .core(0)
        .unwrap()
        .reset_and_halt(Duration::from_millis(500))
        .unwrap();
    session
}

pub fn flash(session: &mut Session, address: u64, image: &[u8]) {
    let mut loader = session.target().flash_loader();
    loader.add_data(address, image).unwrap();
    let mut options = DownloadOptions::default();
    options.verify = true;
    loader.commit(session, options).unwrap();
}

pub fn unlock(core: &mut Core<'_>) {
    core.write_word_32(KEYR, 0x4567_0123).unwrap();
    core.write_word_32(KEYR, 0xCDEF_89AB).unwrap();
}

/// Programs a word through the registers and returns FLASH_SR, which it then clears.
pub fn program_word(core: &mut Core<'_>, address: u64, value: u32) -> u32 {
    core.write_word_32(CR, PG | PSIZE_32).unwrap();
    core.write_word_32(address, value).unwrap();
    core.write_word_32(CR, PSIZE_32).unwrap();
    take_status(core)
}

/// Erases a sector through the registers and returns FLASH_SR, which it then clears.
pub fn erase_sector(core: &mut Core<'_>, number: u32) -> u32 {
    let what = SER | number << 3 | PSIZE_32;
    core.write_word_32(CR, what).unwrap();
    core.write_word_32(CR, what | STRT).unwrap();
    core.write_word_32(CR, PSIZE_32).unwrap();
    take_status(core)
}

pub fn take_status(core: &mut Core<'_>) -> u32 {
    let status = core.read_word_32(SR).unwrap();
    core.write_word_32(SR, status).unwrap();
    status
}

/// Writes option bytes in the layout of FLASH_OPTCR.
pub fn set_option_bytes(core: &mut Core<'_>, optcr: u32) {
    core.write_word_32(OPTKEYR, 0x0819_2A3B).unwrap();
    core.write_word_32(OPTKEYR, 0x4C5D_6E7F).unwrap();
    core.write_word_32(OPTCR, optcr & !3).unwrap();
    core.write_word_32(OPTCR, optcr & !3 | 2).unwrap();
}

/// Puts a program into flash and starts it without a debugger.
pub fn install(board: &Board, program: &[u8]) {
    let mut session = attach(board);
    flash(&mut session, FLASH, program);
    drop(session);
    board.power_cycle();
}

/// A vector table with the given handlers, and code behind it.
pub struct Program {
    bytes: Vec<u8>,
}

impl Program {
    /// `vectors` words in the table; the code starts behind them and is the reset handler.
    pub fn new(base: u32, vectors: usize, code: &[u16]) -> Self {
        let mut bytes = Vec::new();
        let entry = base + 4 * vectors as u32 + 1;
        bytes.extend(0x2001_0000_u32.to_le_bytes());
        bytes.extend(entry.to_le_bytes());
        bytes.resize(4 * vectors, 0);
        bytes.extend(code.iter().flat_map(|half| half.to_le_bytes()));
        Self { bytes }
    }

    /// Handler of exception `number`, at `offset` bytes into the code.
    pub fn handler(mut self, base: u32, vectors: usize, number: usize, offset: u32) -> Self {
        let address = base + 4 * vectors as u32 + offset + 1;
        self.bytes[4 * number..4 * number + 4].copy_from_slice(&address.to_le_bytes());
        self
    }

    pub fn bytes(&self) -> &[u8] {
        &self.bytes
    }
}

/// Answers each byte on USART1 with the next one, by polling. 115,200 baud from the HSI.
pub fn echo() -> Program {
    Program::new(
        FLASH as u32,
        2,
        &[
            0x4809, // ldr r0, =0x40020000   GPIOA
            0x490a, // ldr r1, =0x40011000   USART1
            0x4a0a, // ldr r2, =0xA8280000   PA9, PA10: alternate function
            0x6002, // str r2, [r0, #0]      MODER
            0xf44f, 0x62ee, // mov r2, #0x770
            0x6242, // str r2, [r0, #0x24]   AFRH
            0x228b, // movs r2, #139
            0x608a, // str r2, [r1, #8]      BRR
            0xf242, 0x020c, // movw r2, #0x200C
            0x60ca, // str r2, [r1, #12]     CR1: UE, TE, RE
            0x680a, // wait: ldr r2, [r1, #0]
            0x0692, // lsls r2, r2, #26      RXNE
            0xd5fc, // bpl wait
            0x684a, // ldr r2, [r1, #4]
            0x3201, // adds r2, #1
            0x604a, // str r2, [r1, #4]
            0xe7f8, // b wait
            0x0000, 0x0000, 0x4002, 0x1000, 0x4001, 0x0000, 0xa828,
        ],
    )
}

/// The same by interrupt, asleep in WFI between bytes.
pub fn echo_by_interrupt() -> Program {
    const VECTORS: usize = 54;
    Program::new(
        FLASH as u32,
        VECTORS,
        &[
            0x480b, // ldr r0, =0x40020000
            0x490c, // ldr r1, =0x40011000
            0x4a0c, // ldr r2, =0xA8280000
            0x6002, // str r2, [r0, #0]
            0xf44f, 0x62ee, // mov r2, #0x770
            0x6242, // str r2, [r0, #0x24]
            0x228b, // movs r2, #139
            0x608a, // str r2, [r1, #8]
            0xf242, 0x022c, // movw r2, #0x202C
            0x60ca, // str r2, [r1, #12]     CR1: UE, TE, RE, RXNEIE
            0x4808, // ldr r0, =0xE000E104   NVIC_ISER1
            0x2220, // movs r2, #0x20        position 37
            0x6002, // str r2, [r0, #0]
            0xbf30, // wait: wfi
            0xe7fd, // b wait
            0x4904, // irq: ldr r1, =0x40011000
            0x680a, // ldr r2, [r1, #0]
            0x684a, // ldr r2, [r1, #4]
            0x3201, // adds r2, #1
            0x604a, // str r2, [r1, #4]
            0x4770, // bx lr
            0x0000, 0x0000, 0x4002, 0x1000, 0x4001, 0x0000, 0xa828, 0xe104, 0xe000,
        ],
    )
    .handler(FLASH as u32, VECTORS, 16 + 37, 0x22)
}

/// Waits until `done` says so; false after two seconds.
pub fn eventually(mut done: impl FnMut() -> bool) -> bool {
    let start = Instant::now();
    while start.elapsed() < Duration::from_secs(2) {
        if done() {
            return true;
        }
        std::thread::sleep(Duration::from_millis(2));
    }
    false
}
