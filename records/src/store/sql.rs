//! SQLite's errors as faults, and stored text as the types it stands for.

use std::str::FromStr;

use cradle_procedure::fault::{Code, Fault};
use rusqlite::types::Type;
use rusqlite::{ErrorCode, Row};

/// The fault that an SQLite error means.
#[allow(clippy::needless_pass_by_value)] // it is made for `map_err`
pub(crate) fn sql_fault(error: rusqlite::Error) -> Fault {
    let code = match error.sqlite_error_code() {
        Some(ErrorCode::DatabaseCorrupt | ErrorCode::NotADatabase) => Code::StoreCorrupt,
        _ => Code::StoreFailed,
    };
    let hint = match error.sqlite_error_code() {
        Some(ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked) => {
            "another process holds the database: "
        }
        Some(ErrorCode::DiskFull) => "the disk is full: ",
        Some(ErrorCode::ReadOnly | ErrorCode::PermissionDenied) => "the file is not writable: ",
        _ => "",
    };
    Fault::new(code, format!("{hint}{error}"))
}

/// A text column as the type it stands for. A text that does not read is damage, not input.
pub(crate) fn column<T: FromStr<Err = Fault>>(row: &Row<'_>, name: &str) -> rusqlite::Result<T> {
    parsed(&row.get::<_, String>(name)?)
}

/// As [`column`], for a column that may be NULL.
pub(crate) fn column_or_null<T: FromStr<Err = Fault>>(
    row: &Row<'_>,
    name: &str,
) -> rusqlite::Result<Option<T>> {
    let text: Option<String> = row.get(name)?;
    text.map(|text| parsed(&text)).transpose()
}

/// A text column as a type that is made from an owned text.
pub(crate) fn hexadecimal<T: TryFrom<String, Error = Fault>>(
    row: &Row<'_>,
    name: &str,
) -> rusqlite::Result<T> {
    T::try_from(row.get(name)?).map_err(unreadable)
}

fn parsed<T: FromStr<Err = Fault>>(text: &str) -> rusqlite::Result<T> {
    text.parse().map_err(unreadable)
}

fn unreadable(fault: Fault) -> rusqlite::Error {
    rusqlite::Error::FromSqlConversionFailure(0, Type::Text, Box::new(fault))
}
