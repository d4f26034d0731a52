//! A second verifier, in Python and written from `docs/audit-format.md`, judges our exports: it
//! accepts what ours accepts, and each of 1,000 seeded mutations is refused by both.

use std::fs;
use std::io::Cursor;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use cradle_procedure::fault::Code;
use cradle_procedure::ports::Signer as _;
use cradle_records::audit::merkle::{leaf_hash, root_of};
use cradle_records::audit::note::{TreeHead, key_id};
use cradle_records::audit::verify_export_since;

use crate::fixture::{Fixture, Key};
use crate::random::Random;

const MUTATIONS: usize = 1000;

/// An export in memory.
#[derive(Clone)]
struct Export {
    entries: Vec<u8>,
    checkpoint: Vec<u8>,
}

/// Three exports of one log, one after the other. The second one's checkpoint was kept.
struct Line {
    fixture: Fixture,
    first: Export,
    kept: Export,
    last: Export,
}

impl Line {
    fn new() -> Self {
        let fixture = Fixture::with_batch(3);
        let mut exports = [1_u8, 2, 3].map(|n| {
            fixture.make_unit(n);
            exported(&fixture, n)
        });
        let [first, kept, last] = &mut exports;
        Self {
            first: first.clone(),
            kept: kept.clone(),
            last: last.clone(),
            fixture,
        }
    }

    /// What our verifier says of it, as the command does: what is no text is no checkpoint.
    fn refused_by_us(&self, export: &Export) -> bool {
        let (Ok(note), Ok(older)) = (
            std::str::from_utf8(&export.checkpoint),
            std::str::from_utf8(&self.kept.checkpoint),
        ) else {
            return true;
        };
        let key = self.fixture.key.public_key();
        match verify_export_since(Cursor::new(&export.entries), note, &[older], key) {
            Ok(_) => false,
            Err(fault) => {
                assert_eq!(fault.code, Code::AuditBroken);
                true
            }
        }
    }

    fn judge(&self, exports: &[PathBuf]) -> Output {
        let dir = self.fixture.dir.path();
        let kept = dir.join("kept");
        fs::write(&kept, &self.kept.checkpoint).unwrap();
        let python = std::env::var_os("CRADLE_PYTHON").unwrap_or_else(|| "python3".into());
        let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("../tools/audit_verify.py");
        let output = Command::new(&python)
            .arg(script)
            .arg("--key")
            .arg(dir.join("export-1/public-key.pem"))
            .arg("--older")
            .arg(kept)
            .args(exports)
            .output()
            .unwrap();
        let said = String::from_utf8_lossy(&output.stderr);
        assert!(
            said.is_empty(),
            "{} cannot verify; it needs the `cryptography` package \
             (`cargo xtask test` brings it, CRADLE_PYTHON names another):\n{said}",
            python.display()
        );
        output
    }

    fn mutated(&self, kind: usize, random: &mut Random) -> Export {
        let mut export = self.last.clone();
        let text = String::from_utf8(export.entries.clone()).unwrap();
        let mut lines: Vec<&str> = text.split_inclusive('\n').collect();
        let index = random.below(lines.len());
        match kind {
            0 => flip(&mut export.entries, random),
            1 => flip(&mut export.checkpoint, random),
            2 => {
                lines.remove(index);
                export.entries = lines.concat().into_bytes();
            }
            3 => {
                let other = (index + 1 + random.below(lines.len() - 1)) % lines.len();
                lines.swap(index, other);
                export.entries = lines.concat().into_bytes();
            }
            4 => {
                lines.insert(index, lines[random.below(lines.len())]);
                export.entries = lines.concat().into_bytes();
            }
            5 => {
                let length = random.below(export.entries.len());
                export.entries.truncate(length);
            }
            6 => {
                let length = random.below(export.checkpoint.len());
                export.checkpoint.truncate(length);
            }
            7 => self.forge(&mut export, index, random),
            8 => self.write_anew(&mut export, &lines, random),
            _ => self.roll_back(&mut export, &lines, random),
        }
        export
    }

    /// Entries changed and signed by another key, which may claim to be ours.
    fn forge(&self, export: &mut Export, index: usize, random: &mut Random) {
        let text = String::from_utf8(export.entries.clone()).unwrap();
        let mut lines: Vec<String> = text.lines().map(str::to_owned).collect();
        lines[index] = lines[index].replacen("time_ms\":18", "time_ms\":19", 1);
        self.sign(
            export,
            &lines,
            &Key::new(u8::try_from(40 + random.below(100)).unwrap()),
        );
        if random.below(2) == 0 {
            let note = String::from_utf8(export.checkpoint.clone()).unwrap();
            let (rest, signature) = note.trim_end().rsplit_once(' ').unwrap();
            let mut bytes = decode(signature);
            bytes[..4].copy_from_slice(&key_id(self.fixture.key.public_key()));
            export.checkpoint = format!("{rest} {}\n", encode(&bytes)).into_bytes();
        }
    }

