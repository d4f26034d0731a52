//! The debug probe that probe-rs drives: raw DP and AP transfers, nothing above them.

use std::fmt;
use std::io;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use probe_rs::CoreStatus;
use probe_rs::architecture::arm::sequences::ArmDebugSequence;
use probe_rs::architecture::arm::{
    ArmCommunicationInterface, ArmDebugInterface, ArmError, DapError, DapProbe, RawDapAccess,
    RegisterAddress,
};
use probe_rs::probe::{DebugProbe, DebugProbeError, WireProtocol};

use super::board::Board;
use super::chip::{LinkError, Transfer};
use super::dap::{Port, Refusal};

/// Bit of NRST among the pins (CMSIS-DAP `DAP_SWJ_Pins`).
const NRESET: u32 = 1 << 7;

/// Where a probe's cable ends: a slot, with or without a board in it.
#[derive(Debug, Default)]
pub(crate) struct Socket(Mutex<Option<Board>>);

impl Socket {
    pub(crate) fn new(board: Option<Board>) -> Arc<Self> {
        Arc::new(Self(Mutex::new(board)))
    }

    fn lock(&self) -> MutexGuard<'_, Option<Board>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(crate) fn board(&self) -> Option<Board> {
        self.lock().clone()
    }

    pub(crate) fn put(&self, board: Option<Board>) -> Option<Board> {
        std::mem::replace(&mut *self.lock(), board)
    }
}

/// A probe wired to one socket.
pub(crate) struct VirtualProbe {
    socket: Arc<Socket>,
    speed_khz: u32,
}

impl fmt::Debug for VirtualProbe {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("VirtualProbe").finish_non_exhaustive()
    }
}

impl VirtualProbe {
    pub(crate) fn new(socket: Arc<Socket>) -> Self {
        Self {
            socket,
            speed_khz: 4_000,
        }
    }

    fn transfers(
        &self,
        transfers: impl ExactSizeIterator<Item = Transfer>,
        done: impl FnMut(usize, u32),
    ) -> Result<(), ArmError> {
        let board = self.socket.board().ok_or(DapError::NoAcknowledge)?;
        board
            .transfers(transfers, done)
            .map_err(|error| self.explain(error, &board))
    }

    /// A FAULT leaves sticky flags behind, which a probe clears before it reports the
    /// failure, so that the next transfer is heard.
    fn explain(&self, error: LinkError, board: &Board) -> ArmError {
        const CLEAR_STICKY: u32 = 0b1_1110;
        match error {
            LinkError::CableOff => unplugged().into(),
            LinkError::Refused(Refusal::NoResponse) => DapError::NoAcknowledge.into(),
            LinkError::Refused(Refusal::Fault) => {
                let clear = Transfer::Write(Port::Debug(0), CLEAR_STICKY);
                match board.transfers([clear].into_iter(), |_, _| ()) {
                    Err(LinkError::CableOff) => unplugged().into(),
                    Err(LinkError::Refused(Refusal::NoResponse)) => DapError::NoAcknowledge.into(),
                    _ => DapError::FaultResponse.into(),
                }
            }
        }
    }

    fn set_reset(&self, held: bool) -> Result<(), DebugProbeError> {
        match self.socket.board() {
            Some(board) if held => board.hold_reset(),
            Some(board) => board.release_reset(),
            None => {}
        }
        Ok(())
    }
}

fn unplugged() -> DebugProbeError {
    DebugProbeError::Usb(io::Error::new(
        io::ErrorKind::NotConnected,
        "the probe's cable is unplugged",
    ))
}

fn port(address: RegisterAddress) -> Port {
    match address {
        RegisterAddress::DpRegister(register) => Port::Debug(register.address),
        RegisterAddress::ApRegister(register) => Port::Access(register),
    }
}

impl DebugProbe for VirtualProbe {
    fn get_name(&self) -> &str {
        "virtual bench"
    }

    fn speed_khz(&self) -> u32 {
        self.speed_khz
    }

    fn set_speed(&mut self, speed_khz: u32) -> Result<u32, DebugProbeError> {
        self.speed_khz = speed_khz;
        Ok(speed_khz)
    }

    fn attach(&mut self) -> Result<(), DebugProbeError> {
        Ok(())
    }

