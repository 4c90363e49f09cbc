//! One socket's task, from the welcome to the last word.

use std::borrow::Cow;
use std::ops::ControlFlow;
use std::sync::Arc;
use std::time::{Duration, Instant};

use axum::body::Bytes;
use axum::extract::ws::{CloseFrame, Message, Utf8Bytes, WebSocket};
use axum::http::StatusCode;
use tokio::sync::broadcast;
use tokio::sync::broadcast::error::RecvError;
use tokio::time::{sleep_until, timeout};

use super::super::App;
use super::super::error::Failure;
use super::super::extract::{Access, keep_alive};
use super::super::presence;
use super::message::{ClientMessage, ServerMessage, encode};
use super::rate::Rate;
use crate::domain::Error;
use crate::domain::access;
use crate::domain::presence::{Event, News, Seat, State, Who};
use crate::ground::secret::Digest;

/// How often a page is asked whether it is there.
const BEAT: Duration = Duration::from_secs(5);
/// Whoever is not heard of for so long is gone: two beats, and some time for a slow line.
const PATIENCE: Duration = Duration::from_secs(12);
/// How long the last word may take.
const FAREWELL: Duration = Duration::from_secs(2);

/// Why a socket ends.
enum End {
    /// The page has closed it, or the line is cut.
    Closed,
    /// Nothing was heard for too long.
    Frozen,
    /// The page is told why.
    Refused(Failure),
    /// The server stops.
    Stopped,
}

type Step = ControlFlow<End>;

struct Talk {
    socket: WebSocket,
    app: App,
    access: Arc<access::Access>,
    session: Digest,
    seat: Seat,
    rate: Rate,
    heard: Instant,
    /// True once the page has answered a ping in words. From then on the answers of its network stack, which also a
    /// frozen page gives, do not count.
    answers: bool,
}

/// Talks until one of the two sides ends it.
pub(super) async fn talk(mut socket: WebSocket, app: App, access: Access, session: Digest) {
    let access = access.into_inner();
    let Ok(user) = access.session.user() else {
        return;
    };
    let who = Who {
        user: user.id,
        username: &user.username,
    };
    let (seat, mut news, users) = app.presence.sit(access.project.id, who, app.now());
    let welcome = ServerMessage::Welcome {
        you: user.id,
        role: access.role,
        users: &users,
    };
    let welcome = text(welcome.encode());
    drop(users);
    if !matches!(timeout(PATIENCE, socket.send(welcome)).await, Ok(Ok(()))) {
        return;
    }
    let now = Instant::now();
    let mut talk = Talk {
        socket,
        app,
        access,
        session,
        seat,
        rate: Rate::new(now),
        heard: now,
        answers: false,
    };
    let end = talk.run(&mut news).await;
    talk.finish(end).await;
}

/// Tells a page that has come with an old session why it cannot stay.
pub(super) async fn refuse(mut socket: WebSocket, failure: &Failure) {
    let _ = timeout(FAREWELL, say_why(&mut socket, failure)).await;
}

impl Talk {
    async fn run(&mut self, news: &mut broadcast::Receiver<Arc<Event>>) -> End {
        let mut beat = Instant::now() + BEAT;
        loop {
            let wake = beat.min(self.heard + PATIENCE);
            let step = tokio::select! {
                message = self.socket.recv() => self.hear(message).await,
                event = news.recv() => self.pass_on(event).await,
                () = sleep_until(wake.into()) => {
                    if self.heard.elapsed() >= PATIENCE {
                        return End::Frozen;
                    }
                    beat = Instant::now() + BEAT;
                    self.beat().await
                }
            };
            if let ControlFlow::Break(end) = step {
                return end;
            }
        }
    }

    /// Asks the page whether it is there, and whether it still may be.
    async fn beat(&mut self) -> Step {
        self.recheck().await?;
        self.send(text(ServerMessage::Ping.encode())).await?;
        if !self.answers {
            self.send(Message::Ping(Bytes::new())).await?;
        }
        Step::Continue(())
    }

    async fn hear(&mut self, message: Option<Result<Message, axum::Error>>) -> Step {
        let message = match message {
            None | Some(Ok(Message::Close(_))) => return Step::Break(End::Closed),
            Some(Err(error)) => return Step::Break(broken(&error)),
            Some(Ok(message)) => message,
        };
        let now = Instant::now();
        if !self.answers || matches!(message, Message::Text(_)) {
            self.heard = now;
        }
        if !self.rate.take(now) {
            return Step::Break(End::Refused(too_many()));
        }
        match message {
            Message::Text(text) => self.understand(&text).await,
            Message::Binary(_) => {
                self.object("invalid_message", "A message is JSON text.")
                    .await
            }
            _ => Step::Continue(()),
        }
    }

    async fn understand(&mut self, text: &str) -> Step {
        match serde_json::from_str(text) {
            Ok(ClientMessage::Pong) => {
                self.answers = true;
                Step::Continue(())
            }
            Ok(ClientMessage::Presence { section, state }) => self.moved(section, state).await,
            Err(error) => {
                let known = serde_json::from_str::<serde_json::Value>(text)
                    .ok()
                    .and_then(|message| Some(message.get("type")?.as_str()?.to_owned()));
                let code = match known.as_deref() {
                    Some("presence" | "pong") | None => "invalid_message",
                    Some(_) => "unknown_type",
                };
                let sentence = format!("The message is not understood: {error}.");
                self.object(code, &sentence).await
            }
        }
    }

