//! What the chip in the slot is doing, and who it is: its loader, the provisioner or its firmware.

use std::sync::Arc;

use cradle_procedure::fault::{Code, Fault};
use cradle_procedure::ids::Uid;

use super::efuse::{self, Image, Registers};
use super::elf::RamProgram;
use super::identity;
use super::loader::{self, Loader};
use super::provisioner::{self, Provisioner};
use crate::slot::Slot;

/// Who is on the line.
enum Partner {
    /// Nobody that we know of.
    Unknown,
    Loader(Box<Loader>),
    Provisioner(Provisioner),
}

/// The line to the chip in one slot.
pub(crate) struct Link {
    slot: Arc<dyn Slot>,
    partner: Partner,
    /// The chip that was identified; another one in its place is never worked on.
    uid: Option<Uid>,
    /// The provisioner to run, once there is one.
    program: Option<RamProgram>,
}

impl Link {
    pub(crate) fn new(slot: Arc<dyn Slot>) -> Self {
        Self {
            slot,
            partner: Partner::Unknown,
            uid: None,
            program: None,
        }
    }

    pub(crate) fn slot(&self) -> &dyn Slot {
        &*self.slot
    }

    pub(crate) fn uid(&self) -> Option<&Uid> {
        self.uid.as_ref()
    }

    /// Takes this chip for the one to work on.
    pub(crate) fn recognise(&mut self, uid: Uid) -> Result<(), Fault> {
        match &self.uid {
            Some(known) if *known != uid => {
                let detail = format!("chip {known} was exchanged for chip {uid}");
                Err(Fault::new(Code::Contradiction, detail))
            }
            _ => {
                self.uid = Some(uid);
                Ok(())
            }
        }
    }

    /// Forgets which chip it was: whatever is in the slot now counts.
    pub(crate) fn forget(&mut self) {
        self.release();
        self.uid = None;
    }

    /// The loader; the chip is reset into it if something else runs. A loader that tells who its
    /// chip is has to tell the right one.
    pub(crate) fn loader(&mut self) -> Result<&mut Loader, Fault> {
        let loader = match std::mem::replace(&mut self.partner, Partner::Unknown) {
            Partner::Loader(loader) => loader,
            // The port is free again before it is opened.
            other => {
                drop(other);
                self.connect()?
            }
        };
        self.partner = Partner::Loader(loader);
        match &mut self.partner {
            Partner::Loader(loader) => Ok(loader),
            _ => Err(Fault::new(Code::Internal, "the loader is gone")),
        }
    }

    fn connect(&mut self) -> Result<Box<Loader>, Fault> {
        let mut loader = Box::new(Loader::connect(&*self.slot)?);
        if !loader.is_secure_download() {
            let image = efuse::read(loader.as_mut())?;
            self.recognise(identity::uid(&image))?;
        }
        Ok(loader)
    }

    /// Does it with the loader. After a fault of the line the loader is connected anew.
    pub(crate) fn with_loader<T>(
        &mut self,
        work: impl FnOnce(&mut Loader) -> Result<T, Fault>,
    ) -> Result<T, Fault> {
        let result = work(self.loader()?);
        if matches!(&result, Err(fault) if fault.code == Code::LinkLost) {
            self.release();
        }
        result
    }

    /// All eFuses.
    pub(crate) fn efuses(&mut self) -> Result<Image, Fault> {
        self.with_loader(|loader| efuse::read(loader))
    }

    /// From now on this is the program that [`Link::provisioner`] runs.
    pub(crate) fn load(&mut self, program: RamProgram) {
        self.program = Some(program);
        if matches!(self.partner, Partner::Provisioner(_)) {
            self.release();
        }
    }

    /// The provisioner; loaded again if something else was on the line. The key it made before is
    /// in flash and counts.
    pub(crate) fn provisioner(&mut self) -> Result<&mut Provisioner, Fault> {
        if !matches!(self.partner, Partner::Provisioner(_)) {
            self.start()?;
        }
        match &mut self.partner {
            Partner::Provisioner(provisioner) => Ok(provisioner),
            _ => Err(Fault::new(Code::Internal, "the provisioner is gone")),
        }
    }

    fn start(&mut self) -> Result<(), Fault> {
        self.loader()?;
        let partner = std::mem::replace(&mut self.partner, Partner::Unknown);
        let (Partner::Loader(loader), Some(program)) = (partner, &self.program) else {
            return Err(Fault::new(Code::Internal, "there is no provisioner to run"));
        };
        self.partner = Partner::Provisioner(provisioner::start(*loader, program)?);
        Ok(())
    }

    /// Lets go of the chip.
    pub(crate) fn release(&mut self) {
        self.partner = Partner::Unknown;
    }

    /// Lets go of the chip and resets it, so that it runs from flash.
    pub(crate) fn run(&mut self) -> Result<(), Fault> {
        self.release();
        loader::reset_into_flash(&*self.slot)
    }
}

impl Registers for Loader {
    fn read(&mut self, address: u32) -> Result<u32, Fault> {
        self.read_register(address)
    }

    fn write(&mut self, address: u32, value: u32) -> Result<(), Fault> {
        self.write_register(address, value)
    }
}
