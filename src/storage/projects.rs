//! Table `projects`.

use rusqlite::{Connection, OptionalExtension as _, Row, params};

use super::database::Tx;
use super::error::Error;
use crate::ground::clock::Timestamp;
use crate::ground::ids::{ProjectId, UserId};

/// A project's row, with its owner's name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Project {
    /// Row id; never changes.
    pub id: ProjectId,
    /// `None` while it is parked.
    pub owner: Option<Owner>,
    /// The directory's name under the owner's.
    pub name: String,
    /// When its text was first changed from the template; `None` if never.
    pub edited_at: Option<Timestamp>,
}

/// Whose directory a project lies in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Owner {
    /// The user's row id.
    pub id: UserId,
    /// The user's name.
    pub username: String,
}

impl Project {
    /// Its directory, relative to the data directory.
    #[must_use]
    pub fn directory(&self) -> String {
        match &self.owner {
            Some(owner) => format!("{}/{}", owner.username, self.name),
            None => super::workspace::parked(self.id),
        }
    }
}

const SELECT: &str = "SELECT p.id, p.owner_id, u.username, p.name, p.edited_at
    FROM projects p LEFT JOIN users u ON u.id = p.owner_id";

fn project(row: &Row<'_>) -> rusqlite::Result<Project> {
    let owner: Option<UserId> = row.get(1)?;
    let owner = match owner {
        Some(id) => Some(Owner {
            id,
            username: row.get(2)?,
        }),
        None => None,
    };
    Ok(Project {
        id: row.get(0)?,
        owner,
        name: row.get(3)?,
        edited_at: row.get(4)?,
    })
}

/// The project with this id.
pub fn find(connection: &Connection, id: ProjectId) -> Result<Option<Project>, Error> {
    let sql = format!("{SELECT} WHERE p.id = ?1");
    Ok(connection
        .prepare_cached(&sql)?
        .query_row([id], project)
        .optional()?)
}

/// The projects in a user's directory, by name.
pub fn owned_by(connection: &Connection, owner: UserId) -> Result<Vec<Project>, Error> {
    let sql = format!("{SELECT} WHERE p.owner_id = ?1 ORDER BY p.name");
    let mut statement = connection.prepare_cached(&sql)?;
    let rows = statement.query_map([owner], project)?;
    Ok(rows.collect::<Result<_, _>>()?)
}

/// Adds a project row. A taken name is a constraint error.
pub fn insert(tx: &Tx<'_>, owner: UserId, name: &str, now: Timestamp) -> Result<ProjectId, Error> {
    tx.prepare_cached("INSERT INTO projects (owner_id, name, created_at) VALUES (?1, ?2, ?3)")?
        .execute(params![owner, name, now])?;
    Ok(ProjectId(tx.last_insert_rowid()))
}

/// Notes that the project is no longer the untouched template.
pub fn set_edited(tx: &Tx<'_>, id: ProjectId, now: Timestamp) -> Result<(), Error> {
    tx.prepare_cached("UPDATE projects SET edited_at = ?2 WHERE id = ?1 AND edited_at IS NULL")?
        .execute(params![id, now])?;
    Ok(())
}

/// Gives the project another name under the same owner.
pub fn rename(tx: &Tx<'_>, id: ProjectId, name: &str) -> Result<(), Error> {
    tx.prepare_cached("UPDATE projects SET name = ?2 WHERE id = ?1")?
        .execute(params![id, name])?;
    Ok(())
}

/// Names another owner; `None` parks it.
pub fn set_owner(
    tx: &Tx<'_>,
    id: ProjectId,
    owner: Option<UserId>,
    name: &str,
    now: Timestamp,
) -> Result<(), Error> {
    let parked_at = owner.is_none().then_some(now);
    tx.prepare_cached(
        "UPDATE projects SET owner_id = ?2, name = ?3, parked_at = ?4 WHERE id = ?1",
    )?
    .execute(params![id, owner, name, parked_at])?;
    Ok(())
}

/// Deletes the row with its journal. The directory is the caller's.
pub fn delete(tx: &Tx<'_>, id: ProjectId) -> Result<(), Error> {
    tx.prepare_cached("DELETE FROM projects WHERE id = ?1")?
        .execute([id])?;
    Ok(())
}

/// True if a user has a project of this name.
pub fn is_name_taken(connection: &Connection, owner: UserId, name: &str) -> Result<bool, Error> {
    let taken = connection
        .prepare_cached("SELECT EXISTS (SELECT 1 FROM projects WHERE owner_id = ?1 AND name = ?2)")?
        .query_row(params![owner, name], |row| row.get(0))?;
    Ok(taken)
}
