//! The bin: what is thrown away can be taken back for thirty days.

use std::fs;
use std::time::Duration;

use serde_json::json;

use crate::harness::{ABSTRACT, Answer, Desk, Launch, Server, eventually, steadily};

const DAY: Duration = Duration::from_hours(24);

fn restore(desk: &Desk) -> Answer {
    desk.browser.post(&desk.api("restore/"), &json!({}))
}

#[test]
fn what_is_thrown_away_can_be_taken_back_with_history_and_people() {
    let server = Server::start();
    let (alice, [bob]) = server.team("alice", [("bob", "editor")]);
    bob.write(ABSTRACT, "one\n");
    bob.write(ABSTRACT, "two\n");
    let binned = alice.remove("").expect(200).json();
    let bin = alice.shelves()["bin"][0].clone();
    assert_eq!(bin["id"].as_i64(), Some(alice.project));
    assert_eq!(bin["name"], "default-project");
    assert_eq!(bin["kept_until"], binned["kept_until"]);
    assert!(bin["deleted_at"].as_str().unwrap() < bin["kept_until"].as_str().unwrap());
    assert!(alice.shelf("projects").is_empty());
    assert_eq!(bob.shelf("projects"), ["default-project"]);
    assert!(bob.shelf("bin").is_empty());
    assert!(!server.data("alice/default-project").exists());
    bob.save(ABSTRACT, "three\n", None)
        .refused(404, "project_not_found");
    restore(&bob).refused(404, "project_not_found");
    alice.remove("").refused(404, "project_not_found");

    let back = restore(&alice).expect(200).json();
    assert_eq!(back["project"]["name"], "default-project");
    assert_eq!(back["project"]["people"], 2);
    assert_eq!(bob.text(ABSTRACT), "two\n");
    bob.write(ABSTRACT, "three\n");
    assert!(bob.past_texts(ABSTRACT).contains(&"one\n".to_owned()));
    alice.file_holds(&server, ABSTRACT, "three\n");
    restore(&alice).refused(404, "project_not_found");
    assert!(alice.shelf("bin").is_empty());
}

#[test]
fn a_name_that_was_given_away_meanwhile_becomes_the_next_free_one() {
    let server = Server::start();
    let alice = server.member("alice");
    let first = alice.create("Grant");
    first.write(ABSTRACT, "the first\n");
    first.remove("").expect(200);
    let second = alice.create("Grant");
    second.write(ABSTRACT, "the second\n");
    fs::create_dir(server.data("alice/Grant-2")).unwrap();
    let back = restore(&first).expect(200).json();
    assert_eq!(back["project"]["name"], "Grant-3");
    assert_eq!(first.text(ABSTRACT), "the first\n");
    assert_eq!(second.text(ABSTRACT), "the second\n");
    assert_eq!(
        fs::read_dir(server.data("alice/Grant-2")).unwrap().count(),
        0
    );
}

#[test]
fn whoever_throws_the_last_one_away_gets_a_new_one_to_write_in() {
    let server = Server::start();
    let alice = server.member("alice");
    alice.remove("").expect(200);
    alice.browser.get("/writer/").expect(200);
    let session = alice.browser.session();
    assert_ne!(session["project_id"].as_i64(), Some(alice.project));
    assert_eq!(session["role"], "owner");
}

#[test]
fn after_thirty_days_in_the_bin_it_is_deleted_and_the_log_says_so() {
    let server = Server::start();
    let alice = server.member("alice");
    let grant = alice.create("Grant");
    grant.write(ABSTRACT, "will be gone\n");
    grant.remove("").expect(200);
    let parked = server.data(&format!(".scitex-writer/parked/{}", grant.project));
    assert!(parked.is_dir());
    server.advance(DAY * 29);
    assert_eq!(alice.shelf("bin"), ["Grant"]);
    // Her session lasts as long as she comes by.
    alice.write(ABSTRACT, "she works on\n");
    server.advance(Duration::from_mins(24 * 60 - 5));
    // It has been looked whether its time is over: it is looked every hour.
    steadily("it is there", Duration::from_millis(500), || {
        alice.shelf("bin") == ["Grant"] && parked.is_dir()
    });
    server.advance(Duration::from_hours(2));
    eventually("it is deleted", || {
        alice.shelf("bin").is_empty() && !parked.exists()
    });
    let line = format!(
        "deleted a project after 30 days in the bin project={}",
        grant.project
    );
    eventually("the log says so", || server.log().contains(&line));
    restore(&grant).refused(404, "project_not_found");
    for table in ["texts", "changes", "versions"] {
        let sql = format!(
            "SELECT count(*) FROM {table} WHERE project_id = {}",
            grant.project
        );
        assert_eq!(server.count(&sql), 0, "{table}");
    }
    assert_eq!(alice.text(ABSTRACT), "she works on\n");
}

#[test]
fn a_link_into_the_bin_leads_nowhere_and_costs_no_slot() {
    let server = Launch::new().pool(1).start();
    let alice = server.member("alice");
    let (_, path) = alice.link("editor");
    alice.remove("").expect(200);
    for _ in 0..3 {
        server.browser().get(&path).expect(404);
    }
    let held = "SELECT count(*) FROM visitor_allocations WHERE released_at IS NULL";
    assert_eq!(server.count(held), 0);
    restore(&alice).expect(200);
    server.browser().join(&path);
}

#[test]
fn what_was_saved_until_the_last_moment_is_there_when_it_is_taken_back() {
    let server = Server::start();
    let (alice, [bob]) = server.team("alice", [("bob", "editor")]);
    bob.write(ABSTRACT, "before\n");
    let saved = std::thread::scope(|scope| {
        let saving = scope.spawn(|| {
            let mut saved = Vec::new();
            for round in 0.. {
                let text = format!("line {round}\n");
                let answer = bob.save(ABSTRACT, &text, None);
                if answer.status != 200 {
                    assert_eq!(answer.code(), "project_not_found", "{}", answer.text());
                    break;
                }
                saved.push(text);
            }
            saved
        });
        eventually("some are saved", || alice.read(ABSTRACT).1 > 10);
        alice.remove("").expect(200);
        saving.join().unwrap()
    });
    restore(&alice).expect(200);
    let past = bob.past_texts(ABSTRACT);
    assert!(saved.iter().all(|text| past.contains(text)));
    assert_eq!(&bob.text(ABSTRACT), saved.last().unwrap());
    alice.file_holds(&server, ABSTRACT, saved.last().unwrap());
}

#[test]
fn an_account_that_is_removed_leaves_what_was_in_its_bin() {
    let mut server = Server::start();
    let alice = server.member("alice");
    alice.write(ABSTRACT, "kept all the same\n");
    alice.remove("").expect(200);
    server.cli(&["user", "remove", "alice", "--yes"]).ok();
    let parked = server.data(&format!(".scitex-writer/parked/{}", alice.project));
    assert!(parked.is_dir());
    server.stop();
    server.start_again();
    // Whoever takes the name has an empty bin.
    let other = server.member("alice");
    assert!(other.shelf("bin").is_empty());
    restore(&other.on(alice.project)).refused(404, "project_not_found");
    assert!(parked.is_dir());
    assert_eq!(
        server.count("SELECT count(*) FROM pragma_foreign_key_check"),
        0
    );
}
