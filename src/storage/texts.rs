//! Tables `texts`, `changes` and `versions`: the journal of every text file that was opened in the page.

use rusqlite::{Connection, OptionalExtension as _, params};

use super::database::Tx;
use super::error::Error;
use crate::ground::clock::Timestamp;
use crate::ground::ids::{ProjectId, TextPath};
use crate::ground::secret::Digest;

/// How far a text's journal goes, and what the file was when it was last written or read.
#[derive(Clone, Copy, Debug)]
pub struct TextRow {
    /// Newest version.
    pub version: u64,
    /// The version that the file had.
    pub flushed_version: u64,
    /// Digest of the file's bytes then.
    pub flushed: Digest,
}

/// One step of a journal.
#[derive(Clone, Debug)]
pub struct Entry {
    /// The version it leads to.
    pub version: u64,
    /// A username, or `disk`.
    pub author: String,
    /// When.
    pub at: Timestamp,
    /// UTF-16 units inserted.
    pub added: u32,
    /// UTF-16 units deleted.
    pub removed: u32,
    /// `CodeMirror`'s JSON form.
    pub change_set: String,
    /// The full text, if the journal gets a new starting point here.
    pub full_text: Option<String>,
}

/// A row of a text's history.
#[derive(Clone, Debug)]
pub struct HistoryRow {
    /// The version.
    pub version: u64,
    /// When it came to be.
    pub at: Timestamp,
    /// Who made it.
    pub author: String,
    /// UTF-16 units inserted.
    pub added: u32,
    /// UTF-16 units deleted.
    pub removed: u32,
}

/// The row of a text, if it was ever opened.
pub fn find(
    connection: &Connection,
    project: ProjectId,
    path: &TextPath,
) -> Result<Option<TextRow>, Error> {
    let row = connection
        .prepare_cached(
            "SELECT version, flushed_version, flushed_sha256 FROM texts WHERE project_id = ?1 AND path = ?2",
        )?
        .query_row(params![project, path], |row| {
            Ok(TextRow {
                version: row.get(0)?,
                flushed_version: row.get(1)?,
                flushed: row.get(2)?,
            })
        })
        .optional()?;
    Ok(row)
}

/// Starts a journal with the text as it was found on the disk; nothing if there is one already.
pub fn begin(
    tx: &Tx<'_>,
    project: ProjectId,
    path: &TextPath,
    content: &str,
    author: &str,
    now: Timestamp,
) -> Result<(), Error> {
    let begun = tx
        .prepare_cached(
            "INSERT INTO texts (project_id, path, version, flushed_version, flushed_sha256) VALUES (?1, ?2, 1, 1, ?3)
             ON CONFLICT DO NOTHING",
        )?
        .execute(params![project, path, Digest::of(content.as_bytes())])?;
    if begun == 1 {
        tx.prepare_cached(
            "INSERT INTO changes (project_id, path, version, author, at, added, removed) VALUES (?1, ?2, 1, ?3, ?4, 0, 0)",
        )?
        .execute(params![project, path, author, now])?;
        put_full_text(tx, project, path, 1, content)?;
    }
    Ok(())
}

/// Appends to a journal; false, and nothing appended, if its newest version is not `entry.version - 1`.
pub fn append(
    tx: &Tx<'_>,
    project: ProjectId,
    path: &TextPath,
    entry: &Entry,
) -> Result<bool, Error> {
    let advanced = tx
        .prepare_cached("UPDATE texts SET version = ?3 WHERE project_id = ?1 AND path = ?2 AND version = ?3 - 1")?
        .execute(params![project, path, entry.version])?;
    if advanced == 0 {
        return Ok(false);
    }
    tx.prepare_cached(
        "INSERT INTO changes (project_id, path, version, author, at, added, removed, change_set)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)",
    )?
    .execute(params![
        project,
        path,
        entry.version,
        entry.author,
        entry.at,
        entry.added,
        entry.removed,
        entry.change_set
    ])?;
    if let Some(content) = &entry.full_text {
        put_full_text(tx, project, path, entry.version, content)?;
    }
    Ok(true)
}

fn put_full_text(
    tx: &Tx<'_>,
    project: ProjectId,
    path: &TextPath,
    version: u64,
    content: &str,
) -> Result<(), Error> {
    tx.prepare_cached(
        "INSERT INTO versions (project_id, path, version, content) VALUES (?1, ?2, ?3, ?4)",
    )?
    .execute(params![project, path, version, content])?;
    Ok(())
}

