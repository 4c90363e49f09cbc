//! A page's end of the live channel: a WebSocket that a thread reads, so that pings are answered while a test does
//! something else.

use std::collections::BTreeMap;
use std::net::TcpStream;
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender, channel};
use std::time::{Duration, Instant};

use serde_json::{Value, json};
use socket2::{Domain, Socket, Type};
use tungstenite::Error;
use tungstenite::client::client;
use tungstenite::handshake::HandshakeError;
use tungstenite::http::Request as Handshake;
use tungstenite::protocol::Message;

use super::socket::{Ended, Heard, Order, TURN, attend};
use super::{Answer, Browser, Desk, PATIENCE};

const CONNECT: Duration = Duration::from_secs(30);

/// An open socket. To drop it is to close the tab.
pub struct Live {
    orders: Sender<Order>,
    heard: Receiver<Heard>,
    /// Everybody the page would show, by name.
    pub crowd: BTreeMap<String, Value>,
    /// The first message.
    pub welcome: Value,
    ended: Option<Ended>,
}

impl Desk {
    /// Opens a tab of the desk and waits for the welcome.
    #[track_caller]
    pub fn live(&self) -> Live {
        self.live_over(TcpStream::connect(self.browser.address()).unwrap())
    }

    /// The same over a line that holds little of what is not read.
    #[track_caller]
    pub fn live_over_a_narrow_line(&self) -> Live {
        let socket = Socket::new(Domain::IPV4, Type::STREAM, None).unwrap();
        socket.set_recv_buffer_size(4096).unwrap();
        socket.connect(&self.browser.address().into()).unwrap();
        self.live_over(socket.into())
    }

    #[track_caller]
    fn live_over(&self, stream: TcpStream) -> Live {
        let opened = Live::open_over(stream, &self.browser, &self.api("live/"), &[]);
        opened
            .unwrap_or_else(|answer| panic!("{}: {}", answer.status, answer.text()))
            .welcomed()
    }
}

impl Live {
    /// Opens a socket; the answer if the server does not.
    #[track_caller]
    pub fn open(browser: &Browser, path: &str, headers: &[(&str, &str)]) -> Result<Self, Answer> {
        let stream = TcpStream::connect(browser.address()).unwrap();
        Self::open_over(stream, browser, path, headers)
    }

    #[track_caller]
    fn open_over(
        stream: TcpStream,
        browser: &Browser,
        path: &str,
        headers: &[(&str, &str)],
    ) -> Result<Self, Answer> {
        let address = browser.address();
        let mut request = Handshake::builder()
            .uri(format!("ws://{address}{path}"))
            .header("Host", address.to_string())
            .header("Connection", "Upgrade")
            .header("Upgrade", "websocket")
            .header("Sec-WebSocket-Version", "13")
            .header("Sec-WebSocket-Key", "dGhlIHNhbXBsZSBub25jZQ==");
        for (name, value) in &browser.dress(super::Request::new("GET", path)).headers {
            request = request.header(name, value);
        }
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        stream.set_nodelay(true).unwrap();
        stream.set_read_timeout(Some(CONNECT)).unwrap();
        let socket = match client(request.body(()).unwrap(), stream) {
            Ok((socket, _)) => socket,
            Err(HandshakeError::Failure(Error::Http(response))) => {
                let headers = response.headers().iter();
                return Err(Answer {
                    status: response.status().as_u16(),
                    headers: headers
                        .map(|(name, value)| (name.to_string(), value.to_str().unwrap().to_owned()))
                        .collect(),
                    body: response.body().clone().unwrap_or_default(),
                });
            }
            Err(error) => panic!("no handshake: {error}"),
        };
        socket.get_ref().set_read_timeout(Some(TURN)).unwrap();
        let (orders, todo) = channel();
        let (tell, heard) = channel();
        std::thread::spawn(move || attend(socket, &todo, &tell));
        Ok(Self {
            orders,
            heard,
            crowd: BTreeMap::new(),
            welcome: Value::Null,
            ended: None,
        })
    }

    /// Waits for the first message.
    #[track_caller]
    pub fn welcomed(mut self) -> Self {
        self.hears("the welcome", |said| said["type"] == "welcome");
        self
    }

    fn send(&self, order: Order) {
        // The thread has ended if the socket has.
        let _ = self.orders.send(order);
    }

    /// Sends a message as it is.
    pub fn send_text(&self, text: &str) {
        self.send(Order::Send(Message::text(text)));
    }

    /// Sends a binary message.
    pub fn send_bytes(&self, bytes: Vec<u8>) {
        self.send(Order::Send(Message::binary(bytes)));
    }

    pub fn say(&self, message: &Value) {
        self.send_text(&message.to_string());
    }

    /// Says where the page's person is.
    pub fn is_in(&self, section: &str, state: &str) {
        self.say(&json!({ "type": "presence", "section": section, "state": state }));
    }

    /// From now on pings are answered by the network stack only, as it does for a frozen page.
    pub fn freeze(&self) {
        self.send(Order::Answer(false));
    }

    /// From now on nothing is read any more, as by a stopped process, or over a line that is cut.
    pub fn stop_reading(&self) {
        self.send(Order::Read(false));
    }

