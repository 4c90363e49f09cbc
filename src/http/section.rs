//! One section: `GET PUT POST PATCH DELETE …/section/{doc}/{name}/`.

use axum::Json;
use axum::extract::State;
use axum::http::{HeaderValue, header};
use axum::response::{IntoResponse as _, Response};
use serde::{Deserialize, Serialize};

use super::error::Failure;
use super::extract::{Access, Path};
use super::sections::SectionAnswer;
use super::{App, body};
use crate::domain::Error;
use crate::domain::presence::News;
use crate::domain::rooms::Saved;
use crate::domain::sections::{Arrangement, SectionEdit};
use crate::ground::ids::SectionId;

/// The path's parts: project, document, name.
pub(super) type SectionPath = Path<(String, String, String)>;

/// The text of a section.
#[derive(Serialize)]
struct TextAnswer<'a> {
    success: bool,
    section: &'a str,
    content: &'a str,
    version: u64,
}

/// A text to be saved.
#[derive(Deserialize)]
pub(super) struct Save {
    content: String,
    /// The version it was made from; without it the text replaces whatever is there.
    version: Option<u64>,
}

/// What became of it.
#[derive(Serialize)]
pub(super) struct SavedAnswer {
    success: bool,
    section: String,
    version: u64,
    /// True if others had written meanwhile; `content` is then what all of it came to.
    merged: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    content: Option<String>,
}

/// What shall be different about a section.
#[derive(Deserialize)]
pub(super) struct Change {
    name: Option<String>,
    /// From 0, within its document.
    position: Option<usize>,
    included: Option<bool>,
}

pub(super) async fn read(
    State(app): State<App>,
    access: Access,
    Path((_, document, name)): SectionPath,
) -> Result<Response, Failure> {
    let id = SectionId::new(&document, &name).map_err(Error::from)?;
    let text = app.sections.read(access.project(), &id).await?;
    let answer = text.encoded(|text| {
        let answer = TextAnswer {
            success: true,
            section: &id.to_string(),
            content: &text.content,
            version: text.version,
        };
        serde_json::to_vec(&answer).unwrap_or_default().into()
    });
    let kind = HeaderValue::from_static("application/json");
    Ok(([(header::CONTENT_TYPE, kind)], answer).into_response())
}

pub(super) async fn save(
    State(app): State<App>,
    access: Access,
    Path((_, document, name)): SectionPath,
    body::Json(save): body::Json<Save>,
) -> Result<Json<SavedAnswer>, Failure> {
    let id = SectionId::new(&document, &name).map_err(Error::from)?;
    access.require_space(&app, save.content.len()).await?;
    let edit = SectionEdit {
        id: id.clone(),
        content: save.content,
        base: save.version,
    };
    let saved = app
        .sections
        .save(access.project(), vec![edit], access.author()?, app.now())
        .await?;
    let saved = saved.into_iter().next().ok_or(Error::SectionNotFound)?;
    access.tell_saved(&app, &id, saved.text.version)?;
    Ok(Json(SavedAnswer::new(&id, &saved)))
}

impl SavedAnswer {
    fn new(id: &SectionId, saved: &Saved) -> Self {
        Self {
            success: true,
            section: id.to_string(),
            version: saved.text.version,
            merged: saved.merged,
            content: saved.merged.then(|| saved.text.content.to_string()),
        }
    }
}

pub(super) async fn change(
    State(app): State<App>,
    access: Access,
    Path((_, document, name)): SectionPath,
    body::Json(change): body::Json<Change>,
) -> Result<Json<SectionAnswer>, Failure> {
    let id = SectionId::new(&document, &name).map_err(Error::from)?;
    let wanted = Arrangement {
        name: change.name,
        position: change.position,
        included: change.included,
    };
    let section = app
        .sections
        .arrange(access.project(), id, wanted, access.author()?, app.now())
        .await?;
    app.presence.tell(access.project(), News::Outline);
    Ok(Json(SectionAnswer::new(&section)))
}

pub(super) async fn delete(
    State(app): State<App>,
    access: Access,
    Path((_, document, name)): SectionPath,
) -> Result<Json<serde_json::Value>, Failure> {
    let id = SectionId::new(&document, &name).map_err(Error::from)?;
    app.sections
        .delete(access.project(), &id, access.author()?, app.now())
        .await?;
    app.presence.tell(access.project(), News::Outline);
    Ok(Json(serde_json::json!({ "success": true })))
}
