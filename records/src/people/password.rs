//! Passwords: what is accepted, and what of them is kept (Argon2id, RFC 9106).

use argon2::password_hash::phc::PasswordHash;
use argon2::password_hash::{PasswordHasher as _, PasswordVerifier as _};
use argon2::{Algorithm, Argon2, Params, Version};
use cradle_procedure::fault::{Code, Fault, OrFault as _};

/// Shortest password that is accepted, in characters.
const SHORTEST: usize = 12;
/// Longest, in bytes: bounds what hashing it costs.
const LONGEST: usize = 256;

/// Passwords that people choose and attackers try first.
const COMMON: &str = include_str!("common-passwords.txt");

/// What hashing a password costs, in memory and passes, on one lane.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PasswordCost {
    /// KiB.
    pub memory_kib: u32,
    /// Passes.
    pub passes: u32,
}

impl Default for PasswordCost {
    /// 64 MiB, 3 passes.
    fn default() -> Self {
        Self {
            memory_kib: 64 * 1024,
            passes: 3,
        }
    }
}

impl PasswordCost {
    /// The password as it is kept: a PHC string with a salt of its own.
    pub(super) fn hash(self, password: &str) -> Result<String, Fault> {
        let params =
            Params::new(self.memory_kib, self.passes, 1, None).or_fault(Code::ConfigInvalid)?;
        let argon2 = Argon2::new(Algorithm::Argon2id, Version::V0x13, params);
        let hash = argon2
            .hash_password(password.as_bytes())
            .or_fault(Code::Internal)?;
        Ok(hash.to_string())
    }
}

/// Whether the password is the one that was kept. What it costs is in the PHC string.
pub(super) fn matches(password: &str, kept: &str) -> Result<bool, Fault> {
    let kept = PasswordHash::new(kept).or_fault(Code::StoreCorrupt)?;
    Ok(Argon2::default()
        .verify_password(password.as_bytes(), &kept)
        .is_ok())
}

/// Refuses what is too short, too common, or only the person's name.
pub(super) fn check_policy(password: &str, name: &str) -> Result<(), Fault> {
    let weak = |why: &str| Err(Fault::new(Code::WeakPassword, why));
    let folded = password.to_lowercase();
    if password.chars().count() < SHORTEST {
        return weak("fewer than 12 characters");
    }
    if password.len() > LONGEST {
        return weak("more than 256 bytes");
    }
    if COMMON.lines().any(|common| common == folded) {
        return weak("a common phrase");
    }
    if is_repetition(&folded) {
        return weak("a short piece repeated");
    }
    if folded.replace(&name.to_lowercase(), "").chars().count() < SHORTEST / 2 {
        return weak("little more than the name");
    }
    Ok(())
}

/// Whether a piece of at most four characters, repeated, gives the text.
fn is_repetition(text: &str) -> bool {
    let chars: Vec<char> = text.chars().collect();
    (1..=4).any(|period| {
        chars
            .iter()
            .zip(chars.iter().skip(period))
            .all(|(a, b)| a == b)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn weak_passwords_are_refused() {
        for weak in [
            "short",
            "elevenchars",
            "Password1234",
            "aaaaaaaaaaaaaaaa",
            "abcabcabcabcabc",
            "anna.schmidt12",
        ] {
            let fault = check_policy(weak, "anna.schmidt").unwrap_err();
            assert_eq!(fault.code, Code::WeakPassword, "{weak}");
            assert!(!fault.detail.contains(weak));
        }
        check_policy("violet tram over seven", "anna.schmidt").unwrap();
    }

    #[test]
    fn production_hashes_are_argon2id_with_64_mib_and_3_passes() {
        let kept = PasswordCost::default().hash("violet tram").unwrap();
        assert!(
            kept.starts_with("$argon2id$v=19$m=65536,t=3,p=1$"),
            "{kept}"
        );
        assert!(matches("violet tram", &kept).unwrap());
        assert!(!matches("violet train", &kept).unwrap());
    }
}
