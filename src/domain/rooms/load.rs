//! Opening a room: the text is the journal's; what the file has beyond it is merged in.

use std::sync::Arc;

use super::Rooms;
use crate::domain::room::{Room, Snapshot};
use crate::domain::{Error, history, template};
use crate::ground::ids::{ProjectId, TextPath};
use crate::ground::secret::Digest;
use crate::storage::error::Error as StorageError;
use crate::storage::project_dir::{ProjectDir, Stamp};
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
    /// The text at `flushed_version`, if the file is neither that nor anything later: another program wrote it.
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
            let mut foreign = None;
            if let Some((file, _)) = &file
                && **file != *content
                && Digest::of(file.as_bytes()) != row.flushed
                && !is_later(connection, project, path, row, file)?
            {
                foreign = Some(
                    history::reconstruct(connection, project, path, row.flushed_version.max(1))?
                        .0
                        .into(),
                );
            }
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
                if storage_project_is_gone(tx, project)? {
                    return Err(Error::ProjectNotFound);
                }
                Ok(texts::begin(tx, project, &path, &text, author, now)?)
            })
            .await?;
        Ok(Snapshot::new(1, content))
    }
}

/// True if a person has to mend the file, because its bytes are no text.
pub(super) fn is_for_a_person(error: &StorageError) -> bool {
    matches!(error, StorageError::NotUtf8(_) | StorageError::TooLarge(_))
}

fn storage_project_is_gone(
    tx: &crate::storage::database::Tx<'_>,
    project: ProjectId,
) -> Result<bool, Error> {
    Ok(crate::storage::projects::find(tx, project)?.is_none())
}

/// True if the file is one of the versions after the one it is known to have had: the server was killed between
/// writing the file and noting that it had.
fn is_later(
    connection: &rusqlite::Connection,
    project: ProjectId,
    path: &TextPath,
    row: TextRow,
    file: &str,
) -> Result<bool, Error> {
    for version in (row.flushed_version + 1..row.version).rev() {
        if history::reconstruct(connection, project, path, version)?.0 == file {
            return Ok(true);
        }
    }
    Ok(false)
}
