//! `cradle release`: sign, verify and inspect; what is on record, and who carries what.

use std::fmt::Write as _;
use std::path::{Path, PathBuf};

use clap::{Args, Subcommand};
use cradle_procedure::fault::Fault;
use cradle_procedure::ids::ReleaseId;
use cradle_procedure::release::VerifiedRelease;
use serde_json::json;

use super::people::SignIn;
use super::{Answer, Shared, request};
use crate::files;
use crate::office::Office;
use crate::release_folder::{self, Build};
use crate::station;

/// Signed releases.
#[derive(Subcommand)]
#[command(
    after_help = "Example: cradle release sign --build target/firmware/stm32f405 \
                        --product sensor --version 1.0.0 --minimum-version 3 --out release"
)]
pub(super) enum Verb {
    /// Sign a firmware build with the token's release key
    Sign(SignArguments),
    /// Verify a release with the pinned key
    Verify(FolderArguments),
    /// Verify a release and show what is in it
    Inspect(FolderArguments),
    /// Let a release key in, which takes two people: releases it signs can be put on record then
    TrustKey {
        /// The public key, PEM [default: the one pinned in the configuration]
        key: Option<PathBuf>,
        #[command(flatten)]
        sign_in: SignIn,
    },
    /// Put the station's verified release on record, so that batches can be asked for it
    Import {
        #[command(flatten)]
        sign_in: SignIn,
    },
    /// List the releases on record
    List {
        #[command(flatten)]
        sign_in: SignIn,
    },
    /// Retire a release: no more units get it
    Retire {
        /// Release, such as sensor-1.4.2
        release: ReleaseId,
        #[command(flatten)]
        sign_in: SignIn,
    },
    /// Show the components of a release, or the units that carry a component
    Components(ComponentArguments),
}

#[derive(Args)]
pub(super) struct SignArguments {
    /// Folder with bootloader.bin, application.bin, provisioner.elf, sbom.cdx.json and what else
    /// the target profile names
    #[arg(long, value_name = "DIR")]
    build: PathBuf,
    /// Product name
    #[arg(long)]
    product: String,
    /// Version, such as 1.4.2
    #[arg(long)]
    version: String,
    /// What the build was made for; stations take `production` only
    #[arg(long, default_value = "production")]
    build_profile: String,
    /// Anti-rollback counter that devices are raised to
    #[arg(long, value_name = "N")]
    minimum_version: u32,
    /// Folder for the release
    #[arg(long, value_name = "DIR")]
    out: PathBuf,
}

#[derive(Args)]
pub(super) struct FolderArguments {
    /// Folder of the release [default: the station's]
    folder: Option<PathBuf>,
}

#[derive(Args)]
pub(super) struct ComponentArguments {
    /// Components of this release
    #[arg(long, required_unless_present = "component")]
    release: Option<ReleaseId>,
    /// Units that carry the component of this name
    #[arg(long, value_name = "NAME", conflicts_with = "release")]
    component: Option<String>,
    /// Only in a version older than this
    #[arg(long, value_name = "VERSION", requires = "component")]
    below: Option<String>,
    #[command(flatten)]
    sign_in: SignIn,
}

pub(super) fn run(verb: &Verb, shared: &Shared) -> Result<Answer, Fault> {
    match verb {
        Verb::Sign(arguments) => sign(arguments, shared),
        Verb::Verify(arguments) => {
            let release = verify(arguments, shared)?;
            let id = release.id()?;
            Answer::done(
                format!("{id}: every check passed"),
                json!({ "release": id }),
            )
        }
        Verb::Inspect(arguments) => inspect(&verify(arguments, shared)?),
        Verb::TrustKey { key, sign_in } => trust_key(key.as_deref(), sign_in, &shared.office()?),
        Verb::Import { sign_in } => {
            let station = shared.station()?;
            let release = release_folder::for_the_record(station.release())?;
            let id = release.id.clone();
            sign_in.with(&station, |session| {
                station.store().import_release(session, release)
            })?;
            Answer::done(format!("{id} is on record"), json!({ "release": id }))
        }
        Verb::List { sign_in } => list(sign_in, &shared.office()?),
        Verb::Retire { release, sign_in } => {
            let station = shared.office()?;
            sign_in.with(&station, |session| {
                station.store().retire_release(session, release)
            })?;
            Answer::done(
                format!("{release} is retired"),
                json!({ "retired": release }),
            )
        }
        Verb::Components(arguments) => components(arguments, &shared.office()?),
    }
}

