//! Halting debug and the core's own rules.
#![allow(clippy::unwrap_used)]

mod common;

use std::time::{Duration, Instant};

use cradle_bench::virtual_bench::Board;
use probe_rs::{Core, HaltReason, MemoryInterface};

use common::{FLASH, Program, SRAM, attach_halted, eventually, install, one_board};

/// Loads a program for SRAM and points the core at it, as the provisioner is started.
fn start(core: &mut Core<'_>, program: &Program) {
    core.write_8(SRAM, program.bytes()).unwrap();
    let word = |i: usize| u32::from_le_bytes(program.bytes()[i..i + 4].try_into().unwrap());
    core.write_word_32(0xE000_ED08, SRAM as u32).unwrap();
    core.write_core_reg(13, word(0)).unwrap();
    core.write_core_reg(15, word(4) & !1).unwrap();
    core.run().unwrap();
}

fn register(core: &mut Core<'_>, index: u16) -> u32 {
    core.read_core_reg(index).unwrap()
}

/// SysTick strikes all the time, and its handler leaves Z set. In between, an IT block
/// whose condition is false must not execute, wherever it was interrupted.
fn it_block_under_interrupts() -> Program {
    const VECTORS: usize = 16;
    Program::new(
        SRAM as u32,
        VECTORS,
        &[
            0x480e, // ldr r0, =0xE000E010   SysTick
            0x2125, // movs r1, #37
            0x6041, // str r1, [r0, #4]      reload
            0x2100, // movs r1, #0
            0x6081, // str r1, [r0, #8]
            0x2107, // movs r1, #7
            0x6001, // str r1, [r0, #0]
            0x2400, // movs r4, #0           rounds
            0x2500, // movs r5, #0           wrong executions
            0xf644, 0x6620, // movw r6, #20000
            0x2101, // loop: movs r1, #1
            0x2900, // cmp r1, #0
            0xbf01, // itttt eq
            0x3501, // addeq r5, #1
            0x3501, 0x3501, 0x3501, //
            0x3401, // adds r4, #1
            0x42b4, // cmp r4, r6
            0xd1f5, // bne loop
            0x2100, // movs r1, #0
            0x6001, // str r1, [r0, #0]
            0xbe00, // bkpt #0
            0x4a03, // tick: ldr r2, =0x20000100
            0x6813, // ldr r3, [r2]
            0x3301, // adds r3, #1
            0x6013, // str r3, [r2]
            0x429b, // cmp r3, r3
            0x4770, // bx lr
            0xe010, 0xe000, 0x0100, 0x2000,
        ],
    )
    .handler(SRAM as u32, VECTORS, 15, 0x30)
}

#[test]
fn an_interrupt_inside_an_it_block_keeps_its_condition() {
    let (_bench, board) = one_board();
    let mut session = attach_halted(&board);
    let mut core = session.core(0).unwrap();
    core.write_word_32(SRAM + 0x100, 0).unwrap();
    start(&mut core, &it_block_under_interrupts());
    core.wait_for_core_halted(Duration::from_secs(10)).unwrap();
    assert_eq!(register(&mut core, 4), 20_000);
    assert!(core.read_word_32(SRAM + 0x100).unwrap() > 1000);
    assert_eq!(register(&mut core, 5), 0);
}

