//! System of record: units, batches, people, journal and the tamper-evident audit log, on SQLite.
