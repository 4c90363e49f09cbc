//! Links by which whoever has one joins a project.

use std::fs;
use std::time::Duration;

use serde_json::{Value, json};

use crate::harness::{
    ABSTRACT, Browser, Desk, Launch, PASSWORD, Request, Server, at_once, eventually,
};

fn links(desk: &Desk) -> Vec<Value> {
    let answer = desk.browser.get(&desk.api("links/")).expect(200).json();
    answer["links"].as_array().unwrap().clone()
}

fn allocated(server: &Server) -> i64 {
    server.count("SELECT count(*) FROM visitor_allocations WHERE released_at IS NULL")
}

/// A page that says that the link is dead.
#[track_caller]
fn leads_nowhere(browser: &Browser, path: &str) {
    let page = browser.get(path).expect(404);
    assert!(
        page.header("content-type")
            .unwrap()
            .starts_with("text/html")
    );
    assert!(
        page.text().contains("does not lead anywhere"),
        "{}",
        page.text()
    );
    let json = Request::new("GET", path).header("Accept", "application/json");
    browser.send(json).refused(404, "link_not_found");
}

#[test]
fn a_link_has_the_fields_of_the_contract_and_its_path_is_told_once() {
    let server = Server::start();
    let alice = server.member("alice");
    let body = json!({ "role": "editor", "expires_in": 3600 });
    let made = alice
        .browser
        .post(&alice.api("links/"), &body)
        .expect(201)
        .json();
    assert_eq!(made["success"], true);
    let link = made["link"].as_object().unwrap();
    let fields: Vec<&str> = link.keys().map(String::as_str).collect();
    assert_eq!(fields, ["created_at", "expires_at", "id", "role", "uses"]);
    assert!(link["id"].is_i64());
    assert_eq!(
        (&link["role"], &link["uses"]),
        (&json!("editor"), &json!(0))
    );
    for moment in ["created_at", "expires_at"] {
        let moment = link[moment].as_str().unwrap();
        assert!(moment.len() == 20 && moment.ends_with('Z'), "{moment}");
    }
    let path = made["path"].as_str().unwrap();
    let token = path
        .strip_prefix("/join/")
        .unwrap()
        .strip_suffix('/')
        .unwrap();
    assert!(token.len() >= 43, "256 bits: {token}");

    let (_, second) = alice.link("viewer");
    assert_ne!(path, second);
    let list = alice.browser.get(&alice.api("links/")).expect(200);
    assert!(!list.text().contains(token));
    let list = links(&alice);
    assert_eq!(list[0], made["link"]);
    assert!(list[1]["expires_at"].is_null());
    assert_eq!(list.len(), 2);
}

#[test]
fn what_a_link_cannot_be() {
    let server = Server::start();
    let alice = server.member("alice");
    let make = |body: Value| alice.browser.post(&alice.api("links/"), &body);
    for role in ["owner", "admin", ""] {
        let answer = make(json!({ "role": role })).refused(400, "invalid_role");
        assert_eq!(answer.json()["field"], "role");
    }
    for expiry in [
        json!(0),
        json!(-1),
        json!(1.5),
        json!("60"),
        json!(u64::MAX),
        json!(366 * 86_400 + 1),
    ] {
        let answer = make(json!({ "role": "viewer", "expires_in": expiry }));
        assert_eq!(answer.status, 400, "{expiry}: {}", answer.text());
    }
    make(json!({})).expect(400);
    assert!(links(&alice).is_empty());
    make(json!({ "role": "viewer", "expires_in": 366 * 86_400 })).expect(201);
    make(json!({ "role": "viewer", "expires_in": null })).expect(201);
    for _ in 2..50 {
        alice.link("viewer");
    }
    make(json!({ "role": "viewer" })).refused(409, "too_many_links");
    assert_eq!(links(&alice).len(), 50);
}

#[test]
fn a_member_joins_with_the_links_role_and_each_is_counted_once() {
    let server = Server::start();
    let alice = server.member("alice");
    let bob = server.member("bob");
    let (_, path) = alice.link("editor");
    for _ in 0..3 {
        assert_eq!(bob.browser.join(&path).project, alice.project);
    }
    let bob = bob.on(alice.project);
    assert_eq!(bob.role(), "editor");
    bob.browser
        .get(&format!("/writer/project/{}/", bob.project))
        .expect(200);
    bob.write(ABSTRACT, "by bob\n");
    assert_eq!(links(&alice)[0]["uses"], 1);
    server.member("carol").browser.join(&path);
    assert_eq!(links(&alice)[0]["uses"], 2);
    assert_eq!(
        alice.members(),
        ["alice owner", "bob editor", "carol editor"]
    );
    // The owner's own link makes nothing of them.
    assert_eq!(alice.browser.join(&path).project, alice.project);
    assert_eq!(alice.role(), "owner");
    assert_eq!(links(&alice)[0]["uses"], 2);
}

