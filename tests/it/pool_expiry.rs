//! A lease that runs out: edited work is parked and comes back to whoever it belongs to; the slot's next tenant finds
//! the fresh template and nothing else; the old cookie opens nothing any more.

use std::fs;
use std::time::Duration;

use serde_json::json;

use crate::harness::{ABSTRACT, Desk, Launch, Request, Server, at_once, eventually, within};

const DAY: Duration = Duration::from_hours(25);

/// Moves the clock beyond every lease, and waits until the pool has been tended.
fn let_leases_end(server: &Server) {
    server.advance(DAY);
    eventually("all slots are free again", || {
        let status = server.browser().get("/writer/api/pool/status/").json();
        status["free"] == status["total"]
    });
}

/// The server asks nobody: this is what the only slot's directory holds.
fn slot_is_fresh(server: &Server) {
    let fresh = Launch::new().pool(1).start();
    let read = |server: &Server| {
        let mut files = Vec::new();
        list(&server.data("visitor-001"), &mut files);
        files.sort();
        files
            .into_iter()
            .map(|file| {
                let bytes = fs::read(&file).unwrap();
                (
                    file.strip_prefix(server.data("")).unwrap().to_owned(),
                    bytes,
                )
            })
            .collect::<Vec<_>>()
    };
    assert_eq!(read(server), read(&fresh));
}

fn list(directory: &std::path::Path, files: &mut Vec<std::path::PathBuf>) {
    for entry in fs::read_dir(directory).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            list(&path, files);
        } else {
            files.push(path);
        }
    }
}

#[test]
fn edited_work_is_parked_and_the_next_tenant_finds_the_template() {
    let server = Launch::new().pool(1).start();
    let desk = server.visitor();
    let template = desk.text(ABSTRACT);
    desk.write(ABSTRACT, "the first visitor's secret\n");
    desk.write(ABSTRACT, "the first visitor's second secret\n");
    desk.file_holds(&server, ABSTRACT, "the first visitor's second secret\n");
    let_leases_end(&server);

    let parked = server.data(&format!(".scitex-writer/parked/{}", desk.project));
    let file = parked.join("scitex/writer/sections/manuscript/abstract.tex");
    assert_eq!(
        fs::read_to_string(file).unwrap(),
        "the first visitor's second secret\n"
    );
    slot_is_fresh(&server);

    let next = server.visitor();
    assert_eq!(next.browser.session()["username"], "visitor-001");
    assert_ne!(next.project, desk.project);
    assert_eq!(next.read(ABSTRACT), (template, 1));
    let history = next.history(ABSTRACT);
    assert_eq!(history.len(), 1);
    assert_eq!(history[0]["by"], "template");
}

#[test]
fn a_visitor_who_comes_back_gets_the_parked_work_with_the_same_project_id() {
    let server = Launch::new().pool(2).start();
    let desk = server.visitor();
    desk.write(ABSTRACT, "one\n");
    desk.write(ABSTRACT, "two\n");
    desk.add("manuscript", "conclusion").expect(201);
    let_leases_end(&server);

    desk.browser
        .get(&format!("/writer/project/{}/", desk.project))
        .expect(200);
    assert_eq!(
        desk.browser.session()["project_id"].as_i64(),
        Some(desk.project)
    );
    assert_eq!(desk.text(ABSTRACT), "two\n");
    assert!(desk.past_texts(ABSTRACT).contains(&"one\n".to_owned()));
    assert!(
        desk.outline("manuscript")
            .contains(&"conclusion".to_owned())
    );
    desk.write(ABSTRACT, "three\n");
    desk.file_holds(&server, ABSTRACT, "three\n");
    assert!(
        !server
            .data(&format!(".scitex-writer/parked/{}", desk.project))
            .exists()
    );
}

#[test]
fn an_untouched_workspace_is_given_back_and_nothing_is_parked() {
    let server = Launch::new().pool(1).start();
    let desk = server.visitor();
    desk.read(ABSTRACT);
    let_leases_end(&server);
    assert_eq!(
        fs::read_dir(server.data(".scitex-writer/parked"))
            .unwrap()
            .count(),
        0
    );
    slot_is_fresh(&server);
    desk.browser.get("/writer/").expect(200);
    assert_ne!(
        desk.browser.session()["project_id"].as_i64(),
        Some(desk.project)
    );
}

#[test]
fn what_was_only_changed_on_the_disk_is_not_thrown_away() {
    let server = Launch::new().pool(1).start();
    let desk = server.visitor();
    fs::write(desk.file(&server, "figures/plot.txt"), "measured for weeks").unwrap();
    fs::write(desk.section_file(&server, ABSTRACT), "written in vim\n").unwrap();
    let_leases_end(&server);
    let parked = server.data(&format!(".scitex-writer/parked/{}", desk.project));
    assert!(
        parked.join("scitex/writer/figures/plot.txt").exists(),
        "files that a program put into the workspace were deleted with it"
    );
    desk.browser.get("/writer/").expect(200);
    assert_eq!(desk.text(ABSTRACT), "written in vim\n");
}

