//! The two cookies: `sessionid` for the server alone, `csrftoken` for the page to read.

use axum::http::{HeaderMap, HeaderValue, header};
use cookie::{Cookie, SameSite};

use crate::domain::sessions;
use crate::ground::secret::Secret;

const SESSION: &str = "sessionid";
const CSRF: &str = "csrftoken";

/// The session's secret, if the browser sent one.
pub(super) fn session(headers: &HeaderMap) -> Option<Secret> {
    headers
        .get_all(header::COOKIE)
        .iter()
        .filter_map(|value| value.to_str().ok())
        .flat_map(Cookie::split_parse)
        .filter_map(Result::ok)
        .find(|cookie| cookie.name() == SESSION)
        .and_then(|cookie| Secret::decode(cookie.value()))
}

/// The token that proves that a request comes from a page of ours.
pub(super) fn csrf_token(session: &Secret) -> String {
    session.derive("csrf")
}

/// Two `Set-Cookie` headers.
pub(super) type Cookies = [(header::HeaderName, HeaderValue); 2];

/// The `Set-Cookie` headers of a new session.
pub(super) fn set(session: &Secret, secure: bool) -> Cookies {
    let age =
        cookie::time::Duration::try_from(sessions::LASTS).unwrap_or(cookie::time::Duration::DAY);
    let build = |name: &'static str, value: String, http_only: bool| {
        Cookie::build((name, value))
            .path("/")
            .same_site(SameSite::Lax)
            .secure(secure)
            .http_only(http_only)
            .max_age(age)
            .build()
    };
    [
        header_of(&build(SESSION, session.encode(), true)),
        header_of(&build(CSRF, csrf_token(session), false)),
    ]
}

/// The `Set-Cookie` headers that take both cookies away.
pub(super) fn clear() -> Cookies {
    [SESSION, CSRF].map(|name| {
        let mut cookie = Cookie::build((name, "")).path("/").build();
        cookie.make_removal();
        header_of(&cookie)
    })
}

fn header_of(cookie: &Cookie<'_>) -> (header::HeaderName, HeaderValue) {
    let value = HeaderValue::try_from(cookie.to_string()).unwrap_or(HeaderValue::from_static(""));
    (header::SET_COOKIE, value)
}
