//! The firmware's bill of materials: CycloneDX 1.6, JSON.
//!
//! It lists the crates that are compiled into the programs. What only runs on the build machine
//! (build scripts, procedural macros, their dependencies) and what only tests use is left out.
//! No time stamp and no random serial number: the same source gives the same bytes.

use std::collections::{BTreeMap, BTreeSet};

use anyhow::{Context, Result};
use serde::Deserialize;
use serde_json::{Value, json};

use super::chip::Chip;
use super::toolchain::Toolchain;
use crate::process;

/// The firmware's bill of materials, from what cargo resolved for the chip.
pub(super) fn of_firmware(toolchain: &Toolchain, chip: Chip) -> Result<Vec<u8>> {
    let mut command = process::cargo();
    command
        .args([
            "metadata",
            "--locked",
            "--format-version=1",
            "--filter-platform",
            chip.triple(),
        ])
        .arg("--manifest-path")
        .arg(chip.manifest());
    let metadata = process::output(&mut command)?;
    let metadata: Metadata =
        serde_json::from_str(&metadata).context("cannot read cargo's metadata")?;
    let document = document(&metadata, &toolchain.release());
    serde_json::to_vec_pretty(&document).context("cannot write the SBOM as JSON")
}

/// The part of `cargo metadata` that we read.
#[derive(Deserialize)]
struct Metadata {
    packages: Vec<Package>,
    workspace_members: Vec<String>,
    resolve: Resolve,
}

#[derive(Deserialize)]
struct Package {
    id: String,
    name: String,
    version: String,
    license: Option<String>,
    targets: Vec<Target>,
}

#[derive(Deserialize)]
struct Target {
    kind: Vec<String>,
}

#[derive(Deserialize)]
struct Resolve {
    nodes: Vec<Node>,
}

#[derive(Deserialize)]
struct Node {
    id: String,
    deps: Vec<Edge>,
}

#[derive(Deserialize)]
struct Edge {
    pkg: String,
    dep_kinds: Vec<EdgeKind>,
}

#[derive(Deserialize)]
struct EdgeKind {
    /// `None` for an ordinary dependency, else "build" or "dev".
    kind: Option<String>,
}

impl Package {
    /// The package URL, which also names the component inside the document.
    fn purl(&self) -> String {
        format!("pkg:cargo/{}@{}", self.name, self.version)
    }

    fn runs_on_build_machine_only(&self) -> bool {
        let mut kinds = self.targets.iter().flat_map(|target| &target.kind);
        kinds.any(|kind| kind == "proc-macro")
    }

    fn component(&self, kind: &str) -> Value {
        let purl = self.purl();
        let mut component = json!({
            "type": kind,
            "bom-ref": purl,
            "name": self.name,
            "version": self.version,
            "purl": purl,
        });
        if let Some(license) = &self.license {
            // Older crates write "MIT/Apache-2.0" for what SPDX writes with OR.
            let expression = license.replace('/', " OR ");
            component["licenses"] = json!([{ "expression": expression }]);
        }
        component
    }
}

/// What of the dependency graph is compiled into the firmware: each package and what it uses.
struct Shipped<'metadata> {
    packages: BTreeMap<&'metadata str, &'metadata Package>,
    uses: BTreeMap<&'metadata str, BTreeSet<&'metadata str>>,
}

impl<'metadata> Shipped<'metadata> {
    fn of(metadata: &'metadata Metadata) -> Self {
        let packages: BTreeMap<&str, &Package> = metadata
            .packages
            .iter()
            .map(|package| (package.id.as_str(), package))
            .collect();
        let nodes: BTreeMap<&str, &Node> = metadata
            .resolve
            .nodes
            .iter()
            .map(|node| (node.id.as_str(), node))
            .collect();

        let mut uses = BTreeMap::new();
        let mut open: Vec<&str> = metadata
            .workspace_members
            .iter()
            .map(String::as_str)
            .collect();
        while let Some(id) = open.pop() {
            if uses.contains_key(id) {
                continue;
            }
            let used: BTreeSet<&str> = nodes
                .get(id)
                .map(|node| shipped_edges(node, &packages).collect())
                .unwrap_or_default();
            open.extend(&used);
            uses.insert(id, used);
        }
        Self { packages, uses }
    }

    fn purls<'ids>(&self, ids: impl IntoIterator<Item = &'ids &'metadata str>) -> Vec<String>
    where
        'metadata: 'ids,
    {
        let mut purls: Vec<String> = ids
            .into_iter()
            .filter_map(|id| self.packages.get(id))
            .map(|package| package.purl())
            .collect();
        purls.sort_unstable();
        purls
    }
}

