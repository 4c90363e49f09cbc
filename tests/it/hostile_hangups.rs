//! Clients that hang up in the middle of a request: whatever was begun is brought to a whole end, and nothing that
//! others wrote is forgotten on the way.

use std::fs;
use std::io::Write as _;
use std::net::TcpStream;
use std::time::Duration;

use serde_json::json;

use crate::harness::{
    ABSTRACT, Browser, Launch, PASSWORD, Request, Server, at_once, eventually, within,
};

/// Sends a request and hangs up so many microseconds later, without reading.
fn hang_up_after(browser: &Browser, request: Request, micros: u64) {
    let bytes = browser.dress(request).bytes(browser.address());
    let mut stream = TcpStream::connect(browser.address()).unwrap();
    stream.set_nodelay(true).unwrap();
    stream.write_all(&bytes).unwrap();
    let start = std::time::Instant::now();
    while start.elapsed() < Duration::from_micros(micros) {
        std::hint::spin_loop();
    }
}

#[test]
fn a_reader_who_hangs_up_does_not_cost_an_edit_on_disk() {
    let server = Server::start();
    let desk = server.visitor();
    let long = "a line of some length that nobody has changed\n".repeat(30_000);
    desk.write(ABSTRACT, &long);
    desk.file_holds(&server, ABSTRACT, &long);
    let file = desk.section_file(&server, ABSTRACT);
    for round in 0..25 {
        // In place of the first line, so that every edit is a merge.
        let text = format!("edit {round} on the disk\n{long}");
        let new = file.with_extension("new");
        fs::write(&new, &text).unwrap();
        fs::rename(new, &file).unwrap();
        let read = Request::new("GET", &desk.section(ABSTRACT));
        hang_up_after(&desk.browser, read, round * 400);
        within(Duration::from_millis(20), || false);
        assert!(
            desk.text(ABSTRACT) == text,
            "round {round}: the file was read for somebody who hung up, and its text forgotten"
        );
    }
}

#[test]
fn a_save_whose_sender_hung_up_is_shown_and_written_if_it_was_stored() {
    let server = Server::start();
    let desk = server.visitor();
    desk.write(ABSTRACT, "before\n");
    let stored = "SELECT version FROM texts WHERE path = 'sections/manuscript/abstract.tex'";
    for round in 0..20 {
        let text = format!("round {round}\n");
        let request = desk.saving(ABSTRACT, &text, None);
        hang_up_after(&desk.browser, request, round * 150);
        eventually("what the journal has is what is read", || {
            let stored = server.count(stored);
            i64::try_from(desk.read(ABSTRACT).1) == Ok(stored)
        });
    }
    let (text, version) = desk.read(ABSTRACT);
    assert_eq!(desk.at_version(ABSTRACT, version), text);
    desk.file_holds(&server, ABSTRACT, &text);
}

#[test]
fn a_sign_up_whose_sender_hung_up_is_made_or_not_made() {
    let server = Launch::new().pool(10).start();
    at_once(10, |number| {
        let desk = server.visitor();
        let text = format!("work of visitor {number}\n");
        desk.write(ABSTRACT, &text);
        let name = format!("name-{number}");
        let body = json!({ "username": name, "password": PASSWORD }).to_string();
        let request = Request::new("POST", "/auth/signup/").body("application/json", body);
        hang_up_after(&desk.browser, request, number as u64 * 8000);
        // Done with it, or hung up on before it began.
        within(Duration::from_secs(2), || {
            server
                .log()
                .contains(&format!("signed up username=\"{name}\""))
        });
        let made = server.count(&format!(
            "SELECT count(*) FROM users WHERE username = '{name}'"
        ));
        // The browser never got the new cookies; the old ones are those of whoever it is now.
        let mut browser = desk.browser.clone();
        if browser.get("/writer/api/session/").status != 200 {
            assert_eq!(made, 1);
            browser = server.browser();
            browser.get("/auth/login/").expect(200);
            browser.log_in(&name).expect(200);
        }
        let session = browser.session();
        let expected = if made == 1 { "member" } else { "visitor" };
        assert_eq!(session["kind"], expected, "{name}");
        assert_eq!(session["project_id"].as_i64(), Some(desk.project));
        let desk = browser.desk();
        assert_eq!(desk.text(ABSTRACT), text);
        desk.file_holds(&server, ABSTRACT, &text);
        if made == 0 {
            desk.browser.sign_up(&name).expect(200);
        }
    });
    eventually("all slots are free again, and no move is half done", || {
        let status = server.browser().get("/writer/api/pool/status/").json();
        status["free"] == status["total"] && server.count("SELECT count(*) FROM transfers") == 0
    });
}

