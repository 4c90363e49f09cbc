//! Visitors in a project that is shared with them: by their browser's session, beside their own work.

use std::time::Duration;

use crate::harness::{ABSTRACT, Desk, Launch, PASSWORD, Server, eventually};

const DAY: Duration = Duration::from_hours(25);

/// A project with a link, and a visitor who has joined by it.
fn joined(server: &Server, role: &str) -> (Desk, String, Desk) {
    let alice = server.member("alice");
    let (_, path) = alice.link(role);
    let guest = server.browser().join(&path);
    (alice, path, guest)
}

fn lease_ends(server: &Server) {
    server.advance(DAY);
    eventually("all slots are free again", || {
        let status = server.browser().get("/writer/api/pool/status/").json();
        status["free"] == status["total"]
    });
}

#[test]
fn a_visitor_gets_a_slot_takes_part_under_its_name_and_has_their_own_work_beside() {
    let server = Server::start();
    let (alice, path, guest) = joined(&server, "editor");
    let session = guest.browser.session();
    let (name, own) = (
        &session["username"],
        session["project_id"].as_i64().unwrap(),
    );
    assert_eq!(name, "visitor-001");
    assert_ne!(own, alice.project);
    assert_eq!(session["role"], "owner");

    let page = guest
        .browser
        .get(&format!("/writer/project/{}/", alice.project));
    page.expect(200);
    guest.write(ABSTRACT, "by a guest\n");
    guest.on(own).write(ABSTRACT, "their own\n");
    assert_eq!(alice.text(ABSTRACT), "by a guest\n");
    assert_eq!(alice.history(ABSTRACT)[0]["by"], "visitor-001");
    alice.file_holds(&server, ABSTRACT, "by a guest\n");

    let members = alice.browser.get(&alice.api("members/")).expect(200).json();
    let member = &members["members"][1];
    assert_eq!(
        (&member["username"], &member["kind"]),
        (name, &"visitor".into())
    );
    assert_eq!(member["user_id"], session["user_id"]);
    let projects = guest
        .browser
        .get("/writer/api/projects/")
        .expect(200)
        .json();
    let ids: Vec<_> = projects["projects"]
        .as_array()
        .unwrap()
        .iter()
        .map(|project| project["id"].as_i64())
        .collect();
    assert_eq!(ids, [Some(own), Some(alice.project)]);

    // A visitor who is there already keeps slot and work.
    let second = server.visitor();
    second.write(ABSTRACT, "written before\n");
    let there = second.browser.join(&path);
    assert_eq!(
        there.browser.session()["project_id"].as_i64(),
        Some(second.project)
    );
    assert_eq!(second.text(ABSTRACT), "written before\n");
    assert_eq!(alice.members().len(), 3);
}

#[test]
fn with_all_slots_taken_nobody_joins_until_one_is_free() {
    let server = Launch::new().pool(1).start();
    let (alice, path, guest) = joined(&server, "editor");
    let late = server.browser();
    let full = late.get(&path).expect(503);
    assert!(full.header("retry-after").is_some());
    assert_eq!(alice.members(), ["alice owner", "visitor-001 editor"]);
    guest.browser.sign_up("grace").expect(200);
    eventually("the slot is free", || late.get(&path).status == 303);
    assert_eq!(
        alice.members(),
        ["alice owner", "grace editor", "visitor-001 editor"]
    );
}

#[test]
fn signing_up_moves_the_part_into_the_account() {
    let server = Server::start();
    let (alice, path, guest) = joined(&server, "viewer");
    let own = guest.browser.session()["project_id"].as_i64().unwrap();
    let before = guest.browser.clone();
    guest.browser.sign_up("grace").expect(200);
    assert_eq!(guest.role(), "viewer");
    guest.save(ABSTRACT, "no\n", None).refused(403, "read_only");
    assert_eq!(alice.members(), ["alice owner", "grace viewer"]);
    assert_eq!(guest.on(own).role(), "owner");
    let old = Desk {
        browser: before,
        project: alice.project,
    };
    old.get(ABSTRACT).refused(401, "session_expired");
    // From then on it is an account's, which no link takes away.
    alice.set_role(guest.user(), "editor").expect(200);
    alice.remove("links/").expect(200);
    guest.write(ABSTRACT, "hers\n");
    guest.browser.get(&path).expect(404);
    let again = server.browser();
    again.get("/auth/login/").expect(200);
    again.log_in("grace").expect(200);
    assert_eq!(again.desk().on(alice.project).role(), "editor");
}

