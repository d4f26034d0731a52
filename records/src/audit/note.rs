//! Checkpoints as C2SP signed notes (c2sp.org/signed-note, c2sp.org/tlog-checkpoint), signed with
//! ECDSA P-256: signature type 0x02, as github.com/transparency-dev/witness implements it.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use cradle_procedure::fault::{Code, Fault};
use cradle_procedure::ids::Sha256;
use cradle_procedure::ports::Signer;
use cradle_procedure::signature;

use super::merkle::Hash;

/// Longest note that is read: sixteen signatures of the largest kind fit (signed-note "Format").
const MAX_LENGTH: usize = 128 * 1024;

/// What a checkpoint says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TreeHead {
    /// Which log.
    pub origin: String,
    /// Number of entries.
    pub size: u64,
    /// Root of the Merkle tree over them.
    pub root: Hash,
}

impl TreeHead {
    /// The text that is signed.
    #[must_use]
    pub fn text(&self) -> String {
        let root = STANDARD.encode(self.root);
        format!("{}\n{}\n{root}\n", self.origin, self.size)
    }

    /// The signed note.
    ///
    /// # Errors
    /// `TOK-…` from the signer.
    pub fn sign(&self, key: &dyn Signer) -> Result<String, Fault> {
        let text = self.text();
        let mut signature = key_id(key.public_key()).to_vec();
        signature.extend(key.sign(text.as_bytes())?);
        let signature = STANDARD.encode(signature);
        Ok(format!("{text}\n\u{2014} {} {signature}\n", self.origin))
    }

    /// Reads a signed note, which must bear a signature of this key (`SubjectPublicKeyInfo`,
    /// DER) under the log's name. Signatures of others are passed over.
    ///
    /// # Errors
    /// `STO-04`.
    pub fn open(note: &str, key: &[u8]) -> Result<Self, Fault> {
        if note.len() > MAX_LENGTH {
            return Err(broken("the checkpoint is too long"));
        }
        let (text, signatures) = note
            .rfind("\n\n")
            .map(|end| (&note[..=end], &note[end + 2..]))
            .filter(|(_, signatures)| signatures.ends_with('\n'))
            .ok_or_else(|| broken("the checkpoint is not a signed note"))?;
        let head = Self::parse(text)?;
        let mut ours = 0;
        for line in signatures.split_terminator('\n') {
            let (name, bytes) = signature_line(line)?;
            if name != head.origin || bytes[..4] != key_id(key) {
                continue;
            }
            if !signature::verifies(key, text.as_bytes(), &bytes[4..]) {
                return Err(broken("the checkpoint's signature does not verify"));
            }
            ours += 1;
        }
        if ours == 0 {
            return Err(broken("the checkpoint is not signed by the audit key"));
        }
        Ok(head)
    }

    fn parse(text: &str) -> Result<Self, Fault> {
        let malformed = || broken("the checkpoint's text is malformed");
        let mut lines = text.split_terminator('\n');
        let mut line = || lines.next().ok_or_else(malformed);
        let head = Self {
            origin: line()?.to_owned(),
            size: line()?.parse().map_err(|_| malformed())?,
            root: STANDARD
                .decode(line()?)
                .ok()
                .and_then(|root| root.try_into().ok())
                .ok_or_else(malformed)?,
        };
        // Written again it must be the same: no other spelling, no extension lines.
        if head.origin.is_empty() || head.text() != text {
            return Err(malformed());
        }
        Ok(head)
    }
}

/// First four bytes of the SHA-256 of the `SubjectPublicKeyInfo` (signed-note, type 0x02).
#[must_use]
pub fn key_id(key: &[u8]) -> [u8; 4] {
    let digest = Sha256::of(key);
    let [a, b, c, d, ..] = *digest.bytes();
    [a, b, c, d]
}

/// Name, and key id with signature.
fn signature_line(line: &str) -> Result<(&str, Vec<u8>), Fault> {
    line.strip_prefix("\u{2014} ")
        .and_then(|rest| rest.split_once(' '))
        .and_then(|(name, bytes)| Some((name, STANDARD.decode(bytes).ok()?)))
        .filter(|(_, bytes)| bytes.len() > 4)
        .ok_or_else(|| broken("a signature line of the checkpoint is malformed"))
}

fn broken(what: &str) -> Fault {
    Fault::new(Code::AuditBroken, what)
}
