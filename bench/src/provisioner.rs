//! What a driver asks a provisioner, whatever line carries the question.

use std::time::Duration;

use cradle_procedure::element::ElementFiles;
use cradle_procedure::fault::{Code, Fault};
use cradle_procedure::ids::Uid;
use cradle_protocol::frame;
use cradle_protocol::message::{
    ElementFile, Hardware, Nonce, ProvisionerReply, ProvisionerRequest, PublicKey, TrngFault,
};

use crate::conversation::{self, Answer, Ids, Line, NoAnswer, Patience, taken};

/// A key is made and a signature is computed in the time of a few elliptic-curve operations,
/// plus a sector erase; many times longer where the core is emulated beside others.
pub(crate) const PATIENCE: Patience = Patience {
    total: Duration::from_secs(90),
    repeatable: true,
    every: Some(Duration::from_secs(30)),
};

/// Asks over a line. `pick` takes the expected answer and nothing else.
pub(crate) fn ask<T>(
    line: &mut dyn Line,
    ids: &mut Ids,
    patience: Patience,
    request: &ProvisionerRequest<'_>,
    pick: impl Fn(ProvisionerReply<'_>) -> Option<T>,
) -> Result<Answer<T>, NoAnswer> {
    let encode = |id, out: &mut _| frame::encode(id, request, out);
    let decode = |bytes: &mut [u8]| {
        let (id, reply) = frame::decode::<ProvisionerReply<'_>>(bytes)?;
        let answer = match reply {
            ProvisionerReply::Refused(why) => Answer::Refused(why),
            other => pick(other).map_or(Answer::Odd, Answer::Is),
        };
        Ok((id, answer))
    };
    conversation::ask(line, ids, patience, &encode, &decode)
}

/// A driver whose chip runs a provisioner.
pub(crate) trait AsksProvisioner {
    /// What it answers. `pick` takes the expected answer and nothing else.
    fn answer_of_provisioner<T>(
        &mut self,
        request: &ProvisionerRequest<'_>,
        pick: impl Fn(ProvisionerReply<'_>) -> Option<T>,
    ) -> Result<Answer<T>, Fault>;

    /// The chip that the driver attached to.
    fn attached(&self) -> Option<&Uid>;

    /// The expected answer, or the fault that its refusal stands for.
    fn ask_provisioner<T>(
        &mut self,
        request: &ProvisionerRequest<'_>,
        pick: impl Fn(ProvisionerReply<'_>) -> Option<T>,
    ) -> Result<T, Fault> {
        taken(self.answer_of_provisioner(request, pick)?)
    }

    /// It runs on that chip, with such a flash, and its hardware is sound.
    fn check_hardware(&mut self, flash_kib: u32) -> Result<(), Fault> {
        let hardware = self.ask_provisioner(&ProvisionerRequest::Hello, |reply| match reply {
            ProvisionerReply::Hardware(hardware) => Some(hardware),
            _ => None,
        })?;
        let found = Uid::new(&hardware.uid);
        if self.attached() != Some(&found) {
            let detail = format!("the provisioner runs on chip {found}");
            return Err(Fault::new(Code::Contradiction, detail));
        }
        sound(&hardware, flash_kib)?;
        match hardware.trng_healthy {
            true => Ok(()),
            false => Err(self.unhealthy_trng()),
        }
    }

    /// Provisioners of older releases do not say why.
    fn unhealthy_trng(&mut self) -> Fault {
        let request = ProvisionerRequest::CheckTrng;
        let why = self.ask_provisioner(&request, |reply| match reply {
            ProvisionerReply::Trng(fault) => fault,
            _ => None,
        });
        let why = match why {
            Ok(TrngFault::Clock) => ": its clock",
            Ok(TrngFault::Seed) => ": its seed error flag",
            Ok(TrngFault::Repetition) => ": repetition count test",
            Ok(TrngFault::Proportion) => ": adaptive proportion test",
            Err(_) => "",
        };
        Fault::new(Code::HardwareCheck, format!("random generator{why}"))
    }

    /// It makes the device's key, or names the one it has.
    fn device_key(&mut self) -> Result<PublicKey, Fault> {
        self.ask_provisioner(&ProvisionerRequest::MakeKey, |reply| match reply {
            ProvisionerReply::Key(key) => Some(key),
            _ => None,
        })
    }

    /// What the maker of its secure element put there.
    fn files_of_the_element(&mut self) -> Result<ElementFiles, Fault> {
        Ok(ElementFiles {
            serial: self.element(&read(ElementFile::SerialNumber))?,
            eui48: self.element(&read(ElementFile::Eui48))?,
            public_key: self.element(&read(ElementFile::PublicKey))?,
            device: self.element(&read(ElementFile::DeviceCertificate))?,
            signer_key: self.element(&read(ElementFile::SignerKey))?,
            signer: self.element(&read(ElementFile::SignerCertificate))?,
        })
    }

    /// Its secure element signs a challenge with the certified key.
    fn proof_of_the_element(&mut self, nonce: &Nonce) -> Result<[u8; 64], Fault> {
        self.element(&ProvisionerRequest::ProveElement { nonce: *nonce })
    }

    /// So many bytes of its secure element.
    fn element<const N: usize>(
        &mut self,
        request: &ProvisionerRequest<'_>,
    ) -> Result<[u8; N], Fault> {
        self.ask_provisioner(request, |reply| match reply {
            ProvisionerReply::Element(bytes) => bytes.try_into().ok(),
            _ => None,
        })
    }

    /// It signs a `CertificationRequestInfo`.
    fn signature(&mut self, info: &[u8]) -> Result<Vec<u8>, Fault> {
        let request = ProvisionerRequest::SignRequest { info };
        self.ask_provisioner(&request, |reply| match reply {
            ProvisionerReply::Signature(der) => Some(der.to_vec()),
            _ => None,
        })
    }

    /// It keeps the certificate, and the key that may order a wipe.
    fn keep(&mut self, certificate: &[u8], wipe: &PublicKey) -> Result<(), Fault> {
        let done = |reply: ProvisionerReply<'_>| (reply == ProvisionerReply::Done).then_some(());
        let request = ProvisionerRequest::StoreCertificate { der: certificate };
        self.ask_provisioner(&request, done)?;
        let request = ProvisionerRequest::StoreWipeAuthority { key: *wipe };
        self.ask_provisioner(&request, done)
    }
}

const fn read(file: ElementFile) -> ProvisionerRequest<'static> {
    ProvisionerRequest::ReadElement { file }
}

fn sound(hardware: &Hardware, flash_kib: u32) -> Result<(), Fault> {
    let broken = |what: String| Err(Fault::new(Code::HardwareCheck, what));
    if u32::from(hardware.flash_kib) != flash_kib {
        return broken(format!("flash of {} KiB", hardware.flash_kib));
    }
    if hardware.clock_hz == 0 {
        return broken("no core clock".to_owned());
    }
    Ok(())
}
