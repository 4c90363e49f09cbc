//! How a person looks to the others.

use std::sync::Arc;

use serde::{Serialize, Serializer};

use super::person::{Place, State, avatar_color};
use crate::ground::clock::Timestamp;
use crate::ground::ids::UserId;

/// An entry of the presence list; the fields are the public contract.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct PersonView {
    /// Whose.
    pub user_id: UserId,
    /// Their name.
    #[serde(serialize_with = "text")]
    pub username: Arc<str>,
    /// The section they are in, if in any.
    #[serde(serialize_with = "optional_text")]
    pub section: Option<Arc<str>>,
    /// When they were last known to be there.
    #[serde(serialize_with = "rfc3339")]
    pub last_seen: Timestamp,
    /// Their colour.
    pub avatar_color: &'static str,
    /// What they do.
    pub state: State,
}

impl PersonView {
    /// Of somebody at a place.
    #[must_use]
    pub fn new(user: UserId, username: &Arc<str>, place: &Place, last_seen: Timestamp) -> Self {
        Self {
            user_id: user,
            username: username.clone(),
            section: place.section.clone(),
            last_seen,
            avatar_color: avatar_color(user),
            state: place.state,
        }
    }
}

fn text<S: Serializer>(text: &Arc<str>, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_str(text)
}

#[expect(clippy::ref_option, reason = "serde hands out references to fields")]
fn optional_text<S: Serializer>(text: &Option<Arc<str>>, serializer: S) -> Result<S::Ok, S::Error> {
    text.as_deref().serialize(serializer)
}

#[expect(
    clippy::trivially_copy_pass_by_ref,
    reason = "serde hands out references to fields"
)]
fn rfc3339<S: Serializer>(at: &Timestamp, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_str(&at.to_rfc3339())
}