fn shipped_edges<'metadata>(
    node: &'metadata Node,
    packages: &BTreeMap<&str, &Package>,
) -> impl Iterator<Item = &'metadata str> {
    node.deps
        .iter()
        .filter(|edge| edge.dep_kinds.iter().any(|kind| kind.kind.is_none()))
        .map(|edge| edge.pkg.as_str())
        .filter(|id| {
            packages
                .get(id)
                .is_some_and(|package| !package.runs_on_build_machine_only())
        })
}

fn document(metadata: &Metadata, compiler: &str) -> Value {
    let shipped = Shipped::of(metadata);
    let is_own = |id: &str| metadata.workspace_members.iter().any(|own| own == id);
    let own = shipped
        .packages
        .iter()
        .find(|(id, _)| is_own(id))
        .map(|(_, package)| package.component("firmware"));
    let mut components: Vec<(String, Value)> = shipped
        .uses
        .keys()
        .filter(|id| !is_own(id))
        .filter_map(|id| shipped.packages.get(id))
        .map(|package| (package.purl(), package.component("library")))
        .collect();
    components.sort_by(|left, right| left.0.cmp(&right.0));
    let mut dependencies: Vec<(String, Vec<String>)> = shipped
        .uses
        .iter()
        .filter_map(|(id, used)| Some((shipped.packages.get(id)?.purl(), shipped.purls(used))))
        .collect();
    dependencies.sort();
    json!({
        "bomFormat": "CycloneDX",
        "specVersion": "1.6",
        "version": 1,
        "metadata": {
            "component": own,
            "tools": { "components": [
                { "type": "application", "name": "rustc", "version": compiler },
            ] },
        },
        "components": components.into_iter().map(|(_, value)| value).collect::<Vec<_>>(),
        "dependencies": dependencies
            .into_iter()
            .map(|(purl, used)| json!({ "ref": purl, "dependsOn": used }))
            .collect::<Vec<_>>(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The firmware uses `codec`; `codec` uses the macro crate `derive`, which uses `syntax`;
    /// the firmware's build script uses `maker`, its tests use `checker`.
    fn sample() -> Metadata {
        let package = |name: &str, license: Option<&str>, kind: &str| {
            json!({
                "id": name, "name": name, "version": "1.2.3", "license": license,
                "targets": [{ "kind": [kind] }],
            })
        };
        let edge = |name: &str, kind: Option<&str>| json!({ "pkg": name, "dep_kinds": [{ "kind": kind }] });
        serde_json::from_value(json!({
            "packages": [
                package("firmware", Some("MIT"), "bin"),
                package("codec", Some("MIT/Apache-2.0"), "lib"),
                package("derive", Some("MIT"), "proc-macro"),
                package("syntax", Some("MIT"), "lib"),
                package("maker", Some("MIT"), "lib"),
                package("checker", None, "lib"),
            ],
            "workspace_members": ["firmware"],
            "resolve": { "nodes": [
                { "id": "firmware", "deps": [
                    edge("codec", None), edge("maker", Some("build")), edge("checker", Some("dev")),
                ] },
                { "id": "codec", "deps": [edge("derive", None)] },
                { "id": "derive", "deps": [edge("syntax", None)] },
                { "id": "syntax", "deps": [] },
                { "id": "maker", "deps": [] },
                { "id": "checker", "deps": [] },
            ] },
        }))
        .unwrap()
    }

    #[test]
    fn only_what_is_compiled_in_is_listed() {
        let document = document(&sample(), "1.96.0");
        let names: Vec<&Value> = document["components"]
            .as_array()
            .unwrap()
            .iter()
            .map(|component| &component["name"])
            .collect();
        assert_eq!(names, ["codec"]);
        assert_eq!(document["metadata"]["component"]["name"], "firmware");
    }

    #[test]
    fn component_carries_purl_version_and_spdx_licence() {
        let document = document(&sample(), "1.96.0");
        assert_eq!(
            document["components"][0],
            json!({
                "type": "library",
                "bom-ref": "pkg:cargo/codec@1.2.3",
                "name": "codec",
                "version": "1.2.3",
                "purl": "pkg:cargo/codec@1.2.3",
                "licenses": [{ "expression": "MIT OR Apache-2.0" }],
            })
        );
    }

    #[test]
    fn every_dependency_refers_to_a_listed_component() {
        let document = document(&sample(), "1.96.0");
        assert_eq!(
            document["dependencies"],
            json!([
                { "ref": "pkg:cargo/codec@1.2.3", "dependsOn": [] },
                { "ref": "pkg:cargo/firmware@1.2.3", "dependsOn": ["pkg:cargo/codec@1.2.3"] },
            ])
        );
    }
}
