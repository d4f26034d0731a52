//! USART1 behind a pseudo-terminal, opened as host programs open serial ports.
#![allow(clippy::unwrap_used)]

mod common;

use std::time::Duration;

use cradle_bench::virtual_bench::Board;
use serialport::SerialPort;

use common::{echo, echo_by_interrupt, eventually, install, one_board};

fn open(board: &Board) -> Box<dyn SerialPort> {
    let path = board.uart_path();
    serialport::new(path.to_str().unwrap(), 115_200)
        .timeout(Duration::from_secs(2))
        .open()
        .unwrap()
}

/// The firmware listens some instructions after power-on; bytes before that are lost.
fn wait_until_listening(board: &Board) {
    let start = board.counters().instructions;
    assert!(eventually(|| board.counters().instructions > start + 20));
}

fn exchange(port: &mut dyn SerialPort, sent: &[u8], expected: &[u8]) {
    port.write_all(sent).unwrap();
    let mut answer = vec![0; expected.len()];
    port.read_exact(&mut answer).unwrap();
    assert_eq!(answer, expected);
}

#[test]
fn polled_firmware_answers_on_the_serial_port() {
    let (_bench, board) = one_board();
    install(&board, echo().bytes());
    wait_until_listening(&board);
    let mut port = open(&board);
    exchange(&mut *port, b"HAL", b"IBM");
}

#[test]
fn the_port_can_be_closed_and_opened_again() {
    let (_bench, board) = one_board();
    install(&board, echo().bytes());
    wait_until_listening(&board);
    for _ in 0..3 {
        let mut port = open(&board);
        exchange(&mut *port, b"12345", b"23456");
    }
}

#[test]
fn an_interrupt_wakes_firmware_that_sleeps() {
    let (_bench, board) = one_board();
    install(&board, echo_by_interrupt().bytes());
    assert!(eventually(|| {
        let before = board.counters().instructions;
        std::thread::sleep(Duration::from_millis(20));
        before > 0 && board.counters().instructions == before
    }));
    let mut port = open(&board);
    let sent: Vec<u8> = (0..200).collect();
    let expected: Vec<u8> = (1..201).collect();
    exchange(&mut *port, &sent, &expected);
}

#[test]
fn what_is_sent_to_a_board_without_supply_is_lost() {
    let (_bench, board) = one_board();
    install(&board, echo().bytes());
    let mut port = open(&board);
    board.power_off();
    port.write_all(b"lost").unwrap();
    std::thread::sleep(Duration::from_millis(150));
    board.power_on();
    wait_until_listening(&board);
    exchange(&mut *port, b"a", b"b");
}
