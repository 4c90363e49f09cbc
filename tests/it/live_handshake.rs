//! How a socket is opened, and how not.

use std::io::{Read as _, Write as _};
use std::net::{Shutdown, TcpStream};
use std::time::Duration;

use serde_json::json;

use crate::harness::{ABSTRACT, Answer, Browser, Desk, Launch, Live, Request, Server, eventually};

const JSON: (&str, &str) = ("Accept", "application/json");
const MOMENT: Duration = Duration::from_millis(300);

#[track_caller]
fn refused(browser: &Browser, path: &str, headers: &[(&str, &str)]) -> Answer {
    let mut all = vec![JSON];
    all.extend_from_slice(headers);
    match Live::open(browser, path, &all) {
        Err(answer) => answer,
        Ok(_) => panic!("{path} {headers:?} is open"),
    }
}

/// The head of a handshake.
fn handshake(desk: &Desk) -> String {
    let address = desk.browser.address();
    let cookies = desk.browser.dress(Request::new("GET", "/")).headers;
    let cookie = &cookies.iter().find(|(name, _)| name == "Cookie").unwrap().1;
    format!(
        "GET {} HTTP/1.1\r\nHost: {address}\r\nCookie: {cookie}\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\
         Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n",
        desk.api("live/")
    )
}

/// A connection on which the handshake is done, to send on it what no library would.
fn upgraded(desk: &Desk) -> TcpStream {
    let mut stream = TcpStream::connect(desk.browser.address()).unwrap();
    stream
        .set_read_timeout(Some(Duration::from_secs(10)))
        .unwrap();
    stream.write_all(handshake(desk).as_bytes()).unwrap();
    let mut head = Vec::new();
    let mut byte = [0];
    while !head.ends_with(b"\r\n\r\n") {
        stream.read_exact(&mut byte).unwrap();
        head.push(byte[0]);
    }
    assert!(
        head.starts_with(b"HTTP/1.1 101"),
        "{}",
        String::from_utf8_lossy(&head)
    );
    stream
}

#[test]
fn only_with_a_session_from_our_own_origin_and_into_ones_own_project() {
    let server = Server::start();
    let alice = server.member("alice");
    let path = alice.api("live/");
    refused(&server.browser(), &path, &[]).refused(401, "session_expired");
    let host = alice.browser.address().to_string();
    let ours = format!("http://{host}");
    let port = format!("http://127.0.0.1:{}", alice.browser.address().port() ^ 1);
    for foreign in [
        "http://evil.example",
        "null",
        "",
        "file://",
        port.as_str(),
        "http://evil.example@",
        "garbage",
    ] {
        refused(&alice.browser, &path, &[("Origin", foreign)]).refused(403, "foreign_origin");
    }
    refused(&alice.browser, &path, &[("Sec-Fetch-Site", "cross-site")])
        .refused(403, "foreign_origin");
    // Before anything about the project is told.
    let headers = [("Origin", "http://evil.example")];
    refused(&alice.browser, "/writer/api/project/999/live/", &headers)
        .refused(403, "foreign_origin");
    let bob = server.member("bob");
    for project in [
        alice.project.to_string(),
        "999999".to_owned(),
        "0".to_owned(),
        "-1".to_owned(),
        "abc".to_owned(),
    ] {
        let path = format!("/writer/api/project/{project}/live/");
        refused(&bob.browser, &path, &[]).refused(404, "project_not_found");
    }
    assert!(alice.present().is_empty(), "{:?}", alice.present());
    let open = Live::open(
        &alice.browser,
        &path,
        &[("Origin", &ours), ("Sec-Fetch-Site", "same-origin")],
    );
    open.ok().unwrap().welcomed();
}

#[test]
fn whoever_comes_with_an_old_session_is_told_so_by_the_socket() {
    let server = Server::start();
    let alice = server.member("alice");
    let old = alice.browser.clone();
    alice.browser.form("/auth/logout/", &[]).expect(303);
    let mut live = Live::open(&old, &alice.api("live/"), &[]).ok().unwrap();
    live.is_sent_away("session_expired", 4401);
    let made_up = server.browser();
    made_up.set_cookie("sessionid", &"A".repeat(43));
    let mut live = Live::open(&made_up, &alice.api("live/"), &[]).ok().unwrap();
    live.is_sent_away("session_expired", 4401);
    made_up.set_cookie("sessionid", "no secret at all");
    refused(&made_up, &alice.api("live/"), &[]).refused(401, "session_expired");
    // Neither has been in the project for a moment.
    let bob = server.member("bob");
    assert!(bob.live().crowd.len() == 1);
    let visitor = server.visitor();
    visitor.write(ABSTRACT, "kept\n");
    server.advance(Duration::from_hours(25));
    let mut live = Live::open(&visitor.browser, &visitor.api("live/"), &[])
        .ok()
        .unwrap();
    live.is_sent_away("lease_expired", 4401);
}

#[test]
fn without_an_upgrade_it_says_that_it_is_a_websocket() {
    let server = Server::start();
    let alice = server.member("alice");
    let path = alice.api("live/");
    alice.browser.get(&path).refused(426, "upgrade_required");
    let almost = [
        [
            ("Connection", "Upgrade"),
            ("Upgrade", "h2c"),
            ("Sec-WebSocket-Version", "13"),
            ("Sec-WebSocket-Key", "dGhlIHNhbXBsZSBub25jZQ=="),
        ],
        [
            ("Connection", "Upgrade"),
            ("Upgrade", "websocket"),
            ("Sec-WebSocket-Version", "8"),
            ("Sec-WebSocket-Key", "dGhlIHNhbXBsZSBub25jZQ=="),
        ],
        [
            ("Connection", "Upgrade"),
            ("Upgrade", "websocket"),
            ("Sec-WebSocket-Version", "13"),
            ("X-None", "x"),
        ],
    ];
    for headers in almost {
        let mut request = Request::new("GET", &path).header(JSON.0, JSON.1);
        for (name, value) in headers {
            request = request.header(name, value);
        }
        alice.browser.send(request).refused(426, "upgrade_required");
    }
    alice
        .browser
        .post(&path, &json!({}))
        .refused(405, "method_not_allowed");
    server.browser().get(&path).refused(401, "session_expired");
    assert!(alice.present().is_empty());
}

