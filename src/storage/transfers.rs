//! Table `transfers`: moves that have been decided and are not finished.

use rusqlite::{Connection, OptionalExtension as _, Row, params};

use super::database::Tx;
use super::error::Error;
use crate::ground::clock::Timestamp;
use crate::ground::ids::{ProjectId, UserId};

/// One decided move. Directories are relative to the data directory.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Transfer {
    /// What moves.
    pub project: ProjectId,
    /// Where its directory was when the move was decided.
    pub source: String,
    /// Where it shall be.
    pub destination: String,
    /// Who shall own it; `None` parks it.
    pub to_owner: Option<UserId>,
    /// What it shall be called there.
    pub to_name: String,
}

const COLUMNS: &str = "project_id, source, destination, to_owner_id, to_name";

fn transfer(row: &Row<'_>) -> rusqlite::Result<Transfer> {
    Ok(Transfer {
        project: row.get(0)?,
        source: row.get(1)?,
        destination: row.get(2)?,
        to_owner: row.get(3)?,
        to_name: row.get(4)?,
    })
}

/// Records the intent. A project that is moving already is a constraint error.
pub fn insert(tx: &Tx<'_>, intent: &Transfer, now: Timestamp) -> Result<(), Error> {
    tx.prepare_cached(
        "INSERT INTO transfers (project_id, source, destination, to_owner_id, to_name, requested_at)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6)",
    )?
    .execute(params![intent.project, intent.source, intent.destination, intent.to_owner, intent.to_name, now])?;
    Ok(())
}

/// Changes where a decided move shall end, because a directory of no project stands there.
pub fn redirect(tx: &Tx<'_>, intent: &Transfer) -> Result<(), Error> {
    tx.prepare_cached("UPDATE transfers SET destination = ?2, to_name = ?3 WHERE project_id = ?1")?
        .execute(params![intent.project, intent.destination, intent.to_name])?;
    Ok(())
}

/// Forgets the intent; false if another process has finished the move already.
pub fn delete(tx: &Tx<'_>, project: ProjectId) -> Result<bool, Error> {
    let changed = tx
        .prepare_cached("DELETE FROM transfers WHERE project_id = ?1")?
        .execute([project])?;
    Ok(changed == 1)
}

/// The unfinished move of a project.
pub fn find(connection: &Connection, project: ProjectId) -> Result<Option<Transfer>, Error> {
    let sql = format!("SELECT {COLUMNS} FROM transfers WHERE project_id = ?1");
    Ok(connection
        .prepare_cached(&sql)?
        .query_row([project], transfer)
        .optional()?)
}

/// All unfinished moves, oldest first.
pub fn all(connection: &Connection) -> Result<Vec<Transfer>, Error> {
    let sql = format!("SELECT {COLUMNS} FROM transfers ORDER BY requested_at, project_id");
    let mut statement = connection.prepare(&sql)?;
    let rows = statement.query_map([], transfer)?;
    Ok(rows.collect::<Result<_, _>>()?)
}
