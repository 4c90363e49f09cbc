//! Rights that change while a page is open: its socket hears of it at once, and ends where it has to.

use std::time::{Duration, Instant};

use serde_json::{Value, json};

use crate::harness::{ABSTRACT, Browser, Desk, Launch, Live, PASSWORD, Server, eventually, place};

/// Whoever loses the right is sent away, and gone for the others, in less than this.
const AT_ONCE: Duration = Duration::from_secs(1);
/// What another process has changed is noticed with the next beat.
const SOON: Duration = Duration::from_secs(8);

#[track_caller]
fn is_gone_at_once(live: &mut Live, name: &str) {
    live.sees_within(AT_ONCE, "gone", |crowd| !crowd.contains_key(name));
}

#[track_caller]
fn is_sent_away_at_once(live: &mut Live, reason: &str, code: u16) {
    let start = Instant::now();
    live.is_sent_away(reason, code);
    assert!(start.elapsed() < AT_ONCE, "{:?}", start.elapsed());
}

fn logged_in(server: &Server, name: &str) -> Browser {
    let browser = server.browser();
    browser.get("/auth/login/").expect(200);
    browser.log_in(name).expect(200);
    browser
}

/// Both are in the abstract and know it.
fn together(alice: &Desk, bob: &Desk, name: &str) -> (Live, Live) {
    let (mut live, mut tab) = (alice.live(), bob.live());
    tab.is_in(ABSTRACT, "viewing");
    let expected = format!("{ABSTRACT} viewing");
    live.sees("the other", |crowd| place(crowd, name) == expected);
    tab.takes_in();
    (live, tab)
}

#[test]
fn a_changed_role_is_told_to_whom_it_concerns_and_holds_at_once() {
    let server = Server::start();
    let (alice, [bob]) = server.team("alice", [("bob", "editor")]);
    let (mut live, mut tab) = together(&alice, &bob, "bob");
    tab.is_in(ABSTRACT, "editing");
    live.sees("editing", |crowd| {
        place(crowd, "bob") == "manuscript/abstract editing"
    });
    alice.set_role(bob.user(), "viewer").expect(200);
    let told = tab.hears_within(AT_ONCE, "the role", |said| said["type"] == "role");
    assert_eq!(told, json!({ "type": "role", "role": "viewer" }));
    tab.is_in("manuscript/methods", "editing");
    live.sees("not editing", |crowd| {
        place(crowd, "bob") == "manuscript/methods viewing"
    });
    alice.set_role(bob.user(), "editor").expect(200);
    let told = tab.hears_within(AT_ONCE, "the role", |said| said["type"] == "role");
    assert_eq!(told["role"], "editor");
    // Neither to others, nor again.
    alice.set_role(bob.user(), "editor").expect(200);
    let role = |said: &Value| said["type"] == "role";
    tab.is_not_told(AT_ONCE / 2, "what has not changed", role);
    live.is_not_told(AT_ONCE / 4, "the role of another", role);
}

#[test]
fn whoever_is_removed_or_leaves_is_sent_away_and_gone_at_once() {
    let server = Server::start();
    let (alice, [bob, carol]) = server.team("alice", [("bob", "editor"), ("carol", "viewer")]);
    let (mut live, mut tab) = together(&alice, &bob, "bob");
    let mut second = bob.live();
    alice.remove_member(bob.user()).expect(200);
    is_sent_away_at_once(&mut tab, "project_not_found", 4404);
    is_sent_away_at_once(&mut second, "project_not_found", 4404);
    is_gone_at_once(&mut live, "bob");
    let refused = Live::open(
        &bob.browser,
        &bob.api("live/"),
        &[("Accept", "application/json")],
    );
    refused.err().unwrap().refused(404, "project_not_found");

    let mut tab = carol.live();
    live.sees("carol", |crowd| crowd.contains_key("carol"));
    carol.remove_member(carol.user()).expect(200);
    is_sent_away_at_once(&mut tab, "project_not_found", 4404);
    is_gone_at_once(&mut live, "carol");
    // Their own project is another matter.
    let own = bob.browser.session()["project_id"].as_i64().unwrap();
    bob.on(own).live();
    live.is_not_told(AT_ONCE, "anything", |said| said["type"] == "presence");
}

#[test]
fn a_revoked_link_sends_its_visitors_away_and_nobody_else() {
    let server = Server::start();
    let alice = server.member("alice");
    let (link, path) = alice.link("editor");
    let guest = server.browser().join(&path);
    let bob = server.member("bob").browser.join(&path);
    let (mut live, mut tab) = together(&alice, &guest, "visitor-001");
    let own = guest.browser.session()["project_id"].as_i64().unwrap();
    let mut own = guest.on(own).live();
    let account = bob.live();
    alice.remove(&format!("links/{link}/")).expect(200);
    is_sent_away_at_once(&mut tab, "project_not_found", 4404);
    is_gone_at_once(&mut live, "visitor-001");
    account.is_in(ABSTRACT, "editing");
    live.sees("bob", |crowd| {
        place(crowd, "bob") == "manuscript/abstract editing"
    });
    own.is_in(ABSTRACT, "editing");
    own.sees("its own place", |crowd| {
        place(crowd, "visitor-001") == "manuscript/abstract editing"
    });
}

