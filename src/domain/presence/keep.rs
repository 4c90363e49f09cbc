//! What happens to presence by itself: time passes, the database is told, and rights that another process has changed
//! are noticed.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use super::crowd::Crowd;
use super::person::WINDOW;
use super::{Presence, lock};
use crate::domain::Error;
use crate::ground::clock::Timestamp;
use crate::ground::ids::{ProjectId, UserId};
use crate::storage::presence::{self, PresenceRow};
use crate::storage::{error, members};

/// How often it is looked whether somebody has gone.
const LOOK: Duration = Duration::from_millis(250);
/// The database is told, and rights are looked at again, after so many looks: once a second.
const LOOKS_BETWEEN: u32 = 4;

impl Presence {
    /// Takes those who were there when the server stopped for there, until they had time to come back. To be called
    /// once, before requests are served. Blocks.
    ///
    /// # Errors
    /// What the database says.
    pub fn restore(&self, now: Timestamp) -> Result<usize, Error> {
        let window = i64::try_from(WINDOW.as_millis()).unwrap_or(i64::MAX);
        let since = Timestamp(now.0.saturating_sub(window));
        let rows = self
            .db
            .write_blocking(move |tx| Ok::<_, Error>(presence::take_since(tx, since)?))?;
        for (row, username) in &rows {
            let order = self.next();
            lock(&self.crowd(row.project)).restore(row, username, order, now);
        }
        Ok(rows.len())
    }

    /// Never returns.
    pub async fn run(self) {
        let mut looks = 0;
        let mut outside = self.db.outside();
        let mut failing = false;
        loop {
            tokio::time::sleep(LOOK).await;
            let now = self.clock.now();
            let crowds = self.crowds();
            for (_, crowd) in &crowds {
                lock(crowd).settle_all(now);
            }
            looks += 1;
            if looks < LOOKS_BETWEEN {
                continue;
            }
            looks = 0;
            let written = self.write_behind(&crowds, now).await;
            if written.is_err() != failing {
                failing = written.is_err();
                if let Err(error) = written {
                    tracing::warn!(%error, "who is present cannot be written down; it goes on in memory");
                } else {
                    tracing::info!("who is present is written down again");
                }
            }
            let newest = self.db.outside();
            if newest != outside && self.check_rights(&crowds, now).await.is_ok() {
                outside = newest;
            }
            self.forget_empty();
        }
    }

    /// Writes down who is there at this moment, because the server is about to stop.
    pub async fn write_down(&self) {
        let now = self.clock.now();
        let crowds = self.crowds();
        for (_, crowd) in &crowds {
            lock(crowd).settle_all(now);
        }
        if let Err(error) = self.write_behind(&crowds, now).await {
            tracing::warn!(%error, "who is present could not be written down");
        }
    }

    /// In one transaction, and none if nothing has changed.
    async fn write_behind(
        &self,
        crowds: &[(ProjectId, Arc<Mutex<Crowd>>)],
        now: Timestamp,
    ) -> Result<(), error::Error> {
        let mut rows: Vec<PresenceRow> = Vec::new();
        for (project, crowd) in crowds {
            rows.extend(lock(crowd).take_unwritten(*project, now));
        }
        if rows.is_empty() {
            return Ok(());
        }
        self.db.write(move |tx| presence::put(tx, &rows)).await
    }

    /// Whoever has no part in this project any more is gone from it.
    ///
    /// # Errors
    /// What the database says.
    pub async fn check(&self, project: ProjectId) -> Result<(), Error> {
        let Some(crowd) = self.known(project) else {
            return Ok(());
        };
        self.check_rights(&[(project, crowd)], self.clock.now())
            .await
    }

    /// Whoever has no part in a project any more is gone from it.
    async fn check_rights(
        &self,
        crowds: &[(ProjectId, Arc<Mutex<Crowd>>)],
        now: Timestamp,
    ) -> Result<(), Error> {
        let mut present: Vec<(ProjectId, UserId)> = Vec::new();
        for (project, crowd) in crowds {
            present.extend(lock(crowd).users().map(|user| (*project, user)));
        }
        if present.is_empty() {
            return Ok(());
        }
        let without = self.db.read(move |connection| {
            let mut without = Vec::new();
            for (project, user) in present {
                if !members::takes_part(connection, project, user)? {
                    without.push((project, user));
                }
            }
            Ok::<_, Error>(without)
        });
        for (project, user) in without.await? {
            self.remove(project, user, now);
        }
        Ok(())
    }

    /// Projects in which nobody is any more take no memory.
    fn forget_empty(&self) {
        let mut crowds = lock(&self.all.crowds);
        // Whoever holds a clone is about to use it.
        let unused =
            |crowd: &Arc<Mutex<Crowd>>| Arc::strong_count(crowd) == 1 && lock(crowd).is_idle();
        crowds.retain(|_, crowd| !unused(crowd));
        if crowds.capacity() > 2 * crowds.len() + 64 {
            crowds.shrink_to_fit();
        }
    }
}
