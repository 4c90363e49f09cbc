//! Refuses requests that another site makes a browser send.

use axum::http::{HeaderMap, Method, StatusCode, Uri, header};

use super::cookies;
use super::error::Failure;
use crate::ground::secret::{Secret, same_token};

/// Checks a request with an unsafe method: no foreign `Origin`, and `X-CSRFToken` of this session. A form of `/auth/`
/// brings its token in a field instead, which [`check_token`] is called with once the form is read.
pub(super) fn check(
    method: &Method,
    path: &str,
    headers: &HeaderMap,
    session: Option<&Secret>,
) -> Result<(), Failure> {
    if method.is_safe() {
        return Ok(());
    }
    refuse_foreign(headers)?;
    if path.starts_with("/auth/") && is_form(headers) {
        return Ok(());
    }
    let token = headers
        .get("x-csrftoken")
        .and_then(|token| token.to_str().ok());
    check_token(session, token.unwrap_or_default())
}

/// Refuses what a page of another site has sent. Browsers let any page open a WebSocket to anywhere, so those need it
/// although they are a `GET`.
pub(super) fn refuse_foreign(headers: &HeaderMap) -> Result<(), Failure> {
    if !is_foreign(headers) {
        return Ok(());
    }
    let sentence = "This request came from another web site, so it was refused.";
    Err(Failure::new(
        StatusCode::FORBIDDEN,
        "foreign_origin",
        sentence,
    ))
}

/// Checks the token of an unsafe request.
pub(super) fn check_token(session: Option<&Secret>, token: &str) -> Result<(), Failure> {
    match session {
        Some(session) if same_token(&cookies::csrf_token(session), token) => Ok(()),
        _ => {
            let sentence = "This page has become stale. Please reload it and try again.";
            Err(Failure::new(StatusCode::FORBIDDEN, "csrf_failed", sentence))
        }
    }
}

/// True for the content type of an HTML form.
pub(super) fn is_form(headers: &HeaderMap) -> bool {
    headers.get(header::CONTENT_TYPE).is_some_and(|kind| {
        kind.as_bytes()
            .starts_with(b"application/x-www-form-urlencoded")
    })
}

/// A browser says where a request comes from; a script says nothing, and has no cookies it did not ask for.
fn is_foreign(headers: &HeaderMap) -> bool {
    if headers
        .get("sec-fetch-site")
        .is_some_and(|site| site == "cross-site")
    {
        return true;
    }
    let Some(origin) = headers.get(header::ORIGIN) else {
        return false;
    };
    let host = headers
        .get(header::HOST)
        .map(axum::http::HeaderValue::as_bytes);
    let origin = origin
        .to_str()
        .ok()
        .and_then(|origin| origin.parse::<Uri>().ok());
    let authority = origin
        .as_ref()
        .and_then(Uri::authority)
        .map(|authority| authority.as_str().as_bytes());
    authority.is_none() || authority != host
}

#[cfg(test)]
mod tests {
    use super::*;

    fn foreign(pairs: &[(&'static str, &'static str)]) -> bool {
        let mut headers = HeaderMap::new();
        for (name, value) in pairs {
            headers.insert(*name, value.parse().unwrap());
        }
        is_foreign(&headers)
    }

    #[test]
    fn only_our_own_origin_may_write() {
        assert!(!foreign(&[("host", "lab:8000")]));
        assert!(!foreign(&[
            ("host", "lab:8000"),
            ("origin", "http://lab:8000")
        ]));
        assert!(!foreign(&[
            ("host", "lab.example"),
            ("origin", "https://lab.example")
        ]));
        assert!(foreign(&[
            ("host", "lab:8000"),
            ("origin", "http://lab:9000")
        ]));
        assert!(foreign(&[
            ("host", "lab:8000"),
            ("origin", "http://evil.example")
        ]));
        assert!(foreign(&[("host", "lab:8000"), ("origin", "null")]));
        assert!(foreign(&[
            ("host", "lab:8000"),
            ("sec-fetch-site", "cross-site")
        ]));
    }
}
