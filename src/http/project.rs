//! One project: `PATCH DELETE …/project/{id}/`, `POST …/restore/`, `POST …/duplicate/`.

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use serde::{Deserialize, Serialize};

use super::error::Failure;
use super::extract::Access;
use super::projects::ProjectAnswer;
use super::{App, body};
use crate::domain::Error;
use crate::ground::ids::ProjectId;
use crate::ground::names::ProjectName;

/// Another name.
#[derive(Deserialize)]
pub(super) struct Rename {
    name: String,
}

/// What a copy shall be called.
#[derive(Deserialize)]
pub(super) struct Duplicate {
    name: Option<String>,
}

/// What becomes of a project in the bin.
#[derive(Serialize)]
pub(super) struct BinAnswer {
    success: bool,
    kept_until: String,
}

pub(super) async fn rename(
    State(app): State<App>,
    access: Access,
    body::Json(rename): body::Json<Rename>,
) -> Result<Json<ProjectAnswer>, Failure> {
    let name = rename.name.parse::<ProjectName>().map_err(Error::from)?;
    app.catalogue.rename(&access, name, app.now()).await?;
    entry(&app, &access, access.project()).await
}

pub(super) async fn throw_away(
    State(app): State<App>,
    access: Access,
) -> Result<Json<BinAnswer>, Failure> {
    let kept_until = app.catalogue.throw_away(&access, app.now()).await?;
    tracing::info!(project = %access.project(), by = access.author()?, "moved a project to the bin");
    Ok(Json(BinAnswer {
        success: true,
        kept_until: kept_until.to_rfc3339(),
    }))
}

pub(super) async fn take_back(
    State(app): State<App>,
    access: Access,
) -> Result<Json<ProjectAnswer>, Failure> {
    app.catalogue.take_back(&access, app.now()).await?;
    entry(&app, &access, access.project()).await
}

pub(super) async fn duplicate(
    State(app): State<App>,
    access: Access,
    body::Json(wanted): body::Json<Duplicate>,
) -> Result<(StatusCode, Json<ProjectAnswer>), Failure> {
    let name = wanted.name.map(|name| name.parse::<ProjectName>());
    let name = name.transpose().map_err(Error::from)?;
    let id = app.catalogue.duplicate(&access, name, app.now()).await?;
    Ok((StatusCode::CREATED, entry(&app, &access, id).await?))
}

async fn entry(app: &App, access: &Access, id: ProjectId) -> Result<Json<ProjectAnswer>, Failure> {
    let listed = app.catalogue.entry(access.session.clone(), id).await?;
    Ok(Json(listed.into()))
}
