//! Whoever edits the database file with SQLite's own shell is found, and the row is named.

use std::process::Command;

use cradle_procedure::fault::Code;
use cradle_procedure::ids::SlotId;
use cradle_procedure::ports::Ledger as _;
use cradle_procedure::step::Verdict;

use crate::fixture::{Fixture, uid};

/// One passed unit (run 1), one quarantined (run 2), one begun (run 3).
fn fixture() -> Fixture {
    let fixture = Fixture::with_batch(5);
    fixture.make_unit(1);
    let mut ledger = fixture.ledger();
    let serial = ledger.admit(SlotId(2), &uid(2), None).unwrap().serial;
    ledger.conclude(&serial, Verdict::Quarantine, None).unwrap();
    ledger.admit(SlotId(3), &uid(3), None).unwrap();
    fixture.store.checkpoint(&fixture.key).unwrap();
    fixture
}

fn edit(fixture: &Fixture, sql: &str) {
    let output = Command::new("sqlite3")
        .arg("-bail")
        .arg(fixture.path())
        .arg(sql)
        .output()
        .expect("the sqlite3 shell is needed (`cargo xtask test` brings it)");
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success() && said.is_empty(), "{sql}: {said}");
}

fn found(sql: &str) -> String {
    let fixture = fixture();
    fixture.store.verify_database().unwrap();
    edit(&fixture, sql);
    let fault = fixture.store.verify_database().unwrap_err();
    assert_eq!(fault.code, Code::AuditBroken, "{sql}");
    fault.detail
}

#[test]
fn a_changed_row_is_named_with_the_entry_that_wrote_it() {
    for (sql, row) in [
        ("UPDATE runs SET verdict = 'pass' WHERE id = 2", "runs 2"),
        (
            "DROP TRIGGER unit_goes_its_way;
             UPDATE units SET state = 'provisioned' WHERE serial = 'b-1-0002'",
            "units b-1-0002",
        ),
        ("UPDATE batches SET used = used - 1", "batches b-1"),
        ("UPDATE batches SET quota = 5000", "batches b-1"),
        (
            "UPDATE outcomes SET detail = 'as it should be'",
            "outcomes 1",
        ),
        (
            "UPDATE operators SET role = 'security-admin' WHERE name = 'otto'",
            "operators otto",
        ),
        (
            "UPDATE certificates SET revoked_ms = 1, reason = 'superseded'",
            "certificates ",
        ),
        ("UPDATE releases SET sbom = x'00'", "releases sensor-1.4.2"),
    ] {
        let detail = found(sql);
        let named = format!("1 wrong: row {row}");
        assert!(detail.starts_with(&named), "{sql}: {detail}");
        assert!(detail.contains(": not as entry "), "{sql}: {detail}");
    }
}

#[test]
fn an_inserted_row_is_named() {
    for (sql, row) in [
        (
            "INSERT INTO certificates SELECT 'ab12', 'b-1-0002', batch, x'04', der, issued_ms,
             session, NULL, NULL FROM certificates",
            "certificates ab12",
        ),
        (
            "INSERT INTO outcomes SELECT 9, run, step, outcome, verification, detail, code,
             started_ms, duration_ms FROM outcomes WHERE id = 1",
            "outcomes 9",
        ),
        (
            "INSERT INTO approvals SELECT batch, 'art', session, at_ms FROM approvals",
            "approvals b-1 art",
        ),
    ] {
        let said = format!("1 wrong: row {row}: no entry tells of it");
        assert_eq!(found(sql), said, "{sql}");
    }
}

#[test]
fn a_removed_row_is_named() {
    for (sql, row) in [
        ("DELETE FROM certificates", "certificates "),
        ("DELETE FROM intents WHERE id = 1", "intents 1"),
        ("DELETE FROM sessions WHERE id = 2", "sessions 2"),
    ] {
        let detail = found(sql);
        assert!(
            detail.starts_with(&format!("1 wrong: row {row}")),
            "{detail}"
        );
        assert!(detail.contains(": gone, entry "), "{detail}");
    }
}

/// A row that was slipped in between two true ones is found, though the next true one follows.
#[test]
fn a_step_slipped_in_between_is_named() {
    let fixture = fixture();
    edit(
        &fixture,
        "INSERT INTO outcomes SELECT id + 1, run, step, outcome, verification, detail, code,
         started_ms, duration_ms FROM outcomes WHERE id = 1",
    );
    fixture.make_unit(4);
    assert_eq!(
        fixture.store.verify_database().unwrap_err().detail,
        "1 wrong: row outcomes 2: no entry tells of it"
    );
}

#[test]
fn a_removed_audit_entry_is_named() {
    let detail = found("DROP TRIGGER audit_is_not_removed; DELETE FROM audit WHERE entry = 7");
    assert_eq!(detail, "row 7: entry 8 where entry 7 belongs");
}

#[test]
fn components_that_their_sbom_does_not_name_are_found() {
    for sql in [
        "UPDATE components SET version = '9.0.0' WHERE name = 'heapless'",
        "DELETE FROM components WHERE name = 'sec1'",
        "INSERT INTO components VALUES ('sensor-1.4.2', 'backdoor', '1', NULL)",
    ] {
        let detail = found(sql);
        assert_eq!(detail, "components of sensor-1.4.2: not as its SBOM says");
    }
    let detail = found("INSERT INTO components VALUES ('sensor-0', 'heapless', '1', NULL)");
    assert!(detail.contains("not on record"), "{detail}");
}

#[test]
fn an_edited_checkpoint_is_found() {
    let detail = found("UPDATE checkpoints SET note = replace(note, 'cradle-log', 'cradle-lag')");
    assert!(detail.contains("checkpoint"), "{detail}");
}

#[test]
fn every_wrong_row_is_named() {
    let detail = found("UPDATE units SET bound_ms = 0; UPDATE batches SET site = 'Hall 4'");
    assert!(detail.starts_with("4 wrong: "), "{detail}");
    for row in ["batches b-1", "units b-1-0001", "units b-1-0003"] {
        assert!(detail.contains(&format!("row {row}: ")), "{detail}");
    }
}