    fn detach(&mut self) -> Result<(), probe_rs::Error> {
        Ok(())
    }

    fn target_reset(&mut self) -> Result<(), DebugProbeError> {
        self.set_reset(true)?;
        self.set_reset(false)
    }

    fn target_reset_assert(&mut self) -> Result<(), DebugProbeError> {
        self.set_reset(true)
    }

    fn target_reset_deassert(&mut self) -> Result<(), DebugProbeError> {
        self.set_reset(false)
    }

    fn select_protocol(&mut self, protocol: WireProtocol) -> Result<(), DebugProbeError> {
        match protocol {
            WireProtocol::Swd => Ok(()),
            other => Err(DebugProbeError::UnsupportedProtocol(other)),
        }
    }

    fn active_protocol(&self) -> Option<WireProtocol> {
        Some(WireProtocol::Swd)
    }

    fn has_arm_interface(&self) -> bool {
        true
    }

    fn try_get_arm_debug_interface<'probe>(
        self: Box<Self>,
        sequence: Arc<dyn ArmDebugSequence>,
    ) -> Result<Box<dyn ArmDebugInterface + 'probe>, (Box<dyn DebugProbe>, ArmError)> {
        Ok(ArmCommunicationInterface::create(self, sequence, false))
    }

    fn into_probe(self: Box<Self>) -> Box<dyn DebugProbe> {
        self
    }

    fn try_as_dap_probe(&mut self) -> Option<&mut dyn DapProbe> {
        Some(self)
    }

    fn get_target_voltage(&mut self) -> Result<Option<f32>, DebugProbeError> {
        let board = self.socket.board();
        if board
            .as_ref()
            .is_some_and(|board| !board.config().senses_supply)
        {
            return Ok(None);
        }
        let board = board.filter(Board::is_powered);
        let millivolts = board.map_or(0, |board| board.config().supply_mv);
        Ok(Some(f32::from(millivolts) / 1000.0))
    }
}

impl DapProbe for VirtualProbe {}

impl RawDapAccess for VirtualProbe {
    fn raw_read_register(&mut self, address: RegisterAddress) -> Result<u32, ArmError> {
        let mut value = 0;
        let read = Transfer::Read(port(address));
        self.transfers([read].into_iter(), |_, word| value = word)?;
        Ok(value)
    }

    fn raw_read_block(
        &mut self,
        address: RegisterAddress,
        values: &mut [u32],
    ) -> Result<(), ArmError> {
        let read = Transfer::Read(port(address));
        let reads = std::iter::repeat_n(read, values.len());
        self.transfers(reads, |index, word| values[index] = word)
    }

    fn raw_write_register(&mut self, address: RegisterAddress, value: u32) -> Result<(), ArmError> {
        let write = Transfer::Write(port(address), value);
        self.transfers([write].into_iter(), |_, _| ())
    }

    fn raw_write_block(
        &mut self,
        address: RegisterAddress,
        values: &[u32],
    ) -> Result<(), ArmError> {
        let port = port(address);
        let writes = values.iter().map(|value| Transfer::Write(port, *value));
        self.transfers(writes, |_, _| ())
    }

    fn jtag_sequence(&mut self, _: u8, _: bool, _: u64) -> Result<(), DebugProbeError> {
        Err(DebugProbeError::CommandNotSupportedByProbe {
            command_name: "jtag_sequence",
        })
    }

    fn swj_sequence(&mut self, bit_len: u8, bits: u64) -> Result<(), DebugProbeError> {
        if let Some(board) = self.socket.board() {
            board.swj_sequence(bit_len, bits);
        }
        Ok(())
    }

    /// Pins read back as driven: nothing on the board pulls NRST.
    fn swj_pins(&mut self, out: u32, select: u32, _wait: u32) -> Result<u32, DebugProbeError> {
        if select & NRESET != 0 {
            self.set_reset(out & NRESET == 0)?;
        }
        let held = self.socket.board().is_some_and(|board| board.reset_line());
        Ok(if held { 0 } else { NRESET })
    }

    fn into_probe(self: Box<Self>) -> Box<dyn DebugProbe> {
        self
    }

    fn core_status_notification(&mut self, _: CoreStatus) -> Result<(), DebugProbeError> {
        Ok(())
    }
}
