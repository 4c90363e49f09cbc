//! Table `project_members`: who takes part in a project besides its owner.

use rusqlite::{Connection, OptionalExtension as _, Row, params};

use super::database::Tx;
use super::error::Error;
use crate::ground::clock::Timestamp;
use crate::ground::ids::{LinkId, ProjectId, UserId};
use crate::ground::role::Role;
use crate::ground::secret::Digest;

/// By what a person is known: an account, or a visitor's browser session.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Holder {
    /// A member.
    User(UserId),
    /// A visitor.
    Session(Digest),
}

impl Holder {
    fn columns(self) -> (Option<UserId>, Option<Digest>) {
        match self {
            Self::User(user) => (Some(user), None),
            Self::Session(session) => (None, Some(session)),
        }
    }
}

/// Somebody who takes part, the owner included.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Member {
    /// `None` for a visitor who has no slot at present.
    pub user: Option<(UserId, String)>,
    /// True for a visitor.
    pub is_visitor: bool,
    /// What they may do.
    pub role: Role,
}

/// The role that was given to somebody; owners have none here.
pub fn role(
    connection: &Connection,
    project: ProjectId,
    holder: Holder,
) -> Result<Option<Role>, Error> {
    let (user, session) = holder.columns();
    let role = connection
        .prepare_cached(
            "SELECT role FROM project_members WHERE project_id = ?1 AND (user_id = ?2 OR session_sha256 = ?3)",
        )?
        .query_row(params![project, user, session], |row| row.get(0))
        .optional()?;
    Ok(role)
}

/// The visitor's session is theirs only as long as their allocation is active.
const PEOPLE: &str = "
    SELECT m.project_id, m.id, m.role, u.id AS user_id, u.username, m.session_sha256 IS NOT NULL AS is_visitor
    FROM project_members m
    LEFT JOIN sessions s ON s.id_sha256 = m.session_sha256
    LEFT JOIN visitor_allocations a
           ON a.token_sha256 = s.visitor_allocation_token_sha256 AND a.released_at IS NULL
    LEFT JOIN users u ON u.id = coalesce(m.user_id, CASE WHEN a.id IS NOT NULL THEN s.visitor_user_id END)";

fn member(row: &Row<'_>) -> rusqlite::Result<Member> {
    let user = match row.get(3)? {
        Some(id) => Some((id, row.get(4)?)),
        None => None,
    };
    Ok(Member {
        user,
        is_visitor: row.get(5)?,
        role: row.get(2)?,
    })
}

/// Everybody to whom a role was given, in the order in which they came.
pub fn of_project(connection: &Connection, project: ProjectId) -> Result<Vec<Member>, Error> {
    let sql = format!("{PEOPLE} WHERE m.project_id = ?1 ORDER BY m.joined_at, m.id");
    let mut statement = connection.prepare_cached(&sql)?;
    let rows = statement.query_map([project], member)?;
    Ok(rows.collect::<Result<_, _>>()?)
}

/// True if this user owns the project, or a role was given to them, as an account or as the visitor who holds the slot.
pub fn takes_part(
    connection: &Connection,
    project: ProjectId,
    user: UserId,
) -> Result<bool, Error> {
    let sql = format!(
        "SELECT EXISTS (SELECT 1 FROM projects WHERE id = ?1 AND owner_id = ?2)
             OR EXISTS (SELECT 1 FROM ({PEOPLE} WHERE m.project_id = ?1) p
                        JOIN projects ON projects.id = ?1 AND projects.bin_of IS NULL
                        WHERE p.user_id = ?2)"
    );
    Ok(connection
        .prepare_cached(&sql)?
        .query_row(params![project, user], |row| row.get(0))?)
}

/// Gives somebody a role; one they have is replaced.
pub fn put(
    tx: &Tx<'_>,
    project: ProjectId,
    holder: Holder,
    role: Role,
    link: Option<LinkId>,
    now: Timestamp,
) -> Result<(), Error> {
    let (user, session) = holder.columns();
    let changed = tx
        .prepare_cached(
            "UPDATE project_members SET role = ?4, link_id = coalesce(?5, link_id)
             WHERE project_id = ?1 AND (user_id = ?2 OR session_sha256 = ?3)",
        )?
        .execute(params![project, user, session, role, link])?;
    if changed == 0 {
        tx.prepare_cached(
            "INSERT INTO project_members (project_id, user_id, session_sha256, role, link_id, joined_at)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6)",
        )?
        .execute(params![project, user, session, role, link, now])?;
    }
    Ok(())
}

/// The row of a user, as an account or as the visitor who holds the slot.
fn row_of(connection: &Connection, project: ProjectId, user: UserId) -> Result<Option<i64>, Error> {
    let sql = format!("SELECT p.id FROM ({PEOPLE} WHERE m.project_id = ?1) p WHERE p.user_id = ?2");
    let id = connection
        .prepare_cached(&sql)?
        .query_row(params![project, user], |row| row.get(0))
        .optional()?;
    Ok(id)
}

/// Changes the role of a user who has one; false if they have none.
pub fn set_role(tx: &Tx<'_>, project: ProjectId, user: UserId, role: Role) -> Result<bool, Error> {
    let Some(id) = row_of(tx, project, user)? else {
        return Ok(false);
    };
    tx.prepare_cached("UPDATE project_members SET role = ?2 WHERE id = ?1")?
        .execute(params![id, role])?;
    Ok(true)
}

/// Takes a user's role away; false if they had none.
pub fn remove(tx: &Tx<'_>, project: ProjectId, user: UserId) -> Result<bool, Error> {
    let Some(id) = row_of(tx, project, user)? else {
        return Ok(false);
    };
    tx.prepare_cached("DELETE FROM project_members WHERE id = ?1")?
        .execute([id])?;
    Ok(true)
}

/// Ends the part of visitors who came by a link of the project, or by any of its links.
pub fn remove_visitors(tx: &Tx<'_>, project: ProjectId, link: Option<LinkId>) -> Result<(), Error> {
    tx.prepare_cached(
        "DELETE FROM project_members
         WHERE project_id = ?1 AND session_sha256 IS NOT NULL AND (?2 IS NULL OR link_id = ?2)",
    )?
    .execute(params![project, link])?;
    Ok(())
}

/// Whoever was a visitor has an account now: their roles become the account's, the higher one where it has one already,
/// and none where the account is the owner.
pub fn adopt(tx: &Tx<'_>, session: Digest, user: UserId) -> Result<(), Error> {
    tx.prepare_cached(
        "UPDATE project_members SET role = 'editor'
         WHERE user_id = ?2 AND project_id IN
               (SELECT project_id FROM project_members WHERE session_sha256 = ?1 AND role = 'editor')",
    )?
    .execute(params![session, user])?;
    tx.prepare_cached(
        "DELETE FROM project_members
         WHERE session_sha256 = ?1
           AND (project_id IN (SELECT project_id FROM project_members WHERE user_id = ?2)
                OR project_id IN (SELECT id FROM projects WHERE owner_id = ?2))",
    )?
    .execute(params![session, user])?;
    tx.prepare_cached(
        "UPDATE project_members SET user_id = ?2, session_sha256 = NULL WHERE session_sha256 = ?1",
    )?
    .execute(params![session, user])?;
    Ok(())
}
