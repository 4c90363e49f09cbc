//! Who a request comes from, and whether what they hold is still theirs.

use std::time::Duration;

use rusqlite::Connection;

use super::Error;
use crate::ground::clock::Timestamp;
use crate::ground::ids::{AllocationId, ProjectId, SlotNumber};
use crate::ground::secret::Digest;
use crate::storage::database::Tx;
use crate::storage::users::User;
use crate::storage::{allocations, sessions};

/// How long a session lasts after its last use.
pub const LASTS: Duration = Duration::from_hours(720);

/// Leases and sessions are prolonged at most this often, so that reading does not mean writing.
const RENEW_EVERY: Duration = Duration::from_mins(1);

/// A browser session that has not ended.
#[derive(Clone, Debug)]
pub struct Session {
    /// Digest of the cookie.
    pub id: Digest,
    /// Whose it is.
    pub who: Who,
    expires_at: Timestamp,
}

/// Whose a session is.
#[derive(Clone, Debug)]
pub enum Who {
    /// A signed-up person's.
    Member(User),
    /// A visitor's, with a slot.
    Visitor(Visitor),
    /// A visitor's whose time is over.
    Lapsed(Lapsed),
}

impl Who {
    /// The project that a visitor works on, or worked on.
    #[must_use]
    pub fn work(&self) -> Option<ProjectId> {
        match self {
            Self::Member(_) => None,
            Self::Visitor(visitor) => Some(visitor.project),
            Self::Lapsed(lapsed) => lapsed.project,
        }
    }
}

/// A visitor with an active allocation.
#[derive(Clone, Debug)]
pub struct Visitor {
    /// The slot's user.
    pub user: User,
    /// What they work on.
    pub project: ProjectId,
    /// Their hold on the slot.
    pub lease: Lease,
}

/// What is left of a visitor whose time is over.
#[derive(Clone, Debug)]
pub struct Lapsed {
    /// Their work, if it is kept.
    pub project: Option<ProjectId>,
    /// The allocation whose lease is over but which has not been ended yet: nothing has been moved.
    pub overdue: Option<Visitor>,
}

/// The visitor's right to slot and work.
#[derive(Clone, Copy, Debug)]
pub struct Lease {
    /// The allocation's row.
    pub allocation: AllocationId,
    /// The slot.
    pub slot: SlotNumber,
    /// When it ends, if nothing more is done.
    pub expires_at: Timestamp,
    last_activity_at: Timestamp,
}

impl Session {
    /// The session of this cookie digest; `None` if there is none or it has ended.
    ///
    /// # Errors
    /// What the database says.
    pub fn find(
        connection: &Connection,
        id: Digest,
        now: Timestamp,
    ) -> Result<Option<Self>, Error> {
        let Some(row) = sessions::find(connection, id)? else {
            return Ok(None);
        };
        if row.expires_at <= now {
            return Ok(None);
        }
        let project = row.visitor_project;
        let who = match (row.user, row.is_member, row.allocation, project) {
            (Some(user), true, ..) => Who::Member(user),
            (Some(user), false, Some(held), Some(project)) => {
                let visitor = Visitor {
                    user,
                    project,
                    lease: Lease {
                        allocation: held.id,
                        slot: held.slot,
                        expires_at: held.expires_at,
                        last_activity_at: held.last_activity_at,
                    },
                };
                if held.expires_at > now {
                    Who::Visitor(visitor)
                } else {
                    Who::Lapsed(Lapsed {
                        project: Some(project),
                        overdue: Some(visitor),
                    })
                }
            }
            _ => Who::Lapsed(Lapsed {
                project,
                overdue: None,
            }),
        };
        Ok(Some(Self {
            id,
            who,
            expires_at: row.expires_at,
        }))
    }

    /// True as long as neither the session nor the visitor's lease is over.
    #[must_use]
    pub fn holds(&self, now: Timestamp) -> bool {
        let lease = self.lease().is_none_or(|lease| lease.expires_at > now);
        lease && self.expires_at > now
    }

    /// The user of the session.
    ///
    /// # Errors
    /// [`Error::LeaseExpired`] or [`Error::WorkspaceGone`] if it is a visitor's whose allocation has ended.
    pub fn user(&self) -> Result<&User, Error> {
        match &self.who {
            Who::Member(user) => Ok(user),
            Who::Visitor(visitor) => Ok(&visitor.user),
            Who::Lapsed(Lapsed { project: None, .. }) => Err(Error::WorkspaceGone),
            Who::Lapsed(_) => Err(Error::LeaseExpired),
        }
    }

    /// The visitor's lease, if it is a visitor's session.
    #[must_use]
    pub fn lease(&self) -> Option<Lease> {
        match &self.who {
            Who::Visitor(visitor) => Some(visitor.lease),
            _ => None,
        }
    }

    /// True if [`Session::renew`] has something to do.
    #[must_use]
    pub fn wants_renewal(&self, now: Timestamp) -> bool {
        match &self.who {
            Who::Visitor(Visitor { lease, .. }) => {
                // A lease of minutes must not run out between two renewals.
                let quarter = lease.expires_at.since(lease.last_activity_at) / 4;
                now.since(lease.last_activity_at) >= RENEW_EVERY.min(quarter)
            }
            _ => self.expires_at.since(now) < LASTS.saturating_sub(Duration::from_hours(24)),
        }
    }

    /// Prolongs the visitor's lease and the session, because something was done.
    ///
    /// # Errors
    /// What the database says.
    pub fn renew(&self, tx: &Tx<'_>, lease: Duration, now: Timestamp) -> Result<(), Error> {
        if let Some(held) = self.lease() {
            allocations::renew(tx, held.allocation, now, now.after(lease))?;
        }
        Ok(sessions::renew(
            tx,
            self.id,
            now.after(lease).max(now.after(LASTS)),
        )?)
    }
}
