//! Requests that another site makes a browser send: refused by token, by origin, by what the browser says of them.

use serde_json::json;

use crate::harness::{ABSTRACT, Answer, Desk, PASSWORD, Request, Server, form_body};

fn save(desk: &Desk) -> Request {
    desk.saving(ABSTRACT, "forged\n", None)
}

#[test]
fn a_missing_wrong_or_foreign_token_is_refused_on_every_unsafe_method() {
    let server = Server::start();
    let desk = server.visitor();
    let other = server.visitor();
    let before = desk.read(ABSTRACT);
    let session = desk.browser.cookie("sessionid").unwrap();
    let tokens = ["", "wrong", &other.browser.token(), &session, "\u{7f}"];
    for token in tokens {
        for (method, path) in [
            ("PUT", desk.section(ABSTRACT)),
            ("POST", desk.section(ABSTRACT)),
            ("PATCH", desk.section(ABSTRACT)),
            ("DELETE", desk.section(ABSTRACT)),
            ("POST", desk.api("sections/")),
            ("POST", desk.api("save-sections/")),
            ("POST", desk.api("history/1/restore/")),
            ("POST", "/auth/signup/".to_owned()),
            ("POST", "/auth/login/".to_owned()),
            ("POST", "/auth/logout/".to_owned()),
        ] {
            let body = json!({ "content": "forged\n", "username": "x-y", "password": PASSWORD });
            let request = Request::new(method, &path)
                .header("X-CSRFToken", token)
                .body("application/json", body.to_string());
            let answer = desk.browser.try_send(request);
            // A header that is none is refused before anybody looks at it.
            if token != "\u{7f}" {
                answer.unwrap().refused(403, "csrf_failed");
            }
        }
    }
    assert_eq!(desk.read(ABSTRACT), before);
    assert_eq!(desk.browser.session()["kind"], "visitor");
}

#[test]
fn a_request_without_a_session_has_no_valid_token() {
    let server = Server::start();
    let browser = server.browser();
    let body = json!({ "username": "alice", "password": PASSWORD }).to_string();
    for token in ["", "anything"] {
        let request = Request::new("POST", "/auth/signup/")
            .header("X-CSRFToken", token)
            .body("application/json", body.clone());
        browser.send(request).refused(403, "csrf_failed");
    }
}

#[test]
fn a_form_brings_the_token_in_a_field_and_is_refused_without() {
    let server = Server::start();
    let desk = server.visitor();
    let fields = [("username", "alice"), ("password", PASSWORD)];
    let send = |fields: &[(&str, &str)]| {
        desk.browser.send(
            Request::new("POST", "/auth/signup/")
                .header("X-CSRFToken", "")
                .header("Accept", "text/html")
                .body("application/x-www-form-urlencoded", form_body(fields)),
        )
    };
    send(&fields).expect(403);
    let other = server.visitor().browser.token();
    let mut with = fields.to_vec();
    with.push(("csrfmiddlewaretoken", &other));
    send(&with).expect(403);
    assert_eq!(desk.browser.session()["kind"], "visitor");
}

#[test]
fn forms_open_nothing_but_the_account_pages() {
    let server = Server::start();
    let desk = server.visitor();
    let fields = form_body(&[("content", "forged"), ("csrfmiddlewaretoken", "x")]);
    for kind in [
        "application/x-www-form-urlencoded",
        "text/plain",
        "multipart/form-data; boundary=x",
    ] {
        let request = Request::new("POST", &desk.section(ABSTRACT))
            .header("X-CSRFToken", "")
            .body(kind, fields.clone());
        desk.browser.send(request).refused(403, "csrf_failed");
        let request = Request::new("POST", "/auth/signup/")
            .header("X-CSRFToken", "")
            .body(kind, fields.clone());
        assert_eq!(desk.browser.send(request).status, 403);
    }
}

#[test]
fn other_origins_are_refused_even_with_the_right_token() {
    let server = Server::start();
    let desk = server.visitor();
    let host = server.address().to_string();
    let before = desk.read(ABSTRACT);
    let from =
        |name: &str, value: &str| -> Answer { desk.browser.send(save(&desk).header(name, value)) };
    for origin in [
        "http://evil.example",
        "null",
        "http://127.0.0.1:1",
        &format!("http://{host}.evil.example"),
        &format!("http://user@{host}"),
        "",
        "not an origin",
    ] {
        from("Origin", origin).refused(403, "foreign_origin");
    }
    from("Sec-Fetch-Site", "cross-site").refused(403, "foreign_origin");
    assert_eq!(desk.read(ABSTRACT), before);
    from("Origin", &format!("http://{host}")).expect(200);
    from("Origin", &format!("https://{host}")).expect(200);
    from("Sec-Fetch-Site", "same-origin").expect(200);
}

#[test]
fn account_forms_from_other_origins_are_refused() {
    let server = Server::start();
    let desk = server.visitor();
    let token = desk.browser.token();
    let fields = form_body(&[
        ("username", "alice"),
        ("password", PASSWORD),
        ("csrfmiddlewaretoken", &token),
    ]);
    for path in ["/auth/signup/", "/auth/login/", "/auth/logout/"] {
        let request = Request::new("POST", path)
            .header("Origin", "http://evil.example")
            .body("application/x-www-form-urlencoded", fields.clone());
        desk.browser.send(request).refused(403, "foreign_origin");
    }
}

#[test]
fn looking_at_pages_needs_no_token_wherever_the_link_stands() {
    let server = Server::start();
    let desk = server.visitor();
    let request = Request::new("GET", "/writer/")
        .header("Accept", "text/html")
        .header("Sec-Fetch-Site", "cross-site")
        .header("Origin", "null");
    desk.browser.send(request).expect(200);
}
