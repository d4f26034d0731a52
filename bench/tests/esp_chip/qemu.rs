//! QEMU's RV32 core, with memory wherever the chip has some, ended and read by semihosting.

use std::fs;
use std::process::{Command, Stdio};

use super::program::{Batch, CODE, DATA, DATA_LENGTH};

const OUTPUT: &str = "output";
/// Semihosting operations: open, write, exit ("Semihosting for AArch32 and AArch64", which
/// RISC-V takes over).
const SYS_OPEN: u32 = 0x01;
const SYS_WRITE: u32 = 0x05;
const SYS_EXIT: u32 = 0x18;
const FOR_WRITING: u32 = 5;
const APPLICATION_EXIT: u32 = 0x2_0026;
const A0: u32 = 10;
const A1: u32 = 11;

fn lui(register: u32, address: u32) -> u32 {
    (address.wrapping_add(0x800) & 0xFFFF_F000) | register << 7 | 0x37
}

fn addi(register: u32, from: u32, imm: u32) -> u32 {
    imm << 20 | from << 15 | register << 7 | 0x13
}

/// `slli x0, x0, 31; ebreak; srai x0, x0, 7` makes the call; a core without semihosting stops at
/// the EBREAK. It must not cross a page.
const CALL: [u32; 3] = [0x01F0_1013, 0x0010_0073, 0x4070_5013];

/// Writes the data area to the file and ends the emulator.
pub fn epilogue(at: u32) -> Vec<u8> {
    let start = at.next_multiple_of(4);
    let mut bytes = [0x01, 0x00].repeat((start - at) as usize / 2);
    // Arguments lie behind the code, at a fixed place from its start.
    let arguments = start + 128;
    let call = |number: u32, operand: u32| {
        let mut words = vec![lui(A1, operand), addi(A1, A1, operand), addi(A0, 0, number)];
        words.extend(CALL);
        words
    };
    let mut words = call(SYS_OPEN, arguments);
    // The handle goes into the arguments of the write.
    let write = arguments + 12;
    words.extend([lui(A1, write), addi(A1, A1, write), 0x00A5_A023]);
    words.extend(call(SYS_WRITE, write));
    words.extend(call(SYS_EXIT, APPLICATION_EXIT));
    bytes.extend(words.iter().flat_map(|word| word.to_le_bytes()));
    bytes.resize((arguments - at) as usize, 0);
    let name = arguments + 24;
    for word in [name, FOR_WRITING, OUTPUT.len() as u32, 0, DATA, DATA_LENGTH] {
        bytes.extend(word.to_le_bytes());
    }
    bytes.extend(OUTPUT.as_bytes());
    bytes.push(0);
    bytes
}

pub fn run(batch: &Batch) -> Vec<u8> {
    let folder = tempfile::tempdir().unwrap();
    for (name, bytes) in [("code", &batch.code), ("data", &batch.data)] {
        fs::write(folder.path().join(name), bytes).unwrap();
    }
    let raw = |file, address: u32| format!("loader,file={file},addr={address:#x},force-raw=on");
    let start = format!("loader,addr={CODE:#x},cpu-num=0");
    let output = Command::new("qemu-system-riscv32")
        .args(["-M", "none", "-cpu", "rv32", "-m", "1100M", "-nographic"])
        .args(["-monitor", "none", "-serial", "none", "-semihosting"])
        .args(["-device", &raw("code", CODE), "-device", &raw("data", DATA)])
        .args(["-device", &start])
        .current_dir(folder.path())
        .stdin(Stdio::null())
        .output()
        .unwrap();
    let told = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(output.status.success(), "qemu-system-riscv32: {told}");
    fs::read(folder.path().join(OUTPUT)).unwrap()
}
