//! The whole route table as every kind of user, compared with a table that is written out here.

use std::collections::BTreeSet;
use std::time::Duration;

use serde_json::json;

use crate::harness::{ABSTRACT, Browser, Desk, Launch, Live, PASSWORD, Request, Server};
use scitex_writer::http::routes::rows;

/// The columns of the tables. A stranger and an admin are members without a part in the project; a guest is a visitor
/// who joined by a link as editor; a lapsed visitor's lease is over; signed out is who still sends an owner's cookies.
const KINDS: [&str; 10] = [
    "anonymous",
    "signed out",
    "lapsed",
    "visitor",
    "stranger",
    "admin",
    "viewer",
    "editor",
    "guest",
    "owner",
];

/// What each kind of user gets:
///
/// `+` it is done, `c` 403 `csrf_failed`, `s` 401 `session_expired`, `x` 401 `lease_expired`, `0` 404 `project_not_found`,
/// `r` 403 `read_only`, `o` 403 `owner_only`, `m` 403 `members_only`, `a` 409 `already_member`
#[rustfmt::skip]
const TABLE: &[(&str, &str, &str)] = &[
    //                                                                       an so la vi st ad vr ed gu ow
    ("GET",    "/",                                                         "+  +  +  +  +  +  +  +  +  +"),
    ("GET",    "/writer/",                                                  "+  +  +  +  +  +  +  +  +  +"),
    ("GET",    "/writer/project/{id}/",                                     "0  0  0  0  0  0  +  +  +  +"),
    ("GET",    "/join/{token}/",                                            "+  +  +  +  +  +  +  +  +  +"),
    ("GET",    "/auth/signup/",                                             "+  +  +  +  +  +  +  +  +  +"),
    ("POST",   "/auth/signup/",                                             "c  +  +  +  a  a  a  a  +  a"),
    ("GET",    "/auth/login/",                                              "+  +  +  +  +  +  +  +  +  +"),
    ("POST",   "/auth/login/",                                              "c  +  +  +  +  +  +  +  +  +"),
    ("GET",    "/auth/logout/",                                             "+  +  +  +  +  +  +  +  +  +"),
    ("POST",   "/auth/logout/",                                             "c  +  +  +  +  +  +  +  +  +"),
    ("GET",    "/healthz",                                                  "+  +  +  +  +  +  +  +  +  +"),
    ("GET",    "/assets/{*path}",                                           "+  +  +  +  +  +  +  +  +  +"),
    ("GET",    "/writer/api/pool/status/",                                  "+  +  +  +  +  +  +  +  +  +"),
    ("GET",    "/writer/api/session/",                                      "s  s  x  +  +  +  +  +  +  +"),
    ("GET",    "/writer/api/projects/",                                     "s  s  x  +  +  +  +  +  +  +"),
    ("POST",   "/writer/api/projects/",                                     "c  s  x  m  +  +  +  +  m  +"),
    ("PATCH",  "/writer/api/project/{id}/",                                 "c  s  x  0  0  0  o  o  o  +"),
    ("DELETE", "/writer/api/project/{id}/",                                 "c  s  x  0  0  0  o  o  o  +"),
    // There is nothing to restore outside of the bin.
    ("POST",   "/writer/api/project/{id}/restore/",                         "c  s  x  0  0  0  0  0  0  0"),
    ("POST",   "/writer/api/project/{id}/duplicate/",                       "c  s  x  0  0  0  +  +  m  +"),
    ("GET",    "/writer/api/project/{id}/members/",                         "s  s  x  0  0  0  +  +  +  +"),
    ("POST",   "/writer/api/project/{id}/members/",                         "c  s  x  0  0  0  o  o  o  +"),
    ("PATCH",  "/writer/api/project/{id}/members/{user}/",                  "c  s  x  0  0  0  o  o  o  +"),
    // The viewer is the one to be removed, and may leave.
    ("DELETE", "/writer/api/project/{id}/members/{user}/",                  "c  s  x  0  0  0  +  o  o  +"),
    ("GET",    "/writer/api/project/{id}/links/",                           "s  s  x  0  0  0  o  o  o  +"),
    ("POST",   "/writer/api/project/{id}/links/",                           "c  s  x  0  0  0  o  o  o  +"),
    ("DELETE", "/writer/api/project/{id}/links/",                           "c  s  x  0  0  0  o  o  o  +"),
    ("DELETE", "/writer/api/project/{id}/links/{link}/",                    "c  s  x  0  0  0  o  o  o  +"),
    ("GET",    "/writer/api/project/{id}/live/",                            "s  s  x  0  0  0  +  +  +  +"),
    ("POST",   "/writer/api/project/{id}/presence/update/",                 "c  s  x  0  0  0  +  +  +  +"),
    ("GET",    "/writer/api/project/{id}/presence/list/",                   "s  s  x  0  0  0  +  +  +  +"),
    ("GET",    "/writer/api/project/{id}/sections/",                        "s  s  x  0  0  0  +  +  +  +"),
    ("POST",   "/writer/api/project/{id}/sections/",                        "c  s  x  0  0  0  r  +  +  +"),
    ("POST",   "/writer/api/project/{id}/save-sections/",                   "c  s  x  0  0  0  r  +  +  +"),
    ("GET",    "/writer/api/project/{id}/section/{document}/{name}/",       "s  s  x  0  0  0  +  +  +  +"),
    ("PUT",    "/writer/api/project/{id}/section/{document}/{name}/",       "c  s  x  0  0  0  r  +  +  +"),
    ("POST",   "/writer/api/project/{id}/section/{document}/{name}/",       "c  s  x  0  0  0  r  +  +  +"),
    ("PATCH",  "/writer/api/project/{id}/section/{document}/{name}/",       "c  s  x  0  0  0  r  +  +  +"),
    ("DELETE", "/writer/api/project/{id}/section/{document}/{name}/",       "c  s  x  0  0  0  r  +  +  +"),
    ("GET",    "/writer/api/project/{id}/history/",                         "s  s  x  0  0  0  +  +  +  +"),
    ("GET",    "/writer/api/project/{id}/history/{version}/",               "s  s  x  0  0  0  +  +  +  +"),
    ("POST",   "/writer/api/project/{id}/history/{version}/restore/",       "c  s  x  0  0  0  r  +  +  +"),
];