#[test]
fn a_project_that_goes_into_the_bin_sends_everybody_away() {
    let server = Server::start();
    let (alice, [bob]) = server.team("alice", [("bob", "viewer")]);
    let (mut live, mut tab) = together(&alice, &bob, "bob");
    alice.remove("").expect(200);
    is_sent_away_at_once(&mut tab, "project_not_found", 4404);
    is_sent_away_at_once(&mut live, "project_not_found", 4404);
    alice
        .browser
        .post(&alice.api("restore/"), &json!({}))
        .expect(200);
    let live = alice.live();
    assert_eq!(live.crowd.len(), 1, "{:?}", live.crowd);
    bob.live();
}

#[test]
fn another_name_is_told_and_the_socket_goes_on() {
    let server = Server::start();
    let (alice, [bob]) = server.team("alice", [("bob", "editor")]);
    let (mut live, mut tab) = together(&alice, &bob, "bob");
    alice
        .browser
        .json("PATCH", &alice.api(""), &json!({ "name": "Grant 2026" }))
        .expect(200);
    for socket in [&mut live, &mut tab] {
        let told = socket.hears_a("project");
        assert_eq!(
            told,
            json!({ "type": "project", "name": "Grant 2026", "owner": "alice" })
        );
    }
    tab.is_in("manuscript/methods", "viewing");
    live.sees("bob", |crowd| {
        place(crowd, "bob") == "manuscript/methods viewing"
    });
}

#[test]
fn logging_out_ends_the_sockets_of_that_session_only() {
    let server = Server::start();
    let (alice, [bob]) = server.team("alice", [("bob", "editor")]);
    let other = Desk {
        browser: logged_in(&server, "bob"),
        project: bob.project,
    };
    let (mut live, mut tab) = together(&alice, &bob, "bob");
    let mut second = bob.live();
    let mut elsewhere = other.live();
    bob.browser.form("/auth/logout/", &[]).expect(303);
    is_sent_away_at_once(&mut tab, "session_expired", 4401);
    is_sent_away_at_once(&mut second, "session_expired", 4401);
    elsewhere.is_in("manuscript/methods", "viewing");
    live.sees("bob", |crowd| {
        place(crowd, "bob") == "manuscript/methods viewing"
    });
    other.browser.form("/auth/logout/", &[]).expect(303);
    is_sent_away_at_once(&mut elsewhere, "session_expired", 4401);
    is_gone_at_once(&mut live, "bob");
}

#[test]
fn a_visitor_who_signs_up_is_another_person_from_then_on() {
    let server = Server::start();
    let alice = server.member("alice");
    let guest = server.browser().join(&alice.link("editor").1);
    let (mut live, mut tab) = together(&alice, &guest, "visitor-001");
    guest.browser.sign_up("grace").expect(200);
    is_sent_away_at_once(&mut tab, "session_expired", 4401);
    is_gone_at_once(&mut live, "visitor-001");
    let tab = guest.live();
    tab.is_in(ABSTRACT, "editing");
    live.sees("grace", |crowd| {
        place(crowd, "grace") == "manuscript/abstract editing"
    });
    assert_eq!(live.crowd.len(), 2);
}

#[test]
fn whoever_looks_at_a_visitors_work_hears_whose_it_becomes() {
    let server = Server::start();
    let visitor = server.visitor();
    let bob = server.member("bob").browser.join(&visitor.link("editor").1);
    let (mut tab, mut own) = (bob.live(), visitor.live());
    visitor.browser.sign_up("vic").expect(200);
    let told = tab.hears_a("project");
    assert_eq!(
        told,
        json!({ "type": "project", "name": "default-project", "owner": "vic" })
    );
    is_sent_away_at_once(&mut own, "session_expired", 4401);
    visitor.live();
    tab.sees("vic", |crowd| crowd.keys().eq(["bob", "vic"]));
}

#[test]
fn work_that_is_parked_and_comes_back_is_somebody_elses_meanwhile() {
    let server = Launch::new().pool(1).start();
    let visitor = server.visitor();
    let bob = server.member("bob").browser.join(&visitor.link("editor").1);
    bob.write(ABSTRACT, "worth keeping\n");
    let mut tab = bob.live();
    server.advance(Duration::from_hours(25));
    let told = tab.hears_a("project");
    assert_eq!(
        told,
        json!({ "type": "project", "name": "default-project", "owner": null })
    );
    bob.write(ABSTRACT, "goes on\n");
    eventually("the slot is free", || {
        visitor.browser.get("/writer/").status == 200
    });
    let told = tab.hears_a("project");
    assert_eq!(told["owner"], "visitor-001");
    assert_eq!(visitor.text(ABSTRACT), "goes on\n");
}

