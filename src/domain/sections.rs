//! The sections of a project: which there are, reading and saving them, and adding, renaming, moving, switching and
//! deleting them by rewriting the master files.

mod arrange;

use std::collections::BTreeMap;
use std::sync::Arc;

use tokio::sync::RwLock;

use super::projects::Projects;
use super::registry::{self, Entry};
use super::room::Snapshot;
use super::rooms::{Edit, MAX_TEXT, Rooms, Saved};
use super::{Error, history, words};
use crate::ground::clock::Timestamp;
use crate::ground::ids::{Document, ProjectId, SectionId, TextPath};
use crate::storage::database::Database;
use crate::storage::error::Error as StorageError;
use crate::storage::project_dir::ProjectDir;
use crate::storage::texts::HistoryRow;

pub use arrange::Arrangement;

/// Most sections of one document.
pub const MAX_SECTIONS: usize = 100;

/// The sections of all projects. Cheap to clone.
#[derive(Clone)]
pub struct Sections {
    db: Database,
    projects: Projects,
    rooms: Rooms,
    /// Held for reading while texts are used, for writing while sections are renamed or deleted; one of these for
    /// each project, by its id.
    order: Arc<[RwLock<()>; 64]>,
}

/// A document and its sections, in order.
#[derive(Clone, Debug)]
pub struct Outline {
    /// The document.
    pub document: Document,
    /// Its sections.
    pub sections: Vec<Section>,
}

/// A section as the outline shows it.
#[derive(Clone, Debug)]
pub struct Section {
    /// Its id.
    pub id: SectionId,
    /// False if it is switched off.
    pub included: bool,
    /// Words of prose in it; 0 where the file is missing or is not text.
    pub words: usize,
}

/// A section to be saved.
#[derive(Clone, Debug)]
pub struct SectionEdit {
    /// Which.
    pub id: SectionId,
    /// What it shall be.
    pub content: String,
    /// The version it was made from; `None` replaces whatever is there.
    pub base: Option<u64>,
}

impl Sections {
    /// On the rooms of a server.
    #[must_use]
    pub fn new(db: Database, projects: Projects, rooms: Rooms) -> Self {
        Self {
            db,
            projects,
            rooms,
            order: Arc::new(std::array::from_fn(|_| RwLock::default())),
        }
    }

    fn order(&self, project: ProjectId) -> &RwLock<()> {
        let index = usize::try_from(project.0).unwrap_or(0) % self.order.len();
        &self.order[index]
    }

    /// The four documents of a project.
    ///
    /// # Errors
    /// [`Error::ProjectNotFound`], or what the disk says.
    pub async fn outline(&self, project: ProjectId) -> Result<Vec<Outline>, Error> {
        let sections = self.clone();
        tokio::task::spawn_blocking(move || sections.outline_blocking(project))
            .await
            .map_err(|_| StorageError::Closed)?
    }

    fn outline_blocking(&self, project: ProjectId) -> Result<Vec<Outline>, Error> {
        let dir = self.projects.dir(project)?;
        let entries = self.entries(project, &dir)?;
        let outline = Document::ALL.into_iter().map(|document| Outline {
            document,
            sections: entries
                .iter()
                .filter(|entry| entry.id.document() == document)
                .map(|entry| Section {
                    words: self
                        .peek(project, &dir, &entry.id.path())
                        .map_or(0, |text| words::count(&text)),
                    id: entry.id.clone(),
                    included: entry.included,
                })
                .collect(),
        });
        Ok(outline.collect())
    }

    /// All sections that the master files name, each once; included if any master includes it.
    fn entries(&self, project: ProjectId, dir: &ProjectDir) -> Result<Vec<Entry>, Error> {
        let mut entries: Vec<Entry> = Vec::new();
        for document in Document::WITH_MASTER {
            let master = self.read_text(project, dir, &TextPath::master(document))?;
            for entry in registry::entries(&master.unwrap_or_default()) {
                match entries.iter_mut().find(|known| known.id == entry.id) {
                    Some(known) => known.included |= entry.included,
                    None => entries.push(entry),
                }
            }
        }
        Ok(entries)
    }

    /// The text as it is, without opening a room for it.
    fn read_text(
        &self,
        project: ProjectId,
        dir: &ProjectDir,
        path: &TextPath,
    ) -> Result<Option<String>, Error> {
        if let Some(room) = self.rooms.get(project, path).filter(|room| room.is_ahead()) {
            return Ok(Some(room.durable().content.to_string()));
        }
        Ok(dir.read(path)?.map(|(text, _)| text))
    }