#[test]
fn logging_in_keeps_the_higher_of_both_roles_and_an_owner_stays_one() {
    for (as_guest, as_account, then) in [
        ("editor", Some("viewer"), "editor"),
        ("viewer", Some("editor"), "editor"),
        ("viewer", None, "viewer"),
        ("editor", Some("owner"), "owner"),
    ] {
        let server = Server::start();
        let (alice, _, guest) = joined(&server, as_guest);
        server.member("bob");
        let account = match as_account {
            Some("owner") => "alice",
            Some(role) => {
                alice.share("bob", role);
                "bob"
            }
            None => "bob",
        };
        guest.browser.log_in(account).expect(200);
        assert_eq!(guest.role(), then, "{as_guest} logs in as {as_account:?}");
        let rows = server.count("SELECT count(*) FROM project_members");
        assert_eq!(rows, i64::from(then != "owner"));
        assert!(
            !alice
                .members()
                .iter()
                .any(|member| member.contains("visitor"))
        );
        // Without the link too.
        alice.remove("links/").expect(200);
        assert_eq!(guest.role(), then);
    }
}

#[test]
fn a_visitor_whose_lease_is_over_comes_back_with_slot_work_and_part() {
    let server = Launch::new().pool(2).start();
    let (alice, _, guest) = joined(&server, "editor");
    let own = guest.browser.session()["project_id"].as_i64().unwrap();
    guest.on(own).write(ABSTRACT, "parked meanwhile\n");
    lease_ends(&server);
    guest.get(ABSTRACT).refused(401, "lease_expired");
    let members = alice.browser.get(&alice.api("members/")).expect(200).json();
    let away = &members["members"][1];
    assert!(away["user_id"].is_null(), "{away}");
    assert_eq!(
        (&away["kind"], &away["role"]),
        (&"visitor".into(), &"editor".into())
    );
    assert_eq!(away["you"], false);

    // By the address of the shared project.
    guest
        .browser
        .get(&format!("/writer/project/{}/", alice.project))
        .expect(200);
    guest.write(ABSTRACT, "back again\n");
    assert_eq!(guest.on(own).text(ABSTRACT), "parked meanwhile\n");
    assert_eq!(
        alice.members()[1],
        format!(
            "{} editor",
            guest.browser.session()["username"].as_str().unwrap()
        )
    );
}

#[test]
fn a_visitor_who_wrote_nothing_comes_back_with_their_part_as_well() {
    let server = Launch::new().pool(2).start();
    let (alice, path, guest) = joined(&server, "editor");
    lease_ends(&server);
    guest.browser.get("/writer/").expect(200);
    guest.write(ABSTRACT, "back again\n");
    lease_ends(&server);
    // By the link, which does not count twice.
    guest.browser.join(&path);
    guest.write(ABSTRACT, "and again\n");
    assert_eq!(alice.members().len(), 2);
    assert_eq!(server.count("SELECT uses FROM project_links"), 1);
}

#[test]
fn revoking_reaches_visitors_who_are_away() {
    let server = Launch::new().pool(2).start();
    let (alice, _, guest) = joined(&server, "editor");
    guest
        .on(guest.browser.session()["project_id"].as_i64().unwrap())
        .write(ABSTRACT, "own\n");
    lease_ends(&server);
    alice.remove("links/").expect(200);
    assert_eq!(alice.members(), ["alice owner"]);
    guest
        .browser
        .get(&format!("/writer/project/{}/", alice.project))
        .expect(404);
    guest.browser.get("/writer/").expect(200);
    guest.get(ABSTRACT).refused(404, "project_not_found");
}

#[test]
fn the_slots_next_tenant_inherits_no_part() {
    let server = Launch::new().pool(1).start();
    let (alice, _, guest) = joined(&server, "editor");
    let user = guest.user();
    lease_ends(&server);
    let next = server.visitor().on(alice.project);
    assert_eq!(next.user(), user, "it is the same slot");
    next.get(ABSTRACT).refused(404, "project_not_found");
    next.save(ABSTRACT, "not mine\n", None)
        .refused(404, "project_not_found");
    next.browser
        .get(&format!("/writer/project/{}/", alice.project))
        .expect(404);
    let projects = next.browser.get("/writer/api/projects/").expect(200).json();
    assert_eq!(projects["projects"].as_array().unwrap().len(), 1);
    assert!(!alice.members().contains(&"visitor-001 editor".to_owned()));
    alice
        .set_role(user, "viewer")
        .refused(404, "member_not_found");
    alice.remove_member(user).refused(404, "member_not_found");
}

