//! Table `visitor_slots`.

use rusqlite::{Connection, OptionalExtension as _, params};

use super::database::Tx;
use super::error::Error;
use crate::ground::clock::Timestamp;
use crate::ground::ids::{ProjectId, SlotNumber, UserId};

/// A slot that can be given out, with its fresh project.
#[derive(Clone, Copy, Debug)]
pub struct FreeSlot {
    /// Its number.
    pub number: SlotNumber,
    /// Its user.
    pub user: UserId,
    /// The fresh `default-project` in it.
    pub project: ProjectId,
}

/// A slot that awaits a fresh project.
#[derive(Clone, Copy, Debug)]
pub struct CleaningSlot {
    /// Its number.
    pub number: SlotNumber,
    /// Its user.
    pub user: UserId,
}

/// How many slots there are and how they stand.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Serialize)]
pub struct Counts {
    /// All slots.
    pub total: u32,
    /// Held by an unexpired allocation.
    pub allocated: u32,
    /// Can be given out now.
    pub free: u32,
    /// Held by an allocation that is over, or being cleaned after one.
    pub expired: u32,
}

/// The free slot that has been free longest, if there is one.
pub fn longest_free(connection: &Connection) -> Result<Option<FreeSlot>, Error> {
    let slot = connection
        .prepare_cached(
            "SELECT number, user_id, project_id FROM visitor_slots
             WHERE state = 'free' ORDER BY free_since, number LIMIT 1",
        )?
        .query_row([], |row| {
            Ok(FreeSlot {
                number: row.get(0)?,
                user: row.get(1)?,
                project: row.get(2)?,
            })
        })
        .optional()?;
    Ok(slot)
}

/// Adds the slot, without a project, if it is missing.
pub fn ensure(
    tx: &Tx<'_>,
    number: SlotNumber,
    user: UserId,
    now: Timestamp,
) -> Result<bool, Error> {
    let added = tx
        .prepare_cached(
            "INSERT INTO visitor_slots (number, user_id, state, free_since) VALUES (?1, ?2, 'cleaning', ?3)
             ON CONFLICT (number) DO NOTHING",
        )?
        .execute(params![number, user, now])?;
    Ok(added == 1)
}

/// Marks the slot as held, with the project that is worked on in it.
pub fn set_allocated(
    tx: &Tx<'_>,
    number: SlotNumber,
    project: Option<ProjectId>,
) -> Result<(), Error> {
    tx.prepare_cached(
        "UPDATE visitor_slots SET state = 'allocated', project_id = ?2 WHERE number = ?1",
    )?
    .execute(params![number, project])?;
    Ok(())
}

/// Marks the slot as awaiting a fresh project.
pub fn set_cleaning(tx: &Tx<'_>, number: SlotNumber) -> Result<(), Error> {
    tx.prepare_cached(
        "UPDATE visitor_slots SET state = 'cleaning', project_id = NULL WHERE number = ?1",
    )?
    .execute([number])?;
    Ok(())
}

/// Like [`set_cleaning`], for a slot that must still be free with this project in it; false if it is not any more.
pub fn set_free_cleaning(
    tx: &Tx<'_>,
    number: SlotNumber,
    project: ProjectId,
) -> Result<bool, Error> {
    let changed = tx
        .prepare_cached(
            "UPDATE visitor_slots SET state = 'cleaning', project_id = NULL
             WHERE number = ?1 AND project_id = ?2 AND state = 'free'",
        )?
        .execute(params![number, project])?;
    Ok(changed == 1)
}

/// Puts the fresh project in, and the slot among the free ones.
pub fn set_free(
    tx: &Tx<'_>,
    number: SlotNumber,
    project: ProjectId,
    now: Timestamp,
) -> Result<(), Error> {
    tx.prepare_cached("UPDATE visitor_slots SET state = 'free', project_id = ?2, free_since = ?3 WHERE number = ?1")?
        .execute(params![number, project, now])?;
    Ok(())
}

/// The slot whose current project this was, unless it is the new owner's, awaits a fresh one.
pub fn leave_project(
    tx: &Tx<'_>,
    project: ProjectId,
    new_owner: Option<UserId>,
) -> Result<(), Error> {
    tx.prepare_cached(
        "UPDATE visitor_slots SET state = 'cleaning', project_id = NULL WHERE project_id = ?1 AND user_id IS NOT ?2",
    )?
    .execute(params![project, new_owner])?;
    Ok(())
}

/// Slots that await a fresh project and whose old one has left.
pub fn cleaning(connection: &Connection) -> Result<Vec<CleaningSlot>, Error> {
    let mut statement = connection.prepare_cached(
        "SELECT number, user_id FROM visitor_slots WHERE state = 'cleaning' ORDER BY number",
    )?;
    let rows = statement.query_map([], |row| {
        Ok(CleaningSlot {
            number: row.get(0)?,
            user: row.get(1)?,
        })
    })?;
    Ok(rows.collect::<Result<_, _>>()?)
}

/// Slots with a project, free ones first: number, project, whether it is free.
pub fn with_project(connection: &Connection) -> Result<Vec<(SlotNumber, ProjectId, bool)>, Error> {
    let mut statement = connection.prepare(
        "SELECT number, project_id, state = 'free' FROM visitor_slots WHERE project_id IS NOT NULL ORDER BY number",
    )?;
    let rows = statement.query_map([], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)))?;
    Ok(rows.collect::<Result<_, _>>()?)
}

/// Slots that are held by nobody although they say so: a process died between two steps.
pub fn set_abandoned_cleaning(tx: &Tx<'_>) -> Result<usize, Error> {
    let changed = tx.execute(
        "UPDATE visitor_slots SET state = 'cleaning', project_id = NULL
         WHERE (state = 'allocated' AND project_id IS NULL
                AND NOT EXISTS (SELECT 1 FROM visitor_allocations a
                                WHERE a.slot_number = number AND a.released_at IS NULL))
            OR (state = 'free' AND project_id IS NULL)",
        [],
    )?;
    Ok(changed)
}

/// Removes a slot.
pub fn delete(tx: &Tx<'_>, number: SlotNumber) -> Result<(), Error> {
    tx.prepare_cached("DELETE FROM visitor_slots WHERE number = ?1")?
        .execute([number])?;
    Ok(())
}

/// The slots' standing at `now`.
pub fn counts(connection: &Connection, now: Timestamp) -> Result<Counts, Error> {
    let counts = connection
        .prepare_cached(
            "SELECT count(*),
                    count(*) FILTER (WHERE a.id IS NOT NULL AND a.expires_at > ?1),
                    count(*) FILTER (WHERE s.state = 'free')
             FROM visitor_slots s
             LEFT JOIN visitor_allocations a ON a.slot_number = s.number AND a.released_at IS NULL",
        )?
        .query_row([now], |row| {
            Ok((
                row.get::<_, u32>(0)?,
                row.get::<_, u32>(1)?,
                row.get::<_, u32>(2)?,
            ))
        })?;
    let (total, allocated, free) = counts;
    Ok(Counts {
        total,
        allocated,
        free,
        expired: total.saturating_sub(allocated + free),
    })
}
