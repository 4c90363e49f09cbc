//! Which schema a database has, and how an older one becomes the newest.

use std::path::Path;

use rusqlite::Connection;
use rusqlite_migration::{M, Migrations};

use super::error::Error;

/// The newest schema, for a new database.
const SCHEMA: &str = include_str!("../../schema.sql");

/// Step n leads from version n - 1 to version n. Version 1 was never anything but `schema.sql`, so its step is empty;
/// a later change adds a file here and the same to `schema.sql`; `tests/schemas` has every version to upgrade from.
const STEPS: &[M<'static>] = &[M::up(""), M::up(include_str!("schema/2.sql"))];

/// Marks the file as ours (`SciW`), so that another program's database is not mistaken for one.
const APPLICATION_ID: i32 = 0x5363_6957;

/// Databases up to this size are checked page by page at every start; that takes some 30 ms at most.
/// Larger ones are for `PRAGMA integrity_check` by hand.
const CHECKED_UP_TO: u64 = 16 * 1024 * 1024;

/// The schema version of this binary.
#[must_use]
pub fn latest() -> i64 {
    i64::try_from(STEPS.len()).unwrap_or(i64::MAX)
}

/// Makes an empty file a database of ours, upgrades an older one, refuses a damaged, foreign or newer one.
pub(super) fn check_and_upgrade(connection: &mut Connection, path: &Path) -> Result<(), Error> {
    let found: i64 = connection.pragma_query_value(None, "user_version", |row| row.get(0))?;
    let application: i32 =
        connection.pragma_query_value(None, "application_id", |row| row.get(0))?;
    if found > latest() {
        return Err(Error::Newer {
            found,
            known: latest(),
        });
    }
    let tables: i64 =
        connection.query_row("SELECT count(*) FROM sqlite_schema", [], |row| row.get(0))?;
    if tables > 0 && application != APPLICATION_ID {
        return Err(Error::Corrupt("it belongs to another program".to_owned()));
    }
    if tables > 0 && std::fs::metadata(path).is_ok_and(|file| file.len() <= CHECKED_UP_TO) {
        let verdict: String =
            connection.pragma_query_value(None, "quick_check", |row| row.get(0))?;
        if verdict != "ok" {
            return Err(Error::Corrupt(
                verdict.lines().next().unwrap_or_default().to_owned(),
            ));
        }
    }
    connection.pragma_update(None, "journal_mode", "wal")?;
    if tables == 0 {
        return create(connection);
    }
    Migrations::from_slice(STEPS)
        .to_latest(connection)
        .map_err(|error| Error::Corrupt(error.to_string()))
}

fn create(connection: &mut Connection) -> Result<(), Error> {
    let tx = connection.transaction()?;
    tx.execute_batch(SCHEMA)?;
    tx.pragma_update(None, "application_id", APPLICATION_ID)?;
    tx.pragma_update(None, "user_version", latest())?;
    tx.commit()?;
    Ok(())
}
