//! `GET /writer/api/session/`: who the page belongs to.

use axum::Json;
use axum::extract::State;
use serde::{Deserialize, Serialize};

use super::error::Failure;
use super::extract::{MaybeSession, Query};
use super::frame::Context;
use super::{App, cookies};
use crate::domain::sessions::{Session, Who};
use crate::domain::{Error, projects};
use crate::ground::clock::Timestamp;
use crate::ground::ids::{ProjectId, UserId};
use crate::storage;
use crate::storage::projects::Project;

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
    project_id: ProjectId,
    project: String,
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
    let project = match wanted.project.map(ProjectId) {
        Some(id) => visible(&app, session.clone(), id).await?,
        None => current(&app, &session, now).await?,
    };
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
        project_id: project.id,
        project: project.name,
        csrf_token: cookies::csrf_token(&cookie),
        lease,
    }))
}

async fn visible(app: &App, session: Session, id: ProjectId) -> Result<Project, Error> {
    let find = move |connection: &_| {
        let project = storage::projects::find(connection, id)?.ok_or(Error::ProjectNotFound)?;
        projects::role(&session, &project)?;
        Ok(project)
    };
    app.db.read(find).await
}

async fn current(app: &App, session: &Session, now: Timestamp) -> Result<Project, Error> {
    match &session.who {
        Who::Member(user) => {
            app.accounts
                .project_to_open(user.id, user.username.clone(), now)
                .await
        }
        Who::Visitor(visitor) => visible(app, session.clone(), visitor.project).await,
        Who::Lapsed(_) => Err(Error::LeaseExpired),
    }
}
