//! `pool reset` while a server runs: every visitor's workspace is gone, nothing late reaches the next tenant, and
//! members notice nothing.

use std::fs;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use crate::harness::{ABSTRACT, Desk, Launch, Server, eventually, steadily};

/// A slot's tenant is new: the template, and a history of one version.
#[track_caller]
fn is_fresh(desk: &Desk, template: &str) {
    let (text, version) = desk.read(ABSTRACT);
    assert_eq!((text.as_str(), version), (template, 1));
    assert_eq!(desk.history(ABSTRACT).len(), 1);
}

#[test]
fn reset_asks_and_without_a_terminal_it_refuses() {
    let server = Server::start();
    let desk = server.visitor();
    desk.write(ABSTRACT, "still there\n");
    server.cli(&["pool", "reset"]).failed(1, "--yes");
    server
        .cli_with(&["pool", "reset"], "yes\n")
        .failed(1, "--yes");
    assert_eq!(desk.text(ABSTRACT), "still there\n");
}

#[test]
fn reset_frees_and_wipes_all_slots_and_leaves_members_alone() {
    let server = Server::start();
    let member = server.member("alice");
    member.write(ABSTRACT, "a member's\n");
    member.file_holds(&server, ABSTRACT, "a member's\n");
    let visitor = server.visitor();
    let template = visitor.text(ABSTRACT);
    visitor.write(ABSTRACT, "a visitor's\n");
    visitor.file_holds(&server, ABSTRACT, "a visitor's\n");
    let slot = visitor.browser.session()["username"]
        .as_str()
        .unwrap()
        .to_owned();

    let ran = server.cli(&["pool", "reset", "--yes"]).ok();
    assert!(ran.stdout.contains("all 4 slots"), "{}", ran.stdout);
    let status = server.cli(&["pool", "status"]).ok().stdout;
    assert!(
        status.ends_with("Total slots: 4\nAllocated: 0\nFree: 4\nExpired: 0\n"),
        "{status}"
    );
    let file = format!("{slot}/default-project/scitex/writer/sections/manuscript/abstract.tex");
    assert_eq!(fs::read_to_string(server.data(&file)).unwrap(), template);
    eventually("the server has heard of it", || {
        visitor.get(ABSTRACT).status == 401
    });
    visitor.get(ABSTRACT).refused(401, "lease_expired");
    visitor
        .save(ABSTRACT, "late", None)
        .refused(401, "lease_expired");
    assert_eq!(member.text(ABSTRACT), "a member's\n");
    for _ in 0..4 {
        is_fresh(&server.visitor(), &template);
    }
}

#[test]
fn late_writes_of_an_open_room_never_reach_the_next_tenant() {
    let server = Launch::new().pool(1).start();
    let old = server.visitor();
    let template = old.text(ABSTRACT);
    let file = old.section_file(&server, ABSTRACT);
    // The file follows half a second later; the reset comes first.
    old.write(ABSTRACT, "unflushed\n");
    server.cli(&["pool", "reset", "--yes"]).ok();
    let new = server.visitor();
    steadily(
        "the new tenant's file is the template",
        Duration::from_millis(2500),
        || fs::read_to_string(&file).unwrap() == template,
    );
    is_fresh(&new, &template);
    new.write(ABSTRACT, "the new tenant's\n");
    new.file_holds(&server, ABSTRACT, "the new tenant's\n");
    assert_eq!(
        fs::read_dir(server.data(".scitex-writer/trash"))
            .unwrap()
            .count(),
        0,
        "what was wiped is gone from the disk"
    );
    server.is_at_rest();
}

#[test]
fn resets_under_a_stream_of_saves_succeed_and_leave_clean_slots() {
    let server = Launch::new().pool(3).start();
    let template = server.visitor().text(ABSTRACT);
    let done = AtomicBool::new(false);
    std::thread::scope(|scope| {
        for number in 0..3 {
            let (server, done) = (&server, &done);
            scope.spawn(move || {
                let browser = server.browser();
                while !done.load(Ordering::Relaxed) {
                    if browser.get("/writer/").status != 200 {
                        continue;
                    }
                    let session = browser.get("/writer/api/session/");
                    let Some(project) = session.json()["project_id"].as_i64() else {
                        continue;
                    };
                    let desk = Desk {
                        browser: browser.clone(),
                        project,
                    };
                    for round in 0..20 {
                        let text = format!("writer {number}, round {round}\n");
                        let status = desk.save(ABSTRACT, &text, None).status;
                        assert!(matches!(status, 200 | 401 | 404), "{status}");
                    }
                }
            });
        }
        let resets: Vec<_> = (0..8)
            .map(|_| server.cli(&["pool", "reset", "--yes"]))
            .collect();
        done.store(true, Ordering::Relaxed);
        for reset in resets {
            reset.ok();
        }
    });
    server.cli(&["pool", "reset", "--yes"]).ok();
    for _ in 0..3 {
        is_fresh(&server.visitor(), &template);
    }
    let status = server.cli(&["pool", "status"]).ok().stdout;
    assert!(
        status.contains("Allocated: 3\nFree: 0\nExpired: 0\n"),
        "{status}"
    );
    server.is_at_rest();
}

#[test]
fn two_resets_at_once_both_succeed() {
    let server = Launch::new().pool(16).start();
    for _ in 0..8 {
        server.visitor().write(ABSTRACT, "soon gone\n");
    }
    std::thread::scope(|scope| {
        for _ in 0..4 {
            scope.spawn(|| server.cli(&["pool", "reset", "--yes"]).ok());
        }
    });
    let status = server.cli(&["pool", "status"]).ok().stdout;
    assert!(
        status.contains("Allocated: 0\nFree: 16\nExpired: 0\n"),
        "{status}"
    );
}

#[test]
fn wiping_a_slot_does_not_follow_links_out_of_it() {
    let server = Launch::new().pool(1).start();
    let outside = server.launch.outside().join("outside");
    fs::create_dir(&outside).unwrap();
    fs::write(outside.join("precious.txt"), "not yours").unwrap();
    let desk = server.visitor();
    std::os::unix::fs::symlink(&outside, desk.file(&server, "figures/link")).unwrap();
    server.cli(&["pool", "reset", "--yes"]).ok();
    assert_eq!(
        fs::read_to_string(outside.join("precious.txt")).unwrap(),
        "not yours"
    );
    assert!(
        !server
            .data("visitor-001/default-project/scitex/writer/figures/link")
            .exists()
    );
}