#[test]
fn the_higher_role_is_kept_and_a_higher_link_raises_the_lower() {
    let server = Server::start();
    let alice = server.member("alice");
    let (_, viewer) = alice.link("viewer");
    let (_, editor) = alice.link("editor");
    for guest in [server.member("bob"), server.visitor()] {
        let guest = guest.browser.join(&viewer);
        assert_eq!(guest.role(), "viewer");
        guest.save(ABSTRACT, "no\n", None).refused(403, "read_only");
        guest.browser.join(&editor);
        assert_eq!(guest.role(), "editor");
        guest.write(ABSTRACT, "yes\n");
        guest.browser.join(&viewer);
        assert_eq!(guest.role(), "editor");
    }
    assert_eq!(server.count("SELECT count(*) FROM project_members"), 2);
}

#[test]
fn a_link_whose_time_is_over_lets_nobody_in_and_sends_nobody_away() {
    let server = Server::start();
    let alice = server.member("alice");
    let body = json!({ "role": "editor", "expires_in": 600 });
    let made = alice
        .browser
        .post(&alice.api("links/"), &body)
        .expect(201)
        .json();
    let path = made["path"].as_str().unwrap();
    let guest = server.visitor().browser.join(path);
    let bob = server.member("bob").browser.join(path);
    server.advance(Duration::from_secs(590));
    server.visitor().browser.join(path);
    server.advance(Duration::from_secs(11));
    assert!(links(&alice).is_empty());
    let late = server.browser();
    leads_nowhere(&late, path);
    assert_eq!(late.cookie("sessionid"), None);
    leads_nowhere(&bob.browser, path);
    for inside in [guest, bob] {
        inside.write(ABSTRACT, "still here\n");
    }
}

#[test]
fn revoking_one_ends_what_visitors_have_by_it_and_nothing_else() {
    let server = Server::start();
    let alice = server.member("alice");
    let (first, first_path) = alice.link("editor");
    let (_, second_path) = alice.link("editor");
    let by_first = server.visitor().browser.join(&first_path);
    let by_second = server.visitor().browser.join(&second_path);
    let bob = server.member("bob").browser.join(&first_path);
    by_first.write(ABSTRACT, "before\n");

    alice.remove(&format!("links/{first}/")).expect(200);
    by_first.get(ABSTRACT).refused(404, "project_not_found");
    by_first
        .save(ABSTRACT, "after\n", None)
        .refused(404, "project_not_found");
    leads_nowhere(&by_first.browser, &first_path);
    by_second.write(ABSTRACT, "goes on\n");
    bob.write(ABSTRACT, "goes on too\n");
    assert_eq!(alice.members().len(), 3);
    alice
        .remove(&format!("links/{first}/"))
        .refused(404, "link_not_found");
    for link in ["abc", "0", "-1", "999999"] {
        alice
            .remove(&format!("links/{link}/"))
            .refused(404, "link_not_found");
    }

    alice.link("viewer");
    alice.remove("links/").expect(200);
    assert!(links(&alice).is_empty());
    by_second.get(ABSTRACT).refused(404, "project_not_found");
    leads_nowhere(&server.browser(), &second_path);
    bob.write(ABSTRACT, "has an account\n");
    assert_eq!(alice.members(), ["alice owner", "bob editor"]);
    // The visitors' own work is theirs still.
    assert_eq!(by_first.browser.session()["role"], "owner");
}

#[test]
fn a_link_of_one_project_cannot_be_revoked_at_another() {
    let server = Server::start();
    let alice = server.member("alice");
    let (link, path) = alice.link("editor");
    let guest = server.visitor().browser.join(&path);
    let mallory = server.member("mallory");
    mallory
        .remove(&format!("links/{link}/"))
        .refused(404, "link_not_found");
    mallory.remove("links/").expect(200);
    guest.write(ABSTRACT, "unharmed\n");
    assert_eq!(links(&alice).len(), 1);
}

#[test]
fn what_is_no_link_leads_nowhere_and_costs_no_slot() {
    let server = Server::start();
    let alice = server.member("alice");
    let (_, path) = alice.link("editor");
    let browser = server.browser();
    let mut other = path.clone();
    other.replace_range(6..7, if path.as_bytes()[6] == b'A' { "B" } else { "A" });
    for dead in [
        other.as_str(),
        "/join/x/",
        "/join/%00/",
        "/join/..%2f/",
        "/join/é/",
    ] {
        let answer = browser.get(dead);
        assert!(
            matches!(answer.status, 400 | 404),
            "{dead}: {}",
            answer.status
        );
    }
    leads_nowhere(&browser, &other);
    let answer = browser.get(path.trim_end_matches('/'));
    assert_eq!(answer.expect(308).header("location"), Some(path.as_str()));
    assert_eq!(allocated(&server), 0);
}

