//! What handlers ask for: the session, and the access to the project of the path.

use std::ops::Deref;
use std::sync::Arc;

use axum::extract::{FromRequestParts, RawPathParams};
use axum::http::StatusCode;
use axum::http::request::Parts;
use serde::de::DeserializeOwned;

use super::App;
use super::error::Failure;
use super::frame::{Context, Peer};
use super::table::Needs;
use crate::domain::sessions::Session;
use crate::domain::{Error, access};
use crate::ground::clock::Timestamp;
use crate::ground::ids::{ProjectId, SectionId, UserId};
use crate::ground::role::Role;
use crate::ground::secret::Digest;

/// Row ids begin at 1.
const NO_PROJECT: ProjectId = ProjectId(0);

/// The session of the request, if it has one that has not ended.
pub(super) struct MaybeSession(pub Option<Session>);

/// The session of the request, which has one.
pub(super) struct CurrentSession(pub Session);

/// The query of the request.
pub(super) struct Query<T>(pub T);

/// The variable parts of the path.
pub(super) struct Path<T>(pub T);

/// A session with the role in the project of the path that the route asks for. There is no other way for a handler to a
/// project, and this is the one place where roles are checked.
pub(super) struct Access(Arc<access::Access>);

impl Deref for Access {
    type Target = access::Access;

    fn deref(&self) -> &access::Access {
        &self.0
    }
}

impl Access {
    /// The project of the path.
    pub fn project(&self) -> ProjectId {
        self.0.project.id
    }

    /// What it holds, for a socket that lasts longer than a request.
    pub fn into_inner(self) -> Arc<access::Access> {
        self.0
    }

    /// Whose it is.
    pub fn user(&self) -> Result<UserId, Failure> {
        Ok(self.0.session.user()?.id)
    }

    /// Refuses what would make a visitor's workspace too large, whoever writes; a member's project has no such limit.
    pub async fn require_space(&self, app: &App, more: usize) -> Result<(), Failure> {
        let owner = self.0.project.owner.as_ref();
        if owner.is_some_and(|owner| !owner.is_visitor) {
            return Ok(());
        }
        Ok(app.projects.require_space(self.project(), more).await?)
    }

    /// Tells the open pages of the project that a section was saved.
    pub fn tell_saved(&self, app: &App, id: &SectionId, version: u64) -> Result<(), Failure> {
        let user = self.user()?;
        app.presence
            .saved(self.project(), user, id, version, app.now());
        Ok(())
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
        check(parts.extensions.get(), &access)?;
        keep_alive(app, &access.session, now);
        Ok(Self(access))
    }
}

/// A route that does not say what it needs is the owner's.
fn check(needs: Option<&Needs>, access: &access::Access) -> Result<(), Error> {
    match needs {
        Some(Needs::Bin) if access.is_binned() => Ok(()),
        Some(Needs::Bin) => Err(Error::ProjectNotFound),
        _ if access.is_binned() => Err(Error::ProjectNotFound),
        Some(Needs::Role(role)) => access.require(*role),
        Some(Needs::Nothing | Needs::Session) | None => access.require(Role::Owner),
    }
}

impl FromRequestParts<App> for CurrentSession {
    type Rejection = Failure;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, Failure> {
        let MaybeSession(session) = MaybeSession::from_request_parts(parts, app).await?;
        let session = session.ok_or(Error::SessionExpired)?;
        session.user()?;
        Ok(Self(session))
    }
}

impl FromRequestParts<App> for Peer {
    type Rejection = Failure;

    async fn from_request_parts(parts: &mut Parts, _: &App) -> Result<Self, Failure> {
        // The server puts it there.
        let peer = parts.extensions.get::<Self>().cloned();
        peer.ok_or_else(Failure::not_found)
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
