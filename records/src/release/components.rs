//! What is inside a release, as its SBOM says (CycloneDX 1.x, JSON), and which units carry it.

use cradle_procedure::fault::{Code, Fault, OrFault as _};
use cradle_procedure::ids::{BatchId, ReleaseId, Serial};
use cradle_procedure::ports::UnitState;
use cradle_procedure::role::Permission;
use rusqlite::Transaction;
use serde_json::Value;

use super::version;
use crate::people::Session;
use crate::store::Store;
use crate::store::sql::{column, sql_fault};

/// One component of a release.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Component {
    /// Release that it is in.
    pub release: ReleaseId,
    /// Its name.
    pub name: String,
    /// Its version; empty if the SBOM gives none.
    pub version: String,
    /// Package URL.
    pub purl: Option<String>,
}

/// A unit that carries a component.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Carrier {
    /// Unit.
    pub serial: Serial,
    /// What state it is in.
    pub state: UnitState,
    /// Its batch.
    pub batch: BatchId,
    /// Release it got.
    pub release: ReleaseId,
    /// Version of the component in that release.
    pub version: String,
}

impl Store {
    /// The components of a release, by name.
    ///
    /// # Errors
    /// `AUT-03`, `STO-02`.
    pub fn components(
        &self,
        session: &Session,
        release: &ReleaseId,
    ) -> Result<Vec<Component>, Fault> {
        self.look(session, &[Permission::ReadRecords], |tx| {
            let sql = "SELECT * FROM components WHERE release = ?1 ORDER BY name, version";
            select(tx, sql, release.as_str())
        })
    }

    /// The units that carry a component of this name, by serial number: in any version, or in
    /// one older than `below`. A component whose version is not known counts as older.
    ///
    /// # Errors
    /// `AUT-03`, `STO-02`.
    pub fn carriers(
        &self,
        session: &Session,
        name: &str,
        below: Option<&str>,
    ) -> Result<Vec<Carrier>, Fault> {
        self.look(session, &[Permission::ReadRecords], |tx| {
            let found = select(tx, "SELECT * FROM components WHERE name = ?1", name)?;
            let mut carriers = Vec::new();
            for component in found {
                let is_older = |below| version::compare(&component.version, below).is_lt();
                if below.is_none_or(is_older) {
                    carry(tx, &component, &mut carriers)?;
                }
            }
            carriers.sort_by(|a, b| a.serial.as_str().cmp(b.serial.as_str()));
            Ok(carriers)
        })
    }
}

/// Writes down what an SBOM says is in the release.
pub(super) fn keep(tx: &Transaction<'_>, release: &ReleaseId, sbom: &[u8]) -> Result<(), Fault> {
    let mut insert = tx
        .prepare_cached(
            "INSERT INTO components (release, name, version, purl) VALUES (?1, ?2, ?3, ?4)",
        )
        .map_err(sql_fault)?;
    for component in parse(release, sbom)? {
        insert
            .execute((
                release.as_str(),
                &component.name,
                &component.version,
                &component.purl,
            ))
            .map_err(sql_fault)?;
    }
    Ok(())
}

fn parse(release: &ReleaseId, sbom: &[u8]) -> Result<Vec<Component>, Fault> {
    let sbom: Value = serde_json::from_slice(sbom).or_fault(Code::ReleaseUnreadable)?;
    if sbom["bomFormat"] != "CycloneDX" {
        let detail = "the SBOM is not CycloneDX in JSON";
        return Err(Fault::new(Code::ReleaseUnreadable, detail));
    }
    let mut found = Vec::new();
    // Components may be made of components (CycloneDX "Assemblies").
    let mut waiting = vec![&sbom["components"]];
    while let Some(components) = waiting.pop() {
        for component in components.as_array().into_iter().flatten() {
            let text = |name: &str| component[name].as_str().map(str::to_owned);
            let name = text("name").ok_or_else(|| {
                let detail = "the SBOM has a component without a name";
                Fault::new(Code::ReleaseUnreadable, detail)
            })?;
            found.push(Component {
                release: release.clone(),
                name,
                version: text("version").unwrap_or_default(),
                purl: text("purl"),
            });
            waiting.push(&component["components"]);
        }
    }
    Ok(found)
}

/// Compares the components that are searched with the SBOMs that they were taken from; the audit
/// log answers for those.
///
/// # Errors
/// `STO-04`, naming the first release whose components differ.
pub(crate) fn verify(tx: &Transaction<'_>) -> Result<(), Fault> {
    let sql = "SELECT id, sbom FROM releases ORDER BY id";
    let mut query = tx.prepare(sql).map_err(sql_fault)?;
    let mut rows = query.query([]).map_err(sql_fault)?;
    let mut known: u64 = 0;
    while let Some(row) = rows.next().map_err(sql_fault)? {
        let release: ReleaseId = column(row, "id").map_err(sql_fault)?;
        let sbom: Vec<u8> = row.get("sbom").map_err(sql_fault)?;
        let mut told = parse(&release, &sbom)?;
        let sql = "SELECT * FROM components WHERE release = ?1";
        let mut kept = select(tx, sql, release.as_str())?;
        let key = |a: &Component, b: &Component| {
            (&a.name, &a.version, &a.purl).cmp(&(&b.name, &b.version, &b.purl))
        };
        told.sort_by(key);
        kept.sort_by(key);
        if told != kept {
            let detail = format!("components of {release}: not as its SBOM says");
            return Err(Fault::new(Code::AuditBroken, detail));
        }
        known += kept.len() as u64;
    }
    let all: u64 = tx
        .query_row("SELECT count(*) FROM components", [], |row| row.get(0))
        .map_err(sql_fault)?;
    if all == known {
        return Ok(());
    }
    let detail = "there are components of releases that are not on record";
    Err(Fault::new(Code::AuditBroken, detail))
}

fn select(tx: &Transaction<'_>, sql: &str, key: &str) -> Result<Vec<Component>, Fault> {
    tx.prepare_cached(sql)
        .and_then(|mut query| {
            query
                .query_map([key], |row| {
                    Ok(Component {
                        release: column(row, "release")?,
                        name: row.get("name")?,
                        version: row.get("version")?,
                        purl: row.get("purl")?,
                    })
                })?
                .collect()
        })
        .map_err(sql_fault)
}

fn carry(
    tx: &Transaction<'_>,
    component: &Component,
    carriers: &mut Vec<Carrier>,
) -> Result<(), Fault> {
    let sql = "SELECT units.serial, units.state, units.batch FROM batches
               JOIN units ON units.batch = batches.id WHERE batches.release = ?1";
    let mut query = tx.prepare_cached(sql).map_err(sql_fault)?;
    let rows = query
        .query_map([component.release.as_str()], |row| {
            Ok(Carrier {
                serial: column(row, "serial")?,
                state: column(row, "state")?,
                batch: column(row, "batch")?,
                release: component.release.clone(),
                version: component.version.clone(),
            })
        })
        .map_err(sql_fault)?;
    for carrier in rows {
        carriers.push(carrier.map_err(sql_fault)?);
    }
    Ok(())
}
