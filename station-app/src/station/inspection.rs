//! One unit in service, held against its record.

use std::path::Path;

use cradle_bench::Bench;
use cradle_ca::ceremony::CaFiles;
use cradle_procedure::attestation::{Expectation, Finding};
use cradle_procedure::fault::{Code, Fault};
use cradle_procedure::ids::{ReleaseId, Serial, SlotId};
use cradle_procedure::inspection::{Recorded, inspect};
use cradle_procedure::pki::{certificate_key, certificate_validity, is_issued_by, revoked_serials};
use cradle_procedure::ports::{IssuedCertificate, UnitState};
use cradle_procedure::profile::TargetProfile;
use cradle_procedure::release::VerifiedRelease;
use cradle_records::{Session, UnitHistory, UnitKey};

use super::who::Answering;
use super::{Station, entropy, now_ms, open_bench, read_profile, who_answers};
use crate::config::{Config, ProductSection};
use crate::office::Office;
use crate::{files, release_folder};

/// What to look at, and what it should be.
pub struct Inspection<'a> {
    /// Who looks.
    pub session: &'a Session,
    /// The slot, or the serial line, that it is wired to.
    pub slot: SlotId,
    /// Serial number on its label, if that was read.
    pub label: Option<&'a Serial>,
    /// Folder of the release that it should run now; `None` for the station's, which then has to
    /// be the one that the unit was made with.
    pub release: Option<&'a Path>,
}

/// What was found.
#[derive(Debug)]
pub struct Inspected {
    /// The unit.
    pub unit: UnitHistory,
    /// The release it was held against.
    pub release: ReleaseId,
    /// Everything that was compared.
    pub findings: Vec<Finding>,
}

impl Inspected {
    /// Whether everything is as it should be.
    #[must_use]
    pub fn is_as_recorded(&self) -> bool {
        self.findings.iter().all(Finding::holds)
    }
}

impl Office {
    /// Holds the unit on a serial line against its record, and leaves an entry in the audit log.
    ///
    /// # Errors
    /// `DEV-12` nobody answers, `DEV-17`; `STO-05` the chip is on no record; `CA-04` it never got a
    /// certificate; `BAT-06` the release is another than the unit's, or on no record, or the
    /// station has no such product; `REL-…`, `CFG-…`, `AUT-…`.
    pub fn inspect(&self, what: &Inspection<'_>) -> Result<Inspected, Fault> {
        let (bench, _training) = open_bench(self.config())?;
        self.inspect_on(&bench, what)
    }

    /// As [`Office::inspect`], on a bench that is open.
    fn inspect_on(&self, bench: &Bench, what: &Inspection<'_>) -> Result<Inspected, Fault> {
        let Answering { uid, state, .. } = who_answers(self.config(), bench, what.slot)?;
        let unit = self.store().find_unit(what.session, &UnitKey::Uid(uid))?;
        let (section, profile) = self.product_of(what.session, &unit)?;
        let mut device = bench.open(what.slot, &profile)?;
        let (name, release) = self.release_of(what, &unit, &section, &profile)?;
        let serial = &unit.unit.serial;
        let certificate = last_certificate(&unit)?;
        let recorded = Recorded {
            serial,
            certificate: &certificate,
            version: &release.manifest().version,
            expectation: Expectation::of(&release, &unit.unit.uid, &profile)?.in_service(),
        };
        let mut findings = vec![Finding::new(
            "state on record",
            &UnitState::Provisioned,
            &unit.unit.state,
        )];
        if let Some(label) = what.label {
            findings.push(Finding::new("serial number", serial, label));
        }
        findings.extend(inspect(device.as_mut(), state, &mut entropy, &recorded)?);
        findings.extend(standing(self.config(), &unit, &certificate)?);
        self.store()
            .note_inspection(what.session, serial, &name, &findings)?;
        Ok(Inspected {
            release: name,
            findings,
            unit,
        })
    }

    /// The station's product that the unit is one of: on its chip and, where there are several,
    /// with its release.
    fn product_of(
        &self,
        session: &Session,
        unit: &UnitHistory,
    ) -> Result<(ProductSection, TargetProfile), Fault> {
        let batch = self.store().batch(session, &unit.unit.batch)?;
        let mut same_chip = Vec::new();
        for section in self.config().products() {
            let profile = read_profile(&section.profile)?;
            if profile.id == batch.profile {
                same_chip.push((section, profile));
            }
        }
        let released = |(section, profile): &(ProductSection, TargetProfile)| {
            let release = verified(section, &section.release.folder, profile);
            release.is_ok_and(|release| release.manifest_hash() == batch.manifest)
        };
        let own = same_chip.iter().position(released).unwrap_or(0);
        if own < same_chip.len() {
            return Ok(same_chip.swap_remove(own));
        }
        let detail = format!("the station has no product with profile {}", batch.profile);
        Err(Fault::new(Code::BatchMismatch, detail))
    }

