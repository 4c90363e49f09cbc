//! Adding, renaming, moving, switching and deleting sections. The lines of the master files change; a master is a text
//! like any other, so its changes are journalled and merged with what somebody does to it in an editor.

use super::{MAX_SECTIONS, Section, SectionEdit, Sections};
use crate::domain::registry;
use crate::domain::rooms::Edit;
use crate::domain::{Error, words};
use crate::ground::clock::Timestamp;
use crate::ground::ids::{Document, ProjectId, SectionId, TextPath};

/// What shall be different about a section; `None` leaves as it is.
#[derive(Clone, Debug, Default)]
pub struct Arrangement {
    /// A new name.
    pub name: Option<String>,
    /// Its place among the sections of its document, from 0.
    pub position: Option<usize>,
    /// Whether it is part of the document.
    pub included: Option<bool>,
}

impl Sections {
    /// Adds a section with a heading of its name, at the end of its document.
    ///
    /// # Errors
    /// [`Error::InvalidSection`], [`Error::SectionExists`], [`Error::TooManySections`].
    pub async fn add(
        &self,
        project: ProjectId,
        id: SectionId,
        author: &str,
        now: Timestamp,
    ) -> Result<Section, Error> {
        require_plain_name(id.name())?;
        let _order = self.order(project).write().await;
        let outline = self.outline(project).await?;
        let known = outline.iter().flat_map(|outline| &outline.sections);
        let siblings: Vec<_> = known
            .filter(|section| section.id.document() == id.document())
            .collect();
        if siblings.iter().any(|section| section.id == id) {
            return Err(Error::SectionExists);
        }
        if siblings.len() >= MAX_SECTIONS {
            return Err(Error::TooManySections);
        }
        let new = id.clone();
        let masters = self
            .rewritten(project, &[home(&id)], |_, master| {
                registry::with(master, &new, None)
            })
            .await?;
        self.rooms.save(project, masters, author, now).await?;
        let path = id.path();
        // A file that lies there already is taken as it is; an empty one gets a heading to write under.
        if self.rooms.read(project, &path).await?.content.is_empty()
            && id.document() != Document::Shared
        {
            let edit = SectionEdit {
                content: format!("\\section{{{}}}\n\n", id.label()),
                id: id.clone(),
                base: None,
            };
            self.save_in_order(project, vec![edit], author, now).await?;
        }
        self.section(project, &id).await
    }

    /// Renames, moves, or switches a section.
    ///
    /// # Errors
    /// [`Error::SectionNotFound`], [`Error::InvalidSection`], [`Error::SectionExists`].
    pub async fn arrange(
        &self,
        project: ProjectId,
        id: SectionId,
        wanted: Arrangement,
        author: &str,
        now: Timestamp,
    ) -> Result<Section, Error> {
        let _order = self.order(project).write().await;
        self.expect_named(project, &id).await?;
        let name = wanted.name.filter(|name| name != id.name());
        let to = match &name {
            Some(name) => self.free_id(project, &id, name).await?,
            None => id.clone(),
        };
        // All of it in one rewrite, so that what is refused changes nothing.
        let rearranged = |document: Document, master: &str| {
            let mut master = master.to_owned();
            if let Some(included) = wanted.included {
                master = registry::with_included(&master, &id, included);
            }
            if let Some(position) = wanted.position.filter(|_| document == home(&id)) {
                master = registry::moved(&master, &id, position);
            }
            if to == id {
                master
            } else {
                registry::renamed(&master, &id, &to)
            }
        };
        let masters = self.rewritten(project, masters_of(&id), rearranged).await?;
        if to == id {
            self.rooms.save(project, masters, author, now).await?;
        } else {
            let (from, new) = (id.path(), to.path());
            self.rooms
                .rename(project, &from, &new, masters, author, now)
                .await?;
        }
        self.section(project, &to).await
    }

    /// The id that a section would have under another name.
    async fn free_id(
        &self,
        project: ProjectId,
        id: &SectionId,
        name: &str,
    ) -> Result<SectionId, Error> {
        require_plain_name(name)?;
        let to = SectionId::new(id.document().id(), name)?;
        if self.is_named(project, &to).await? {
            return Err(Error::SectionExists);
        }
        Ok(to)
    }

    /// Takes a section out of its document and deletes its file. Its text stays in the history.
    ///
    /// # Errors
    /// [`Error::SectionNotFound`].
    pub async fn delete(
        &self,
        project: ProjectId,
        id: &SectionId,
        author: &str,
        now: Timestamp,
    ) -> Result<(), Error> {
        let _order = self.order(project).write().await;
        self.expect_named(project, id).await?;
        let masters = self
            .rewritten(project, masters_of(id), |_, master| {
                registry::without(master, id)
            })
            .await?;
        self.rooms.save(project, masters, author, now).await?;
        self.rooms.delete(project, &id.path(), author, now).await
    }

    async fn section(&self, project: ProjectId, id: &SectionId) -> Result<Section, Error> {
        let outline = self.outline(project).await?;
        let mut sections = outline.into_iter().flat_map(|outline| outline.sections);
        let mut section = sections
            .find(|section| &section.id == id)
            .ok_or(Error::SectionNotFound)?;
        section.words = words::count(&self.rooms.read(project, &id.path()).await?.content);
        Ok(section)
    }

    async fn is_named(&self, project: ProjectId, id: &SectionId) -> Result<bool, Error> {
        let outline = self.outline(project).await?;
        Ok(outline
            .iter()
            .flat_map(|outline| &outline.sections)
            .any(|section| &section.id == id))
    }

    async fn expect_named(&self, project: ProjectId, id: &SectionId) -> Result<(), Error> {
        if self.is_named(project, id).await? {
            Ok(())
        } else {
            Err(Error::SectionNotFound)
        }
    }

    /// The edits that change the master files of some documents.
    async fn rewritten(
        &self,
        project: ProjectId,
        documents: &[Document],
        change: impl Fn(Document, &str) -> String,
    ) -> Result<Vec<Edit>, Error> {
        let mut edits = Vec::with_capacity(documents.len());
        for &document in documents {
            let path = TextPath::master(document);
            let master = self.rooms.read(project, &path).await?;
            edits.push(Edit {
                content: change(document, &master.content),
                base: Some(master.version),
                path,
            });
        }
        Ok(edits)
    }
}

/// The master in which a new section is named; the manuscript's for those that all documents share.
fn home(id: &SectionId) -> Document {
    match id.document() {
        Document::Shared => Document::Manuscript,
        other => other,
    }
}

/// The masters that may name a section.
fn masters_of(id: &SectionId) -> &'static [Document] {
    match id.document() {
        Document::Manuscript => &[Document::Manuscript],
        Document::Supplementary => &[Document::Supplementary],
        Document::Revision => &[Document::Revision],
        Document::Shared => &Document::WITH_MASTER,
    }
}

/// Names given in the page are plainer than those a person may write by hand: `a-z 0-9 _`, a letter first.
fn require_plain_name(name: &str) -> Result<(), Error> {
    let plain = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_';
    if name.starts_with(|c: char| c.is_ascii_lowercase())
        && name.chars().all(plain)
        && name.len() <= SectionId::MAX_NAME
    {
        Ok(())
    } else {
        Err(Error::InvalidSection)
    }
}
