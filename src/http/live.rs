//! The live channel: `GET …/live/`, one WebSocket for each tab.
//!
//! Every socket has one task and no queue of its own: it takes the project's news from a channel that all of them
//! share, and one that is too slow to keep up is sent the whole list once it can be written to again. So a slow reader
//! costs the others nothing, and memory is bounded. Whoever is not heard of for twelve seconds is gone.

mod message;
mod rate;
mod talk;

use axum::extract::State;
use axum::extract::ws::rejection::WebSocketUpgradeRejection;
use axum::extract::ws::{WebSocket, WebSocketUpgrade};
use axum::http::{HeaderMap, StatusCode};
use axum::response::Response;

use super::error::Failure;
use super::extract::Access;
use super::frame::{Context, Peer};
use super::{App, origin};
use crate::domain::Error;

/// Longest message from a page, in bytes.
const LONGEST: usize = 16 * 1024;
/// What a socket reads at once, in bytes; there may be ten thousand of them.
const BUFFER: usize = 1024;

pub(super) async fn connect(
    State(app): State<App>,
    context: Context,
    peer: Peer,
    access: Result<Access, Failure>,
    headers: HeaderMap,
    upgrade: Result<WebSocketUpgrade, WebSocketUpgradeRejection>,
) -> Result<Response, Failure> {
    origin::refuse_foreign(&headers)?;
    let cookie = context.cookie.as_ref().ok_or(Error::SessionExpired)?;
    let session = cookie.digest();
    let upgrade = upgrade.map(|upgrade| {
        upgrade
            .max_message_size(LONGEST)
            .max_frame_size(LONGEST)
            .read_buffer_size(BUFFER)
            .write_buffer_size(0)
    });
    match (access, upgrade) {
        (Ok(access), Ok(upgrade)) => Ok(upgrade.on_upgrade(async move |socket: WebSocket| {
            talk::talk(socket, app, access, session).await;
            // Until here it counts as a connection.
            drop(peer);
        })),
        (Ok(_), Err(_)) => Err(Failure::new(
            StatusCode::UPGRADE_REQUIRED,
            "upgrade_required",
            "This address is a WebSocket.",
        )),
        // A page can read why a socket was closed, but not why it was not opened.
        (Err(failure), Ok(upgrade)) if failure.status == StatusCode::UNAUTHORIZED => {
            Ok(upgrade.on_upgrade(async move |socket| talk::refuse(socket, &failure).await))
        }
        (Err(failure), _) => Err(failure),
    }
}
