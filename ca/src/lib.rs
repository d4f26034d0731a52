//! Device certificate authority behind PKCS#11: token, profiles, issuance, revocation.
