//! What production firmware answers to the station: who it is, its attestation, its
//! certificate, its boot events and posture, a signed wipe command and what became of it, and an
//! update.

use cradle_protocol::attestation::{
    Claims, MAX_TO_BE_SIGNED, assemble, encode_claims, to_be_signed,
};
use cradle_protocol::frame;
use cradle_protocol::limits::{MAX_ATTESTATION, MAX_FRAME};
use cradle_protocol::message::{
    AgentReply, AgentRequest, DeviceState, Identity, NONCE_LENGTH, Nonce, Refusal, wipe_statement,
};
use cradle_protocol::metadata::Bank;

use crate::boot;
use crate::crypto::{sha256, sha256_of_flash, verify_raw};
use crate::device::{Device, StorageFault};
use crate::key_store::{KeyStore, public_from};
use crate::report;
use crate::store::{self, Kind};
use crate::update::Updates;
use crate::wipe;

/// What runs, as the attestation says it.
#[derive(Debug, Clone, Copy)]
pub struct Firmware {
    /// Chip model.
    pub hardware_model: &'static str,
    /// Name of the firmware.
    pub name: &'static str,
    /// Bank it runs from.
    pub bank: Bank,
}

/// Answers requests. Keeps no state but the one open wipe challenge and the one update on its
/// way.
pub struct Agent<K> {
    firmware: Firmware,
    keys: K,
    challenge: Option<Nonce>,
    updates: Updates,
    restart: bool,
}

impl<K> Agent<K> {
    /// Starts the agent; finishes a wipe that a power cut interrupted.
    pub fn start<D: Device>(firmware: Firmware, mut keys: K, device: &mut D) -> Self
    where
        K: KeyStore<D>,
    {
        wipe::resume(device, &mut keys);
        Self {
            firmware,
            keys,
            challenge: None,
            updates: Updates::default(),
            restart: false,
        }
    }

    /// Whether the firmware is to reset once the answer has left.
    #[must_use]
    pub fn wants_restart(&self) -> bool {
        self.restart
    }

    /// Answers one frame, given without its closing zero. Returns how much of `out` is the
    /// answer; `None` if the line garbled the frame or nobody could be meant.
    pub fn answer<D: Device>(
        &mut self,
        device: &mut D,
        frame: &mut [u8],
        out: &mut [u8; MAX_FRAME],
    ) -> Option<usize>
    where
        K: KeyStore<D>,
    {
        let (id, body) = frame::open(frame).ok()?;
        let mut scratch = [0; MAX_ATTESTATION];
        let reply = match frame::parse(body) {
            Ok(request) => self
                .handle(device, &request, &mut scratch)
                .unwrap_or_else(AgentReply::Refused),
            Err(_) => AgentReply::Refused(Refusal::NotUnderstood),
        };
        frame::encode(id, &reply, out).ok()
    }

