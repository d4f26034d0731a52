use std::fs;
use std::io::Cursor;

use cradle_procedure::fault::{Code, Fault};
use cradle_procedure::ports::Signer as _;
use cradle_records::audit::note::{TreeHead, key_id};
use cradle_records::audit::{
    self, AuditReport, canonical, merkle, proof, verify_export, verify_export_since,
};

use crate::fixture::{Fixture, Key};
use crate::random::Random;

struct Export {
    entries: Vec<u8>,
    checkpoint: String,
    fixture: Fixture,
}

impl Export {
    fn new() -> Self {
        let fixture = Fixture::with_batch(3);
        fixture.make_unit(1);
        fixture.make_unit(2);
        let dir = fixture.dir.path().join("audit");
        let auditor = fixture.session("art");
        let export = fixture
            .store
            .export_audit(&auditor, &dir, &fixture.key)
            .unwrap();
        assert_eq!(
            fs::read_to_string(export.public_key)
                .unwrap()
                .lines()
                .next(),
            Some("-----BEGIN PUBLIC KEY-----")
        );
        Self {
            entries: fs::read(export.entries).unwrap(),
            checkpoint: fs::read_to_string(export.checkpoint).unwrap(),
            fixture,
        }
    }

    fn lines(&self) -> Vec<&str> {
        std::str::from_utf8(&self.entries)
            .unwrap()
            .split_inclusive('\n')
            .collect()
    }

    fn verify(&self, entries: &[u8]) -> Result<AuditReport, Fault> {
        verify_export(
            Cursor::new(entries),
            &self.checkpoint,
            self.fixture.key.public_key(),
        )
    }

    fn refusal(&self, entries: &[u8]) -> String {
        let fault = self.verify(entries).unwrap_err();
        assert_eq!(fault.code, Code::AuditBroken);
        fault.detail
    }
}

#[test]
fn an_export_verifies_and_every_line_is_canonical() {
    let export = Export::new();
    let report = export.verify(&export.entries).unwrap();
    let lines = export.lines();
    assert_eq!(report.entries, lines.len() as u64);
    for line in &lines {
        assert!(
            canonical::is_canonical(line.trim_end_matches('\n')),
            "{line}"
        );
    }
    assert!(lines[0].contains("\"event\":\"log.created\""));
    assert!(lines[0].contains(&report.origin));
    assert!(lines.last().unwrap().contains("audit.exported"));
    let database = export.fixture.store.verify_database().unwrap();
    assert_eq!(database, report);
}

#[test]
fn tampered_removed_reordered_and_truncated_entries_are_found() {
    let export = Export::new();
    let mut random = Random(42);
    let lines = export.lines();
    for round in 0..400 {
        let mut lines = lines.clone();
        let index = random.below(lines.len());
        let mutated = match round % 5 {
            0 => {
                let mut bytes = export.entries.clone();
                let at = random.below(bytes.len());
                bytes[at] ^= 1 << random.below(8);
                bytes
            }
            1 => {
                lines.remove(index);
                lines.concat().into_bytes()
            }
            2 => {
                let other = (index + 1 + random.below(lines.len() - 1)) % lines.len();
                lines.swap(index, other);
                lines.concat().into_bytes()
            }
            3 => {
                lines.insert(index, lines[random.below(lines.len())]);
                lines.concat().into_bytes()
            }
            _ => export.entries[..random.below(export.entries.len())].to_vec(),
        };
        export.refusal(&mutated);
    }
}

#[test]
fn the_first_wrong_line_is_named_where_the_lines_show_it() {
    let export = Export::new();
    let mut lines = export.lines();
    lines.remove(4);
    assert_eq!(
        export.refusal(lines.concat().as_bytes()),
        "line 5: entry 5 where entry 4 belongs"
    );
    let mut lines = export.lines();
    let spaced = lines[2].replacen(',', ", ", 1);
    lines[2] = &spaced;
    assert_eq!(
        export.refusal(lines.concat().as_bytes()),
        "line 3: not an entry in canonical form"
    );
    let lines = export.lines();
    let cut = lines[..6].concat();
    assert!(
        export
            .refusal(cut.as_bytes())
            .starts_with("entries are missing at the end: 6 of"),
    );
}

