//! The page: `GET /writer/` and `GET /writer/project/{id}/`. Whoever comes without an account gets a slot here.

use axum::extract::State;
use axum::http::{HeaderMap, Method, StatusCode};
use axum::response::{AppendHeaders, IntoResponse as _, Redirect, Response};

use super::cookies::Cookies;
use super::error::Failure;
use super::extract::{MaybeSession, Path, keep_alive};
use super::frame::{Context, accepts_html};
use super::{App, cookies, pages};
use crate::domain::Error;
use crate::domain::sessions::{Session, Who};
use crate::ground::ids::ProjectId;
use crate::ground::secret::Secret;
use crate::storage;

/// `GET /`
pub(super) async fn root() -> Redirect {
    Redirect::temporary("/writer/")
}

/// `GET /writer/`
pub(super) async fn open(
    State(app): State<App>,
    context: Context,
    MaybeSession(session): MaybeSession,
    method: Method,
    headers: HeaderMap,
) -> Result<Response, Failure> {
    if let Some(session) = &session
        && session.user().is_ok()
    {
        keep_alive(&app, session, app.now());
        return Ok(pages::writer(&context));
    }
    match visit(&method, &headers) {
        Visit::Look => Ok(pages::writer(&context)),
        Visit::Prefetch => Ok(StatusCode::NO_CONTENT.into_response()),
        Visit::NotAPage => Err(Failure::new(
            StatusCode::NOT_ACCEPTABLE,
            "not_acceptable",
            "This address is a page. Ask for text/html, and a workspace is yours.",
        )),
        Visit::Person => enter(&app, &context, session).await,
    }
}

/// `GET /writer/project/{id}/`
pub(super) async fn open_project(
    State(app): State<App>,
    context: Context,
    MaybeSession(session): MaybeSession,
    Path(id): Path<String>,
    method: Method,
    headers: HeaderMap,
) -> Result<Response, Failure> {
    let id = id
        .parse()
        .map(ProjectId)
        .map_err(|_| Error::ProjectNotFound)?;
    let session = session.ok_or(Error::ProjectNotFound)?;
    if let Who::Lapsed(lapsed) = &session.who {
        let theirs = lapsed.project == Some(id) || app.sharing.takes_part(id, session.id).await?;
        return match (theirs, visit(&method, &headers)) {
            (true, Visit::Person) => enter(&app, &context, Some(session)).await,
            _ => Err(Error::ProjectNotFound.into()),
        };
    }
    let access = app.gate.access(session.id, id, app.now()).await?;
    if access.is_binned() {
        return Err(Error::ProjectNotFound.into());
    }
    keep_alive(&app, &session, app.now());
    if let Who::Member(user) = &session.who {
        let user = user.id;
        // Remembered in the writer's next group; the page need not wait for it.
        drop(
            app.db
                .write(move |tx| Ok::<_, Error>(storage::users::set_last_project(tx, user, id)?)),
        );
    }
    Ok(pages::writer(&context))
}

/// The page, for somebody who needs a slot first.
async fn enter(
    app: &App,
    context: &Context,
    session: Option<Session>,
) -> Result<Response, Failure> {
    match admit(app, context, session).await {
        Ok((_, cookies)) => Ok((AppendHeaders(cookies), pages::writer(context)).into_response()),
        Err(Error::AlreadyMember) => Ok(pages::writer(context)),
        Err(Error::NoPool) => Ok(Redirect::to("/auth/login/?next=/writer/").into_response()),
        Err(error) => Err(error.into()),
    }
}

/// Gives a slot; a visitor whose time was over gets the parked work back in it. The session's secret, and its cookies.
pub(super) async fn admit(
    app: &App,
    context: &Context,
    session: Option<Session>,
) -> Result<(Secret, Cookies), Error> {
    // The secret of a session that exists is kept; any other cookie is replaced.
    let known = session.and(context.cookie.clone());
    let secret = known.unwrap_or_else(Secret::random);
    let allocation = app.pool.allocate(secret.digest(), app.now()).await?;
    tracing::info!(slot = allocation.slot.username(), project = %allocation.project, "slot allocated");
    let cookies = cookies::set(&secret, context.secure);
    Ok((secret, cookies))
}

/// What kind of request a `GET /writer/` is.
pub(super) enum Visit {
    /// Somebody opens the page.
    Person,
    /// `HEAD`: the head of the page, and nothing happens.
    Look,
    /// A browser guesses that the page may be wanted.
    Prefetch,
    /// Something that has no use for a page.
    NotAPage,
}

pub(super) fn visit(method: &Method, headers: &HeaderMap) -> Visit {
    let purpose = ["sec-purpose", "purpose", "x-moz"]
        .iter()
        .filter_map(|name| headers.get(*name)?.to_str().ok());
    if method == Method::HEAD {
        Visit::Look
    } else if purpose
        .into_iter()
        .any(|purpose| purpose.contains("prefetch") || purpose.contains("prerender"))
    {
        Visit::Prefetch
    } else if accepts_html(headers, true) {
        Visit::Person
    } else {
        Visit::NotAPage
    }
}