    /// Another history, signed with the true key: only the kept checkpoint shows it.
    fn write_anew(&self, export: &mut Export, lines: &[&str], random: &mut Random) {
        let kept = line_count(&self.kept.entries);
        let mut lines: Vec<String> = lines.iter().map(|line| line.trim_end().into()).collect();
        let index = random.below(kept);
        lines[index] = lines[index].replacen("time_ms\":18", "time_ms\":19", 1);
        self.sign(export, &lines, &self.fixture.key);
    }

    /// The log as it was before the kept checkpoint, under a true signature.
    fn roll_back(&self, export: &mut Export, lines: &[&str], random: &mut Random) {
        let length = random.below(line_count(&self.kept.entries));
        if length == line_count(&self.first.entries) {
            *export = self.first.clone();
            return;
        }
        let lines: Vec<String> = lines[..length]
            .iter()
            .map(|line| line.trim_end().into())
            .collect();
        self.sign(export, &lines, &self.fixture.key);
    }

    fn sign(&self, export: &mut Export, lines: &[String], key: &Key) {
        let note = std::str::from_utf8(&self.last.checkpoint).unwrap();
        let leaves: Vec<_> = lines
            .iter()
            .map(|line| leaf_hash(line.as_bytes()))
            .collect();
        let head = TreeHead {
            size: leaves.len() as u64,
            root: root_of(&leaves),
            ..TreeHead::open(note, self.fixture.key.public_key()).unwrap()
        };
        export.checkpoint = head.sign(key).unwrap().into_bytes();
        export.entries = lines
            .iter()
            .flat_map(|line| format!("{line}\n").into_bytes())
            .collect();
    }
}

fn exported(fixture: &Fixture, n: u8) -> Export {
    let dir = fixture.dir.path().join(format!("export-{n}"));
    let auditor = fixture.session("art");
    let export = fixture
        .store
        .export_audit(&auditor, &dir, &fixture.key)
        .unwrap();
    Export {
        entries: fs::read(export.entries).unwrap(),
        checkpoint: fs::read(export.checkpoint).unwrap(),
    }
}

fn flip(bytes: &mut [u8], random: &mut Random) {
    let at = random.below(bytes.len());
    bytes[at] ^= 1 << random.below(8);
}

fn line_count(entries: &[u8]) -> usize {
    entries.iter().filter(|byte| **byte == b'\n').count()
}

fn decode(text: &str) -> Vec<u8> {
    use base64::Engine as _;
    base64::engine::general_purpose::STANDARD
        .decode(text)
        .unwrap()
}

fn encode(bytes: &[u8]) -> String {
    use base64::Engine as _;
    base64::engine::general_purpose::STANDARD.encode(bytes)
}

#[test]
fn a_second_verifier_accepts_our_exports() {
    let line = Line::new();
    let dir = line.fixture.dir.path();
    assert!(!line.refused_by_us(&line.last));
    let output = line.judge(&[dir.join("export-2"), dir.join("export-3")]);
    let said = String::from_utf8(output.stdout).unwrap();
    assert!(output.status.success(), "{said}");
    assert_eq!(said.matches(": intact, ").count(), 2, "{said}");
}

#[test]
fn both_verifiers_refuse_every_mutation() {
    let line = Line::new();
    let mut random = Random(5);
    let mut folders = Vec::new();
    for round in 0..MUTATIONS {
        let mutation = line.mutated(round % 10, &mut random);
        assert!(line.refused_by_us(&mutation), "mutation {round}");
        let folder = line.fixture.dir.path().join(format!("mutation-{round}"));
        fs::create_dir(&folder).unwrap();
        fs::write(folder.join("entries.jsonl"), &mutation.entries).unwrap();
        fs::write(folder.join("checkpoint"), &mutation.checkpoint).unwrap();
        folders.push(folder);
    }
    let said = String::from_utf8(line.judge(&folders).stdout).unwrap();
    let verdicts: Vec<&str> = said.lines().collect();
    assert_eq!(verdicts.len(), MUTATIONS, "{said}");
    for verdict in verdicts {
        assert!(verdict.contains(": REFUSED: "), "{verdict}");
    }
}
