//! A browser as the server sees one: keeps cookies, sends the CSRF token, does not follow redirects.

use std::collections::BTreeMap;
use std::io;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex};

use serde_json::{Value, json};

use super::{Answer, Desk, Request, Server};

/// The password of everyone in the tests.
pub const PASSWORD: &str = "correct horse battery";

/// What browsers say they want when somebody opens a page.
const PAGE: &str = "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8";

/// One browser with its cookies. A clone has a copy of them.
pub struct Browser {
    address: Arc<Mutex<SocketAddr>>,
    cookies: Mutex<BTreeMap<String, String>>,
}

impl Clone for Browser {
    fn clone(&self) -> Self {
        Self {
            address: self.address.clone(),
            cookies: Mutex::new(self.cookies.lock().unwrap().clone()),
        }
    }
}

impl Browser {
    /// Without cookies.
    pub fn new(server: &Server) -> Self {
        Self {
            address: server.shared_address(),
            cookies: Mutex::default(),
        }
    }

    pub fn address(&self) -> SocketAddr {
        *self.address.lock().unwrap()
    }

    pub fn cookie(&self, name: &str) -> Option<String> {
        self.cookies.lock().unwrap().get(name).cloned()
    }

    pub fn set_cookie(&self, name: &str, value: &str) {
        let mut cookies = self.cookies.lock().unwrap();
        cookies.insert(name.to_owned(), value.to_owned());
    }

    /// The token that this browser's pages send; empty before the first page.
    pub fn token(&self) -> String {
        self.cookie("csrftoken").unwrap_or_default()
    }

    /// Adds what a browser adds: cookies, and the token of an unsafe request if the test has not set one.
    pub fn dress(&self, mut request: Request) -> Request {
        let cookies: Vec<String> = self
            .cookies
            .lock()
            .unwrap()
            .iter()
            .map(|(name, value)| format!("{name}={value}"))
            .collect();
        if !cookies.is_empty() {
            request = request.header("Cookie", cookies.join("; "));
        }
        let safe = matches!(request.method.as_str(), "GET" | "HEAD" | "OPTIONS");
        if !safe && !request.has("X-CSRFToken") && !self.token().is_empty() {
            request = request.header("X-CSRFToken", self.token());
        }
        request
    }

    /// Sends a request with this browser's cookies, and keeps those that come back.
    pub fn try_send(&self, request: Request) -> io::Result<Answer> {
        let answer = self.dress(request).try_send(self.address())?;
        let mut cookies = self.cookies.lock().unwrap();
        for set in answer.all("set-cookie") {
            let (pair, attributes) = set.split_once(';').unwrap_or((set, ""));
            let (name, value) = pair.split_once('=').unwrap();
            if attributes.to_ascii_lowercase().contains("max-age=0") {
                cookies.remove(name);
            } else {
                cookies.insert(name.to_owned(), value.to_owned());
            }
        }
        drop(cookies);
        Ok(answer)
    }

    #[track_caller]
    pub fn send(&self, request: Request) -> Answer {
        let line = format!("{} {}", request.method, request.path);
        match self.try_send(request) {
            Ok(answer) => answer,
            Err(error) => panic!("{line}: {error}"),
        }
    }

    /// Opens a page.
    #[track_caller]
    pub fn get(&self, path: &str) -> Answer {
        let accept = if path.starts_with("/writer/api/") {
            "application/json"
        } else {
            PAGE
        };
        self.send(Request::new("GET", path).header("Accept", accept))
    }

    /// Sends JSON and asks for JSON.
    #[track_caller]
    pub fn json(&self, method: &str, path: &str, body: &Value) -> Answer {
        self.send(
            Request::new(method, path)
                .header("Accept", "application/json")
                .body("application/json", body.to_string()),
        )
    }

    #[track_caller]
    pub fn post(&self, path: &str, body: &Value) -> Answer {
        self.json("POST", path, body)
    }

    /// Sends a form as a page without scripts does, with the token in its field.
    #[track_caller]
    pub fn form(&self, path: &str, fields: &[(&str, &str)]) -> Answer {
        let token = self.token();
        let mut all = vec![("csrfmiddlewaretoken", token.as_str())];
        all.extend_from_slice(fields);
        self.send(
            Request::new("POST", path)
                .header("Accept", PAGE)
                .header("X-CSRFToken", "")
                .body("application/x-www-form-urlencoded", form_body(&all)),
        )
    }

    /// Opens the page for the first time, is given a slot, and looks up which project is in it.
    #[track_caller]
    pub fn visit(self) -> Desk {
        self.get("/writer/").expect(200);
        self.desk()
    }

    /// What the page of this browser works on.
    #[track_caller]
    pub fn desk(self) -> Desk {
        let project = self.session()["project_id"].as_i64().unwrap();
        Desk {
            browser: self,
            project,
        }
    }

    /// Who the browser is signed in as.
    #[track_caller]
    pub fn session(&self) -> Value {
        self.get("/writer/api/session/").expect(200).json()
    }

    pub fn sign_up(&self, name: &str) -> Answer {
        self.post(
            "/auth/signup/",
            &json!({ "username": name, "password": PASSWORD }),
        )
    }

    pub fn log_in(&self, name: &str) -> Answer {
        self.post(
            "/auth/login/",
            &json!({ "username": name, "password": PASSWORD }),
        )
    }
}

/// Fields as a browser encodes them.
pub fn form_body(fields: &[(&str, &str)]) -> String {
    let mut body = String::new();
    for (name, value) in fields {
        if !body.is_empty() {
            body.push('&');
        }
        body.push_str(name);
        body.push('=');
        for byte in value.bytes() {
            if byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.') {
                body.push(char::from(byte));
            } else {
                use std::fmt::Write as _;
                write!(body, "%{byte:02X}").unwrap();
            }
        }
    }
    body
}
