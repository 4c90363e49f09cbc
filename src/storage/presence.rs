//! Table `writer_presence`: who was in which section, for the next start.

use rusqlite::params;

use super::database::Tx;
use super::error::Error;
use super::members;
use crate::ground::clock::Timestamp;
use crate::ground::ids::{ProjectId, UserId};

/// Where somebody was.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PresenceRow {
    /// Who.
    pub user: UserId,
    /// In which project.
    pub project: ProjectId,
    /// In which section, if in any.
    pub section: Option<String>,
    /// When they were last seen there.
    pub last_seen: Timestamp,
    /// False once they have gone.
    pub is_active: bool,
}

/// Writes where people are. Those whose user or project has been deleted are left out.
pub fn put(tx: &Tx<'_>, rows: &[PresenceRow]) -> Result<(), Error> {
    let mut statement = tx.prepare_cached(
        "INSERT INTO writer_presence (user_id, project_id, current_section, last_seen, is_active)
         SELECT u.id, p.id, ?3, ?4, ?5 FROM users u, projects p WHERE u.id = ?1 AND p.id = ?2
         ON CONFLICT (user_id, project_id) DO UPDATE SET
             current_section = excluded.current_section, last_seen = excluded.last_seen,
             is_active = excluded.is_active",
    )?;
    for row in rows {
        statement.execute(params![
            row.user,
            row.project,
            row.section,
            row.last_seen,
            row.is_active
        ])?;
    }
    Ok(())
}

/// Those who were there at `since` or later and may still be there, with their names; older rows and those of people who have gone are
/// of no use any more and are deleted.
pub fn take_since(tx: &Tx<'_>, since: Timestamp) -> Result<Vec<(PresenceRow, String)>, Error> {
    tx.execute(
        "DELETE FROM writer_presence WHERE NOT is_active OR last_seen < ?1",
        [since],
    )?;
    let mut statement = tx.prepare(
        "SELECT w.user_id, u.username, w.project_id, w.current_section, w.last_seen
         FROM writer_presence w JOIN users u ON u.id = w.user_id",
    )?;
    let rows = statement.query_map([], |row| {
        let there = PresenceRow {
            user: row.get(0)?,
            project: row.get(2)?,
            section: row.get(3)?,
            last_seen: row.get(4)?,
            is_active: true,
        };
        Ok((there, row.get(1)?))
    })?;
    let rows: Vec<(PresenceRow, String)> = rows.collect::<Result<_, _>>()?;
    let mut still = Vec::with_capacity(rows.len());
    for (row, name) in rows {
        if members::takes_part(tx, row.project, row.user)? {
            still.push((row, name));
        }
    }
    Ok(still)
}
