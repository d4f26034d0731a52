//! What a configuration of registries is refused for, and on which line.

use cradle_wipe::Registries;

fn refusal(text: &str) -> String {
    let text = format!("[[http]]\nname = \"fleet\"\n{text}");
    toml::from_str::<Registries>(&text).unwrap_err().to_string()
}

#[test]
fn a_mistake_is_reported_with_its_line() {
    let url = "url = \"https://fleet.example.com/{serial}\"\n";
    let success = "success = [204]\n";
    for (text, line, says) in [
        (
            "url = \"https://fleet.example.com/{serail}\"\nsuccess = [204]".to_owned(),
            3,
            "{serail}",
        ),
        (format!("{url}success = \"204\""), 4, "invalid type"),
        (format!("{url}{success}retries = 5"), 5, "retries"),
        (
            format!("{url}{success}connection = {{ timeout = 5 }}"),
            5,
            "timeout",
        ),
        (format!("{url}{success}method = \"GET\""), 1, "GET"),
        (
            format!("url = \"http://fleet.example.com/{{serial}}\"\n{success}"),
            1,
            "without TLS",
        ),
        (
            format!("url = \"https://{{serial}}.example.com/\"\n{success}"),
            1,
            "fixed host",
        ),
        (
            format!("url = \"https://a@fleet.example.com/{{serial}}\"\n{success}"),
            1,
            "fixed host",
        ),
        (
            format!("url = \"https://fleet.example.com/units\"\n{success}"),
            1,
            "{serial}",
        ),
        (format!("{url}success = []"), 1, "success"),
        (format!("{url}{success}gone = [404]"), 1, "look_url"),
        (url.to_owned(), 1, "success"),
    ] {
        let refused = refusal(&text);
        assert!(
            refused.contains(&format!("line {line},")),
            "{text}: {refused}"
        );
        assert!(refused.contains(says), "{text}: {refused}");
    }
}

#[test]
fn plain_http_to_another_machine_has_to_be_allowed() {
    let text = "[[http]]\nname = \"fleet\"\nurl = \"http://fleet.lan/{serial}\"\n\
                success = [204]\nconnection = { plain_http = true }\n";
    assert!(toml::from_str::<Registries>(text).is_ok());
}

#[test]
fn two_registries_of_one_name_are_refused() {
    let one = "url = \"https://fleet.example.com/{serial}\"\nsuccess = [204]\n";
    let refused = refusal(&format!("{one}[[http]]\nname = \"fleet\"\n{one}"));
    assert!(
        refused.contains("two registries are named fleet"),
        "{refused}"
    );
}
