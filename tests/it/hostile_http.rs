//! Requests that are not quite HTTP, methods and paths that do not exist, and what every answer carries.

use serde_json::json;

use crate::harness::{ABSTRACT, Answer, Desk, Request, Server, raw, within};

fn routes(desk: &Desk) -> Vec<String> {
    vec![
        "/".to_owned(),
        "/writer/".to_owned(),
        format!("/writer/project/{}/", desk.project),
        "/writer/api/session/".to_owned(),
        "/writer/api/pool/status/".to_owned(),
        "/auth/login/".to_owned(),
        "/auth/signup/".to_owned(),
        "/auth/logout/".to_owned(),
        "/healthz".to_owned(),
        desk.api("sections/"),
        desk.api("save-sections/"),
        desk.section(ABSTRACT),
        desk.api("history/?section=manuscript/abstract"),
        desk.api("history/1/?section=manuscript/abstract"),
        desk.api("history/1/restore/"),
    ]
}

#[test]
fn bytes_that_are_no_request_do_not_disturb_the_server() {
    let server = Server::start();
    let desk = server.visitor();
    let long = format!("GET /{} HTTP/1.1\r\nHost: x\r\n\r\n", "x".repeat(100_000));
    let many = format!(
        "GET / HTTP/1.1\r\nHost: x\r\n{}\r\n",
        "A: b\r\n".repeat(2000)
    );
    let big = format!(
        "GET / HTTP/1.1\r\nHost: x\r\nA: {}\r\n\r\n",
        "b".repeat(600_000)
    );
    for bytes in [
        &b"\0\0\0\0\r\n\r\n"[..],
        b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03\r\n\r\n",
        b"GET\r\n\r\n",
        b"GET / HTTP/9.9\r\n\r\n",
        b"GET / HTTP/1.1\r\nHost: a\r\nContent-Length: x\r\n\r\n",
        b"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\nContent-Length: 6\r\n\r\nabcdef",
        b"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: -1\r\n\r\n",
        b"POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n\r\n",
        b"POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: gzip\r\n\r\n",
        b"GET / HTTP/1.1\r\nHost: a\r\nBad Header: x\r\n\r\n",
        b"GET / HTTP/1.1\r\nHost: a\r\nX: \x01\r\n\r\n",
        b"GET /\x7f\x01 HTTP/1.1\r\nHost: a\r\n\r\n",
        b"GET http://[bad/ HTTP/1.1\r\nHost: a\r\n\r\n",
        b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
        long.as_bytes(),
        many.as_bytes(),
        big.as_bytes(),
    ] {
        let answer = raw(server.address(), bytes).unwrap_or_default();
        let answer = String::from_utf8_lossy(&answer).into_owned();
        let status = answer.split(' ').nth(1).unwrap_or("400");
        let first = String::from_utf8_lossy(&bytes[..bytes.len().min(40)]).into_owned();
        assert!(
            status.starts_with('4') || status.starts_with('5'),
            "{first:?}: {answer}"
        );
        assert_ne!(status, "500", "{first:?}: {answer}");
    }
    desk.read(ABSTRACT);
    assert!(!server.log().contains("panicked"));
}

#[test]
fn a_smuggled_second_request_is_not_answered() {
    let server = Server::start();
    let bytes = b"POST /auth/login/ HTTP/1.1\r\nHost: a\r\nContent-Length: 4\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\nGET /healthz HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n";
    let answer =
        String::from_utf8_lossy(&raw(server.address(), bytes).unwrap_or_default()).into_owned();
    // Either refused outright, or read as chunked: then what follows is a request of its own on this connection.
    assert!(!answer.starts_with("HTTP/1.1 200"), "{answer}");
}

#[test]
fn methods_that_a_path_does_not_take_are_refused_and_those_it_takes_are_named() {
    let server = Server::start();
    let desk = server.visitor();
    for path in routes(&desk) {
        for method in ["TRACE", "CONNECT", "PROPFIND", "BREW", "OPTIONS"] {
            if method == "CONNECT" {
                continue;
            }
            let request = Request::new(method, &path).header("Accept", "application/json");
            let answer = desk.browser.send(request);
            if method == "OPTIONS" && answer.status < 300 {
                continue;
            }
            let allow = answer.header("allow").map(str::to_owned);
            answer.refused(405, "method_not_allowed");
            assert!(
                allow.is_some_and(|allow| !allow.is_empty()),
                "405 to {method} {path} does not say what is allowed (RFC 9110, 15.5.6)"
            );
        }
    }
    let request = Request::new("DELETE", &desk.api("sections/"));
    desk.browser
        .send(request)
        .refused(405, "method_not_allowed");
    assert_eq!(desk.browser.session()["kind"], "visitor");
}

