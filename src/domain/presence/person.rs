//! One person in one project: the signs of life there are of them, and what follows from these.

use std::sync::Arc;
use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::ground::clock::Timestamp;
use crate::ground::ids::UserId;

/// Whoever polls is present for this long after the last update.
pub const WINDOW: Duration = Duration::from_mins(2);
/// A closed tab's person stays this long, because a reload closes the tab as well.
pub const GRACE: Duration = Duration::from_secs(3);
/// Whoever was there when the server stopped has this long to come back before the others are told.
pub const RETURN: Duration = Duration::from_secs(45);
/// Somebody is editing for this long after the last key.
pub const EDITING: Duration = Duration::from_secs(30);

/// The eight colours of people: avatar, cursor and dot.
const COLOURS: [&str; 8] = [
    "#ef4444", "#f59e0b", "#10b981", "#3b82f6", "#6366f1", "#8b5cf6", "#ec4899", "#14b8a6",
];

/// The colour of a person.
#[must_use]
pub fn avatar_color(user: UserId) -> &'static str {
    COLOURS[usize::try_from(user.0.rem_euclid(8)).unwrap_or(0)]
}

/// What somebody does.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum State {
    /// Has typed in the last 30 s.
    Editing,
    /// Looks at it.
    Viewing,
    /// Has the page open, and is elsewhere.
    Idle,
}

/// Where somebody is, and what they do there.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Place {
    /// A section's id, if they are in one.
    pub section: Option<Arc<str>>,
    /// What they do.
    pub state: State,
}

impl Place {
    /// In no section.
    pub(super) fn nowhere() -> Self {
        Self {
            section: None,
            state: State::Viewing,
        }
    }
}

/// By what somebody is known to be there.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Source {
    /// An open socket, by the number of its seat.
    Tab(u64),
    /// The last update of whoever polls.
    Poll,
    /// A tab that was closed a moment ago.
    Closed,
    /// They were there when the server stopped.
    Restored,
}

/// A sign of life.
#[derive(Clone, Debug)]
struct Sign {
    source: Source,
    place: Place,
    /// When it was given; of an editing one, when the last key was pressed.
    at: Timestamp,
    /// Which was given later; clocks may step back.
    order: u64,
}

impl Sign {
    /// A clock that stepped back would make the sign last until it has caught up.
    fn settle(&mut self, now: Timestamp) {
        self.at = self.at.min(now);
        let typed_long_ago = now.since(self.at) > EDITING;
        if self.place.state == State::Editing && typed_long_ago {
            self.place.state = State::Viewing;
        }
    }

    fn lasts(&self, now: Timestamp) -> bool {
        let age = now.since(self.at);
        match self.source {
            Source::Tab(_) => true,
            Source::Poll => age <= WINDOW,
            Source::Closed => age < GRACE,
            Source::Restored => age < RETURN,
        }
    }
}

/// A person in a project.
#[derive(Debug)]
pub(super) struct Person {
    pub username: Arc<str>,
    signs: Vec<Sign>,
    /// What the others have been told last.
    pub told: Option<Place>,
    /// When what is known was last written to the database; `None`: something is not.
    pub written: Option<Timestamp>,
}

impl Person {
    pub fn new(username: &str) -> Self {
        Self {
            username: username.into(),
            signs: Vec::with_capacity(1),
            told: None,
            written: None,
        }
    }

    /// Takes a sign of life. One of the same source is replaced, and so are those that only stood in for it.
    pub fn give(&mut self, source: Source, place: Place, order: u64, at: Timestamp) {
        self.signs.retain(|sign| {
            sign.source != source && !matches!(sign.source, Source::Closed | Source::Restored)
        });
        self.signs.push(Sign {
            source,
            place,
            at,
            order,
        });
    }

    /// A tab that has not said yet where it is, is where its person was.
    pub fn open(&mut self, seat: u64, order: u64, at: Timestamp) {
        let place = self
            .newest()
            .map_or_else(Place::nowhere, |sign| sign.place.clone());
        self.give(Source::Tab(seat), place, order, at);
    }

    /// A tab was closed; with `grace` its person may come back in a moment.
    pub fn close(&mut self, seat: u64, grace: bool, at: Timestamp) {
        let Some(index) = self
            .signs
            .iter()
            .position(|sign| sign.source == Source::Tab(seat))
        else {
            return;
        };
        let closed = self.signs.swap_remove(index);
        if grace {
            self.signs.push(Sign {
                source: Source::Closed,
                at,
                ..closed
            });
        }
    }

