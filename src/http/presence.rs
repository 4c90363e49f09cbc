//! Presence for pages and scripts that poll: `POST …/presence/update/`, `GET …/presence/list/`.

use axum::body::Bytes;
use axum::extract::State;
use axum::http::{HeaderName, HeaderValue, header};
use serde::{Deserialize, Serialize};

use super::error::Failure;
use super::extract::Access;
use super::{App, body};
use crate::domain::Error;
use crate::domain::presence::{PersonView, Place, State as Doing, Who};
use crate::ground::ids::{ProjectId, SectionId};
use crate::ground::role::Role;

/// An answer that is made already.
type Encoded = ([(HeaderName, HeaderValue); 1], Bytes);

/// Where somebody is.
#[derive(Deserialize)]
pub(super) struct Update {
    /// `null` or nothing: in no section.
    section: Option<String>,
    state: Option<Doing>,
}

/// Those seen in the last two minutes, by name.
#[derive(Serialize)]
struct ListAnswer<'a> {
    success: bool,
    users: &'a [PersonView],
}

pub(super) async fn update(
    State(app): State<App>,
    access: Access,
    body::Json(update): body::Json<Update>,
) -> Result<Encoded, Failure> {
    let doing = update.state.unwrap_or(Doing::Viewing);
    let place = place(&app, access.project(), access.role, update.section, doing).await?;
    let user = access.session.user()?;
    let who = Who {
        user: user.id,
        username: &user.username,
    };
    app.presence.update(access.project(), who, place, app.now());
    Ok(encoded(Bytes::from_static(br#"{"success":true}"#)))
}

pub(super) async fn list(State(app): State<App>, access: Access) -> Encoded {
    let encode = |users: &[PersonView]| {
        let answer = ListAnswer {
            success: true,
            users,
        };
        serde_json::to_vec(&answer).unwrap_or_default().into()
    };
    encoded(app.presence.list(access.project(), app.now(), encode))
}

/// Checks what somebody says about where they are. Who may not write is not editing.
pub(super) async fn place(
    app: &App,
    project: ProjectId,
    role: Role,
    section: Option<String>,
    state: Doing,
) -> Result<Place, Error> {
    let state = match state {
        Doing::Editing if role < Role::Editor => Doing::Viewing,
        state => state,
    };
    let Some(section) = section.filter(|section| !section.is_empty()) else {
        return Ok(Place {
            section: None,
            state,
        });
    };
    if !app.presence.knows_section(project, &section) {
        let id = section.parse::<SectionId>()?;
        app.sections.require(project, &id).await?;
        app.presence.remember_section(project, &section);
    }
    Ok(Place {
        section: Some(section.into()),
        state,
    })
}

fn encoded(answer: Bytes) -> Encoded {
    let kind = HeaderValue::from_static("application/json");
    ([(header::CONTENT_TYPE, kind)], answer)
}
