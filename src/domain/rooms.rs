//! All open rooms, and the one path by which a text changes: against a version, merged if that is not the newest,
//! journalled in the database, acknowledged, and a moment later written to the file.

mod absorb;
mod flush;
mod load;

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::sync::OnceCell;
use tokio_util::task::TaskTracker;

use super::error::Conflict;
use super::projects::Projects;
use super::room::{Advance, Room, Snapshot};
use super::{Error, history, merge};
use crate::ground::clock::{Clock, Timestamp};
use crate::ground::ids::{ProjectId, TextPath};
use crate::storage::database::Database;
use crate::storage::error::Error as StorageError;
use crate::storage::texts::{self, Entry};
use crate::storage::{self, projects};

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

/// One text to be saved.
#[derive(Clone, Debug)]
pub struct Edit {
    /// Which.
    pub path: TextPath,
    /// What it shall be.
    pub content: String,
    /// The version it was made from; `None` replaces whatever is there.
    pub base: Option<u64>,
}

/// What became of an [`Edit`].
#[derive(Clone, Debug)]
pub struct Saved {
    /// The text now.
    pub text: Snapshot,
    /// True if it holds more than the edit did, because others had written meanwhile.
    pub merged: bool,
}

/// An edit that has been fitted onto the newest version.
struct Fitted {
    room: Arc<Room>,
    onto: u64,
    content: Arc<str>,
    merged: bool,
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
        let room = self.open(project, path).await?;
        self.absorb(&room).await?;
        Ok(room.durable())
    }

    /// Saves several texts of a project, all or nothing. Texts come back in the order of the edits.
    ///
    /// # Errors
    /// [`Error::Conflict`] with the current texts if any edit does not fit.
    pub async fn save(
        &self,
        project: ProjectId,
        edits: Vec<Edit>,
        author: &str,
        now: Timestamp,
    ) -> Result<Vec<Saved>, Error> {
        for edit in &edits {
            let room = self.open(project, &edit.path).await?;
            self.absorb(&room).await?;
        }
        loop {
            let fitted = self.fit_all(project, &edits).await?;
            if let Some(saved) = self.commit(project, fitted, author, now).await? {
                return Ok(saved);
            }
            // Somebody else was quicker; fit the edits onto what they made.
        }
    }

    async fn fit_all(&self, project: ProjectId, edits: &[Edit]) -> Result<Vec<Fitted>, Error> {
        let mut fitted = Vec::with_capacity(edits.len());
        let mut conflicts = Vec::new();
        for edit in edits {
            let room = self.open(project, &edit.path).await?;
            let newest = room.newest();
            match self.fit(&room, &newest, edit).await? {
                Some((content, merged)) => fitted.push(Fitted {
                    room,
                    onto: newest.version,
                    content,
                    merged,
                }),
                None => conflicts.push(Conflict {
                    section: edit.path.to_string(),
                    content: newest.content.to_string(),
                    version: newest.version,
                }),
            }
        }
        if conflicts.is_empty() {
            Ok(fitted)
        } else {
            Err(Error::Conflict(conflicts))
        }
    }

    /// The text that the edit makes of the newest one; `None` if it does not fit.
    async fn fit(
        &self,
        room: &Room,
        newest: &Snapshot,
        edit: &Edit,
    ) -> Result<Option<(Arc<str>, bool)>, Error> {
        let content: Arc<str> = edit.content.as_str().into();
        let base = match edit.base {
            Some(base) if base != newest.version => base,
            _ => return Ok(Some((content, false))),
        };
        let base = match history::text_at(&self.db, room.project, room.path.clone(), base).await {
            Ok(base) => base,
            Err(Error::VersionNotFound) => {
                return Ok((*content == *newest.content).then_some((content, false)));
            }
            Err(error) => return Err(error),
        };
        let (ours, theirs) = (content.clone(), newest.content.clone());
        let merged =
            tokio::task::spawn_blocking(move || merge::three_way(&base, &ours, &theirs)).await;
        let merged = merged.map_err(|_| StorageError::Closed)?;
        // Two texts that fit may not fit together.
        let merged = merged.filter(|merged| merged.len() <= MAX_TEXT);
        Ok(merged.map(|merged| {
            let more = *merged != *content;
            (merged.into(), more)
        }))
    }

    /// Takes fitted edits into their rooms and the journal; `None` if a room has moved on meanwhile.
    async fn commit(
        &self,
        project: ProjectId,
        fitted: Vec<Fitted>,
        author: &str,
        now: Timestamp,
    ) -> Result<Option<Vec<Saved>>, Error> {
        let Some((journal, journalled)) = self.propose(project, &fitted, author, now) else {
            return Ok(None);
        };
        if let Err(error) = journal.await {
            for edit in &fitted {
                if self.close(&edit.room) {
                    self.reopen_later(edit.room.clone());
                }
            }
            return Err(error);
        }
        for (edit, text) in fitted.iter().zip(&journalled) {
            if edit.room.confirm(text.clone()) {
                self.flush_later(edit.room.clone());
            }
        }
        let saved = fitted.into_iter().zip(journalled);
        Ok(Some(
            saved
                .map(|(edit, text)| Saved {
                    text,
                    merged: edit.merged,
                })
                .collect(),
        ))
    }

    /// With all rooms locked, so that either all edits are taken or none; and the journal job is queued before a room
    /// is unlocked, so that jobs are in the order of versions.
    fn propose(
        &self,
        project: ProjectId,
        fitted: &[Fitted],
        author: &str,
        now: Timestamp,
    ) -> Option<(
        impl Future<Output = Result<(), Error>> + use<>,
        Vec<Snapshot>,
    )> {
        // One order for everyone, or two saves could each hold what the other waits for.
        let mut order: Vec<usize> = (0..fitted.len()).collect();
        order.sort_by(|&a, &b| fitted[a].room.path.cmp(&fitted[b].room.path));
        let mut locked: Vec<_> = order
            .iter()
            .map(|&at| (at, fitted[at].room.lock()))
            .collect();
        if locked
            .iter()
            .any(|(at, text)| !text.accepts(fitted[*at].onto))
        {
            for (at, text) in &locked {
                if text.is_closed() {
                    self.remove(&fitted[*at].room);
                }
            }
            return None;
        }
        let mut entries: Vec<(TextPath, Entry)> = Vec::with_capacity(fitted.len());
        let mut texts: Vec<Option<Snapshot>> = vec![None; fitted.len()];
        for (at, text) in &mut locked {
            if let Advance::Entry(entry) = text.advance(fitted[*at].content.clone(), author, now) {
                entries.push((fitted[*at].room.path.clone(), entry));
            }
            texts[*at] = Some(text.newest().clone());
        }
        let journal = self.journal(project, entries, now);
        Some((journal, texts.into_iter().flatten().collect()))
    }

    /// Even an edit that changes nothing waits for the journal: the text may be that of an edit still on its way.
    fn journal(
        &self,
        project: ProjectId,
        entries: Vec<(TextPath, Entry)>,
        now: Timestamp,
    ) -> impl Future<Output = Result<(), Error>> + use<> {
        self.db.write(move |tx| {
            if !entries.is_empty() {
                projects::set_edited(tx, project, now)?;
            }
            for (path, entry) in entries {
                if !texts::append(tx, project, &path, &entry)? {
                    return Err(journal_gone(tx, project));
                }
            }
            Ok(())
        })
    }

    /// Gives a text another path, as a section is renamed. Nobody else may use either path meanwhile.
    ///
    /// # Errors
    /// [`Error::SectionExists`] if a file stands there already; what the disk or the database says.
    pub async fn rename(
        &self,
        project: ProjectId,
        from: &TextPath,
        to: &TextPath,
        now: Timestamp,
    ) -> Result<(), Error> {
        let text = self.read(project, from).await?;
        let room = self.open(project, from).await?;
        let (dir, new) = (room.dir(), to.clone());
        let occupied = tokio::task::spawn_blocking(move || dir.stamp(&new)).await;
        if occupied.map_err(|_| StorageError::Closed)??.is_some() {
            return Err(Error::SectionExists);
        }
        if let Some(room) = self.get(project, to) {
            self.close(&room);
        }
        self.close(&room);
        let (old, new) = (from.clone(), to.clone());
        self.db
            .write(move |tx| Ok::<_, Error>(texts::rename(tx, project, &old, &new, now)?))
            .await?;
        let (dir, new) = (room.dir(), to.clone());
        let moved = tokio::task::spawn_blocking(move || {
            dir.write(&new, &text.content)?;
            room.remove_file()
        });
        moved.await.map_err(|_| StorageError::Closed)??;
        Ok(())
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

/// Why a journal could not be appended to: its project is gone, or another process has written to it.
fn journal_gone(tx: &storage::database::Tx<'_>, project: ProjectId) -> Error {
    match projects::find(tx, project) {
        Ok(None) => Error::ProjectNotFound,
        Ok(Some(_)) => StorageError::from(std::io::Error::other(
            "the journal was changed by another process",
        ))
        .into(),
        Err(error) => error.into(),
    }
}