#[test]
fn unknown_paths_are_json_for_scripts_and_pages_for_people() {
    let server = Server::start();
    let browser = server.browser();
    let ask =
        |path: &str, accept: &str| browser.send(Request::new("GET", path).header("Accept", accept));
    for path in [
        "/nowhere",
        "/writer/nowhere/",
        "/writer/api/nowhere/",
        "/writer/api/project/1/nowhere/",
        "/auth/nowhere/",
        "/assets/nowhere.js",
        "/assets/../Cargo.toml",
        "/assets/%2e%2e/manifest.json",
        "/.scitex-writer/writer.sqlite3",
        "/visitor-001/default-project/scitex/writer/manuscript.tex",
        "//evil.example/%2f..",
        "/writer//",
    ] {
        let json = ask(path, "application/json");
        assert!(matches!(json.status, 401 | 404), "{path}: {}", json.status);
        assert_eq!(json.header("content-type"), Some("application/json"));
        assert!(!json.code().is_empty());
        let page = ask(path, "text/html");
        assert_eq!(page.status, json.status);
        let kind = page.header("content-type").unwrap();
        let is_page = kind.starts_with("text/html");
        assert_eq!(is_page, !path.starts_with("/writer/api/"), "{path}: {kind}");
        if is_page {
            assert!(page.text().contains("<html"), "{path}");
        }
    }
}

#[test]
fn a_forgotten_last_slash_leads_to_the_page_of_this_server() {
    let server = Server::start();
    let browser = server.browser();
    for (from, to) in [
        ("/writer", "/writer/"),
        ("/writer?a=b", "/writer/?a=b"),
        ("/auth/login", "/auth/login/"),
        ("/writer/api/session", "/writer/api/session/"),
    ] {
        let answer = browser.get(from);
        assert_eq!(answer.status, 308, "{from}");
        assert_eq!(answer.header("location"), Some(to));
    }
    for hostile in [
        "//evil.example",
        "//evil.example/writer",
        "/writer/%0d%0aX: y",
        "/\\evil.example",
    ] {
        let answer = browser.get(&hostile.replace(' ', "%20"));
        let to = answer.header("location").unwrap_or("/");
        assert!(
            to.starts_with('/') && !to.starts_with("//"),
            "{hostile}: {to}"
        );
    }
}

#[track_caller]
fn has_security_headers(answer: &Answer) {
    assert_eq!(answer.header("x-content-type-options"), Some("nosniff"));
    let policy = answer.header("content-security-policy").unwrap();
    for rule in [
        "default-src 'self'",
        "object-src 'none'",
        "base-uri 'none'",
        "form-action 'self'",
        "frame-ancestors 'none'",
    ] {
        assert!(policy.contains(rule), "{policy}");
    }
    // Only a page has styles of its own, and says by a number used once which are.
    let is_page = answer
        .header("content-type")
        .is_some_and(|kind| kind.starts_with("text/html"));
    assert_eq!(policy.contains("style-src 'self' 'nonce-"), is_page);
    assert!(
        !policy.contains("unsafe") && !policy.contains('*'),
        "{policy}"
    );
    assert!(answer.header("x-request-id").is_some());
    assert!(answer.header("referrer-policy").is_some());
    assert_eq!(answer.header("server"), None);
}

#[test]
fn pages_answers_and_refusals_carry_the_security_headers_and_are_not_stored() {
    let server = Server::start();
    let desk = server.visitor();
    let mut answers: Vec<Answer> = routes(&desk)
        .iter()
        .map(|path| desk.browser.get(path))
        .collect();
    answers.push(server.browser().get("/nowhere"));
    answers.push(desk.save(ABSTRACT, "x", None));
    answers.push(desk.browser.post(&desk.section(ABSTRACT), &json!({})));
    answers.push(desk.browser.send(Request::new("BREW", "/writer/")));
    for answer in &answers {
        has_security_headers(answer);
        assert_eq!(answer.header("cache-control"), Some("no-store"));
    }
    let ids: std::collections::BTreeSet<_> = answers
        .iter()
        .map(|answer| answer.header("x-request-id").unwrap())
        .collect();
    assert_eq!(
        ids.len(),
        answers.len(),
        "every request has an id of its own"
    );
    let policies = answers
        .iter()
        .map(|answer| answer.header("content-security-policy").unwrap());
    let of_pages: Vec<_> = policies
        .filter(|policy| policy.contains("nonce-"))
        .collect();
    let nonces: std::collections::BTreeSet<_> = of_pages.iter().collect();
    assert!(
        nonces.len() > 3 && nonces.len() == of_pages.len(),
        "and every page a nonce of its own"
    );
}

