//! One program about exceptions, in RAM, that writes down what it sees.
//!
//! Thread and handlers append words to the data: which of them runs, and what special registers,
//! fault registers and frames hold then. In this order: interrupts that preempt each other;
//! PRIMASK, BASEPRI, BASEPRI_MAX and FAULTMASK; PendSV before SysTick; an undefined instruction
//! without and with a handler of its own; refused loads, stores and instructions; code where
//! there never is any; a target without its Thumb bit; a coprocessor that is off; addresses that
//! must be aligned; division by zero; a fault that is too urgent for its handler; SVC from an IT
//! block, without privilege, on a process stack that is not a multiple of 8; exclusive accesses
//! around an exception; a bit of memory at its own address.

use super::program::{CODE, DATA, DATA_LENGTH};

/// Where the vector table is, behind the code.
const TABLE: u32 = 0x800;
const IRQ: [u32; 4] = [0x2A8, 0x2D8, 0x2F6, 0x300];
const PENDSV: u32 = 0x31A;
const SYSTICK: u32 = 0x324;
const SVCALL: u32 = 0x32E;
const FAULT: u32 = 0x390;

/// Code and data as they are in memory before.
pub fn program() -> (Vec<u8>, Vec<u8>) {
    let handlers = [
        [FAULT; 5].as_slice(),
        &[0; 4],
        &[SVCALL, 0, 0, PENDSV, SYSTICK],
        &IRQ,
    ];
    assembled(HALFWORDS, &handlers.concat())
}

/// A program with its vector table behind it; handlers by their offset, from NMI on.
pub fn assembled(halfwords: &[u16], handlers: &[u32]) -> (Vec<u8>, Vec<u8>) {
    let halves = halfwords.iter();
    let mut code: Vec<u8> = halves.flat_map(|half| half.to_le_bytes()).collect();
    code.resize(TABLE as usize, 0);
    let handlers = handlers.iter().map(|handler| CODE + handler + 1);
    for word in [DATA, CODE + 1].into_iter().chain(handlers) {
        code.extend(word.to_le_bytes());
    }
    code.extend(super::qemu::epilogue(CODE + code.len() as u32));
    (code, vec![0; DATA_LENGTH as usize])
}

/// The last word that it writes.
pub const LAST: u32 = 0xEE;