#[test]
fn nor_after_the_pool_was_reset() {
    let server = Launch::new().pool(1).start();
    let (alice, _, guest) = joined(&server, "editor");
    let user = guest.user();
    guest.read(ABSTRACT);
    server.cli(&["pool", "reset", "--yes"]).ok();
    eventually("what another process has done is noticed", || {
        guest.get(ABSTRACT).code() == "lease_expired"
    });
    let mut next = None;
    eventually("the slot is fresh", || {
        let browser = server.browser();
        let got = browser.get("/writer/").status == 200;
        next = got.then(|| browser.desk());
        got
    });
    let next = next.unwrap().on(alice.project);
    assert_eq!(next.user(), user, "it is the same slot");
    next.get(ABSTRACT).refused(404, "project_not_found");
    assert!(!alice.members().contains(&"visitor-001 editor".to_owned()));
    assert_eq!(
        server.count("SELECT count(*) FROM pragma_foreign_key_check"),
        0
    );
}

#[test]
fn a_link_to_a_visitors_work_leads_to_it_when_it_is_parked_and_not_to_the_next_tenants() {
    let server = Launch::new().pool(1).start();
    let visitor = server.visitor();
    visitor.write(ABSTRACT, "the first tenant's\n");
    let (_, path) = visitor.link("viewer");
    let bob = server.member("bob").browser.join(&path);
    lease_ends(&server);
    let next = server.visitor();
    next.write(ABSTRACT, "the next tenant's\n");
    assert_eq!(bob.text(ABSTRACT), "the first tenant's\n");
    bob.on(next.project)
        .get(ABSTRACT)
        .refused(404, "project_not_found");
    next.on(visitor.project)
        .get(ABSTRACT)
        .refused(404, "project_not_found");
    let session = bob
        .browser
        .get(&format!("/writer/api/session/?project={}", bob.project));
    assert!(session.expect(200).json()["owner"].is_null());
    assert_eq!(
        server.member("carol").browser.join(&path).project,
        visitor.project
    );
}

#[test]
fn a_form_that_logs_in_a_guest_leads_back_to_the_shared_project() {
    let server = Server::start();
    let (alice, _, guest) = joined(&server, "editor");
    server.member("bob");
    let next = format!("/writer/project/{}/", alice.project);
    let fields = [
        ("username", "bob"),
        ("password", PASSWORD),
        ("next", next.as_str()),
    ];
    guest.browser.get("/auth/login/").expect(200);
    let answer = guest.browser.form("/auth/login/", &fields).expect(303);
    assert_eq!(answer.header("location"), Some(next.as_str()));
    guest.browser.get(&next).expect(200);
    guest.write(ABSTRACT, "as bob\n");
    assert_eq!(alice.history(ABSTRACT)[0]["by"], "bob");
}

#[test]
fn a_lapsed_visitor_who_signs_up_or_logs_in_brings_their_part_along() {
    for signs_up in [true, false] {
        let server = Launch::new().pool(1).start();
        let (alice, _, guest) = joined(&server, "editor");
        let own = guest.browser.session()["project_id"].as_i64().unwrap();
        guest.on(own).write(ABSTRACT, "their own\n");
        server.member("bob");
        lease_ends(&server);
        let name = if signs_up {
            guest.browser.sign_up("grace").expect(200);
            "grace"
        } else {
            guest.browser.log_in("bob").expect(200);
            "bob"
        };
        assert_eq!(guest.role(), "editor");
        let expected = ["alice owner".to_owned(), format!("{name} editor")];
        assert_eq!(alice.members(), expected);
        assert_eq!(guest.on(own).text(ABSTRACT), "their own\n");
    }
}

#[test]
fn a_visitor_who_does_not_come_back_for_a_month_has_no_part_any_more() {
    let server = Launch::new().pool(1).start();
    let (alice, _, guest) = joined(&server, "editor");
    server.advance(Duration::from_hours(32 * 24));
    eventually("the session is over", || {
        server.count("SELECT count(*) FROM project_members") == 0
    });
    guest.get(ABSTRACT).refused(401, "session_expired");
    let again = server.browser();
    again.get("/auth/login/").expect(200);
    again.log_in("alice").expect(200);
    assert_eq!(again.desk().on(alice.project).members(), ["alice owner"]);
    let broken = server.count("SELECT count(*) FROM pragma_foreign_key_check");
    assert_eq!(broken, 0);
}
