//! Presence for pages and scripts that poll: the two endpoints of the public contract.

use std::time::Duration;

use serde_json::{Value, json};

use crate::harness::{ABSTRACT, Request, Server};

const METHODS: &str = "manuscript/methods";
const COLOURS: [&str; 8] = [
    "#ef4444", "#f59e0b", "#10b981", "#3b82f6", "#6366f1", "#8b5cf6", "#ec4899", "#14b8a6",
];

/// The moment of an RFC 3339 text in UTC, in seconds of its day.
fn second_of_day(moment: &str) -> u32 {
    let parts: Vec<u32> = moment[11..19]
        .split(':')
        .map(|part| part.parse().unwrap())
        .collect();
    parts[0] * 3600 + parts[1] * 60 + parts[2]
}

#[test]
fn the_answers_are_those_of_the_contract_to_the_last_field() {
    let server = Server::start();
    let alice = server.member("alice");
    let empty = alice.browser.get(&alice.api("presence/list/")).expect(200);
    assert_eq!(empty.header("content-type"), Some("application/json"));
    assert_eq!(empty.json(), json!({ "success": true, "users": [] }));
    let answer = alice
        .update_presence(&json!({ "section": ABSTRACT }))
        .expect(200);
    assert_eq!(answer.header("content-type"), Some("application/json"));
    assert_eq!(answer.json(), json!({ "success": true }));
    let list = alice
        .browser
        .get(&alice.api("presence/list/"))
        .expect(200)
        .json();
    let user = alice.user();
    let seen = list["users"][0]["last_seen"].as_str().unwrap();
    assert!(
        seen.len() == 20 && seen.as_bytes()[10] == b'T' && seen.ends_with('Z'),
        "{seen}"
    );
    let expected = json!({ "success": true, "users": [{
        "user_id": user, "username": "alice", "section": ABSTRACT, "last_seen": seen,
        "avatar_color": COLOURS[usize::try_from(user % 8).unwrap()], "state": "viewing",
    }] });
    assert_eq!(list, expected);
}

#[test]
fn a_script_needs_no_more_than_a_cookie_jar() {
    let server = Server::start();
    let script = server.browser();
    script.get("/writer/").expect(200);
    let project = script.session()["project_id"].as_i64().unwrap();
    let path = format!("/writer/api/project/{project}/presence/");
    let body = json!({ "section": ABSTRACT }).to_string();
    let post = Request::new("POST", &format!("{path}update/")).body("application/json", body);
    assert_eq!(
        script.send(post).expect(200).json(),
        json!({ "success": true })
    );
    let list = script
        .send(Request::new("GET", &format!("{path}list/")))
        .expect(200)
        .json();
    assert_eq!(list["users"][0]["username"], "visitor-001");
    let nobody = Request::new("GET", &format!("{path}list/"));
    server
        .browser()
        .send(nobody)
        .refused(401, "session_expired");
}

#[test]
fn everybody_sees_everybody_by_name_visitors_included() {
    let server = Server::start();
    let (zoe, [bob, vera]) = server.team("zoe", [("bob", "editor"), ("vera", "viewer")]);
    let guest = server.browser().join(&zoe.link("editor").1);
    zoe.poll(ABSTRACT).expect(200);
    guest.poll(METHODS).expect(200);
    vera.poll(ABSTRACT).expect(200);
    bob.update_presence(&json!({ "section": null })).expect(200);
    let expected = [
        "bob nowhere viewing",
        "vera manuscript/abstract viewing",
        "visitor-001 manuscript/methods viewing",
        "zoe manuscript/abstract viewing",
    ];
    for desk in [&zoe, &bob, &vera, &guest] {
        assert_eq!(desk.whereabouts(), expected);
    }
    // Somebody who moves has one entry, at once and in the one project only.
    bob.poll(METHODS).expect(200);
    assert_eq!(zoe.whereabouts()[0], "bob manuscript/methods viewing");
    assert_eq!(zoe.whereabouts().len(), 4);
    let own = guest.on(guest.browser.session()["project_id"].as_i64().unwrap());
    assert!(own.whereabouts().is_empty());
}

#[test]
fn states_are_told_and_editing_ends_half_a_minute_after_the_last_word_of_it() {
    let server = Server::start();
    let (alice, [vera]) = server.team("alice", [("vera", "viewer")]);
    for state in ["idle", "viewing", "editing"] {
        alice
            .update_presence(&json!({ "section": ABSTRACT, "state": state }))
            .expect(200);
        assert_eq!(vera.whereabouts(), [format!("alice {ABSTRACT} {state}")]);
    }
    server.advance(Duration::from_secs(25));
    assert_eq!(vera.whereabouts(), [format!("alice {ABSTRACT} editing")]);
    server.advance(Duration::from_secs(6));
    assert_eq!(vera.whereabouts(), [format!("alice {ABSTRACT} viewing")]);
    // To save is to edit; who may not write does not edit whatever they say.
    alice.write(ABSTRACT, "a word\n");
    assert_eq!(vera.whereabouts(), [format!("alice {ABSTRACT} editing")]);
    vera.update_presence(&json!({ "section": ABSTRACT, "state": "editing" }))
        .expect(200);
    assert_eq!(alice.whereabouts()[1], format!("vera {ABSTRACT} viewing"));
}

#[test]
fn whoever_is_silent_for_two_minutes_is_not_in_the_list() {
    let server = Server::start();
    let (alice, [bob]) = server.team("alice", [("bob", "editor")]);
    alice.poll(ABSTRACT).expect(200);
    let first = alice.present()[0]["last_seen"].clone();
    server.advance(Duration::from_mins(1));
    bob.poll(ABSTRACT).expect(200);
    server.advance(Duration::from_secs(50));
    assert_eq!(bob.present_names(), ["alice", "bob"]);
    assert_eq!(
        bob.present()[0]["last_seen"],
        first,
        "when she was last seen, not when it was asked"
    );
    let apart = |a: &Value, b: &Value| {
        second_of_day(b.as_str().unwrap()).abs_diff(second_of_day(a.as_str().unwrap()))
    };
    let between = apart(&first, &bob.present()[1]["last_seen"]) % 86_340;
    assert!((59..=69).contains(&between), "{between}");
    server.advance(Duration::from_secs(12));
    assert_eq!(bob.present_names(), ["bob"]);
    // To look is not to be there.
    server.advance(Duration::from_mins(1));
    assert!(bob.present().is_empty());
    alice.poll(ABSTRACT).expect(200);
    assert_eq!(bob.present_names(), ["alice"]);
}

#[test]
fn a_clock_that_steps_back_keeps_nobody_for_longer_than_two_minutes() {
    let server = Server::start();
    let (alice, [bob]) = server.team("alice", [("bob", "editor")]);
    server.advance(Duration::from_hours(1));
    alice
        .update_presence(&json!({ "section": ABSTRACT, "state": "editing" }))
        .expect(200);
    assert_eq!(bob.present_names(), ["alice"]);
    server.go_back(Duration::from_hours(1));
    assert_eq!(bob.present_names(), ["alice"]);
    bob.poll(METHODS).expect(200);
    assert_eq!(
        bob.whereabouts(),
        [
            "alice manuscript/abstract editing",
            "bob manuscript/methods viewing"
        ]
    );
    server.advance(Duration::from_secs(31));
    assert_eq!(bob.whereabouts()[0], "alice manuscript/abstract viewing");
    server.advance(Duration::from_secs(92));
    assert!(bob.present().is_empty(), "{:?}", bob.present());
    alice.poll(METHODS).expect(200);
    assert_eq!(bob.whereabouts(), ["alice manuscript/methods viewing"]);
}
