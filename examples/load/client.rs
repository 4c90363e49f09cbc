//! A client that costs little: one connection, requests built once, answers read by their `Content-Length`.

use std::net::SocketAddr;

use anyhow::{Context as _, bail};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;

pub struct Client {
    stream: TcpStream,
    buffer: Vec<u8>,
}

/// Status and where head and body are in [`Client::bytes`].
pub struct Answer {
    pub status: u16,
    head: usize,
    end: usize,
}

/// A visitor with a slot.
pub struct Visitor {
    pub client: Client,
    pub cookies: String,
    pub csrf: String,
    pub project: u64,
}

impl Client {
    pub async fn connect(address: SocketAddr) -> anyhow::Result<Self> {
        let stream = TcpStream::connect(address).await?;
        stream.set_nodelay(true)?;
        Ok(Self {
            stream,
            buffer: Vec::with_capacity(64 * 1024),
        })
    }

    pub async fn send(&mut self, request: &[u8]) -> anyhow::Result<Answer> {
        self.stream.write_all(request).await?;
        self.buffer.clear();
        loop {
            if self.stream.read_buf(&mut self.buffer).await? == 0 {
                bail!("the server closed the connection");
            }
            let Some(head) = self.buffer.windows(4).position(|four| four == b"\r\n\r\n") else {
                continue;
            };
            let text = std::str::from_utf8(&self.buffer[..head])?;
            let status = text.get(9..12).context("no status")?.parse()?;
            let length = header(text, "content-length")
                .and_then(|value| value.parse().ok())
                .unwrap_or(0);
            let end = head + 4 + length;
            while self.buffer.len() < end {
                if self.stream.read_buf(&mut self.buffer).await? == 0 {
                    bail!("the server closed the connection within an answer");
                }
            }
            return Ok(Answer { status, head, end });
        }
    }

    pub fn head(&self, answer: &Answer) -> &str {
        std::str::from_utf8(&self.buffer[..answer.head]).unwrap_or_default()
    }

    pub fn body(&self, answer: &Answer) -> &[u8] {
        &self.buffer[answer.head + 4..answer.end]
    }

    pub fn bytes(&self, answer: &Answer) -> &[u8] {
        &self.buffer[..answer.end]
    }
}

/// The first header of this name, which is given in small letters.
pub fn header<'a>(head: &'a str, name: &str) -> Option<&'a str> {
    head.lines().find_map(|line| {
        let (key, value) = line.split_once(':')?;
        key.eq_ignore_ascii_case(name).then(|| value.trim())
    })
}

pub const FIRST_VISIT: &[u8] = b"GET /writer/ HTTP/1.1\r\nHost: load\r\nAccept: text/html\r\n\r\n";

impl Visitor {
    /// Opens the page and asks who it is.
    pub async fn arrive(address: SocketAddr) -> anyhow::Result<Self> {
        let mut client = Client::connect(address).await?;
        let answer = client.send(FIRST_VISIT).await?;
        if answer.status != 200 {
            bail!("no slot: status {}", answer.status);
        }
        let cookie = |name: &str| {
            let lines = client.head(&answer).lines();
            let mut set = lines.filter_map(|line| line.strip_prefix("set-cookie: "));
            set.find_map(|set| set.split(';').next()?.strip_prefix(&format!("{name}=")))
                .map(str::to_owned)
        };
        let session = cookie("sessionid").context("no session cookie")?;
        let csrf = cookie("csrftoken").context("no token cookie")?;
        let cookies = format!("sessionid={session}");
        let ask =
            format!("GET /writer/api/session/ HTTP/1.1\r\nHost: load\r\nCookie: {cookies}\r\n\r\n");
        let answer = client.send(ask.as_bytes()).await?;
        let session: serde_json::Value = serde_json::from_slice(client.body(&answer))?;
        let project = session["project_id"].as_u64().context("no project")?;
        Ok(Self {
            client,
            cookies,
            csrf,
            project,
        })
    }

    /// The address of the visitor's abstract.
    pub fn section(&self) -> String {
        format!(
            "/writer/api/project/{}/section/manuscript/abstract/",
            self.project
        )
    }

    /// The head and body of a save.
    pub fn save(&self, content: &str, version: u64) -> Vec<u8> {
        let body = serde_json::json!({ "content": content, "version": version });
        self.write("PUT", &self.section(), &body)
    }

    /// A request that changes something.
    pub fn write(&self, method: &str, path: &str, body: &serde_json::Value) -> Vec<u8> {
        let body = body.to_string();
        format!(
            "{method} {path} HTTP/1.1\r\nHost: load\r\nCookie: {}\r\nX-CSRFToken: {}\r\n\
             Content-Type: application/json\r\nContent-Length: {}\r\n\r\n{body}",
            self.cookies,
            self.csrf,
            body.len()
        )
        .into_bytes()
    }

    /// A request that only asks.
    pub fn get(&self, path: &str) -> Vec<u8> {
        format!(
            "GET {path} HTTP/1.1\r\nHost: load\r\nCookie: {}\r\n\r\n",
            self.cookies
        )
        .into_bytes()
    }

    /// Makes a link to the visitor's project.
    pub async fn link(&mut self) -> anyhow::Result<String> {
        let path = format!("/writer/api/project/{}/links/", self.project);
        let ask = self.write("POST", &path, &serde_json::json!({ "role": "editor" }));
        let answer = self.client.send(&ask).await?;
        let made: serde_json::Value = serde_json::from_slice(self.client.body(&answer))?;
        Ok(made["path"].as_str().context("no link")?.to_owned())
    }

    /// Joins another project, and works there from here on.
    pub async fn join(&mut self, link: &str, project: u64) -> anyhow::Result<()> {
        let ask = format!(
            "GET {link} HTTP/1.1\r\nHost: load\r\nAccept: text/html\r\nCookie: {}\r\n\r\n",
            self.cookies
        );
        let answer = self.client.send(ask.as_bytes()).await?;
        anyhow::ensure!(answer.status == 303, "could not join: {}", answer.status);
        self.project = project;
        Ok(())
    }

    /// A read of the section.
    pub fn read(&self) -> Vec<u8> {
        self.get(&self.section())
    }
}

/// So many visitors in so many projects, evenly.
pub async fn gather(
    address: SocketAddr,
    projects: usize,
    in_each: usize,
) -> anyhow::Result<Vec<Visitor>> {
    let mut visitors = Vec::with_capacity(projects * in_each);
    for _ in 0..projects {
        let mut owner = Visitor::arrive(address).await?;
        let (link, project) = (owner.link().await?, owner.project);
        visitors.push(owner);
        for _ in 1..in_each {
            let mut visitor = Visitor::arrive(address).await?;
            visitor.join(&link, project).await?;
            visitors.push(visitor);
        }
    }
    Ok(visitors)
}
