//! Projects: their directories, and who may do what in them.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError, Weak};

use super::transfer;
use super::{Error, template};
use crate::ground::clock::Timestamp;
use crate::ground::ids::{ProjectId, UserId};
use crate::storage::database::Database;
use crate::storage::project_dir::ProjectDir;
use crate::storage::workspace::Workspace;
use crate::storage::{self, projects};

/// What every account and every slot begins with.
pub const DEFAULT: &str = "default-project";

/// Largest workspace of a visitor, in bytes of files.
const VISITOR_MAX: u64 = 100 * 1024 * 1024;
/// Texts shorter than this, in bytes, are saved without measuring the workspace.
const WORTH_A_LOOK: usize = 64 * 1024;

/// The projects of a data directory. Cheap to clone.
#[derive(Clone)]
pub struct Projects {
    db: Database,
    workspace: Workspace,
    /// Directories in use, so that a project has one handle however many rooms it has.
    open: Arc<Mutex<HashMap<ProjectId, Weak<ProjectDir>>>>,
}

impl Projects {
    /// On a database and its data directory.
    #[must_use]
    pub fn new(db: Database, workspace: Workspace) -> Self {
        Self {
            db,
            workspace,
            open: Arc::default(),
        }
    }

    /// The directory of a project; the handle stays valid when the project moves. Blocks.
    ///
    /// # Errors
    /// [`Error::ProjectNotFound`], or what the disk says.
    pub fn dir(&self, id: ProjectId) -> Result<Arc<ProjectDir>, Error> {
        let known = self.lock().get(&id).and_then(Weak::upgrade);
        if let Some(dir) = known.filter(|dir| !dir.is_gone()) {
            return Ok(dir);
        }
        let dir = Arc::new(self.open_dir(id)?);
        let mut open = self.lock();
        open.retain(|_, dir| dir.strong_count() > 0);
        open.insert(id, Arc::downgrade(&dir));
        Ok(dir)
    }

    /// Between asking for the place and opening it, the project may move and another take its place. A directory is
    /// filled anew only after the move's intent is gone, so an unchanged place means that the right one was opened.
    fn open_dir(&self, id: ProjectId) -> Result<ProjectDir, Error> {
        let mut place = self.place(id)?;
        loop {
            let opened = self.workspace.open_project(&place);
            let now = self.place(id)?;
            match opened {
                Ok(dir) if now == place => return Ok(dir),
                Err(_) if now == place && !self.workspace.exists(&place) => {
                    self.restore_directory(id, &place)?;
                }
                Err(error) if now == place => return Err(error.into()),
                _ => place = now,
            }
        }
    }

    /// Makes a project's directory anew after somebody has deleted it: what was never opened in the page from the
    /// template, and nothing of what was, because that comes back from its journal. Blocks.
    pub(super) fn restore_directory(&self, id: ProjectId, place: &str) -> Result<(), Error> {
        tracing::error!(project = %id, place, "a project's directory is missing and is made anew");
        let journalled = |connection: &_| Ok::<_, Error>(storage::texts::paths(connection, id)?);
        let journalled = self.db.read_blocking(journalled)?;
        self.make_directory(place, &journalled)
    }

    /// Where the directory is. While a move is under way, the row is ahead of it.
    fn place(&self, id: ProjectId) -> Result<String, Error> {
        self.db.read_blocking(|connection| {
            let project = projects::find(connection, id)?.ok_or(Error::ProjectNotFound)?;
            match storage::transfers::find(connection, id)? {
                Some(moving) if self.workspace.exists(&moving.source) => Ok(moving.source),
                Some(moving) => Ok(moving.destination),
                None => Ok(project.directory()),
            }
        })
    }

