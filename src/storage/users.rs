//! Table `users`.

use rusqlite::{Connection, OptionalExtension as _, Row, params};

use super::database::Tx;
use super::error::Error;
use crate::ground::clock::Timestamp;
use crate::ground::ids::{ProjectId, UserId};

/// Who a user is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct User {
    /// Row id.
    pub id: UserId,
    /// Unique name; the directory of their projects.
    pub username: String,
    /// Whether they may use the operator's pages.
    pub is_admin: bool,
    /// The project they opened last, if it still exists.
    pub last_project: Option<ProjectId>,
    /// When the account was made.
    pub created_at: Timestamp,
}

const COLUMNS: &str = "id, username, is_admin, last_project_id, created_at";

fn user(row: &Row<'_>) -> rusqlite::Result<User> {
    Ok(User {
        id: row.get(0)?,
        username: row.get(1)?,
        is_admin: row.get(2)?,
        last_project: row.get(3)?,
        created_at: row.get(4)?,
    })
}

/// Adds a member. A taken name is a constraint error.
pub fn insert_member(
    tx: &Tx<'_>,
    name: &str,
    password_hash: &str,
    admin: bool,
    now: Timestamp,
) -> Result<UserId, Error> {
    tx.prepare_cached(
        "INSERT INTO users (username, kind, password_hash, is_admin, created_at) VALUES (?1, 'member', ?2, ?3, ?4)",
    )?
    .execute(params![name, password_hash, admin, now])?;
    Ok(UserId(tx.last_insert_rowid()))
}

/// The slot user of this name, added if it is missing.
pub fn ensure_visitor(tx: &Tx<'_>, name: &str, now: Timestamp) -> Result<UserId, Error> {
    tx.prepare_cached(
        "INSERT INTO users (username, kind, created_at) VALUES (?1, 'visitor', ?2) ON CONFLICT (username) DO NOTHING",
    )?
    .execute(params![name, now])?;
    let id = tx
        .prepare_cached("SELECT id FROM users WHERE username = ?1 AND kind = 'visitor'")?
        .query_row([name], |row| row.get(0))?;
    Ok(id)
}

/// A member and the hash of their password.
pub fn member_with_hash(
    connection: &Connection,
    name: &str,
) -> Result<Option<(User, String)>, Error> {
    let sql = format!(
        "SELECT {COLUMNS}, password_hash FROM users WHERE username = ?1 AND kind = 'member'"
    );
    let found = connection
        .prepare_cached(&sql)?
        .query_row([name], |row| Ok((user(row)?, row.get(5)?)))
        .optional()?;
    Ok(found)
}

/// All members by name.
pub fn members(connection: &Connection) -> Result<Vec<User>, Error> {
    let sql = format!("SELECT {COLUMNS} FROM users WHERE kind = 'member' ORDER BY username");
    let mut statement = connection.prepare(&sql)?;
    let rows = statement.query_map([], user)?;
    Ok(rows.collect::<Result<_, _>>()?)
}

/// Sets a member's password; false if there is no such member.
pub fn set_password(tx: &Tx<'_>, name: &str, password_hash: &str) -> Result<bool, Error> {
    let changed = tx
        .prepare_cached(
            "UPDATE users SET password_hash = ?2 WHERE username = ?1 AND kind = 'member'",
        )?
        .execute([name, password_hash])?;
    Ok(changed == 1)
}

/// Remembers the project a member opened last.
pub fn set_last_project(tx: &Tx<'_>, id: UserId, project: ProjectId) -> Result<(), Error> {
    tx.prepare_cached(
        "UPDATE users SET last_project_id = ?2 WHERE id = ?1 AND last_project_id IS NOT ?2",
    )?
    .execute(params![id, project])?;
    Ok(())
}

/// Removes a user who owns nothing any more.
pub fn delete(tx: &Tx<'_>, id: UserId) -> Result<(), Error> {
    tx.prepare_cached("DELETE FROM users WHERE id = ?1")?
        .execute([id])?;
    Ok(())
}

/// The project a user opened last, if it still exists.
pub fn last_project(connection: &Connection, id: UserId) -> Result<Option<ProjectId>, Error> {
    let project = connection
        .prepare_cached("SELECT last_project_id FROM users WHERE id = ?1")?
        .query_row([id], |row| row.get(0))
        .optional()?;
    Ok(project.flatten())
}
