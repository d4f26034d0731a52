//! Who works here: accounts, passwords, sessions.

mod account;
mod password;
mod session;
mod throttle;

pub use account::{NewOperator, Operator};
pub use password::PasswordCost;
pub use session::Session;
