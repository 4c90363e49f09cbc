//! Table `project_links`: links by which whoever has one may join a project.

use rusqlite::{Connection, OptionalExtension as _, Row, params};

use super::database::Tx;
use super::error::Error;
use crate::ground::clock::Timestamp;
use crate::ground::ids::{LinkId, ProjectId};
use crate::ground::role::Role;
use crate::ground::secret::Digest;

/// A link; its token is not kept.
#[derive(Clone, Copy, Debug)]
pub struct Link {
    /// Row id.
    pub id: LinkId,
    /// Where it leads.
    pub project: ProjectId,
    /// What whoever joins by it may do.
    pub role: Role,
    /// When it was made.
    pub created_at: Timestamp,
    /// From when on nobody can join by it; `None`: never.
    pub expires_at: Option<Timestamp>,
    /// How many have joined by it.
    pub uses: u32,
}

const COLUMNS: &str = "id, project_id, role, created_at, expires_at, uses";

fn link(row: &Row<'_>) -> rusqlite::Result<Link> {
    Ok(Link {
        id: row.get(0)?,
        project: row.get(1)?,
        role: row.get(2)?,
        created_at: row.get(3)?,
        expires_at: row.get(4)?,
        uses: row.get(5)?,
    })
}

/// Adds a link.
pub fn insert(
    tx: &Tx<'_>,
    project: ProjectId,
    role: Role,
    token: Digest,
    now: Timestamp,
    expires_at: Option<Timestamp>,
) -> Result<Link, Error> {
    tx.prepare_cached(
        "INSERT INTO project_links (project_id, role, token_sha256, created_at, expires_at)
         VALUES (?1, ?2, ?3, ?4, ?5)",
    )?
    .execute(params![project, role, token, now, expires_at])?;
    Ok(Link {
        id: LinkId(tx.last_insert_rowid()),
        project,
        role,
        created_at: now,
        expires_at,
        uses: 0,
    })
}

/// The link of a token, if it still lets people in; into the bin none does.
pub fn find(connection: &Connection, token: Digest, now: Timestamp) -> Result<Option<Link>, Error> {
    let sql = format!(
        "SELECT {COLUMNS} FROM project_links
         WHERE token_sha256 = ?1 AND (expires_at IS NULL OR expires_at > ?2)
           AND project_id NOT IN (SELECT id FROM projects WHERE bin_of IS NOT NULL)"
    );
    let found = connection
        .prepare_cached(&sql)?
        .query_row(params![token, now], link)
        .optional()?;
    Ok(found)
}

/// The links of a project that still let people in, oldest first.
pub fn of_project(
    connection: &Connection,
    project: ProjectId,
    now: Timestamp,
) -> Result<Vec<Link>, Error> {
    let sql = format!(
        "SELECT {COLUMNS} FROM project_links
         WHERE project_id = ?1 AND (expires_at IS NULL OR expires_at > ?2) ORDER BY id"
    );
    let mut statement = connection.prepare_cached(&sql)?;
    let rows = statement.query_map(params![project, now], link)?;
    Ok(rows.collect::<Result<_, _>>()?)
}

/// Counts somebody who has joined.
pub fn count_use(tx: &Tx<'_>, id: LinkId) -> Result<(), Error> {
    tx.prepare_cached("UPDATE project_links SET uses = uses + 1 WHERE id = ?1")?
        .execute([id])?;
    Ok(())
}

/// Deletes one link of a project; false if it has no such link.
pub fn delete(tx: &Tx<'_>, project: ProjectId, id: LinkId) -> Result<bool, Error> {
    let deleted = tx
        .prepare_cached("DELETE FROM project_links WHERE project_id = ?1 AND id = ?2")?
        .execute(params![project, id])?;
    Ok(deleted == 1)
}

/// Deletes all links of a project.
pub fn delete_all(tx: &Tx<'_>, project: ProjectId) -> Result<(), Error> {
    tx.prepare_cached("DELETE FROM project_links WHERE project_id = ?1")?
        .execute([project])?;
    Ok(())
}