#[test]
fn a_checkpoint_signed_by_another_key_is_refused() {
    let export = Export::new();
    let head = TreeHead::open(&export.checkpoint, export.fixture.key.public_key()).unwrap();
    let forged = head.sign(&Key::new(9)).unwrap();
    let key = export.fixture.key.public_key();
    let fault = verify_export(Cursor::new(&export.entries), &forged, key).unwrap_err();
    assert_eq!(fault.code, Code::AuditBroken);
    // Nor does it help to claim our key's id.
    let (text, line) = forged.rsplit_once("\n\n").unwrap();
    let (name, signature) = line.trim_end().rsplit_once(' ').unwrap();
    let mut bytes = base64_decode(signature);
    bytes[..4].copy_from_slice(&key_id(key));
    let claimed = format!("{text}\n\n{name} {}\n", base64_encode(&bytes));
    let fault = verify_export(Cursor::new(&export.entries), &claimed, key).unwrap_err();
    assert!(fault.detail.contains("does not verify"), "{fault}");
    // But a further signature of someone unknown does no harm.
    let other = forged.rsplit_once("\n\n").unwrap().1;
    let both = format!("{}{other}", export.checkpoint);
    verify_export(Cursor::new(&export.entries), &both, key).unwrap();
}

#[test]
fn an_altered_checkpoint_is_refused() {
    let export = Export::new();
    let key = export.fixture.key.public_key();
    for at in 0..export.checkpoint.len() {
        let mut bytes = export.checkpoint.clone().into_bytes();
        bytes[at] ^= 1;
        let Ok(note) = String::from_utf8(bytes) else {
            continue;
        };
        verify_export(Cursor::new(&export.entries), &note, key).unwrap_err();
    }
}

#[test]
fn a_log_written_anew_is_found_against_an_older_checkpoint() {
    let export = Export::new();
    let older = export.checkpoint.clone();
    export.fixture.make_unit(3);
    let store = &export.fixture.store;
    let newer = store.checkpoint(&export.fixture.key).unwrap();
    let key = export.fixture.key.public_key();
    let entries = all_entries(&export.fixture);
    verify_export_since(Cursor::new(&entries), &newer.note, &[&older], key).unwrap();

    // Rolled back: the old export under its own checkpoint, when a newer one was seen.
    let rolled_back =
        verify_export_since(Cursor::new(&export.entries), &older, &[&newer.note], key).unwrap_err();
    assert!(rolled_back.detail.contains("rolled back"), "{rolled_back}");

    // Written anew with the real key: another second entry, under the same name and size.
    let mut lines: Vec<String> = String::from_utf8(entries)
        .unwrap()
        .lines()
        .map(str::to_owned)
        .collect();
    lines[1] = lines[1].replace("\"subject\":\"ada\"", "\"subject\":\"eve\"");
    let leaves: Vec<_> = lines
        .iter()
        .map(|line| merkle::leaf_hash(line.as_bytes()))
        .collect();
    let head = TreeHead {
        root: merkle::root_of(&leaves),
        ..TreeHead::open(&newer.note, key).unwrap()
    };
    let note = head.sign(&export.fixture.key).unwrap();
    let anew = format!("{}\n", lines.join("\n"));
    verify_export(Cursor::new(&anew), &note, key).unwrap();
    let fault = verify_export_since(Cursor::new(&anew), &note, &[&older], key).unwrap_err();
    assert_eq!(fault.code, Code::AuditBroken);
}

#[test]
fn checkpoints_of_two_logs_do_not_mix() {
    let (one, other) = (Export::new(), Export::new());
    let key = one.fixture.key.public_key();
    let fault = verify_export_since(
        Cursor::new(&one.entries),
        &one.checkpoint,
        &[&other.checkpoint],
        key,
    )
    .unwrap_err();
    assert!(fault.detail.contains("another log"), "{fault}");
}