    async fn moved(&mut self, section: Option<String>, state: State) -> Step {
        let (project, role) = (self.access.project.id, self.access.role);
        match presence::place(&self.app, project, role, section, state).await {
            Ok(place) => {
                let now = self.app.now();
                if state != State::Idle {
                    keep_alive(&self.app, &self.access.session, now);
                }
                self.seat.moved(place, now);
                Step::Continue(())
            }
            Err(error) => {
                let failure = Failure::from(error);
                self.object(failure.code, &failure.sentence).await
            }
        }
    }

    /// Passes on what everybody in the project is told.
    async fn pass_on(&mut self, event: Result<Arc<Event>, RecvError>) -> Step {
        match event {
            Ok(event) => match &event.news {
                News::Recheck => self.recheck().await,
                News::Stop => Step::Break(End::Stopped),
                _ => self.send(text(event.encoded(encode))).await,
            },
            Err(RecvError::Lagged(_)) => {
                let project = self.access.project.id;
                let users = self.app.presence.people(project, self.app.now());
                self.send(text(ServerMessage::Users { users: &users }.encode()))
                    .await?;
                // A change of rights may have been among what was missed.
                self.recheck().await
            }
            Err(RecvError::Closed) => Step::Break(End::Closed),
        }
    }

    /// Asks what the session may do now; the answer comes from memory unless some right has changed.
    async fn recheck(&mut self) -> Step {
        let project = self.access.project.id;
        let now = self.app.now();
        let access = match self.app.gate.access(self.session, project, now).await {
            Ok(access) if access.is_binned() => Err(Error::ProjectNotFound),
            Ok(access) => match (access.session.user(), self.access.session.user()) {
                (Ok(is), Ok(was)) if is.id == was.id => Ok(access),
                _ => Err(Error::SessionExpired),
            },
            Err(error) => Err(error),
        };
        match access {
            Ok(access) => {
                let role = access.role;
                let changed = role != self.access.role;
                self.access = access;
                if changed {
                    self.send(text(ServerMessage::Role { role }.encode()))
                        .await?;
                }
                Step::Continue(())
            }
            // The database may be in trouble for a moment; that is no reason to send anyone away.
            Err(Error::Storage(_)) => Step::Continue(()),
            Err(error) => Step::Break(End::Refused(error.into())),
        }
    }

    async fn object(&mut self, code: &'static str, error: &str) -> Step {
        self.send(text(ServerMessage::Error { code, error }.encode()))
            .await
    }

    /// A page that takes nothing for too long is as good as gone.
    async fn send(&mut self, message: Message) -> Step {
        match timeout(PATIENCE, self.socket.send(message)).await {
            Ok(Ok(())) => Step::Continue(()),
            Ok(Err(_)) => Step::Break(End::Closed),
            Err(_) => Step::Break(End::Frozen),
        }
    }

    async fn finish(self, end: End) {
        let Self {
            mut socket, seat, ..
        } = self;
        let failure = match end {
            // The tab may come back in a moment.
            End::Closed => return drop(seat),
            End::Frozen => Failure::new(
                StatusCode::REQUEST_TIMEOUT,
                "frozen",
                "Nothing was heard of this page for a while.",
            ),
            End::Refused(failure) => failure,
            End::Stopped => {
                let failure = Failure::new(
                    StatusCode::SERVICE_UNAVAILABLE,
                    "shutting_down",
                    "The server is restarting.",
                );
                let _ = timeout(FAREWELL, say_why(&mut socket, &failure)).await;
                return drop(seat);
            }
        };
        seat.lost();
        let _ = timeout(FAREWELL, say_why(&mut socket, &failure)).await;
    }
}

async fn say_why(socket: &mut WebSocket, failure: &Failure) -> Result<(), axum::Error> {
    let closing = ServerMessage::Closing {
        code: failure.code,
        error: &failure.sentence,
    };
    socket.send(text(closing.encode())).await?;
    let close = CloseFrame {
        code: close_code(failure),
        reason: Utf8Bytes::from_static(failure.code),
    };
    socket.send(Message::Close(Some(close))).await
}

/// RFC 6455 leaves 4000 to 4999 to us: 4000 and the HTTP status, where there is no code for it.
fn close_code(failure: &Failure) -> u16 {
    match failure.code {
        "shutting_down" => 1012,
        "message_too_large" => 1009,
        _ => 4000 + failure.status.as_u16(),
    }
}

/// A message that breaks the protocol gets an answer; a line that is cut cannot be answered.
fn broken(error: &axum::Error) -> End {
    let text: Cow<'_, str> = error.to_string().into();
    if text.contains("too long") || text.contains("too big") {
        return End::Refused(Failure::new(
            StatusCode::PAYLOAD_TOO_LARGE,
            "message_too_large",
            "That message is too large.",
        ));
    }
    End::Closed
}

fn too_many() -> Failure {
    Failure::new(
        StatusCode::TOO_MANY_REQUESTS,
        "too_many_messages",
        "This page has sent too many messages at once.",
    )
}

fn text(bytes: Bytes) -> Message {
    // What serde_json has written is UTF-8.
    Message::Text(Utf8Bytes::try_from(bytes).unwrap_or_default())
}
