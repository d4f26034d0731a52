//! Register addresses and bit positions of the model against Espressif's own description: the
//! `esp32c3` crate is generated from the SVD file. Its accessors work on a register block in
//! host memory here; what they produce there is carried to the board by the ROM loader, at the
//! addresses they name, and what the board answers is read with them.
#![allow(unreachable_pub, dead_code, unsafe_code)]
#![allow(clippy::expect_used, clippy::panic, clippy::unwrap_used)]

#[path = "esp_chip/board.rs"]
mod board;

use std::mem::MaybeUninit;

use cradle_bench::virtual_bench::{EspBoard, EspConfig, Trng};
use esp32c3 as pac;
use espflash::connection::Connection;

use board::{connection, download, insert, new_board};

/// A register block of all zeros.
fn scratch_like<T>(_: *const T) -> Box<T> {
    // SAFETY: the blocks consist of 32-bit cells only, for which zero is a value.
    Box::new(unsafe { MaybeUninit::zeroed().assume_init() })
}

/// Address of a register: the base that the SVD gives and its place in the block.
macro_rules! address {
    ($peripheral:ident . $($register:tt)+) => {{
        let base = pac::$peripheral::PTR;
        let block = scratch_like(base);
        let place = std::ptr::from_ref(block.$($register)+).cast::<u8>() as usize;
        (base as usize + place - std::ptr::from_ref(&*block).cast::<u8>() as usize) as u32
    }};
}

/// The bits that the accessors set in a register that was all zeros.
macro_rules! value {
    ($peripheral:ident . $register:ident, $set:expr) => {{
        let block = scratch_like(pac::$peripheral::PTR);
        // SAFETY: it is host memory.
        unsafe { block.$register().write_with_zero($set) };
        block.$register().read().bits()
    }};
}

/// A value as the accessors read it.
macro_rules! reader {
    ($peripheral:ident . $register:ident, $value:expr) => {{
        let block = scratch_like(pac::$peripheral::PTR);
        // The registers that the hardware writes have no setter: the cell is written instead.
        let cell = std::ptr::from_ref(block.$register())
            .cast::<u32>()
            .cast_mut();
        // SAFETY: it is host memory, inside of a cell that allows it.
        unsafe { cell.write_volatile($value) };
        block.$register().read()
    }};
}

fn loader(board: &EspBoard) -> Connection {
    download(board);
    let mut connection = connection(board, 115_200);
    connection.begin().unwrap();
    connection
}

fn read(loader: &mut Connection, address: u32) -> u32 {
    loader.read_reg(address).unwrap()
}

fn write(loader: &mut Connection, address: u32, value: u32) {
    loader.write_reg(address, value, None).unwrap();
}

#[test]
fn identity_and_revision_are_where_the_description_says() {
    let board = insert(EspConfig::genuine(0x0A_0B0C).with_revision(1, 9));
    let mut loader = loader(&board);
    let low = read(&mut loader, address!(EFUSE.rd_mac_spi_sys_0()));
    let high = read(&mut loader, address!(EFUSE.rd_mac_spi_sys_1()));
    assert_eq!((low, high & 0xFFFF), (0xF90A_0B0C, 0x6055));
    let unique = read(&mut loader, address!(EFUSE.rd_sys_part1_data0()));
    assert_eq!(
        unique.to_le_bytes(),
        EspConfig::genuine(0x0A_0B0C).unique_id[..4]
    );
}

