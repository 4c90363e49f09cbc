//! What the open pages of a project are told.

use std::sync::{Arc, OnceLock};

use bytes::Bytes;

use super::view::PersonView;
use crate::ground::ids::UserId;

/// News of a project.
#[derive(Clone, Debug)]
pub enum News {
    /// Somebody has come, or is elsewhere than before, or does something else.
    Person(PersonView),
    /// Somebody has gone.
    Gone(UserId),
    /// The project has another name or owner.
    Project {
        /// Its name.
        name: String,
        /// Its owner's name; `None` while it is parked.
        owner: Option<String>,
    },
    /// Sections were added, renamed, moved, switched or deleted.
    Outline,
    /// Somebody has saved a section.
    Text {
        /// Which.
        section: Arc<str>,
        /// The version it has now.
        version: u64,
        /// Who.
        by: UserId,
    },
    /// Somebody's rights may have changed: every socket asks for its own again. Not for the page.
    Recheck,
    /// The server stops. Not for the page.
    Stop,
}

/// News, and what the floor above makes of it: that is made once and shared by all who are told.
#[derive(Debug)]
pub struct Event {
    /// The news.
    pub news: News,
    encoded: OnceLock<Bytes>,
}

impl Event {
    pub(super) fn new(news: News) -> Self {
        Self {
            news,
            encoded: OnceLock::new(),
        }
    }

    /// The news as the page is told it.
    #[must_use]
    pub fn encoded(&self, encode: impl FnOnce(&News) -> Bytes) -> Bytes {
        self.encoded.get_or_init(|| encode(&self.news)).clone()
    }
}