// The same with the project in its owner's bin.
const BINNED_PAGE: &str = "0  0  0  0  0  0  0  0  0  0";
const BINNED_GET: &str = "s  s  x  0  0  0  0  0  0  0";
const BINNED_CHANGE: &str = "c  s  x  0  0  0  0  0  0  0";
const BINNED_RESTORE: &str = "c  s  x  0  0  0  0  0  0  +";

fn meaning(letter: &str) -> &'static str {
    match letter {
        "+" => "done",
        "c" => "403 csrf_failed",
        "s" => "401 session_expired",
        "x" => "401 lease_expired",
        "0" => "404 project_not_found",
        "r" => "403 read_only",
        "o" => "403 owner_only",
        "m" => "403 members_only",
        "a" => "409 already_member",
        other => panic!("{other} in the table"),
    }
}

/// What the browser gets for a request.
fn outcome(browser: &Browser, request: Request) -> String {
    let is_page = !request.path.starts_with("/writer/api/");
    let answer = browser.send(request);
    match answer.status {
        200..400 => "done".to_owned(),
        // A page has no code; it is about the one thing that can be missing here.
        404 if is_page => "404 project_not_found".to_owned(),
        status => format!("{status} {}", answer.code()),
    }
}

/// The same for the WebSocket, whose refusal may be its first message.
fn live_outcome(desk: &Desk) -> String {
    match Live::open(
        &desk.browser,
        &desk.api("live/"),
        &[("Accept", "application/json")],
    ) {
        Err(answer) => format!("{} {}", answer.status, answer.code()),
        Ok(mut live) => {
            let first = live.hears("the first message", |_| true);
            if first["type"] == "welcome" {
                return "done".to_owned();
            }
            let ended = live.ends();
            assert_eq!(ended.code, 4401, "{first}");
            format!("{} {}", ended.code - 4000, ended.reason)
        }
    }
}

/// A server with one of each kind.
struct World {
    server: Server,
    owner: Desk,
    viewer: i64,
    browsers: Vec<Browser>,
}

/// A fresh project with its link.
struct Place {
    desk: Desk,
    link: i64,
    token: String,
}

