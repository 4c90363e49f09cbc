//! First visits: whoever opens the page gets a slot of their own, or a clear refusal; whoever only looks gets none.

use std::collections::BTreeSet;
use std::time::Duration;

use crate::harness::{Desk, Launch, Request, Server, at_once, eventually};

const HOUR: Duration = Duration::from_hours(1);
/// When the visitor who came first was last active.
const LAST_ACTIVITY: &str = "SELECT last_activity_at FROM visitor_allocations ORDER BY id LIMIT 1";

fn status(server: &Server) -> (i64, i64, i64, i64) {
    let json = server
        .browser()
        .get("/writer/api/pool/status/")
        .expect(200)
        .json();
    assert_eq!(json["success"], true);
    let number = |name: &str| json[name].as_i64().unwrap();
    (
        number("total"),
        number("allocated"),
        number("free"),
        number("expired"),
    )
}

#[test]
fn two_hundred_first_visits_at_once_share_32_slots_without_doubling_one() {
    let server = Launch::new().pool(32).start();
    let visits = at_once(200, |_| {
        let browser = server.browser();
        let answer = browser.get("/writer/");
        (browser, answer)
    });
    let mut slots = BTreeSet::new();
    let mut projects = BTreeSet::new();
    let mut refused = 0;
    for (browser, answer) in visits {
        if answer.status == 200 {
            let session = browser.session();
            assert_eq!(session["kind"], "visitor");
            assert_eq!(session["lease"]["slot"], session["username"]);
            slots.insert(session["username"].as_str().unwrap().to_owned());
            projects.insert(session["project_id"].as_i64().unwrap());
        } else {
            assert_eq!(answer.status, 503, "{}", answer.text());
            let wait: u64 = answer.header("retry-after").unwrap().parse().unwrap();
            assert!((1..=30).contains(&wait), "{wait}");
            assert!(answer.text().contains("/auth/signup/"));
            assert_eq!(browser.cookie("sessionid"), None);
            refused += 1;
        }
    }
    assert_eq!((slots.len(), projects.len(), refused), (32, 32, 168));
    let names: BTreeSet<String> = (1..=32).map(|n| format!("visitor-{n:03}")).collect();
    assert_eq!(slots, names);
    assert_eq!(status(&server), (32, 32, 0, 0));
    assert_eq!(
        server.count("SELECT count(*) FROM visitor_allocations WHERE released_at IS NULL"),
        32
    );
}

#[test]
fn a_full_pool_is_refused_in_json_to_whoever_asks_for_json() {
    let server = Launch::new().pool(1).start();
    server.visitor();
    let answer = server
        .browser()
        .send(Request::new("GET", "/writer/").header("Accept", "*/*"));
    assert!(answer.header("retry-after").is_some());
    answer.refused(503, "pool_full");
}

#[test]
fn head_prefetch_and_json_requests_take_no_slot() {
    let server = Server::start();
    let look = |request: Request| {
        let browser = server.browser();
        let answer = browser.send(request);
        assert_eq!(browser.cookie("sessionid"), None, "{}", answer.text());
        answer
    };
    let html = "text/html";
    let get = || Request::new("GET", "/writer/").header("Accept", html);
    look(Request::new("HEAD", "/writer/").header("Accept", html)).expect(200);
    look(get().header("Sec-Purpose", "prefetch")).expect(204);
    look(get().header("Sec-Purpose", "prefetch;prerender")).expect(204);
    look(get().header("Purpose", "prefetch")).expect(204);
    look(Request::new("GET", "/writer/").header("Accept", "application/json"))
        .refused(406, "not_acceptable");
    look(Request::new("GET", "/writer/").header("Accept", "image/avif,image/png"));
    look(Request::new("GET", "/").header("Accept", html)).expect(307);
    assert_eq!(status(&server), (4, 0, 4, 0));
}

#[test]
fn a_browser_that_comes_back_keeps_its_slot() {
    let server = Server::start();
    let desk = server.visitor();
    let first = desk.browser.session();
    let cookie = desk.browser.cookie("sessionid");
    for _ in 0..3 {
        desk.browser.get("/writer/").expect(200);
        desk.browser
            .get(&format!("/writer/project/{}/", desk.project))
            .expect(200);
    }
    let again = desk.browser.session();
    assert_eq!(again["username"], first["username"]);
    assert_eq!(again["project_id"], first["project_id"]);
    assert_eq!(desk.browser.cookie("sessionid"), cookie);
    assert_eq!(status(&server), (4, 1, 3, 0));
}

