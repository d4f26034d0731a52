//! Where things are.

use std::path::{Path, PathBuf};
use std::{env, fs};

use anyhow::{Context, Result};

/// The workspace's root folder.
pub(crate) fn root() -> PathBuf {
    // Cargo sets the variable at run time too; the compiled-in value serves a program that was
    // started without cargo.
    let own = env::var_os("CARGO_MANIFEST_DIR")
        .map_or_else(|| PathBuf::from(env!("CARGO_MANIFEST_DIR")), PathBuf::from);
    own.parent().map_or_else(|| own.clone(), Path::to_path_buf)
}

/// Where the verbs leave their results: `target/` of the workspace, wherever cargo builds.
pub(crate) fn artefacts() -> PathBuf {
    root().join("target")
}

/// The folder that holds a chip's firmware once built.
pub(crate) fn firmware_of(chip: &str) -> PathBuf {
    artefacts().join("firmware").join(chip)
}

/// That of the reference target for boards with a secure element.
pub(crate) fn firmware_with_element() -> PathBuf {
    artefacts().join("firmware/stm32f405-se")
}

/// Programs for the chip that only tests run.
pub(crate) fn firmware_for_tests() -> PathBuf {
    artefacts().join("firmware/tests")
}

/// The path as seen from the folder the user is in.
pub(crate) fn absolute(path: &Path) -> Result<PathBuf> {
    std::path::absolute(path).with_context(|| format!("cannot resolve {}", path.display()))
}

/// Makes the folder with all its parents.
pub(crate) fn make_folder(path: &Path) -> Result<()> {
    fs::create_dir_all(path).with_context(|| format!("cannot create {}", path.display()))
}

/// Writes the file only if its content differs, so that nothing downstream sees a change.
pub(crate) fn write_if_changed(path: &Path, content: &[u8]) -> Result<()> {
    if fs::read(path).is_ok_and(|present| present == content) {
        return Ok(());
    }
    fs::write(path, content).with_context(|| format!("cannot write {}", path.display()))
}
