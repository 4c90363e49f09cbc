//! Saving: fit each edit onto the newest version, take all of them or none, journal, acknowledge.

use std::sync::{Arc, MutexGuard};

use super::{MAX_TEXT, Rooms};
use crate::domain::error::Conflict;
use crate::domain::room::{Advance, Room, Snapshot, Text};
use crate::domain::{Error, history, merge};
use crate::ground::clock::Timestamp;
use crate::ground::ids::{ProjectId, TextPath};
use crate::storage::database::Tx;
use crate::storage::error::Error as StorageError;
use crate::storage::{projects, texts};

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
pub(super) struct Fitted {
    pub room: Arc<Room>,
    pub onto: u64,
    pub content: Arc<str>,
    pub merged: bool,
}

/// Another path for a journal.
#[derive(Clone, Debug)]
pub(super) struct Rename {
    pub from: TextPath,
    pub to: TextPath,
}

/// What goes into the journal together.
pub(super) struct Batch {
    pub project: ProjectId,
    pub fitted: Vec<Fitted>,
    pub rename: Option<Rename>,
    pub now: Timestamp,
}

impl Rooms {
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
        self.save_renaming(project, edits, None, author, now).await
    }

    /// Like [`Rooms::save`], and gives a journal another path in the same transaction.
    pub(super) async fn save_renaming(
        &self,
        project: ProjectId,
        edits: Vec<Edit>,
        rename: Option<&Rename>,
        author: &str,
        now: Timestamp,
    ) -> Result<Vec<Saved>, Error> {
        for edit in &edits {
            let room = self.open(project, &edit.path).await?;
            self.absorb(&room).await?;
        }
        loop {
            let fitted = self.fit_all(project, &edits).await?;
            let batch = Batch {
                project,
                fitted,
                rename: rename.cloned(),
                now,
            };
            if let Some(saved) = self.commit(batch, author).await? {
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
        let versions = (base, newest.version);
        let (project, path) = (room.project, room.path.clone());
        let base = match history::base_of(&self.db, project, path, versions, content.clone()).await
        {
            Ok(Some(base)) => base,
            Ok(None) => return Ok(Some((newest.content.clone(), *newest.content != *content))),
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
    pub(super) async fn commit(
        &self,
        batch: Batch,
        author: &str,
    ) -> Result<Option<Vec<Saved>>, Error> {
        let Some((journal, texts)) = self.propose(&batch, author) else {
            return Ok(None);
        };
        // On a task of its own: whoever waits for the answer may go away, and the rooms must learn the outcome.
        let rooms = self.clone();
        let settled = tokio::spawn(async move {
            let outcome = journal.await;
            rooms.settle(batch, texts, outcome)
        });
        settled.await.map_err(|_| StorageError::Closed)?.map(Some)
    }

    /// Tells the rooms what became of their journal entries.
    fn settle(
        &self,
        batch: Batch,
        texts: Vec<Snapshot>,
        outcome: Result<(), Error>,
    ) -> Result<Vec<Saved>, Error> {
        if let Err(error) = outcome {
            for edit in &batch.fitted {
                if self.close(&edit.room) {
                    self.reopen_later(edit.room.clone());
                }
            }
            return Err(error);
        }
        let settle = |(edit, text): (Fitted, Snapshot)| {
            if edit.room.confirm(text.clone()) {
                self.flush_later(edit.room);
            }
            Saved {
                text,
                merged: edit.merged,
            }
        };
        Ok(batch.fitted.into_iter().zip(texts).map(settle).collect())
    }

    /// With all rooms locked, so that either all edits are taken or none; and the journal job is queued before a room
    /// is unlocked, so that jobs are in the order of versions.
    fn propose(
        &self,
        batch: &Batch,
        author: &str,
    ) -> Option<(
        impl Future<Output = Result<(), Error>> + use<>,
        Vec<Snapshot>,
    )> {
        let fitted = &batch.fitted;
        // One order for everyone, or two saves could each hold what the other waits for.
        let mut order: Vec<usize> = (0..fitted.len()).collect();
        order.sort_by(|&a, &b| fitted[a].room.path.cmp(&fitted[b].room.path));
        let lock = |&at: &usize| (at, fitted[at].room.lock());
        let mut locked: Vec<_> = order.iter().map(lock).collect();
        let moved_on = |(at, text): &(usize, MutexGuard<'_, Text>)| !text.accepts(fitted[*at].onto);
        if locked.iter().any(moved_on) {
            for (at, _) in locked.iter().filter(|(_, text)| text.is_closed()) {
                self.remove(&fitted[*at].room);
            }
            return None;
        }
        let mut steps = Vec::with_capacity(fitted.len());
        let mut texts: Vec<Option<Snapshot>> = vec![None; fitted.len()];
        for (at, text) in &mut locked {
            let edit = &fitted[*at];
            let advance = text.advance(edit.content.clone(), author, batch.now);
            steps.push((edit.room.path.clone(), text.newest().version, advance));
            texts[*at] = Some(text.newest().clone());
        }
        let journal = self.journal(batch.project, steps, batch.rename.clone(), batch.now);
        Some((journal, texts.into_iter().flatten().collect()))
    }

    fn journal(
        &self,
        project: ProjectId,
        steps: Vec<(TextPath, u64, Advance)>,
        rename: Option<Rename>,
        now: Timestamp,
    ) -> impl Future<Output = Result<(), Error>> + use<> {
        self.db.write(move |tx| {
            for (path, version, advance) in steps {
                let journalled = match advance {
                    Advance::Entry(entry) => {
                        projects::set_edited(tx, project, now)?;
                        texts::append(tx, project, &path, &entry)?
                    }
                    // The text may be that of an edit before this one, whose journal entry failed.
                    Advance::Unchanged => {
                        let row = texts::find(tx, project, &path)?;
                        row.is_some_and(|row| row.version >= version)
                    }
                };
                if !journalled {
                    return Err(not_journalled(tx, project));
                }
            }
            if let Some(Rename { from, to }) = rename {
                texts::rename(tx, project, &from, &to, now)?;
            }
            Ok(())
        })
    }
}

/// Why a journal could not be appended to: its project is gone, or what the edit builds on was never journalled.
fn not_journalled(tx: &Tx<'_>, project: ProjectId) -> Error {
    match projects::find(tx, project) {
        Ok(None) => Error::ProjectNotFound,
        Ok(Some(_)) => {
            let cause = "the journal lacks the text that this edit builds on";
            StorageError::from(std::io::Error::other(cause)).into()
        }
        Err(error) => error.into(),
    }
}
