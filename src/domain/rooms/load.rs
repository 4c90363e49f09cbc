//! Opening a room: the text is the journal's; what the file has beyond it is merged in.

use std::sync::Arc;

use rusqlite::Connection;

use super::Rooms;
use crate::domain::room::{Room, Snapshot};
use crate::domain::{Error, history, template};
use crate::ground::ids::{ProjectId, TextPath};
use crate::ground::secret::Digest;
use crate::storage::error::Error as StorageError;
use crate::storage::project_dir::{ProjectDir, Stamp};
use crate::storage::projects;
use crate::storage::texts::{self, TextRow};

/// The author of changes that another program made in a file.
pub(in crate::domain) const DISK: &str = "disk";
/// The author of the text that a new project begins with.
const TEMPLATE: &str = "template";

/// What a room is made from.
struct Found {
    dir: Arc<ProjectDir>,
    file: Option<(Arc<str>, Stamp)>,
    journal: Option<Snapshot>,
    /// Change sets since the journal's last full text.
    changes: u32,
    /// What the file was before another program wrote it.
    foreign: Option<Arc<str>>,
}

impl Rooms {
    pub(super) async fn load(
        &self,
        project: ProjectId,
        path: TextPath,
    ) -> Result<Arc<Room>, Error> {
        let found = self.find(project, path.clone()).await?;
        let text = match &found.journal {
            Some(text) => text.clone(),
            None => self.begin(project, &path, found.file.as_ref()).await?,
        };
        let room = Room::new(
            project,
            path,
            found.dir,
            text,
            found.changes,
            found.file.clone(),
        );
        let room = Arc::new(room);
        if let (Some(base), Some((file, _))) = (found.foreign, found.file) {
            self.merge_from_disk(&room, &base, &file).await?;
        }
        if room.flush_due().is_some() {
            self.flush_later(room.clone());
        }
        Ok(room)
    }

    async fn find(&self, project: ProjectId, path: TextPath) -> Result<Found, Error> {
        let rooms = self.clone();
        tokio::task::spawn_blocking(move || rooms.find_blocking(project, &path))
            .await
            .map_err(|_| StorageError::Closed)?
    }

    fn find_blocking(&self, project: ProjectId, path: &TextPath) -> Result<Found, Error> {
        let dir = self.projects.dir(project)?;
        self.db.read_blocking(|connection| {
            let row = texts::find(connection, project, path)?;
            let file = match dir.read(path) {
                Err(error) if row.is_some() && !is_for_a_person(&error) => {
                    tracing::warn!(%project, %path, %error, "the file cannot be read; the journal has its text");
                    None
                }
                file => file?.map(|(text, stamp)| (Arc::<str>::from(text), stamp)),
            };
            let Some(row) = row else {
                return Ok(Found {
                    dir,
                    file,
                    journal: None,
                    changes: 0,
                    foreign: None,
                });
            };
            let (content, changes) = history::reconstruct(connection, project, path, row.version)?;
            let content: Arc<str> = content.into();
            let foreign = match &file {
                Some((file, _)) if **file != *content => {
                    foreign_to(connection, project, path, row, file)?
                }
                _ => None,
            };
            let text = Snapshot::new(row.version, content);
            Ok(Found {
                dir,
                file,
                journal: Some(text),
                changes,
                foreign,
            })
        })
    }

    /// Starts the journal of a text that was never opened before.
    async fn begin(
        &self,
        project: ProjectId,
        path: &TextPath,
        file: Option<&(Arc<str>, Stamp)>,
    ) -> Result<Snapshot, Error> {
        let content: Arc<str> = file.map_or_else(|| Arc::from(""), |(content, _)| content.clone());
        let author = if template::is(path, &content) {
            TEMPLATE
        } else {
            DISK
        };
        let (text, path, now) = (content.clone(), path.clone(), self.clock.now());
        self.db
            .write(move |tx| {
                projects::find(tx, project)?.ok_or(Error::ProjectNotFound)?;
                Ok::<_, Error>(texts::begin(tx, project, &path, &text, author, now)?)
            })
            .await?;
        Ok(Snapshot::new(1, content))
    }
}

/// True if a person has to mend the file, because its bytes are no text.
pub(super) fn is_for_a_person(error: &StorageError) -> bool {
    matches!(error, StorageError::NotUtf8(_) | StorageError::TooLarge(_))
}

/// What the file was before another program wrote it; `None` if it is one of ours: what was last written, or a later
/// version, because the server was killed between writing the file and noting that it had.
fn foreign_to(
    connection: &Connection,
    project: ProjectId,
    path: &TextPath,
    row: TextRow,
    file: &str,
) -> Result<Option<Arc<str>>, Error> {
    if Digest::of(file.as_bytes()) == row.flushed {
        return Ok(None);
    }
    let from = row.flushed_version.max(1);
    let (flushed, _) = history::reconstruct(connection, project, path, from)?;
    let versions = (from, row.version);
    let ours = history::is_later(connection, project, path, (&flushed, versions), file)?;
    Ok((!ours).then(|| flushed.into()))
}