#[test]
fn a_visitor_who_logs_in_is_sent_away_under_the_old_name() {
    let server = Server::start();
    let (alice, [_]) = server.team("alice", [("bob", "viewer")]);
    let guest = server.browser().join(&alice.link("editor").1);
    let (mut live, mut tab) = together(&alice, &guest, "visitor-001");
    guest.browser.log_in("bob").expect(200);
    is_sent_away_at_once(&mut tab, "session_expired", 4401);
    is_gone_at_once(&mut live, "visitor-001");
    assert_eq!(guest.live().welcome["role"], "editor");
    assert_eq!(alice.members(), ["alice owner", "bob editor"]);
}

#[test]
fn a_lease_that_ends_ends_the_sockets_with_a_reason_for_the_page() {
    let server = Launch::new().pool(1).start();
    let alice = server.member("alice");
    let guest = server.browser().join(&alice.link("editor").1);
    let (mut live, mut tab) = together(&alice, &guest, "visitor-001");
    let own = guest.on(guest.browser.session()["project_id"].as_i64().unwrap());
    own.write(ABSTRACT, "worth keeping\n");
    let mut own = own.live();
    server.advance(Duration::from_hours(25));
    for socket in [&mut tab, &mut own] {
        let last = socket.hears_a("closing");
        assert_eq!(last["code"], "lease_expired");
        assert!(
            last["error"].as_str().unwrap().contains("is kept"),
            "{last}"
        );
        assert_eq!(socket.ends().code, 4401);
    }
    is_gone_at_once(&mut live, "visitor-001");
    // Whoever reconnects without having come back is told the same.
    let mut late = Live::open(&guest.browser, &guest.api("live/"), &[])
        .ok()
        .unwrap();
    late.is_sent_away("lease_expired", 4401);
    guest.browser.get("/writer/").expect(200);
    guest.live();
}

#[test]
fn a_page_that_is_used_keeps_the_lease_and_one_that_is_only_open_does_not() {
    let server = Server::start();
    let alice = server.member("alice");
    let path = alice.link("editor").1;
    let (busy, idle) = (server.browser().join(&path), server.browser().join(&path));
    let (mut busy_tab, mut idle_tab) = (busy.live(), idle.live());
    for round in 0..3 {
        server.advance(Duration::from_hours(10));
        let section = if round % 2 == 0 {
            ABSTRACT
        } else {
            "manuscript/methods"
        };
        busy_tab.is_in(section, "viewing");
        let mine = busy.browser.session()["username"]
            .as_str()
            .unwrap()
            .to_owned();
        let expected = format!("{section} viewing");
        busy_tab.sees("its own place", |crowd| place(crowd, &mine) == expected);
        if round < 2 {
            // Renewed in the writer's next group: it has happened once something later has.
            alice.write(ABSTRACT, &format!("{round}\n"));
            idle_tab.say(&json!({ "type": "presence", "section": null, "state": "idle" }));
            idle_tab.takes_in();
        }
    }
    idle_tab.is_sent_away("lease_expired", 4401);
    busy.write(ABSTRACT, "still there\n");
}

#[test]
fn a_session_that_ends_by_itself_ends_its_socket() {
    let server = Server::start();
    let alice = server.member("alice");
    let mut live = alice.live();
    server.advance(Duration::from_hours(31 * 24));
    let ended = live.ends_within(SOON);
    assert_eq!(
        (ended.reason.as_str(), ended.code),
        ("session_expired", 4401)
    );
}

#[test]
fn what_the_operator_does_reaches_open_sockets() {
    let server = Launch::new().pool(1).start();
    let (alice, [bob, carol]) = server.team("alice", [("bob", "editor"), ("carol", "viewer")]);
    let guest = server.browser().join(&alice.link("editor").1);
    let mut live = alice.live();
    let (mut bob_tab, mut carol_tab, mut guest_tab) = (bob.live(), carol.live(), guest.live());
    live.sees("all four", |crowd| crowd.len() == 4);

    let new = format!("{PASSWORD} and more\n");
    server
        .cli_with(&["user", "passwd", "bob", "--password-stdin"], &new)
        .ok();
    let ended = bob_tab.ends_within(SOON);
    assert_eq!(
        (ended.reason.as_str(), ended.code),
        ("session_expired", 4401)
    );
    server.cli(&["user", "remove", "carol", "--yes"]).ok();
    let ended = carol_tab.ends_within(SOON);
    assert_eq!(
        (ended.reason.as_str(), ended.code),
        ("session_expired", 4401)
    );
    server.cli(&["pool", "reset", "--yes"]).ok();
    let ended = guest_tab.ends_within(SOON);
    assert_eq!((ended.reason.as_str(), ended.code), ("lease_expired", 4401));
    live.sees_within(SOON, "alice alone", |crowd| crowd.len() == 1);
    eventually("the list says so too", || {
        alice.present_names() == ["alice"]
    });
}
