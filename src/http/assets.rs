//! The front end's files: part of the binary, named by their content, kept by browsers for ever.

use std::borrow::Cow;
use std::collections::HashMap;
use std::sync::LazyLock;

use axum::body::{Body, Bytes};
use axum::http::{HeaderMap, HeaderValue, header};
use axum::response::{IntoResponse, Response};
use rust_embed::RustEmbed;

use super::error::Failure;
use super::extract::Path;

#[derive(RustEmbed)]
#[folder = "$OUT_DIR/web"]
struct Bundle;

/// Hashed paths of the files that pages refer to.
#[derive(Debug, Default)]
pub(super) struct Assets {
    pub main_js: String,
    pub main_css: String,
    pub pages_css: String,
    pub theme_js: String,
    pub favicon: String,
}

/// Read once from the bundle's manifest.
pub(super) static ASSETS: LazyLock<Assets> = LazyLock::new(|| {
    let manifest = Bundle::get("manifest.json")
        .map(|file| file.data)
        .unwrap_or_default();
    let manifest: HashMap<String, String> = serde_json::from_slice(&manifest).unwrap_or_default();
    let path = |name: &str| {
        manifest
            .get(name)
            .map(|path| format!("/{path}"))
            .unwrap_or_default()
    };
    Assets {
        main_js: path("main.js"),
        main_css: path("main.css"),
        pages_css: path("pages.css"),
        theme_js: path("theme.js"),
        favicon: path("favicon.svg"),
    }
});

/// `GET /assets/…`
pub(super) async fn get(Path(path): Path<String>, headers: HeaderMap) -> Result<Response, Failure> {
    let name = format!("assets/{path}");
    let accepted = headers
        .get(header::ACCEPT_ENCODING)
        .and_then(|value| value.to_str().ok())
        .unwrap_or_default();
    let wanted = |encoding: &str| {
        accepted.split(',').any(|offer| {
            let (name, quality) = offer.split_once(';').unwrap_or((offer, ""));
            name.trim().eq_ignore_ascii_case(encoding) && !is_refused(quality)
        })
    };
    let compressed = [("br", "br"), ("gzip", "gz")]
        .into_iter()
        .find_map(|(encoding, suffix)| {
            let file = wanted(encoding).then(|| Bundle::get(&format!("{name}.{suffix}")))??;
            Some((file, Some(encoding)))
        });
    let (file, encoding) = match compressed {
        Some(found) => found,
        None => (Bundle::get(&name).ok_or_else(Failure::not_found)?, None),
    };
    let body = match file.data {
        Cow::Borrowed(bytes) => Bytes::from_static(bytes),
        Cow::Owned(bytes) => Bytes::from(bytes),
    };
    let mut response = Body::from(body).into_response();
    let answer = response.headers_mut();
    answer.insert(header::CONTENT_TYPE, kind(&path));
    answer.insert(
        header::CACHE_CONTROL,
        HeaderValue::from_static("public, max-age=31536000, immutable"),
    );
    answer.insert(header::VARY, HeaderValue::from_static("Accept-Encoding"));
    if let Some(encoding) = encoding {
        answer.insert(header::CONTENT_ENCODING, HeaderValue::from_static(encoding));
    }
    Ok(response)
}

/// True for `q=0`, `q=0.000` and the like.
fn is_refused(quality: &str) -> bool {
    let quality = quality.trim().to_ascii_lowercase();
    let value = quality
        .strip_prefix("q=")
        .and_then(|value| value.parse::<f32>().ok());
    value.is_some_and(|value| value <= 0.0)
}

fn kind(path: &str) -> HeaderValue {
    let kind = match path.rsplit('.').next().unwrap_or_default() {
        "js" | "mjs" => "text/javascript; charset=utf-8",
        "css" => "text/css; charset=utf-8",
        "svg" => "image/svg+xml",
        "woff2" => "font/woff2",
        "json" | "map" => "application/json",
        _ => "application/octet-stream",
    };
    HeaderValue::from_static(kind)
}
