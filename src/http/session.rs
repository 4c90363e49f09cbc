//! `GET /writer/api/session/`: who the page belongs to.

use axum::Json;
use axum::extract::State;
use serde::{Deserialize, Serialize};

use super::error::Failure;
use super::extract::{MaybeSession, Query};
use super::frame::Context;
use super::{App, cookies};
use crate::domain::Error;
use crate::domain::access::Access;
use crate::domain::presence::avatar_color;
use crate::domain::sessions::{Session, Who};
use crate::ground::clock::Timestamp;
use crate::ground::ids::{ProjectId, UserId};
use crate::ground::role::Role;

/// The query of the request.
#[derive(Deserialize)]
pub(super) struct Wanted {
    /// The project of the page, if the page's address names one.
    project: Option<i64>,
}

/// The answer.
#[derive(Serialize)]
pub(super) struct SessionAnswer {
    success: bool,
    user_id: UserId,
    username: String,
    /// `visitor` or `member`
    kind: &'static str,
    avatar_color: &'static str,
    project_id: ProjectId,
    project: String,
    /// Whose project it is; `null` while it is parked.
    owner: Option<String>,
    role: Role,
    csrf_token: String,
    /// `null` for members.
    lease: Option<LeaseAnswer>,
}

/// How long a visitor's workspace is kept.
#[derive(Serialize)]
struct LeaseAnswer {
    slot: String,
    expires_at: String,
    seconds_left: u64,
}

pub(super) async fn get(
    State(app): State<App>,
    context: Context,
    MaybeSession(session): MaybeSession,
    Query(wanted): Query<Wanted>,
) -> Result<Json<SessionAnswer>, Failure> {
    let (session, cookie) = session.zip(context.cookie).ok_or(Error::SessionExpired)?;
    let now = app.now();
    let user = session.user()?.clone();
    let id = match wanted.project.map(ProjectId) {
        Some(id) => id,
        None => current(&app, &session, now).await?,
    };
    let Access { project, role, .. } = visible(&app, session.clone(), id).await?;
    let lease = session.lease().map(|lease| LeaseAnswer {
        slot: lease.slot.username(),
        expires_at: lease.expires_at.to_rfc3339(),
        seconds_left: lease.expires_at.since(now).as_secs(),
    });
    Ok(Json(SessionAnswer {
        success: true,
        user_id: user.id,
        username: user.username,
        kind: if lease.is_some() { "visitor" } else { "member" },
        avatar_color: avatar_color(user.id),
        project_id: project.id,
        project: project.name,
        owner: project.owner.map(|owner| owner.username),
        role,
        csrf_token: cookies::csrf_token(&cookie),
        lease,
    }))
}

async fn visible(app: &App, session: Session, id: ProjectId) -> Result<Access, Error> {
    let find = move |connection: &_| match Access::find(connection, session, id) {
        Ok(access) if access.is_binned() => Err(Error::ProjectNotFound),
        access => access,
    };
    app.db.read(find).await
}

/// The project that `/writer/` opens.
async fn current(app: &App, session: &Session, now: Timestamp) -> Result<ProjectId, Error> {
    match &session.who {
        Who::Member(user) => {
            let name = user.username.clone();
            let project = app.accounts.project_to_open(user.id, name, now).await?;
            Ok(project.id)
        }
        Who::Visitor(visitor) => Ok(visitor.project),
        Who::Lapsed(_) => Err(Error::LeaseExpired),
    }
}