#[test]
fn a_slot_and_its_work_outlast_a_restart() {
    let mut server = Server::start();
    let desk = server.visitor();
    desk.write("manuscript/abstract", "kept over a restart\n");
    server.stop();
    server.start_again();
    assert_eq!(
        desk.browser.session()["project_id"].as_i64(),
        Some(desk.project)
    );
    assert_eq!(desk.text("manuscript/abstract"), "kept over a restart\n");
    assert_eq!(status(&server), (4, 1, 3, 0));
}

#[test]
fn activity_prolongs_the_lease_and_its_absence_ends_it() {
    let server = Launch::new().arg("--lease", "2h").start();
    let desk = server.visitor();
    let idle = server.visitor();
    for _ in 0..3 {
        server.advance(HOUR + HOUR / 2);
        let before = server.count(LAST_ACTIVITY);
        desk.get("manuscript/abstract").expect(200);
        eventually("the activity is noted", || {
            server.count(LAST_ACTIVITY) > before
        });
    }
    let left = desk.browser.session()["lease"]["seconds_left"]
        .as_u64()
        .unwrap();
    assert!(left > 7000, "{left}");
    idle.get("manuscript/abstract")
        .refused(401, "lease_expired");
}

#[test]
fn a_short_lease_is_prolonged_by_activity_as_well() {
    let server = Launch::new().arg("--lease", "40s").start();
    let desk = server.visitor();
    for step in 1..=4 {
        server.advance(Duration::from_secs(25));
        let before = server.count(LAST_ACTIVITY);
        let answer = desk.get("manuscript/abstract");
        assert_eq!(
            answer.status, 200,
            "25 s after the last activity (step {step}) a lease of 40 s is over"
        );
        eventually("the activity is noted", || {
            server.count(LAST_ACTIVITY) > before
        });
    }
}

#[test]
fn a_session_cookie_that_the_server_never_gave_is_replaced() {
    let server = Server::start();
    let forged = "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA";
    for cookie in [forged, "short", "%00%ff", ""] {
        let browser = server.browser();
        browser.set_cookie("sessionid", cookie);
        browser.get("/writer/").expect(200);
        let given = browser.cookie("sessionid").unwrap();
        assert_ne!(given, cookie);
        assert_eq!(given.len(), 43);
    }
}

#[test]
fn the_project_of_a_visitor_is_not_there_for_anybody_else() {
    let server = Server::start();
    let desk = server.visitor();
    let mut other = server.visitor();
    let page = format!("/writer/project/{}/", desk.project);
    other.browser.get(&page).expect(404);
    server.browser().get(&page).expect(404);
    other.project = desk.project;
    other
        .get("manuscript/abstract")
        .refused(404, "project_not_found");
    other
        .save("manuscript/abstract", "not mine", None)
        .refused(404, "project_not_found");
    let unknown = other.browser.get("/writer/api/session/?project=424242");
    unknown.refused(404, "project_not_found");
    other.browser = server.browser();
    other
        .get("manuscript/abstract")
        .refused(401, "session_expired");
}

#[test]
fn without_a_pool_a_visitor_is_sent_to_the_log_in_page() {
    let server = Launch::new().pool(0).start();
    let browser = server.browser();
    let answer = browser.get("/writer/").expect(303);
    let to = answer.header("location").unwrap();
    assert!(to.starts_with("/auth/login/"), "{to}");
    browser.get("/auth/login/").expect(200);
    browser
        .get("/writer/api/session/")
        .refused(401, "session_expired");
    assert_eq!(status(&server), (0, 0, 0, 0));
}

#[test]
fn a_pool_whose_slots_were_all_removed_sends_visitors_to_the_log_in_page() {
    let server = Server::start();
    server
        .cli(&["pool", "init", "--size", "0", "--shrink"])
        .ok();
    let answer = server.browser().get("/writer/").expect(303);
    assert!(
        answer
            .header("location")
            .unwrap()
            .starts_with("/auth/login/")
    );
}

#[test]
fn the_slot_that_has_been_free_longest_is_taken() {
    let server = Launch::new().pool(3).start();
    let name = |desk: &Desk| {
        desk.browser.session()["username"]
            .as_str()
            .unwrap()
            .to_owned()
    };
    let first = server.visitor();
    assert_eq!(name(&first), "visitor-001");
    first.browser.sign_up("alice").expect(200);
    eventually("the slot is free again", || status(&server) == (3, 0, 3, 0));
    let names = [(); 3].map(|()| name(&server.visitor()));
    assert_eq!(names, ["visitor-002", "visitor-003", "visitor-001"]);
}
