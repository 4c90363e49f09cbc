//! The history of a text: every version that was ever saved can be had back.

use std::sync::Arc;

use rusqlite::Connection;

use super::Error;
use super::changes::ChangeSet;
use crate::ground::ids::{ProjectId, TextPath};
use crate::storage::database::Database;
use crate::storage::error::Error as StorageError;
use crate::storage::texts::{self, HistoryRow};

/// Rows in one answer.
const PAGE: u32 = 200;

/// The text at a version.
///
/// # Errors
/// [`Error::VersionNotFound`]
pub async fn text_at(
    db: &Database,
    project: ProjectId,
    path: TextPath,
    version: u64,
) -> Result<String, Error> {
    db.read(move |connection| Ok(reconstruct(connection, project, &path, version)?.0))
        .await
}

/// The text at a version; `None` if `content` is one of the versions after it, up to `newest`: then the edit was taken
/// in before, its answer got lost, and what came after it is newer.
///
/// # Errors
/// [`Error::VersionNotFound`]
pub(super) async fn base_of(
    db: &Database,
    project: ProjectId,
    path: TextPath,
    versions: (u64, u64),
    content: Arc<str>,
) -> Result<Option<String>, Error> {
    db.read(move |connection| {
        let (text, _) = reconstruct(connection, project, &path, versions.0)?;
        let known = is_later(connection, project, &path, (&text, versions), &content)?;
        Ok((!known).then_some(text))
    })
    .await
}

/// True if `content` is one of the versions after the first and up to the second of `versions`; `text` is the first.
pub(super) fn is_later(
    connection: &Connection,
    project: ProjectId,
    path: &TextPath,
    (text, versions): (&str, (u64, u64)),
    content: &str,
) -> Result<bool, Error> {
    let (after, up_to) = versions;
    let changes = texts::changes_after(connection, project, path, after, up_to)?;
    let mut later = text.to_owned();
    for change in &changes {
        later = changed(path, project, later, change)?;
        if later == content {
            return Ok(true);
        }
    }
    Ok(false)
}

/// The newest 200 versions below `before`, newest first.
///
/// # Errors
/// What the database says.
pub async fn list(
    db: &Database,
    project: ProjectId,
    path: TextPath,
    before: u64,
) -> Result<Vec<HistoryRow>, Error> {
    db.read(move |connection| Ok(texts::history(connection, project, &path, before, PAGE)?))
        .await
}

/// Replays the journal from the nearest full text; also says how many change sets that took.
pub(super) fn reconstruct(
    connection: &Connection,
    project: ProjectId,
    path: &TextPath,
    version: u64,
) -> Result<(String, u32), Error> {
    let (start, changes) =
        texts::ingredients(connection, project, path, version)?.ok_or(Error::VersionNotFound)?;
    let text = changes
        .iter()
        .try_fold(start, |text, change| changed(path, project, text, change))?;
    Ok((text, u32::try_from(changes.len()).unwrap_or(u32::MAX)))
}

fn changed(
    path: &TextPath,
    project: ProjectId,
    text: String,
    change: &str,
) -> Result<String, Error> {
    let changed = ChangeSet::from_json(change).and_then(|change| change.apply(&text));
    changed.map_err(|error| {
        StorageError::Corrupt(format!("journal of {path} in project {project}: {error}")).into()
    })
}
