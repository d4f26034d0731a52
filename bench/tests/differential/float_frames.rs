//! One program about the floating-point unit around exceptions, in RAM, that writes down what it
//! sees, as that in [`super::exceptions`] does.
//!
//! In this order: what the unit says it is; instructions while it is off, and undefined ones; an
//! interrupt before its first use and one after; one that uses it and is preempted by another
//! that does; a stack that is not a multiple of 8; its state saved at once, not at all, and
//! lazily; modes of a new context; a process stack without privilege; access for the privileged
//! only; a state that cannot be restored, and one that cannot be saved, since the unit was
//! switched off. QEMU sets a bit of FPCCR that ARMv7-M does not have (UFRDY, bit 10), which is
//! left out.

use super::exceptions::assembled;

const IRQ: [u32; 3] = [0x332, 0x356, 0x3C2];
const USAGE: u32 = 0x4AC;
const SVCALL: u32 = 0x3FC;

/// Code and data as they are in memory before.
pub fn program() -> (Vec<u8>, Vec<u8>) {
    let handlers = [
        [0; 4].as_slice(),
        &[USAGE, 0, 0, 0, 0, SVCALL, 0, 0, 0, 0],
        &IRQ,
    ];
    assembled(HALFWORDS, &handlers.concat())
}

#[rustfmt::skip]
const HALFWORDS: &[u16] = &[
    0xf24f, 0x0000, // movw r0, #61440
    0xf2c2, 0x0001, // movt r0, #8193
    0xf380, 0x8808, // msr MSP, r0
    0x2100, // movs r1, #0
    0x6001, // str r1, [r0, #0]
    0x6041, // str r1, [r0, #4]
    0x63c1, // str r1, [r0, #60]
    0xf240, 0x0b00, // movw fp, #0
    0xf2c2, 0x0b01, // movt fp, #8193
    0xf24e, 0x2c00, // movw ip, #57856
    0xf2ce, 0x0c00, // movt ip, #57344
    0xf64e, 0x5800, // movw r8, #60672
    0xf2ce, 0x0800, // movt r8, #57344
    0xf64e, 0x7a00, // movw sl, #61184
    0xf2ce, 0x0a00, // movt sl, #57344
    0xf640, 0x0000, // movw r0, #2048
    0xf2c2, 0x0000, // movt r0, #8192
    0xf8c8, 0x0008, // str.w r0, [r8, #8]
    0xf24e, 0x4000, // movw r0, #58368
    0xf2ce, 0x0000, // movt r0, #57344
    0xf248, 0x0100, // movw r1, #32768
    0xf2c0, 0x0140, // movt r1, #64
    0x6001, // str r1, [r0, #0]
    0xf24e, 0x1000, // movw r0, #57600
    0xf2ce, 0x0000, // movt r0, #57344
    0x2107, // movs r1, #7
    0x6001, // str r1, [r0, #0]
    0xf240, 0x0000, // movw r0, #0
    0xf2c0, 0x0004, // movt r0, #4
    0xf8c8, 0x0024, // str.w r0, [r8, #36]
    0xf240, 0x0301, // movw r3, #1
    0xf84b, 0x3b04, // str.w r3, [fp], #4
    0xf8d8, 0x0088, // ldr.w r0, [r8, #136]
    0xf84b, 0x0b04, // str.w r0, [fp], #4
    0xf8da, 0x0040, // ldr.w r0, [sl, #64]
    0xf84b, 0x0b04, // str.w r0, [fp], #4
    0xf8da, 0x0044, // ldr.w r0, [sl, #68]
    0xf84b, 0x0b04, // str.w r0, [fp], #4
    0xf8da, 0x003c, // ldr.w r0, [sl, #60]
    0xf84b, 0x0b04, // str.w r0, [fp], #4
    0xf3ef, 0x8014, // mrs r0, CONTROL
    0xe9da, 0x120d, // ldrd r1, r2, [sl, #52]
    0xf421, 0x6180, // bic.w r1, r1, #1024
    0xe8ab, 0x0007, // stmia.w fp!, {r0, r1, r2}
    0xf240, 0x0302, // movw r3, #2
    0xf84b, 0x3b04, // str.w r3, [fp], #4
    0xf20f, 0x0906, // addw r9, pc, #6
    0xee30, 0x0a81, // vadd.f32 s0, s1, s2
    0xf20f, 0x0906, // addw r9, pc, #6
    0xee30, 0x0b00, // vadd.f64 d0, d0, d0
    0xf06f, 0x0000, // mvn.w r0, #0
    0xf8c8, 0x0088, // str.w r0, [r8, #136]
    0xf3bf, 0x8f6f, // isb sy
    0xf8d8, 0x0088, // ldr.w r0, [r8, #136]
    0xf84b, 0x0b04, // str.w r0, [fp], #4
    0xf240, 0x0303, // movw r3, #3
    0xf84b, 0x3b04, // str.w r3, [fp], #4
    0xf20f, 0x0906, // addw r9, pc, #6
    0xee30, 0x0b00, // vadd.f64 d0, d0, d0
    0xf3ef, 0x8014, // mrs r0, CONTROL
    0xe9da, 0x120d, // ldrd r1, r2, [sl, #52]
    0xf421, 0x6180, // bic.w r1, r1, #1024
    0xe8ab, 0x0007, // stmia.w fp!, {r0, r1, r2}
    0xf240, 0x0304, // movw r3, #4
    0xf84b, 0x3b04, // str.w r3, [fp], #4
    0x2301, // movs r3, #1
    0xf8cc, 0x3000, // str.w r3, [ip]
    0xf3bf, 0x8f6f, // isb sy
    0xf240, 0x0305, // movw r3, #5
    0xf84b, 0x3b04, // str.w r3, [fp], #4
    0xeeb7, 0x0a08, // vmov.f32 s0, #120
    0xeef8, 0x0a00, // vmov.f32 s1, #128
    0xeef0, 0x7a08, // vmov.f32 s15, #8
    0xeeb6, 0x8a00, // vmov.f32 s16, #96
    0xeef3, 0xfa0f, // vmov.f32 s31, #63
    0xf04f, 0x0000, // mov.w r0, #0
    0xeee1, 0x0a10, // vmsr fpscr, r0
    0xf3ef, 0x8014, // mrs r0, CONTROL
    0xe9da, 0x120d, // ldrd r1, r2, [sl, #52]
    0xf421, 0x6180, // bic.w r1, r1, #1024
    0xe8ab, 0x0007, // stmia.w fp!, {r0, r1, r2}
    0x2301, // movs r3, #1
    0xf8cc, 0x3000, // str.w r3, [ip]
    0xf3bf, 0x8f6f, // isb sy
    0xf3ef, 0x8014, // mrs r0, CONTROL
    0xe9da, 0x120d, // ldrd r1, r2, [sl, #52]
    0xf421, 0x6180, // bic.w r1, r1, #1024
    0xe8ab, 0x0007, // stmia.w fp!, {r0, r1, r2}
    0xf240, 0x0306, // movw r3, #6
    0xf84b, 0x3b04, // str.w r3, [fp], #4
    0x2302, // movs r3, #2
    0xf8cc, 0x3000, // str.w r3, [ip]
    0xf3bf, 0x8f6f, // isb sy
    0xee30, 0x1a20, // vadd.f32 s2, s0, s1
    0xecab, 0x1a01, // vstmia fp!, {s2}
    0xeceb, 0x7a01, // vstmia fp!, {s15}
    0xecab, 0x8a01, // vstmia fp!, {s16}
    0xeceb, 0xfa01, // vstmia fp!, {s31}
    0xeef1, 0x0a10, // vmrs r0, fpscr
    0xf84b, 0x0b04, // str.w r0, [fp], #4
    0xf3ef, 0x8014, // mrs r0, CONTROL
    0xe9da, 0x120d, // ldrd r1, r2, [sl, #52]
    0xf421, 0x6180, // bic.w r1, r1, #1024
    0xe8ab, 0x0007, // stmia.w fp!, {r0, r1, r2}
    0xf240, 0x0307, // movw r3, #7
    0xf84b, 0x3b04, // str.w r3, [fp], #4
    0xb410, // push {r4}
    0x2301, // movs r3, #1
    0xf8cc, 0x3000, // str.w r3, [ip]
    0xf3bf, 0x8f6f, // isb sy
    0x4668, // mov r0, sp
    0xf84b, 0x0b04, // str.w r0, [fp], #4
    0xbc10, // pop {r4}
    0xf240, 0x0308, // movw r3, #8
    0xf84b, 0x3b04, // str.w r3, [fp], #4
    0xf240, 0x0000, // movw r0, #0
    0xf2c8, 0x0000, // movt r0, #32768
    0xf8ca, 0x0034, // str.w r0, [sl, #52]
    0xf3bf, 0x8f6f, // isb sy
    0x2302, // movs r3, #2
    0xf8cc, 0x3000, // str.w r3, [ip]
    0xf3bf, 0x8f6f, // isb sy
    0xee30, 0x1a20, // vadd.f32 s2, s0, s1
    0xecab, 0x1a01, // vstmia fp!, {s2}
    0xf3ef, 0x8014, // mrs r0, CONTROL
    0xe9da, 0x120d, // ldrd r1, r2, [sl, #52]
    0xf421, 0x6180, // bic.w r1, r1, #1024
    0xe8ab, 0x0007, // stmia.w fp!, {r0, r1, r2}
    0xf240, 0x0309, // movw r3, #9
    0xf84b, 0x3b04, // str.w r3, [fp], #4
    0x2000, // movs r0, #0
    0xf8ca, 0x0034, // str.w r0, [sl, #52]
    0xf380, 0x8814, // msr CONTROL, r0
    0xf3bf, 0x8f6f, // isb sy
    0xeeb1, 0x0a00, // vmov.f32 s0, #16
    0xf3ef, 0x8014, // mrs r0, CONTROL
    0xe9da, 0x120d, // ldrd r1, r2, [sl, #52]
    0xf421, 0x6180, // bic.w r1, r1, #1024
    0xe8ab, 0x0007, // stmia.w fp!, {r0, r1, r2}
    0x2301, // movs r3, #1
    0xf8cc, 0x3000, // str.w r3, [ip]
    0xf3bf, 0x8f6f, // isb sy
    0x2302, // movs r3, #2
    0xf8cc, 0x3000, // str.w r3, [ip]
    0xf3bf, 0x8f6f, // isb sy
    0xecab, 0x0a01, // vstmia fp!, {s0}
    0xf240, 0x030a, // movw r3, #10
    0xf84b, 0x3b04, // str.w r3, [fp], #4
    0xf240, 0x0000, // movw r0, #0
    0xf2cc, 0x0000, // movt r0, #49152
    0xf8ca, 0x0034, // str.w r0, [sl, #52]
    0xf240, 0x0000, // movw r0, #0
    0xf2c0, 0x30c0, // movt r0, #960
    0xf8ca, 0x003c, // str.w r0, [sl, #60]
    0xf3bf, 0x8f6f, // isb sy
    0xeef1, 0x0a10, // vmrs r0, fpscr
    0xf020, 0x4078, // bic.w r0, r0, #4160749568
    0x0d80, // lsrs r0, r0, #22
    0xf84b, 0x0b04, // str.w r0, [fp], #4
    0x2302, // movs r3, #2
    0xf8cc, 0x3000, // str.w r3, [ip]
    0xf3bf, 0x8f6f, // isb sy
    0xf3ef, 0x8014, // mrs r0, CONTROL
    0xe9da, 0x120d, // ldrd r1, r2, [sl, #52]
    0xf421, 0x6180, // bic.w r1, r1, #1024
    0xe8ab, 0x0007, // stmia.w fp!, {r0, r1, r2}
    0xf240, 0x030b, // movw r3, #11
    0xf84b, 0x3b04, // str.w r3, [fp], #4
    0xf24e, 0x0004, // movw r0, #57348
    0xf2c2, 0x0001, // movt r0, #8193
    0xf380, 0x8809, // msr PSP, r0
    0x2007, // movs r0, #7
    0xf380, 0x8814, // msr CONTROL, r0
    0xf3bf, 0x8f6f, // isb sy
    0xeef1, 0x2a04, // vmov.f32 s5, #20
    0xdf01, // svc 1
    0xeceb, 0x2a01, // vstmia fp!, {s5}
    0x4668, // mov r0, sp
    0xf84b, 0x0b04, // str.w r0, [fp], #4
    0xf3ef, 0x8014, // mrs r0, CONTROL
    0xf84b, 0x0b04, // str.w r0, [fp], #4
    0xdf02, // svc 2
    0xf20f, 0x0904, // addw r9, pc, #4
    0xeef1, 0x2a08, // vmov.f32 s5, #24
    0xdf03, // svc 3
    0xeceb, 0x2a01, // vstmia fp!, {s5}
    0xdf04, // svc 4
    0xf3ef, 0x8014, // mrs r0, CONTROL
    0xe9da, 0x120d, // ldrd r1, r2, [sl, #52]
    0xf421, 0x6180, // bic.w r1, r1, #1024
    0xe8ab, 0x0007, // stmia.w fp!, {r0, r1, r2}
    0xf240, 0x030c, // movw r3, #12
    0xf84b, 0x3b04, // str.w r3, [fp], #4
    0xeeb7, 0x0a00, // vmov.f32 s0, #112
    0xf20f, 0x0902, // addw r9, pc, #2
    0xdf05, // svc 5
    0xf06f, 0x0000, // mvn.w r0, #0
    0xf8c8, 0x0088, // str.w r0, [r8, #136]
    0xf3bf, 0x8f6f, // isb sy
    0xf240, 0x030d, // movw r3, #13
    0xf84b, 0x3b04, // str.w r3, [fp], #4
    0xf240, 0x0000, // movw r0, #0
    0xf2c8, 0x0000, // movt r0, #32768
    0xf8c8, 0x001c, // str.w r0, [r8, #28]
    0xf8ca, 0x0034, // str.w r0, [sl, #52]
    0xf3bf, 0x8f6f, // isb sy
    0xeeb7, 0x0a00, // vmov.f32 s0, #112
    0x2000, // movs r0, #0
    0xf8c8, 0x0088, // str.w r0, [r8, #136]
    0xf3bf, 0x8f6f, // isb sy
    0xf20f, 0x0902, // addw r9, pc, #2
    0xdf04, // svc 4
    0xf3ef, 0x8014, // mrs r0, CONTROL
    0xe9da, 0x120d, // ldrd r1, r2, [sl, #52]
    0xf421, 0x6180, // bic.w r1, r1, #1024
    0xe8ab, 0x0007, // stmia.w fp!, {r0, r1, r2}
    0xf240, 0x03ee, // movw r3, #238
    0xf84b, 0x3b04, // str.w r3, [fp], #4
    0xf000, 0xb8ef, // b.w end
    // irq0: 0x332
    0xf240, 0x0310, // movw r3, #16
    0xf84b, 0x3b04, // str.w r3, [fp], #4
    0xf84b, 0xeb04, // str.w lr, [fp], #4
    0x4668, // mov r0, sp
    0xf84b, 0x0b04, // str.w r0, [fp], #4
    0xf3ef, 0x8014, // mrs r0, CONTROL
    0xe9da, 0x120d, // ldrd r1, r2, [sl, #52]
    0xf421, 0x6180, // bic.w r1, r1, #1024
    0xe8ab, 0x0007, // stmia.w fp!, {r0, r1, r2}
    0x4770, // bx lr
    // irq1: 0x356
    0xf240, 0x0320, // movw r3, #32
    0xf84b, 0x3b04, // str.w r3, [fp], #4
    0xf84b, 0xeb04, // str.w lr, [fp], #4
    0xf3ef, 0x8014, // mrs r0, CONTROL
    0xe9da, 0x120d, // ldrd r1, r2, [sl, #52]
    0xf421, 0x6180, // bic.w r1, r1, #1024
    0xe8ab, 0x0007, // stmia.w fp!, {r0, r1, r2}
    0xeeb2, 0x0a04, // vmov.f32 s0, #36
    0xeef3, 0x7a04, // vmov.f32 s15, #52
    0xf3ef, 0x8014, // mrs r0, CONTROL
    0xe9da, 0x120d, // ldrd r1, r2, [sl, #52]
    0xf421, 0x6180, // bic.w r1, r1, #1024
    0xe8ab, 0x0007, // stmia.w fp!, {r0, r1, r2}
    0x9808, // ldr r0, [sp, #32]
    0xf84b, 0x0b04, // str.w r0, [fp], #4
    0x9809, // ldr r0, [sp, #36]
    0xf84b, 0x0b04, // str.w r0, [fp], #4
    0x9817, // ldr r0, [sp, #92]
    0xf84b, 0x0b04, // str.w r0, [fp], #4
    0xeef1, 0x0a10, // vmrs r0, fpscr
    0x0d80, // lsrs r0, r0, #22
    0xf84b, 0x0b04, // str.w r0, [fp], #4
    0x2304, // movs r3, #4
    0xf8cc, 0x3000, // str.w r3, [ip]
    0xf3bf, 0x8f6f, // isb sy
    0xeec0, 0x0a27, // vdiv.f32 s1, s0, s15
    0xeceb, 0x0a01, // vstmia fp!, {s1}
    0xeef1, 0x0a10, // vmrs r0, fpscr
    0xf84b, 0x0b04, // str.w r0, [fp], #4
    0x4770, // bx lr
    // irq2: 0x3c2
    0xf240, 0x0330, // movw r3, #48
    0xf84b, 0x3b04, // str.w r3, [fp], #4
    0xf84b, 0xeb04, // str.w lr, [fp], #4
    0xf3ef, 0x8014, // mrs r0, CONTROL
    0xe9da, 0x120d, // ldrd r1, r2, [sl, #52]
    0xf421, 0x6180, // bic.w r1, r1, #1024
    0xe8ab, 0x0007, // stmia.w fp!, {r0, r1, r2}
    0xeeb5, 0x0a00, // vmov.f32 s0, #80
    0xeef1, 0x0ac0, // vsqrt.f32 s1, s0
    0xeef0, 0x7a60, // vmov.f32 s15, s1
    0xf3ef, 0x8014, // mrs r0, CONTROL
    0xe9da, 0x120d, // ldrd r1, r2, [sl, #52]
    0xf421, 0x6180, // bic.w r1, r1, #1024
    0xe8ab, 0x0007, // stmia.w fp!, {r0, r1, r2}
    0x4770, // bx lr
    // svc_handler: 0x3fc
    0xf240, 0x0360, // movw r3, #96
    0xf84b, 0x3b04, // str.w r3, [fp], #4
    0xf84b, 0xeb04, // str.w lr, [fp], #4
    0xf3ef, 0x8014, // mrs r0, CONTROL
    0xe9da, 0x120d, // ldrd r1, r2, [sl, #52]
    0xf421, 0x6180, // bic.w r1, r1, #1024
    0xe8ab, 0x0007, // stmia.w fp!, {r0, r1, r2}
    0xf3ef, 0x8009, // mrs r0, PSP
    0xf84b, 0x0b04, // str.w r0, [fp], #4
    0x6981, // ldr r1, [r0, #24]
    0xf811, 0x1c02, // ldrb.w r1, [r1, #-2]
    0xf84b, 0x1b04, // str.w r1, [fp], #4
    0x2902, // cmp r1, #2
    0xd015, // beq.n svc_handler
    0x2903, // cmp r1, #3
    0xd01c, // beq.n svc_handler
    0x2904, // cmp r1, #4
    0xd021, // beq.n svc_handler
    0x2905, // cmp r1, #5
    0xd028, // beq.n svc_handler
    0xeef2, 0x2a02, // vmov.f32 s5, #34
    0xf3ef, 0x8014, // mrs r0, CONTROL
    0xe9da, 0x120d, // ldrd r1, r2, [sl, #52]
    0xf421, 0x6180, // bic.w r1, r1, #1024
    0xe8ab, 0x0007, // stmia.w fp!, {r0, r1, r2}
    0xf3ef, 0x8009, // mrs r0, PSP
    0x6b41, // ldr r1, [r0, #52]
    0xf84b, 0x1b04, // str.w r1, [fp], #4
    0x4770, // bx lr
    0xf240, 0x0100, // movw r1, #0
    0xf2c0, 0x0150, // movt r1, #80
    0xf8c8, 0x1088, // str.w r1, [r8, #136]
    0xf3bf, 0x8f6f, // isb sy
    0x4770, // bx lr
    0xf06f, 0x0100, // mvn.w r1, #0
    0xf8c8, 0x1088, // str.w r1, [r8, #136]
    0xf3bf, 0x8f6f, // isb sy
    0x4770, // bx lr
    0xf3ef, 0x8114, // mrs r1, CONTROL
    0xf021, 0x0101, // bic.w r1, r1, #1
    0xf381, 0x8814, // msr CONTROL, r1
    0xf3bf, 0x8f6f, // isb sy
    0x4770, // bx lr
    0xeeb1, 0x0a0c, // vmov.f32 s0, #28
    0x2100, // movs r1, #0
    0xf8c8, 0x1088, // str.w r1, [r8, #136]
    0xf3bf, 0x8f6f, // isb sy
    0xf3ef, 0x8014, // mrs r0, CONTROL
    0xe9da, 0x120d, // ldrd r1, r2, [sl, #52]
    0xf421, 0x6180, // bic.w r1, r1, #1024
    0xe8ab, 0x0007, // stmia.w fp!, {r0, r1, r2}
    0x4770, // bx lr
    // usage: 0x4ac
    0xf240, 0x0370, // movw r3, #112
    0xf84b, 0x3b04, // str.w r3, [fp], #4
    0xf84b, 0xeb04, // str.w lr, [fp], #4
    0xf8d8, 0x0028, // ldr.w r0, [r8, #40]
    0xf84b, 0x0b04, // str.w r0, [fp], #4
    0xf8c8, 0x0028, // str.w r0, [r8, #40]
    0xf3ef, 0x8014, // mrs r0, CONTROL
    0xe9da, 0x120d, // ldrd r1, r2, [sl, #52]
    0xf421, 0x6180, // bic.w r1, r1, #1024
    0xe8ab, 0x0007, // stmia.w fp!, {r0, r1, r2}
    0xf01e, 0x0f04, // tst.w lr, #4
    0xbf0c, // ite eq
    0xf3ef, 0x8008, // mrseq r0, MSP
    0xf3ef, 0x8009, // mrsne r0, PSP
    0xf84b, 0x0b04, // str.w r0, [fp], #4
    0x6981, // ldr r1, [r0, #24]
    0xf84b, 0x1b04, // str.w r1, [fp], #4
    0xf8c0, 0x9018, // str.w r9, [r0, #24]
    0xf8d8, 0x1088, // ldr.w r1, [r8, #136]
    0xf84b, 0x1b04, // str.w r1, [fp], #4
    0xb941, // cbnz r1, usage
    0xf01e, 0x0f10, // tst.w lr, #16
    0xd105, // bne.n usage
    0xf06f, 0x0100, // mvn.w r1, #0
    0xf8c8, 0x1088, // str.w r1, [r8, #136]
    0xf3bf, 0x8f6f, // isb sy
    0x4770, // bx lr
    0xbf00, // nop
];
