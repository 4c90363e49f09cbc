//! Links by which others may join a project: `GET POST DELETE …/links/`, `DELETE …/links/{link}/`.

use std::time::Duration;

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::error::Failure;
use super::extract::{Access, Path};
use super::{App, body};
use crate::domain::Error;
use crate::ground::clock::Timestamp;
use crate::ground::ids::LinkId;
use crate::ground::role::Role;
use crate::storage::links::Link;

/// Longest time for which a link can be made, in seconds; a link without an end is another matter.
const LONGEST: u64 = 366 * 24 * 60 * 60;

/// The links that let people in, oldest first.
#[derive(Serialize)]
pub(super) struct LinksAnswer {
    success: bool,
    links: Vec<LinkEntry>,
}

/// A link that was made a moment ago.
#[derive(Serialize)]
pub(super) struct LinkAnswer {
    success: bool,
    link: LinkEntry,
    /// Said once: the server keeps only a digest of it.
    path: String,
}

/// A link.
#[derive(Serialize)]
struct LinkEntry {
    id: LinkId,
    role: Role,
    created_at: String,
    /// `null`: until it is revoked.
    expires_at: Option<String>,
    /// How many have joined by it.
    uses: u32,
}

/// A link to be made.
#[derive(Deserialize)]
pub(super) struct NewLink {
    role: String,
    /// In seconds; without it the link lasts until it is revoked.
    expires_in: Option<u64>,
}

impl From<Link> for LinkEntry {
    fn from(link: Link) -> Self {
        Self {
            id: link.id,
            role: link.role,
            created_at: link.created_at.to_rfc3339(),
            expires_at: link.expires_at.map(Timestamp::to_rfc3339),
            uses: link.uses,
        }
    }
}

pub(super) async fn list(
    State(app): State<App>,
    access: Access,
) -> Result<Json<LinksAnswer>, Failure> {
    let links = app.sharing.links(access.project(), app.now()).await?;
    Ok(Json(LinksAnswer {
        success: true,
        links: links.into_iter().map(Into::into).collect(),
    }))
}

pub(super) async fn create(
    State(app): State<App>,
    access: Access,
    body::Json(new): body::Json<NewLink>,
) -> Result<(StatusCode, Json<LinkAnswer>), Failure> {
    let role = new.role.parse::<Role>().map_err(Error::from)?;
    if new
        .expires_in
        .is_some_and(|seconds| !(1..=LONGEST).contains(&seconds))
    {
        let sentence = "A link lasts from one second to 366 days, or until it is revoked.";
        return Err(
            Failure::new(StatusCode::BAD_REQUEST, "invalid_expiry", sentence).about("expires_in"),
        );
    }
    let lasts = new.expires_in.map(Duration::from_secs);
    let (link, secret) = app
        .sharing
        .create_link(access.project(), role, lasts, app.now())
        .await?;
    let answer = LinkAnswer {
        success: true,
        link: link.into(),
        path: format!("/join/{}/", secret.encode()),
    };
    Ok((StatusCode::CREATED, Json(answer)))
}

pub(super) async fn revoke(
    State(app): State<App>,
    access: Access,
    Path((_, link)): Path<(String, String)>,
) -> Result<Json<Value>, Failure> {
    let link = link.parse().map(LinkId).map_err(|_| Error::LinkNotFound)?;
    app.sharing.revoke(access.project(), Some(link)).await?;
    Ok(Json(json!({ "success": true })))
}

pub(super) async fn revoke_all(
    State(app): State<App>,
    access: Access,
) -> Result<Json<Value>, Failure> {
    app.sharing.revoke(access.project(), None).await?;
    Ok(Json(json!({ "success": true })))
}
