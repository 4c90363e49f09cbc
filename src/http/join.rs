//! `GET /join/{token}/`: joining a project by a link. Whoever has no session gets a slot first, as at `/writer/`, and
//! takes part under the visitor's name.

use axum::extract::State;
use axum::http::{HeaderMap, Method, StatusCode};
use axum::response::{AppendHeaders, IntoResponse as _, Redirect, Response};

use super::App;
use super::error::Failure;
use super::extract::{MaybeSession, Path};
use super::frame::Context;
use super::writer::{Visit, admit, visit};
use crate::domain::Error;
use crate::domain::sessions::Session;
use crate::ground::secret::Secret;

pub(super) async fn follow(
    State(app): State<App>,
    context: Context,
    MaybeSession(session): MaybeSession,
    Path(token): Path<String>,
    method: Method,
    headers: HeaderMap,
) -> Result<Response, Failure> {
    let link = Secret::decode(&token).ok_or(Error::LinkNotFound)?;
    app.sharing.require_link(&link, app.now()).await?;
    match visit(&method, &headers) {
        Visit::Person => {}
        Visit::Look | Visit::Prefetch | Visit::NotAPage => {
            return Ok(StatusCode::NO_CONTENT.into_response());
        }
    }
    if let Some(session) = session.clone().filter(|session| session.user().is_ok()) {
        return go(&app, session, &link).await;
    }
    let (secret, cookies) = match admit(&app, &context, session).await {
        Err(Error::NoPool) => {
            let next = format!("/auth/login/?next=/join/{token}/");
            return Ok(Redirect::to(&next).into_response());
        }
        admitted => admitted?,
    };
    let (digest, now) = (secret.digest(), app.now());
    let find = move |connection: &_| Session::find(connection, digest, now);
    let session = app.db.read(find).await?.ok_or(Error::SessionExpired)?;
    // Whoever has got a slot keeps it, also if the link was revoked a moment ago.
    let joined = go(&app, session, &link).await;
    let joined = joined.unwrap_or_else(Failure::into_response);
    Ok((AppendHeaders(cookies), joined).into_response())
}

async fn go(app: &App, session: Session, link: &Secret) -> Result<Response, Failure> {
    let user = session.user()?.username.clone();
    let project = app.sharing.join(session, link, app.now()).await?;
    tracing::info!(%project, user, "joined a project by a link");
    Ok(Redirect::to(&format!("/writer/project/{project}/")).into_response())
}
