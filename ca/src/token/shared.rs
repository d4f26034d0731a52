//! The tokens that this process has open: each once, however many parts of the program use it.
//!
//! A second login would not check the PIN (the login belongs to the process), and a token may have
//! no second session to give.

use std::path::PathBuf;
use std::sync::{Arc, LazyLock, Mutex, PoisonError, Weak};

use cradle_procedure::fault::{Code, Fault};

use super::TokenConfig;
use super::pool::Pool;

type Open = Vec<((PathBuf, String), Weak<Pool>)>;

static OPEN: LazyLock<Mutex<Open>> = LazyLock::new(Mutex::default);

/// The token, open.
///
/// # Errors
/// `TOK-02` if it is open with another PIN; those of [`Pool::start`].
pub(super) fn pool(config: TokenConfig) -> Result<Arc<Pool>, Fault> {
    let name = (config.module.clone(), config.label.clone());
    let mut open = OPEN.lock().unwrap_or_else(PoisonError::into_inner);
    open.retain(|(_, pool)| pool.strong_count() > 0);
    let known = open.iter().find(|(known, _)| *known == name);
    if let Some(pool) = known.and_then(|(_, pool)| pool.upgrade()) {
        if pool.access().config.pin.is(&config.pin) {
            return Ok(pool);
        }
        let detail = format!("{}: it is open with another PIN", config.label);
        return Err(Fault::new(Code::TokenPin, detail));
    }
    let pool = Arc::new(Pool::start(config)?);
    open.push((name, Arc::downgrade(&pool)));
    Ok(pool)
}
