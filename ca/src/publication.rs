//! Publishing the CRL: complete, and the delta beside it.

use std::fs;
use std::path::{Path, PathBuf};
use std::time::Duration;

use cradle_procedure::fault::Fault;
use cradle_procedure::ports::RevocationLedger;
use der::asn1::Ia5String;

use crate::crl::{self, Entries, Head, Kind, Points, Summary, serials};
use crate::files;
use crate::issue::AuthorityConfig;

const HOUR: Duration = Duration::from_secs(60 * 60);

/// How the CRL is published.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CrlPolicy {
    /// The file that relying parties fetch, DER. A lock file of the same name with `.lock` stands
    /// beside it; the delta list under the same name with `-delta` before its extension, and
    /// with `-base` the complete list that the delta adds to.
    pub path: PathBuf,
    /// Time from `thisUpdate` to `nextUpdate` of the complete list.
    pub lifetime: Duration,
    /// The same of the delta list; `None` to publish none.
    pub delta_lifetime: Option<Duration>,
}

impl CrlPolicy {
    /// Published there, and good for seven days; the delta list for one.
    #[must_use]
    pub fn weekly(path: PathBuf) -> Self {
        Self {
            path,
            lifetime: 7 * 24 * HOUR,
            delta_lifetime: Some(24 * HOUR),
        }
    }

    /// Where the delta list is.
    #[must_use]
    pub fn delta_path(&self) -> PathBuf {
        beside(&self.path, "-delta")
    }

    fn base_path(&self) -> PathBuf {
        beside(&self.path, "-base")
    }

    /// The URLs of the lists, from the one that the certificates name.
    pub(crate) fn points(&self, complete: Option<&Ia5String>) -> Points {
        let delta = self.delta_lifetime.and(complete).and_then(delta_url);
        Points {
            complete: complete.cloned(),
            delta,
        }
    }
}

/// A CRL as it is published.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct CrlState {
    /// Its number (RFC 5280 §5.2.3).
    pub number: u64,
    /// When it was made: seconds since 1970-01-01 UTC.
    pub this_update: u64,
    /// When relying parties stop believing it: seconds since 1970-01-01 UTC.
    pub next_update: u64,
}

impl CrlState {
    /// Of the list (DER) in that file; `None` if there is no file.
    ///
    /// # Errors
    /// `CFG-02`; `CA-05` it is not a list of ours.
    pub fn of_file(path: &Path) -> Result<Option<Self>, Fault> {
        let Some(list) = read(path)? else {
            return Ok(None);
        };
        let summary = Summary::of(&list)?;
        Ok(Some(Self {
            number: summary.number,
            this_update: summary.this_update,
            next_update: summary.next_update,
        }))
    }

    /// Whether half of its life is over: the time to publish the next one. The other half is
    /// there to repair what keeps the CA from doing so.
    #[must_use]
    pub fn is_due(&self, now_ms: u64) -> bool {
        let half = self.next_update.saturating_sub(self.this_update) / 2;
        now_ms / 1000 >= self.this_update.saturating_add(half)
    }
}

/// Signs a complete list of all that is revoked, and a delta list if the policy has one; returns
/// the complete list as read back.
pub(crate) fn publish(
    config: &AuthorityConfig,
    ledger: &mut impl RevocationLedger,
) -> Result<Vec<u8>, Fault> {
    let policy = &config.crl;
    // Held from the number to the file, so that a lower number never replaces a higher one.
    let _turn = crl::lock(&policy.path)?;
    let base = policy
        .delta_lifetime
        .map(|_| read_base(config))
        .transpose()?
        .flatten();
    let held = match &base {
        Some(base) => Some((Summary::of(base)?, serials(base)?)),
        None => None,
    };
    let (mut entries, mut newer) = (Entries::default(), Entries::default());
    let number = ledger.stream_crl(&mut |revocation| {
        entries.push(revocation)?;
        match &held {
            Some((_, held)) if !is_held(held, &revocation.serial_number) => newer.push(revocation),
            _ => Ok(()),
        }
    })?;
    let points = policy.points(config.profile.crl_url());
    let complete = Head {
        kind: Kind::Complete,
        number,
        now_ms: (config.clock)(),
        lifetime: policy.lifetime,
        points: &points,
    };
    let list = complete.sign(&config.ca, entries)?;
    if let Some(lifetime) = policy.delta_lifetime {
        // Without a base yet, this list is it: there is nothing newer.
        let base = match &held {
            Some((base, _)) => base.number,
            None => {
                files::replace(&policy.base_path(), &list)?;
                number
            }
        };
        let delta = Head {
            kind: Kind::Delta { base },
            lifetime,
            ..complete
        };
        let delta = delta.sign(&config.ca, newer)?;
        crl::publish(&policy.delta_path(), &delta)?;
    }
    crl::publish(&policy.path, &list)
}

/// The list that deltas add to, while relying parties may still hold it; and only if it is this
/// CA's own.
fn read_base(config: &AuthorityConfig) -> Result<Option<Vec<u8>>, Fault> {
    let Some(base) = read(&config.crl.base_path())? else {
        return Ok(None);
    };
    let fresh = Summary::of(&base).is_ok_and(|base| (config.clock)() / 1000 < base.next_update);
    Ok((fresh && config.ca.has_signed(&base)).then_some(base))
}

fn is_held(held: &std::collections::HashSet<&[u8]>, serial: &str) -> bool {
    hex::decode(serial).is_ok_and(|serial| held.contains(&*serial))
}

fn read(path: &Path) -> Result<Option<Vec<u8>>, Fault> {
    match fs::read(path) {
        Ok(list) => Ok(Some(list)),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(files::failed(path, error)),
    }
}

/// `a/b.crl` → `a/b-delta.crl`.
fn beside(path: &Path, suffix: &str) -> PathBuf {
    let mut name = path.file_stem().unwrap_or_default().to_owned();
    name.push(suffix);
    if let Some(extension) = path.extension() {
        name.push(".");
        name.push(extension);
    }
    path.with_file_name(name)
}

/// The delta list stands beside the complete one at the server as well. A URL that does not end
/// in a file name with an extension has no room for it.
fn delta_url(complete: &Ia5String) -> Option<Ia5String> {
    let (folder, file) = complete.as_str().rsplit_once('/')?;
    let (stem, extension) = file.rsplit_once('.')?;
    if file.contains(['?', '#']) {
        return None;
    }
    Ia5String::new(&format!("{folder}/{stem}-delta.{extension}")).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn delta_stands_beside_the_complete_list() {
        let policy = CrlPolicy::weekly("pki/issuing-ca.crl".into());
        assert_eq!(policy.delta_path(), Path::new("pki/issuing-ca-delta.crl"));
        let url = |text| delta_url(&Ia5String::new(text).unwrap()).map(|url| url.to_string());
        assert_eq!(
            url("http://a.example/x/ca.crl").as_deref(),
            Some("http://a.example/x/ca-delta.crl")
        );
        assert_eq!(url("http://a.example/crl"), None);
        assert_eq!(url("http://a/ca.crl?x=1"), None);
    }

    #[test]
    fn list_is_due_when_half_of_its_life_is_over() {
        let list = CrlState {
            number: 1,
            this_update: 1000,
            next_update: 2000,
        };
        assert!(!list.is_due(1_499_999));
        assert!(list.is_due(1_500_000));
    }
}
