//! What handlers ask for: the session, and the access to the project of the path.

use std::sync::Arc;

use axum::extract::{FromRequestParts, RawPathParams};
use axum::http::StatusCode;
use axum::http::request::Parts;
use serde::de::DeserializeOwned;

use super::App;
use super::error::Failure;
use super::frame::Context;
use crate::domain::sessions::Session;
use crate::domain::{Error, access};
use crate::ground::clock::Timestamp;
use crate::ground::ids::ProjectId;
use crate::ground::secret::Digest;

/// Row ids begin at 1.
const NO_PROJECT: ProjectId = ProjectId(0);

/// The session of the request, if it has one that has not ended.
pub(super) struct MaybeSession(pub Option<Session>);

/// The query of the request.
pub(super) struct Query<T>(pub T);

/// The variable parts of the path.
pub(super) struct Path<T>(pub T);

/// A session with a role in the project that the path names. There is no other way for a handler to a project's text.
pub(super) struct Access(Arc<access::Access>);

impl Access {
    /// The project of the path.
    pub fn project(&self) -> ProjectId {
        self.0.project.id
    }

    /// Refuses what would make a visitor's workspace too large; a member has no such limit.
    pub async fn require_space(&self, app: &App, more: usize) -> Result<(), Failure> {
        match self.0.session.lease() {
            Some(_) => Ok(app.projects.require_space(self.project(), more).await?),
            None => Ok(()),
        }
    }

    /// The name that goes into the history.
    pub fn author(&self) -> Result<&str, Failure> {
        Ok(&self.0.session.user()?.username)
    }
}

impl FromRequestParts<App> for Context {
    type Rejection = Failure;

    async fn from_request_parts(parts: &mut Parts, _: &App) -> Result<Self, Failure> {
        // The outermost layer puts it there.
        parts
            .extensions
            .get::<Self>()
            .cloned()
            .ok_or_else(Failure::not_found)
    }
}

impl<T: DeserializeOwned> FromRequestParts<App> for Query<T> {
    type Rejection = Failure;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, Failure> {
        let query = axum::extract::Query::from_request_parts(parts, app).await;
        query.map(|query| Self(query.0)).map_err(|error| {
            let sentence = format!("The part of the address after ? is not understood: {error}.");
            Failure::new(StatusCode::BAD_REQUEST, "invalid_query", sentence)
        })
    }
}

impl<T: DeserializeOwned + Send> FromRequestParts<App> for Path<T> {
    type Rejection = Failure;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, Failure> {
        let path = axum::extract::Path::from_request_parts(parts, app).await;
        path.map(|path| Self(path.0))
            .map_err(|_| Failure::not_found())
    }
}

impl FromRequestParts<App> for MaybeSession {
    type Rejection = Failure;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, Failure> {
        let Some(id) = cookie_digest(parts) else {
            return Ok(Self(None));
        };
        let now = app.now();
        let session = app
            .db
            .read(move |connection| Session::find(connection, id, now))
            .await?;
        Ok(Self(session))
    }
}

impl FromRequestParts<App> for Access {
    type Rejection = Failure;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, Failure> {
        let params = RawPathParams::from_request_parts(parts, app).await;
        let id = params.ok().and_then(|params| {
            let id = params.iter().find(|(name, _)| *name == "id")?.1;
            id.parse().ok().map(ProjectId)
        });
        let cookie = cookie_digest(parts).ok_or(Error::SessionExpired)?;
        let now = app.now();
        let id = id.unwrap_or(NO_PROJECT);
        let access = app.gate.access(cookie, id, now).await?;
        keep_alive(app, &access.session, now);
        Ok(Self(access))
    }
}

fn cookie_digest(parts: &Parts) -> Option<Digest> {
    let context = parts.extensions.get::<Context>()?;
    context
        .cookie
        .as_ref()
        .map(crate::ground::secret::Secret::digest)
}

/// Prolongs lease and session in the writer's next group, without waiting for it.
pub(super) fn keep_alive(app: &App, session: &Session, now: Timestamp) {
    if session.wants_renewal(now) {
        let (session, lease) = (session.clone(), app.pool.lease());
        drop(app.db.write(move |tx| session.renew(tx, lease, now)));
    }
}
