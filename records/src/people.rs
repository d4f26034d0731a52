//! Who works here: accounts, passwords, cards, sessions.

mod account;
mod card;
mod change;
mod own_password;
mod password;
mod presence;
mod session;
mod sessions;
mod throttle;
mod upkeep;

pub use account::{NewOperator, Operator};
pub use change::PersonChange;
pub use password::PasswordCost;
pub use presence::SessionLimits;
pub(crate) use presence::{Hold, Presence};
pub use session::Session;
pub use sessions::SessionRecord;