#[rustfmt::skip]
const HALFWORDS: &[u16] = &[
    0xf24f, 0x0000, // movw r0, #61440
    0xf2c2, 0x0001, // movt r0, #8193
    0xf380, 0x8808, // msr MSP, r0
    0xf240, 0x0b00, // movw fp, #0
    0xf2c2, 0x0b01, // movt fp, #8193
    0xf24e, 0x2c00, // movw ip, #57856
    0xf2ce, 0x0c00, // movt ip, #57344
    0xf64e, 0x5800, // movw r8, #60672
    0xf2ce, 0x0800, // movt r8, #57344
    0xf640, 0x0000, // movw r0, #2048
    0xf2c2, 0x0000, // movt r0, #8192
    0xf8c8, 0x0008, // str.w r0, [r8, #8]
    0xf24e, 0x4000, // movw r0, #58368
    0xf2ce, 0x0000, // movt r0, #57344
    0xf244, 0x0180, // movw r1, #16512
    0xf2c2, 0x01c0, // movt r1, #8384
    0x6001, // str r1, [r0, #0]
    0xf24e, 0x1000, // movw r0, #57600
    0xf2ce, 0x0000, // movt r0, #57344
    0x210f, // movs r1, #15
    0x6001, // str r1, [r0, #0]
    0x2301, // movs r3, #1
    0xf8cc, 0x3000, // str.w r3, [ip]
    0xf3bf, 0x8f4f, // dsb sy
    0xf3bf, 0x8f6f, // isb sy
    0xf240, 0x0301, // movw r3, #1
    0xf84b, 0x3b04, // str.w r3, [fp], #4
    0xb672, // cpsid i
    0x2301, // movs r3, #1
    0xf8cc, 0x3000, // str.w r3, [ip]
    0xf3bf, 0x8f4f, // dsb sy
    0xf3bf, 0x8f6f, // isb sy
    0xf240, 0x0302, // movw r3, #2
    0xf84b, 0x3b04, // str.w r3, [fp], #4
    0xf8dc, 0x0000, // ldr.w r0, [ip]
    0xf84b, 0x0b04, // str.w r0, [fp], #4
    0xf3ef, 0x8010, // mrs r0, PRIMASK
    0xf84b, 0x0b04, // str.w r0, [fp], #4
    0xbf30, // wfi
    0xb662, // cpsie i
    0xf3bf, 0x8f6f, // isb sy
    0xf240, 0x0303, // movw r3, #3
    0xf84b, 0x3b04, // str.w r3, [fp], #4
    0x2080, // movs r0, #128
    0xf380, 0x8811, // msr BASEPRI, r0
    0x2307, // movs r3, #7
    0xf8cc, 0x3000, // str.w r3, [ip]
    0xf3bf, 0x8f4f, // dsb sy
    0xf3bf, 0x8f6f, // isb sy
    0xf240, 0x0304, // movw r3, #4
    0xf84b, 0x3b04, // str.w r3, [fp], #4
    0x20c0, // movs r0, #192
    0xf380, 0x8812, // msr BASEPRI_MAX, r0
    0xf3ef, 0x8011, // mrs r0, BASEPRI
    0xf84b, 0x0b04, // str.w r0, [fp], #4
    0x2000, // movs r0, #0
    0xf380, 0x8811, // msr BASEPRI, r0
    0xf3bf, 0x8f6f, // isb sy
    0xf240, 0x0305, // movw r3, #5
    0xf84b, 0x3b04, // str.w r3, [fp], #4
    0xb671, // cpsid f
    0x2302, // movs r3, #2
    0xf8cc, 0x3000, // str.w r3, [ip]
    0xf3bf, 0x8f4f, // dsb sy
    0xf3bf, 0x8f6f, // isb sy
    0xf240, 0x0306, // movw r3, #6
    0xf84b, 0x3b04, // str.w r3, [fp], #4
    0xf3ef, 0x8013, // mrs r0, FAULTMASK
    0xf84b, 0x0b04, // str.w r0, [fp], #4
    0xb661, // cpsie f
    0xf3bf, 0x8f6f, // isb sy
    0xf240, 0x0307, // movw r3, #7
    0xf84b, 0x3b04, // str.w r3, [fp], #4
    0xf240, 0x0000, // movw r0, #0
    0xf2cf, 0x00f0, // movt r0, #61680
    0xf8c8, 0x0020, // str.w r0, [r8, #32]
    0xb672, // cpsid i
    0xf240, 0x0000, // movw r0, #0
    0xf2c1, 0x4000, // movt r0, #5120
    0xf8c8, 0x0004, // str.w r0, [r8, #4]
    0xf3bf, 0x8f4f, // dsb sy
    0xb662, // cpsie i
    0xf3bf, 0x8f6f, // isb sy
    0xf240, 0x0308, // movw r3, #8
    0xf84b, 0x3b04, // str.w r3, [fp], #4
    0xf20f, 0x0904, // addw r9, pc, #4
    0xde01, // udf #1
    0xf240, 0x0309, // movw r3, #9
    0xf84b, 0x3b04, // str.w r3, [fp], #4
    0xf240, 0x0000, // movw r0, #0
    0xf2c0, 0x0007, // movt r0, #7
    0xf8c8, 0x0024, // str.w r0, [r8, #36]
    0xf20f, 0x0902, // addw r9, pc, #2
    0xde02, // udf #2
    0xf20f, 0x090c, // addw r9, pc, #12
    0xf240, 0x0000, // movw r0, #0
    0xf2c6, 0x0000, // movt r0, #24576
    0x6840, // ldr r0, [r0, #4]
    0xf20f, 0x090a, // addw r9, pc, #10
    0xf240, 0x0000, // movw r0, #0
    0xf2c6, 0x0000, // movt r0, #24576
    0x6080, // str r0, [r0, #8]
    0xf20f, 0x090c, // addw r9, pc, #12
    0xf240, 0x0001, // movw r0, #1
    0xf2c6, 0x0000, // movt r0, #24576
    0x4700, // bx r0
    0xf20f, 0x090a, // addw r9, pc, #10
    0xf240, 0x0001, // movw r0, #1
    0xf2c4, 0x0000, // movt r0, #16384
    0x4700, // bx r0
    0xf20f, 0x090c, // addw r9, pc, #12
    0xf240, 0x0000, // movw r0, #0
    0xf2c2, 0x0000, // movt r0, #8192
    0x4700, // bx r0
    0xf20f, 0x0904, // addw r9, pc, #4
    0xee00, 0x0a10, // vmov s0, r0
    0xf20f, 0x0908, // addw r9, pc, #8
    0xf20b, 0x1001, // addw r0, fp, #257
    0xe890, 0x0006, // ldmia.w r0, {r1, r2}
    0xf20f, 0x0908, // addw r9, pc, #8
    0xf50b, 0x7081, // add.w r0, fp, #258
    0xe9d0, 0x1200, // ldrd r1, r2, [r0]
    0xf240, 0x2010, // movw r0, #528
    0xf2c0, 0x0000, // movt r0, #0
    0xf8c8, 0x0014, // str.w r0, [r8, #20]
    0xf20f, 0x0906, // addw r9, pc, #6
    0x2000, // movs r0, #0
    0xfbb8, 0xf1f0, // udiv r1, r8, r0
    0x2000, // movs r0, #0
    0xf240, 0x2000, // movw r0, #512
    0xf8c8, 0x0014, // str.w r0, [r8, #20]
    0xf240, 0x0000, // movw r0, #0
    0xf2c0, 0x0040, // movt r0, #64
    0xf8c8, 0x0018, // str.w r0, [r8, #24]
    0x2308, // movs r3, #8
    0xf8cc, 0x3000, // str.w r3, [ip]
    0xf3bf, 0x8f4f, // dsb sy
    0xf3bf, 0x8f6f, // isb sy
    0xf240, 0x030a, // movw r3, #10
    0xf84b, 0x3b04, // str.w r3, [fp], #4
    0xf64d, 0x70fc, // movw r0, #57340
    0xf2c2, 0x0001, // movt r0, #8193
    0xf380, 0x8809, // msr PSP, r0
    0x2003, // movs r0, #3
    0xf380, 0x8814, // msr CONTROL, r0
    0xf3bf, 0x8f6f, // isb sy
    0x4280, // cmp r0, r0
    0xbf06, // itte eq
    0xdf01, // svceq 1
    0x2077, // moveq r0, #119
    0x2066, // movne r0, #102
    0xf84b, 0x0b04, // str.w r0, [fp], #4
    0x4668, // mov r0, sp
    0xf84b, 0x0b04, // str.w r0, [fp], #4
    0xf3ef, 0x8014, // mrs r0, CONTROL
    0xf84b, 0x0b04, // str.w r0, [fp], #4
    0xf20f, 0x0904, // addw r9, pc, #4
    0xf8d8, 0x0000, // ldr.w r0, [r8]
    0xb672, // cpsid i
    0xf3ef, 0x8010, // mrs r0, PRIMASK
    0xf84b, 0x0b04, // str.w r0, [fp], #4
    0xdf02, // svc 2
    0xf3ef, 0x8014, // mrs r0, CONTROL
    0xf84b, 0x0b04, // str.w r0, [fp], #4
    0x4668, // mov r0, sp
    0xf84b, 0x0b04, // str.w r0, [fp], #4
    0xf50b, 0x7080, // add.w r0, fp, #256
    0xe850, 0x1f00, // ldrex r1, [r0]
    0xe840, 0x8200, // strex r2, r8, [r0]
    0xf84b, 0x2b04, // str.w r2, [fp], #4
    0xe850, 0x1f00, // ldrex r1, [r0]
    0x2304, // movs r3, #4
    0xf8cc, 0x3000, // str.w r3, [ip]
    0xf3bf, 0x8f4f, // dsb sy
    0xf3bf, 0x8f6f, // isb sy
    0xe840, 0x8200, // strex r2, r8, [r0]
    0xf84b, 0x2b04, // str.w r2, [fp], #4
    0xf240, 0x0030, // movw r0, #48
    0xf2c2, 0x2038, // movt r0, #8760
    0x2101, // movs r1, #1
    0x6001, // str r1, [r0, #0]
    0x6801, // ldr r1, [r0, #0]
    0xf84b, 0x1b04, // str.w r1, [fp], #4
    0xf24c, 0x0000, // movw r0, #49152
    0xf2c2, 0x0001, // movt r0, #8193
    0x6801, // ldr r1, [r0, #0]
    0xf401, 0x5180, // and.w r1, r1, #4096
    0xf84b, 0x1b04, // str.w r1, [fp], #4
    0xf240, 0x03ee, // movw r3, #238
    0xf84b, 0x3b04, // str.w r3, [fp], #4
    0xf000, 0xbad4, // b.w 850 <end>
    // irq0: 0x2a8
    0xf240, 0x0310, // movw r3, #16
    0xf84b, 0x3b04, // str.w r3, [fp], #4
    0x2306, // movs r3, #6
    0xf8cc, 0x3000, // str.w r3, [ip]
    0xf3bf, 0x8f4f, // dsb sy
    0xf3bf, 0x8f6f, // isb sy
    0xf3ef, 0x8005, // mrs r0, IPSR
    0xf84b, 0x0b04, // str.w r0, [fp], #4
    0xf8d8, 0x0004, // ldr.w r0, [r8, #4]
    0xf84b, 0x0b04, // str.w r0, [fp], #4
    0xf240, 0x0311, // movw r3, #17
    0xf84b, 0x3b04, // str.w r3, [fp], #4
    0x4770, // bx lr
    // irq1: 0x2d8
    0xf240, 0x0320, // movw r3, #32
    0xf84b, 0x3b04, // str.w r3, [fp], #4
    0xf3ef, 0x8005, // mrs r0, IPSR
    0xf84b, 0x0b04, // str.w r0, [fp], #4
    0xf8dc, 0x0100, // ldr.w r0, [ip, #256]
    0xf84b, 0x0b04, // str.w r0, [fp], #4
    0xf84b, 0xeb04, // str.w lr, [fp], #4
    0x4770, // bx lr
    // irq2: 0x2f6
    0xf240, 0x0330, // movw r3, #48
    0xf84b, 0x3b04, // str.w r3, [fp], #4
    0x4770, // bx lr
    // irq3: 0x300
    0xf240, 0x0340, // movw r3, #64
    0xf84b, 0x3b04, // str.w r3, [fp], #4
    0xb510, // push {r4, lr}
    0xf20f, 0x0904, // addw r9, pc, #4
    0xde03, // udf #3
    0xf240, 0x0341, // movw r3, #65
    0xf84b, 0x3b04, // str.w r3, [fp], #4
    0xbd10, // pop {r4, pc}
    // pendsv: 0x31a
    0xf240, 0x0350, // movw r3, #80
    0xf84b, 0x3b04, // str.w r3, [fp], #4
    0x4770, // bx lr
    // systick: 0x324
    0xf240, 0x0351, // movw r3, #81
    0xf84b, 0x3b04, // str.w r3, [fp], #4
    0x4770, // bx lr
    // svc_handler: 0x32e
    0xf240, 0x0360, // movw r3, #96
    0xf84b, 0x3b04, // str.w r3, [fp], #4
    0xf84b, 0xeb04, // str.w lr, [fp], #4
    0xf3ef, 0x8009, // mrs r0, PSP
    0xf84b, 0x0b04, // str.w r0, [fp], #4
    0x6981, // ldr r1, [r0, #24]
    0xf84b, 0x1b04, // str.w r1, [fp], #4
    0x69c2, // ldr r2, [r0, #28]
    0xf84b, 0x2b04, // str.w r2, [fp], #4
    0xf3ef, 0x8214, // mrs r2, CONTROL
    0xf84b, 0x2b04, // str.w r2, [fp], #4
    0xf811, 0x1c02, // ldrb.w r1, [r1, #-2]
    0x2902, // cmp r1, #2
    0xbf18, // it ne
    0x4770, // bxne lr
    0x2200, // movs r2, #0
    0xf382, 0x8814, // msr CONTROL, r2
    0xf24f, 0x0000, // movw r0, #61440
    0xf2c2, 0x0001, // movt r0, #8193
    0xf1a0, 0x0020, // sub.w r0, r0, #32
    0xf3ef, 0x8109, // mrs r1, PSP
    0xc93c, // ldmia r1!, {r2, r3, r4, r5}
    0xc03c, // stmia r0!, {r2, r3, r4, r5}
    0xc93c, // ldmia r1!, {r2, r3, r4, r5}
    0xf425, 0x7500, // bic.w r5, r5, #512
    0xc03c, // stmia r0!, {r2, r3, r4, r5}
    0xf1a0, 0x0020, // sub.w r0, r0, #32
    0xf380, 0x8808, // msr MSP, r0
    0xf06f, 0x0e06, // mvn.w lr, #6
    0x4770, // bx lr
    // fault: 0x390
    0xf3ef, 0x8005, // mrs r0, IPSR
    0xf84b, 0x0b04, // str.w r0, [fp], #4
    0xf8d8, 0x0028, // ldr.w r0, [r8, #40]
    0xf84b, 0x0b04, // str.w r0, [fp], #4
    0xf8c8, 0x0028, // str.w r0, [r8, #40]
    0xf8d8, 0x002c, // ldr.w r0, [r8, #44]
    0xf84b, 0x0b04, // str.w r0, [fp], #4
    0xf8c8, 0x002c, // str.w r0, [r8, #44]
    0xf01e, 0x0f04, // tst.w lr, #4
    0xbf0c, // ite eq
    0xf3ef, 0x8008, // mrseq r0, MSP
    0xf3ef, 0x8009, // mrsne r0, PSP
    0x6981, // ldr r1, [r0, #24]
    0xf84b, 0x1b04, // str.w r1, [fp], #4
    0xf8c0, 0x9018, // str.w r9, [r0, #24]
    0x69c1, // ldr r1, [r0, #28]
    0xf84b, 0x1b04, // str.w r1, [fp], #4
    0xf041, 0x7180, // orr.w r1, r1, #16777216
    0x61c1, // str r1, [r0, #28]
    0xf8d8, 0x1038, // ldr.w r1, [r8, #56]
    0xf84b, 0x1b04, // str.w r1, [fp], #4
    0x4770, // bx lr
    0xbf00, // nop
];
