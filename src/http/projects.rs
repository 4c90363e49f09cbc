//! The projects of a person: `GET POST /writer/api/projects/`.

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use serde::{Deserialize, Serialize};

use super::error::Failure;
use super::extract::CurrentSession;
use super::{App, body};
use crate::domain::Error;
use crate::domain::catalogue::KEPT;
use crate::ground::clock::Timestamp;
use crate::ground::ids::ProjectId;
use crate::ground::names::ProjectName;
use crate::ground::role::Role;
use crate::storage::projects::{Binned, Listed};

/// What can be opened, and what was thrown away.
#[derive(Serialize)]
pub(super) struct ProjectsAnswer {
    success: bool,
    projects: Vec<ProjectEntry>,
    bin: Vec<BinEntry>,
}

/// A project that can be opened.
#[derive(Serialize)]
pub(super) struct ProjectEntry {
    id: ProjectId,
    name: String,
    /// `null` while the project of a visitor is parked.
    owner: Option<String>,
    role: Role,
    /// Everybody who has a role, the owner included.
    people: u32,
    /// When it was first changed from the template; `null` if never.
    edited_at: Option<String>,
}

/// A project in the bin.
#[derive(Serialize)]
struct BinEntry {
    id: ProjectId,
    name: String,
    deleted_at: String,
    kept_until: String,
}

/// One project after a change.
#[derive(Serialize)]
pub(super) struct ProjectAnswer {
    success: bool,
    project: ProjectEntry,
}

/// A project to be made.
#[derive(Deserialize)]
pub(super) struct NewProject {
    name: String,
}

impl From<Listed> for ProjectEntry {
    fn from(listed: Listed) -> Self {
        let project = listed.project;
        Self {
            id: project.id,
            name: project.name,
            owner: project.owner.map(|owner| owner.username),
            role: listed.given.unwrap_or(Role::Owner),
            people: listed.people,
            edited_at: project.edited_at.map(Timestamp::to_rfc3339),
        }
    }
}

impl From<Binned> for BinEntry {
    fn from(binned: Binned) -> Self {
        Self {
            id: binned.id,
            name: binned.name,
            deleted_at: binned.binned_at.to_rfc3339(),
            kept_until: binned.binned_at.after(KEPT).to_rfc3339(),
        }
    }
}

impl From<Listed> for ProjectAnswer {
    fn from(listed: Listed) -> Self {
        Self {
            success: true,
            project: listed.into(),
        }
    }
}

pub(super) async fn list(
    State(app): State<App>,
    CurrentSession(session): CurrentSession,
) -> Result<Json<ProjectsAnswer>, Failure> {
    let shelves = app.catalogue.list(session).await?;
    Ok(Json(ProjectsAnswer {
        success: true,
        projects: shelves.projects.into_iter().map(Into::into).collect(),
        bin: shelves.bin.into_iter().map(Into::into).collect(),
    }))
}

pub(super) async fn create(
    State(app): State<App>,
    CurrentSession(session): CurrentSession,
    body::Json(new): body::Json<NewProject>,
) -> Result<(StatusCode, Json<ProjectAnswer>), Failure> {
    let name = new.name.parse::<ProjectName>().map_err(Error::from)?;
    let id = app.catalogue.create(&session, name, app.now()).await?;
    let listed = app.catalogue.entry(session, id).await?;
    Ok((StatusCode::CREATED, Json(listed.into())))
}
