//! Presence: who is in which section of a project, right now, and the channel by which open pages hear of it.
//!
//! It lives in memory; a restart finds in the database who was there (see [`Presence::run`]). A person is there as long
//! as there is a sign of life: an open socket, an update by polling in the last two minutes, or a tab closed less than
//! three seconds ago. Others are told only of what they can see: a reload, or a second tab, is no news. Every project is
//! locked on its own, and never while anything is waited for.

mod crowd;
mod event;
mod keep;
mod person;
mod view;

use std::collections::HashMap;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use bytes::Bytes;
use tokio::sync::{Notify, broadcast};

use crate::ground::clock::{Clock, Timestamp};
use crate::ground::ids::{ProjectId, SectionId, UserId};
use crate::storage::database::Database;
use crowd::Crowd;
use person::Source;

pub use event::{Event, News};
pub use person::{Place, State, avatar_color};
pub use view::PersonView;

/// The presence of a server. Cheap to clone.
#[derive(Clone)]
pub struct Presence {
    db: Database,
    clock: Clock,
    all: Arc<All>,
}

/// What all clones share.
#[derive(Default)]
struct All {
    crowds: Mutex<HashMap<ProjectId, Arc<Mutex<Crowd>>>>,
    /// Orders what happens, also when the clock steps back; and numbers the seats.
    order: AtomicU64,
    seats: AtomicUsize,
    /// Rung when the last seat is left.
    emptied: Notify,
}

/// Somebody who takes part.
#[derive(Clone, Copy, Debug)]
pub struct Who<'a> {
    /// The user.
    pub user: UserId,
    /// Their name.
    pub username: &'a str,
}

/// An open socket's place in a project. To drop it is to close the tab.
pub struct Seat {
    presence: Presence,
    project: ProjectId,
    user: UserId,
    username: String,
    number: u64,
    is_lost: bool,
}

impl Presence {
    /// Nobody is there yet.
    #[must_use]
    pub fn new(db: Database, clock: Clock) -> Self {
        Self {
            db,
            clock,
            all: Arc::default(),
        }
    }

    /// Open sockets.
    #[must_use]
    pub fn seats(&self) -> usize {
        self.all.seats.load(Ordering::Acquire)
    }

    /// Notes that somebody who polls is somewhere.
    pub fn update(&self, project: ProjectId, who: Who<'_>, place: Place, now: Timestamp) {
        let order = self.next();
        let crowd = self.crowd(project);
        lock(&crowd).give(who.user, who.username, Source::Poll, place, order, now);
    }

    /// What `encode` makes of everybody in the project, by name.
    #[must_use]
    pub fn list(
        &self,
        project: ProjectId,
        now: Timestamp,
        encode: impl FnOnce(&[PersonView]) -> Bytes,
    ) -> Bytes {
        match self.known(project) {
            Some(crowd) => lock(&crowd).list(now, encode),
            None => encode(&[]),
        }
    }

    /// Everybody in the project, by name.
    #[must_use]
    pub fn people(&self, project: ProjectId, now: Timestamp) -> Vec<PersonView> {
        let crowd = self.known(project);
        crowd.map_or_else(Vec::new, |crowd| lock(&crowd).people(now))
    }

    /// Seats a socket: from here on its page hears all that happens, beginning with the list that comes with the seat.
    #[must_use]
    pub fn sit(
        &self,
        project: ProjectId,
        who: Who<'_>,
        now: Timestamp,
    ) -> (Seat, broadcast::Receiver<Arc<Event>>, Vec<PersonView>) {
        let number = self.next();
        let crowd = self.crowd(project);
        let mut crowd = lock(&crowd);
        crowd.open(who.user, who.username, number, number, now);
        let news = crowd.subscribe();
        let people = crowd.people(now);
        drop(crowd);
        self.all.seats.fetch_add(1, Ordering::Relaxed);
        let seat = Seat {
            presence: self.clone(),
            project,
            user: who.user,
            username: who.username.to_owned(),
            number,
            is_lost: false,
        };
        (seat, news, people)
    }

    /// Tells the open pages of a project.
    pub fn tell(&self, project: ProjectId, news: News) {
        if let Some(crowd) = self.known(project) {
            let mut crowd = lock(&crowd);
            if matches!(news, News::Outline) {
                crowd.forget_sections();
            }
            crowd.tell(news);
        }
    }