#[test]
fn an_upgrade_elsewhere_is_a_plain_request() {
    let server = Server::start();
    let alice = server.member("alice");
    for (path, status) in [
        ("/writer/api/session/", 200),
        ("/healthz", 200),
        ("/writer/", 200),
        ("/nothing/", 404),
        ("/writer/api/project/1/live/x/", 404),
    ] {
        assert_eq!(refused(&alice.browser, path, &[]).status, status, "{path}");
    }
    let without_slash = alice.api("live");
    assert_eq!(refused(&alice.browser, &without_slash, &[]).status, 308);
}

#[test]
fn half_a_handshake_is_nobody() {
    let server = Server::start();
    let alice = server.member("alice");
    let head = handshake(&alice);
    let halves: Vec<TcpStream> = [1, head.len() / 2, head.len() - 2]
        .into_iter()
        .map(|length| {
            let mut stream = TcpStream::connect(server.address()).unwrap();
            stream.write_all(&head.as_bytes()[..length]).unwrap();
            stream
        })
        .collect();
    crate::harness::within(MOMENT, || false);
    assert!(alice.present().is_empty());
    alice.live();
    drop(halves);
    // Whoever goes before the answer is gone.
    for _ in 0..20 {
        let mut stream = TcpStream::connect(server.address()).unwrap();
        stream.write_all(head.as_bytes()).unwrap();
        stream.shutdown(Shutdown::Both).unwrap();
    }
    eventually("nobody is left", || alice.present().is_empty());
}

#[test]
fn what_breaks_the_protocol_ends_the_socket_and_nothing_else() {
    let server = Server::start();
    let (alice, [bob]) = server.team("alice", [("bob", "editor")]);
    let mut live = alice.live();
    let garbage: [&[u8]; 7] = [
        b"GET / HTTP/1.1\r\n\r\n",
        b"\x81\x05hello",                                    // not masked
        b"\x83\x80\0\0\0\0",                                 // an opcode that does not exist
        b"\xf1\x80\0\0\0\0",                                 // reserved bits
        b"\x81\xff\x7f\xff\xff\xff\xff\xff\xff\xff\0\0\0\0", // 2^63 bytes to come
        b"\x81\x82\0\0\0\0\xff\xfe",                         // not UTF-8
        b"\x89\xfe\x01\x00\0\0\0\0",                         // a ping that is too long
    ];
    for bytes in garbage {
        let mut stream = upgraded(&bob);
        live.sees("bob", |crowd| crowd.contains_key("bob"));
        stream.write_all(bytes).unwrap();
        let mut rest = Vec::new();
        // It is ended, in whatever way.
        let _ = stream.read_to_end(&mut rest);
        assert!(rest.len() < 2000, "{bytes:?}");
        live.sees("he is gone", |crowd| !crowd.contains_key("bob"));
    }
    // A message in a thousand pieces is one message, too long or not.
    let mut stream = upgraded(&bob);
    stream.write_all(b"\x01\x81\0\0\0\0x").unwrap();
    for _ in 0..1000 {
        let _ = stream.write_all(b"\x00\x81\0\0\0\0x");
    }
    let _ = stream.write_all(b"\x80\x81\0\0\0\0x");
    live.sees("bob", |crowd| crowd.contains_key("bob"));
    let mut stream = upgraded(&bob);
    let piece = [b"\x00\xfe\x03\xe8\0\0\0\0".as_slice(), &[b'x'; 1000]].concat();
    stream.write_all(b"\x01\x81\0\0\0\0x").unwrap();
    for _ in 0..40 {
        let _ = stream.write_all(&piece);
    }
    let mut rest = Vec::new();
    let _ = stream.read_to_end(&mut rest);
    alice.live();
}

#[test]
fn sockets_count_as_connections() {
    let server = Launch::new().arg("--max-connections", "3").start();
    let alice = server.member("alice");
    let mut open: Vec<Live> = (0..3).map(|_| alice.live()).collect();
    let address = server.address();
    std::thread::scope(|scope| {
        let waiting = scope.spawn(|| {
            Request::new("GET", "/healthz")
                .try_send(address)
                .unwrap()
                .status
        });
        crate::harness::steadily("no place is left", MOMENT, || !waiting.is_finished());
        open.pop();
        assert_eq!(waiting.join().unwrap(), 200);
    });
    open.clear();
    alice.live();
}

#[test]
fn many_sockets_leave_nothing_behind() {
    let server = Server::start();
    let alice = server.member("alice");
    let descriptors = || {
        let path = format!("/proc/{}/fd", server.pid().as_raw_nonzero());
        std::fs::read_dir(path).unwrap().count()
    };
    alice.live();
    let before = descriptors();
    for _ in 0..5 {
        let lives: Vec<Live> = (0..100).map(|_| alice.live()).collect();
        assert!(descriptors() > before + 90);
        drop(lives);
    }
    eventually("all are closed", || descriptors() <= before + 2);
    eventually("nobody is there", || alice.present().is_empty());
    server.is_at_rest();
}
