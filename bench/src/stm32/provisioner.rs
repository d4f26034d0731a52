//! The provisioner: loaded into RAM, run there, talked to over RTT.

use std::thread;
use std::time::{Duration, Instant};

use cradle_procedure::fault::{Code, Fault};
use cradle_protocol::message::{ProvisionerReply, ProvisionerRequest};
use probe_rs::rtt::{Error as RttError, Rtt};
use probe_rs::{Core, CoreStatus, Error, MemoryInterface};

use super::elf::RamProgram;
use super::link::{Connection, Link, told};
use super::registers::VTOR;
use crate::conversation::{Answer, Ids, Line, LineError, NoAnswer};
use crate::provisioner::{self, PATIENCE};

const HALT: Duration = Duration::from_millis(500);
/// From the first instruction to a complete RTT control block.
const START: Duration = Duration::from_secs(10);
const START_POLL: Duration = Duration::from_millis(2);
const CHANNEL: usize = 0;
/// T bit alone (ARMv7-M B1.4.2).
const XPSR_THUMB: u32 = 1 << 24;

/// Loads the program, runs it and waits until it can be talked to.
pub(crate) fn start(link: &mut Link, program: &RamProgram) -> Result<(), Fault> {
    link.connection()?.provisioner = None;
    let loaded = link.with_core(Code::DeviceSilent, |core| load(core, program))?;
    if !loaded {
        return Err(Fault::new(
            Code::LinkLost,
            "the provisioner reads back differently from RAM",
        ));
    }
    let rtt = link.with_core(Code::DeviceSilent, |core| run(core, program))?;
    let rtt = rtt.ok_or_else(|| {
        let detail = "the provisioner does not start";
        Fault::new(Code::DeviceSilent, detail)
    })?;
    link.connection()?.provisioner = Some(rtt);
    Ok(())
}

fn load(core: &mut Core<'_>, program: &RamProgram) -> Result<bool, Error> {
    core.reset_and_halt(HALT)?;
    for segment in &program.segments {
        core.write(u64::from(segment.address), &segment.bytes)?;
        let mut held = vec![0; segment.bytes.len()];
        core.read(u64::from(segment.address), &mut held)?;
        if held != segment.bytes {
            return Ok(false);
        }
    }
    Ok(true)
}

fn run(core: &mut Core<'_>, program: &RamProgram) -> Result<Option<Rtt>, Error> {
    core.write_word_32(VTOR, program.vectors)?;
    let (stack_pointer, counter) = (core.stack_pointer().id, core.program_counter().id);
    core.write_core_reg(stack_pointer, program.stack_pointer)?;
    core.write_core_reg(counter, program.entry)?;
    if let Some(psr) = core.registers().psr() {
        core.write_core_reg(psr.id, XPSR_THUMB)?;
    }
    core.run()?;
    let deadline = Instant::now() + START;
    loop {
        match Rtt::attach_at(core, u64::from(program.rtt)) {
            Ok(rtt) if rtt.up_channels.len() > CHANNEL && rtt.down_channels.len() > CHANNEL => {
                return Ok(Some(rtt));
            }
            Err(RttError::Probe(error)) => return Err(error),
            _ if Instant::now() >= deadline || stopped(core)?.is_some() => return Ok(None),
            _ => thread::sleep(START_POLL),
        }
    }
}

fn stopped(core: &mut Core<'_>) -> Result<Option<String>, Error> {
    let status = core.status()?;
    let runs = matches!(status, CoreStatus::Running | CoreStatus::Sleeping);
    Ok((!runs).then(|| format!("the provisioner stopped: {status:?}")))
}

/// The channel of the running provisioner, or `RUN-02`.
fn channel(link: &mut Link) -> Result<(&mut probe_rs::Session, &mut Rtt), Fault> {
    match link.connected() {
        Some(Connection {
            session,
            provisioner: Some(rtt),
            ..
        }) => Ok((session, rtt)),
        _ => Err(Fault::new(Code::Internal, "the provisioner is not running")),
    }
}

/// Refuses with `RUN-02` unless the provisioner runs.
pub(crate) fn must_run(link: &mut Link) -> Result<(), Fault> {
    channel(link)?;
    let stopped = link.with_core(Code::LinkLost, stopped)?;
    stopped.map_or(Ok(()), |why| Err(Fault::new(Code::Internal, why)))
}

/// Asks the running provisioner. `pick` takes the expected answer and nothing else.
pub(crate) fn ask<T>(
    link: &mut Link,
    ids: &mut Ids,
    request: &ProvisionerRequest<'_>,
    pick: impl Fn(ProvisionerReply<'_>) -> Option<T>,
) -> Result<Answer<T>, Fault> {
    let (session, rtt) = channel(link)?;
    let result = match session.core(0) {
        Ok(core) => provisioner::ask(&mut RttLine { core, rtt }, ids, PATIENCE, request, pick),
        Err(error) => Err(NoAnswer::Broken(told(&error))),
    };
    result.map_err(|none| match none {
        NoAnswer::Broken(why) => link.failed(Code::DeviceSilent, why),
        NoAnswer::Silent(why) => Fault::new(Code::DeviceSilent, format!("provisioner: {why}")),
    })
}

struct RttLine<'a> {
    core: Core<'a>,
    rtt: &'a mut Rtt,
}

impl Line for RttLine<'_> {
    fn send(&mut self, bytes: &[u8]) -> Result<usize, LineError> {
        let channel = self.rtt.down_channel(CHANNEL).ok_or_else(missing)?;
        channel
            .write(&mut self.core, bytes)
            .map_err(|error| LineError(told(&error)))
    }

    fn receive(&mut self, buffer: &mut [u8]) -> Result<usize, LineError> {
        let channel = self.rtt.up_channel(CHANNEL).ok_or_else(missing)?;
        channel
            .read(&mut self.core, buffer)
            .map_err(|error| LineError(told(&error)))
    }

    fn stopped(&mut self) -> Result<Option<String>, LineError> {
        stopped(&mut self.core).map_err(|error| LineError(told(&error)))
    }
}

fn missing() -> LineError {
    LineError("the RTT channel is gone".to_owned())
}