fn sign(arguments: &SignArguments, shared: &Shared) -> Result<Answer, Fault> {
    let config = shared.config()?;
    let token = station::open_token(&config, shared.token_pin(&config)?)?;
    let build = Build {
        folder: &arguments.build,
        product: &arguments.product,
        version: &arguments.version,
        build_profile: &arguments.build_profile,
        minimum_version: arguments.minimum_version,
    };
    release_folder::sign(
        &build,
        &station::load_profile(&config)?,
        &token,
        &arguments.out,
    )?;
    let out = arguments.out.display().to_string();
    Answer::done(format!("signed into {out}"), json!({ "folder": out }))
}

fn trust_key(key: Option<&Path>, sign_in: &SignIn, office: &Office) -> Result<Answer, Fault> {
    let pinned = &office.config().release.key;
    let key = files::read_public_key(key.unwrap_or(pinned))?;
    let store = office.store();
    sign_in.with(office, |session| {
        if let Some(asked) = store.ask_to_trust_key(session, &key)? {
            return request::waits(&asked);
        }
        let sha256 = store.trust_release_key(session, &key)?;
        Answer::done(
            format!("release key {sha256} is let in"),
            json!({ "key_sha256": sha256 }),
        )
    })
}

fn verify(arguments: &FolderArguments, shared: &Shared) -> Result<VerifiedRelease, Fault> {
    let config = shared.config()?;
    let profile = station::load_profile(&config)?;
    let folder = arguments.folder.as_ref().unwrap_or(&config.release.folder);
    release_folder::verify(
        folder,
        &files::read_public_key(&config.release.key)?,
        &profile,
    )
}

fn inspect(release: &VerifiedRelease) -> Result<Answer, Fault> {
    let manifest = release.manifest();
    let words = format!(
        "{} {} for {}\nminimum version {}\nmanifest {}\nroot key {}\n\
         bootloader {} bytes, application {} bytes, provisioner {} bytes",
        manifest.product,
        manifest.version,
        manifest.target,
        manifest.minimum_version,
        release.manifest_hash(),
        release.root_key_hash(),
        release.bootloader().len(),
        release.application().len(),
        release.provisioner().len(),
    );
    let data = json!({
        "manifest": manifest,
        "manifest_sha256": release.manifest_hash(),
        "root_key_sha256": release.root_key_hash(),
        "application_sha256": release.application_hash(),
    });
    Answer::done(words, data)
}

fn list(sign_in: &SignIn, station: &Office) -> Result<Answer, Fault> {
    let releases = sign_in.with(station, |session| station.store().releases(session))?;
    let mut words = String::new();
    let mut data = Vec::new();
    for release in &releases {
        let retired = release.retired_ms.map_or("", |_| "retired");
        let _ = writeln!(
            words,
            "{:<24} {:<12} {} {retired}",
            release.id, release.profile, release.manifest
        );
        data.push(json!({
            "id": release.id, "product": release.product, "version": release.version,
            "profile": release.profile, "manifest_sha256": release.manifest,
            "imported_ms": release.imported_ms, "retired_ms": release.retired_ms,
        }));
    }
    Answer::done(words, json!(data))
}

fn components(arguments: &ComponentArguments, station: &Office) -> Result<Answer, Fault> {
    let (store, below) = (station.store(), arguments.below.as_deref());
    let mut words = String::new();
    let mut data = Vec::new();
    if let Some(name) = &arguments.component {
        let find = |session: &_| store.carriers(session, name, below);
        for unit in arguments.sign_in.with(station, find)? {
            let _ = writeln!(
                words,
                "{:<20} {:<14} {} {name} {}",
                unit.serial, unit.state, unit.release, unit.version
            );
            data.push(json!({
                "serial": unit.serial, "state": unit.state.text(), "batch": unit.batch,
                "release": unit.release, "version": unit.version,
            }));
        }
    } else if let Some(release) = &arguments.release {
        let find = |session: &_| store.components(session, release);
        for part in arguments.sign_in.with(station, find)? {
            let _ = writeln!(words, "{:<32} {}", part.name, part.version);
            data.push(json!({
                "name": part.name, "version": part.version, "purl": part.purl,
            }));
        }
    }
    let _ = writeln!(words, "{} found", data.len());
    Answer::done(words, json!(data))
}