    /// Answers one request.
    ///
    /// # Errors
    /// Why it is refused. After a wipe everything but `Identify` and `ReadWipeReport` is
    /// [`Refusal::Wiped`].
    pub fn handle<'a, D: Device>(
        &mut self,
        device: &'a mut D,
        request: &AgentRequest<'_>,
        scratch: &'a mut [u8; MAX_ATTESTATION],
    ) -> Result<AgentReply<'a>, Refusal>
    where
        K: KeyStore<D>,
    {
        let wiped = wipe::marked(device);
        match request {
            AgentRequest::Identify => Ok(AgentReply::Identity(Identity {
                uid: device.uid(),
                state: if wiped {
                    DeviceState::Wiped
                } else {
                    DeviceState::Operational
                },
            })),
            AgentRequest::ReadWipeReport => wipe::report(device)
                .map(AgentReply::Wiped)
                .ok_or(Refusal::WrongState),
            _ if wiped => Err(Refusal::Wiped),
            AgentRequest::Attest { nonce } => self
                .attest(device, nonce, scratch)
                .map(AgentReply::Attestation),
            AgentRequest::ReadCertificate => {
                store::find(device.bytes(D::LAYOUT.nvs), Kind::Certificate)
                    .map(AgentReply::Certificate)
                    .ok_or(Refusal::NoCertificate)
            }
            AgentRequest::RequestWipe => self.open_challenge(device),
            AgentRequest::Wipe { signature } => self.wipe(device, signature),
            AgentRequest::Restart => {
                self.restart = true;
                Ok(AgentReply::Restarting)
            }
            AgentRequest::ReadEvents { after } => {
                Ok(AgentReply::Events(report::events(device, *after)))
            }
            AgentRequest::ReadPosture => {
                let key = self.keys.public_key(device).is_some();
                let posture = report::posture(device, self.firmware.bank, key);
                Ok(AgentReply::Posture(posture))
            }
            AgentRequest::BeginUpdate { .. }
            | AgentRequest::UpdateChunk { .. }
            | AgentRequest::FinishUpdate => self.update(device, request),
        }
    }

    /// Only firmware that is trusted may overwrite the other bank: until then that one is what
    /// the device falls back to.
    fn update<D: Device>(
        &mut self,
        device: &mut D,
        request: &AgentRequest<'_>,
    ) -> Result<AgentReply<'static>, Refusal> {
        let running = self.firmware.bank;
        let may_take = |device: &mut D, bank| {
            let trusted = boot::state(device).and_then(|state| state.trusted());
            bank != running && trusted == Some(running)
        };
        self.updates
            .answer(device, request, Some(running), may_take)
    }

    fn attest<'a, D: Device>(
        &mut self,
        device: &mut D,
        nonce: &Nonce,
        scratch: &'a mut [u8; MAX_ATTESTATION],
    ) -> Result<&'a [u8], Refusal>
    where
        K: KeyStore<D>,
    {
        let running = boot::image(device, self.firmware.bank).map_err(|_| Refusal::WrongState)?;
        let (version, digest) = (running.version.text(), *running.digest);
        let claims = self.claims(device, nonce, &digest, version.as_str());
        let mut payload = [0; MAX_ATTESTATION];
        let length = encode_claims(&claims, &mut payload).map_err(|_| Refusal::TooLong)?;
        let payload = &payload[..length];
        let mut room = [0; MAX_TO_BE_SIGNED];
        let signed = to_be_signed(payload, &mut room).map_err(|_| Refusal::TooLong)?;
        let signature = self.keys.sign(device, &sha256(signed))?;
        assemble(payload, &signature, scratch).map_err(|_| Refusal::TooLong)
    }

    fn claims<'v, D: Device>(
        &self,
        device: &mut D,
        nonce: &Nonce,
        digest: &[u8; 32],
        version: &'v str,
    ) -> Claims<'v> {
        let Firmware {
            hardware_model,
            name,
            bank,
        } = self.firmware;
        let trusted = boot::state(device).and_then(|state| state.trusted());
        Claims {
            nonce: *nonce,
            uid: device.uid(),
            hardware_model,
            software_name: name,
            software_version: version,
            image_sha256: *digest,
            bootloader_sha256: sha256_of_flash(device, D::LAYOUT.bootloader),
            root_key_sha256: device.root_key_block(),
            root_key_locked: device.root_key_locked(),
            counter: device.counter(),
            rdp: device.rdp(),
            write_protected: device.write_protected(),
            boot_bank: bank,
            bank_confirmed: trusted == Some(bank),
        }
    }

    fn open_challenge<'a, D: Device>(&mut self, device: &mut D) -> Result<AgentReply<'a>, Refusal> {
        let mut nonce = [0; NONCE_LENGTH];
        device.fill(&mut nonce).map_err(|_| Refusal::Entropy)?;
        self.challenge = Some(nonce);
        Ok(AgentReply::WipeChallenge(nonce))
    }

    /// The challenge is spent whatever comes of it.
    fn wipe<'a, D: Device>(
        &mut self,
        device: &mut D,
        signature: &[u8],
    ) -> Result<AgentReply<'a>, Refusal>
    where
        K: KeyStore<D>,
    {
        let challenge = self.challenge.take().ok_or(Refusal::NotAuthorized)?;
        let authority = store::find(device.bytes(D::LAYOUT.nvs), Kind::WipeAuthority)
            .and_then(public_from)
            .ok_or(Refusal::NotAuthorized)?;
        let statement = wipe_statement(&device.uid(), &challenge);
        if !verify_raw(&authority, &sha256(&statement), signature) {
            return Err(Refusal::NotAuthorized);
        }
        wipe::wipe(device, &mut self.keys)
            .map(AgentReply::Wiped)
            .map_err(|StorageFault(status)| Refusal::Storage(status))
    }
}

#[cfg(test)]
mod tests;
#[cfg(test)]
mod wire_tests;
