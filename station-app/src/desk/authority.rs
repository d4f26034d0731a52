//! The certificate authority and its token, on a worker of their own.

use cradle_ca::ceremony::{CaFiles, Tokens, inventory};
use cradle_ca::issue::CrlState;
use cradle_ca::token::{Pin, Token};
use cradle_ca::watch::watch;
use cradle_procedure::fault::{Code, Fault};
use cradle_procedure::role::Permission;

use super::{Desk, Shared};
use crate::files;
use crate::gui::backend::{AuthorityState, CertificateAuthority, Pending, RevocationOrder};
use crate::office::Office;
use crate::station::{now_ms, open_root_token};
use crate::two_people::{Second, Settled};

impl CertificateAuthority for Desk {
    fn authority(&self) -> Pending<AuthorityState> {
        self.ask(&self.keeper, |desk, session| {
            session.role().require(Permission::ReadRecords)?;
            desk.authority()
        })
    }

    fn publish_crl(&self) -> Pending<usize> {
        self.ask(&self.keeper, |desk, session| {
            Ok(desk.station.publish_crl(session)?.len())
        })
    }

    fn revoke(&self, order: RevocationOrder, second: Option<Second>) -> Pending<Settled<usize>> {
        self.ask(&self.keeper, move |desk, session| {
            let serial = order.certificate.to_lowercase();
            let here = || desk.begin(second.as_ref());
            desk.station.revoke(session, &serial, order.reason, here)
        })
    }
}

impl Shared {
    fn authority(&self) -> Result<AuthorityState, Fault> {
        let office: &Office = self.station.as_ref();
        let config = office.config();
        let open_root = || -> Result<Token, Fault> {
            let root = config.token.root.as_ref();
            let file = root.and_then(|root| root.pin_file.as_ref());
            let unknown = || Fault::new(Code::TokenMissing, "its PIN is not kept at this station");
            open_root_token(config, Pin::from_file(file.ok_or_else(unknown)?)?)
        };
        let tokens = Tokens {
            line: office.token(),
            root: config.token.root.as_ref().map(|_| &open_root as _),
        };
        let paths = CaFiles::in_dir(&config.authority.files);
        let (line, root) = inventory(tokens, &paths)?;
        let policy = &self.station.authority().crl;
        let mut certificates = Vec::new();
        for path in [&paths.root, &paths.issuing, &paths.ocsp] {
            if path.exists() {
                certificates.push(files::read_certificate(path)?);
            }
        }
        Ok(AuthorityState {
            line,
            root,
            ends: watch(&paths, policy, now_ms())?,
            certificates,
            crl: CrlState::of_file(&policy.path)?,
            delta: CrlState::of_file(&policy.delta_path())?,
        })
    }
}