#[test]
fn a_burn_by_the_described_registers_is_read_by_the_described_fields() {
    let board = new_board();
    let mut loader = loader(&board);
    // DIS_PAD_JTAG; KEY_PURPOSE_0 and SECURE_BOOT_KEY_REVOKE1; SECURE_BOOT_EN; SECURE_VERSION,
    // ENABLE_SECURITY_DOWNLOAD and DIS_DOWNLOAD_MODE.
    let words = [
        (address!(EFUSE.pgm_data1()), 1 << 19),
        (address!(EFUSE.pgm_data2()), 9 << 24 | 1 << 22),
        (address!(EFUSE.pgm_data3()), 1 << 20),
        (address!(EFUSE.pgm_data4()), 0x7 << 14 | 1 << 5 | 1),
    ];
    for (register, value) in words {
        write(&mut loader, register, value);
    }
    burn(&mut loader, 0);
    let raw = reader!(EFUSE.int_raw, read(&mut loader, address!(EFUSE.int_raw())));
    assert!(raw.pgm_done().bit());
    let stale = read(&mut loader, address!(EFUSE.rd_repeat_data3()));
    assert_eq!(stale, 0, "not read yet");
    load(&mut loader);
    let first = reader!(
        EFUSE.rd_repeat_data0,
        read(&mut loader, address!(EFUSE.rd_repeat_data0()))
    );
    assert!(first.dis_pad_jtag().bit());
    let second = reader!(
        EFUSE.rd_repeat_data1,
        read(&mut loader, address!(EFUSE.rd_repeat_data1()))
    );
    assert_eq!(second.key_purpose_0().bits(), 9);
    assert!(second.secure_boot_key_revoke1().bit());
    let third = reader!(
        EFUSE.rd_repeat_data2,
        read(&mut loader, address!(EFUSE.rd_repeat_data2()))
    );
    assert!(third.secure_boot_en().bit());
    let fourth = reader!(
        EFUSE.rd_repeat_data3,
        read(&mut loader, address!(EFUSE.rd_repeat_data3()))
    );
    assert_eq!(fourth.secure_version().bits(), 7);
    assert!(fourth.enable_security_download().bit() && fourth.dis_download_mode().bit());
}

fn burn(loader: &mut Connection, block: u8) {
    let code = value!(EFUSE.conf, |w| w.op_code().bits(0x5A5A));
    write(loader, address!(EFUSE.conf()), code);
    let burn = value!(EFUSE.cmd, |w| w.pgm_cmd().set_bit().blk_num().bits(block));
    write(loader, address!(EFUSE.cmd()), burn);
}

fn load(loader: &mut Connection) {
    let code = value!(EFUSE.conf, |w| w.op_code().bits(0x5AA5));
    write(loader, address!(EFUSE.conf()), code);
    write(
        loader,
        address!(EFUSE.cmd()),
        value!(EFUSE.cmd, |w| w.read_cmd().set_bit()),
    );
}

/// WR_DIS counts from the next read on.
#[test]
fn what_is_write_protected_stays_as_it_is() {
    let board = new_board();
    let mut loader = loader(&board);
    // The switches of the loader and the counter; the user's block.
    write(&mut loader, address!(EFUSE.pgm_data0()), 1 << 18 | 1 << 22);
    write(&mut loader, address!(EFUSE.pgm_data4()), 1 << 14);
    burn(&mut loader, 0);
    load(&mut loader);
    write(&mut loader, address!(EFUSE.pgm_data4()), 0xFFFF << 14 | 1);
    burn(&mut loader, 0);
    burn(&mut loader, 3);
    assert_eq!(board.dump_efuse_block(0)[16..20], [0, 0x40, 0, 0]);
    assert_eq!(board.dump_efuse_block(3), [0; 32]);
}

#[test]
fn nothing_is_burnt_without_the_operation_code() {
    let board = new_board();
    let mut loader = loader(&board);
    write(&mut loader, address!(EFUSE.pgm_data1()), 1);
    let burn = value!(EFUSE.cmd, |w| w.pgm_cmd().set_bit());
    write(&mut loader, address!(EFUSE.cmd()), burn);
    assert_eq!(board.dump_efuse_block(0)[4], 0);
}

#[test]
fn the_flash_answers_through_the_described_spi_registers() {
    let board = new_board();
    let mut loader = loader(&board);
    let user = value!(SPI1.user, |w| w
        .usr_command()
        .set_bit()
        .usr_miso()
        .set_bit());
    write(&mut loader, address!(SPI1.user()), user);
    let command = value!(SPI1.user2, |w| w
        .usr_command_bitlen()
        .bits(7)
        .usr_command_value()
        .bits(0x9F));
    write(&mut loader, address!(SPI1.user2()), command);
    let length = value!(SPI1.miso_dlen, |w| w.usr_miso_dbitlen().bits(23));
    write(&mut loader, address!(SPI1.miso_dlen()), length);
    let go = value!(SPI1.cmd, |w| w.usr().set_bit());
    write(&mut loader, address!(SPI1.cmd()), go);
    let answer = read(&mut loader, address!(SPI1.w(0)));
    assert_eq!(answer.to_le_bytes()[..3], [0xEF, 0x40, 0x16]);
    let done = reader!(SPI1.cmd, read(&mut loader, address!(SPI1.cmd())));
    assert!(!done.usr().bit());
}

