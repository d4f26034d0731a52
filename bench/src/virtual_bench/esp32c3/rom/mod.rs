//! What the mask ROM does: boot from flash with its log, the loader, secure boot (TRM chapters
//! "Chip Boot Control" and "Secure Boot"; the serial protocol of the ROM loader as Espressif
//! documents it). Its code is not emulated; no program of this bench calls into it.

mod boot;
mod flash_session;
mod image;
mod loader;
mod request;
mod secure_boot;
mod security;
mod silicon;
mod slip;
mod stub;

pub(crate) use boot::{BootMode, Booted, boot};
pub(crate) use loader::{Loader, Next};
pub(crate) use security::Security;
pub(crate) use silicon::Silicon;
