//! All open rooms, and the one path by which a text changes: against a version, merged if that is not the newest,
//! journalled in the database, acknowledged, and a moment later written to the file.

mod absorb;
mod flush;
mod load;
mod rename;
mod save;

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::sync::OnceCell;
use tokio_util::task::TaskTracker;

use super::Error;
use super::projects::Projects;
use super::room::{Room, Snapshot};
use crate::ground::clock::{Clock, Timestamp};
use crate::ground::ids::{ProjectId, TextPath};
use crate::storage::database::Database;
use crate::storage::error::Error as StorageError;

pub use save::{Edit, Saved};

/// Longest text, in bytes of UTF-8.
pub const MAX_TEXT: usize = 2 * 1024 * 1024;
/// Rooms that nobody has used for this long are closed.
const CLOSE_AFTER: Duration = Duration::from_mins(10);

type Key = (ProjectId, TextPath);
/// A room that is open, or being opened by whoever came first.
type Cell = Arc<OnceCell<Arc<Room>>>;

/// The rooms of a server. Cheap to clone.
#[derive(Clone)]
pub struct Rooms {
    db: Database,
    projects: Projects,
    clock: Clock,
    open: Arc<Mutex<HashMap<Key, Cell>>>,
    flushes: TaskTracker,
}

impl Rooms {
    /// None open yet.
    #[must_use]
    pub fn new(db: Database, projects: Projects, clock: Clock) -> Self {
        Self {
            db,
            projects,
            clock,
            open: Arc::default(),
            flushes: TaskTracker::new(),
        }
    }

    /// The room, if it is open.
    #[must_use]
    pub fn get(&self, project: ProjectId, path: &TextPath) -> Option<Arc<Room>> {
        let cell = self.lock().get(&(project, path.clone())).cloned()?;
        cell.get().cloned()
    }

    /// The room, opened if it is not.
    ///
    /// # Errors
    /// [`Error::ProjectNotFound`], [`Error::NotUtf8`], or what the disk says.
    pub async fn open(&self, project: ProjectId, path: &TextPath) -> Result<Arc<Room>, Error> {
        let key = (project, path.clone());
        let cell = self.lock().entry(key.clone()).or_default().clone();
        let opened = cell
            .get_or_try_init(|| self.load(project, path.clone()))
            .await
            .cloned();
        if opened.is_err() {
            self.forget(&key, &cell);
        }
        opened
    }

    /// The current text. What another program wrote into the file counts.
    ///
    /// # Errors
    /// As [`Rooms::open`].
    pub async fn read(&self, project: ProjectId, path: &TextPath) -> Result<Snapshot, Error> {
        let room = match self.open(project, path).await {
            // To open a room for the first time is to begin a journal. Reading must not need that.
            Err(Error::Storage(StorageError::Full | StorageError::ReadOnly)) => {
                return self.read_file(project, path.clone()).await;
            }
            opened => opened?,
        };
        self.read_open(&room).await
    }

    /// The current text of a room that is open.
    pub(super) async fn read_open(&self, room: &Arc<Room>) -> Result<Snapshot, Error> {
        self.absorb(room).await?;
        Ok(room.durable())
    }

    /// A text without a journal, as the disk has it.
    async fn read_file(&self, project: ProjectId, path: TextPath) -> Result<Snapshot, Error> {
        let projects = self.projects.clone();
        let read = move || Ok::<_, Error>(projects.dir(project)?.read(&path)?);
        let text = tokio::task::spawn_blocking(read).await;
        let text = text.map_err(|_| StorageError::Closed)??;
        Ok(Snapshot::new(
            1,
            text.map_or_else(|| Arc::from(""), |(text, _)| text.into()),
        ))
    }

    /// Empties a text and deletes its file. What it was stays in the journal.
    ///
    /// # Errors
    /// What the disk or the database says.
    pub async fn delete(
        &self,
        project: ProjectId,
        path: &TextPath,
        author: &str,
        now: Timestamp,
    ) -> Result<(), Error> {
        let edit = Edit {
            path: path.clone(),
            content: String::new(),
            base: None,
        };
        self.save(project, vec![edit], author, now).await?;
        let room = self.open(project, path).await?;
        self.flush(&room).await?;
        self.close(&room);
        tokio::task::spawn_blocking(move || room.remove_file())
            .await
            .map_err(|_| StorageError::Closed)??;
        Ok(())
    }

    /// Closes a room and takes it out of the open ones. True if its file lacked something.
    fn close(&self, room: &Arc<Room>) -> bool {
        let lacked = room.close();
        self.remove(room);
        lacked
    }

    fn remove(&self, room: &Arc<Room>) {
        let key = (room.project, room.path.clone());
        let mut open = self.lock();
        if open
            .get(&key)
            .and_then(|cell| cell.get())
            .is_some_and(|known| Arc::ptr_eq(known, room))
        {
            open.remove(&key);
        }
    }

    fn forget(&self, key: &Key, cell: &Cell) {
        let mut open = self.lock();
        if open.get(key).is_some_and(|known| Arc::ptr_eq(known, cell)) {
            open.remove(key);
        }
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<Key, Cell>> {
        self.open.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Closes rooms that nobody has used for ten minutes. Never returns.
    pub async fn run(self) {
        loop {
            tokio::time::sleep(Duration::from_mins(1)).await;
            let open: Vec<_> = self
                .lock()
                .values()
                .filter_map(|cell| cell.get().cloned())
                .collect();
            for room in open {
                if room.idle() > CLOSE_AFTER && room.close_if_settled() {
                    self.remove(&room);
                }
            }
        }
    }
}
