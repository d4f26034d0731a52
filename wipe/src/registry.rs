//! Registries outside the house that know the unit: cloud providers, device management.

mod answer;
mod aws;
mod azure;
mod client;
mod config;
mod connection;
mod http;
mod retry;
mod secret;
mod sign;
mod template;

use cradle_procedure::fault::Fault;
use cradle_procedure::ids::RegistryName;
use cradle_procedure::ports::UnitRecord;

use crate::order::Reason;

pub use aws::AwsConfig;
pub use azure::AzureConfig;
pub use config::Registries;
pub use connection::Connection;
pub use http::HttpConfig;

/// A place that must forget the unit. Every one that is configured has to confirm before a
/// document can be complete.
pub trait Registry: Send {
    /// Its name in documents and records.
    fn name(&self) -> &RegistryName;

    /// Removes the unit for good and returns what the registry answered. Asked again for a unit
    /// that is gone, confirms again.
    ///
    /// # Errors
    /// `REG-01` out of reach, for now; `REG-02` it refused; `REG-03` it is not who it should be.
    fn deregister(&mut self, departure: &Departure<'_>) -> Result<String, Fault>;

    /// Looks whether the unit is gone, and changes nothing.
    ///
    /// # Errors
    /// As [`Registry::deregister`].
    fn look(&mut self, unit: &UnitRecord) -> Result<Standing, Fault>;
}

/// A unit that leaves.
#[derive(Debug, Clone, Copy)]
pub struct Departure<'a> {
    /// Which.
    pub unit: &'a UnitRecord,
    /// Why.
    pub reason: Reason,
    /// Names this decommissioning of this unit, the same at every try.
    pub key: &'a str,
}

/// How a unit stands in a registry.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Standing {
    /// It can no longer use the registry; what was seen.
    Gone(String),
    /// It still can; what was seen.
    Known(String),
    /// The registry has no way to ask.
    NotAsked,
}
