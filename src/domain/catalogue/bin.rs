//! The bin: what was thrown away is kept for thirty days.

use std::time::Duration;

use super::{Catalogue, member, require_another, to_owner};
use crate::domain::Error;
use crate::domain::access::Access;
use crate::domain::transfer::{self, Destination};
use crate::ground::clock::{Clock, Timestamp};
use crate::ground::ids::ProjectId;
use crate::storage::projects;
use crate::storage::workspace::parked;

/// How long a project is kept in the bin.
pub const KEPT: Duration = Duration::from_hours(30 * 24);
/// How often the bins are looked through.
const LOOK: Duration = Duration::from_hours(1);

impl Catalogue {
    /// Puts a project into its owner's bin. From here on it exists for nobody else. Until when it is kept.
    ///
    /// # Errors
    /// [`Error::MembersOnly`].
    pub async fn throw_away(&self, access: &Access, now: Timestamp) -> Result<Timestamp, Error> {
        let owner = member(&access.session)?.id;
        let id = access.project.id;
        // What is in the journal only is to be in the file as well when somebody looks for it by hand.
        self.rooms.flush_project(id).await;
        let begun = self.db.write(move |tx| {
            let project = projects::find(tx, id)?.ok_or(Error::ProjectNotFound)?;
            transfer::begin(tx, &project, Destination::Parked, now)?;
            Ok::<_, Error>(projects::set_bin(tx, id, Some(owner))?)
        });
        begun.await?;
        self.presence.recheck(id);
        self.projects.finish_transfer(id).await?;
        Ok(now.after(KEPT))
    }

    /// Takes a project out of the bin; it gets its name back, or the next free one.
    ///
    /// # Errors
    /// [`Error::TooManyProjects`]; [`Error::ProjectNotFound`] if it is in no bin.
    pub async fn take_back(&self, access: &Access, now: Timestamp) -> Result<(), Error> {
        let owner = member(&access.session)?.clone();
        let id = access.project.id;
        let begun = self.db.write(move |tx| {
            let project = projects::find(tx, id)?.ok_or(Error::ProjectNotFound)?;
            if project.bin_of != Some(owner.id) {
                return Err(Error::ProjectNotFound);
            }
            require_another(tx, &owner)?;
            let to = to_owner(&owner, &project.name);
            transfer::begin(tx, &project, to, now)
        });
        begun.await?;
        self.projects.finish_transfer(id).await
    }

    /// Deletes what has been in a bin for thirty days. Never returns.
    pub async fn run(self, clock: Clock) {
        loop {
            let now = clock.now();
            let catalogue = self.clone();
            let emptied = tokio::task::spawn_blocking(move || catalogue.empty_bins(now)).await;
            if let Ok(Err(error)) = emptied {
                tracing::error!(%error, "the bins could not be emptied; trying again in an hour");
            }
            clock.sleep_until(now.after(LOOK)).await;
        }
    }

    fn empty_bins(&self, now: Timestamp) -> Result<(), Error> {
        let kept = i64::try_from(KEPT.as_millis()).unwrap_or(i64::MAX);
        let until = Timestamp(now.0.saturating_sub(kept));
        let due = |connection: &_| Ok::<_, Error>(projects::binned_until(connection, until)?);
        for id in self.db.read_blocking(due)? {
            self.delete(id)?;
        }
        Ok(())
    }

    /// The row goes first: a directory without a row is only rubbish, a row without a directory would be lost work.
    fn delete(&self, id: ProjectId) -> Result<(), Error> {
        transfer::finish(&self.db, &self.workspace, id)?;
        self.db
            .write_blocking(move |tx| Ok::<_, Error>(projects::delete(tx, id)?))?;
        self.workspace.discard(&parked(id))?;
        self.workspace.empty_trash()?;
        tracing::info!(project = %id, "deleted a project after 30 days in the bin");
        Ok(())
    }
}
