//! The thread behind a page's end of the live channel: it reads, answers pings, and sends what it is told to.

use std::io;
use std::net::{Shutdown, TcpStream};
use std::sync::mpsc::{Receiver, Sender, TryRecvError};
use std::time::Duration;

use serde_json::Value;
use tungstenite::protocol::Message;
use tungstenite::{Error, WebSocket};

/// How long the thread waits for a message before it looks whether it is to send one.
pub(super) const TURN: Duration = Duration::from_millis(10);

/// How a socket ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Ended {
    /// Of the last message, if it was one of type `closing`.
    pub reason: String,
    /// Of the close frame; 0 if the line was cut without one.
    pub code: u16,
}

/// What the thread is told to do.
pub(super) enum Order {
    Send(Message),
    /// Whether to answer pings in words, as a page that is not frozen does.
    Answer(bool),
    /// Whether to read at all.
    Read(bool),
    /// To go without a word.
    Cut,
}

pub(super) enum Heard {
    Said(Value),
    Ended(Ended),
}

/// Runs until the socket has ended, or the test.
pub(super) fn attend(
    mut socket: WebSocket<TcpStream>,
    todo: &Receiver<Order>,
    tell: &Sender<Heard>,
) {
    let (mut answers, mut reads) = (true, true);
    let mut last = Value::Null;
    loop {
        match next_order(todo, reads) {
            Ok(Some(Order::Send(message))) => {
                // A line that is broken is noticed by reading.
                let _ = socket.send(message);
                continue;
            }
            Ok(Some(Order::Answer(on))) => answers = on,
            Ok(Some(Order::Read(on))) => reads = on,
            Ok(Some(Order::Cut)) => {
                let _ = socket.get_ref().shutdown(Shutdown::Both);
            }
            Ok(None) => {}
            Err(TestIsOver) => {
                let _ = socket.close(None);
                let _ = socket.flush();
                return;
            }
        }
        if !reads {
            continue;
        }
        match socket.read() {
            Ok(Message::Text(text)) => {
                last = serde_json::from_str(&text).unwrap();
                if last["type"] != "ping" {
                    let _ = tell.send(Heard::Said(last.clone()));
                } else if answers {
                    let _ = socket.send(Message::text(r#"{"type":"pong"}"#));
                }
            }
            Ok(Message::Close(frame)) => {
                let code = frame.map_or(0, |frame| frame.code.into());
                return ended(tell, &last, code);
            }
            Ok(_) => {}
            Err(Error::Io(error))
                if matches!(
                    error.kind(),
                    io::ErrorKind::WouldBlock | io::ErrorKind::TimedOut
                ) => {}
            Err(_) => return ended(tell, &last, 0),
        }
    }
}

struct TestIsOver;

/// What is to be done now; waits for it if nothing is read meanwhile.
fn next_order(todo: &Receiver<Order>, reads: bool) -> Result<Option<Order>, TestIsOver> {
    if !reads {
        return todo.recv().map(Some).map_err(|_| TestIsOver);
    }
    match todo.try_recv() {
        Ok(order) => Ok(Some(order)),
        Err(TryRecvError::Empty) => Ok(None),
        Err(TryRecvError::Disconnected) => Err(TestIsOver),
    }
}

fn ended(tell: &Sender<Heard>, last: &Value, code: u16) {
    let reason = match last["type"].as_str() {
        Some("closing") => last["code"].as_str().unwrap_or_default().to_owned(),
        _ => String::new(),
    };
    let _ = tell.send(Heard::Ended(Ended { reason, code }));
}
