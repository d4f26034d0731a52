//! Which crate may use which.

use std::collections::BTreeSet;

use crate::manifests::{Package, packages};

/// Each crate of ours with the crates of ours that it may use, in tests as in code. What is not
/// listed is refused: whoever adds a crate decides here where it stands.
const MAY_USE: &[(&str, &[&str])] = &[
    ("cradle-protocol", &[]),
    ("cradle-procedure", &["cradle-protocol"]),
    ("cradle-records", &["cradle-procedure", "cradle-protocol"]),
    ("cradle-ca", &["cradle-procedure", "cradle-protocol"]),
    ("cradle-wipe", &["cradle-procedure", "cradle-protocol"]),
    ("cradle-bench", &["cradle-procedure", "cradle-protocol"]),
    (
        "cradle-station",
        &[
            "cradle-bench",
            "cradle-ca",
            "cradle-procedure",
            "cradle-protocol",
            "cradle-records",
            "cradle-wipe",
        ],
    ),
    ("cradle-firmware", &["cradle-protocol"]),
    ("cradle-esp32c3", &["cradle-firmware", "cradle-protocol"]),
    ("cradle-stm32f405", &["cradle-firmware", "cradle-protocol"]),
    ("xtask", &["cradle-protocol"]),
];

/// The one home of each dependency that could do harm elsewhere.
const HOMES: &[(&str, &str)] = &[
    ("cryptoki", "cradle-ca"),
    ("cryptoki-sys", "cradle-ca"),
    ("eframe", "cradle-station"),
    ("egui", "cradle-station"),
    ("egui_extras", "cradle-station"),
    ("egui_kittest", "cradle-station"),
    ("egui_plot", "cradle-station"),
    ("espflash", "cradle-bench"),
    ("libsqlite3-sys", "cradle-records"),
    ("probe-rs", "cradle-bench"),
    ("probe-rs-target", "cradle-bench"),
    ("rusqlite", "cradle-records"),
    ("serialport", "cradle-bench"),
];

#[test]
fn dependencies_point_one_way() {
    let ours: BTreeSet<&str> = MAY_USE.iter().map(|(name, _)| *name).collect();
    let packages = packages();
    for package in &packages {
        let Some((_, allowed)) = MAY_USE.iter().find(|(name, _)| *name == package.name) else {
            panic!(
                "{} has no place in the architecture: give it one in MAY_USE",
                package.name
            );
        };
        for used in uses(package).filter(|used| ours.contains(used)) {
            assert!(
                allowed.contains(&used),
                "{} must not use {used}",
                package.name
            );
        }
    }
    let present: BTreeSet<&str> = packages
        .iter()
        .map(|package| package.name.as_str())
        .collect();
    assert_eq!(present, ours, "a crate in MAY_USE is gone");
}

#[test]
fn dangerous_dependencies_have_one_home() {
    for package in packages() {
        for used in uses(&package) {
            let home = HOMES
                .iter()
                .find(|(name, _)| *name == used)
                .map(|(_, home)| *home);
            assert!(
                home.is_none_or(|home| home == package.name),
                "{} uses {used}, whose only home is {}",
                package.name,
                home.unwrap_or_default()
            );
        }
    }
}

fn uses(package: &Package) -> impl Iterator<Item = &str> {
    package
        .dependencies
        .iter()
        .map(|dependency| dependency.name.as_str())
}
