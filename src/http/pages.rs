//! The pages that the server renders, from the templates in `web/pages`.

use askama::Template;
use axum::http::StatusCode;
use axum::response::{Html, IntoResponse, Response};

use super::assets::{ASSETS, Assets};
use super::error::Failure;
use super::frame::Context;

/// The desk; everything else in it is the script's.
#[derive(Template)]
#[template(path = "writer.html", config = "web/askama.toml")]
struct Writer<'a> {
    assets: &'a Assets,
    nonce: &'a str,
}

/// The log-in form.
#[derive(Template)]
#[template(path = "login.html", config = "web/askama.toml")]
pub(super) struct Login<'a> {
    pub assets: &'a Assets,
    pub csrf: &'a str,
    pub next: &'a str,
    pub username: &'a str,
    pub error: Option<&'a str>,
    /// The name of a visitor who has written something in this browser.
    pub bring: Option<&'a str>,
    pub notice: Option<&'a str>,
}

/// The sign-up form.
#[derive(Template)]
#[template(path = "signup.html", config = "web/askama.toml")]
pub(super) struct Signup<'a> {
    pub assets: &'a Assets,
    pub csrf: &'a str,
    pub next: &'a str,
    pub username: &'a str,
    pub error: Option<&'a str>,
    /// The field that the error is about, or nothing.
    pub field: &'a str,
    /// The name of a visitor whose work moves into the account.
    pub visitor: Option<&'a str>,
}

/// The question before logging out, for browsers without scripts.
#[derive(Template)]
#[template(path = "logout.html", config = "web/askama.toml")]
pub(super) struct Logout<'a> {
    pub assets: &'a Assets,
    pub csrf: &'a str,
    pub username: &'a str,
}

#[derive(Template)]
#[template(path = "pool_full.html", config = "web/askama.toml")]
struct PoolFull<'a> {
    assets: &'a Assets,
    total: u64,
    retry_after: u64,
}

#[derive(Template)]
#[template(path = "message.html", config = "web/askama.toml")]
struct Message<'a> {
    assets: &'a Assets,
    title: &'a str,
    text: &'a str,
    action_href: &'a str,
    action_label: &'a str,
    request_id: Option<&'a str>,
}

/// The page in which people write.
pub(super) fn writer(context: &Context) -> Response {
    let page = Writer {
        assets: &ASSETS,
        nonce: &context.nonce(),
    };
    html(&page)
}

/// A failure as a page that says what happened and what to do next.
pub(super) fn failure(failure: &Failure, context: &Context) -> Response {
    if failure.code == "pool_full" {
        return html(&PoolFull {
            assets: &ASSETS,
            total: failure
                .extra
                .get("total")
                .and_then(serde_json::Value::as_u64)
                .unwrap_or(0),
            retry_after: failure.retry_after.map_or(30, |wait| wait.as_secs().max(1)),
        });
    }
    let (title, action_href, action_label) = match failure.status {
        StatusCode::NOT_FOUND => ("Not found", "/writer/", "Open the writer"),
        StatusCode::UNAUTHORIZED => ("Please log in", "/auth/login/", "Log in"),
        StatusCode::FORBIDDEN => ("Not allowed", "/writer/", "Open the writer"),
        StatusCode::TOO_MANY_REQUESTS => ("Please wait a moment", "/writer/", "Open the writer"),
        status if status.is_server_error() => (
            "Something went wrong on the server",
            "/writer/",
            "Try again",
        ),
        _ => ("That did not work", "/writer/", "Open the writer"),
    };
    let request_id = failure
        .status
        .is_server_error()
        .then(|| context.request_id());
    html(&Message {
        assets: &ASSETS,
        title,
        text: &failure.sentence,
        action_href,
        action_label,
        request_id: request_id.as_deref(),
    })
}

/// Renders a template; one that cannot be rendered is a bug, and answered as such.
pub(super) fn html(page: &impl Template) -> Response {
    match page.render() {
        Ok(text) => Html(text).into_response(),
        Err(error) => Failure::new(
            StatusCode::INTERNAL_SERVER_ERROR,
            "internal",
            "The page could not be made.",
        )
        .because(error.to_string())
        .into_response(),
    }
}
