//! Request bodies: JSON and forms, read within limits of size and time.

use std::collections::BTreeMap;
use std::time::Duration;

use axum::body::{Body, Bytes};
use axum::extract::{FromRequest, Request};
use axum::http::{HeaderMap, StatusCode, header};
use bytes::BytesMut;
use http_body_util::{BodyExt as _, LengthLimitError, Limited};
use hyper::body::Body as _;
use serde::Deserialize;
use serde::de::DeserializeOwned;

use super::App;
use super::error::Failure;

/// Largest JSON body, in bytes: a text of 2 MiB may be written with escapes.
const MAX_JSON: usize = 8 * 1024 * 1024;
/// Largest form, in bytes.
const MAX_FORM: usize = 16 * 1024;
/// A body of so many bytes or fewer is read in one go.
const SHORT: u64 = 8 * 1024;
/// A body of which nothing comes for this long is given up …
const PATIENCE: Duration = Duration::from_secs(30);
/// … and so is one that takes longer than this in all. A text of 2 MB may come over a slow line from a field station.
const PATIENCE_IN_ALL: Duration = Duration::from_mins(10);

/// A JSON body.
pub(super) struct Json<T>(pub T);

/// The fields of an HTML form or of a JSON object of strings.
pub(super) struct Fields {
    /// True if they came as JSON, so that the answer is JSON as well.
    pub json: bool,
    fields: Vec<(String, String)>,
}

impl Fields {
    /// The first field of this name.
    pub fn get(&self, name: &str) -> Option<&str> {
        self.fields
            .iter()
            .find(|(field, _)| field == name)
            .map(|(_, value)| value.as_str())
    }
}

/// What a field of a JSON object may be.
#[derive(Deserialize)]
#[serde(untagged)]
enum Field {
    Text(String),
    Switch(bool),
}

impl Field {
    fn into_text(self) -> String {
        match self {
            Self::Text(text) => text,
            Self::Switch(on) => if on { "yes" } else { "no" }.to_owned(),
        }
    }
}

impl<T: DeserializeOwned> FromRequest<App> for Json<T> {
    type Rejection = Failure;

    async fn from_request(request: Request, _: &App) -> Result<Self, Failure> {
        if !is_json(request.headers()) {
            return Err(wrong_type("application/json"));
        }
        let bytes = read(request.into_body(), MAX_JSON).await?;
        parse(&bytes).map(Self)
    }
}

impl FromRequest<App> for Fields {
    type Rejection = Failure;

    async fn from_request(request: Request, _: &App) -> Result<Self, Failure> {
        let json = is_json(request.headers());
        if !json && !super::origin::is_form(request.headers()) {
            return Err(wrong_type(
                "application/x-www-form-urlencoded or application/json",
            ));
        }
        let bytes = read(request.into_body(), MAX_FORM).await?;
        let fields = if json {
            let fields: BTreeMap<String, Field> = parse(&bytes)?;
            fields
                .into_iter()
                .map(|(name, field)| (name, field.into_text()))
                .collect()
        } else {
            form_urlencoded::parse(&bytes).into_owned().collect()
        };
        Ok(Self { json, fields })
    }
}

fn is_json(headers: &HeaderMap) -> bool {
    let kind = headers
        .get(header::CONTENT_TYPE)
        .and_then(|kind| kind.to_str().ok())
        .unwrap_or_default();
    let kind = kind.split(';').next().unwrap_or_default().trim();
    kind.eq_ignore_ascii_case("application/json")
}

fn wrong_type(expected: &str) -> Failure {
    let sentence = format!("The request's Content-Type must be {expected}.");
    Failure::new(
        StatusCode::UNSUPPORTED_MEDIA_TYPE,
        "unsupported_media_type",
        sentence,
    )
}

async fn read(body: Body, limit: usize) -> Result<Bytes, Failure> {
    // A length that is declared need not be waited for.
    if body.size_hint().lower() > limit as u64 {
        return Err(too_large(limit));
    }
    // What is short comes at once or not at all, and needs no clock for each of its parts.
    if body.size_hint().exact().is_some_and(|size| size <= SHORT) {
        let reading = tokio::time::timeout(PATIENCE, body.collect());
        let collected = reading.await.map_err(|_| too_slow())?;
        return Ok(collected.map_err(|_| incomplete())?.to_bytes());
    }
    let reading = tokio::time::timeout(PATIENCE_IN_ALL, read_frames(body, limit));
    reading.await.map_err(|_| too_slow())?
}

async fn read_frames(body: Body, limit: usize) -> Result<Bytes, Failure> {
    let mut body = Limited::new(body, limit);
    let mut bytes = BytesMut::new();
    loop {
        let frame = tokio::time::timeout(PATIENCE, body.frame()).await;
        match frame.map_err(|_| too_slow())? {
            None => return Ok(bytes.freeze()),
            Some(Ok(frame)) => bytes.extend(frame.into_data().ok()),
            Some(Err(error)) if error.is::<LengthLimitError>() => return Err(too_large(limit)),
            Some(Err(_)) => return Err(incomplete()),
        }
    }
}

fn incomplete() -> Failure {
    Failure::new(
        StatusCode::BAD_REQUEST,
        "body_incomplete",
        "The request's body broke off.",
    )
}

fn too_slow() -> Failure {
    Failure::new(
        StatusCode::REQUEST_TIMEOUT,
        "body_too_slow",
        "The request's body took too long to arrive.",
    )
}

fn too_large(limit: usize) -> Failure {
    let sentence = format!("The request's body is larger than {limit} bytes.");
    Failure::new(StatusCode::PAYLOAD_TOO_LARGE, "body_too_large", sentence)
}

fn parse<T: DeserializeOwned>(bytes: &[u8]) -> Result<T, Failure> {
    if std::str::from_utf8(bytes).is_err() {
        return Err(Failure::new(
            StatusCode::BAD_REQUEST,
            "invalid_utf8",
            "The request's body is not UTF-8.",
        ));
    }
    serde_json::from_slice(bytes).map_err(|error| {
        let sentence =
            format!("The request's body is not the JSON that is expected here: {error}.");
        Failure::new(StatusCode::BAD_REQUEST, "invalid_json", sentence)
    })
}
