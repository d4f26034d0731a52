//! RFC 7512 `pkcs11:` URIs, as far as the configuration needs them.

use std::path::PathBuf;
use std::str::FromStr;

use cradle_procedure::fault::{Code, Fault};
use serde::Deserialize;

/// A token, and perhaps an object on it and the module to reach it through, such as
/// `pkcs11:token=cradle;object=cradle-release?module-path=/usr/lib/module.so`.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(try_from = "String")]
pub struct TokenUri {
    /// Label of the token.
    pub token: String,
    /// Label of the object.
    pub object: Option<String>,
    /// Path of the PKCS#11 module.
    pub module: Option<PathBuf>,
}

impl FromStr for TokenUri {
    type Err = Fault;

    /// Attributes other than `token`, `object` and `module-path` are refused, not skipped:
    /// RFC 7512 §2.3 wants each to narrow what matches, and a PIN has no place in a URI.
    fn from_str(text: &str) -> Result<Self, Fault> {
        let rest = text
            .strip_prefix("pkcs11:")
            .ok_or_else(|| invalid("it does not begin with `pkcs11:`"))?;
        let (path, query) = rest.split_once('?').unwrap_or((rest, ""));
        let (mut token, mut object, mut module) = (None, None, None);
        let attributes = (path.split(';').map(|pair| (true, pair)))
            .chain(query.split('&').map(|pair| (false, pair)))
            .filter(|(_, pair)| !pair.is_empty());
        for (in_path, pair) in attributes {
            let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
            let field = match (in_path, name) {
                (true, "token") => &mut token,
                (true, "object") => &mut object,
                (false, "module-path") => &mut module,
                _ => return Err(invalid(&format!("attribute `{name}` is not supported"))),
            };
            if field.replace(decode(name, value)?).is_some() {
                return Err(invalid(&format!("attribute `{name}` is there twice")));
            }
        }
        Ok(Self {
            token: token.ok_or_else(|| invalid("it names no token"))?,
            object,
            module: module.map(PathBuf::from),
        })
    }
}

impl TryFrom<String> for TokenUri {
    type Error = Fault;
    fn try_from(text: String) -> Result<Self, Fault> {
        text.parse()
    }
}

/// Undoes percent-encoding (RFC 3986 §2.1).
fn decode(name: &str, value: &str) -> Result<String, Fault> {
    let mut bytes = Vec::with_capacity(value.len());
    let mut rest = value.as_bytes();
    while let Some((&byte, tail)) = rest.split_first() {
        rest = tail;
        if byte != b'%' {
            bytes.push(byte);
            continue;
        }
        let mut decoded = [0];
        let digits = rest.get(..2).unwrap_or_default();
        hex::decode_to_slice(digits, &mut decoded).map_err(|_| malformed(name))?;
        bytes.push(decoded[0]);
        rest = &rest[2..];
    }
    let text = String::from_utf8(bytes).map_err(|_| malformed(name))?;
    if text.is_empty() || text.contains('\0') {
        return Err(malformed(name));
    }
    Ok(text)
}

fn malformed(name: &str) -> Fault {
    invalid(&format!("the value of `{name}` is malformed"))
}

/// The URI is not repeated: somebody may have put a PIN into it.
fn invalid(why: &str) -> Fault {
    Fault::new(Code::ConfigInvalid, format!("PKCS#11 URI: {why}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn token_object_and_module_are_read() {
        let uri = "pkcs11:token=My%20token;object=a%3Bb?module-path=/usr/lib/x.so";
        let expected = TokenUri {
            token: "My token".into(),
            object: Some("a;b".into()),
            module: Some("/usr/lib/x.so".into()),
        };
        assert_eq!(uri.parse::<TokenUri>().unwrap(), expected);
    }

    #[test]
    fn what_is_not_understood_is_refused() {
        for text in [
            "",
            "token=a",
            "pkcs11:",
            "pkcs11:object=a",
            "pkcs11:token=",
            "pkcs11:token=a;token=b",
            "pkcs11:token=a;serial=1",
            "pkcs11:token=a%2",
            "pkcs11:token=a%zz",
            "pkcs11:token=%ff",
            "pkcs11:token=a%00",
            "pkcs11:module-path=a",
            "pkcs11:token=a?token=b",
        ] {
            let fault = text.parse::<TokenUri>().unwrap_err();
            assert_eq!(fault.code, Code::ConfigInvalid, "{text}");
        }
    }

    #[test]
    fn pin_in_a_uri_is_refused_and_not_repeated() {
        let fault = "pkcs11:token=a?pin-value=20261120"
            .parse::<TokenUri>()
            .unwrap_err();
        assert!(!fault.to_string().contains("20261120"));
    }
}