#[test]
fn the_ready_made_flash_commands_are_at_their_bits() {
    let board = new_board();
    let mut loader = loader(&board);
    let cmd = address!(SPI1.cmd());
    write(
        &mut loader,
        cmd,
        value!(SPI1.cmd, |w| w.flash_wren().set_bit()),
    );
    write(
        &mut loader,
        cmd,
        value!(SPI1.cmd, |w| w.flash_rdsr().set_bit()),
    );
    let status = reader!(
        SPI1.rd_status,
        read(&mut loader, address!(SPI1.rd_status()))
    );
    assert_eq!(status.status().bits() & 0xFF, 2, "the write enable latch");
    let four = value!(SPI1.mosi_dlen, |w| w.usr_mosi_dbitlen().bits(31));
    write(&mut loader, address!(SPI1.mosi_dlen()), four);
    write(&mut loader, address!(SPI1.addr()), 0x2345);
    write(&mut loader, address!(SPI1.w(0)), 0x0403_0201);
    write(
        &mut loader,
        cmd,
        value!(SPI1.cmd, |w| w.flash_pp().set_bit()),
    );
    assert_eq!(board.dump_flash()[0x2345..0x2349], [1, 2, 3, 4]);
    write(
        &mut loader,
        cmd,
        value!(SPI1.cmd, |w| w.flash_se().set_bit()),
    );
    assert_eq!(board.dump_flash()[0x2345], 1, "not without the latch");
}

#[test]
fn timer_noise_and_reset_state_are_where_the_description_says() {
    let board = insert(EspConfig::default().with_trng(Trng::Stuck(0x1234_5678)));
    let mut loader = loader(&board);
    // The SVD describes the register in two blocks.
    assert_eq!(address!(RNG.data()), 0x6002_60B0);
    assert_eq!(read(&mut loader, address!(RNG.data())), 0x1234_5678);
    assert_eq!(address!(APB_CTRL.rnd_data()), address!(RNG.data()));
    let update = 1 << 30;
    write(&mut loader, address!(SYSTIMER.unit0_op()), update);
    let op = reader!(
        SYSTIMER.unit0_op,
        read(&mut loader, address!(SYSTIMER.unit0_op()))
    );
    assert!(op.value_valid().bit());
    let state = reader!(
        RTC_CNTL.reset_state,
        read(&mut loader, address!(RTC_CNTL.reset_state()))
    );
    assert_eq!(state.reset_cause_procpu().bits(), 1, "power-on");
    assert_eq!(address!(TIMG0.wdtconfig0()), 0x6001_F048);
    assert_eq!(address!(SYSTEM.sysclk_conf()), 0x600C_0058);
}

#[test]
fn a_software_reset_restarts_the_chip() {
    let board = new_board();
    let mut loader = loader(&board);
    let reset = value!(RTC_CNTL.options0, |w| w.sw_sys_rst().set_bit());
    // There is no answer: the loader starts anew.
    loader
        .write_reg(address!(RTC_CNTL.options0()), reset, None)
        .unwrap_err();
    loader.begin().unwrap();
    let state = reader!(
        RTC_CNTL.reset_state,
        read(&mut loader, address!(RTC_CNTL.reset_state()))
    );
    assert_eq!(state.reset_cause_procpu().bits(), 3);
}

#[test]
fn the_uart_runs_at_the_rate_that_its_described_dividers_give() {
    let board = new_board();
    let mut loader = loader(&board);
    let divider = reader!(UART0.clkdiv, read(&mut loader, address!(UART0.clkdiv())));
    let clock = reader!(
        UART0.clk_conf,
        read(&mut loader, address!(UART0.clk_conf()))
    );
    assert_eq!(
        (clock.sclk_sel().bits(), clock.sclk_div_num().bits()),
        (3, 0)
    );
    let sixteenths = u32::from(divider.clkdiv().bits()) * 16 + u32::from(divider.frag().bits());
    let baud = 40_000_000 * 16 / u64::from(sixteenths);
    assert!(baud.abs_diff(115_200) < 200, "{baud}");
}
