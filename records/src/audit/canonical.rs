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
            let whole = number.as_i64().ok_or_else(|| inexact(number))?;
            integer(whole, text)?;
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
                quote(name, text);
                text.push(':');
                write(member, text)?;
            }
            text.push('}');
        }
        Value::Null => text.push_str("null"),
        Value::Bool(true) => text.push_str("true"),
        Value::Bool(false) => text.push_str("false"),
        Value::String(string) => quote(string, text),
    }
    Ok(())
}

/// Adds an integer.
///
/// # Errors
/// `RUN-02` if it is not exact everywhere.
pub(crate) fn integer(number: i64, text: &mut String) -> Result<(), Fault> {
    if number.unsigned_abs() > LARGEST {
        return Err(inexact(number));
    }
    text.push_str(&number.to_string());
    Ok(())
}

/// Adds a text in quotation marks.
pub(crate) fn quote(string: &str, text: &mut String) {
    let plain = |byte: u8| byte >= b' ' && byte != b'"' && byte != b'\\';
    if string.bytes().all(plain) {
        text.push('"');
        text.push_str(string);
        text.push('"');
    } else {
        // serde_json escapes exactly what RFC 8785 §3.2.2.2 says.
        text.push_str(&Value::from(string).to_string());
    }
}

/// An object written member by member, for what is written at every act. The names must come in
/// their order, which is that of their bytes.
pub(crate) struct Object {
    text: String,
}

impl Object {
    pub(crate) fn open() -> Self {
        let mut text = String::with_capacity(512);
        text.push('{');
        Self { text }
    }

    pub(crate) fn text(&mut self, name: &str, value: &str) {
        quote(value, self.member(name));
    }

    pub(crate) fn integer(&mut self, name: &str, value: i64) -> Result<(), Fault> {
        integer(value, self.member(name))
    }

    pub(crate) fn null(&mut self, name: &str) {
        self.member(name).push_str("null");
    }

    pub(crate) fn value(&mut self, name: &str, value: &Value) -> Result<(), Fault> {
        write(value, self.member(name))
    }

    /// Adds what is canonical already.
    pub(crate) fn canonical(&mut self, name: &str, value: &str) {
        self.member(name).push_str(value);
    }

    pub(crate) fn close(mut self) -> String {
        self.text.push('}');
        self.text
    }

    fn member(&mut self, name: &str) -> &mut String {
        separate(self.text.len() - 1, &mut self.text);
        quote(name, &mut self.text);
        self.text.push(':');
        &mut self.text
    }
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
    fn object_written_by_members_is_the_same() {
        let mut object = Object::open();
        object.integer("a", -7).unwrap();
        object.text("b", "\"\n\u{7f}ü\\");
        object.null("c");
        object.value("d", &json!([1, {"f": 2, "e": true}])).unwrap();
        object.canonical("e", &Object::open().close());
        let same = json!({
            "a": -7, "b": "\"\n\u{7f}ü\\", "c": null, "d": [1, {"e": true, "f": 2}], "e": {},
        });
        assert_eq!(object.close(), encode(&same).unwrap());
        Object::open().integer("a", i64::MAX).unwrap_err();
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
