//! `pool init`, `pool status`: repeated, repairing, growing, shrinking, also while a server runs.

use std::fs;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use serde_json::{Value, json};

use crate::harness::{ABSTRACT, Launch, Server, at_once, run, run_with, scratch};

fn status(server: &Server) -> String {
    server.cli(&["pool", "status"]).ok().stdout
}

fn expected(total: u32, allocated: u32, free: u32, expired: u32) -> String {
    format!(
        "=== Visitor Pool Status ===\nTotal slots: {total}\nAllocated: {allocated}\nFree: {free}\nExpired: {expired}\n"
    )
}

#[test]
fn status_is_printed_as_the_design_has_it() {
    let server = Server::start();
    assert_eq!(status(&server), expected(4, 0, 4, 0));
    server.visitor();
    assert_eq!(status(&server), expected(4, 1, 3, 0));
    let json = server.cli(&["pool", "status", "--json"]).ok().stdout;
    assert_eq!(
        serde_json::from_str::<Value>(&json).unwrap(),
        json!({ "total": 4, "allocated": 1, "free": 3, "expired": 0 })
    );
}

#[test]
fn status_of_a_directory_without_data_is_a_sentence_and_makes_nothing() {
    let scratch = scratch();
    let nowhere = scratch.path().join("nowhere");
    let path = nowhere.to_str().unwrap();
    run(&["--data", path, "pool", "status"]).failed(1, "there is no data directory");
    run(&["--data", path, "pool", "reset", "--yes"]).failed(1, "there is no data directory");
    assert!(!nowhere.exists());
}

#[test]
fn init_makes_32_slots_and_can_be_repeated() {
    let scratch = scratch();
    let data = scratch.path().join("data");
    let path = data.to_str().unwrap();
    run(&["--data", path, "pool", "init"]).ok();
    let again = run(&["--data", path, "pool", "init"]).ok();
    assert!(
        again
            .stdout
            .contains("32 slots (0 added, 0 repaired, 0 removed)")
    );
    let ran = run(&["--data", path, "pool", "status"]).ok();
    assert_eq!(ran.stdout, expected(32, 0, 32, 0));
    for number in 1..=32 {
        let master = format!("visitor-{number:03}/default-project/scitex/writer/manuscript.tex");
        assert!(data.join(master).is_file());
    }
}

#[test]
fn init_without_a_size_never_shrinks_and_zero_needs_shrink() {
    let server = Launch::new().pool(2).start();
    server.cli(&["pool", "init", "--size", "1"]).ok();
    assert_eq!(status(&server), expected(2, 0, 2, 0));
    server
        .cli(&["pool", "init", "--size", "0"])
        .failed(1, "at least 1");
    server
        .cli(&["pool", "init", "--size", "99999"])
        .failed(1, "too large");
    server
        .cli(&["pool", "init", "--size", "-1"])
        .failed(2, "-1");
}

#[test]
fn a_free_slot_whose_files_were_deleted_is_repaired() {
    let server = Server::start();
    fs::remove_dir_all(server.data("visitor-001")).unwrap();
    let lost = "visitor-002/default-project/scitex/writer/sections/manuscript/abstract.tex";
    fs::remove_file(server.data(lost)).unwrap();
    let repaired = server.cli(&["pool", "init", "--size", "4"]).ok();
    assert!(
        repaired.stdout.contains("(0 added, 2 repaired, 0 removed)"),
        "{}",
        repaired.stdout
    );
    assert!(server.data(lost).is_file());
    for _ in 0..4 {
        let desk = server.visitor();
        assert!(desk.text(ABSTRACT).contains("\\begin{abstract}"));
        desk.write(ABSTRACT, "works\n");
        desk.file_holds(&server, ABSTRACT, "works\n");
    }
}

#[test]
fn a_held_slot_whose_directory_was_deleted_is_put_back_with_the_journals_text() {
    let server = Server::start();
    let desk = server.visitor();
    desk.write(ABSTRACT, "in the journal\n");
    desk.file_holds(&server, ABSTRACT, "in the journal\n");
    fs::remove_dir_all(server.data("visitor-001")).unwrap();
    server.cli(&["pool", "init", "--size", "4"]).ok();
    assert_eq!(desk.text(ABSTRACT), "in the journal\n");
    desk.write(ABSTRACT, "and on\n");
    desk.file_holds(&server, ABSTRACT, "and on\n");
}

#[test]
fn a_pool_grown_while_serving_gives_out_the_new_slots() {
    let server = Server::start();
    for _ in 0..4 {
        server.visitor();
    }
    server.browser().get("/writer/").expect(503);
    let grown = server.cli(&["pool", "init", "--size", "8"]).ok();
    assert!(
        grown.stdout.contains("8 slots (4 added"),
        "{}",
        grown.stdout
    );
    let desk = server.visitor();
    assert_eq!(desk.browser.session()["username"], "visitor-005");
    desk.write(ABSTRACT, "in a new slot\n");
    desk.file_holds(&server, ABSTRACT, "in a new slot\n");
    assert_eq!(status(&server), expected(8, 5, 3, 0));
}

