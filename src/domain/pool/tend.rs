//! What happens to slots by itself: leases run out, slots are made fresh.

use super::Pool;
use crate::domain::Error;
use crate::domain::presence::News;
use crate::domain::projects::DEFAULT;
use crate::domain::transfer::{self, Destination};
use crate::ground::clock::{Clock, Timestamp};
use crate::storage::lock::Exclusive;
use crate::storage::{allocations, projects, sessions, slots};

impl Pool {
    /// Finishes what a killed process left undone. To be called once, before requests are served. Blocks.
    ///
    /// # Errors
    /// What the disk or the database says.
    pub fn recover(&self, now: Timestamp) -> Result<(), Error> {
        {
            // Slots are filled under this lock, and nothing else of this server builds anything yet.
            let _alone = Exclusive::acquire(&self.workspace.pool_lock())
                .map_err(crate::storage::error::Error::from)?;
            self.workspace.empty_staging()?;
        }
        let moves = transfer::finish_all(&self.db, &self.workspace)?;
        if moves > 0 {
            tracing::info!(moves, "finished project moves that were cut short");
        }
        self.db
            .write_blocking(move |tx| Ok::<_, Error>(slots::set_abandoned_cleaning(tx)?))?;
        self.tend(now)?;
        self.workspace.empty_trash()?;
        Ok(())
    }

    /// Sleeps until the next lease runs out or a slot is left, and does what is due. Never returns; a failure is
    /// logged and tried again.
    pub async fn run(self, clock: Clock) {
        loop {
            let pool = self.clone();
            let now = clock.now();
            let tended = tokio::task::spawn_blocking(move || pool.tend(now)).await;
            let next = match tended {
                Ok(Ok(next)) => next,
                Ok(Err(error)) => {
                    tracing::error!(%error, "the visitor pool could not be tended; trying again in 5 s");
                    Some(now.after(std::time::Duration::from_secs(5)))
                }
                Err(_) => None,
            };
            let due = async {
                match next {
                    Some(at) => clock.sleep_until(at).await,
                    None => std::future::pending().await,
                }
            };
            tokio::select! {
                () = due => {}
                () = self.changed.notified() => {}
            }
        }
    }

    /// Ends leases that are over, parks edited work, makes slots fresh. Returns when the next lease runs out. Blocks.
    fn tend(&self, now: Timestamp) -> Result<Option<Timestamp>, Error> {
        let due = self
            .db
            .read_blocking(|connection| Ok::<_, Error>(allocations::due(connection, now)?))?;
        for lease in due {
            self.expire(lease, now)?;
        }
        transfer::finish_all(&self.db, &self.workspace)?;
        self.fill(now)?;
        self.db
            .write_blocking(move |tx| Ok::<_, Error>(sessions::delete_ended(tx, now)?))?;
        self.db
            .read_blocking(|connection| Ok(allocations::next_expiry(connection)?))
    }

    fn expire(&self, lease: allocations::Due, now: Timestamp) -> Result<(), Error> {
        let untouched = match self.projects.is_untouched(lease.project) {
            Err(Error::ProjectNotFound) => true,
            untouched => untouched?,
        };
        let parked = self.db.write_blocking(move |tx| {
            if !allocations::expire(tx, lease.id, now)? {
                return Ok(None);
            }
            let Some(project) = projects::find(tx, lease.project)? else {
                slots::set_cleaning(tx, lease.slot)?;
                return Ok(Some(false));
            };
            // Somebody may have written since the directory was looked at.
            let park = !untouched || project.edited_at.is_some();
            super::leave(tx, &project, park.then_some(Destination::Parked), now)?;
            Ok::<_, Error>(Some(park))
        })?;
        if parked.is_some() {
            self.presence.forget(lease.user, now);
        }
        if parked == Some(true) {
            let news = News::Project {
                name: DEFAULT.to_owned(),
                owner: None,
            };
            self.presence.tell(lease.project, news);
        }
        let slot = lease.slot.username();
        match parked {
            Some(true) => {
                tracing::info!(slot, project = %lease.project, "lease over, the work is parked");
            }
            Some(false) => tracing::info!(slot, "lease over, nothing was written"),
            None => {}
        }
        Ok(())
    }
}
