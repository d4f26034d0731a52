//! Whether something is there, judged by what it provides and not by what a package manager
//! recorded: a tool that was built by hand or came with another distribution counts.

use std::env::consts::ARCH;
use std::path::{Path, PathBuf};

use crate::process::{find, probe};

/// Something that a package provides.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Provides {
    /// A command on the search path.
    Command(&'static str),
    /// One of these files. `{multiarch}` stands for Debian's folder for this machine.
    File(&'static [&'static str]),
    /// A library that pkg-config can describe to the compiler.
    PkgConfig(&'static str),
    /// A shared library that the loader can find.
    SharedLibrary(&'static str),
    /// A Python module of the `python3` on the search path.
    PythonModule(&'static str),
    /// Debian's own Rust compiler, of this minor version or newer.
    SystemRustc(u32),
    /// The source of the standard library that belongs to Debian's compiler.
    SystemRustSource,
}

impl Provides {
    /// Whether it is there now.
    pub(crate) fn is_present(&self) -> bool {
        match *self {
            Self::Command(name) => find(name).is_some(),
            Self::File(choices) => first_file(choices).is_some(),
            Self::PkgConfig(module) => probe("pkg-config", &["--exists", module]).is_some(),
            Self::SharedLibrary(name) => loader_knows(name),
            Self::PythonModule(name) => {
                probe("python3", &["-c", &format!("import {name}")]).is_some()
            }
            Self::SystemRustc(minor) => probe(SYSTEM_RUSTC, &["-vV"])
                .and_then(|version| rustc_minor(&version))
                .is_some_and(|found| found >= minor),
            Self::SystemRustSource => probe(SYSTEM_RUSTC, &["--print", "sysroot"])
                .is_some_and(|root| core_source(&root).is_file()),
        }
    }
}

/// Debian's own Rust compiler, which knows the bare-metal targets though it has no libraries
/// built for them.
pub(crate) const SYSTEM_RUSTC: &str = "/usr/bin/rustc";

/// The first of the files that exists.
pub(crate) fn first_file(choices: &[&str]) -> Option<PathBuf> {
    let multiarch = format!("{ARCH}-linux-gnu");
    choices
        .iter()
        .map(|choice| PathBuf::from(choice.replace("{multiarch}", &multiarch)))
        .find(|file| file.exists())
}

fn loader_knows(library: &str) -> bool {
    let Some(ldconfig) = find("ldconfig") else {
        return false;
    };
    probe(ldconfig, &["-p"]).is_some_and(|listing| {
        listing
            .lines()
            .any(|line| line.split_whitespace().next() == Some(library))
    })
}

/// The minor version in what `rustc -vV` prints.
fn rustc_minor(version: &str) -> Option<u32> {
    let release = version
        .lines()
        .find_map(|line| line.strip_prefix("release: "))?;
    release.split('.').nth(1)?.parse().ok()
}

fn core_source(sysroot: &str) -> PathBuf {
    Path::new(sysroot.trim()).join("lib/rustlib/src/rust/library/core/src/lib.rs")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_no_machine_has_is_missing() {
        assert!(!Provides::Command("cradle-no-such-command").is_present());
        assert!(!Provides::File(&["/no/such/file", "/nor/{multiarch}/this"]).is_present());
        assert!(!Provides::PkgConfig("cradle-no-such-module").is_present());
        assert!(!Provides::SharedLibrary("libcradle-none.so.0").is_present());
        assert!(!Provides::PythonModule("cradle_no_such_module").is_present());
        assert!(!Provides::SystemRustc(u32::MAX).is_present());
    }

    #[test]
    fn what_every_linux_machine_has_is_present() {
        assert!(Provides::Command("sh").is_present());
        assert!(Provides::File(&["/no/such/file", "/bin/sh"]).is_present());
        assert!(Provides::SharedLibrary("libc.so.6").is_present());
    }

    #[test]
    fn minor_version_is_read_from_the_release_line() {
        let printed = "rustc 1.96.0 (ac68faa20 2026-05-25)\nhost: x\nrelease: 1.96.0\n";
        assert_eq!(rustc_minor(printed), Some(96));
        assert_eq!(rustc_minor("rustc 1.96.0"), None);
    }
}
