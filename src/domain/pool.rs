//! The visitor pool: N seats with a fresh project each, given to whoever opens the page.
//!
//! Invariants: a slot has at most one active allocation (the schema holds to it); a slot is free only while it holds
//! a project fresh from the template; work that was edited is moved out of a slot, never deleted, before the slot is
//! made fresh. Filling and emptying slots is done under the pool lock, by the server or by a `pool` command.

mod fill;
mod tend;

use std::time::Duration;

use tokio::sync::Notify;

use std::sync::Arc;

use super::projects::{DEFAULT, Projects};
use super::sessions::{LASTS, Visitor};
use super::transfer::{self, Destination};
use super::{Error, sessions};
use crate::ground::clock::Timestamp;
use crate::ground::ids::ProjectId;
use crate::ground::secret::{Digest, Secret};
use crate::storage::allocations::{self, ReleaseReason};
use crate::storage::database::{Database, Tx};
use crate::storage::sessions::VisitorValues;
use crate::storage::slots::{self, Counts, FreeSlot};
use crate::storage::transfers::Transfer;
use crate::storage::workspace::Workspace;
use crate::storage::{self, projects};

pub use fill::Filled;

/// The pool of a data directory. Cheap to clone.
#[derive(Clone)]
pub struct Pool {
    db: Database,
    workspace: Workspace,
    projects: Projects,
    /// How long a lease lasts after the visitor's last activity.
    lease: Duration,
    /// Rung when a slot awaits cleaning or a lease has begun.
    changed: Arc<Notify>,
}

/// What a visitor gets.
#[derive(Clone, Copy, Debug)]
pub struct Allocation {
    /// The slot.
    pub slot: crate::ground::ids::SlotNumber,
    /// The project in it.
    pub project: ProjectId,
}

impl Pool {
    /// On a database and its data directory, with leases of this length.
    #[must_use]
    pub fn new(db: Database, workspace: Workspace, projects: Projects, lease: Duration) -> Self {
        Self {
            db,
            workspace,
            projects,
            lease,
            changed: Arc::default(),
        }
    }

    /// How long a lease lasts after the visitor's last activity.
    #[must_use]
    pub fn lease(&self) -> Duration {
        self.lease
    }

    /// The slots' standing.
    ///
    /// # Errors
    /// What the database says.
    pub async fn status(&self, now: Timestamp) -> Result<Counts, Error> {
        self.db
            .read(move |connection| Ok(slots::counts(connection, now)?))
            .await
    }

    /// Gives a browser session the slot that has been free longest. With `parked`, the work of a visitor who comes
    /// back, that project is moved into the slot.
    ///
    /// # Errors
    /// [`Error::PoolFull`], [`Error::NoPool`].
    pub async fn allocate(
        &self,
        session: Digest,
        parked: Option<ProjectId>,
        now: Timestamp,
    ) -> Result<Allocation, Error> {
        let lease = self.lease;
        let (allocation, moving) = self
            .db
            .write(move |tx| {
                let slot = slots::longest_free(tx)?.ok_or_else(|| refusal(tx, now))?;
                let (project, moving) = match parked {
                    Some(parked) => return_parked(tx, slot, parked, now)?,
                    None => (slot.project, None),
                };
                slots::set_allocated(tx, slot.number, Some(project))?;
                let token = Secret::random().digest();
                allocations::insert(tx, slot.number, project, token, now, now.after(lease))?;
                let values = VisitorValues {
                    user: slot.user,
                    project,
                    token,
                };
                storage::sessions::put_visitor(
                    tx,
                    session,
                    values,
                    now,
                    now.after(lease).max(now.after(LASTS)),
                )?;
                let allocation = Allocation {
                    slot: slot.number,
                    project,
                };
                Ok::<_, Error>((allocation, moving))
            })
            .await?;
        if let Some(intent) = moving {
            self.projects.finish_transfer(intent).await?;
        }
        self.changed.notify_one();
        Ok(allocation)
    }

    /// Tells the background task that a slot awaits a fresh project.
    pub fn slot_left(&self) {
        self.changed.notify_one();
    }
}

/// Ends a visitor's allocation. Their project goes where `to` says; without a `to` it is untouched and is deleted.
/// Returns the move to be finished.
///
/// # Errors
/// [`Error::LeaseExpired`] if the allocation has ended meanwhile.
pub(super) fn release(
    tx: &Tx<'_>,
    visitor: &Visitor,
    reason: ReleaseReason,
    to: Option<Destination>,
    now: Timestamp,
) -> Result<Option<Transfer>, Error> {
    if !allocations::release(tx, visitor.lease.allocation, reason, now)? {
        return Err(Error::LeaseExpired);
    }
    let project = projects::find(tx, visitor.project)?.ok_or(Error::LeaseExpired)?;
    leave(tx, &project, to, now)
}

/// Takes a project out of its slot.
fn leave(
    tx: &Tx<'_>,
    project: &projects::Project,
    to: Option<Destination>,
    now: Timestamp,
) -> Result<Option<Transfer>, Error> {
    if let Some(to) = to {
        return transfer::begin(tx, project, to, now).map(Some);
    }
    slots::leave_project(tx, project.id, None)?;
    projects::delete(tx, project.id)?;
    Ok(None)
}

/// The fresh project of the slot makes way for the work that comes back.
fn return_parked(
    tx: &Tx<'_>,
    slot: FreeSlot,
    parked: ProjectId,
    now: Timestamp,
) -> Result<(ProjectId, Option<Transfer>), Error> {
    let Some(project) = projects::find(tx, parked)?.filter(|project| project.owner.is_none())
    else {
        return Ok((slot.project, None));
    };
    slots::set_allocated(tx, slot.number, None)?;
    projects::delete(tx, slot.project)?;
    let to = Destination::Owner {
        user: slot.user,
        username: slot.number.username(),
        name: DEFAULT.to_owned(),
    };
    let intent = transfer::begin(tx, &project, to, now)?;
    Ok((parked, Some(intent)))
}

/// Why there is no free slot.
fn refusal(tx: &Tx<'_>, now: Timestamp) -> Error {
    let standing = || -> Result<Error, storage::error::Error> {
        let counts = slots::counts(tx, now)?;
        if counts.total == 0 {
            return Ok(Error::NoPool);
        }
        let retry_after = match allocations::next_expiry(tx)? {
            // A slot that is being made fresh is ready in a moment.
            _ if counts.expired > 0 => Duration::from_secs(1),
            Some(at) => at.since(now),
            None => Duration::from_secs(1),
        };
        Ok(Error::PoolFull {
            total: counts.total,
            retry_after,
        })
    };
    standing().unwrap_or_else(Error::from)
}

/// True if the visitor has changed anything in their project.
///
/// # Errors
/// What the database says.
pub fn has_edited(connection: &rusqlite::Connection, project: ProjectId) -> Result<bool, Error> {
    let project = projects::find(connection, project)?;
    Ok(project.is_some_and(|project| project.edited_at.is_some()))
}

/// The session's visitor, if it is one; used where both members and visitors come by.
#[must_use]
pub fn visitor(session: Option<&sessions::Session>) -> Option<&Visitor> {
    match &session?.who {
        sessions::Who::Visitor(visitor) => Some(visitor),
        _ => None,
    }
}
