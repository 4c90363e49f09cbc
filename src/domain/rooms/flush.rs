//! Writing the files: half a second after the last edit, two seconds after the first at the latest.

use std::sync::Arc;
use std::time::Duration;

use super::Rooms;
use crate::domain::Error;
use crate::domain::room::{Flush, Room};
use crate::ground::ids::ProjectId;
use crate::storage::error::Error as StorageError;
use crate::storage::texts;

/// Waiting times after a write that failed; the last one is used again and again.
const RETRY: [Duration; 4] = [
    Duration::from_secs(1),
    Duration::from_secs(2),
    Duration::from_secs(5),
    Duration::from_secs(15),
];

impl Rooms {
    /// Arranges for the file to follow. To be called when a room's text first gets ahead of its file.
    pub(super) fn flush_later(&self, room: Arc<Room>) {
        let rooms = self.clone();
        self.flushes
            .spawn(async move { rooms.flush_when_due(&room).await });
    }

    async fn flush_when_due(&self, room: &Arc<Room>) {
        let mut failures = 0;
        while let Some(due) = room.flush_due() {
            tokio::time::sleep_until(due.into()).await;
            if room
                .flush_due()
                .is_some_and(|due| due > std::time::Instant::now())
            {
                continue;
            }
            match self.flush(room).await {
                Ok(()) => failures = 0,
                Err(Error::ProjectNotFound) => return,
                Err(_) if room.dir().is_gone() => return self.reopen(room).await,
                Err(error) => {
                    if failures == 0 {
                        tracing::error!(project = %room.project, path = %room.path, %error,
                            "the file cannot be written; the text is safe in the journal and will be tried again");
                    }
                    tokio::time::sleep(RETRY[failures.min(RETRY.len() - 1)]).await;
                    failures += 1;
                }
            }
        }
    }

    /// Arranges for [`Rooms::reopen`].
    pub(super) fn reopen_later(&self, room: Arc<Room>) {
        let rooms = self.clone();
        self.flushes.spawn(async move { rooms.reopen(&room).await });
    }

    /// Opens the text anew, so that the file gets everything that is in the journal: after the project's directory was
    /// deleted, or after a journal write failed.
    pub(super) async fn reopen(&self, room: &Arc<Room>) {
        self.close(room);
        match self.open(room.project, &room.path).await {
            // The project has been deleted as well.
            Ok(_) | Err(Error::ProjectNotFound) => {}
            Err(error) => tracing::error!(project = %room.project, path = %room.path, %error,
                "the file cannot be made anew; the text is safe in the journal"),
        }
    }

    /// Brings the file up to the journal now, and notes that in the database.
    pub(super) async fn flush(&self, room: &Arc<Room>) -> Result<(), Error> {
        loop {
            let flushing = room.clone();
            let flushed = tokio::task::spawn_blocking(move || flushing.flush()).await;
            match flushed.map_err(|_| StorageError::Closed)?? {
                Flush::Done(version, digest) => {
                    let (project, path) = (room.project, room.path.clone());
                    let note = self.db.write(move |tx| {
                        Ok(texts::set_flushed(tx, project, &path, version, digest)?)
                    });
                    return note.await;
                }
                Flush::LookFirst => {}
                Flush::Closed => return Ok(()),
            }
            self.absorb(room).await?;
        }
    }

    /// Writes every file that lacks something, without waiting for quiet. To be called when no more edits come.
    pub async fn flush_all(&self) {
        self.flush_those(|_| true).await;
    }

    /// Writes the files of one project that lack something.
    pub async fn flush_project(&self, project: ProjectId) {
        self.flush_those(|room| room.project == project).await;
    }

    async fn flush_those(&self, wanted: impl Fn(&Room) -> bool) {
        let open: Vec<_> = self
            .lock()
            .values()
            .filter_map(|cell| cell.get().cloned())
            .filter(|room| wanted(room))
            .collect();
        for room in open {
            if room.flush_due().is_some()
                && let Err(error) = self.flush(&room).await
            {
                tracing::error!(project = %room.project, path = %room.path, %error,
                    "the file was not written; the text is in the journal and is written at the next start");
            }
        }
    }

    /// Brings files up to their journals after a crash. To be called once, before requests are served.
    ///
    /// # Errors
    /// What the database says; a single file that cannot be brought up to date is logged and left for later.
    pub async fn recover(&self) -> Result<usize, Error> {
        let lagging = self
            .db
            .read(|connection| Ok::<_, Error>(texts::lagging(connection)?))
            .await?;
        let count = lagging.len();
        for (project, path) in lagging {
            let recovered = match self.open(project, &path).await {
                Ok(room) => self.flush(&room).await,
                Err(error) => Err(error),
            };
            if let Err(error) = recovered {
                tracing::error!(%project, %path, %error, "the file could not be brought up to its journal");
            }
        }
        Ok(count)
    }
}