#[test]
fn a_returning_visitor_who_hung_up_gets_the_work_the_next_time() {
    let server = Launch::new().pool(8).start();
    let desks = at_once(8, |number| {
        let desk = server.visitor();
        desk.write(ABSTRACT, &format!("work of visitor {number}\n"));
        desk
    });
    server.advance(Duration::from_hours(25));
    eventually("all slots are free again", || {
        let status = server.browser().get("/writer/api/pool/status/").json();
        status["free"] == status["total"]
    });
    at_once(8, |number| {
        let (desk, text) = (&desks[number], format!("work of visitor {number}\n"));
        let visit = Request::new("GET", "/writer/").header("Accept", "text/html");
        hang_up_after(&desk.browser, visit, number as u64 * 250);
        desk.browser.get("/writer/").expect(200);
        let session = desk.browser.session();
        assert_eq!(session["project_id"].as_i64(), Some(desk.project));
        assert_eq!(desk.text(ABSTRACT), text);
        desk.file_holds(&server, ABSTRACT, &text);
    });
    eventually("no move is left half done", || {
        server.count("SELECT count(*) FROM transfers") == 0
    });
}

#[test]
fn a_first_visit_that_hung_up_costs_at_most_its_slot() {
    let server = Launch::new().pool(8).start();
    for round in 0..8 {
        let visit = Request::new("GET", "/writer/").header("Accept", "text/html");
        hang_up_after(&server.browser(), visit, round * 100);
    }
    within(Duration::from_millis(50), || false);
    server.cli(&["pool", "reset", "--yes"]).ok();
    for _ in 0..8 {
        server.visitor().write(ABSTRACT, "works\n");
    }
}

#[test]
fn a_section_whose_renaming_was_hung_up_on_is_there_under_one_name() {
    let server = Server::start();
    let desk = server.visitor();
    let (mut from, mut to) = ("results", "findings");
    for round in 0..16 {
        let text = format!("round {round}\n");
        desk.write(&format!("manuscript/{from}"), &text);
        let change = json!({ "name": to, "position": 0 }).to_string();
        let request = Request::new("PATCH", &desk.section(&format!("manuscript/{from}")))
            .body("application/json", change);
        hang_up_after(&desk.browser, request, round * 250);
        let mut named = Vec::new();
        eventually("it is there under one name, with its text", || {
            let outline = desk.outline("manuscript");
            named = [from, to]
                .into_iter()
                .filter(|name| outline.iter().any(|known| known == name))
                .collect();
            let [name] = named[..] else {
                return false;
            };
            let answer = desk.get(&format!("manuscript/{name}"));
            answer.status == 200 && answer.json()["content"] == text
        });
        if named[0] == to {
            std::mem::swap(&mut from, &mut to);
        }
    }
}

#[test]
fn a_first_log_in_that_was_hung_up_on_leaves_an_account_that_works() {
    let server = Launch::new().pool(0).start();
    at_once(6, |number| {
        let name = format!("alice-{number}");
        let add = ["user", "add", &name, "--password-stdin"];
        server.cli_with(&add, PASSWORD).ok();
        let browser = server.browser();
        browser.get("/auth/login/").expect(200);
        let body = json!({ "username": name, "password": PASSWORD }).to_string();
        let request = Request::new("POST", "/auth/login/").body("application/json", body);
        hang_up_after(&browser, request, number as u64 * 9000);
        browser.log_in(&name).expect(200);
        let desk = browser.desk();
        assert!(desk.text(ABSTRACT).contains("\\begin{abstract}"));
        desk.write(ABSTRACT, "works\n");
    });
}
