//! `cradle release`: sign, verify, inspect.

use std::path::PathBuf;

use clap::{Args, Subcommand};
use cradle_ca::ceremony::RELEASE_KEY;
use cradle_procedure::fault::Fault;
use cradle_procedure::release::VerifiedRelease;
use serde_json::json;

use super::{Answer, Shared, token_pin};
use crate::files;
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
}

#[derive(Args)]
pub(super) struct SignArguments {
    /// Folder with bootloader.bin, application.bin, provisioner.elf and sbom.cdx.json
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
    }
}

fn sign(arguments: &SignArguments, shared: &Shared) -> Result<Answer, Fault> {
    let config = shared.config()?;
    let token = station::open_token(&config, token_pin(&config)?)?;
    let key = token.key(RELEASE_KEY)?;
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
        &key,
        &arguments.out,
    )?;
    let out = arguments.out.display().to_string();
    Answer::done(format!("signed into {out}"), json!({ "folder": out }))
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