#[test]
fn shrinking_takes_free_slots_only() {
    let server = Server::start();
    let desks: Vec<_> = (0..2).map(|_| server.visitor()).collect();
    desks[1].write(ABSTRACT, "in use\n");
    let shrunk = server
        .cli(&["pool", "init", "--size", "1", "--shrink"])
        .ok();
    assert!(shrunk.stdout.contains("2 removed"), "{}", shrunk.stdout);
    assert!(shrunk.stdout.contains("in use"), "{}", shrunk.stdout);
    assert_eq!(status(&server), expected(2, 2, 0, 0));
    assert_eq!(desks[1].text(ABSTRACT), "in use\n");
    assert!(!server.data("visitor-003").exists());
    assert!(!server.data("visitor-004").exists());
    server.cli(&["pool", "init", "--size", "3"]).ok();
    assert_eq!(
        server.visitor().browser.session()["username"],
        "visitor-003"
    );
}

#[test]
fn repairing_does_not_pull_a_slot_from_under_whoever_just_got_it() {
    let server = Launch::new().pool(300).start();
    for number in 1..=300 {
        let lost = format!("visitor-{number:03}/default-project/scitex/writer/revision.tex");
        fs::remove_file(server.data(&lost)).unwrap();
    }
    let done = AtomicBool::new(false);
    let desks = at_once(4, |number| {
        let mut desks = Vec::new();
        if number == 0 {
            let repaired = server.cli(&["pool", "init", "--size", "300"]);
            done.store(true, Ordering::Relaxed);
            repaired.ok();
        }
        while !done.load(Ordering::Relaxed) {
            let browser = server.browser();
            if browser.get("/writer/").status == 200 {
                let desk = browser.desk();
                desk.save(ABSTRACT, "mine\n", None).expect(200);
                desks.push(desk);
            }
        }
        desks
    });
    for desk in desks.into_iter().flatten() {
        assert_eq!(desk.text(ABSTRACT), "mine\n");
    }
}

#[test]
fn two_inits_and_a_first_start_at_once_make_one_pool() {
    let launch = Launch::new().pool(16);
    let data = launch.data_path().to_str().unwrap().to_owned();
    std::thread::scope(|scope| {
        for _ in 0..3 {
            scope.spawn(|| run(&["--data", &data, "pool", "init", "--size", "16"]).ok());
        }
    });
    let server = launch.start();
    assert_eq!(status(&server), expected(16, 0, 16, 0));
    assert_eq!(
        server.count("SELECT count(*) FROM projects"),
        16,
        "no project without a slot"
    );
}

#[test]
fn a_second_server_on_the_same_data_is_refused() {
    let server = Server::start();
    let again = server.launch.arguments();
    let again: Vec<&str> = again.iter().map(String::as_str).collect();
    let ran = run(&again).failed(1, "another scitex-writer");
    assert_eq!(ran.stderr.trim().lines().count(), 1, "{}", ran.stderr);
    server.visitor();
}

#[test]
fn the_pool_size_of_a_later_start_changes_nothing() {
    let mut server = Server::start();
    server.start_again_with(|launch| launch.pool(9));
    assert_eq!(status(&server), expected(4, 0, 4, 0));
}

#[test]
fn the_commands_take_the_data_directory_from_the_environment() {
    let server = Server::start();
    let data = server.launch.data_path().to_str().unwrap().to_owned();
    let ran = run_with(&["pool", "status"], &[("SCITEX_WRITER_DATA", &data)], "");
    assert_eq!(ran.ok().stdout, expected(4, 0, 4, 0));
}

#[test]
fn leases_that_ended_while_no_server_ran_count_as_expired_until_one_runs() {
    let two_hours = Duration::from_hours(2);
    let launch = Launch::new().behind(two_hours);
    let mut server = launch.arg("--lease", "1h").start();
    let desk = server.visitor();
    desk.write(ABSTRACT, "kept\n");
    server.stop();
    assert_eq!(status(&server), expected(4, 0, 3, 1));
    server.advance(two_hours);
    server.start_again();
    assert_eq!(status(&server), expected(4, 0, 4, 0));
    desk.browser.get("/writer/").expect(200);
    assert_eq!(desk.text(ABSTRACT), "kept\n");
}

#[test]
fn accounts_made_while_the_pool_is_being_made_have_whole_projects() {
    let server = Launch::new().pool(0).start();
    let done = AtomicBool::new(false);
    let desks = at_once(5, |number| {
        let mut desks = Vec::new();
        if number < 3 {
            let ran = [(); 20].map(|()| server.cli(&["pool", "init", "--size", "1"]));
            done.store(true, Ordering::Relaxed);
            for ran in ran {
                ran.ok();
            }
            return desks;
        }
        while !done.load(Ordering::Relaxed) {
            let browser = server.browser();
            browser.get("/auth/signup/").expect(200);
            let name = format!("member-{number}-{}", desks.len());
            let answer = browser.sign_up(&name);
            assert_eq!(answer.status, 200, "{}", answer.text());
            desks.push(browser.desk());
        }
        desks
    });
    let fresh = server.visitor();
    for desk in desks.into_iter().flatten() {
        assert_eq!(desk.outline("revision").len(), 5);
        assert_eq!(desk.text(ABSTRACT), fresh.text(ABSTRACT));
    }
}
