//! The provisioner in the RAM of a board.

use std::time::{Duration, Instant};

use cradle_bench::virtual_bench::EspBoard;
use cradle_protocol::frame::{self, Collector};
use cradle_protocol::message::{PROVISIONER_BAUD, ProvisionerReply, ProvisionerRequest, Refusal};
use object::Endianness;
use object::elf::{FileHeader32, PT_LOAD};
use object::read::elf::{FileHeader, ProgramHeader};
use serialport::SerialPort;

use super::line::framed;
use super::unit::firmware;

/// Longer than anything takes on an emulated core beside others.
const PATIENCE: Duration = Duration::from_secs(120);
/// A question to a program that may not listen yet is asked again after this.
const STARTING: Duration = Duration::from_millis(300);

pub struct Provisioner {
    port: Box<dyn SerialPort>,
    collector: Collector,
    id: u16,
}

impl Provisioner {
    /// Restarts the board into its loader, puts the program into RAM and waits until it answers.
    pub fn start(board: &EspBoard) -> Self {
        board.set_download_strap(true);
        board.reset();
        let elf = firmware("provisioner.elf");
        let header = FileHeader32::<Endianness>::parse(&*elf).unwrap();
        let endian = header.endian().unwrap();
        let parts: Vec<(u32, &[u8])> = header
            .program_headers(endian, &*elf)
            .unwrap()
            .iter()
            .filter(|part| part.p_type(endian) == PT_LOAD)
            .map(|part| (part.p_paddr(endian), part.data(endian, &*elf).unwrap()))
            .collect();
        board.execute(&parts, header.e_entry(endian)).unwrap();
        let path = board.uart_path();
        let port = serialport::new(path.to_str().unwrap(), PROVISIONER_BAUD)
            .timeout(Duration::from_millis(20))
            .open()
            .unwrap();
        let mut provisioner = Self {
            port,
            collector: Collector::new(),
            id: 0,
        };
        provisioner.wait();
        provisioner
    }

    fn wait(&mut self) {
        let deadline = Instant::now() + PATIENCE;
        while Instant::now() < deadline {
            self.send(&ProvisionerRequest::Hello);
            while let Some((id, ())) = self.hear(STARTING, |_| ()) {
                if id == self.id {
                    return;
                }
            }
        }
        panic!("nobody listens");
    }

    /// Asks once and hands over the answer.
    pub fn ask<T>(
        &mut self,
        request: &ProvisionerRequest<'_>,
        read: impl Fn(ProvisionerReply<'_>) -> T,
    ) -> T {
        self.send(request);
        loop {
            let (id, answer) = self.hear(PATIENCE, &read).unwrap();
            if id == self.id {
                return answer;
            }
        }
    }

    pub fn done(&mut self, request: &ProvisionerRequest<'_>) {
        self.ask(request, |reply| assert_eq!(reply, ProvisionerReply::Done));
    }

    /// Why it is refused.
    pub fn refusal(&mut self, request: &ProvisionerRequest<'_>) -> Refusal {
        self.ask(request, |reply| match reply {
            ProvisionerReply::Refused(why) => why,
            other => panic!("{request:?}: {other:?}"),
        })
    }

    fn send(&mut self, request: &ProvisionerRequest<'_>) {
        self.id += 1;
        self.port.write_all(&framed(self.id, request)).unwrap();
    }

    fn hear<T>(
        &mut self,
        patience: Duration,
        read: impl Fn(ProvisionerReply<'_>) -> T,
    ) -> Option<(u16, T)> {
        let deadline = Instant::now() + patience;
        while Instant::now() < deadline {
            let mut byte = [0];
            if self.port.read(&mut byte).is_ok_and(|count| count == 1)
                && let Some(frame) = self.collector.push(byte[0])
                && let Ok((id, reply)) = frame::decode::<ProvisionerReply<'_>>(frame)
            {
                return Some((id, read(reply)));
            }
        }
        None
    }
}
