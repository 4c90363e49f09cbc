//! What the server remembers of who may do what is forgotten in the instant that it changes, whoever changes it.

use std::time::Duration;

use crate::harness::{ABSTRACT, Desk, Server, eventually};

/// A desk whose access has been asked for often enough to be remembered.
fn remembered(desk: &Desk) -> Desk {
    for _ in 0..3 {
        desk.read(ABSTRACT);
    }
    desk.clone()
}

#[test]
fn a_log_out_counts_at_once() {
    let server = Server::start();
    let desk = server.member("alice");
    let stale = remembered(&desk);
    desk.browser.form("/auth/logout/", &[]).expect(303);
    stale.get(ABSTRACT).refused(401, "session_expired");
    stale
        .save(ABSTRACT, "late", None)
        .refused(401, "session_expired");
}

#[test]
fn a_sign_up_ends_the_session_it_came_with_at_once() {
    let server = Server::start();
    let desk = server.visitor();
    let stale = remembered(&desk);
    desk.browser.sign_up("alice").expect(200);
    stale
        .save(ABSTRACT, "late", None)
        .refused(401, "session_expired");
    desk.write(ABSTRACT, "goes on\n");
    // Logged in elsewhere, and out again there: nothing changes here.
    let other = server.browser();
    other.get("/auth/login/").expect(200);
    other.log_in("alice").expect(200);
    other.form("/auth/logout/", &[]).expect(303);
    assert_eq!(desk.text(ABSTRACT), "goes on\n");
}

#[test]
fn the_end_of_a_lease_counts_at_once() {
    let server = Server::start();
    let desk = server.visitor();
    let stale = remembered(&desk);
    server.advance(Duration::from_hours(24));
    stale
        .save(ABSTRACT, "late", None)
        .refused(401, "lease_expired");
    stale.get(ABSTRACT).refused(401, "lease_expired");
}

#[test]
fn the_end_of_a_members_session_counts_at_once() {
    let server = Server::start();
    let desk = server.member("alice");
    let stale = remembered(&desk);
    server.advance(Duration::from_hours(24 * 31));
    stale
        .save(ABSTRACT, "late", None)
        .refused(401, "session_expired");
}

#[test]
fn a_members_session_lasts_as_long_as_it_is_used() {
    let server = Server::start();
    let desk = server.member("alice");
    for _ in 0..4 {
        server.advance(Duration::from_hours(24 * 20));
        desk.read(ABSTRACT);
    }
}

#[test]
fn what_other_processes_change_counts_within_a_moment() {
    let server = Server::start();
    let member = server.member("alice");
    let visitor = server.visitor();
    let (alice, guest) = (remembered(&member), remembered(&visitor));
    server.cli(&["pool", "reset", "--yes"]).ok();
    eventually("the reset is known", || guest.get(ABSTRACT).status == 401);
    alice.read(ABSTRACT);
    server.cli(&["user", "remove", "alice", "--yes"]).ok();
    eventually("the removal is known", || alice.get(ABSTRACT).status == 401);
    alice
        .save(ABSTRACT, "late", None)
        .refused(401, "session_expired");
}

#[test]
fn saves_after_another_process_wiped_the_workspace_are_never_acknowledged_in_vain() {
    let server = Server::start();
    for _ in 0..5 {
        let desk = remembered(&server.visitor());
        server.cli(&["pool", "reset", "--yes"]).ok();
        // The server may not have heard of it yet; the journal has.
        let answer = desk.save(ABSTRACT, "into nothing", None);
        assert!(
            matches!(answer.status, 401 | 404),
            "{}: {}",
            answer.status,
            answer.text()
        );
    }
}
