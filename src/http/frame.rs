//! Around every handler: what is known of every request before it is routed, and what every answer carries.

use std::net::IpAddr;
use std::panic::AssertUnwindSafe;
use std::sync::Arc;

use axum::Router;
use axum::body::Body;
use axum::extract::Request;
use axum::http::{HeaderMap, HeaderName, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse as _, Response};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use futures_util::FutureExt as _;
use tokio::sync::OwnedSemaphorePermit;
use tower::ServiceExt as _;

use super::error::Failure;
use super::{App, cookies, origin, pages, routes};
use crate::ground::secret::Secret;

/// Set by the server for every connection.
#[derive(Clone, Debug)]
pub(super) struct Peer {
    /// Its network address.
    pub address: IpAddr,
    #[expect(
        dead_code,
        reason = "to hold it is to be one of the connections that are served; a socket holds it too"
    )]
    pub place: Arc<OwnedSemaphorePermit>,
}

/// What is known of a request from its head. Every request has one, so it is made without allocating.
#[derive(Clone, Debug)]
pub(super) struct Context {
    random: [u8; 24],
    /// The client's address.
    pub address: IpAddr,
    /// True if the client came over HTTPS.
    pub secure: bool,
    /// The session cookie.
    pub cookie: Option<Secret>,
}

impl Context {
    /// In the answer's `X-Request-Id`, in error answers and in the log.
    pub fn request_id(&self) -> String {
        URL_SAFE_NO_PAD.encode(&self.random[..6])
    }

    /// For the styles of the page, if the answer is one.
    pub fn nonce(&self) -> String {
        URL_SAFE_NO_PAD.encode(&self.random[6..])
    }
}

/// Of a page, which says by a header of its own which inline styles are its.
const PAGE_POLICY: &str = "default-src 'self'; img-src 'self' data:; connect-src 'self'; object-src 'none'; \
                           base-uri 'none'; form-action 'self'; frame-ancestors 'none'";
/// Of everything else: what is no page loads nothing.
const POLICY: &str = "default-src 'self'; object-src 'none'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'";

/// Everything the server answers. Cheap to clone.
#[derive(Clone)]
pub struct Site {
    app: App,
    router: Router,
}

impl Site {
    /// Of a server.
    #[must_use]
    pub fn new(app: App) -> Self {
        Self {
            router: routes::router(app.clone()),
            app,
        }
    }

    /// Answers a request.
    pub(super) async fn answer(&self, request: Request) -> Response {
        around(&self.app, &self.router, request).await
    }
}

/// Wraps every handler.
async fn around(app: &App, router: &Router, mut request: Request) -> Response {
    let headers = request.headers();
    let peer = request
        .extensions()
        .get::<Peer>()
        .map_or(IpAddr::from([0, 0, 0, 0]), |peer| peer.address);
    let context = Context {
        random: rand::random(),
        address: app.proxies.client(peer, headers),
        secure: app.proxies.is_https(peer, headers),
        cookie: cookies::session(headers),
    };
    let wants_page =
        !request.uri().path().starts_with("/writer/api/") && accepts_html(headers, false);
    let (method, uri) = (request.method().clone(), request.uri().clone());
    let checked = origin::check(
        request.method(),
        request.uri().path(),
        headers,
        context.cookie.as_ref(),
    );
    let mut response = match checked {
        Ok(()) => {
            request.extensions_mut().insert(context.clone());
            run_to_the_end(router, request).await
        }
        Err(failure) => failure.into_response(),
    };
    if let Some(failure) = response.extensions_mut().remove::<Failure>() {
        log(
            &failure,
            &format!("{method} {}", without_secrets(uri.path())),
            &context.request_id(),
        );
        let kept = [header::SET_COOKIE, header::ALLOW].map(|name| {
            let values = response.headers().get_all(&name).iter();
            (name, values.cloned().collect::<Vec<_>>())
        });
        response = render(&failure, wants_page, &context);
        for (name, values) in kept {
            for value in values {
                response.headers_mut().append(&name, value);
            }
        }
    }
    add_headers(response.headers_mut(), &context);
    response
}

/// What changes something is finished even if the client goes away in the middle. Plain reads may be dropped.
async fn run_to_the_end(router: &Router, request: Request) -> Response {
    let path = request.uri().path();
    // Who is where is kept in memory: there is nothing in it to be cut in the middle of.
    let changes = !request.method().is_safe() && !path.ends_with("/presence/update/")
        || !path.starts_with("/writer/api/") && !path.starts_with("/assets/");
    let handled = handle(router.clone(), request);
    if !changes {
        return handled.await;
    }
    match tokio::spawn(handled).await {
        Ok(response) => response,
        Err(_) => Failure::new(
            StatusCode::INTERNAL_SERVER_ERROR,
            "internal",
            "The server made a mistake.",
        )
        .because("the request's task ended early")
        .into_response(),
    }
}

