//! A page's side of the live channel.

use std::net::SocketAddr;

use anyhow::{Context as _, bail};
use futures_util::{SinkExt as _, StreamExt as _};
use tokio::net::TcpStream;
use tokio_tungstenite::WebSocketStream;
use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::tungstenite::client::IntoClientRequest as _;

use crate::client::Visitor;

/// An open socket.
pub struct Socket(WebSocketStream<TcpStream>);

/// What was heard, as far as it matters here.
pub enum Heard {
    /// Somebody is elsewhere: their user id.
    Moved(u64),
    /// Anything else.
    Other,
}

impl Socket {
    /// Opens one and reads the welcome; one's own user id.
    pub async fn open(address: SocketAddr, visitor: &Visitor) -> anyhow::Result<(Self, u64)> {
        let stream = TcpStream::connect(address).await?;
        stream.set_nodelay(true)?;
        let url = format!(
            "ws://{address}/writer/api/project/{}/live/",
            visitor.project
        );
        let mut request = url.into_client_request()?;
        request
            .headers_mut()
            .insert("cookie", visitor.cookies.parse()?);
        let (stream, _) = tokio_tungstenite::client_async(request, stream).await?;
        let mut socket = Self(stream);
        let Some(Ok(Message::Text(welcome))) = socket.0.next().await else {
            bail!("no welcome");
        };
        let welcome: serde_json::Value = serde_json::from_str(&welcome)?;
        let you = welcome["you"].as_u64().context("nobody in the welcome")?;
        Ok((socket, you))
    }

    /// Says where one is.
    pub async fn go(&mut self, section: &str) -> anyhow::Result<()> {
        let message = format!(r#"{{"type":"presence","section":"{section}","state":"viewing"}}"#);
        Ok(self.0.send(Message::text(message)).await?)
    }

    /// The next thing that is heard; pings are answered.
    pub async fn hear(&mut self) -> anyhow::Result<Heard> {
        let message = self.0.next().await.context("the socket was closed")??;
        let Message::Text(text) = message else {
            return Ok(Heard::Other);
        };
        if let Some(rest) = text.strip_prefix(r#"{"type":"presence","user":{"user_id":"#) {
            let digits = rest.split(',').next().unwrap_or_default();
            return Ok(Heard::Moved(digits.parse()?));
        }
        if text.as_str() == r#"{"type":"ping"}"# {
            self.0.send(Message::text(r#"{"type":"pong"}"#)).await?;
        }
        Ok(Heard::Other)
    }
}