impl World {
    fn new() -> Self {
        let server = Launch::new().pool(8).start();
        let lapsed = server.visitor();
        lapsed.write(ABSTRACT, "kept\n");
        server.advance(Duration::from_hours(25));
        let owner = server.member("olga");
        let member = |name: &str| server.member(name).browser;
        let (stranger, viewer, editor) = (member("stella"), member("vera"), member("edith"));
        let admin = ["user", "add", "adam", "--admin", "--password-stdin"];
        server.cli_with(&admin, &format!("{PASSWORD}\n")).ok();
        let log_in = |name: &str| {
            let browser = server.browser();
            browser.get("/auth/login/").expect(200);
            browser.log_in(name).expect(200);
            browser
        };
        let leaving = log_in("olga");
        let signed_out = leaving.clone();
        leaving.form("/auth/logout/", &[]).expect(303);
        let viewer_id = viewer.session()["user_id"].as_i64().unwrap();
        let browsers = vec![
            server.browser(),
            signed_out,
            lapsed.browser,
            server.visitor().browser,
            stranger,
            log_in("adam"),
            viewer,
            editor,
            server.visitor().browser,
            owner.browser.clone(),
        ];
        Self {
            server,
            owner,
            viewer: viewer_id,
            browsers,
        }
    }

    /// A project of the owner's in which everybody has the part that the tables say.
    fn place(&self, name: &str) -> Place {
        let desk = self.owner.create(name);
        desk.share("vera", "viewer");
        desk.share("edith", "editor");
        let (link, path) = desk.link("editor");
        let guest = KINDS.iter().position(|kind| *kind == "guest").unwrap();
        assert_eq!(self.browsers[guest].join(&path).project, desk.project);
        desk.read(ABSTRACT);
        let token = path.trim_matches('/').split('/').nth(1).unwrap().to_owned();
        Place { desk, link, token }
    }

    fn asset(&self) -> String {
        let page = self.owner.browser.get("/writer/").expect(200).text();
        let start = page.find("/assets/").unwrap();
        let rest = &page[start..];
        rest[..rest.find('"').unwrap()].to_owned()
    }

    /// A request that would be done if its sender may.
    fn request(&self, method: &str, path: &str, place: &Place, unique: &str) -> Request {
        let filled = path
            .replace("{id}", &place.desk.project.to_string())
            .replace("{token}", &place.token)
            .replace("{user}", &self.viewer.to_string())
            .replace("{link}", &place.link.to_string())
            .replace("{document}/{name}", ABSTRACT)
            .replace("{version}", "1");
        let end = path.rsplit("{id}").next().unwrap();
        let filled = match end {
            "/assets/{*path}" => self.asset(),
            "/history/" | "/history/{version}/" => format!("{filled}?section={ABSTRACT}"),
            _ => filled,
        };
        let body = match (method, end) {
            ("POST", "/writer/api/projects/") | ("PATCH", "/") => json!({ "name": unique }),
            ("POST", "/restore/" | "/duplicate/" | "/auth/logout/") => json!({}),
            ("POST", "/members/") => json!({ "username": "stella", "role": "viewer" }),
            ("PATCH", "/members/{user}/") => json!({ "role": "editor" }),
            ("POST", "/links/") => json!({ "role": "viewer", "expires_in": 60 }),
            ("POST", "/presence/update/" | "/history/{version}/restore/") => {
                json!({ "section": ABSTRACT })
            }
            ("POST", "/sections/") => json!({ "document": "manuscript", "name": "extra" }),
            ("POST", "/save-sections/") => json!({ "sections": { ABSTRACT: "saved\n" } }),
            ("PUT" | "POST", "/section/{document}/{name}/") => json!({ "content": "saved\n" }),
            ("PATCH", "/section/{document}/{name}/") => json!({ "included": false }),
            ("POST", "/auth/signup/") => json!({ "username": unique, "password": PASSWORD }),
            ("POST", "/auth/login/") => json!({ "username": "stella", "password": PASSWORD }),
            ("GET" | "DELETE", _) => json!(null),
            other => panic!("no body for {other:?}"),
        };
        let accept = if path.starts_with("/writer/api/") || method != "GET" {
            "application/json"
        } else {
            "text/html"
        };
        let request = Request::new(method, &filled).header("Accept", accept);
        if body.is_null() {
            return request;
        }
        request.body("application/json", body.to_string())
    }

    /// What each kind of user gets, each at a project that nobody has tried it on yet if it changes something.
    fn walk(&self, method: &str, path: &str, row: usize) -> Vec<String> {
        let mut place = self.place(&format!("at {row}"));
        let mut all = Vec::new();
        for (kind, browser) in self.browsers.iter().enumerate() {
            // What one request leaves in the browser is not there in the next row.
            let browser = browser.clone();
            let unique = format!("new-{row}-{kind}");
            let got = if path.ends_with("/live/") {
                live_outcome(&Desk {
                    browser,
                    project: place.desk.project,
                })
            } else {
                outcome(&browser, self.request(method, path, &place, &unique))
            };
            let spent = got == "done" && method != "GET" && path.contains("{id}");
            all.push(got);
            if spent {
                place = self.place(&format!("at {row} after {kind}"));
            }
        }
        all
    }
}

