//! A server killed at each step of a project's move: after the next start the project is in one place, with its text
//! and one owner, its slot is fresh and free, and the browser is who it was about to be.

use std::fs;
use std::time::Duration;

use serde_json::json;

use crate::harness::{ABSTRACT, Desk, Launch, PASSWORD, Request, Server, at_once, eventually};

const PLACES: [&str; 3] = [
    "transfer-intended",
    "transfer-renamed",
    "transfer-completed",
];
const DAY: Duration = Duration::from_hours(25);

/// Every place, each with servers of its own, at the same time.
fn each_place(test: impl Fn(&'static str) + Sync) {
    at_once(PLACES.len(), |number| test(PLACES[number]));
}

fn server(place: &str) -> Server {
    Launch::new().pool(2).crash_at(place).start()
}

/// Directories that hold a project with this text.
fn places_of(server: &Server, text: &str) -> Vec<String> {
    let mut owners: Vec<_> = fs::read_dir(server.data(""))
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter(|path| !path.ends_with(".scitex-writer"))
        .collect();
    owners.push(server.data(".scitex-writer/parked"));
    owners.push(server.data(".scitex-writer/trash"));
    owners.push(server.data(".scitex-writer/staging"));
    let mut found = Vec::new();
    for owner in owners {
        for project in fs::read_dir(owner).unwrap() {
            let project = project.unwrap().path();
            let file = project.join("scitex/writer/sections/manuscript/abstract.tex");
            if fs::read_to_string(file).is_ok_and(|found| found == text) {
                let root = server.data("");
                let place = project.strip_prefix(root).unwrap();
                found.push(place.to_str().unwrap().to_owned());
            }
        }
    }
    found
}

/// What must hold after every restart.
#[track_caller]
fn is_sound(server: &Server, desk: &Desk, text: &str, place: &str) {
    assert_eq!(server.count("SELECT count(*) FROM transfers"), 0);
    assert_eq!(places_of(server, text), [place]);
    let rows = format!(
        "SELECT count(*) FROM projects WHERE id = {} AND edited_at IS NOT NULL",
        desk.project
    );
    assert_eq!(server.count(&rows), 1);
    let homeless = "SELECT count(*) FROM visitor_slots WHERE state = 'cleaning'
                       OR (state = 'allocated') <> EXISTS (SELECT 1 FROM visitor_allocations a
                           WHERE a.slot_number = number AND a.released_at IS NULL)";
    eventually("every slot is free or held", || server.count(homeless) == 0);
    let check: String = server
        .database()
        .query_row("PRAGMA integrity_check", [], |row| row.get(0))
        .unwrap();
    assert_eq!(check, "ok");
    let broken = server.count("SELECT count(*) FROM pragma_foreign_key_check");
    assert_eq!(broken, 0);
}

/// The slots that nobody holds are as new.
#[track_caller]
fn free_slots_are_fresh(server: &Server, free: usize) {
    for _ in 0..free {
        let desk = server.visitor();
        let (text, version) = desk.read(ABSTRACT);
        assert!(text.starts_with("\\begin{abstract}"), "{text}");
        assert_eq!(version, 1);
        desk.write(ABSTRACT, "works\n");
        desk.file_holds(server, ABSTRACT, "works\n");
    }
    server.browser().get("/writer/").expect(503);
}

/// Sends a request during which the server dies.
fn dies_during(server: &mut Server, desk: &Desk, request: Request) {
    desk.browser.try_send(request).unwrap_err();
    server.crashed();
}

#[test]
fn killed_at_a_sign_up() {
    each_place(|place| {
        let mut server = server(place);
        let desk = server.visitor();
        desk.write(ABSTRACT, "signing up\n");
        desk.write("manuscript/methods", "unflushed\n");
        desk.file_holds(&server, ABSTRACT, "signing up\n");
        let body = json!({ "username": "alice", "password": PASSWORD }).to_string();
        let sign_up = Request::new("POST", "/auth/signup/").body("application/json", body);
        dies_during(&mut server, &desk, sign_up);
        server.start_again();

        let session = desk.browser.session();
        assert_eq!(
            session["username"], "alice",
            "{place}: the old cookie is hers"
        );
        assert_eq!(session["project_id"].as_i64(), Some(desk.project));
        assert_eq!(desk.text(ABSTRACT), "signing up\n");
        assert_eq!(desk.text("manuscript/methods"), "unflushed\n");
        desk.file_holds(&server, "manuscript/methods", "unflushed\n");
        is_sound(&server, &desk, "signing up\n", "alice/default-project");
        free_slots_are_fresh(&server, 2);
        let again = server.browser();
        again.get("/auth/login/").expect(200);
        let account = again.log_in("alice").expect(200).json();
        assert_eq!(account["project_id"].as_i64(), Some(desk.project));
    });
}

#[test]
fn killed_at_a_log_in_that_brings_work_along() {
    each_place(|place| {
        let mut server = server(place);
        let member = server.member("alice");
        member.write(ABSTRACT, "her own\n");
        member.file_holds(&server, ABSTRACT, "her own\n");
        let desk = server.visitor();
        desk.write(ABSTRACT, "brought along\n");
        desk.file_holds(&server, ABSTRACT, "brought along\n");
        let body = json!({ "username": "alice", "password": PASSWORD }).to_string();
        let log_in = Request::new("POST", "/auth/login/").body("application/json", body);
        dies_during(&mut server, &desk, log_in);
        server.start_again();

        assert_eq!(desk.browser.session()["username"], "alice", "{place}");
        assert_eq!(desk.text(ABSTRACT), "brought along\n");
        assert_eq!(member.text(ABSTRACT), "her own\n");
        is_sound(&server, &desk, "brought along\n", "alice/default-project-2");
        assert_eq!(places_of(&server, "her own\n"), ["alice/default-project"]);
        free_slots_are_fresh(&server, 2);
    });
}

#[test]
fn killed_while_work_is_being_parked() {
    each_place(|place| {
        let mut server = server(place);
        let desk = server.visitor();
        desk.write(ABSTRACT, "to be parked\n");
        desk.file_holds(&server, ABSTRACT, "to be parked\n");
        server.advance(DAY);
        server.crashed();
        server.start_again();

        desk.get(ABSTRACT).refused(401, "lease_expired");
        let parked = format!(".scitex-writer/parked/{}", desk.project);
        is_sound(&server, &desk, "to be parked\n", &parked);
        desk.browser.get("/writer/").expect(200);
        let session = desk.browser.session();
        assert_eq!(
            session["project_id"].as_i64(),
            Some(desk.project),
            "{place}"
        );
        assert_eq!(desk.text(ABSTRACT), "to be parked\n");
        free_slots_are_fresh(&server, 1);
    });
}

#[test]
fn killed_while_parked_work_comes_back() {
    each_place(|place| {
        let mut server = Launch::new().pool(2).start();
        let desk = server.visitor();
        desk.write(ABSTRACT, "comes back\n");
        desk.file_holds(&server, ABSTRACT, "comes back\n");
        server.advance(DAY);
        let parked = server.data(&format!(".scitex-writer/parked/{}", desk.project));
        eventually("the work is parked", || {
            parked.exists() && server.count("SELECT count(*) FROM transfers") == 0
        });
        server.stop();
        server.start_again_with(|launch| launch.crash_at(place));
        let visit = Request::new("GET", "/writer/").header("Accept", "text/html");
        dies_during(&mut server, &desk, visit);
        server.start_again();

        desk.browser.get("/writer/").expect(200);
        let session = desk.browser.session();
        assert_eq!(
            session["project_id"].as_i64(),
            Some(desk.project),
            "{place}"
        );
        let slot = session["username"].as_str().unwrap().to_owned();
        assert_eq!(desk.text(ABSTRACT), "comes back\n");
        is_sound(
            &server,
            &desk,
            "comes back\n",
            &format!("{slot}/default-project"),
        );
        free_slots_are_fresh(&server, 1);
    });
}

#[test]
fn killed_while_an_account_is_removed() {
    each_place(|place| {
        let mut server = Launch::new().pool(2).start();
        let desk = server.member("alice");
        desk.write(ABSTRACT, "outlives the account\n");
        desk.file_holds(&server, ABSTRACT, "outlives the account\n");
        let data = server.launch.data_path().to_str().unwrap().to_owned();
        let ran = crate::harness::run_with(
            &["--data", &data, "user", "remove", "alice", "--yes"],
            &[("SCITEX_WRITER_CRASH_AT", place)],
            "",
        );
        assert_eq!(ran.code, None, "{ran:?}");
        server.stop();
        server.start_again();
        let parked = format!(".scitex-writer/parked/{}", desk.project);
        is_sound(&server, &desk, "outlives the account\n", &parked);
        // The command can be repeated, and then the name is free.
        server.cli(&["user", "remove", "alice", "--yes"]);
        server.member("alice");
        assert_eq!(places_of(&server, "outlives the account\n"), [parked]);
    });
}

#[test]
fn killed_twice_at_different_steps_of_one_move() {
    let mut server = server("transfer-intended");
    let desk = server.visitor();
    desk.write(ABSTRACT, "unlucky\n");
    desk.file_holds(&server, ABSTRACT, "unlucky\n");
    let body = json!({ "username": "alice", "password": PASSWORD }).to_string();
    let sign_up = Request::new("POST", "/auth/signup/").body("application/json", body);
    dies_during(&mut server, &desk, sign_up);
    for place in ["transfer-renamed", "transfer-completed"] {
        // Dies while it finishes the move at its start.
        let mut again = server.launch.clone().crash_at(place).spawn();
        let status = again.ended(crate::harness::PATIENCE);
        assert!(status.is_some(), "{place}");
    }
    server.start_again();
    assert_eq!(desk.browser.session()["username"], "alice");
    assert_eq!(desk.text(ABSTRACT), "unlucky\n");
    is_sound(&server, &desk, "unlucky\n", "alice/default-project");
    free_slots_are_fresh(&server, 2);
}

#[test]
fn killed_at_any_moment_of_the_first_start() {
    for round in 0..8_u64 {
        let launch = Launch::new().pool(24);
        let mut server = launch.spawn();
        crate::harness::within(Duration::from_millis(round * 6), || false);
        server.kill();
        server.start_again();
        let status = server.cli(&["pool", "status"]).ok().stdout;
        assert!(
            status.contains("Total slots: 24\nAllocated: 0\nFree: 24\n"),
            "round {round}: {status}"
        );
        let desk = server.visitor();
        desk.write(ABSTRACT, "works\n");
        for number in 1..=24 {
            let last = format!("visitor-{number:03}/default-project/scitex/writer/revision.tex");
            assert!(server.data(&last).is_file());
        }
    }
}
