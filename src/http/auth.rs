//! `/auth/signup/`, `/auth/login/`, `/auth/logout/`: forms that work without scripts, and the same as JSON.

use axum::extract::State;
use axum::response::{AppendHeaders, IntoResponse as _, Json, Redirect, Response};
use serde::Deserialize;
use serde_json::json;

use super::assets::ASSETS;
use super::body::Fields;
use super::error::Failure;
use super::extract::{MaybeSession, Query};
use super::frame::Context;
use super::pages::{Login, Logout, Signup, html};
use super::{App, cookies, origin};
use crate::domain::accounts::SignedIn;
use crate::domain::sessions::{Session, Who};
use crate::ground::secret::Secret;

/// Where to go afterwards.
#[derive(Deserialize)]
pub(super) struct Next {
    #[serde(default)]
    next: String,
}

pub(super) async fn signup_page(
    State(app): State<App>,
    context: Context,
    MaybeSession(session): MaybeSession,
    Query(Next { next }): Query<Next>,
) -> Result<Response, Failure> {
    let form = Form {
        next,
        ..Form::default()
    };
    show(&app, &context, session, Page::Signup, &form).await
}

pub(super) async fn login_page(
    State(app): State<App>,
    context: Context,
    MaybeSession(session): MaybeSession,
    Query(Next { next }): Query<Next>,
) -> Result<Response, Failure> {
    let form = Form {
        next,
        ..Form::default()
    };
    show(&app, &context, session, Page::Login, &form).await
}

pub(super) async fn signup(
    State(app): State<App>,
    context: Context,
    MaybeSession(session): MaybeSession,
    fields: Fields,
) -> Result<Response, Failure> {
    let attempt = async {
        check_form(&context, &fields)?;
        app.attempts.count_address(context.address)?;
        let (username, password) = credentials(&fields);
        Ok(app
            .accounts
            .sign_up(&username, password, session.clone(), app.now())
            .await?)
    };
    match attempt.await {
        Ok(signed_in) => {
            tracing::info!(username = signed_in.username, project = %signed_in.project, "signed up");
            Ok(arrive(&context, &fields, signed_in))
        }
        Err(failure) => refuse(&app, &context, session, Page::Signup, &fields, failure).await,
    }
}

pub(super) async fn login(
    State(app): State<App>,
    context: Context,
    MaybeSession(session): MaybeSession,
    fields: Fields,
) -> Result<Response, Failure> {
    let attempt = async {
        check_form(&context, &fields)?;
        let (username, password) = credentials(&fields);
        app.attempts.count_address(context.address)?;
        app.attempts.count_account(&username)?;
        // A form shows the offer as a ticked box; a script that says nothing has not declined it.
        let bring = match fields.get("bring") {
            Some(answer) => matches!(answer, "yes" | "true"),
            None => fields.json,
        };
        Ok(app
            .accounts
            .log_in(&username, password, session.clone(), bring, app.now())
            .await?)
    };
    match attempt.await {
        Ok(signed_in) => Ok(arrive(&context, &fields, signed_in)),
        Err(failure) => refuse(&app, &context, session, Page::Login, &fields, failure).await,
    }
}

pub(super) async fn logout_page(context: Context, MaybeSession(session): MaybeSession) -> Response {
    match (session.map(|session| session.who), &context.cookie) {
        (Some(Who::Member(user)), Some(cookie)) => html(&Logout {
            assets: &ASSETS,
            csrf: &cookies::csrf_token(cookie),
            username: &user.username,
        }),
        _ => Redirect::to("/auth/login/").into_response(),
    }
}

pub(super) async fn logout(
    State(app): State<App>,
    context: Context,
    MaybeSession(session): MaybeSession,
    fields: Fields,
) -> Result<Response, Failure> {
    check_form(&context, &fields)?;
    // A visitor has nothing to log out from, and would lose the way back to the work.
    if let Some(Session {
        id,
        who: Who::Member(user),
        ..
    }) = session
    {
        app.accounts.log_out(id, user.id).await?;
        let answer = Redirect::to("/auth/login/").into_response();
        return Ok((AppendHeaders(cookies::clear()), answer).into_response());
    }
    Ok(Redirect::to("/auth/login/").into_response())
}

/// What a form is filled in with.
#[derive(Default)]
struct Form {
    next: String,
    username: String,
    error: Option<String>,
    field: &'static str,
}

#[derive(Clone, Copy)]
enum Page {
    Signup,
    Login,
}

