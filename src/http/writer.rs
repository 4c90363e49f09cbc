//! The page: `GET /writer/` and `GET /writer/project/{id}/`. Whoever comes without an account gets a slot here.

use axum::extract::State;
use axum::http::{HeaderMap, Method, StatusCode};
use axum::response::{IntoResponse as _, Redirect, Response};

use super::error::Failure;
use super::extract::{MaybeSession, Path, keep_alive};
use super::frame::{Context, accepts_html};
use super::{App, cookies, pages};
use crate::domain::sessions::{Session, Who};
use crate::domain::{Error, projects};
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
        Visit::Person => admit(&app, &context, session).await,
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
        return match (lapsed.project == Some(id), visit(&method, &headers)) {
            (true, Visit::Person) => admit(&app, &context, Some(session)).await,
            _ => Err(Error::ProjectNotFound.into()),
        };
    }
    let project = app.db.read(move |connection| {
        storage::projects::find(connection, id)?.ok_or(Error::ProjectNotFound)
    });
    projects::role(&session, &project.await?)?;
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

/// Gives a slot; a visitor whose time was over gets the parked work back in it.
async fn admit(
    app: &App,
    context: &Context,
    session: Option<Session>,
) -> Result<Response, Failure> {
    // The secret of a session that exists is kept; any other cookie is replaced.
    let known = session.and(context.cookie.clone());
    let secret = known.unwrap_or_else(Secret::random);
    match app.pool.allocate(secret.digest(), app.now()).await {
        Ok(allocation) => {
            tracing::info!(slot = allocation.slot.username(), project = %allocation.project, "slot allocated");
            let cookies = cookies::set(&secret, context.secure);
            Ok((
                axum::response::AppendHeaders(cookies),
                pages::writer(context),
            )
                .into_response())
        }
        Err(Error::AlreadyMember) => Ok(pages::writer(context)),
        Err(Error::NoPool) => Ok(Redirect::to("/auth/login/?next=/writer/").into_response()),
        Err(error) => Err(error.into()),
    }
}

/// What kind of request a `GET /writer/` is.
enum Visit {
    /// Somebody opens the page.
    Person,
    /// `HEAD`: the head of the page, and nothing happens.
    Look,
    /// A browser guesses that the page may be wanted.
    Prefetch,
    /// Something that has no use for a page.
    NotAPage,
}

fn visit(method: &Method, headers: &HeaderMap) -> Visit {
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