#[test]
fn breakpoints_stop_and_steps_advance_by_one() {
    // start: movs r0, #0; loop: adds r0, #1; b loop
    const LOOP: u64 = FLASH + 10;
    let (_bench, board) = one_board();
    let code = [0x2000, 0x3001, 0xe7fd];
    install(&board, Program::new(FLASH as u32, 2, &code).bytes());
    let mut session = attach_halted(&board);
    let mut core = session.core(0).unwrap();
    core.set_hw_breakpoint(LOOP).unwrap();
    core.run().unwrap();
    core.wait_for_core_halted(Duration::from_secs(1)).unwrap();
    assert!(matches!(
        core.status().unwrap(),
        probe_rs::CoreStatus::Halted(HaltReason::Breakpoint(_))
    ));
    assert_eq!(register(&mut core, 15), LOOP as u32);
    assert_eq!(register(&mut core, 0), 0);
    core.step().unwrap();
    assert_eq!(register(&mut core, 0), 1);
    assert_eq!(register(&mut core, 15), LOOP as u32 + 2);
    core.clear_hw_breakpoint(LOOP).unwrap();
    core.run().unwrap();
    std::thread::sleep(Duration::from_millis(10));
    core.halt(Duration::from_millis(100)).unwrap();
    assert!(register(&mut core, 0) > 1000);
}

#[test]
fn memory_can_be_read_while_the_core_runs() {
    let (_bench, board) = one_board();
    let mut session = attach_halted(&board);
    let mut core = session.core(0).unwrap();
    // movw r1, #0x400; movt r1, #0x2000; loop: adds r0, #1; str r0, [r1]; b loop
    let code = [0xf240, 0x4100, 0xf2c2, 0x0100, 0x3001, 0x6008, 0xe7fc];
    start(&mut core, &Program::new(SRAM as u32, 2, &code));
    let first = core.read_word_32(SRAM + 0x400).unwrap();
    assert!(eventually(
        || core.read_word_32(SRAM + 0x400).unwrap() != first
    ));
}

fn reset_flags(board: &Board) -> u32 {
    let mut session = attach_halted(board);
    session.core(0).unwrap().read_word_32(0x4002_3874).unwrap() >> 25
}

#[test]
fn the_watchdog_resets_firmware_that_does_not_feed_it() {
    let (_bench, board) = one_board();
    // Starts the watchdog with a reload value of 1 (250 µs) and hangs.
    let code = [
        0xf243, 0x0000, // movw r0, #0x3000
        0xf2c4, 0x0000, // movt r0, #0x4000     IWDG
        0xf245, 0x5155, // movw r1, #0x5555
        0x6001, // str r1, [r0]
        0x2101, // movs r1, #1
        0x6081, // str r1, [r0, #8]             RLR
        0xf64c, 0x41cc, // movw r1, #0xCCCC
        0x6001, // str r1, [r0]
        0xe7fe, // b .
    ];
    install(&board, Program::new(FLASH as u32, 2, &code).bytes());
    // 2 ticks of LSI / 4 are 4000 cycles of the HSI: it resets again and again.
    let start = board.counters().cycles;
    assert!(eventually(|| board.counters().cycles > start + 100_000));
    const IWDGRSTF: u32 = 1 << 4;
    assert_ne!(reset_flags(&board) & IWDGRSTF, 0);
}

#[test]
fn a_power_on_reset_is_told_from_a_software_reset() {
    const PORRSTF: u32 = 1 << 2;
    const SFTRSTF: u32 = 1 << 3;
    let (_bench, board) = one_board();
    // The session resets the core by SYSRESETREQ, so both flags are up.
    assert_eq!(reset_flags(&board) & (PORRSTF | SFTRSTF), PORRSTF | SFTRSTF);
}

#[test]
fn systick_wakes_a_sleeping_core_at_its_pace_without_busy_waiting() {
    const VECTORS: usize = 16;
    let code = [
        0xf24e, 0x0010, // movw r0, #0xE010
        0xf2ce, 0x0000, // movt r0, #0xE000     SysTick
        0xf649, 0x4140, // movw r1, #40000      2.5 ms of the HSI
        0x6041, // str r1, [r0, #4]
        0x6081, // str r1, [r0, #8]
        0x2107, // movs r1, #7
        0x6001, // str r1, [r0, #0]
        0x2400, // movs r4, #0
        0xbf30, // loop: wfi
        0xe7fd, // b loop
        0x3401, // tick: adds r4, #1
        0x4770, // bx lr
    ];
    let (_bench, board) = one_board();
    let program = Program::new(FLASH as u32, VECTORS, &code);
    install(
        &board,
        program.handler(FLASH as u32, VECTORS, 15, 0x1a).bytes(),
    );
    let (clock, start) = (Instant::now(), board.counters());
    let ticks = |cycles: u64| (cycles - start.cycles) / 40_000;
    assert!(eventually(|| ticks(board.counters().cycles) >= 10));
    let end = board.counters();
    let real_ticks = clock.elapsed().as_micros() / 2500;
    assert!(u128::from(ticks(end.cycles)) <= real_ticks + 1);
    assert!(end.instructions - start.instructions < 1000 * ticks(end.cycles));
}

