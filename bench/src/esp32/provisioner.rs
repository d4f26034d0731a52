//! The provisioner: loaded into RAM by the loader, run there, talked to over the same line.

use std::time::Duration;

use cradle_procedure::fault::{Code, Fault};
use cradle_protocol::message::{ProvisionerReply, ProvisionerRequest};
use espflash::command::Command;

use super::elf::RamProgram;
use super::loader::{BASE_BAUD, Loader};
use crate::agent::SerialLine;
use crate::conversation::{Answer, Ids, NoAnswer, Patience};
use crate::provisioner::{self, PATIENCE};

/// Most bytes in one `MEM_DATA` ("serial protocol").
const BLOCK: usize = 0x1800;
const ANSWER: Duration = Duration::from_secs(3);
/// The program may not listen yet when it is asked first.
const STARTING: Patience = Patience {
    every: Some(Duration::from_millis(250)),
    ..PATIENCE
};

/// A running provisioner.
pub(crate) struct Provisioner {
    line: SerialLine,
    /// It has answered before.
    awake: bool,
}

/// Loads the program and runs it. Whether it does is seen from its first answer.
pub(crate) fn start(mut loader: Loader, program: &RamProgram) -> Result<Provisioner, Fault> {
    if loader.is_secure_download() {
        return Err(Fault::new(Code::RamProgramRefused, "secure download mode"));
    }
    for segment in &program.segments {
        load(&mut loader, segment.address, &segment.bytes)?;
    }
    let run = Command::MemEnd {
        no_entry: false,
        entry: program.entry,
    };
    loader.command(run, ANSWER).map_err(refused)?;
    let line = SerialLine::over(Box::new(loader.into_port()), BASE_BAUD)
        .map_err(|error| Fault::new(Code::LinkLost, error))?;
    Ok(Provisioner { line, awake: false })
}

fn load(loader: &mut Loader, address: u32, bytes: &[u8]) -> Result<(), Fault> {
    let begin = Command::MemBegin {
        size: bytes.len() as u32,
        blocks: bytes.len().div_ceil(BLOCK) as u32,
        block_size: BLOCK as u32,
        offset: address,
        supports_encryption: false,
    };
    loader.command(begin, ANSWER).map_err(refused)?;
    for (sequence, data) in (0..).zip(bytes.chunks(BLOCK)) {
        let command = Command::MemData {
            data,
            pad_to: 4,
            pad_byte: 0,
            sequence,
        };
        loader.command(command, ANSWER).map_err(refused)?;
    }
    Ok(())
}

fn refused(fault: Fault) -> Fault {
    let refused = fault.detail.contains("Error while running");
    let code = if refused {
        Code::RamProgramRefused
    } else {
        fault.code
    };
    Fault::new(code, fault.detail)
}

impl Provisioner {
    /// Asks. `pick` takes the expected answer and nothing else.
    pub(crate) fn ask<T>(
        &mut self,
        ids: &mut Ids,
        request: &ProvisionerRequest<'_>,
        pick: impl Fn(ProvisionerReply<'_>) -> Option<T>,
    ) -> Result<Answer<T>, Fault> {
        let patience = if self.awake { PATIENCE } else { STARTING };
        let answer = provisioner::ask(&mut self.line, ids, patience, request, pick);
        let answer = answer.map_err(|none| match none {
            NoAnswer::Broken(why) => Fault::new(Code::LinkLost, format!("serial port: {why}")),
            NoAnswer::Silent(why) => Fault::new(Code::DeviceSilent, format!("provisioner: {why}")),
        })?;
        self.awake = true;
        Ok(answer)
    }
}
