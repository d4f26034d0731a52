# From the first instruction to _main. The loader passes one argument in a0, which is kept.
    .section .text.start, "ax"
    .global _start
_start:
    .option push
    .option norelax
    la gp, __global_pointer$
    .option pop
    la sp, _stack_top
    la t0, _trap
    csrw mtvec, t0
    la t0, _bss_start
    la t1, _bss_end
1:  bgeu t0, t1, 2f
    sw zero, 0(t0)
    addi t0, t0, 4
    j 1b
2:  tail _main

# Traps are none of ours to handle. mtvec only knows vectored mode, whose exceptions go to its
# base, aligned to 256 (TRM chapter 1, register mtvec).
    .section .text.trap, "ax"
    .balign 256
_trap:
    tail _fault
