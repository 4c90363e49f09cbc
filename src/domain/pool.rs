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

use super::Error;
use super::presence::{News, Presence};
use super::projects::{DEFAULT, Projects};
use super::sessions::{LASTS, Lapsed, Session, Visitor, Who};
use super::transfer::{self, Destination};
use crate::ground::clock::Timestamp;
use crate::ground::ids::ProjectId;
use crate::ground::secret::{Digest, Secret};
use crate::storage::allocations::{self, ReleaseReason};
use crate::storage::database::{Database, Tx};
use crate::storage::sessions::VisitorValues;
use crate::storage::slots::{self, Counts, FreeSlot};
use crate::storage::workspace::Workspace;
use crate::storage::{self, projects};

pub use fill::Filled;

/// The pool of a data directory. Cheap to clone.
#[derive(Clone)]
pub struct Pool {
    db: Database,
    workspace: Workspace,
    projects: Projects,
    presence: Presence,
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
    pub fn new(
        db: Database,
        workspace: Workspace,
        projects: Projects,
        presence: Presence,
        lease: Duration,
    ) -> Self {
        Self {
            db,
            workspace,
            projects,
            presence,
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

    /// Gives a browser session the slot that has been free longest. A visitor who comes back gets the work back: in
    /// the slot that is still theirs, or moved from where it was parked into the new one.
    ///
    /// # Errors
    /// [`Error::PoolFull`], [`Error::NoPool`]; [`Error::AlreadyMember`] if the session has been signed in meanwhile.
    pub async fn allocate(&self, session: Digest, now: Timestamp) -> Result<Allocation, Error> {
        let lease = self.lease;
        let admit = move |tx: &Tx<'_>| admit(tx, session, lease, now);
        let (allocation, moving) = match self.db.write(admit).await {
            // The work was on its way out of the old slot; once it is there it can come back.
            Err(Error::Moving(project)) => {
                self.projects.finish_transfer(project).await?;
                self.db.write(admit).await?
            }
            admitted => admitted?,
        };
        if moving {
            self.projects.finish_transfer(allocation.project).await?;
            let news = News::Project {
                name: DEFAULT.to_owned(),
                owner: Some(allocation.slot.username()),
            };
            self.presence.tell(allocation.project, news);
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
/// The move, if there is one, is to be finished afterwards.
///
/// # Errors
/// [`Error::LeaseExpired`] if the allocation has ended meanwhile.
pub(super) fn release(
    tx: &Tx<'_>,
    visitor: &Visitor,
    reason: ReleaseReason,
    to: Option<Destination>,
    now: Timestamp,
) -> Result<(), Error> {
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
) -> Result<(), Error> {
    if let Some(to) = to {
        return transfer::begin(tx, project, to, now);
    }
    slots::leave_project(tx, project.id, None)?;
    Ok(projects::delete(tx, project.id)?)
}

/// The allocation, and whether its project has yet to be moved into the slot.
fn admit(
    tx: &Tx<'_>,
    session: Digest,
    lease: Duration,
    now: Timestamp,
) -> Result<(Allocation, bool), Error> {
    let parked = match Session::find(tx, session, now)?.map(|session| session.who) {
        Some(Who::Member(_)) => return Err(Error::AlreadyMember),
        // Another tab of the same browser was quicker.
        Some(Who::Visitor(visitor)) => return Ok((visitor.allocation(), false)),
        Some(Who::Lapsed(Lapsed {
            overdue: Some(visitor),
            ..
        })) => {
            allocations::revive(tx, visitor.lease.allocation, now, now.after(lease))?;
            return Ok((visitor.allocation(), false));
        }
        Some(Who::Lapsed(Lapsed { project, .. })) => project,
        None => None,
    };
    let slot = slots::longest_free(tx)?.ok_or_else(|| refusal(tx, now))?;
    let returned = match parked {
        Some(project) => return_parked(tx, slot, project, now)?,
        None => None,
    };
    let project = returned.unwrap_or(slot.project);
    slots::set_allocated(tx, slot.number, Some(project))?;
    let token = Secret::random().digest();
    allocations::insert(tx, slot.number, project, token, now, now.after(lease))?;
    let values = VisitorValues {
        user: slot.user,
        project,
        token,
    };
    let session_ends = now.after(lease).max(now.after(LASTS));
    storage::sessions::put_visitor(tx, session, values, now, session_ends)?;
    let allocation = Allocation {
        slot: slot.number,
        project,
    };
    Ok((allocation, returned.is_some()))
}

/// The fresh project of the slot makes way for the work that comes back, if it is kept.
fn return_parked(
    tx: &Tx<'_>,
    slot: FreeSlot,
    parked: ProjectId,
    now: Timestamp,
) -> Result<Option<ProjectId>, Error> {
    let Some(project) = projects::find(tx, parked)?.filter(|project| project.owner.is_none())
    else {
        return Ok(None);
    };
    slots::set_allocated(tx, slot.number, None)?;
    projects::delete(tx, slot.project)?;
    let to = Destination::Owner {
        user: slot.user,
        username: slot.number.username(),
        name: DEFAULT.to_owned(),
    };
    transfer::begin(tx, &project, to, now)?;
    Ok(Some(parked))
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

impl Visitor {
    fn allocation(&self) -> Allocation {
        Allocation {
            slot: self.lease.slot,
            project: self.project,
        }
    }
}
