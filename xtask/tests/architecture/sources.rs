//! What the source files say.

use std::fs;
use std::path::{Path, PathBuf};

use crate::manifests::{packages, root};

/// Longer files are no longer seen whole.
const LINE_LIMIT: usize = 500;

/// What only the outside world can answer. `procedure` gets it through its ports, so that every
/// run of it can be replayed.
const OUTSIDE: &[&str] = &[
    "std::fs",
    "std::net",
    "std::thread",
    "std::process",
    "std::env",
    "SystemTime",
    "Instant::now",
    "OsRng",
    "getrandom",
];

#[test]
fn procedure_has_no_io_clock_or_thread() {
    let folder = root().join("procedure/src");
    let files = rust_files(&folder);
    assert!(
        !files.is_empty(),
        "nothing to look at in {}",
        folder.display()
    );
    for file in files {
        for (number, line) in read(&file).lines().enumerate() {
            let found: Vec<_> = OUTSIDE.iter().filter(|name| mentions(line, name)).collect();
            assert!(
                found.is_empty(),
                "{}:{}: {found:?}",
                file.display(),
                number + 1
            );
        }
    }
}

#[test]
fn every_file_can_be_seen_whole() {
    let mut seen = 0;
    for package in packages() {
        for file in rust_files(package.folder()) {
            let lines = read(&file).lines().count();
            assert!(lines <= LINE_LIMIT, "{} has {lines} lines", file.display());
            seen += 1;
        }
    }
    assert!(seen > 50, "only {seen} files were looked at");
}

#[test]
fn import_lists_are_read_too() {
    assert!(mentions("use std::{fmt, fs};", "std::fs"));
    assert!(mentions("use std::{fs::File};", "std::fs"));
    assert!(mentions(
        "let now = std::time::SystemTime::now();",
        "SystemTime"
    ));
    assert!(!mentions("use std::{fmt, str::FromStr};", "std::fs"));
    assert!(!mentions(
        "/// The clock is a port, never std::fs.",
        "std::fs"
    ));
    assert!(!mentions("struct OffsetsOfFs;", "std::fs"));
}

/// Whether the line of code names the item, written out or in an import list.
fn mentions(line: &str, item: &str) -> bool {
    let code = line.split("//").next().unwrap_or_default();
    if code.contains(item) {
        return true;
    }
    let Some((parent, child)) = item.split_once("::") else {
        return false;
    };
    code.split_once(&format!("{parent}::{{"))
        .is_some_and(|(_, list)| {
            list.split(|letter: char| !(letter.is_alphanumeric() || letter == '_'))
                .any(|word| word == child)
        })
}

fn read(file: &Path) -> String {
    fs::read_to_string(file).unwrap()
}

/// All Rust files below the folder, except what cargo made.
fn rust_files(folder: &Path) -> Vec<PathBuf> {
    let mut files = Vec::new();
    let mut open = vec![folder.to_path_buf()];
    while let Some(folder) = open.pop() {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                if path.file_name().is_some_and(|name| name != "target") {
                    open.push(path);
                }
            } else if path.extension().is_some_and(|extension| extension == "rs") {
                files.push(path);
            }
        }
    }
    files
}
