//! The registries that a configuration names.

use std::collections::HashSet;
use std::path::Path;

use cradle_procedure::fault::Fault;
use cradle_procedure::ids::RegistryName;
use serde::Deserialize;

use super::{AwsConfig, AzureConfig, HttpConfig, Registry};

/// Every registry of a station. Each kind has a list of its own, so that a mistake is reported
/// with its line.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(try_from = "Stated")]
pub struct Registries {
    http: Vec<HttpConfig>,
    aws_iot: Vec<AwsConfig>,
    azure_dps: Vec<AzureConfig>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields, default, rename_all = "kebab-case")]
#[derive(Default)]
struct Stated {
    http: Vec<HttpConfig>,
    aws_iot: Vec<AwsConfig>,
    azure_dps: Vec<AzureConfig>,
}

impl TryFrom<Stated> for Registries {
    type Error = String;

    fn try_from(stated: Stated) -> Result<Self, String> {
        let registries = Self {
            http: stated.http,
            aws_iot: stated.aws_iot,
            azure_dps: stated.azure_dps,
        };
        let mut names = HashSet::new();
        let mut all = registries.names();
        if let Some(twice) = all.find(|name| !names.insert(*name)) {
            return Err(format!("two registries are named {twice}"));
        }
        drop(all);
        Ok(registries)
    }
}

impl Registries {
    /// Makes relative paths start at `folder`.
    pub fn anchor(&mut self, folder: &Path) {
        self.http.iter_mut().for_each(|it| it.anchor(folder));
        self.aws_iot.iter_mut().for_each(|it| it.anchor(folder));
        self.azure_dps.iter_mut().for_each(|it| it.anchor(folder));
    }

    /// Their names.
    pub fn names(&self) -> impl Iterator<Item = &RegistryName> {
        let http = self.http.iter().map(|it| &it.name);
        let aws = self.aws_iot.iter().map(|it| &it.name);
        http.chain(aws)
            .chain(self.azure_dps.iter().map(|it| &it.name))
    }

    /// A client for each. Nothing is sent yet.
    ///
    /// # Errors
    /// `CFG-01` a proxy's address; `CFG-02` a file of trusted certificates.
    pub fn open(&self) -> Result<Vec<Box<dyn Registry>>, Fault> {
        let http = self.http.iter().map(HttpConfig::open);
        let aws = self.aws_iot.iter().map(AwsConfig::open);
        let azure = self.azure_dps.iter().map(AzureConfig::open);
        http.chain(aws).chain(azure).collect()
    }
}