/// A handler that panics is a bug, but not the end of the connection.
async fn handle(router: Router, request: Request) -> Response {
    match AssertUnwindSafe(router.oneshot(request))
        .catch_unwind()
        .await
    {
        Ok(Ok(response)) => response,
        Err(panic) => panicked(panic),
    }
}

fn panicked(panic: Box<dyn std::any::Any + Send>) -> Response {
    let cause = panic.downcast_ref::<String>().cloned();
    let cause = cause.or_else(|| {
        panic
            .downcast_ref::<&str>()
            .map(|cause| (*cause).to_owned())
    });
    Failure::new(
        StatusCode::INTERNAL_SERVER_ERROR,
        "internal",
        "The server made a mistake. What was saved before is safe; please try again.",
    )
    .because(cause.unwrap_or_else(|| "panic".to_owned()))
    .into_response()
}

/// True if the answer may be HTML. A browser says so; `curl` says `*/*`, which counts where `any` is good enough.
pub(super) fn accepts_html(headers: &HeaderMap, any: bool) -> bool {
    let mut accepts = headers
        .get_all(header::ACCEPT)
        .iter()
        .filter_map(|value| value.to_str().ok())
        .peekable();
    if accepts.peek().is_none() {
        return any;
    }
    accepts.flat_map(|value| value.split(',')).any(|kind| {
        let kind = kind.split(';').next().unwrap_or_default().trim();
        matches!(kind, "text/html" | "application/xhtml+xml")
            || any && matches!(kind, "*/*" | "text/*")
    })
}

/// A link to join a project is as good as a password.
fn without_secrets(path: &str) -> &str {
    if path.starts_with("/join/") {
        "/join/…/"
    } else {
        path
    }
}

fn log(failure: &Failure, request: &str, id: &str) {
    if failure.status.is_server_error() && failure.cause.is_some() {
        let cause = failure.cause.as_deref().unwrap_or_default();
        tracing::error!(id, request, code = failure.code, cause, "request failed");
    } else {
        tracing::debug!(
            id,
            request,
            code = failure.code,
            status = failure.status.as_u16(),
            "request refused"
        );
    }
}

fn render(failure: &Failure, wants_page: bool, context: &Context) -> Response {
    let mut response = if wants_page {
        (failure.status, pages::failure(failure, context)).into_response()
    } else {
        let body = failure.to_json(&context.request_id()).to_string();
        let kind = HeaderValue::from_static("application/json");
        (
            failure.status,
            [(header::CONTENT_TYPE, kind)],
            Body::from(body),
        )
            .into_response()
    };
    if let Some(wait) = failure.retry_after {
        let seconds = wait.as_secs() + u64::from(wait.subsec_nanos() > 0);
        response
            .headers_mut()
            .insert(header::RETRY_AFTER, seconds.max(1).into());
    }
    response
}

fn add_headers(headers: &mut HeaderMap, context: &Context) {
    headers.reserve(6);
    let fixed = [
        (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
        (header::REFERRER_POLICY, "same-origin"),
    ];
    for (name, value) in fixed {
        headers.insert(name, HeaderValue::from_static(value));
    }
    // Over plain HTTP browsers ignore it, and complain about it in the console.
    if context.secure {
        let name = HeaderName::from_static("cross-origin-opener-policy");
        headers.insert(name, HeaderValue::from_static("same-origin"));
    }
    if !headers.contains_key(header::CACHE_CONTROL) {
        headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    }
    let is_page = headers
        .get(header::CONTENT_TYPE)
        .is_some_and(|kind| kind.as_bytes().starts_with(b"text/html"));
    let policy = if is_page {
        let styles = format!(
            "{PAGE_POLICY}; style-src 'self' 'nonce-{}'",
            context.nonce()
        );
        HeaderValue::try_from(styles).unwrap_or(HeaderValue::from_static(PAGE_POLICY))
    } else {
        HeaderValue::from_static(POLICY)
    };
    headers.insert(header::CONTENT_SECURITY_POLICY, policy);
    if let Ok(id) = HeaderValue::try_from(context.request_id()) {
        headers.insert(HeaderName::from_static("x-request-id"), id);
    }
}
