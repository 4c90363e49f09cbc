//! Table `meta`: single facts about the data directory.

use rusqlite::{Connection, OptionalExtension as _};

use super::database::Tx;
use super::error::Error;

/// Set once the data directory has had a visitor pool.
pub const POOL_CREATED: &str = "pool_created";

/// The value of a key.
pub fn get(connection: &Connection, key: &str) -> Result<Option<String>, Error> {
    let value = connection
        .prepare_cached("SELECT value FROM meta WHERE key = ?1")?
        .query_row([key], |row| row.get(0))
        .optional()?;
    Ok(value)
}

/// Sets the value of a key.
pub fn set(tx: &Tx<'_>, key: &str, value: &str) -> Result<(), Error> {
    tx.prepare_cached(
        "INSERT INTO meta (key, value) VALUES (?1, ?2) ON CONFLICT (key) DO UPDATE SET value = ?2",
    )?
    .execute([key, value])?;
    Ok(())
}
