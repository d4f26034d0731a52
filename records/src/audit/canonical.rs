//! One way to write an entry: the JSON Canonicalization Scheme (RFC 8785), without fractions.

use cradle_procedure::fault::{Code, Fault};
use serde_json::Value;

/// Integers beyond this lose digits in readers that use IEEE 754 doubles (RFC 8785 §3.2.2.3).
const LARGEST: u64 = (1 << 53) - 1;

/// The value in canonical form.
///
/// # Errors
/// `RUN-02` if it holds a fraction, an integer that is not exact everywhere, or a name that is
/// not ASCII (for those, RFC 8785's order of names is not that of their bytes).
pub fn encode(value: &Value) -> Result<String, Fault> {
    let mut text = String::new();
    write(value, &mut text)?;
    Ok(text)
}

/// Whether the line is in canonical form.
#[must_use]
pub fn is_canonical(line: &str) -> bool {
    serde_json::from_str(line)
        .ok()
        .and_then(|value: Value| encode(&value).ok())
        .is_some_and(|text| text == line)
}

fn write(value: &Value, text: &mut String) -> Result<(), Fault> {
    match value {
        Value::Number(number) => {
            let exact = number.as_i64().is_some_and(|n| n.unsigned_abs() <= LARGEST);
            if !exact {
                return Err(inexact(number));
            }
            text.push_str(&number.to_string());
        }
        Value::Array(items) => {
            text.push('[');
            for (index, item) in items.iter().enumerate() {
                separate(index, text);
                write(item, text)?;
            }
            text.push(']');
        }
        Value::Object(members) => {
            // Sorted here: whether the map is depends on features that other crates turn on.
            let mut members: Vec<_> = members.iter().collect();
            members.sort_by_key(|(name, _)| *name);
            text.push('{');
            for (index, (name, member)) in members.into_iter().enumerate() {
                if !name.is_ascii() {
                    return Err(inexact(name));
                }
                separate(index, text);
                text.push_str(&Value::from(name.as_str()).to_string());
                text.push(':');
                write(member, text)?;
            }
            text.push('}');
        }
        // serde_json escapes exactly what RFC 8785 §3.2.2.2 says.
        Value::Null | Value::Bool(_) | Value::String(_) => text.push_str(&value.to_string()),
    }
    Ok(())
}

fn separate(index: usize, text: &mut String) {
    if index > 0 {
        text.push(',');
    }
}

fn inexact(what: impl std::fmt::Display) -> Fault {
    Fault::new(Code::Internal, format!("not canonical: {what}"))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn names_are_sorted_and_text_is_escaped_as_rfc_8785_says() {
        let value = json!({"b": [1, -2, null, true], "a": "€$\u{f}\nA'B\"\\\u{7f}/"});
        let text = encode(&value).unwrap();
        assert_eq!(
            text,
            "{\"a\":\"€$\\u000f\\nA'B\\\"\\\\\u{7f}/\",\"b\":[1,-2,null,true]}"
        );
        assert!(is_canonical(&text));
    }

    #[test]
    fn what_is_not_exact_is_refused() {
        encode(&json!(1.5)).unwrap_err();
        encode(&json!(LARGEST + 1)).unwrap_err();
        encode(&json!({"ä": 1})).unwrap_err();
        encode(&json!(LARGEST)).unwrap();
    }

    #[test]
    fn other_ways_to_write_the_same_are_not_canonical() {
        for line in [
            "{\"a\": 1}",
            "{\"b\":1,\"a\":2}",
            "{\"a\":1,\"a\":1}",
            "{\"a\":1.0}",
            "{\"a\":\"\\u0041\"}",
            "{\"a\":1}\n",
            "{\"a\":",
        ] {
            assert!(!is_canonical(line), "{line}");
        }
    }
}