    /// True if the project lies at `directory` and is not on its way elsewhere. Blocks.
    pub(super) fn is_at(&self, id: ProjectId, directory: &str) -> Result<bool, Error> {
        self.db.read_blocking(|connection| {
            let moving = storage::transfers::find(connection, id)?.is_some();
            let here = projects::find(connection, id)?
                .is_some_and(|project| project.directory() == directory);
            Ok(here && !moving)
        })
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, HashMap<ProjectId, Weak<ProjectDir>>> {
        self.open.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Gives a member who has none a project from the template. It is called `name`, or `name-2` … if something of
    /// that name stands in the way. Nothing happens if another request has given them one meanwhile.
    ///
    /// # Errors
    /// What the disk or the database says.
    pub async fn create_first(
        &self,
        owner: UserId,
        username: String,
        name: &'static str,
        now: Timestamp,
    ) -> Result<(), Error> {
        let workspace = self.workspace.clone();
        let created = self
            .db
            .write(move |tx| {
                if !projects::owned_by(tx, owner)?.is_empty() {
                    return Ok(None);
                }
                let place = |name: &str| format!("{username}/{name}");
                let occupied = |name: &str| workspace.exists(&place(name));
                let name = transfer::free_name(tx, owner, name, occupied)?;
                let id = projects::insert(tx, owner, &name, now)?;
                storage::users::set_last_project(tx, owner, id)?;
                Ok::<_, Error>(Some(place(&name)))
            })
            .await?;
        // Killed here, the project would be made when it is first opened.
        match created {
            Some(place) => self.make_from_template(place).await,
            None => Ok(()),
        }
    }

    /// Makes a project's directory from the template.
    pub(super) async fn make_from_template(&self, place: String) -> Result<(), Error> {
        let projects = self.clone();
        let made = tokio::task::spawn_blocking(move || projects.make_directory(&place, &[]));
        made.await.map_err(|_| storage::error::Error::Closed)?
    }

    /// Makes a project's directory from the template, without some of its files. Blocks.
    fn make_directory(&self, place: &str, without: &[String]) -> Result<(), Error> {
        let files = template::files();
        let files = files.iter().filter(|(path, _)| !without.contains(path));
        let files = files.map(|(path, bytes)| (path.as_str(), bytes.as_slice()));
        self.workspace.create_project(place, files)?;
        Ok(self.workspace.sync()?)
    }

    /// Takes the decided move of a project to its end.
    ///
    /// # Errors
    /// As [`transfer::finish`].
    pub async fn finish_transfer(&self, project: ProjectId) -> Result<(), Error> {
        let (db, workspace) = (self.db.clone(), self.workspace.clone());
        tokio::task::spawn_blocking(move || transfer::finish(&db, &workspace, project))
            .await
            .map_err(|_| storage::error::Error::Closed)?
    }

    /// Refuses what would make a visitor's workspace too large. Small texts are not worth the look.
    ///
    /// # Errors
    /// [`Error::WorkspaceFull`]
    pub async fn require_space(&self, id: ProjectId, more: usize) -> Result<(), Error> {
        if more < WORTH_A_LOOK {
            return Ok(());
        }
        let projects = self.clone();
        let size = tokio::task::spawn_blocking(move || {
            let place = projects.place(id)?;
            Ok::<_, Error>(projects.workspace.size(&place)?)
        });
        let size = size.await.map_err(|_| storage::error::Error::Closed)??;
        if size.saturating_add(more as u64) > VISITOR_MAX {
            return Err(Error::WorkspaceFull);
        }
        Ok(())
    }

    /// True if nobody has changed anything in the project, neither in the page nor on the disk, and it is not shared.
    /// Blocks.
    ///
    /// # Errors
    /// What the disk or the database says.
    pub fn is_untouched(&self, id: ProjectId) -> Result<bool, Error> {
        let find = |connection: &_| {
            let project = projects::find(connection, id)?.ok_or(Error::ProjectNotFound)?;
            let shared = !storage::members::of_project(connection, id)?.is_empty();
            Ok::<_, Error>((project, shared))
        };
        let (project, shared) = self.db.read_blocking(find)?;
        if shared || project.edited_at.is_some() {
            return Ok(false);
        }
        let place = self.place(id)?;
        Ok(!self.workspace.exists(&place)
            || self.workspace.holds_only(&place, &template::files())?)
    }
}
