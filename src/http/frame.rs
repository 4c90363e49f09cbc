//! The outermost layer: what is known of every request before it is routed, and what every answer carries.

use std::net::IpAddr;

use axum::body::Body;
use axum::extract::{Request, State};
use axum::http::{HeaderMap, HeaderName, HeaderValue, StatusCode, header};
use axum::middleware::Next;
use axum::response::{IntoResponse as _, Response};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;

use super::error::Failure;
use super::{App, cookies, origin, pages};
use crate::ground::secret::Secret;

/// Set by the server for every connection.
#[derive(Clone, Copy, Debug)]
pub(super) struct Peer(pub IpAddr);

/// What is known of a request from its head.
#[derive(Clone, Debug)]
pub(super) struct Context {
    /// In the answer's `X-Request-Id`, in error answers and in the log.
    pub request_id: String,
    /// The client's address.
    pub address: IpAddr,
    /// True if the client came over HTTPS.
    pub secure: bool,
    /// The session cookie.
    pub cookie: Option<Secret>,
    /// For the styles of the page, if the answer is one.
    pub nonce: String,
}

/// Wraps every handler.
pub(super) async fn around(State(app): State<App>, mut request: Request, next: Next) -> Response {
    let headers = request.headers();
    let peer = request
        .extensions()
        .get::<Peer>()
        .map_or(IpAddr::from([0, 0, 0, 0]), |peer| peer.0);
    let random: [u8; 24] = rand::random();
    let context = Context {
        request_id: URL_SAFE_NO_PAD.encode(&random[..6]),
        address: app.proxies.client(peer, headers),
        secure: app.proxies.is_https(peer, headers),
        cookie: cookies::session(headers),
        nonce: URL_SAFE_NO_PAD.encode(&random[6..]),
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
            run_to_the_end(request, next).await
        }
        Err(failure) => failure.into_response(),
    };
    if let Some(failure) = response.extensions_mut().remove::<Failure>() {
        log(
            &failure,
            &format!("{method} {}", uri.path()),
            &context.request_id,
        );
        let cookies: Vec<_> = response
            .headers()
            .get_all(header::SET_COOKIE)
            .iter()
            .cloned()
            .collect();
        response = render(&failure, wants_page, &context);
        for cookie in cookies {
            response.headers_mut().append(header::SET_COOKIE, cookie);
        }
    }
    add_headers(response.headers_mut(), &context);
    response
}

/// What changes something is finished even if the client goes away in the middle. Plain reads may be dropped.
async fn run_to_the_end(request: Request, next: Next) -> Response {
    let path = request.uri().path();
    let changes = !request.method().is_safe()
        || !path.starts_with("/writer/api/") && !path.starts_with("/assets/");
    if !changes {
        return next.run(request).await;
    }
    match tokio::spawn(next.run(request)).await {
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
        let body = failure.to_json(&context.request_id).to_string();
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
    let policy = format!(
        "default-src 'self'; style-src 'self' 'nonce-{}'; img-src 'self' data:; connect-src 'self'; \
         object-src 'none'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'",
        context.nonce
    );
    for (name, value) in [
        (header::CONTENT_SECURITY_POLICY, policy),
        (
            HeaderName::from_static("x-request-id"),
            context.request_id.clone(),
        ),
    ] {
        if let Ok(value) = HeaderValue::try_from(value) {
            headers.insert(name, value);
        }
    }
}
