//! Table `projects`.

use rusqlite::{Connection, OptionalExtension as _, Row, params};

use super::database::Tx;
use super::error::Error;
use super::members::Holder;
use crate::ground::clock::Timestamp;
use crate::ground::ids::{ProjectId, UserId};
use crate::ground::role::Role;

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
    /// In whose bin it is, if it is in one. It is parked then.
    pub bin_of: Option<UserId>,
}

/// Whose directory a project lies in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Owner {
    /// The user's row id.
    pub id: UserId,
    /// The user's name.
    pub username: String,
    /// True for the user of a visitor slot.
    pub is_visitor: bool,
}

/// A project in somebody's list.
#[derive(Clone, Debug)]
pub struct Listed {
    /// The project.
    pub project: Project,
    /// The role that was given to them; `None` for the owner.
    pub given: Option<Role>,
    /// Everybody who has a role, the owner included.
    pub people: u32,
}

/// A project in somebody's bin.
#[derive(Clone, Debug)]
pub struct Binned {
    /// Row id.
    pub id: ProjectId,
    /// What it was called.
    pub name: String,
    /// When it was put there.
    pub binned_at: Timestamp,
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

const COLUMNS: &str =
    "p.id, p.owner_id, u.username, p.name, p.edited_at, u.kind = 'visitor', p.bin_of";
const FROM: &str = "FROM projects p LEFT JOIN users u ON u.id = p.owner_id";

fn project(row: &Row<'_>) -> rusqlite::Result<Project> {
    let owner: Option<UserId> = row.get(1)?;
    let owner = match owner {
        Some(id) => Some(Owner {
            id,
            username: row.get(2)?,
            is_visitor: row.get(5)?,
        }),
        None => None,
    };
    Ok(Project {
        id: row.get(0)?,
        owner,
        name: row.get(3)?,
        edited_at: row.get(4)?,
        bin_of: row.get(6)?,
    })
}

/// The project with this id.
pub fn find(connection: &Connection, id: ProjectId) -> Result<Option<Project>, Error> {
    let sql = format!("SELECT {COLUMNS} {FROM} WHERE p.id = ?1");
    Ok(connection
        .prepare_cached(&sql)?
        .query_row([id], project)
        .optional()?)
}

/// The projects in a user's directory, by name.
pub fn owned_by(connection: &Connection, owner: UserId) -> Result<Vec<Project>, Error> {
    let sql = format!("SELECT {COLUMNS} {FROM} WHERE p.owner_id = ?1 ORDER BY p.name");
    let mut statement = connection.prepare_cached(&sql)?;
    let rows = statement.query_map([owner], project)?;
    Ok(rows.collect::<Result<_, _>>()?)
}

/// The projects of somebody: their own first, then those they take part in, each by name.
pub fn listed(
    connection: &Connection,
    owner: UserId,
    holder: Holder,
) -> Result<Vec<Listed>, Error> {
    let sql = format!(
        "SELECT {COLUMNS}, m.role,
                (SELECT count(*) FROM project_members n WHERE n.project_id = p.id) + (p.owner_id IS NOT NULL)
         {FROM}
         LEFT JOIN project_members m ON m.project_id = p.id AND (m.user_id = ?2 OR m.session_sha256 = ?3)
         WHERE p.bin_of IS NULL AND (p.owner_id = ?1 OR m.id IS NOT NULL)
         ORDER BY p.owner_id IS NOT ?1, p.name COLLATE NOCASE, p.id"
    );
    let (user, session) = match holder {
        Holder::User(user) => (Some(user), None),
        Holder::Session(session) => (None, Some(session)),
    };
    let mut statement = connection.prepare_cached(&sql)?;
    let rows = statement.query_map(params![owner, user, session], |row| {
        Ok(Listed {
            project: project(row)?,
            given: row.get(7)?,
            people: row.get(8)?,
        })
    })?;
    Ok(rows.collect::<Result<_, _>>()?)
}

/// What is in somebody's bin, newest first.
pub fn binned(connection: &Connection, owner: UserId) -> Result<Vec<Binned>, Error> {
    let mut statement = connection.prepare_cached(
        "SELECT id, name, parked_at FROM projects WHERE bin_of = ?1 ORDER BY parked_at DESC, id DESC",
    )?;
    let rows = statement.query_map([owner], |row| {
        Ok(Binned {
            id: row.get(0)?,
            name: row.get(1)?,
            binned_at: row.get(2)?,
        })
    })?;
    Ok(rows.collect::<Result<_, _>>()?)
}

/// What was put into any bin at `until` or before.
pub fn binned_until(connection: &Connection, until: Timestamp) -> Result<Vec<ProjectId>, Error> {
    let mut statement = connection.prepare_cached(
        "SELECT id FROM projects WHERE bin_of IS NOT NULL AND parked_at <= ?1 ORDER BY parked_at",
    )?;
    let rows = statement.query_map([until], |row| row.get(0))?;
    Ok(rows.collect::<Result<_, _>>()?)
}

/// Puts a parked project into somebody's bin, or takes it out of it.
pub fn set_bin(tx: &Tx<'_>, id: ProjectId, bin_of: Option<UserId>) -> Result<(), Error> {
    tx.prepare_cached("UPDATE projects SET bin_of = ?2 WHERE id = ?1")?
        .execute(params![id, bin_of])?;
    Ok(())
}

/// Adds a row for a project that is made in the parking area before it gets its owner.
pub fn insert_parked(
    tx: &Tx<'_>,
    name: &str,
    edited_at: Option<Timestamp>,
    now: Timestamp,
) -> Result<ProjectId, Error> {
    tx.prepare_cached(
        "INSERT INTO projects (name, created_at, edited_at, parked_at) VALUES (?1, ?2, ?3, ?2)",
    )?
    .execute(params![name, now, edited_at])?;
    Ok(ProjectId(tx.last_insert_rowid()))
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
        "UPDATE projects SET owner_id = ?2, name = ?3, parked_at = ?4, bin_of = NULL WHERE id = ?1",
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
