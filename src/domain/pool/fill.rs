//! Making the pool, growing, shrinking and resetting it, and putting fresh projects into slots.

use super::Pool;
use crate::domain::Error;
use crate::domain::projects::DEFAULT;
use crate::domain::template;
use crate::ground::clock::Timestamp;
use crate::ground::ids::{ProjectId, SlotNumber};
use crate::storage::allocations::{self, ReleaseReason};
use crate::storage::database::Tx;
use crate::storage::lock::Exclusive;
use crate::storage::{meta, projects, slots, transfers, users};

/// What [`Pool::init`] did.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Filled {
    /// Slots that were added.
    pub added: usize,
    /// Free slots that were made fresh because something in them was missing.
    pub repaired: usize,
    /// Free slots that were removed.
    pub removed: usize,
    /// Slots there are now.
    pub total: u32,
}

impl Pool {
    /// True if this data directory has had a pool at some time.
    ///
    /// # Errors
    /// What the database says.
    pub fn was_ever_made(&self) -> Result<bool, Error> {
        self.db
            .read_blocking(|connection| Ok(meta::get(connection, meta::POOL_CREATED)?.is_some()))
    }

    /// Makes slots 1 to `size` with users, rows and directories; adds what is missing. With `shrink`, free slots
    /// beyond `size` are removed. Can be repeated, also while a server runs. Blocks.
    ///
    /// # Errors
    /// What the disk or the database says.
    pub fn init(&self, size: u32, shrink: bool, now: Timestamp) -> Result<Filled, Error> {
        let lock = Exclusive::acquire(&self.workspace.pool_lock())
            .map_err(crate::storage::error::Error::from)?;
        let added = self.db.write_blocking(move |tx| add_slots(tx, size, now))?;
        let repaired = self.mark_incomplete()?;
        let removed = if shrink {
            self.remove_free_above(size, now)?
        } else {
            0
        };
        self.fill_locked(now)?;
        drop(lock);
        self.workspace.empty_trash()?;
        let counts = self
            .db
            .read_blocking(|connection| Ok::<_, Error>(slots::counts(connection, now)?))?;
        Ok(Filled {
            added,
            repaired,
            removed,
            total: counts.total,
        })
    }

    /// Frees all slots and wipes all visitor workspaces. Members' projects and parked work stay. Blocks.
    ///
    /// # Errors
    /// What the disk or the database says.
    pub fn reset(&self, now: Timestamp) -> Result<u32, Error> {
        let lock = Exclusive::acquire(&self.workspace.pool_lock())
            .map_err(crate::storage::error::Error::from)?;
        self.db.write_blocking(move |tx| {
            allocations::release_all(tx, ReleaseReason::Reset, now)?;
            for (number, project, _) in slots::with_project(tx)? {
                if transfers::find(tx, project)?.is_none() {
                    slots::set_cleaning(tx, number)?;
                    projects::delete(tx, project)?;
                }
            }
            Ok::<_, Error>(())
        })?;
        self.fill_locked(now)?;
        drop(lock);
        self.workspace.empty_trash()?;
        let counts = self
            .db
            .read_blocking(|connection| Ok::<_, Error>(slots::counts(connection, now)?))?;
        Ok(counts.total)
    }

    /// Puts a fresh project into every slot that awaits one; how many. Blocks.
    ///
    /// # Errors
    /// What the disk or the database says.
    pub(super) fn fill(&self, now: Timestamp) -> Result<usize, Error> {
        let waiting = self
            .db
            .read_blocking(|connection| Ok::<_, Error>(!slots::cleaning(connection)?.is_empty()))?;
        if !waiting {
            return Ok(0);
        }
        let lock = Exclusive::acquire(&self.workspace.pool_lock())
            .map_err(crate::storage::error::Error::from)?;
        let filled = self.fill_locked(now)?;
        drop(lock);
        self.workspace.empty_trash()?;
        Ok(filled)
    }

    fn fill_locked(&self, now: Timestamp) -> Result<usize, Error> {
        let waiting = self
            .db
            .read_blocking(|connection| Ok::<_, Error>(slots::cleaning(connection)?))?;
        if waiting.is_empty() {
            return Ok(0);
        }
        let files = template::files();
        for slot in &waiting {
            let directory = directory(slot.number);
            // No row claims what stands here: the project that was here has been moved out or deleted.
            self.workspace.discard(&directory)?;
            let files = files
                .iter()
                .map(|(path, bytes)| (path.as_str(), bytes.as_slice()));
            self.workspace.create_project(&directory, files)?;
        }
        self.workspace.sync()?;
        let filled = waiting.len();
        self.db.write_blocking(move |tx| {
            for slot in &waiting {
                let project = projects::insert(tx, slot.user, DEFAULT, now)?;
                slots::set_free(tx, slot.number, project, now)?;
            }
            Ok::<_, Error>(())
        })?;
        Ok(filled)
    }

    /// Free slots that are not exactly fresh are filled anew: nobody has worked in them. In a slot that is held, a
    /// missing directory is put back.
    fn mark_incomplete(&self) -> Result<usize, Error> {
        let files = template::files();
        let slots = self
            .db
            .read_blocking(|connection| Ok::<_, Error>(slots::with_project(connection)?))?;
        let mut incomplete: Vec<(SlotNumber, ProjectId)> = Vec::new();
        let mut restored = 0;
        for (number, project, free) in slots {
            let directory = directory(number);
            let there = self.workspace.exists(&directory);
            if free {
                if !there || !self.workspace.holds_only(&directory, &files)? {
                    incomplete.push((number, project));
                }
            } else if !there && self.projects.is_at(project, &directory)? {
                self.projects.restore_directory(project, &directory)?;
                restored += 1;
            }
        }
        self.db.write_blocking(move |tx| {
            slots::set_abandoned_cleaning(tx)?;
            let mut repaired = restored;
            for (number, project) in incomplete {
                // Somebody may have got the slot since it was looked at.
                if slots::set_free_cleaning(tx, number, project)? {
                    projects::delete(tx, project)?;
                    repaired += 1;
                }
            }
            Ok::<_, Error>(repaired)
        })
    }

    fn remove_free_above(&self, size: u32, now: Timestamp) -> Result<usize, Error> {
        // Slots that await a fresh project are free as well, once they have it.
        self.fill_locked(now)?;
        let removed = self.db.write_blocking(move |tx| {
            let mut removed = Vec::new();
            for (number, project, free) in slots::with_project(tx)? {
                if free && number.0 > size {
                    let owner = projects::find(tx, project)?.and_then(|project| project.owner);
                    slots::delete(tx, number)?;
                    projects::delete(tx, project)?;
                    if let Some(owner) = owner {
                        users::delete(tx, owner.id)?;
                    }
                    removed.push(number);
                }
            }
            Ok::<_, Error>(removed)
        })?;
        for number in &removed {
            self.workspace.discard(&directory(*number))?;
            self.workspace.remove_empty_owner(&number.username());
        }
        Ok(removed.len())
    }
}

fn directory(number: SlotNumber) -> String {
    format!("{}/{DEFAULT}", number.username())
}

fn add_slots(tx: &Tx<'_>, size: u32, now: Timestamp) -> Result<usize, Error> {
    let mut added = 0;
    for number in (1..=size).map(SlotNumber) {
        let user = users::ensure_visitor(tx, &number.username(), now)?;
        added += usize::from(slots::ensure(tx, number, user, now)?);
    }
    meta::set(tx, meta::POOL_CREATED, "yes")?;
    Ok(added)
}
