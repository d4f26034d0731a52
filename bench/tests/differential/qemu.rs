//! QEMU's Cortex-M4, on its board with an STM32F405. Only core and RAM are used.

use std::fs;
use std::path::Path;
use std::process::{Command, Stdio};

use super::case::{Instructions, set};
use super::forms::Group;
use super::portable::Portable;
use super::program::{Batch, CODE, DATA, DATA_LENGTH, Memory};

/// Everything.
pub const INSTRUCTIONS: Instructions = Instructions {
    groups: &[Group::Base, Group::Dsp, Group::Division],
    gaps: &[],
};

const OUTPUT: &str = "data.bin";
/// What a program tells in words.
const CONSOLE: &str = "console.txt";
const OPEN: u32 = 0x01;
const WRITE: u32 = 0x05;
const EXIT: u32 = 0x18;
/// "wb" (Semihosting for AArch32 and AArch64, `SYS_OPEN`).
const FOR_WRITING: u32 = 5;
/// `ADP_Stopped_ApplicationExit`
const APPLICATION_EXIT: u32 = 0x20026;

/// Code for `start` that writes the data to [`OUTPUT`] by semihosting and ends the emulator.
/// Cores without semihosting stop at its first breakpoint.
pub fn epilogue(start: u32) -> Vec<u8> {
    const CODE_LENGTH: u32 = 96;
    let arguments = start.next_multiple_of(4) + CODE_LENGTH;
    let name = arguments + 12;
    let mut code: Vec<u16> = Vec::new();
    if !start.is_multiple_of(4) {
        code.push(0xBF00); // nop
    }
    let call = |code: &mut Vec<u16>, operation: u32, argument: u32| {
        code.extend(set(1, argument));
        code.extend([0x2000 | operation as u16, 0xBEAB]); // movs r0, #operation; bkpt 0xAB
    };
    call(&mut code, OPEN, arguments);
    code.extend(set(1, arguments));
    code.extend([0x6008]); // str r0, [r1]
    code.extend(set(0, DATA));
    code.extend([0x6048]); // str r0, [r1, #4]
    code.extend(set(0, DATA_LENGTH));
    code.extend([0x6088]); // str r0, [r1, #8]
    call(&mut code, WRITE, arguments);
    call(&mut code, EXIT, APPLICATION_EXIT);
    let mut bytes: Vec<u8> = code.iter().flat_map(|half| half.to_le_bytes()).collect();
    bytes.resize((arguments - start) as usize, 0);
    for word in [name, FOR_WRITING, OUTPUT.len() as u32] {
        bytes.extend(word.to_le_bytes());
    }
    bytes.extend(OUTPUT.as_bytes());
    bytes.push(0);
    bytes
}

pub fn run(batch: &Batch) -> Memory {
    run_program(&batch.code, &batch.data)
}

/// Runs code up to its [`epilogue`].
pub fn run_program(code: &[u8], data: &[u8]) -> Memory {
    let folder = tempfile::tempdir().unwrap();
    for (name, bytes) in [("code", code), ("data", data)] {
        fs::write(folder.path().join(name), bytes).unwrap();
    }
    let raw = |file, address: u32| format!("loader,file={file},addr={address:#x},force-raw=on");
    let parts = [raw("code", CODE), raw("data", DATA)];
    execute(folder.path(), [DATA, CODE + 1], &parts);
    fs::read(folder.path().join(OUTPUT)).unwrap()
}

/// What the program tells.
pub fn page(program: &Portable) -> String {
    let folder = tempfile::tempdir().unwrap();
    let file = format!("loader,file={}", program.path.display());
    // It sets its stack pointer itself.
    execute(folder.path(), [0, program.entry], &[file]);
    fs::read_to_string(folder.path().join(CONSOLE)).unwrap()
}

/// Runs until the program ends the emulator; `vectors` are the stack pointer and the entry.
fn execute(folder: &Path, vectors: [u32; 2], parts: &[String]) {
    fs::write(
        folder.join("vectors"),
        vectors.map(u32::to_le_bytes).concat(),
    )
    .unwrap();
    let console = format!("file,id=console,path={CONSOLE}");
    let semihosting = "enable=on,target=native,chardev=console";
    let output = Command::new("qemu-system-arm")
        .args(["-M", "netduinoplus2", "-nographic"])
        .args(["-monitor", "none", "-serial", "none"])
        .args(["-chardev", &console, "-semihosting-config", semihosting])
        .args(["-kernel", "vectors"])
        .args(parts.iter().flat_map(|part| ["-device", part]))
        .current_dir(folder)
        .stdin(Stdio::null())
        .output()
        .unwrap();
    let told = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(output.status.success(), "qemu-system-arm: {told}");
}