    pub fn read_again(&self) {
        self.send(Order::Read(true));
    }

    /// Closes the tab as a browser does.
    pub fn close(&self) {
        self.send(Order::Send(Message::Close(None)));
    }

    /// Ends the connection without a word, as a process does that is killed.
    pub fn cut(&self) {
        self.send(Order::Cut);
    }

    /// The next message; `None` if none comes until then.
    fn next(&mut self, until: Instant) -> Option<Value> {
        if self.ended.is_some() {
            return None;
        }
        let left = until.saturating_duration_since(Instant::now());
        match self.heard.recv_timeout(left) {
            Ok(Heard::Said(said)) => {
                self.note(&said);
                Some(said)
            }
            Ok(Heard::Ended(ended)) => {
                self.ended = Some(ended);
                None
            }
            Err(RecvTimeoutError::Timeout | RecvTimeoutError::Disconnected) => None,
        }
    }

    /// What the page makes of a message.
    fn note(&mut self, said: &Value) {
        let person = |person: &Value| {
            let name = person["username"].as_str().unwrap().to_owned();
            (name, person.clone())
        };
        match said["type"].as_str().unwrap() {
            kind @ ("welcome" | "users") => {
                self.crowd = said["users"]
                    .as_array()
                    .unwrap()
                    .iter()
                    .map(person)
                    .collect();
                if kind == "welcome" {
                    self.welcome = said.clone();
                }
            }
            "presence" => self.crowd.extend([person(&said["user"])]),
            "gone" => self
                .crowd
                .retain(|_, person| person["user_id"] != said["user_id"]),
            _ => {}
        }
    }

    /// Waits for a message; those before it are passed over.
    #[track_caller]
    pub fn hears(&mut self, what: &str, is_it: impl Fn(&Value) -> bool) -> Value {
        self.hears_within(PATIENCE, what, is_it)
    }

    /// The same, within a time.
    #[track_caller]
    pub fn hears_within(
        &mut self,
        time: Duration,
        what: &str,
        is_it: impl Fn(&Value) -> bool,
    ) -> Value {
        let until = Instant::now() + time;
        let mut before = Vec::new();
        while let Some(said) = self.next(until) {
            if is_it(&said) {
                return said;
            }
            before.push(said);
        }
        panic!(
            "not heard within {time:?}: {what}; but {before:?}; ended: {:?}",
            self.ended
        );
    }

    /// Waits for a message of a type.
    #[track_caller]
    pub fn hears_a(&mut self, kind: &str) -> Value {
        self.hears(kind, |said| said["type"] == kind)
    }

    /// Waits until the page would show this.
    #[track_caller]
    pub fn sees(&mut self, what: &str, shows: impl Fn(&Crowd) -> bool) {
        self.sees_within(PATIENCE, what, shows);
    }

    /// The same, within a time.
    #[track_caller]
    pub fn sees_within(
        &mut self,
        time: Duration,
        what: &str,
        shows: impl Fn(&Crowd) -> bool,
    ) -> Duration {
        let start = Instant::now();
        while !shows(&self.crowd) {
            let told = self.next(start + time);
            assert!(
                told.is_some(),
                "not seen within {time:?}: {what}; but {:?}; ended: {:?}",
                self.crowd,
                self.ended
            );
        }
        start.elapsed()
    }

    /// Fails if such a message comes within the time.
    #[track_caller]
    pub fn is_not_told(&mut self, time: Duration, what: &str, is_it: impl Fn(&Value) -> bool) {
        let until = Instant::now() + time;
        while let Some(said) = self.next(until) {
            assert!(!is_it(&said), "told {what}: {said}");
        }
        assert_eq!(self.ended, None);
    }

    /// All that has come until now.
    pub fn takes_in(&mut self) -> Vec<Value> {
        let mut all = Vec::new();
        while let Some(said) = self.next(Instant::now()) {
            all.push(said);
        }
        all
    }

    /// Waits for the end of the socket.
    #[track_caller]
    pub fn ends(&mut self) -> Ended {
        self.ends_within(PATIENCE)
    }

    /// The same, within a time.
    #[track_caller]
    pub fn ends_within(&mut self, time: Duration) -> Ended {
        let until = Instant::now() + time;
        while self.next(until).is_some() {}
        match self.ended.clone() {
            Some(ended) => ended,
            None => panic!("still open after {time:?}"),
        }
    }

    /// Fails unless the socket ends soon, with this reason and code.
    #[track_caller]
    pub fn is_sent_away(&mut self, reason: &str, code: u16) {
        let expected = Ended {
            reason: reason.to_owned(),
            code,
        };
        assert_eq!(self.ends(), expected);
    }

    /// The socket's user.
    pub fn you(&self) -> i64 {
        self.welcome["you"].as_i64().unwrap()
    }
}

/// Everybody by name.
pub type Crowd = BTreeMap<String, Value>;

/// Where somebody of a crowd is: `manuscript/abstract editing`; nothing if they are not there.
pub fn place(crowd: &Crowd, name: &str) -> String {
    crowd.get(name).map_or_else(String::new, |person| {
        let section = person["section"].as_str().unwrap_or("nowhere");
        format!("{section} {}", person["state"].as_str().unwrap())
    })
}
