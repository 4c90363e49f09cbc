//! The history of a section: `GET …/history/`, `GET …/history/{version}/`, `POST …/history/{version}/restore/`.

use axum::Json;
use axum::extract::State;
use serde::{Deserialize, Serialize};

use super::error::Failure;
use super::extract::{Access, Path, Query};
use super::{App, body};
use crate::domain::Error;
use crate::ground::ids::SectionId;
use crate::storage::texts::HistoryRow;

/// Which section, and below which version.
#[derive(Deserialize)]
pub(super) struct Wanted {
    section: String,
    before: Option<u64>,
}

/// The newest versions, newest first; 200 at a time.
#[derive(Serialize)]
pub(super) struct HistoryAnswer {
    success: bool,
    versions: Vec<VersionEntry>,
}

/// One version.
#[derive(Serialize)]
struct VersionEntry {
    version: u64,
    at: String,
    /// A username; `disk` for another program, `template` for the text a project begins with.
    by: String,
    /// UTF-16 units inserted.
    added: u32,
    /// UTF-16 units deleted.
    removed: u32,
}

/// A section as it was, or as it is after a restore.
#[derive(Serialize)]
pub(super) struct VersionAnswer {
    success: bool,
    section: String,
    version: u64,
    content: String,
}

/// The body of a restore.
#[derive(Deserialize)]
pub(super) struct Restore {
    section: String,
}

impl From<HistoryRow> for VersionEntry {
    fn from(row: HistoryRow) -> Self {
        Self {
            version: row.version,
            at: row.at.to_rfc3339(),
            by: row.author,
            added: row.added,
            removed: row.removed,
        }
    }
}

pub(super) async fn list(
    State(app): State<App>,
    access: Access,
    Query(wanted): Query<Wanted>,
) -> Result<Json<HistoryAnswer>, Failure> {
    let id: SectionId = wanted.section.parse().map_err(Error::from)?;
    let before = wanted.before.unwrap_or(u64::MAX);
    let rows = app.sections.history(access.project(), &id, before).await?;
    Ok(Json(HistoryAnswer {
        success: true,
        versions: rows.into_iter().map(VersionEntry::from).collect(),
    }))
}

pub(super) async fn read(
    State(app): State<App>,
    access: Access,
    Path((_, version)): Path<(String, String)>,
    Query(wanted): Query<Wanted>,
) -> Result<Json<VersionAnswer>, Failure> {
    let id: SectionId = wanted.section.parse().map_err(Error::from)?;
    let version = version.parse().map_err(|_| Error::VersionNotFound)?;
    let content = app
        .sections
        .at_version(access.project(), &id, version)
        .await?;
    Ok(Json(VersionAnswer {
        success: true,
        section: id.to_string(),
        version,
        content,
    }))
}

pub(super) async fn restore(
    State(app): State<App>,
    access: Access,
    Path((_, version)): Path<(String, String)>,
    body::Json(restore): body::Json<Restore>,
) -> Result<Json<VersionAnswer>, Failure> {
    let id: SectionId = restore.section.parse().map_err(Error::from)?;
    let version = version.parse().map_err(|_| Error::VersionNotFound)?;
    let saved = app
        .sections
        .restore(access.project(), &id, version, access.author()?, app.now())
        .await?;
    access.tell_saved(&app, &id, saved.text.version)?;
    Ok(Json(VersionAnswer {
        success: true,
        section: id.to_string(),
        version: saved.text.version,
        content: saved.text.content.to_string(),
    }))
}