/// DHCSR.C_MASKINTS (DDI0403 C1.6.2) covers SysTick: a masked step goes on in the program, and
/// what became pending meanwhile is taken afterwards.
#[test]
fn a_debugger_that_masks_interrupts_is_not_led_into_systick() {
    const DHCSR: u64 = 0xE000_EDF0;
    const STEP_MASKED: u32 = 0xA05F_0000 | 1 << 3 | 1 << 2 | 1;
    const HALT: u32 = 0xA05F_0000 | 1 << 1 | 1;
    const VECTORS: usize = 16;
    let program = Program::new(
        SRAM as u32,
        VECTORS,
        &[
            0x4803, // ldr r0, =0xE000E010
            0x2107, // movs r1, #7
            0x6041, // str r1, [r0, #4]
            0x6001, // str r1, [r0, #0]
            0xbe00, // bkpt #0
            0xe7fe, // loop: b loop
            0xbe00, // tick: bkpt #0
            0x0000, 0xe010, 0xe000,
        ],
    )
    .handler(SRAM as u32, VECTORS, 15, 0xC);
    let (_bench, board) = one_board();
    let mut session = attach_halted(&board);
    let mut core = session.core(0).unwrap();
    start(&mut core, &program);
    core.wait_for_core_halted(Duration::from_secs(2)).unwrap();
    let code = SRAM as u32 + 4 * VECTORS as u32;
    core.write_core_reg(15_u16, code + 0xA).unwrap();
    for _ in 0..50 {
        core.write_word_32(DHCSR, STEP_MASKED).unwrap();
        core.write_word_32(DHCSR, HALT | 1 << 3).unwrap();
        assert_eq!(register(&mut core, 15), code + 0xA);
    }
    core.write_word_32(DHCSR, HALT).unwrap();
    core.run().unwrap();
    core.wait_for_core_halted(Duration::from_secs(2)).unwrap();
    assert_eq!(register(&mut core, 15), code + 0xC);
}

#[test]
fn a_debugger_reaches_the_floating_point_registers() {
    const CPACR: u64 = 0xE000_ED88;
    const FPSCR: u16 = 0x21;
    const S0: u16 = 0x40;
    const S1: u16 = 0x41;
    const S2: u16 = 0x42;
    const ONE: u32 = 0x3F80_0000;
    /// A little more than half a unit in the last place of 1.
    const LITTLE: u32 = 0x3380_0001;
    const NZCV: u32 = 0xF << 28;
    const INEXACT: u32 = 1 << 4;
    let (_bench, board) = one_board();
    let mut session = attach_halted(&board);
    let mut core = session.core(0).unwrap();
    core.write_word_32(CPACR, 0xF << 20).unwrap();
    for (index, value) in [(FPSCR, NZCV), (S0, ONE), (S1, LITTLE)] {
        core.write_core_reg(index, value).unwrap();
    }
    // vadd.f32 s2, s0, s1; bkpt
    let code = [0xEE30, 0x1A20, 0xBE00];
    start(&mut core, &Program::new(SRAM as u32, 2, &code));
    core.wait_for_core_halted(Duration::from_secs(10)).unwrap();
    assert_eq!(register(&mut core, S2), ONE + 1);
    assert_eq!(register(&mut core, FPSCR), NZCV | INEXACT);
}
