//! Table `sessions`, and the one query that answers "who is this, and is it still theirs?".

use rusqlite::{Connection, OptionalExtension as _, Row, params};

use super::database::Tx;
use super::error::Error;
use super::users::User;
use crate::ground::clock::Timestamp;
use crate::ground::ids::{AllocationId, ProjectId, SlotNumber, UserId};
use crate::ground::secret::Digest;

/// What the database knows of one browser session.
#[derive(Clone, Debug)]
pub struct SessionRow {
    /// The member, or the user of the visitor's slot.
    pub user: Option<User>,
    /// True for a member.
    pub is_member: bool,
    /// The visitor's project, wherever it is now.
    pub visitor_project: Option<ProjectId>,
    /// The visitor's allocation, if it is active.
    pub allocation: Option<ActiveAllocation>,
    /// When the session ends.
    pub expires_at: Timestamp,
}

/// The active allocation that a session's token belongs to. It may have expired a moment ago.
#[derive(Clone, Copy, Debug)]
pub struct ActiveAllocation {
    /// Row id.
    pub id: AllocationId,
    /// The slot.
    pub slot: SlotNumber,
    /// When the lease runs out.
    pub expires_at: Timestamp,
    /// When it was last renewed.
    pub last_activity_at: Timestamp,
}

/// The three values of a visitor's session. The token itself is dropped once its digest is taken.
#[derive(Clone, Copy, Debug)]
pub struct VisitorValues {
    /// `visitor_user_id`
    pub user: UserId,
    /// `visitor_project_id`
    pub project: ProjectId,
    /// Digest of `visitor_allocation_token`
    pub token: Digest,
}

/// Looks a session up, with everything that decides what it may do.
pub fn find(connection: &Connection, id: Digest) -> Result<Option<SessionRow>, Error> {
    let row = connection
        .prepare_cached(
            "SELECT s.user_id IS NOT NULL, s.visitor_project_id, s.expires_at,
                    u.id, u.username, u.is_admin, u.last_project_id, u.created_at,
                    a.id, a.slot_number, a.expires_at, a.last_activity_at
             FROM sessions s
             LEFT JOIN visitor_allocations a
                    ON a.token_sha256 = s.visitor_allocation_token_sha256
                   AND a.project_id = s.visitor_project_id
                   AND a.released_at IS NULL
             LEFT JOIN users u ON u.id = coalesce(s.user_id, s.visitor_user_id)
             WHERE s.id_sha256 = ?1",
        )?
        .query_row([id], session)
        .optional()?;
    Ok(row)
}

fn session(row: &Row<'_>) -> rusqlite::Result<SessionRow> {
    let user = match row.get(3)? {
        Some(id) => Some(User {
            id,
            username: row.get(4)?,
            is_admin: row.get(5)?,
            last_project: row.get(6)?,
            created_at: row.get(7)?,
        }),
        None => None,
    };
    let allocation = match row.get(8)? {
        Some(id) => Some(ActiveAllocation {
            id,
            slot: row.get(9)?,
            expires_at: row.get(10)?,
            last_activity_at: row.get(11)?,
        }),
        None => None,
    };
    Ok(SessionRow {
        user,
        is_member: row.get(0)?,
        visitor_project: row.get(1)?,
        allocation,
        expires_at: row.get(2)?,
    })
}

/// Starts a visitor's session, or gives an existing one a new slot.
pub fn put_visitor(
    tx: &Tx<'_>,
    id: Digest,
    values: VisitorValues,
    now: Timestamp,
    expires_at: Timestamp,
) -> Result<(), Error> {
    tx.prepare_cached(
        "INSERT INTO sessions (id_sha256, visitor_user_id, visitor_project_id, visitor_allocation_token_sha256,
                               created_at, expires_at)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6)
         ON CONFLICT (id_sha256) DO UPDATE SET
             user_id = NULL, visitor_user_id = excluded.visitor_user_id,
             visitor_project_id = excluded.visitor_project_id,
             visitor_allocation_token_sha256 = excluded.visitor_allocation_token_sha256,
             expires_at = excluded.expires_at",
    )?
    .execute(params![id, values.user, values.project, values.token, now, expires_at])?;
    Ok(())
}

/// Starts a member's session.
pub fn put_member(
    tx: &Tx<'_>,
    id: Digest,
    user: UserId,
    now: Timestamp,
    expires_at: Timestamp,
) -> Result<(), Error> {
    tx.prepare_cached(
        "INSERT INTO sessions (id_sha256, user_id, created_at, expires_at) VALUES (?1, ?2, ?3, ?4)
         ON CONFLICT (id_sha256) DO UPDATE SET
             user_id = excluded.user_id, visitor_user_id = NULL, visitor_project_id = NULL,
             visitor_allocation_token_sha256 = NULL, expires_at = excluded.expires_at",
    )?
    .execute(params![id, user, now, expires_at])?;
    Ok(())
}

/// Prolongs a session.
pub fn renew(tx: &Tx<'_>, id: Digest, expires_at: Timestamp) -> Result<(), Error> {
    tx.prepare_cached("UPDATE sessions SET expires_at = ?2 WHERE id_sha256 = ?1")?
        .execute(params![id, expires_at])?;
    Ok(())
}

/// Ends a session.
pub fn delete(tx: &Tx<'_>, id: Digest) -> Result<(), Error> {
    tx.prepare_cached("DELETE FROM sessions WHERE id_sha256 = ?1")?
        .execute([id])?;
    Ok(())
}

/// Ends all sessions of a member, e.g. after a new password.
pub fn delete_of_member(tx: &Tx<'_>, user: UserId) -> Result<(), Error> {
    tx.execute("DELETE FROM sessions WHERE user_id = ?1", [user])?;
    Ok(())
}

/// Deletes sessions that ended before `now`; how many.
pub fn delete_ended(tx: &Tx<'_>, now: Timestamp) -> Result<usize, Error> {
    Ok(tx
        .prepare_cached("DELETE FROM sessions WHERE expires_at <= ?1")?
        .execute([now])?)
}
