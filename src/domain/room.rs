//! A room: the live, in-memory side of one open text file.
//!
//! It holds two states of the text. The newest is what edits build on; the durable one is what has been journalled,
//! and only that is shown, or written to the file. When a journal write fails the room is closed, and the next use
//! opens a new one from the database, so that memory can never stay ahead of the disk.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError};
use std::time::{Duration, Instant};

use bytes::Bytes;

use super::changes::ChangeSet;
use crate::ground::clock::Timestamp;
use crate::ground::ids::{ProjectId, TextPath};
use crate::ground::secret::Digest;
use crate::storage::error::Error as StorageError;
use crate::storage::project_dir::{ProjectDir, Stamp};
use crate::storage::texts::Entry;

/// The file follows this long after the last edit …
const QUIET: Duration = Duration::from_millis(500);
/// … and at the latest this long after the first one that it lacks.
const LATEST: Duration = Duration::from_secs(2);
/// A journal gets a new full text after this many change sets, so that reading it stays quick …
const FULL_TEXT_AFTER_CHANGES: u32 = 200;
/// … or when the change sets are together this much longer than the text, so that the database stays small.
const FULL_TEXT_AFTER_BYTES: usize = 8 * 1024;

/// A version of a text.
#[derive(Clone, Debug)]
pub struct Snapshot {
    /// From 1; one more with every accepted change.
    pub version: u64,
    /// The whole text.
    pub content: Arc<str>,
    encoded: Arc<OnceLock<Bytes>>,
}

impl Snapshot {
    /// A version of a text.
    #[must_use]
    pub fn new(version: u64, content: Arc<str>) -> Self {
        Self {
            version,
            content,
            encoded: Arc::default(),
        }
    }

    /// What the floor above makes of this version. A text is read far more often than it changes, so that is made
    /// once and shared.
    #[must_use]
    pub fn encoded(&self, encode: impl FnOnce(&Self) -> Bytes) -> Bytes {
        self.encoded.get_or_init(|| encode(self)).clone()
    }
}

/// One open text file.
#[derive(Debug)]
pub struct Room {
    /// Whose.
    pub project: ProjectId,
    /// Which.
    pub path: TextPath,
    dir: Arc<ProjectDir>,
    text: Mutex<Text>,
    disk: Mutex<Disk>,
    /// Held while news of the disk is taken in, so that it is taken in once.
    pub(super) absorbing: tokio::sync::Mutex<()>,
    last_used: AtomicU64,
    opened: Instant,
}

/// The text in memory.
#[derive(Debug)]
pub(super) struct Text {
    newest: Snapshot,
    durable: Snapshot,
    closed: bool,
    /// Set while the file lacks something; the moments of the first and the last such edit.
    unflushed: Option<(Instant, Instant)>,
    changes_since_full: u32,
    bytes_since_full: usize,
}

/// The file, as it was last read or written.
#[derive(Debug)]
struct Disk {
    content: Arc<str>,
    stamp: Option<Stamp>,
}

/// What [`Room::look_at_disk`] found.
#[derive(Debug)]
pub enum DiskNews {
    /// Nothing that is not known.
    None,
    /// The file was deleted. The text is still here, and a flush brings it back.
    Deleted,
    /// Another program has written the file.
    Changed {
        /// What we last knew the file to be.
        base: Arc<str>,
        /// What it is now.
        found: Arc<str>,
        /// By which it is known again.
        stamp: Stamp,
    },
}

/// What became of a [`Room::flush`].
pub(super) enum Flush {
    /// The file holds this version, and its bytes have this digest.
    Done(u64, Digest),
    /// Another program has written the file since it was last looked at.
    LookFirst,
    /// The room is closed.
    Closed,
}

