//! The messages of the live channel. `tests/golden/live.json` has a sample of each.

use axum::body::Bytes;
use serde::{Deserialize, Serialize};

use crate::domain::presence::{News, PersonView, State};
use crate::ground::ids::UserId;
use crate::ground::role::Role;

/// What the page says.
#[derive(Debug, Deserialize)]
#[serde(tag = "type", rename_all = "lowercase")]
pub(super) enum ClientMessage {
    /// Where its person is, and what they do there.
    Presence {
        section: Option<String>,
        state: State,
    },
    /// The answer to a ping.
    Pong,
}

/// What the page is told.
#[derive(Debug, Serialize)]
#[serde(tag = "type", rename_all = "lowercase")]
pub(super) enum ServerMessage<'a> {
    /// The first message: who one is, what one may do, and who is there.
    Welcome {
        you: UserId,
        role: Role,
        users: &'a [PersonView],
    },
    /// Everybody anew, because the page has fallen behind.
    Users { users: &'a [PersonView] },
    /// Somebody has come, or is elsewhere, or does something else.
    Presence { user: &'a PersonView },
    /// Somebody has gone.
    Gone { user_id: UserId },
    /// One's own role has changed.
    Role { role: Role },
    /// The project has another name or owner.
    Project {
        name: &'a str,
        owner: Option<&'a str>,
    },
    /// Sections were added, renamed, moved, switched or deleted.
    Outline,
    /// Somebody has saved a section.
    Text {
        section: &'a str,
        version: u64,
        by: UserId,
    },
    /// To be answered at once.
    Ping,
    /// Something that the page has said was not understood, or not right.
    Error { code: &'static str, error: &'a str },
    /// The last message.
    Closing { code: &'static str, error: &'a str },
}

impl ServerMessage<'_> {
    pub fn encode(&self) -> Bytes {
        // Numbers and texts only: there is nothing in it that could not be written.
        serde_json::to_vec(self).unwrap_or_default().into()
    }
}

/// News as a message; `None` for what is not for the page.
fn message(news: &News) -> Option<ServerMessage<'_>> {
    Some(match news {
        News::Person(user) => ServerMessage::Presence { user },
        News::Gone(user_id) => ServerMessage::Gone { user_id: *user_id },
        News::Project { name, owner } => ServerMessage::Project {
            name,
            owner: owner.as_deref(),
        },
        News::Outline => ServerMessage::Outline,
        News::Text {
            section,
            version,
            by,
        } => ServerMessage::Text {
            section,
            version: *version,
            by: *by,
        },
        News::Recheck | News::Stop => return None,
    })
}

/// News as it goes to every page.
pub(super) fn encode(news: &News) -> Bytes {
    message(news).map_or_else(Bytes::new, |message| message.encode())
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use serde_json::Value;

    use super::*;
    use crate::domain::presence::Place;
    use crate::ground::clock::Timestamp;

    const GOLDEN: &str = include_str!("../../../tests/golden/live.json");

    fn golden(side: &str) -> Vec<Value> {
        let golden: Value = serde_json::from_str(GOLDEN).unwrap();
        golden[side].as_array().unwrap().clone()
    }

    fn person(user: i64, name: &str, section: Option<&str>, state: State) -> PersonView {
        let place = Place {
            section: section.map(Arc::from),
            state,
        };
        PersonView::new(
            UserId(user),
            &name.into(),
            &place,
            Timestamp(1_795_273_445_000),
        )
    }

    #[test]
    fn the_server_says_what_the_golden_samples_say() {
        let alice = person(12, "alice", Some("manuscript/abstract"), State::Editing);
        let visitor = person(3, "visitor-003", None, State::Viewing);
        let news = |news: News| encode(&news);
        let said = [
            ServerMessage::Welcome {
                you: UserId(12),
                role: Role::Editor,
                users: std::slice::from_ref(&alice),
            }
            .encode(),
            ServerMessage::Users {
                users: std::slice::from_ref(&visitor),
            }
            .encode(),
            news(News::Person(person(
                12,
                "alice",
                Some("manuscript/methods"),
                State::Idle,
            ))),
            news(News::Gone(UserId(12))),
            ServerMessage::Role { role: Role::Viewer }.encode(),
            news(News::Project {
                name: "Grant 2026".to_owned(),
                owner: Some("alice".to_owned()),
            }),
            news(News::Outline),
            news(News::Text {
                section: "manuscript/abstract".into(),
                version: 12,
                by: UserId(5),
            }),
            ServerMessage::Ping.encode(),
        ];
        let said: Vec<Value> = said
            .iter()
            .map(|bytes| serde_json::from_slice(bytes).unwrap())
            .collect();
        let expected = golden("server");
        assert_eq!(said, expected[..said.len()]);
        for (expected, said) in expected[said.len()..].iter().zip(["error", "closing"]) {
            assert_eq!(expected["type"], said);
        }
        for error in &expected[9..] {
            let error_text = error["error"].as_str().unwrap();
            let code = match error["code"].as_str().unwrap() {
                "invalid_section" => "invalid_section",
                "lease_expired" => "lease_expired",
                other => panic!("{other}"),
            };
            let message = match error["type"].as_str().unwrap() {
                "error" => ServerMessage::Error {
                    code,
                    error: error_text,
                },
                _ => ServerMessage::Closing {
                    code,
                    error: error_text,
                },
            };
            let said: Value = serde_json::from_slice(&message.encode()).unwrap();
            assert_eq!(said, *error);
        }
    }

    #[test]
    fn the_server_understands_the_golden_samples() {
        let understood: Vec<ClientMessage> = golden("client")
            .into_iter()
            .map(|sample| serde_json::from_value(sample).unwrap())
            .collect();
        assert!(
            matches!(&understood[0], ClientMessage::Presence { section: Some(id), state: State::Editing } if id == "manuscript/abstract")
        );
        assert!(matches!(
            &understood[1],
            ClientMessage::Presence { section: None, .. }
        ));
        assert!(matches!(understood[3], ClientMessage::Pong));
    }

    #[test]
    fn what_is_not_for_the_page_is_no_message() {
        assert!(encode(&News::Recheck).is_empty() && encode(&News::Stop).is_empty());
    }
}
