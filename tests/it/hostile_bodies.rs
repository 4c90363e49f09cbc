//! Bodies that are broken, mistyped or too large: refused with a code, nothing stored, the server goes on.

use std::io::{Read as _, Write as _};
use std::net::TcpStream;
use std::time::Duration;

use serde_json::json;

use crate::harness::{ABSTRACT, Answer, Desk, Request, Server};

const MEGABYTE: usize = 1024 * 1024;

fn put(desk: &Desk, kind: &str, body: impl Into<Vec<u8>>) -> Answer {
    desk.browser
        .send(Request::new("PUT", &desk.section(ABSTRACT)).body(kind, body))
}

#[test]
fn a_body_that_is_no_json_is_refused() {
    let server = Server::start();
    let desk = server.visitor();
    let before = desk.read(ABSTRACT);
    for body in [
        "",
        "{",
        "{\"content\":\"trunc",
        "{\"content\":\"x\"",
        "{\"content\":\"x\"}}",
        "{\"content\":\"x\"} trailing",
        "{'content':'x'}",
        "[]",
        "null",
        "42",
        "\"x\"",
        "{}",
        "{\"content\":null}",
        "{\"content\":42}",
        "{\"content\":[\"x\"]}",
        "{\"content\":{}}",
        "{\"content\":\"x\",\"version\":\"2\"}",
        "{\"content\":\"x\",\"version\":-1}",
        "{\"content\":\"x\",\"version\":1.5}",
        "{\"content\":\"x\",\"version\":1e400}",
        "{\"content\":\"x\",\"version\":99999999999999999999}",
        "{\"content\":\"a\",\"content\":\"b\"}",
        "{\"content\":\"\\ud800\"}",
        "{\"content\":\"\\udc00\\ud800\"}",
        "{\"content\":\"line\nbreak\"}",
        "{\"content\":\"\\x\"}",
        "\u{feff}{\"content\":\"x\"}",
    ] {
        put(&desk, "application/json", body).refused(400, "invalid_json");
    }
    let deep = "[".repeat(100_000);
    put(&desk, "application/json", deep).refused(400, "invalid_json");
    assert_eq!(desk.read(ABSTRACT), before);
}

#[test]
fn a_body_that_is_no_utf8_is_refused() {
    let server = Server::start();
    let desk = server.visitor();
    let before = desk.read(ABSTRACT);
    for bytes in [
        &b"\xff"[..],
        b"\xc3",
        b"\xed\xa0\x80",
        b"\xf4\x90\x80\x80",
        b"\xc0\xaf",
    ] {
        let mut body = b"{\"content\":\"".to_vec();
        body.extend_from_slice(bytes);
        body.extend_from_slice(b"\"}");
        put(&desk, "application/json", body).refused(400, "invalid_utf8");
    }
    assert_eq!(desk.read(ABSTRACT), before);
}

#[test]
fn every_route_with_a_body_refuses_broken_json() {
    let server = Server::start();
    let desk = server.visitor();
    for (method, path) in [
        ("PUT", desk.section(ABSTRACT)),
        ("POST", desk.section(ABSTRACT)),
        ("PATCH", desk.section(ABSTRACT)),
        ("POST", desk.api("sections/")),
        ("POST", desk.api("save-sections/")),
        ("POST", desk.api("history/1/restore/")),
        ("POST", "/auth/signup/".to_owned()),
        ("POST", "/auth/login/".to_owned()),
    ] {
        for body in [
            "{\"a\":",
            "[1,2]",
            "{\"sections\":7,\"name\":[],\"document\":1,\"section\":0,\"username\":{},\"content\":1}",
        ] {
            let request = Request::new(method, &path).body("application/json", body);
            desk.browser.send(request).refused(400, "invalid_json");
        }
        let request = Request::new(method, &path).body("application/json", "{}");
        let status = desk.browser.send(request).status;
        assert!(
            matches!(status, 200 | 400 | 401),
            "{method} {path}: {status}"
        );
    }
}

#[test]
fn another_content_type_is_refused() {
    let server = Server::start();
    let desk = server.visitor();
    let body = json!({ "content": "x" }).to_string();
    for kind in [
        "text/plain",
        "application/x-www-form-urlencoded",
        "multipart/form-data; boundary=x",
        "application/jsonx",
        "application/json-patch+json",
        "",
    ] {
        put(&desk, kind, body.clone()).refused(415, "unsupported_media_type");
    }
    let none = Request {
        body: body.clone().into_bytes(),
        ..Request::new("PUT", &desk.section(ABSTRACT))
    };
    desk.browser
        .send(none)
        .refused(415, "unsupported_media_type");
    put(&desk, "Application/JSON; charset=utf-8", body).expect(200);
    let request = Request::new("POST", "/auth/login/").body("text/plain", "username=a");
    desk.browser
        .send(request)
        .refused(415, "unsupported_media_type");
}

