//! Table `visitor_allocations`.

use rusqlite::{Connection, OptionalExtension as _, params};

use super::database::Tx;
use super::error::Error;
use crate::ground::clock::Timestamp;
use crate::ground::ids::{AllocationId, ProjectId, SlotNumber, UserId};
use crate::ground::secret::Digest;

/// Why an allocation ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ReleaseReason {
    /// The visitor signed up.
    SignedUp,
    /// The visitor logged in to an account.
    LoggedIn,
    /// The operator freed the slot.
    Reset,
}

impl ReleaseReason {
    fn as_str(self) -> &'static str {
        match self {
            Self::SignedUp => "signed_up",
            Self::LoggedIn => "logged_in",
            Self::Reset => "reset",
        }
    }
}

/// An allocation whose lease has run out.
#[derive(Clone, Copy, Debug)]
pub struct Due {
    /// Row id.
    pub id: AllocationId,
    /// The slot it holds.
    pub slot: SlotNumber,
    /// The slot's user.
    pub user: UserId,
    /// The project in it.
    pub project: ProjectId,
}

/// Gives a slot to the holder of a token. A slot that is held already is a constraint error.
pub fn insert(
    tx: &Tx<'_>,
    slot: SlotNumber,
    project: ProjectId,
    token: Digest,
    now: Timestamp,
    expires_at: Timestamp,
) -> Result<AllocationId, Error> {
    tx.prepare_cached(
        "INSERT INTO visitor_allocations
             (slot_number, project_id, token_sha256, allocated_at, last_activity_at, expires_at)
         VALUES (?1, ?2, ?3, ?4, ?4, ?5)",
    )?
    .execute(params![slot, project, token, now, expires_at])?;
    Ok(AllocationId(tx.last_insert_rowid()))
}

/// Prolongs an active, unexpired allocation.
pub fn renew(
    tx: &Tx<'_>,
    id: AllocationId,
    now: Timestamp,
    expires_at: Timestamp,
) -> Result<(), Error> {
    tx.prepare_cached(
        "UPDATE visitor_allocations SET last_activity_at = ?2, expires_at = ?3
         WHERE id = ?1 AND released_at IS NULL AND expires_at > ?2",
    )?
    .execute(params![id, now, expires_at])?;
    Ok(())
}

/// Gives an active allocation whose lease is over a new lease.
pub fn revive(
    tx: &Tx<'_>,
    id: AllocationId,
    now: Timestamp,
    expires_at: Timestamp,
) -> Result<(), Error> {
    tx.prepare_cached(
        "UPDATE visitor_allocations SET last_activity_at = ?2, expires_at = ?3
         WHERE id = ?1 AND released_at IS NULL",
    )?
    .execute(params![id, now, expires_at])?;
    Ok(())
}

/// Ends an allocation; false if it had ended.
pub fn release(
    tx: &Tx<'_>,
    id: AllocationId,
    reason: ReleaseReason,
    now: Timestamp,
) -> Result<bool, Error> {
    let changed = tx
        .prepare_cached(
            "UPDATE visitor_allocations SET released_at = ?3, release_reason = ?2 WHERE id = ?1 AND released_at IS NULL",
        )?
        .execute(params![id, reason.as_str(), now])?;
    Ok(changed == 1)
}

/// Ends an allocation whose lease is over; false if it had ended or was prolonged meanwhile.
pub fn expire(tx: &Tx<'_>, id: AllocationId, now: Timestamp) -> Result<bool, Error> {
    let changed = tx
        .prepare_cached(
            "UPDATE visitor_allocations SET released_at = ?2, release_reason = 'expired'
             WHERE id = ?1 AND released_at IS NULL AND expires_at <= ?2",
        )?
        .execute(params![id, now])?;
    Ok(changed == 1)
}

/// Ends every active allocation.
pub fn release_all(tx: &Tx<'_>, reason: ReleaseReason, now: Timestamp) -> Result<(), Error> {
    tx.execute(
        "UPDATE visitor_allocations SET released_at = ?2, release_reason = ?1 WHERE released_at IS NULL",
        params![reason.as_str(), now],
    )?;
    Ok(())
}

/// Active allocations whose lease is over at `now`.
pub fn due(connection: &Connection, now: Timestamp) -> Result<Vec<Due>, Error> {
    let mut statement = connection.prepare_cached(
        "SELECT a.id, a.slot_number, s.user_id, a.project_id
         FROM visitor_allocations a JOIN visitor_slots s ON s.number = a.slot_number
         WHERE a.released_at IS NULL AND a.expires_at <= ?1 ORDER BY a.expires_at",
    )?;
    let rows = statement.query_map([now], |row| {
        Ok(Due {
            id: row.get(0)?,
            slot: row.get(1)?,
            user: row.get(2)?,
            project: row.get(3)?,
        })
    })?;
    Ok(rows.collect::<Result<_, _>>()?)
}

/// When the next lease runs out.
pub fn next_expiry(connection: &Connection) -> Result<Option<Timestamp>, Error> {
    let at = connection
        .prepare_cached(
            "SELECT min(expires_at) FROM visitor_allocations WHERE released_at IS NULL",
        )?
        .query_row([], |row| row.get(0))
        .optional()?;
    Ok(at.flatten())
}
