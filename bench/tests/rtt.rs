//! RTT with a program that runs from SRAM, as the provisioner does.

mod common;

use std::time::Duration;

use probe_rs::MemoryInterface;
use probe_rs::rtt::{Rtt, ScanRegion};

use common::{Program, SRAM, attach_halted, eventually, one_board};

const CONTROL_BLOCK: u64 = SRAM + 0x400;
const UP_BUFFER: u32 = SRAM as u32 + 0x500;
const DOWN_BUFFER: u32 = SRAM as u32 + 0x600;
const BUFFER_SIZE: u32 = 64;

/// The control block that SEGGER RTT describes: ID, counts, one channel each way.
fn control_block() -> Vec<u8> {
    let mut block = b"SEGGER RTT\0\0\0\0\0\0".to_vec();
    for word in [1, 1] {
        block.extend(u32::to_le_bytes(word));
    }
    for buffer in [UP_BUFFER, DOWN_BUFFER] {
        for word in [0, buffer, BUFFER_SIZE, 0, 0, 0] {
            block.extend(u32::to_le_bytes(word));
        }
    }
    block
}

/// Sends back each byte of the down channel plus one.
fn echo() -> Program {
    Program::new(
        SRAM as u32,
        2,
        &[
            0xf240, 0x4000, // movw r0, #0x400
            0xf2c2, 0x0000, // movt r0, #0x2000   control block
            0x6bc1, // loop: ldr r1, [r0, #0x3C]  down: write offset
            0x6c02, // ldr r2, [r0, #0x40]        down: read offset
            0x4291, // cmp r1, r2
            0xd0fb, // beq loop
            0x6b43, // ldr r3, [r0, #0x34]        down: buffer
            0x5c9c, // ldrb r4, [r3, r2]
            0x3401, // adds r4, #1
            0x3201, // adds r2, #1
            0xf002, 0x023f, // and r2, r2, #63
            0x6402, // str r2, [r0, #0x40]
            0x69c3, // ldr r3, [r0, #0x1C]        up: buffer
            0x6a45, // ldr r5, [r0, #0x24]        up: write offset
            0x555c, // strb r4, [r3, r5]
            0x3501, // adds r5, #1
            0xf005, 0x053f, // and r5, r5, #63
            0x6245, // str r5, [r0, #0x24]
            0xe7ec, // b loop
        ],
    )
}

#[test]
fn a_program_in_sram_talks_over_rtt() {
    let (_bench, board) = one_board();
    let mut session = attach_halted(&board);
    let mut core = session.core(0).unwrap();
    core.write_8(SRAM, echo().bytes()).unwrap();
    core.write_8(CONTROL_BLOCK, &control_block()).unwrap();
    core.write_word_32(0xE000_ED08, SRAM as u32).unwrap();
    core.write_core_reg(13, 0x2001_0000_u32).unwrap();
    core.write_core_reg(15, SRAM as u32 + 8).unwrap();
    core.run().unwrap();
    let region = ScanRegion::Exact(CONTROL_BLOCK);
    let mut rtt = Rtt::attach_region(&mut core, &region).unwrap();
    for round in 0..20_u8 {
        let sent = [round, round + 50, round + 100];
        assert_eq!(rtt.down_channels[0].write(&mut core, &sent).unwrap(), 3);
        let mut answer = Vec::new();
        assert!(eventually(|| {
            let mut part = [0; 8];
            let up = &mut rtt.up_channels[0];
            let count = up.read(&mut core, &mut part).unwrap();
            answer.extend_from_slice(&part[..count]);
            answer.len() >= 3
        }));
        assert_eq!(answer, sent.map(|byte| byte + 1));
    }
    core.halt(Duration::from_millis(100)).unwrap();
}