#[test]
fn a_text_over_two_mebibytes_is_refused_and_one_of_exactly_that_is_not() {
    let server = Server::start();
    let desk = server.visitor();
    let full = "x".repeat(2 * MEGABYTE);
    desk.save(ABSTRACT, &format!("{full}x"), None)
        .refused(413, "text_too_large");
    // Bytes count, not characters.
    desk.save(ABSTRACT, &"ü".repeat(MEGABYTE + 1), None)
        .refused(413, "text_too_large");
    assert_eq!(desk.read(ABSTRACT).1, 1);
    desk.save(ABSTRACT, &full, None).expect(200);
    // Everything escaped, six bytes for one.
    let escaped = format!("{{\"content\":\"{}\"}}", "\\u0041".repeat(MEGABYTE));
    put(&desk, "application/json", escaped).expect(200);
    assert_eq!(desk.text(ABSTRACT), "A".repeat(MEGABYTE));
}

#[test]
fn a_body_over_the_limit_is_refused_declared_or_in_chunks() {
    let server = Server::start();
    let desk = server.visitor();
    let body = vec![b' '; 9 * MEGABYTE];
    put(&desk, "application/json", body.clone()).refused(413, "body_too_large");

    let mut chunks = Vec::new();
    for chunk in body.chunks(MEGABYTE) {
        chunks.extend_from_slice(format!("{:x}\r\n", chunk.len()).as_bytes());
        chunks.extend_from_slice(chunk);
        chunks.extend_from_slice(b"\r\n");
    }
    chunks.extend_from_slice(b"0\r\n\r\n");
    let request = Request::new("PUT", &desk.section(ABSTRACT))
        .header("Transfer-Encoding", "chunked")
        .body("application/json", chunks);
    desk.browser.send(request).refused(413, "body_too_large");

    let form = format!("username=a&password={}", "x".repeat(64 * 1024));
    let request =
        Request::new("POST", "/auth/login/").body("application/x-www-form-urlencoded", form);
    assert_eq!(desk.browser.send(request).status, 413);
    assert_eq!(desk.read(ABSTRACT).1, 1);
}

#[test]
fn a_body_declared_too_large_is_refused_before_it_comes() {
    let server = Server::start();
    let desk = server.visitor();
    for length in ["9437184", "1099511627776"] {
        let request = desk.browser.dress(
            Request::new("PUT", &desk.section(ABSTRACT))
                .header("Content-Type", "application/json")
                .header("Content-Length", length),
        );
        let mut stream = TcpStream::connect(server.address()).unwrap();
        stream
            .set_read_timeout(Some(Duration::from_secs(5)))
            .unwrap();
        stream.write_all(&request.bytes(server.address())).unwrap();
        let mut head = [0; 1024];
        let read = stream
            .read(&mut head)
            .unwrap_or_else(|error| panic!("no answer to a declared length of {length}: {error}"));
        let head = String::from_utf8_lossy(&head[..read]).into_owned();
        assert!(head.starts_with("HTTP/1.1 413"), "{head}");
    }
}

#[test]
fn a_body_that_breaks_off_stores_nothing() {
    let server = Server::start();
    let desk = server.visitor();
    let before = desk.read(ABSTRACT);
    let whole = desk
        .browser
        .dress(desk.saving(ABSTRACT, &"half a text ".repeat(1000), None))
        .bytes(server.address());
    for cut in [whole.len() - 1, whole.len() / 2, whole.len() - 12_000] {
        let mut stream = TcpStream::connect(server.address()).unwrap();
        stream.write_all(&whole[..cut]).unwrap();
        stream.shutdown(std::net::Shutdown::Write).unwrap();
        let mut answer = String::new();
        let _ = stream.read_to_string(&mut answer);
        assert!(!answer.starts_with("HTTP/1.1 200"), "{answer}");
    }
    assert_eq!(desk.read(ABSTRACT), before);
}

#[test]
fn a_save_whose_sender_hangs_up_is_stored_whole_or_not_at_all() {
    let server = Server::start();
    let desk = server.visitor();
    desk.read(ABSTRACT);
    let mut sent = vec![desk.text(ABSTRACT)];
    for round in 0..20 {
        let text = format!("round {round} ").repeat(500);
        let bytes = desk
            .browser
            .dress(desk.saving(ABSTRACT, &text, None))
            .bytes(server.address());
        let mut stream = TcpStream::connect(server.address()).unwrap();
        stream.write_all(&bytes).unwrap();
        drop(stream);
        sent.push(text);
    }
    desk.write(ABSTRACT, "last");
    sent.push("last".to_owned());
    for text in desk.past_texts(ABSTRACT) {
        assert!(sent.contains(&text));
    }
}
