//! What one person asks for and another approves.

use cradle_records::Request;

use super::Pending;

/// Requests that wait for a second person, or for being carried out.
pub trait Approvals {
    /// Those that are neither carried out nor refused nor expired, newest first.
    fn requests(&self) -> Pending<Vec<Request>>;

    /// Approves what another person asked for; `AUT-04` for one's own.
    fn approve(&self, request: u64) -> Pending<Request>;

    /// Refuses it, or takes back what one asked for oneself.
    fn refuse(&self, request: u64) -> Pending<Request>;
}
