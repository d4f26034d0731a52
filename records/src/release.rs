//! Releases on record. Whether one may be trusted was decided before, by verifying it; here it is
//! written down under which hashes it was.

mod components;
mod version;

use cradle_procedure::fault::{Code, Fault};
use cradle_procedure::ids::{ProfileId, ReleaseId, Sha256};
use cradle_procedure::role::Permission;
use rusqlite::{OptionalExtension as _, Transaction};
use serde_json::json;

use crate::act::{Act, Attempt};
use crate::people::Session;
use crate::release_key;
use crate::store::Store;
use crate::store::sql::{column, hexadecimal, sql_fault};

pub(crate) use components::verify as verify_components;
pub use components::{Carrier, Component};

/// A verified release to be put on record.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewRelease {
    /// Its name.
    pub id: ReleaseId,
    /// Product it is for.
    pub product: String,
    /// Version of the product's firmware.
    pub version: String,
    /// Target profile it was built for.
    pub profile: ProfileId,
    /// Hash of the root public key that its images verify with.
    pub root_key: Sha256,
    /// The signed manifest, as read. Its SHA-256 is what batches are approved for.
    pub manifest: Vec<u8>,
    /// The software bill of materials, as read.
    pub sbom: Vec<u8>,
}

/// A release on record.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Release {
    /// Its name.
    pub id: ReleaseId,
    /// Product it is for.
    pub product: String,
    /// Version of the product's firmware.
    pub version: String,
    /// Target profile it was built for.
    pub profile: ProfileId,
    /// Digest of the manifest.
    pub manifest: Sha256,
    /// Hash of the root public key that its images verify with.
    pub root_key: Sha256,
    /// When it was imported, in milliseconds since 1970-01-01 UTC.
    pub imported_ms: u64,
    /// Since when no more units get it.
    pub retired_ms: Option<u64>,
}

impl Store {
    /// Puts a verified release on record. The same release again changes nothing.
    ///
    /// # Errors
    /// `AUT-03`; `REL-01` if its SBOM is not CycloneDX in JSON; `REL-03` if another manifest is on
    /// record under that name; `REL-09` if two people have not let its key in.
    pub fn import_release(&self, session: &Session, release: NewRelease) -> Result<(), Fault> {
        let id = release.id.clone();
        let attempt = Attempt {
            what: "import-release",
            subject: id.as_str(),
            needs: &[Permission::ImportRelease],
        };
        self.act(session, &attempt, move |act| import(act, &release))
    }

    /// Retires a release: no more units get it, though those that have it stay as they are.
    ///
    /// # Errors
    /// `AUT-03`; `REL-01` it is not on record.
    pub fn retire_release(&self, session: &Session, id: &ReleaseId) -> Result<(), Fault> {
        let attempt = Attempt {
            what: "retire-release",
            subject: id.as_str(),
            needs: &[Permission::ImportRelease],
        };
        let id = id.clone();
        self.act(session, &attempt, move |act| retire(act, &id))
    }

    /// All releases on record, newest first.
    ///
    /// # Errors
    /// `AUT-06`, `STO-02`.
    pub fn releases(&self, session: &Session) -> Result<Vec<Release>, Fault> {
        self.look(session, &[], |tx| {
            tx.prepare_cached(&format!("{SELECT} ORDER BY imported_ms DESC, id"))
                .and_then(|mut query| query.query_map([], read)?.collect())
                .map_err(sql_fault)
        })
    }
}

/// The release of that name, if it is on record.
pub(crate) fn find(tx: &Transaction<'_>, id: &ReleaseId) -> Result<Option<Release>, Fault> {
    tx.prepare_cached(&format!("{SELECT} WHERE id = ?1"))
        .and_then(|mut query| query.query_row([id.as_str()], read).optional())
        .map_err(sql_fault)
}

const SELECT: &str =
    "SELECT id, product, version, profile, manifest_sha256, root_key_sha256, imported_ms,
            retired_ms
     FROM releases";

fn read(row: &rusqlite::Row<'_>) -> rusqlite::Result<Release> {
    Ok(Release {
        id: column(row, "id")?,
        product: row.get("product")?,
        version: row.get("version")?,
        profile: column(row, "profile")?,
        manifest: hexadecimal(row, "manifest_sha256")?,
        root_key: hexadecimal(row, "root_key_sha256")?,
        imported_ms: row.get("imported_ms")?,
        retired_ms: row.get("retired_ms")?,
    })
}

/// Refuses a release that units no longer get.
pub(crate) fn refuse_retired(tx: &Transaction<'_>, id: &ReleaseId) -> Result<(), Fault> {
    match find(tx, id)? {
        Some(release) if release.retired_ms.is_some() => Err(Fault::new(Code::ReleaseRetired, id)),
        _ => Ok(()),
    }
}

fn retire(act: &Act<'_>, id: &ReleaseId) -> Result<(), Fault> {
    let unknown = || Fault::new(Code::ReleaseUnreadable, format!("{id} is not on record"));
    if find(act.tx, id)?.ok_or_else(unknown)?.retired_ms.is_some() {
        return Ok(());
    }
    act.tx
        .execute(
            "UPDATE releases SET retired_ms = ?2 WHERE id = ?1",
            (id.as_str(), act.now_ms),
        )
        .map_err(sql_fault)?;
    act.audit("release.retired", id.as_str(), json!({}))
}

fn import(act: &Act<'_>, release: &NewRelease) -> Result<(), Fault> {
    let manifest = Sha256::of(&release.manifest);
    if let Some(known) = find(act.tx, &release.id)? {
        if known.manifest == manifest {
            return Ok(());
        }
        return Err(Fault::new(
            Code::ReleaseAltered,
            format!(
                "{} is on record with manifest {}, this one is {manifest}",
                release.id, known.manifest
            ),
        ));
    }
    release_key::require_trusted(act.tx, &release.root_key)?;
    act.tx
        .execute(
            "INSERT INTO releases (id, product, version, profile, manifest_sha256,
                                   root_key_sha256, manifest, sbom, imported_ms, session)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10)",
            (
                release.id.as_str(),
                &release.product,
                &release.version,
                release.profile.as_str(),
                manifest.to_string(),
                release.root_key.to_string(),
                &release.manifest,
                &release.sbom,
                act.now_ms,
                act.session.id(),
            ),
        )
        .map_err(sql_fault)?;
    components::keep(act.tx, &release.id, &release.sbom)?;
    let facts = json!({
        "manifest": manifest.to_string(),
        "product": release.product,
        "profile": release.profile.as_str(),
        "root_key": release.root_key.to_string(),
        "sbom": Sha256::of(&release.sbom).to_string(),
        "version": release.version,
    });
    act.audit("release.imported", release.id.as_str(), facts)
}