/// Notes what the file holds now.
pub fn set_flushed(
    tx: &Tx<'_>,
    project: ProjectId,
    path: &TextPath,
    version: u64,
    file: Digest,
) -> Result<(), Error> {
    tx.prepare_cached(
        "UPDATE texts SET flushed_version = ?3, flushed_sha256 = ?4 WHERE project_id = ?1 AND path = ?2",
    )?
    .execute(params![project, path, version, file])?;
    Ok(())
}

/// The paths of a project's texts that have a journal.
pub fn paths(connection: &Connection, project: ProjectId) -> Result<Vec<String>, Error> {
    let mut statement = connection.prepare("SELECT path FROM texts WHERE project_id = ?1")?;
    let rows = statement.query_map([project], |row| row.get(0))?;
    Ok(rows.collect::<Result<_, _>>()?)
}

/// Texts whose file may be older than their journal.
pub fn lagging(connection: &Connection) -> Result<Vec<(ProjectId, TextPath)>, Error> {
    let mut statement =
        connection.prepare("SELECT project_id, path FROM texts WHERE flushed_version < version ORDER BY project_id, path")?;
    let rows = statement.query_map([], |row| Ok((row.get(0)?, row.get(1)?)))?;
    Ok(rows.collect::<Result<_, _>>()?)
}

/// What `version` is made from: the nearest full text at or before it, and the change sets that lead from there to
/// `version`. `None` if there is no such version.
pub fn ingredients(
    connection: &Connection,
    project: ProjectId,
    path: &TextPath,
    version: u64,
) -> Result<Option<(String, Vec<String>)>, Error> {
    if i64::try_from(version).is_err() {
        return Ok(None);
    }
    let start = connection
        .prepare_cached(
            "SELECT version, content FROM versions WHERE project_id = ?1 AND path = ?2 AND version <= ?3
             ORDER BY version DESC LIMIT 1",
        )?
        .query_row(params![project, path, version], |row| {
            Ok((row.get::<_, u64>(0)?, row.get::<_, String>(1)?))
        })
        .optional()?;
    let Some((start, content)) = start else {
        return Ok(None);
    };
    let mut statement = connection.prepare_cached(
        "SELECT change_set FROM changes WHERE project_id = ?1 AND path = ?2 AND version > ?3 AND version <= ?4
         ORDER BY version",
    )?;
    let rows = statement.query_map(params![project, path, start, version], |row| row.get(0))?;
    let changes: Vec<String> = rows.collect::<Result<_, _>>()?;
    let complete = u64::try_from(changes.len()).unwrap_or(0) == version - start;
    Ok(complete.then_some((content, changes)))
}

/// The change sets that lead from version `after` to version `up_to`.
pub fn changes_after(
    connection: &Connection,
    project: ProjectId,
    path: &TextPath,
    after: u64,
    up_to: u64,
) -> Result<Vec<String>, Error> {
    let mut statement = connection.prepare_cached(
        "SELECT change_set FROM changes WHERE project_id = ?1 AND path = ?2 AND version > ?3 AND version <= ?4
         ORDER BY version",
    )?;
    let rows = statement.query_map(params![project, path, after, up_to], |row| row.get(0))?;
    Ok(rows.collect::<Result<_, _>>()?)
}

/// The newest `limit` rows of a text's history below version `before`, newest first.
pub fn history(
    connection: &Connection,
    project: ProjectId,
    path: &TextPath,
    before: u64,
    limit: u32,
) -> Result<Vec<HistoryRow>, Error> {
    let mut statement = connection.prepare_cached(
        "SELECT version, at, author, added, removed FROM changes
         WHERE project_id = ?1 AND path = ?2 AND version < ?3 ORDER BY version DESC LIMIT ?4",
    )?;
    let before = before.min(i64::MAX as u64);
    let rows = statement.query_map(params![project, path, before, limit], |row| {
        Ok(HistoryRow {
            version: row.get(0)?,
            at: row.get(1)?,
            author: row.get(2)?,
            added: row.get(3)?,
            removed: row.get(4)?,
        })
    })?;
    Ok(rows.collect::<Result<_, _>>()?)
}

/// Gives a journal another path, because its file was renamed. A journal that is in the way, of a section that was
/// deleted earlier, is kept under a path that no section can have.
pub fn rename(
    tx: &Tx<'_>,
    project: ProjectId,
    from: &TextPath,
    to: &TextPath,
    now: Timestamp,
) -> Result<(), Error> {
    tx.prepare_cached("UPDATE texts SET path = ?3 WHERE project_id = ?1 AND path = ?2")?
        .execute(params![project, to, format!("{to}~{}", now.0)])?;
    // No file has the new name yet; should the process die now, the next start writes it.
    tx.prepare_cached(
        "UPDATE texts SET path = ?3, flushed_version = 0 WHERE project_id = ?1 AND path = ?2",
    )?
    .execute(params![project, from, to])?;
    Ok(())
}