#[test]
fn refusals_say_nothing_of_the_machine() {
    let server = Server::start();
    let desk = server.visitor();
    let file = desk.section_file(&server, ABSTRACT);
    std::fs::remove_file(&file).unwrap();
    std::fs::create_dir(&file).unwrap();
    let data = server.data("").to_str().unwrap().to_owned();
    // The database breaks as well: a table is not where it was.
    let database = rusqlite::Connection::open(server.data(".scitex-writer/writer.sqlite3"));
    database
        .unwrap()
        .execute_batch("ALTER TABLE texts RENAME TO misplaced")
        .unwrap();
    let broken = desk.get("manuscript/methods");
    assert_eq!(broken.status, 500);
    for answer in [
        broken,
        desk.save("manuscript/results", "x", None),
        desk.get(ABSTRACT),
        desk.save(ABSTRACT, "x", None),
        desk.save_sections(&json!({ ABSTRACT: "x" }), &json!({})),
        desk.save(ABSTRACT, "x", Some(u64::MAX)),
        desk.browser
            .get(&desk.api("history/18446744073709551615/?section=manuscript/abstract")),
        desk.add("manuscript", "abstract"),
    ] {
        let text = answer.text();
        assert!(answer.status >= 400, "{text}");
        for leak in [
            data.as_str(),
            "/dev/shm",
            "os error",
            "no such table",
            "misplaced",
            "SELECT",
            "sqlite",
            "panicked",
            "src/",
            "rusqlite",
        ] {
            assert!(!text.contains(leak), "{leak}: {text}");
        }
        let id = answer.json()["request_id"].as_str().unwrap().to_owned();
        assert_eq!(answer.header("x-request-id"), Some(id.as_str()));
        if answer.status >= 500 {
            let logged = within(crate::harness::PATIENCE, || server.log().contains(&id));
            assert!(logged, "the cause is in the log under {id}");
        }
    }
}

#[test]
fn assets_are_immutable_compressed_and_typed() {
    let server = Server::start();
    let browser = server.browser();
    let page = browser.get("/writer/").expect(200).text();
    let assets: Vec<_> = page
        .split('"')
        .filter(|part| part.starts_with("/assets/"))
        .collect();
    assert!(assets.len() >= 3, "{page}");
    for path in assets {
        let get = |encoding: &str| {
            browser.send(Request::new("GET", path).header("Accept-Encoding", encoding))
        };
        let plain = get("identity").expect(200);
        has_security_headers(&plain);
        let cache = plain.header("cache-control").unwrap();
        assert!(cache.contains("immutable") && cache.contains("max-age=31536000"));
        assert_eq!(plain.header("content-encoding"), None);
        let kind = plain.header("content-type").unwrap();
        let expected = match path.rsplit('.').next().unwrap() {
            "js" => "text/javascript",
            "css" => "text/css",
            "svg" => "image/svg+xml",
            other => panic!("{other}"),
        };
        assert!(kind.starts_with(expected), "{path}: {kind}");
        if plain.body.len() > 1024 {
            for (offer, taken) in [
                ("br", "br"),
                ("gzip", "gzip"),
                ("gzip, deflate, br, zstd", "br"),
                ("gzip;q=1.0, br;q=0", "gzip"),
                ("br;q=0.0, gzip;q=0.5", "gzip"),
            ] {
                let answer = get(offer).expect(200);
                assert_eq!(answer.header("content-encoding"), Some(taken), "{offer}");
                assert!(answer.body.len() < plain.body.len());
                assert_eq!(answer.header("vary"), Some("Accept-Encoding"));
            }
        }
    }
    browser.get("/assets/").expect(404);
    browser.get("/assets/manifest.json").expect(404);
}

#[test]
fn the_answer_to_head_has_no_body() {
    let server = Server::start();
    let desk = server.visitor();
    for path in [
        "/healthz",
        "/auth/login/",
        &desk.section(ABSTRACT),
        "/nowhere",
    ] {
        let answer = desk.browser.send(Request::new("HEAD", path));
        assert!(answer.body.is_empty(), "{path}");
        let get = desk.browser.send(Request::new("GET", path));
        assert_eq!(answer.status, get.status, "{path}");
    }
}

#[test]
fn health_says_that_the_database_answers() {
    let server = Server::start();
    let answer = server.browser().get("/healthz").expect(200).json();
    assert_eq!(answer["status"], "ok");
}
