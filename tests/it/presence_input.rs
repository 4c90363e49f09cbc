//! Presence by polling: sections that do not exist, and bodies that are none.

use serde_json::json;

use crate::harness::{ABSTRACT, Request, Server};

#[test]
fn sections_that_do_not_exist_are_refused_and_change_nothing() {
    let server = Server::start();
    let alice = server.member("alice");
    alice.poll(ABSTRACT).expect(200);
    let long = format!("manuscript/{}", "x".repeat(65));
    let huge = "x".repeat(100_000);
    for bad in [
        "abstract",
        "manuscript",
        "manuscript/",
        "/abstract",
        "manuscript/../x",
        "manuscript/a b",
        "manuscript/a/b",
        "nothing/abstract",
        "manuscript/\0",
        "Manuscript/Abstract",
        " manuscript/abstract",
        "manuscript/ä",
        &long,
        &huge,
    ] {
        alice
            .update_presence(&json!({ "section": bad }))
            .refused(400, "invalid_section");
    }
    for missing in ["manuscript/nothing", "shared/abstract", "revision/nothing"] {
        alice
            .update_presence(&json!({ "section": missing }))
            .refused(404, "section_not_found");
    }
    assert_eq!(alice.whereabouts(), [format!("alice {ABSTRACT} viewing")]);
    for nowhere in [
        json!({ "section": "" }),
        json!({}),
        json!({ "section": null, "state": null }),
    ] {
        alice.update_presence(&nowhere).expect(200);
        assert_eq!(alice.whereabouts(), ["alice nowhere viewing"]);
    }
}

#[test]
fn a_section_that_comes_goes_or_is_switched_off_is_known_at_once() {
    let server = Server::start();
    let alice = server.member("alice");
    alice
        .poll("manuscript/outlook")
        .refused(404, "section_not_found");
    alice.add("manuscript", "outlook").expect(201);
    alice.poll("manuscript/outlook").expect(200);
    alice
        .change("manuscript/outlook", &json!({ "name": "summary" }))
        .expect(200);
    alice
        .poll("manuscript/outlook")
        .refused(404, "section_not_found");
    alice.poll("manuscript/summary").expect(200);
    alice
        .change("manuscript/summary", &json!({ "included": false }))
        .expect(200);
    alice.poll("manuscript/summary").expect(200);
    alice.delete("manuscript/summary").expect(200);
    alice
        .poll("manuscript/summary")
        .refused(404, "section_not_found");
}

#[test]
fn bodies_that_are_none_are_refused_without_harm() {
    let server = Server::start();
    let alice = server.member("alice");
    alice.poll(ABSTRACT).expect(200);
    let path = alice.api("presence/update/");
    let wrong = [
        json!({ "section": 3 }),
        json!({ "section": [ABSTRACT] }),
        json!({ "section": { "id": ABSTRACT } }),
        json!({ "section": true }),
        json!({ "section": ABSTRACT, "state": "writing" }),
        json!({ "section": ABSTRACT, "state": 1 }),
        json!({ "section": ABSTRACT, "state": "Editing" }),
        json!("x"),
        json!(3),
        json!(null),
    ];
    for body in wrong {
        let answer = alice.update_presence(&body);
        assert_eq!(answer.status, 400, "{body}: {}", answer.text());
    }
    for body in [
        "",
        "{",
        "not json",
        "{\"section\":\"\u{0}\"}",
        "[[[[",
        "{\"section\": \"\\ud800\"}",
    ] {
        let request = Request::new("POST", &path).body("application/json", body);
        let answer = alice.browser.send(request);
        assert_eq!(answer.status, 400, "{body:?}: {}", answer.text());
    }
    for kind in [
        "text/plain",
        "application/x-www-form-urlencoded",
        "multipart/form-data; boundary=x",
    ] {
        let request =
            Request::new("POST", &path).body(kind, json!({ "section": ABSTRACT }).to_string());
        alice
            .browser
            .send(request)
            .refused(415, "unsupported_media_type");
    }
    let huge = format!("{{\"section\":\"{}\"}}", "x".repeat(9 * 1024 * 1024));
    let answer = alice
        .browser
        .try_send(Request::new("POST", &path).body("application/json", huge));
    assert!(answer.is_ok_and(|answer| answer.status == 413));
    let nested = format!("{}{}", "[".repeat(100_000), "]".repeat(100_000));
    let answer = alice
        .browser
        .send(Request::new("POST", &path).body("application/json", nested));
    assert_eq!(answer.status, 400);
    let without_token = Request::new("POST", &path).header("X-CSRFToken", "");
    alice
        .browser
        .send(without_token.body("application/json", "{}"))
        .refused(403, "csrf_failed");
    assert_eq!(alice.whereabouts(), [format!("alice {ABSTRACT} viewing")]);
}
