//! All sections of a project: `GET POST …/sections/` and `POST …/save-sections/`.

use std::collections::BTreeMap;

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use serde::{Deserialize, Serialize};

use super::error::Failure;
use super::extract::Access;
use super::{App, body};
use crate::domain::Error;
use crate::domain::presence::News;
use crate::domain::sections::{Outline, Section, SectionEdit};
use crate::ground::ids::SectionId;

/// The outline of a project.
#[derive(Serialize)]
pub(super) struct OutlineAnswer {
    success: bool,
    documents: Vec<DocumentAnswer>,
}

/// A document of the outline.
#[derive(Serialize)]
struct DocumentAnswer {
    id: &'static str,
    label: &'static str,
    sections: Vec<SectionEntry>,
}

/// A section of the outline.
#[derive(Serialize)]
struct SectionEntry {
    id: String,
    label: String,
    /// Relative to the project's `scitex/writer`.
    path: String,
    /// False if it is switched off.
    included: bool,
    /// Words of prose.
    words: usize,
}

/// One section after a change.
#[derive(Serialize)]
pub(super) struct SectionAnswer {
    success: bool,
    section: SectionEntry,
}

/// A section to be added.
#[derive(Deserialize)]
pub(super) struct NewSection {
    document: String,
    name: String,
}

/// Texts to be saved, all or nothing.
#[derive(Deserialize)]
pub(super) struct SaveSections {
    sections: BTreeMap<String, String>,
    /// The versions they were made from; a section without one is replaced.
    #[serde(default)]
    versions: BTreeMap<String, u64>,
}

/// What became of them.
#[derive(Serialize)]
pub(super) struct SectionsSaved {
    success: bool,
    sections_saved: usize,
    versions: BTreeMap<String, u64>,
    /// The texts of those in which others had written meanwhile.
    merged: BTreeMap<String, String>,
}

impl SectionEntry {
    fn new(section: &Section) -> Self {
        Self {
            id: section.id.to_string(),
            label: section.id.label(),
            path: section.id.path().to_string(),
            included: section.included,
            words: section.words,
        }
    }
}

impl SectionAnswer {
    pub fn new(section: &Section) -> Self {
        Self {
            success: true,
            section: SectionEntry::new(section),
        }
    }
}

pub(super) async fn list(
    State(app): State<App>,
    access: Access,
) -> Result<Json<OutlineAnswer>, Failure> {
    let outline = app.sections.outline(access.project()).await?;
    let document = |outline: &Outline| DocumentAnswer {
        id: outline.document.id(),
        label: outline.document.label(),
        sections: outline.sections.iter().map(SectionEntry::new).collect(),
    };
    Ok(Json(OutlineAnswer {
        success: true,
        documents: outline.iter().map(document).collect(),
    }))
}

pub(super) async fn add(
    State(app): State<App>,
    access: Access,
    body::Json(new): body::Json<NewSection>,
) -> Result<(StatusCode, Json<SectionAnswer>), Failure> {
    let id = SectionId::new(&new.document, &new.name).map_err(Error::from)?;
    let section = app
        .sections
        .add(access.project(), id, access.author()?, app.now())
        .await?;
    app.presence.tell(access.project(), News::Outline);
    Ok((StatusCode::CREATED, Json(SectionAnswer::new(&section))))
}

pub(super) async fn save(
    State(app): State<App>,
    access: Access,
    body::Json(save): body::Json<SaveSections>,
) -> Result<Json<SectionsSaved>, Failure> {
    let edits = save.sections.into_iter().map(|(id, content)| {
        Ok(SectionEdit {
            base: save.versions.get(&id).copied(),
            id: id.parse::<SectionId>().map_err(Error::from)?,
            content,
        })
    });
    let edits = edits.collect::<Result<Vec<_>, Error>>()?;
    let size = edits.iter().map(|edit| edit.content.len()).sum();
    access.require_space(&app, size).await?;
    let ids: Vec<SectionId> = edits.iter().map(|edit| edit.id.clone()).collect();
    let saved = app
        .sections
        .save(access.project(), edits, access.author()?, app.now())
        .await?;
    for (id, saved) in ids.iter().zip(&saved) {
        access.tell_saved(&app, id, saved.text.version)?;
    }
    let saved: Vec<_> = ids.iter().map(SectionId::to_string).zip(saved).collect();
    Ok(Json(SectionsSaved {
        success: true,
        sections_saved: saved.len(),
        versions: saved
            .iter()
            .map(|(id, saved)| (id.clone(), saved.text.version))
            .collect(),
        merged: saved
            .iter()
            .filter(|(_, saved)| saved.merged)
            .map(|(id, saved)| (id.clone(), saved.text.content.to_string()))
            .collect(),
    }))
}