    /// They have saved what they wrote, so they are editing where they are.
    pub fn has_written(&mut self, section: &str, at: Timestamp) {
        let there = self.signs.iter_mut();
        let there = there.filter(|sign| sign.place.section.as_deref() == Some(section));
        if let Some(sign) = there.max_by_key(|sign| sign.order) {
            sign.place.state = State::Editing;
            sign.at = at;
        }
    }

    /// Where they are at this moment; `None` if they have gone. Signs that are over are forgotten.
    pub fn place(&mut self, now: Timestamp) -> Option<Place> {
        for sign in &mut self.signs {
            sign.settle(now);
        }
        self.signs.retain(|sign| sign.lasts(now));
        self.newest().map(|sign| sign.place.clone())
    }

    /// When they were last known to be there: now, if a tab of theirs is open.
    pub fn last_seen(&self, now: Timestamp) -> Timestamp {
        let is_here = self
            .signs
            .iter()
            .any(|sign| matches!(sign.source, Source::Tab(_)));
        let newest = self.signs.iter().map(|sign| sign.at).max();
        newest.filter(|_| !is_here).unwrap_or(now)
    }

    /// The sign that counts: of the tab somebody works in, rather than of one that was hidden later.
    fn newest(&self) -> Option<&Sign> {
        let rank = |sign: &&Sign| (sign.place.state != State::Idle, sign.order);
        self.signs.iter().max_by_key(rank)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(seconds: i64) -> Timestamp {
        Timestamp(1_000_000_000 + seconds * 1000)
    }

    fn in_section(id: &str, state: State) -> Place {
        Place {
            section: Some(id.into()),
            state,
        }
    }

    #[test]
    fn the_colour_is_that_of_the_user_id() {
        assert_eq!(avatar_color(UserId(8)), "#ef4444");
        assert_eq!(avatar_color(UserId(12)), "#6366f1");
    }

    #[test]
    fn whoever_polls_is_there_for_two_minutes() {
        let mut alice = Person::new("alice");
        alice.give(Source::Poll, in_section("a", State::Viewing), 1, at(0));
        assert!(alice.place(at(120)).is_some());
        assert_eq!(alice.last_seen(at(120)), at(0));
        assert!(alice.place(at(121)).is_none());
    }

    #[test]
    fn a_closed_tab_is_gone_after_the_grace_and_a_reload_is_not_noticed() {
        let mut alice = Person::new("alice");
        alice.open(1, 1, at(0));
        alice.give(Source::Tab(1), in_section("a", State::Viewing), 2, at(0));
        alice.close(1, true, at(10));
        assert_eq!(alice.place(at(12)), Some(in_section("a", State::Viewing)));
        alice.open(2, 3, at(12));
        assert_eq!(alice.place(at(500)), Some(in_section("a", State::Viewing)));
        alice.close(2, true, at(500));
        assert_eq!(alice.place(at(503)), None);
    }

    #[test]
    fn the_most_recent_tab_counts_and_closing_one_leaves_the_other() {
        let mut alice = Person::new("alice");
        alice.give(Source::Tab(1), in_section("a", State::Viewing), 1, at(0));
        alice.give(Source::Tab(2), in_section("b", State::Viewing), 2, at(1));
        assert_eq!(alice.place(at(2)), Some(in_section("b", State::Viewing)));
        alice.give(Source::Tab(2), in_section("b", State::Idle), 3, at(3));
        assert_eq!(alice.place(at(3)), Some(in_section("a", State::Viewing)));
        alice.close(1, false, at(4));
        assert_eq!(alice.place(at(4)), Some(in_section("b", State::Idle)));
    }

    #[test]
    fn editing_ends_half_a_minute_after_the_last_key() {
        let mut alice = Person::new("alice");
        alice.give(Source::Tab(1), in_section("a", State::Editing), 1, at(0));
        assert_eq!(alice.place(at(30)), Some(in_section("a", State::Editing)));
        assert_eq!(alice.place(at(31)), Some(in_section("a", State::Viewing)));
        alice.has_written("b", at(40));
        assert_eq!(alice.place(at(40)), Some(in_section("a", State::Viewing)));
        alice.has_written("a", at(40));
        assert_eq!(alice.place(at(41)), Some(in_section("a", State::Editing)));
    }

    #[test]
    fn a_clock_that_steps_back_keeps_nobody_longer() {
        let mut alice = Person::new("alice");
        alice.give(Source::Poll, in_section("a", State::Editing), 1, at(3600));
        assert!(alice.place(at(0)).is_some());
        assert!(alice.place(at(120)).is_some());
        assert!(alice.place(at(121)).is_none());
    }
}