    /// Like `read_text` for a number in the outline: one bad file must not hide the others.
    fn peek(&self, project: ProjectId, dir: &ProjectDir, path: &TextPath) -> Option<String> {
        self.read_text(project, dir, path).ok().flatten()
    }

    /// The text of a section.
    ///
    /// # Errors
    /// [`Error::SectionNotFound`], [`Error::NotUtf8`].
    pub async fn read(&self, project: ProjectId, id: &SectionId) -> Result<Snapshot, Error> {
        let _order = self.order(project).read().await;
        let path = id.path();
        if let Some(room) = self.rooms.get(project, &path) {
            return self.rooms.read_open(&room).await;
        }
        self.expect(project, id).await?;
        self.rooms.read(project, &path).await
    }

    /// Saves sections of a project, all or nothing, in the order given.
    ///
    /// # Errors
    /// [`Error::SectionNotFound`], [`Error::TextTooLarge`], [`Error::Conflict`].
    pub async fn save(
        &self,
        project: ProjectId,
        edits: Vec<SectionEdit>,
        author: &str,
        now: Timestamp,
    ) -> Result<Vec<Saved>, Error> {
        let _order = self.order(project).read().await;
        self.save_in_order(project, edits, author, now).await
    }

    async fn save_in_order(
        &self,
        project: ProjectId,
        edits: Vec<SectionEdit>,
        author: &str,
        now: Timestamp,
    ) -> Result<Vec<Saved>, Error> {
        let mut ids = BTreeMap::new();
        let mut texts = Vec::with_capacity(edits.len());
        for edit in edits {
            self.expect(project, &edit.id).await?;
            if edit.content.len() > MAX_TEXT {
                return Err(Error::TextTooLarge);
            }
            let path = edit.id.path();
            ids.insert(path.to_string(), edit.id.to_string());
            texts.push(Edit {
                path,
                content: edit.content,
                base: edit.base,
            });
        }
        self.rooms
            .save(project, texts, author, now)
            .await
            .map_err(|error| match error {
                Error::Conflict(mut conflicts) => {
                    for conflict in &mut conflicts {
                        if let Some(id) = ids.get(&conflict.section) {
                            conflict.section.clone_from(id);
                        }
                    }
                    Error::Conflict(conflicts)
                }
                other => other,
            })
    }

    /// The versions of a section below `before`, newest first.
    ///
    /// # Errors
    /// [`Error::SectionNotFound`].
    pub async fn history(
        &self,
        project: ProjectId,
        id: &SectionId,
        before: u64,
    ) -> Result<Vec<HistoryRow>, Error> {
        self.expect(project, id).await?;
        history::list(&self.db, project, id.path(), before).await
    }

    /// A section as it was.
    ///
    /// # Errors
    /// [`Error::SectionNotFound`], [`Error::VersionNotFound`].
    pub async fn at_version(
        &self,
        project: ProjectId,
        id: &SectionId,
        version: u64,
    ) -> Result<String, Error> {
        self.expect(project, id).await?;
        history::text_at(&self.db, project, id.path(), version).await
    }

    /// Makes an old version the newest. What it replaces stays in the history.
    ///
    /// # Errors
    /// As [`Sections::at_version`].
    pub async fn restore(
        &self,
        project: ProjectId,
        id: &SectionId,
        version: u64,
        author: &str,
        now: Timestamp,
    ) -> Result<Saved, Error> {
        let content = self.at_version(project, id, version).await?;
        let edit = SectionEdit {
            id: id.clone(),
            content,
            base: None,
        };
        let mut saved = self.save(project, vec![edit], author, now).await?;
        saved.pop().ok_or(Error::SectionNotFound)
    }

    /// Refuses a section that the project does not have.
    ///
    /// # Errors
    /// [`Error::SectionNotFound`].
    pub async fn require(&self, project: ProjectId, id: &SectionId) -> Result<(), Error> {
        self.expect(project, id).await
    }

    /// A section that is open was named by a master file when it was opened; that is good enough, and quick.
    async fn expect(&self, project: ProjectId, id: &SectionId) -> Result<(), Error> {
        if self.rooms.get(project, &id.path()).is_some() {
            return Ok(());
        }
        let (sections, id) = (self.clone(), id.clone());
        let named = tokio::task::spawn_blocking(move || {
            let dir = sections.projects.dir(project)?;
            let entries = sections.entries(project, &dir)?;
            Ok::<_, Error>(entries.iter().any(|entry| entry.id == id))
        });
        if named.await.map_err(|_| StorageError::Closed)?? {
            Ok(())
        } else {
            Err(Error::SectionNotFound)
        }
    }
}