    /// The release that the unit should run, with its name on record.
    fn release_of(
        &self,
        what: &Inspection<'_>,
        unit: &UnitHistory,
        section: &ProductSection,
        profile: &TargetProfile,
    ) -> Result<(ReleaseId, VerifiedRelease), Fault> {
        let folder = what.release.unwrap_or(&section.release.folder);
        let release = verified(section, folder, profile)?;
        let on_record = self.store().releases(what.session)?;
        let mut on_record = on_record.into_iter();
        let known = on_record.find(|known| known.manifest == release.manifest_hash());
        let detail = match known {
            None => format!("{} holds a release that is not on record", folder.display()),
            Some(known) if what.release.is_none() && known.id != unit.release => format!(
                "the unit was made with {}, the station has {}; name the release it should run",
                unit.release, known.id
            ),
            Some(known) => return Ok((known.id, release)),
        };
        Err(Fault::new(Code::BatchMismatch, detail))
    }
}

/// A release, verified with the key that the product pins.
fn verified(
    section: &ProductSection,
    folder: &Path,
    profile: &TargetProfile,
) -> Result<VerifiedRelease, Fault> {
    let key = files::read_public_key(&section.release.key)?;
    release_folder::verify(folder, &key, profile)
}

impl Station {
    /// As [`Office::inspect`], on the station's own bench.
    ///
    /// # Errors
    /// As there.
    pub fn inspect(&self, what: &Inspection<'_>) -> Result<Inspected, Fault> {
        let inspected = self.office.inspect_on(&self.bench, what);
        self.settle(what.slot)?;
        inspected
    }
}

/// The certificate in force, else the last one there was.
fn last_certificate(unit: &UnitHistory) -> Result<IssuedCertificate, Fault> {
    let in_force = unit.certificates.iter().find(|it| it.revoked.is_none());
    let found = in_force.or(unit.certificates.last());
    let none = || Fault::new(Code::NotIssued, format!("{} has none", unit.unit.serial));
    found.map_or_else(
        || Err(none()),
        |found| {
            Ok(IssuedCertificate {
                der: found.der.clone(),
                serial_number: found.serial_number.clone(),
            })
        },
    )
}

/// Whether the certificate still stands: its chain, its time, the record, the published CRL.
fn standing(
    config: &Config,
    unit: &UnitHistory,
    certificate: &IssuedCertificate,
) -> Result<Vec<Finding>, Fault> {
    let paths = CaFiles::in_dir(&config.authority.files);
    let issuing = files::read_certificate(&paths.issuing)?;
    let root = files::read_certificate(&paths.root)?;
    let links = [
        (&certificate.der, &issuing),
        (&issuing, &root),
        (&root, &root),
    ];
    let mut chain = true;
    let mut in_time = true;
    for (one, issuer) in links {
        chain &= is_issued_by(one, issuer)?;
        let (from, until) = certificate_validity(one)?;
        in_time &= (from..=until).contains(&(now_ms() / 1000));
    }
    let row = unit
        .certificates
        .iter()
        .find(|it| it.der == certificate.der);
    let revoked = row.and_then(|row| row.revoked.as_ref());
    let list = revoked_serials(&files::read(&paths.crl)?, &certificate_key(&issuing)?)?;
    let plain = certificate
        .serial_number
        .trim_start_matches("00")
        .to_lowercase();
    let say = |good: bool, yes: &'static str, no: &'static str| if good { yes } else { no };
    let verifies = |holds| say(holds, "verifies up to the root CA", "does not verify");
    let valid = |holds| {
        say(
            holds,
            "all certificates are in their time",
            "one is out of its time",
        )
    };
    let listed = |on: bool| say(!on, "not on the CRL", "on the CRL");
    Ok(vec![
        Finding::new("certificate chain", &verifies(true), &verifies(chain)),
        Finding::new("validity", &valid(true), &valid(in_time)),
        Finding::new(
            "certificate on record",
            &"in force",
            &revoked.map_or("in force".to_owned(), |(_, why)| format!("revoked: {why}")),
        ),
        Finding::new(
            "published revocations",
            &listed(false),
            &listed(list.contains(&plain)),
        ),
    ])
}