/// The token of a form; JSON has brought it in a header already.
fn check_form(context: &Context, fields: &Fields) -> Result<(), Failure> {
    if fields.json {
        return Ok(());
    }
    origin::check_token(
        context.cookie.as_ref(),
        fields.get("csrfmiddlewaretoken").unwrap_or_default(),
    )
}

fn credentials(fields: &Fields) -> (String, String) {
    let field = |name| fields.get(name).unwrap_or_default().to_owned();
    (field("username"), field("password"))
}

fn arrive(context: &Context, fields: &Fields, signed_in: SignedIn) -> Response {
    let cookies = AppendHeaders(cookies::set(&signed_in.session, context.secure));
    if !fields.json {
        let next = safe_next(fields.get("next").unwrap_or_default());
        return (cookies, Redirect::to(next)).into_response();
    }
    let answer = Json(json!({
        "success": true,
        "user_id": signed_in.user,
        "username": signed_in.username,
        "kind": "member",
        "project_id": signed_in.project,
        "project": signed_in.project_name,
        "csrf_token": cookies::csrf_token(&signed_in.session),
    }));
    (cookies, answer).into_response()
}

/// The form again with what was wrong, or the failure as JSON.
async fn refuse(
    app: &App,
    context: &Context,
    session: Option<Session>,
    page: Page,
    fields: &Fields,
    failure: Failure,
) -> Result<Response, Failure> {
    if fields.json || failure.status.is_server_error() {
        return Err(failure);
    }
    let form = Form {
        next: fields.get("next").unwrap_or_default().to_owned(),
        username: fields.get("username").unwrap_or_default().to_owned(),
        error: Some(failure.sentence.clone()),
        field: failure.field.unwrap_or_default(),
    };
    let mut response = show(app, context, session, page, &form).await?;
    *response.status_mut() = failure.status;
    if let Some(wait) = failure.retry_after {
        response.headers_mut().insert(
            axum::http::header::RETRY_AFTER,
            wait.as_secs().max(1).into(),
        );
    }
    Ok(response)
}

/// A form, with a session for its token to be bound to. Members have no use for it and go to the writer.
async fn show(
    app: &App,
    context: &Context,
    session: Option<Session>,
    page: Page,
    form: &Form,
) -> Result<Response, Failure> {
    if matches!(
        session,
        Some(Session {
            who: Who::Member(_),
            ..
        })
    ) && form.error.is_none()
    {
        return Ok(Redirect::to(safe_next(&form.next)).into_response());
    }
    let secret = context.cookie.clone().unwrap_or_else(Secret::random);
    let csrf = cookies::csrf_token(&secret);
    let name = match session.as_ref().map(|session| &session.who) {
        Some(Who::Visitor(visitor)) => Some(visitor.user.username.clone()),
        Some(Who::Lapsed(lapsed)) => lapsed.project.map(|_| "a visitor".to_owned()),
        _ => None,
    };
    let name = name.as_deref();
    let written = !app.accounts.is_untouched(session).await?;
    let response = match page {
        Page::Signup => html(&Signup {
            assets: &ASSETS,
            csrf: &csrf,
            next: safe_next(&form.next),
            username: &form.username,
            error: form.error.as_deref(),
            field: form.field,
            visitor: name,
        }),
        Page::Login => html(&Login {
            assets: &ASSETS,
            csrf: &csrf,
            next: safe_next(&form.next),
            username: &form.username,
            error: form.error.as_deref(),
            bring: name.filter(|_| written),
            notice: None,
        }),
    };
    Ok((
        AppendHeaders(cookies::set(&secret, context.secure)),
        response,
    )
        .into_response())
}

/// Only pages of this server: an address that a link from elsewhere could choose is none.
fn safe_next(next: &str) -> &str {
    let known = next.starts_with("/writer/") || next.starts_with("/join/");
    let ours = known && !next.contains(['\\', '\n', '\r']) && next.is_ascii();
    if ours { next } else { "/writer/" }
}

#[cfg(test)]
mod tests {
    use super::safe_next;

    #[test]
    fn nobody_is_sent_elsewhere() {
        assert_eq!(safe_next("/writer/project/7/"), "/writer/project/7/");
        for bad in [
            "",
            "//evil.example",
            "https://evil.example",
            "/\\evil.example",
            "/writer/\r\nx: y",
            "/auth/login/",
        ] {
            assert_eq!(safe_next(bad), "/writer/", "{bad:?}");
        }
    }
}