#[test]
fn unflushed_edits_are_in_the_parked_file() {
    let server = Launch::new().pool(1).start();
    let desk = server.visitor();
    desk.write(ABSTRACT, "typed a moment before the lease ended\n");
    let_leases_end(&server);
    let file = server.data(&format!(
        ".scitex-writer/parked/{}/scitex/writer/sections/manuscript/abstract.tex",
        desk.project
    ));
    eventually("the parked file follows the journal", || {
        fs::read_to_string(&file).is_ok_and(|text| text.starts_with("typed a moment"))
    });
    slot_is_fresh(&server);
}

#[test]
fn the_old_cookie_opens_nothing_and_never_shows_the_new_tenant() {
    let server = Launch::new().pool(1).start();
    let old = server.visitor();
    old.write(ABSTRACT, "old tenant\n");
    let_leases_end(&server);
    let new = server.visitor();
    new.write(ABSTRACT, "new tenant\n");

    for project in [old.project, new.project] {
        let old = Desk {
            browser: old.browser.clone(),
            project,
        };
        for (method, path, body) in routes(&old) {
            let answer = match body {
                Some(body) => old.browser.json(method, &path, &body),
                None => old.browser.get(&path),
            };
            assert!(!answer.text().contains("new tenant"), "{method} {path}");
            answer.refused(401, "lease_expired");
        }
    }
    let session = old.browser.get("/writer/api/session/");
    session.refused(401, "lease_expired");
    old.browser
        .get(&format!("/writer/project/{}/", new.project))
        .expect(404);
    assert_eq!(new.text(ABSTRACT), "new tenant\n");
    assert_eq!(new.history(ABSTRACT).len(), 2);
}

/// Every route with a project.
fn routes(desk: &Desk) -> Vec<(&'static str, String, Option<serde_json::Value>)> {
    let section = desk.section(ABSTRACT);
    vec![
        ("GET", desk.api("sections/"), None),
        ("GET", section.clone(), None),
        (
            "GET",
            desk.api(&format!("history/?section={ABSTRACT}")),
            None,
        ),
        (
            "GET",
            desk.api(&format!("history/1/?section={ABSTRACT}")),
            None,
        ),
        ("PUT", section.clone(), Some(json!({ "content": "late" }))),
        ("POST", section.clone(), Some(json!({ "content": "late" }))),
        ("PATCH", section.clone(), Some(json!({ "included": false }))),
        ("DELETE", section, Some(json!({}))),
        (
            "POST",
            desk.api("sections/"),
            Some(json!({ "document": "manuscript", "name": "late" })),
        ),
        (
            "POST",
            desk.api("save-sections/"),
            Some(json!({ "sections": { ABSTRACT: "late" } })),
        ),
        (
            "POST",
            desk.api("history/1/restore/"),
            Some(json!({ "section": ABSTRACT })),
        ),
    ]
}

#[test]
fn work_comes_back_even_if_its_owner_returns_in_the_instant_the_lease_ends() {
    let server = Launch::new().pool(2).start();
    for round in 0..10 {
        let desk = server.visitor();
        let text = format!("work of round {round}\n");
        desk.write(ABSTRACT, &text);
        server.advance(DAY);
        // The background task has not looked at the clock yet, or is just moving the project.
        desk.browser.get("/writer/").expect(200);
        let session = desk.browser.session();
        assert_eq!(
            session["project_id"].as_i64(),
            Some(desk.project),
            "round {round}: the visitor came back to another project"
        );
        assert_eq!(desk.text(ABSTRACT), text);
        let_leases_end(&server);
    }
}

#[test]
fn work_is_carried_over_by_a_sign_up_during_which_the_lease_ends() {
    let server = Launch::new().pool(2).start();
    for round in 0..8 {
        let desk = server.visitor();
        desk.write(ABSTRACT, "about to sign up\n");
        let name = format!("late-{round}");
        // Hashing the password takes some time; the lease ends at different moments of it.
        let account = std::thread::scope(|scope| {
            let account = scope.spawn(|| desk.browser.sign_up(&name).expect(200).json());
            within(Duration::from_millis(12 * round), || false);
            server.advance(DAY);
            account.join().unwrap()
        });
        assert_eq!(
            account["project_id"].as_i64(),
            Some(desk.project),
            "round {round}"
        );
        assert_eq!(desk.text(ABSTRACT), "about to sign up\n");
        let_leases_end(&server);
    }
}