impl Room {
    /// With the journalled text, and the file as it was found.
    pub(super) fn new(
        project: ProjectId,
        path: TextPath,
        dir: Arc<ProjectDir>,
        text: Snapshot,
        changes_since_full: u32,
        file: Option<(Arc<str>, Stamp)>,
    ) -> Self {
        let (content, stamp) = match file {
            Some((content, stamp)) => (content, Some(stamp)),
            None => (Arc::from(""), None),
        };
        let now = Instant::now();
        let lags = *content != *text.content;
        Self {
            project,
            path,
            dir,
            text: Mutex::new(Text {
                newest: text.clone(),
                durable: text,
                closed: false,
                unflushed: lags.then_some((now, now)),
                changes_since_full,
                bytes_since_full: 0,
            }),
            disk: Mutex::new(Disk { content, stamp }),
            absorbing: tokio::sync::Mutex::default(),
            last_used: AtomicU64::new(0),
            opened: now,
        }
    }

    /// The text that has been journalled.
    #[must_use]
    pub fn durable(&self) -> Snapshot {
        self.touch();
        self.lock().durable.clone()
    }

    /// The text that the next edit builds on.
    pub(super) fn newest(&self) -> Snapshot {
        self.touch();
        self.lock().newest.clone()
    }

    pub(super) fn lock(&self) -> MutexGuard<'_, Text> {
        self.text.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The directory it lies in.
    pub(super) fn dir(&self) -> Arc<ProjectDir> {
        self.dir.clone()
    }

    fn touch(&self) {
        self.last_used
            .store(self.opened.elapsed().as_secs(), Ordering::Relaxed);
    }

    /// How long nobody has used it.
    pub(super) fn idle(&self) -> Duration {
        let last = Duration::from_secs(self.last_used.load(Ordering::Relaxed));
        self.opened.elapsed().saturating_sub(last)
    }

    /// Marks a version as journalled. True if a flush must be arranged.
    pub(super) fn confirm(&self, journalled: Snapshot) -> bool {
        let mut text = self.lock();
        if journalled.version <= text.durable.version {
            return false;
        }
        text.durable = journalled;
        drop(text);
        self.want_flush()
    }

    /// Closes the room: whoever still holds it can read, but not change it. A flush that is under way ends first.
    /// True if the file lacked something.
    pub(super) fn close(&self) -> bool {
        let _disk = self.lock_disk();
        let mut text = self.lock();
        text.closed = true;
        text.unflushed.is_some()
    }

    /// True if the room may not be changed any more.
    pub(super) fn is_closed(&self) -> bool {
        self.lock().closed
    }

    /// Closes the room if the file lacks nothing and nothing is on its way to the journal.
    pub(super) fn close_if_settled(&self) -> bool {
        let mut text = self.lock();
        let settled = text.unflushed.is_none() && text.newest.version == text.durable.version;
        text.closed |= settled;
        settled
    }

    /// True while the file lacks something that the text has.
    pub(super) fn is_ahead(&self) -> bool {
        self.lock().unflushed.is_some()
    }

    /// When the file is to be written; `None` if it lacks nothing, or if the room is closed.
    pub(super) fn flush_due(&self) -> Option<Instant> {
        let text = self.lock();
        let (first, last) = text.unflushed.filter(|_| !text.closed)?;
        drop(text);
        Some((last + QUIET).min(first + LATEST))
    }

    /// True if the file is as it was last read or written: one `stat`, which takes a microsecond, a tenth of what it
    /// would take to hand it to another thread. False also while a flush is under way.
    pub(super) fn file_is_as_known(&self) -> bool {
        let Ok(disk) = self.disk.try_lock() else {
            return false;
        };
        self.dir.has_stamp(&self.path, disk.stamp)
    }

    /// Compares the file with what is known of it, and reads it if it differs. Blocks.
    ///
    /// # Errors
    /// If the file is not UTF-8 or cannot be read.
    pub(super) fn look_at_disk(&self) -> Result<DiskNews, StorageError> {
        let mut disk = self.lock_disk();
        let stamp = self.dir.stamp(&self.path)?;
        if stamp == disk.stamp {
            return Ok(DiskNews::None);
        }
        let Some((found, stamp)) = self.dir.read(&self.path)? else {
            *disk = Disk {
                content: Arc::from(""),
                stamp: None,
            };
            return Ok(DiskNews::Deleted);
        };
        if *found == *disk.content {
            disk.stamp = Some(stamp);
            return Ok(DiskNews::None);
        }
        Ok(DiskNews::Changed {
            base: disk.content.clone(),
            found: found.into(),
            stamp,
        })
    }

