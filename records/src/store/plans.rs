//! The questions that must be quick however large the database is: none of them may walk through
//! a table that grows with the units. SQLite itself says how it would answer each.

use std::sync::{Arc, Mutex, PoisonError};

use cradle_procedure::ids::{BatchId, Serial};
use rusqlite::trace::{TraceEvent, TraceEventCodes};

use super::Store;
use crate::UnitKey;
use crate::measure::Factory;

const GROWING: [&str; 6] = [
    "units",
    "runs",
    "intents",
    "outcomes",
    "certificates",
    "audit",
];

/// Every statement that the store runs from now on, on its first reader and on its writer.
fn statements(store: &Store) -> Arc<Mutex<Vec<String>>> {
    let heard = Arc::new(Mutex::new(Vec::new()));
    let listener = |heard: &Arc<Mutex<Vec<String>>>| {
        let heard = Arc::clone(heard);
        move |event: TraceEvent<'_>| {
            if let TraceEvent::Stmt(statement, _) = event {
                let mut heard = heard.lock().unwrap_or_else(PoisonError::into_inner);
                heard.extend(statement.expanded_sql());
            }
        }
    };
    let every = TraceEventCodes::SQLITE_TRACE_STMT;
    let mut reader = super::file::open_reader(&store.inner.readers.path).unwrap();
    reader.trace_v2(every, Some(listener(&heard))).unwrap();
    store.inner.readers.keep(reader);
    store
        .inner
        .writer
        .borrow(|writer| {
            writer.trace_v2(every, Some(listener(&heard))).unwrap();
            Ok(())
        })
        .unwrap();
    heard
}

/// How SQLite answers it, one step a line.
fn plan(store: &Store, sql: &str) -> Vec<String> {
    let plan = format!("EXPLAIN QUERY PLAN {sql}");
    let connection = super::file::open_reader(&store.inner.readers.path).unwrap();
    let mut query = connection.prepare(&plan).unwrap();
    let steps = query.query_map([], |row| row.get("detail")).unwrap();
    steps.map(Result::unwrap).collect()
}

#[test]
fn no_question_about_a_unit_or_a_batch_walks_through_a_growing_table() {
    let dir = tempfile::tempdir().unwrap();
    let factory = Factory::open(&dir.path().join("records.db"), 10).unwrap();
    factory.grow(10).unwrap();
    let (store, admin) = (&factory.store, &factory.admin);
    let heard = statements(store);
    let known = Serial::new("S-00000003").unwrap();
    let unit = store.unit(admin, &known).unwrap();
    let number = unit.certificates[0].serial_number.clone();
    for key in [
        UnitKey::Serial(known),
        UnitKey::Uid(unit.unit.uid),
        UnitKey::Certificate(number),
    ] {
        store.find_unit(admin, &key).unwrap();
    }
    let batch = BatchId::new("scale-000").unwrap();
    store.batch_report(admin, &batch).unwrap();
    store.pace_of_provisioning(admin, &batch).unwrap();
    store.units(admin, &batch).unwrap();
    store.carriers(admin, "component-7", Some("1.9.0")).unwrap();
    // To count the units is the factory's own question.
    let counted = "SELECT count(*) FROM units";
    factory.grow(20).unwrap();

    let heard = heard.lock().unwrap().clone();
    let asked = |sql: &&String| {
        ["SELECT", "INSERT", "UPDATE"]
            .iter()
            .any(|verb| sql.trim_start().starts_with(verb))
    };
    let mut plans = 0;
    for sql in heard.iter().filter(asked).filter(|sql| *sql != counted) {
        for step in plan(store, sql) {
            plans += 1;
            let walks = GROWING.iter().any(|table| {
                step.strip_prefix("SCAN ")
                    .and_then(|rest| rest.split(' ').next())
                    == Some(*table)
            });
            // The runs that are open are as few as there are slots.
            let few = step.ends_with("USING INDEX runs_open");
            assert!(!walks || few, "{step}\n{sql}");
        }
    }
    assert!(plans > 30, "{plans}");
}
