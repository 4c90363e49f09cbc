//! Everybody in one project, and the channel by which their pages are told.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use bytes::Bytes;
use tokio::sync::broadcast;

use super::event::{Event, News};
use super::person::{Person, Place, Source, State};
use super::view::PersonView;
use crate::ground::clock::Timestamp;
use crate::ground::ids::{ProjectId, UserId};
use crate::storage::presence::PresenceRow;

/// Events that a page may be behind before it is sent the whole list instead. A power of two, for the channel.
const BEHIND: usize = 64;
/// Section ids that are known to exist; beyond it they are asked for again.
const SECTIONS: usize = 512;
/// In milliseconds: how often the database is told that somebody is still there.
const WRITTEN_EVERY: i64 = 30_000;

/// The people of a project.
#[derive(Debug, Default)]
pub(super) struct Crowd {
    people: HashMap<UserId, Person>,
    /// There is one as long as somebody has a socket.
    channel: Option<broadcast::Sender<Arc<Event>>>,
    /// Sections that were found in the master files.
    sections: HashSet<Arc<str>>,
    /// The list as it was last asked for, and the second it was made for.
    list: Option<(i64, Bytes)>,
    /// People who have gone and whose rows still say that they are here.
    gone: Vec<(UserId, Timestamp)>,
}

impl Crowd {
    /// The person, who is there from now on.
    fn person(&mut self, user: UserId, username: &str) -> &mut Person {
        self.people
            .entry(user)
            .or_insert_with(|| Person::new(username))
    }

    pub fn subscribe(&mut self) -> broadcast::Receiver<Arc<Event>> {
        let channel = self
            .channel
            .get_or_insert_with(|| broadcast::channel(BEHIND).0);
        channel.subscribe()
    }

    /// Tells everybody.
    pub fn tell(&self, news: News) {
        if let Some(channel) = &self.channel {
            // Without a listener there is nobody to tell.
            let _ = channel.send(Arc::new(Event::new(news)));
        }
    }

    pub fn open(&mut self, user: UserId, username: &str, seat: u64, order: u64, now: Timestamp) {
        self.person(user, username).open(seat, order, now);
        self.settle(user, now);
    }

    pub fn close(&mut self, user: UserId, seat: u64, grace: bool, now: Timestamp) {
        if let Some(person) = self.people.get_mut(&user) {
            person.close(seat, grace, now);
            self.settle(user, now);
        }
    }

    /// Takes a sign of life. Of a poller's the second counts, because the list says when they were last seen.
    pub fn give(
        &mut self,
        user: UserId,
        username: &str,
        source: Source,
        place: Place,
        order: u64,
        now: Timestamp,
    ) {
        let person = match source {
            Source::Poll => self.person(user, username),
            // Whoever was removed does not come back by a tab that has not heard of it yet.
            _ => match self.people.get_mut(&user) {
                Some(person) => person,
                None => return,
            },
        };
        let seen = person.last_seen(now);
        person.give(source, place, order, now);
        if source == Source::Poll && seen.0 / 1000 != now.0 / 1000 {
            person.written = None;
            self.list = None;
        }
        self.settle(user, now);
    }

    pub fn has_written(&mut self, user: UserId, section: &str, now: Timestamp) {
        if let Some(person) = self.people.get_mut(&user) {
            person.has_written(section, now);
            self.settle(user, now);
        }
    }

    pub fn restore(&mut self, row: &PresenceRow, username: &str, order: u64, now: Timestamp) {
        let place = Place {
            section: row.section.as_deref().map(Arc::from),
            state: State::Viewing,
        };
        self.person(row.user, username)
            .give(Source::Restored, place, order, now);
        self.settle(row.user, now);
    }

    /// Tells the others if somebody is not where they were told; nothing if nothing has changed.
    fn settle(&mut self, user: UserId, now: Timestamp) {
        let Some(person) = self.people.get_mut(&user) else {
            return;
        };
        let place = person.place(now);
        if place == person.told {
            return;
        }
        self.list = None;
        let news = match &place {
            Some(place) => News::Person(PersonView::new(user, &person.username, place, now)),
            None => News::Gone(user),
        };
        person.told.clone_from(&place);
        person.written = None;
        if place.is_none() {
            self.forget(user, now);
        }
        self.tell(news);
    }