#[test]
fn tabs_that_are_restored_together_share_one_slot_and_the_parked_work() {
    let server = Launch::new().pool(4).start();
    for round in 0..5 {
        let desk = server.visitor();
        desk.write(ABSTRACT, "in several tabs\n");
        let_leases_end(&server);
        let answers = at_once(4, |_| {
            let request = Request::new("GET", "/writer/").header("Accept", "text/html");
            desk.browser.send(request).status
        });
        assert_eq!(answers, [200; 4], "round {round}");
        let session = desk.browser.session();
        assert_eq!(
            session["project_id"].as_i64(),
            Some(desk.project),
            "round {round}: the tabs ended at another project than the parked one"
        );
        assert_eq!(desk.text(ABSTRACT), "in several tabs\n");
        let held = "SELECT count(*) FROM visitor_allocations WHERE released_at IS NULL";
        assert_eq!(
            server.count(held),
            1,
            "round {round}: one browser, one slot"
        );
        let_leases_end(&server);
    }
}

#[test]
fn a_lapsed_visitor_finds_a_full_pool_full_and_the_work_later() {
    let server = Launch::new().pool(1).start();
    let desk = server.visitor();
    desk.write(ABSTRACT, "waits\n");
    let_leases_end(&server);
    server.visitor();
    desk.browser.get("/writer/").expect(503);
    let_leases_end(&server);
    desk.browser.get("/writer/").expect(200);
    assert_eq!(desk.read(ABSTRACT).0, "waits\n");
}

#[test]
fn a_lapsed_visitor_who_signs_up_takes_the_parked_work_along() {
    let server = Launch::new().pool(1).start();
    let desk = server.visitor();
    desk.write(ABSTRACT, "parked, then signed up\n");
    let_leases_end(&server);
    let account = desk.browser.sign_up("alice").expect(200).json();
    assert_eq!(account["project_id"].as_i64(), Some(desk.project));
    assert_eq!(desk.text(ABSTRACT), "parked, then signed up\n");
    let file = desk.section_file(&server, ABSTRACT);
    assert!(file.starts_with(server.data("alice/default-project/scitex/writer")));
    desk.file_holds(&server, ABSTRACT, "parked, then signed up\n");
}

#[test]
fn parking_that_failed_is_tried_again_without_a_restart() {
    let server = Launch::new().pool(1).start();
    let desk = server.visitor();
    desk.write(ABSTRACT, "hard to park\n");
    desk.file_holds(&server, ABSTRACT, "hard to park\n");
    // Something that is no directory stands where parked work goes.
    let parked = server.data(".scitex-writer/parked");
    fs::remove_dir(&parked).unwrap();
    fs::write(&parked, "").unwrap();
    server.advance(DAY);
    eventually("the failure is in the log", || {
        server.log().contains("could not be tended")
    });
    fs::remove_file(&parked).unwrap();
    fs::create_dir(&parked).unwrap();
    let_leases_end(&server);
    desk.browser.get("/writer/").expect(200);
    assert_eq!(desk.text(ABSTRACT), "hard to park\n");
}

#[test]
fn a_parked_project_whose_directory_was_lost_comes_back_from_the_journal() {
    let server = Launch::new().pool(1).start();
    let desk = server.visitor();
    desk.write(ABSTRACT, "still in the journal\n");
    let_leases_end(&server);
    let parked = server.data(&format!(".scitex-writer/parked/{}", desk.project));
    fs::remove_dir_all(parked).unwrap();
    desk.browser.get("/writer/").expect(200);
    assert_eq!(
        desk.browser.session()["project_id"].as_i64(),
        Some(desk.project)
    );
    assert_eq!(desk.text(ABSTRACT), "still in the journal\n");
    desk.file_holds(&server, ABSTRACT, "still in the journal\n");
}

#[test]
fn a_workspace_that_cannot_be_read_does_not_hold_up_the_others() {
    let server = Launch::new().pool(3).start();
    let broken = server.visitor();
    let other = server.visitor();
    broken.write(ABSTRACT, "in a broken place\n");
    other.write(ABSTRACT, "in a good place\n");
    let place = server.data("visitor-001/default-project");
    fs::rename(&place, server.data("aside")).unwrap();
    fs::write(&place, "no directory").unwrap();
    server.advance(DAY);
    eventually("the other slot is free again", || {
        server.count("SELECT count(*) FROM visitor_slots WHERE number = 2 AND state = 'free'") == 1
    });
    other.browser.get("/writer/").expect(200);
    assert_eq!(other.text(ABSTRACT), "in a good place\n");
    server.visitor().write(ABSTRACT, "and new ones come in\n");
}
