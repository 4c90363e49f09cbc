//! Who is not present any more because they have no part any more, and what a restart knows.

use std::time::Duration;

use crate::harness::{ABSTRACT, Desk, Launch, Server, eventually};

const METHODS: &str = "manuscript/methods";

#[test]
fn whoever_is_removed_is_gone_from_the_list_at_once() {
    let server = Server::start();
    let (alice, [bob, carol]) = server.team("alice", [("bob", "editor"), ("carol", "viewer")]);
    let (_, path) = alice.link("editor");
    let guest = server.browser().join(&path);
    for desk in [&alice, &bob, &carol, &guest] {
        desk.poll(ABSTRACT).expect(200);
    }
    alice.remove_member(bob.user()).expect(200);
    assert_eq!(alice.present_names(), ["alice", "carol", "visitor-001"]);
    bob.poll(ABSTRACT).refused(404, "project_not_found");
    bob.browser
        .get(&bob.api("presence/list/"))
        .refused(404, "project_not_found");
    carol.remove_member(carol.user()).expect(200);
    assert_eq!(alice.present_names(), ["alice", "visitor-001"]);
    alice.remove("links/").expect(200);
    eventually("the visitor is gone too", || {
        alice.present_names() == ["alice"]
    });
    guest.poll(ABSTRACT).refused(404, "project_not_found");
}

#[test]
fn an_account_that_another_process_removes_vanishes() {
    let server = Server::start();
    let (alice, [bob]) = server.team("alice", [("bob", "editor")]);
    alice.poll(ABSTRACT).expect(200);
    bob.poll(ABSTRACT).expect(200);
    eventually("it is written down", || {
        server.count("SELECT count(*) FROM writer_presence WHERE is_active") == 2
    });
    server.cli(&["user", "remove", "bob", "--yes"]).ok();
    eventually("bob is gone", || alice.present_names() == ["alice"]);
    assert_eq!(
        server.count("SELECT count(*) FROM pragma_foreign_key_check"),
        0
    );
    eventually("so is his row", || {
        server.count("SELECT count(*) FROM writer_presence") == 1
    });
}

#[test]
fn the_slots_next_tenant_is_nowhere_where_the_one_before_was() {
    let server = Launch::new().pool(1).start();
    let alice = server.member("alice");
    let guest = server.browser().join(&alice.link("editor").1);
    guest.poll(ABSTRACT).expect(200);
    assert_eq!(alice.present_names(), ["visitor-001"]);
    guest.browser.sign_up("grace").expect(200);
    assert!(alice.present().is_empty(), "the visitor is nobody now");
    guest.poll(METHODS).expect(200);
    eventually("the slot is free", || {
        server.browser().get("/writer/").status == 200
    });
    assert_eq!(alice.present_names(), ["grace"]);
    // Nor is a visitor of whom the database says that they were there when the server is started again.
    let other = Launch::new().pool(1).start();
    let alice = other.member("alice");
    let guest = other.browser().join(&alice.link("editor").1);
    guest.poll(ABSTRACT).expect(200);
    other.advance(Duration::from_hours(25));
    eventually("the slot is free", || {
        other.browser().get("/writer/").status == 200
    });
    assert!(alice.present().is_empty());
}

#[test]
fn it_is_written_down_behind_and_a_server_that_was_killed_knows_who_was_there() {
    let mut server = Server::start();
    let (alice, [bob, carol]) = server.team("alice", [("bob", "editor"), ("carol", "editor")]);
    alice.poll(ABSTRACT).expect(200);
    bob.poll(METHODS).expect(200);
    carol.poll(METHODS).expect(200);
    let row = |desk: &Desk| {
        let sql = format!(
            "SELECT current_section, last_seen, is_active FROM writer_presence WHERE user_id = {} AND project_id = {}",
            desk.user(),
            desk.project
        );
        let query = |row: &rusqlite::Row<'_>| {
            Ok((
                row.get::<_, Option<String>>(0)?,
                row.get::<_, i64>(1)?,
                row.get::<_, i64>(2)?,
            ))
        };
        server.database().query_row(&sql, [], query).ok()
    };
    eventually("all are written down", || {
        [&alice, &bob, &carol]
            .iter()
            .all(|desk| row(desk).is_some())
    });
    let (section, seen, active) = row(&alice).unwrap();
    assert_eq!((section.as_deref(), active), (Some(ABSTRACT), 1));
    assert!(seen > 1_700_000_000_000, "milliseconds: {seen}");
    alice.remove_member(carol.user()).expect(200);
    eventually("so is that somebody has gone", || {
        row(&carol).is_none_or(|row| row.2 == 0)
    });
    server.kill();
    server.start_again();
    assert_eq!(
        alice.whereabouts(),
        [
            "alice manuscript/abstract viewing",
            "bob manuscript/methods viewing"
        ]
    );
    bob.poll(ABSTRACT).expect(200);
    server.advance(Duration::from_secs(50));
    assert_eq!(
        alice.whereabouts(),
        ["bob manuscript/abstract viewing"],
        "who does not come back is gone"
    );
    server.kill();
    server.advance(Duration::from_mins(3));
    server.start_again();
    assert!(alice.present().is_empty(), "that was too long ago");
}

#[test]
fn many_updates_are_few_transactions() {
    let server = Server::start();
    let (alice, [bob]) = server.team("alice", [("bob", "editor")]);
    let wal = server.data(".scitex-writer/writer.sqlite3-wal");
    let written = || std::fs::metadata(&wal).map_or(0, |file| file.len());
    let before = written();
    for round in 0..300 {
        let section = if round % 2 == 0 { ABSTRACT } else { METHODS };
        alice.poll(section).expect(200);
        bob.poll(section).expect(200);
    }
    let newest = |desk: &Desk| {
        let sql = format!(
            "SELECT current_section FROM writer_presence WHERE user_id = {}",
            desk.user()
        );
        let query = server
            .database()
            .query_row(&sql, [], |row| row.get::<_, String>(0));
        query.unwrap_or_default()
    };
    eventually("the newest place is written down", || {
        newest(&alice) == METHODS && newest(&bob) == METHODS
    });
    assert_eq!(server.count("SELECT count(*) FROM writer_presence"), 2);
    // A transaction for each would be a page of 4 KB at least for each of 600.
    let grown = written() - before;
    assert!(grown < 600 * 1024, "{grown} bytes");
}

#[test]
fn a_visitor_whose_slot_was_reset_while_the_server_was_down_is_not_there() {
    let mut server = Launch::new().pool(1).start();
    let alice = server.member("alice");
    let guest = server.browser().join(&alice.link("editor").1);
    guest.poll(ABSTRACT).expect(200);
    eventually("it is written down", || {
        server.count("SELECT count(*) FROM writer_presence WHERE is_active") == 1
    });
    server.kill();
    server.cli(&["pool", "reset", "--yes"]).ok();
    server.start_again();
    assert!(alice.present().is_empty(), "{:?}", alice.present());
}