    /// Whoever has no part in the project any more is gone at once, whatever tabs they have.
    pub fn remove(&mut self, user: UserId, now: Timestamp) -> bool {
        let removed = self.forget(user, now);
        if removed {
            self.list = None;
            self.tell(News::Gone(user));
        }
        removed
    }

    fn forget(&mut self, user: UserId, now: Timestamp) -> bool {
        let Some(person) = self.people.remove(&user) else {
            return false;
        };
        self.gone.push((user, person.last_seen(now)));
        true
    }

    /// Lets time pass for everybody.
    pub fn settle_all(&mut self, now: Timestamp) {
        let users: Vec<UserId> = self.people.keys().copied().collect();
        for user in users {
            self.settle(user, now);
        }
    }

    /// Everybody, by name.
    pub fn people(&mut self, now: Timestamp) -> Vec<PersonView> {
        self.settle_all(now);
        let view = |(user, person): (&UserId, &Person)| {
            let place = person.told.as_ref()?;
            let seen = person.last_seen(now);
            Some(PersonView::new(*user, &person.username, place, seen))
        };
        let mut people: Vec<PersonView> = self.people.iter().filter_map(view).collect();
        people.sort_by(|a, b| a.username.cmp(&b.username).then(a.user_id.cmp(&b.user_id)));
        people
    }

    /// What `encode` makes of everybody; made once in a second, unless something changes.
    pub fn list(&mut self, now: Timestamp, encode: impl FnOnce(&[PersonView]) -> Bytes) -> Bytes {
        let second = now.0 / 1000;
        if let Some((made, list)) = &self.list
            && *made == second
        {
            return list.clone();
        }
        let list = encode(&self.people(now));
        self.list = Some((second, list.clone()));
        list
    }

    pub fn has(&self, user: UserId) -> bool {
        self.people.contains_key(&user)
    }

