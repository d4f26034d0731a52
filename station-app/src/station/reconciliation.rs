//! Whether records, published CRL and registries agree on the units that left.

use std::collections::BTreeSet;

use cradle_procedure::fault::Fault;
use cradle_procedure::pki::{certificate_key, revoked_serials};
use cradle_procedure::ports::UnitRecord;
use cradle_records::Session;
use cradle_wipe::{Registry, Standing};

use super::Station;
use crate::files;

/// What a comparison found.
#[derive(Debug, Default)]
pub struct Reconciliation {
    /// Units that left.
    pub units: usize,
    /// Each disagreement, in words that name unit and place.
    pub differences: Vec<String>,
}

impl Station {
    /// Compares records, published CRL and registries, and changes nothing.
    ///
    /// # Errors
    /// `AUT-…`, `STO-…`; `CFG-02`, `CA-03` there is no CRL, or it is not the issuer's; `CFG-…` a
    /// registry's configuration.
    pub fn reconcile(&self, session: &Session) -> Result<Reconciliation, Fault> {
        let departed = self.store().departed(session)?;
        let mut found = Reconciliation {
            units: departed.len(),
            differences: Vec::new(),
        };
        self.compare_crl(session, &mut found)?;
        let mut registries = self.config().registries.open()?;
        for departed in &departed {
            let serial = &departed.unit.serial;
            if departed.complete == Some(false) {
                found.add(format!(
                    "{serial}: {}, its document is not complete",
                    departed.unit.state
                ));
            }
            for registry in &mut registries {
                found.look(registry.as_mut(), &departed.unit);
            }
        }
        for record in self.store().registry_dues(session)? {
            if record.due.confirmed.is_none() {
                let why = record
                    .detail
                    .unwrap_or_else(|| "it was not asked yet".to_owned());
                let (serial, name, tries) = (record.serial, record.due.registry, record.tries);
                found.add(format!(
                    "{serial}: {name} has not confirmed, asked {tries} times: {why}"
                ));
            }
        }
        Ok(found)
    }

    fn compare_crl(&self, session: &Session, found: &mut Reconciliation) -> Result<(), Fault> {
        let issuer = certificate_key(self.authority.ca.certificate())?;
        let published = revoked_serials(&files::read(&self.authority.crl.path)?, &issuer)?;
        let mut on_record = BTreeSet::new();
        for (certificate, holder) in self.store().revoked_on_record(session)? {
            let plain = certificate.trim_start_matches("00").to_lowercase();
            if !published.contains(&plain) {
                found.add(format!(
                    "{holder}: certificate {certificate} is revoked on record, not on the CRL"
                ));
            }
            on_record.insert(plain);
        }
        for unknown in published.difference(&on_record) {
            found.add(format!(
                "certificate {unknown} is on the CRL, not revoked on record"
            ));
        }
        Ok(())
    }
}

impl Reconciliation {
    fn add(&mut self, difference: String) {
        self.differences.push(difference);
    }

    fn look(&mut self, registry: &mut dyn Registry, unit: &UnitRecord) {
        let (serial, name) = (&unit.serial, registry.name().clone());
        match registry.look(unit) {
            Ok(Standing::Gone(_) | Standing::NotAsked) => {}
            Ok(Standing::Known(what)) => {
                self.add(format!("{serial}: {name} still knows it: {what}"));
            }
            Err(fault) => self.add(format!("{serial}: {name} could not be asked: {fault}")),
        }
    }
}
