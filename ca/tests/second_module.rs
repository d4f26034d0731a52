//! What the certificate authority does, once more over a module that is not SoftHSM2: the same
//! tests, on a token of NSS.

// Each of them brings what all share.
#![allow(clippy::duplicate_mod)]

#[path = "certificates.rs"]
mod certificates;
#[path = "ocsp.rs"]
mod ocsp;
#[path = "revocation.rs"]
mod revocation;
