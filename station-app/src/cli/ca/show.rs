//! `cradle ca show`: what the tokens hold, with attributes, and what is wrong with it.

use std::fmt::Write as _;

use cradle_ca::ceremony::{CaFiles, Held, Tokens, inventory};
use cradle_ca::token::{KeyStatus, Token};
use cradle_procedure::fault::Fault;
use serde_json::{Value, json};

use super::super::{Answer, Shared};
use crate::station;

pub(super) fn run(root_pin_fd: Option<i32>, shared: &Shared) -> Result<Answer, Fault> {
    let config = shared.config()?;
    let line = station::open_token(&config, shared.token_pin(&config)?)?;
    let open_root = || -> Result<Token, Fault> {
        station::open_root_token(&config, shared.root_pin(&config, root_pin_fd)?)
    };
    let tokens = Tokens {
        line: &line,
        root: config.token.root.as_ref().map(|_| &open_root as _),
    };
    let files = CaFiles::in_dir(&config.authority.files);
    let (line, root) = inventory(tokens, &files)?;
    let mut words = in_words(&line);
    let mut sound = line.is_sound();
    let mut held = vec![json!(line)];
    match root {
        None => {}
        Some(Ok(root)) => {
            sound &= root.is_sound();
            words.push_str(&in_words(&root));
            held.push(json!(root));
        }
        // Where it belongs, when nobody needs it.
        Some(Err(fault)) => {
            let _ = writeln!(words, "The root CA's token is not here ({fault}).");
            held.push(json!({ "away": fault.to_string() }));
        }
    }
    let data: Value = json!({ "sound": sound, "tokens": held });
    Ok(match sound {
        true => Answer::Done(words, data),
        false => Answer::Failed(words, data),
    })
}

fn in_words(held: &Held) -> String {
    let token = &held.token;
    let mut words = format!(
        "Token {} ({} {}, serial {}; {})\n",
        token.label, token.manufacturer, token.model, token.serial, token.module
    );
    for key in &held.keys {
        let state = match key.problems.as_slice() {
            [] => "ok".to_owned(),
            problems => format!("WRONG: {}", problems.join("; ")),
        };
        let _ = writeln!(words, "  {:<20} {state}", key.label);
        let _ = writeln!(words, "  {:<20} {}", "", attributes(key));
    }
    for label in &held.missing {
        let _ = writeln!(words, "  {label:<20} MISSING: run the key ceremony");
    }
    words
}

fn attributes(key: &KeyStatus) -> String {
    let said = [
        (key.sensitive, "sensitive"),
        (key.always_sensitive, "always sensitive"),
        (key.extractable, "extractable"),
        (key.never_extractable, "never extractable"),
        (key.local, "made on this token"),
    ];
    let mut words: Vec<String> = said
        .into_iter()
        .map(|(value, what)| match value {
            Some(true) => what.to_owned(),
            Some(false) => format!("not {what}"),
            None => format!("{what}: not told"),
        })
        .collect();
    words.push(format!("may {}", key.usage.join(", ")));
    words.join(", ")
}