#[test]
fn looking_at_a_link_is_not_following_it() {
    let server = Server::start();
    let alice = server.member("alice");
    let (_, path) = alice.link("editor");
    let prefetch = |name: &str, value: &str| {
        Request::new("GET", &path)
            .header("Accept", "text/html")
            .header(name, value)
    };
    let looks = || {
        vec![
            Request::new("HEAD", &path).header("Accept", "text/html"),
            prefetch("Sec-Purpose", "prefetch"),
            prefetch("Sec-Purpose", "prefetch;prerender"),
            prefetch("Purpose", "prefetch"),
            prefetch("X-Moz", "prefetch"),
            Request::new("GET", &path).header("Accept", "application/json"),
            Request::new("GET", &path).header("Accept", "image/png"),
        ]
    };
    let bob = server.member("bob").browser;
    for browser in [server.browser(), bob] {
        for look in looks() {
            let line = format!("{look:?}");
            let answer = browser.send(look);
            assert!(
                answer.status < 300 || answer.status == 406,
                "{line}: {}",
                answer.status
            );
            assert_eq!(answer.all("set-cookie").count(), 0, "{line}");
        }
    }
    assert_eq!(allocated(&server), 0);
    assert_eq!(links(&alice)[0]["uses"], 0);
    assert_eq!(alice.members(), ["alice owner"]);
}

#[test]
fn without_a_pool_one_logs_in_first_and_comes_back() {
    let server = Launch::new().pool(0).start();
    let alice = server.member("alice");
    server.member("bob");
    let (_, path) = alice.link("editor");
    let browser = server.browser();
    let to = browser.get(&path).expect(303);
    let login = to.header("location").unwrap().to_owned();
    assert_eq!(login, format!("/auth/login/?next={path}"));
    let page = browser.get(&login).expect(200).text();
    assert!(page.contains(&path), "{page}");
    let fields = [
        ("username", "bob"),
        ("password", PASSWORD),
        ("next", path.as_str()),
    ];
    let back = browser.form("/auth/login/", &fields).expect(303);
    assert_eq!(back.header("location"), Some(path.as_str()));
    assert_eq!(browser.join(&path).project, alice.project);
    assert_eq!(alice.members(), ["alice owner", "bob editor"]);
}

#[test]
fn the_token_is_neither_in_the_database_nor_in_the_log() {
    let launch = Launch::new().pool(1).env("SCITEX_WRITER_LOG", "debug");
    let server = launch.start();
    let alice = server.member("alice");
    let (_, path) = alice.link("editor");
    let (dead, dead_path) = alice.link("editor");
    server.visitor().browser.join(&path);
    // No slot is left.
    server.browser().get(&path).expect(503);
    alice.remove(&format!("links/{dead}/")).expect(200);
    server.browser().get(&dead_path).expect(404);
    for path in [path, dead_path] {
        let token = path.trim_matches('/').split('/').nth(1).unwrap();
        for file in ["writer.sqlite3", "writer.sqlite3-wal"] {
            let file = server.data(&format!(".scitex-writer/{file}"));
            let bytes = fs::read(file).unwrap_or_default();
            assert!(
                !bytes
                    .windows(token.len())
                    .any(|part| part == token.as_bytes())
            );
        }
        let log = server.log();
        let line = log.lines().find(|line| line.contains(token));
        assert_eq!(line, None, "whoever reads the log can join");
    }
}

#[test]
fn many_who_follow_it_at_once_all_join_and_one_twice_is_one() {
    let server = Launch::new().pool(8).start();
    let alice = server.member("alice");
    let (_, path) = alice.link("editor");
    let browsers: Vec<_> = (0..8).map(|_| server.browser()).collect();
    let projects = at_once(8, |number| browsers[number].join(&path).project);
    assert_eq!(projects, [alice.project; 8]);
    assert_eq!(links(&alice)[0]["uses"], 8);
    assert_eq!(alice.members().len(), 9);
    let bob = server.member("bob").browser;
    at_once(6, |_| bob.clone().join(&path).project);
    assert_eq!(links(&alice)[0]["uses"], 9);
    assert_eq!(alice.members().len(), 10);
}

#[test]
fn whoever_was_removed_can_follow_it_again_until_it_is_revoked() {
    let server = Server::start();
    let alice = server.member("alice");
    let (link, path) = alice.link("viewer");
    let guest = server.visitor().browser.join(&path);
    let user = guest.user();
    alice.remove_member(user).expect(200);
    guest.get(ABSTRACT).refused(404, "project_not_found");
    guest.browser.join(&path);
    alice.set_role(user, "editor").expect(200);
    guest.write(ABSTRACT, "raised by the owner\n");
    alice.remove(&format!("links/{link}/")).expect(200);
    eventually("they came by it, whatever they became", || {
        guest.get(ABSTRACT).status == 404
    });
}