#[test]
fn rows_edited_in_the_file_are_found() {
    for (edit, said) in [
        (
            "UPDATE audit SET line = replace(line, 'ada', 'eve') WHERE entry = 1",
            "the one that was signed",
        ),
        ("DELETE FROM audit WHERE entry = 3", "row 3: entry 4"),
        (
            "DELETE FROM audit WHERE entry = (SELECT max(entry) FROM audit)",
            "entries are stored",
        ),
        (
            "UPDATE audit SET line = line || ' ' WHERE entry = 2",
            "row 2: not an entry in canonical form",
        ),
        ("UPDATE audit_log SET size = size - 1", ""),
        ("UPDATE checkpoints SET note = replace(note, 'A', 'B')", ""),
    ] {
        let export = Export::new();
        let dropped = "DROP TRIGGER audit_is_not_changed; DROP TRIGGER audit_is_not_removed;";
        export.fixture.tamper(&format!("{dropped} {edit}"));
        let fault = export.fixture.store.verify_database().unwrap_err();
        assert_eq!(fault.code, Code::AuditBroken, "{edit}");
        assert!(fault.detail.contains(said), "{edit}: {fault}");
    }
}

#[test]
fn the_audit_table_is_append_only() {
    let fixture = Fixture::founded();
    let connection = rusqlite::Connection::open(fixture.path()).unwrap();
    for edit in ["UPDATE audit SET line = ''", "DELETE FROM audit"] {
        let error = connection.execute(edit, []).unwrap_err();
        assert!(error.to_string().contains("append-only"), "{error}");
    }
}

#[test]
fn proofs_from_the_database_verify_against_its_checkpoints() {
    let export = Export::new();
    let store = &export.fixture.store;
    let key = export.fixture.key.public_key();
    let old = TreeHead::open(&export.checkpoint, key).unwrap();
    export.fixture.make_unit(3);
    let new = store.checkpoint(&export.fixture.key).unwrap();
    let new = TreeHead::open(&new.note, key).unwrap();
    let steps = store.consistency_proof(old.size, new.size).unwrap();
    assert!(proof::verify_consistency(
        &(old.size, old.root),
        &(new.size, new.root),
        &steps
    ));
    let leaf = merkle::leaf_hash(export.lines()[5].trim_end().as_bytes());
    let path = store.inclusion_proof(5, new.size).unwrap();
    assert!(proof::verify_inclusion(
        &leaf, 5, new.size, &path, &new.root
    ));
    let fault = store.inclusion_proof(new.size, new.size).unwrap_err();
    assert_eq!(fault.code, Code::InputInvalid);
    store.consistency_proof(1, new.size + 1000).unwrap_err();
}

#[test]
fn a_checkpoint_of_the_same_size_is_the_same() {
    let fixture = Fixture::founded();
    let first = fixture.store.checkpoint(&fixture.key).unwrap();
    let again = fixture.store.checkpoint(&fixture.key).unwrap();
    assert_eq!(first, again);
    let fault = fixture.store.checkpoint(&Key::new(9)).unwrap_err();
    assert_eq!(fault.code, Code::TokenKey);
    assert_eq!(fixture.store.checkpoints().unwrap(), [first]);
}

#[test]
fn only_who_may_read_records_exports() {
    let fixture = Fixture::founded();
    let fault = fixture
        .store
        .export_audit(&fixture.session("otto"), fixture.dir.path(), &fixture.key)
        .unwrap_err();
    assert_eq!(fault.code, Code::NotPermitted);
    assert!(!fixture.dir.path().join("entries.jsonl").exists());
}

fn all_entries(fixture: &Fixture) -> Vec<u8> {
    let connection = rusqlite::Connection::open(fixture.path()).unwrap();
    let mut query = connection
        .prepare("SELECT line FROM audit ORDER BY entry")
        .unwrap();
    let lines: Vec<String> = query
        .query_map([], |row| row.get(0))
        .unwrap()
        .collect::<Result<_, _>>()
        .unwrap();
    lines
        .iter()
        .flat_map(|line| format!("{line}\n").into_bytes())
        .collect()
}

fn base64_decode(text: &str) -> Vec<u8> {
    use base64::Engine as _;
    base64::engine::general_purpose::STANDARD
        .decode(text)
        .unwrap()
}

fn base64_encode(bytes: &[u8]) -> String {
    use base64::Engine as _;
    base64::engine::general_purpose::STANDARD.encode(bytes)
}

/// Whoever reads the documentation must find what the code says.
#[test]
fn the_written_format_shows_a_real_entry() {
    let text = include_str!("../../../docs/audit-format.md");
    let example = text
        .lines()
        .find(|line| line.starts_with("{\"entry\":"))
        .unwrap();
    assert!(audit::canonical::is_canonical(example));
}