    /// Tells the open pages that somebody has saved a section, and that they are editing it.
    pub fn saved(
        &self,
        project: ProjectId,
        by: UserId,
        id: &SectionId,
        version: u64,
        now: Timestamp,
    ) {
        let Some(crowd) = self.known(project) else {
            return;
        };
        let section: Arc<str> = id.to_string().into();
        let mut crowd = lock(&crowd);
        crowd.has_written(by, &section, now);
        crowd.tell(News::Text {
            section,
            version,
            by,
        });
    }

    /// Somebody has no part in a project any more: they are gone from it at once, and their sockets hear of it.
    pub fn remove(&self, project: ProjectId, user: UserId, now: Timestamp) {
        if let Some(crowd) = self.known(project) {
            let mut crowd = lock(&crowd);
            crowd.remove(user, now);
            crowd.tell(News::Recheck);
        }
    }

    /// Somebody is gone from everywhere, e.g. a visitor whose slot is given to another.
    pub fn forget(&self, user: UserId, now: Timestamp) {
        for project in self.places_of(user) {
            self.remove(project, user, now);
        }
    }

    /// Rights in a project have changed: every socket asks for its own again.
    pub fn recheck(&self, project: ProjectId) {
        self.tell(project, News::Recheck);
    }

    /// The same in all projects in which somebody is.
    pub fn recheck_user(&self, user: UserId) {
        for project in self.places_of(user) {
            self.recheck(project);
        }
    }

    /// Returns once no socket is open any more, or when so much time is over.
    pub async fn wait_for_seats(&self, longest: Duration) {
        let empty = async {
            loop {
                // Made before the look, so that what happens in between is not missed.
                let emptied = self.all.emptied.notified();
                if self.seats() == 0 {
                    return;
                }
                emptied.await;
            }
        };
        // Whoever does not take the news by then hears of it from the network.
        let _ = tokio::time::timeout(longest, empty).await;
    }

    /// Ends all sockets, because the server stops.
    pub fn stop(&self) {
        for (_, crowd) in self.crowds() {
            lock(&crowd).tell(News::Stop);
        }
    }

    /// True if this section was found in the project a while ago.
    #[must_use]
    pub fn knows_section(&self, project: ProjectId, id: &str) -> bool {
        self.known(project)
            .is_some_and(|crowd| lock(&crowd).knows_section(id))
    }

    /// Notes that this section was found in the project.
    pub fn remember_section(&self, project: ProjectId, id: &str) {
        lock(&self.crowd(project)).remember_section(id);
    }

    fn next(&self) -> u64 {
        self.all.order.fetch_add(1, Ordering::Relaxed)
    }

    /// Seldom asked, so that everybody who comes and goes need not be entered into a second list.
    fn places_of(&self, user: UserId) -> Vec<ProjectId> {
        let crowds = self.crowds().into_iter();
        let there = crowds.filter(|(_, crowd)| lock(crowd).has(user));
        there.map(|(project, _)| project).collect()
    }

    fn known(&self, project: ProjectId) -> Option<Arc<Mutex<Crowd>>> {
        lock(&self.all.crowds).get(&project).cloned()
    }

    fn crowd(&self, project: ProjectId) -> Arc<Mutex<Crowd>> {
        lock(&self.all.crowds).entry(project).or_default().clone()
    }

    fn crowds(&self) -> Vec<(ProjectId, Arc<Mutex<Crowd>>)> {
        let crowds = lock(&self.all.crowds);
        crowds
            .iter()
            .map(|(project, crowd)| (*project, crowd.clone()))
            .collect()
    }
}

impl Seat {
    /// The page has said where its person is.
    pub fn moved(&self, place: Place, now: Timestamp) {
        let order = self.presence.next();
        let source = Source::Tab(self.number);
        let crowd = self.presence.crowd(self.project);
        lock(&crowd).give(self.user, &self.username, source, place, order, now);
    }

    /// Nothing was heard for so long that there is no point in waiting for the page to come back.
    pub fn lost(mut self) {
        self.is_lost = true;
    }
}

impl Drop for Seat {
    fn drop(&mut self) {
        let now = self.presence.clock.now();
        if let Some(crowd) = self.presence.known(self.project) {
            lock(&crowd).close(self.user, self.number, !self.is_lost, now);
        }
        if self.presence.all.seats.fetch_sub(1, Ordering::AcqRel) == 1 {
            self.presence.all.emptied.notify_waiters();
        }
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