    /// Notes that what another program wrote is in the journal, so that a flush may write over it.
    pub(super) fn disk_is_taken_in(&self, found: Arc<str>, stamp: Stamp) {
        *self.lock_disk() = Disk {
            content: found,
            stamp: Some(stamp),
        };
    }

    /// Notes that the file lacks something. True if it lacked nothing before, so that a flush must be arranged.
    pub(super) fn want_flush(&self) -> bool {
        let mut text = self.lock();
        if text.closed {
            return false;
        }
        let now = Instant::now();
        let first = text.unflushed.map(|(first, _)| first);
        text.unflushed = Some((first.unwrap_or(now), now));
        first.is_none()
    }

    /// Brings the file up to the journalled text. A closed room writes nothing: its file may belong to another one by
    /// now. Blocks.
    ///
    /// # Errors
    /// If the disk refuses; the file then holds what it held.
    pub(super) fn flush(&self) -> Result<Flush, StorageError> {
        let mut disk = self.lock_disk();
        if self.is_closed() {
            return Ok(Flush::Closed);
        }
        if self.dir.stamp(&self.path)? != disk.stamp {
            return Ok(Flush::LookFirst);
        }
        let durable = self.lock().durable.clone();
        if disk.stamp.is_none() || *disk.content != *durable.content {
            let stamp = self.dir.write(&self.path, &durable.content)?;
            *disk = Disk {
                content: durable.content.clone(),
                stamp: Some(stamp),
            };
        }
        let mut text = self.lock();
        if text.durable.version == durable.version {
            text.unflushed = None;
        }
        Ok(Flush::Done(
            durable.version,
            Digest::of(durable.content.as_bytes()),
        ))
    }

    /// Deletes the file of a section that has been deleted, if it holds what is known. Blocks.
    ///
    /// # Errors
    /// If the disk refuses.
    pub(super) fn remove_file(&self) -> Result<(), StorageError> {
        let disk = self.lock_disk();
        if self.dir.stamp(&self.path)? == disk.stamp {
            self.dir.remove(&self.path)?;
        }
        Ok(())
    }

    fn lock_disk(&self) -> MutexGuard<'_, Disk> {
        self.disk.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// What [`Text::advance`] made of a proposal.
pub(super) enum Advance {
    /// The text is that already.
    Unchanged,
    /// The journal entry that leads there.
    Entry(Entry),
}

impl Text {
    /// True if an edit of version `base` can be taken.
    pub(super) fn accepts(&self, base: u64) -> bool {
        !self.closed && self.newest.version == base
    }

    /// True if the room may not be changed any more.
    pub(super) fn is_closed(&self) -> bool {
        self.closed
    }

    /// Makes `content` the newest text.
    pub(super) fn advance(&mut self, content: Arc<str>, author: &str, now: Timestamp) -> Advance {
        let Some(change) = ChangeSet::between(&self.newest.content, &content) else {
            return Advance::Unchanged;
        };
        let (added, removed) = change.size();
        let change_set = change.to_json();
        self.changes_since_full += 1;
        self.bytes_since_full += change_set.len();
        let full = self.changes_since_full >= FULL_TEXT_AFTER_CHANGES
            || self.bytes_since_full >= content.len() + FULL_TEXT_AFTER_BYTES;
        if full {
            self.changes_since_full = 0;
            self.bytes_since_full = 0;
        }
        let version = self.newest.version + 1;
        self.newest = Snapshot::new(version, content.clone());
        Advance::Entry(Entry {
            version,
            author: author.to_owned(),
            at: now,
            added,
            removed,
            change_set,
            full_text: full.then(|| content.to_string()),
        })
    }

    /// The newest state.
    pub(super) fn newest(&self) -> &Snapshot {
        &self.newest
    }
}