/// Whoever signs up, logs in or out, or is given a slot is another kind of user from then on.
fn changes_who_one_is(method: &str, path: &str) -> bool {
    method == "POST" && path.starts_with("/auth/")
        || path == "/writer/"
        || path.starts_with("/join/")
}

#[track_caller]
fn compare(method: &str, path: &str, expected: &str, got: &[String], wrong: &mut Vec<String>) {
    let letters: Vec<&str> = expected.split_whitespace().collect();
    assert_eq!(letters.len(), KINDS.len(), "{method} {path}");
    for ((kind, letter), got) in KINDS.iter().zip(letters).zip(got) {
        let expected = meaning(letter);
        if got != expected {
            wrong.push(format!("{method} {path} as {kind}: {got}, not {expected}"));
        }
    }
}

#[test]
fn the_table_has_every_route_and_no_other() {
    let routes: Vec<(String, String)> = rows()
        .iter()
        .map(|row| (row.method.to_string(), row.path.to_owned()))
        .collect();
    let routed: BTreeSet<_> = routes.iter().cloned().collect();
    assert_eq!(routed.len(), routes.len(), "a route is listed twice");
    let known: BTreeSet<(String, String)> = TABLE
        .iter()
        .map(|(method, path, _)| ((*method).to_owned(), (*path).to_owned()))
        .collect();
    assert_eq!(known.len(), TABLE.len());
    assert_eq!(routed, known);
}

#[test]
fn every_route_answers_every_kind_of_user_as_the_table_says() {
    let world = World::new();
    let mut wrong = Vec::new();
    for (row, (method, path, expected)) in TABLE.iter().enumerate() {
        let got = if changes_who_one_is(method, path) {
            World::new().walk(method, path, row)
        } else {
            world.walk(method, path, row)
        };
        compare(method, path, expected, &got, &mut wrong);
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}

#[test]
fn head_is_checked_as_get_is() {
    let world = World::new();
    let place = world.place("looked at");
    let mut wrong = Vec::new();
    for (method, path, _) in TABLE {
        let of_project = path.starts_with("/writer/api/project/") && !path.ends_with("/live/");
        if *method != "GET" || !of_project {
            continue;
        }
        let request = world.request("GET", path, &place, "");
        for (kind, browser) in KINDS.iter().zip(&world.browsers) {
            let head = Request {
                method: "HEAD".to_owned(),
                ..request.clone()
            };
            let (get, head) = (browser.send(request.clone()), browser.send(head));
            if (head.status, head.body.len()) != (get.status, 0) {
                wrong.push(format!(
                    "HEAD {path} as {kind}: {}, not {}",
                    head.status, get.status
                ));
            }
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}

#[test]
fn what_is_in_the_bin_is_there_for_nobody_but_for_its_owner_to_take_it_out() {
    let world = World::new();
    let place = world.place("thrown away");
    place.desk.remove("").expect(200);
    let mut wrong = Vec::new();
    let about = TABLE.iter().filter(|(_, path, _)| path.contains("{id}"));
    // Last what takes it out again.
    let (restore, others): (Vec<_>, Vec<_>) =
        about.partition(|(_, path, _)| path.ends_with("{id}/restore/"));
    for &(method, path, _) in others.into_iter().chain(restore) {
        let expected = if path.ends_with("{id}/restore/") {
            BINNED_RESTORE
        } else if !path.starts_with("/writer/api/") {
            BINNED_PAGE
        } else if method == "GET" {
            BINNED_GET
        } else {
            BINNED_CHANGE
        };
        let got: Vec<String> = world
            .browsers
            .iter()
            .map(|browser| {
                if path.ends_with("/live/") {
                    return live_outcome(&Desk {
                        browser: browser.clone(),
                        project: place.desk.project,
                    });
                }
                outcome(browser, world.request(method, path, &place, "another"))
            })
            .collect();
        compare(method, path, expected, &got, &mut wrong);
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
    // By its links nobody comes in while it is there.
    place.desk.remove("").expect(200);
    let guest = world.server.visitor().browser;
    guest.get(&format!("/join/{}/", place.token)).expect(404);
}