    pub fn users(&self) -> impl Iterator<Item = UserId> + '_ {
        self.people.keys().copied()
    }

    pub fn knows_section(&self, id: &str) -> bool {
        self.sections.contains(id)
    }

    pub fn remember_section(&mut self, id: &str) {
        if self.sections.len() >= SECTIONS {
            self.sections.clear();
        }
        self.sections.insert(id.into());
    }

    pub fn forget_sections(&mut self) {
        self.sections.clear();
    }

    /// The rows that the database lacks; they count as written from here on.
    pub fn take_unwritten(&mut self, project: ProjectId, now: Timestamp) -> Vec<PresenceRow> {
        let mut gone = std::mem::take(&mut self.gone);
        gone.retain(|(user, _)| !self.people.contains_key(user));
        let row = |(user, last_seen)| PresenceRow {
            user,
            project,
            section: None,
            last_seen,
            is_active: false,
        };
        let mut rows: Vec<PresenceRow> = gone.into_iter().map(row).collect();
        for (user, person) in &mut self.people {
            let due = person
                .written
                .is_none_or(|at| (now.0 - at.0).abs() >= WRITTEN_EVERY);
            let Some(place) = person.told.as_ref().filter(|_| due) else {
                continue;
            };
            rows.push(PresenceRow {
                user: *user,
                project,
                section: place.section.as_deref().map(str::to_owned),
                last_seen: person.last_seen(now),
                is_active: true,
            });
            person.written = Some(now);
        }
        rows
    }

    /// True if nothing would be lost with it.
    pub fn is_idle(&self) -> bool {
        let unheard = self
            .channel
            .as_ref()
            .is_none_or(|channel| channel.receiver_count() == 0);
        unheard && self.people.is_empty() && self.gone.is_empty()
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use proptest::prelude::*;

    use super::*;

    #[derive(Clone, Debug)]
    enum Step {
        Open(i64, u64),
        Close(i64, u64, bool),
        Move(i64, u64, u8, State),
        Poll(i64, u8),
        Written(i64, u8),
        Remove(i64),
        Pass(i64),
    }

    fn steps() -> impl Strategy<Value = Vec<Step>> {
        let user = 1..4_i64;
        let seat = 0..3_u64;
        let state = prop_oneof![
            Just(State::Editing),
            Just(State::Viewing),
            Just(State::Idle)
        ];
        let step = prop_oneof![
            (user.clone(), seat.clone()).prop_map(|(u, s)| Step::Open(u, s)),
            (user.clone(), seat.clone(), any::<bool>()).prop_map(|(u, s, g)| Step::Close(u, s, g)),
            (user.clone(), seat, 0..3_u8, state).prop_map(|(u, s, p, d)| Step::Move(u, s, p, d)),
            (user.clone(), 0..3_u8).prop_map(|(u, p)| Step::Poll(u, p)),
            (user.clone(), 0..3_u8).prop_map(|(u, p)| Step::Written(u, p)),
            user.prop_map(Step::Remove),
            // Clocks step back as well.
            prop_oneof![0..4_000_i64, 20_000..200_000_i64, -400_000..0_i64].prop_map(Step::Pass),
        ];
        proptest::collection::vec(step, 1..60)
    }

    fn section(number: u8) -> Option<Arc<str>> {
        (number > 0).then(|| format!("manuscript/part{number}").into())
    }

    type Seen = BTreeMap<UserId, (Option<Arc<str>>, State)>;

    fn seen(people: &[PersonView]) -> Seen {
        let entry = |person: &PersonView| (person.user_id, (person.section.clone(), person.state));
        people.iter().map(entry).collect()
    }

    proptest! {
        /// A page that applies the news to the list it was welcomed with has the list that is asked for later, whatever
        /// happens, and is told nothing that changes nothing.
        #[test]
        fn the_news_lead_from_one_list_to_the_next(steps in steps()) {
            let mut crowd = Crowd::default();
            let mut news = crowd.subscribe();
            let mut page = Seen::new();
            let mut now = Timestamp(1_000_000_000_000);
            for (order, step) in steps.into_iter().enumerate() {
                let order = order as u64;
                match step {
                    Step::Open(user, seat) => crowd.open(UserId(user), "someone", seat, order, now),
                    Step::Close(user, seat, grace) => crowd.close(UserId(user), seat, grace, now),
                    Step::Move(user, seat, place, state) => {
                        let place = Place { section: section(place), state };
                        crowd.give(UserId(user), "someone", Source::Tab(seat), place, order, now);
                    }
                    Step::Poll(user, place) => {
                        let place = Place { section: section(place), state: State::Viewing };
                        crowd.give(UserId(user), "someone", Source::Poll, place, order, now);
                    }
                    Step::Written(user, place) => {
                        let place = section(place).unwrap_or_else(|| "elsewhere".into());
                        crowd.has_written(UserId(user), &place, now);
                    }
                    Step::Remove(user) => drop(crowd.remove(UserId(user), now)),
                    Step::Pass(time) => {
                        now = Timestamp(now.0 + time);
                        crowd.settle_all(now);
                    }
                }
                while let Ok(event) = news.try_recv() {
                    match &event.news {
                        News::Person(person) => {
                            let told = (person.section.clone(), person.state);
                            prop_assert_ne!(page.insert(person.user_id, told.clone()), Some(told));
                        }
                        News::Gone(user) => prop_assert!(page.remove(user).is_some()),
                        other => prop_assert!(false, "{:?}", other),
                    }
                }
                prop_assert_eq!(&page, &seen(&crowd.people(now)));
            }
            // Nobody stays without a tab, whatever the clock has done.
            for user in 1..4 {
                for seat in 0..3 {
                    crowd.close(UserId(user), seat, true, now);
                }
            }
            crowd.settle_all(Timestamp(now.0 + 200_000));
            prop_assert!(crowd.people(Timestamp(now.0 + 200_000)).is_empty());
        }
    }
}
