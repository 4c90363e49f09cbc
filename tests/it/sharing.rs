//! Who takes part in a project: adding by name, roles, leaving, removing, and what each may do.

use serde_json::{Value, json};

use crate::harness::{ABSTRACT, Answer, Desk, Server, eventually};

const COLOURS: [&str; 8] = [
    "#ef4444", "#f59e0b", "#10b981", "#3b82f6", "#6366f1", "#8b5cf6", "#ec4899", "#14b8a6",
];

fn listed(desk: &Desk) -> Vec<Value> {
    let answer = desk.browser.get("/writer/api/projects/").expect(200).json();
    assert_eq!(answer["success"], true);
    answer["projects"].as_array().unwrap().clone()
}

/// The projects of a person: `default-project of alice as owner`.
fn lines(desk: &Desk) -> Vec<String> {
    let line = |project: &Value| {
        let text = |field: &str| project[field].as_str().unwrap().to_owned();
        format!("{} of {} as {}", text("name"), text("owner"), text("role"))
    };
    listed(desk).iter().map(line).collect()
}

#[test]
fn the_list_of_members_has_the_fields_of_the_contract_and_the_owner_first() {
    let server = Server::start();
    let (alice, [bob, _]) = server.team("alice", [("bob", "editor"), ("anna", "viewer")]);
    let answer = bob.browser.get(&bob.api("members/")).expect(200).json();
    let member = |desk: &Desk, name: &str, role: &str, you: bool| {
        let id = desk.user();
        let colour = COLOURS[usize::try_from(id % 8).unwrap()];
        json!({ "user_id": id, "username": name, "role": role, "kind": "member", "avatar_color": colour, "you": you })
    };
    let anna = server.browser();
    anna.get("/auth/login/").expect(200);
    anna.log_in("anna").expect(200);
    let expected = json!({ "success": true, "members": [
        member(&alice, "alice", "owner", false),
        member(&bob, "bob", "editor", true),
        member(&anna.desk(), "anna", "viewer", false),
    ] });
    assert_eq!(answer, expected);
}

#[test]
fn a_name_is_found_whatever_its_capitals_and_repeating_it_changes_the_role() {
    let server = Server::start();
    let alice = server.member("alice");
    let bob = server.member("bob").on(alice.project);
    for (name, role) in [
        (" BOB ", "viewer"),
        ("Bob", "editor"),
        ("bob", "editor"),
        ("bob", "viewer"),
    ] {
        let answer = alice.add_member(name, role).expect(201).json();
        assert_eq!(answer["success"], true);
        assert_eq!(answer["member"]["user_id"].as_i64(), Some(bob.user()));
        assert_eq!(answer["member"]["role"], role);
        assert_eq!(
            alice.members(),
            ["alice owner".to_owned(), format!("bob {role}")]
        );
        assert_eq!(bob.role(), role);
    }
    assert_eq!(server.count("SELECT count(*) FROM project_members"), 1);
}

#[test]
fn who_cannot_be_added_and_which_roles_there_are() {
    let server = Server::start();
    let alice = server.member("alice");
    let visitor = server.visitor().browser.session()["username"].clone();
    let long = "x".repeat(5000);
    for name in [
        "nobody",
        visitor.as_str().unwrap(),
        "",
        "../alice",
        "a\0b",
        "%",
        long.as_str(),
    ] {
        let answer = alice
            .add_member(name, "editor")
            .refused(404, "user_not_found");
        assert_eq!(answer.json()["field"], "username", "{name:?}");
    }
    let answer = alice
        .add_member("Alice", "viewer")
        .refused(409, "already_owner");
    assert_eq!(answer.json()["field"], "username");
    server.member("bob");
    for role in ["owner", "admin", "", "Editor", "editor ", "null"] {
        let answer = alice.add_member("bob", role).refused(400, "invalid_role");
        assert_eq!(answer.json()["field"], "role", "{role:?}");
    }
    for body in [
        json!({}),
        json!({ "username": "bob" }),
        json!({ "username": 3, "role": "editor" }),
        json!([]),
        json!(null),
    ] {
        let answer = alice.browser.post(&alice.api("members/"), &body);
        assert_eq!(answer.status, 400, "{body}: {}", answer.text());
    }
    assert_eq!(alice.members(), ["alice owner"]);
}

#[test]
fn roles_are_changed_only_of_those_who_take_part() {
    let server = Server::start();
    let (alice, [bob]) = server.team("alice", [("bob", "viewer")]);
    let stranger = server.member("stella").user();
    let answer = alice.set_role(bob.user(), "editor").expect(200).json();
    assert_eq!(answer["member"]["role"], "editor");
    assert_eq!(bob.role(), "editor");
    alice
        .set_role(stranger, "editor")
        .refused(404, "member_not_found");
    alice
        .set_role(alice.user(), "viewer")
        .refused(409, "already_owner");
    for role in ["owner", "", "none"] {
        let answer = alice
            .set_role(bob.user(), role)
            .refused(400, "invalid_role");
        assert_eq!(answer.json()["field"], "role");
    }
    for user in ["abc", "-1", "0", "99999999999999999999", "1e3", "%00", "é"] {
        let path = alice.api(&format!("members/{user}/"));
        let answer = alice
            .browser
            .json("PATCH", &path, &json!({ "role": "viewer" }));
        assert!(
            matches!(answer.status, 400 | 404),
            "{user}: {}",
            answer.text()
        );
        let answer = alice.remove(&format!("members/{user}/"));
        assert!(
            matches!(answer.status, 400 | 404),
            "{user}: {}",
            answer.text()
        );
    }
    assert_eq!(bob.role(), "editor");
}

#[test]
fn whoever_is_removed_or_leaves_is_a_stranger_at_once() {
    let server = Server::start();
    let (alice, [bob, carol]) = server.team("alice", [("bob", "editor"), ("carol", "viewer")]);
    bob.read(ABSTRACT);
    bob.remove_member(carol.user()).refused(403, "owner_only");
    carol.remove_member(bob.user()).refused(403, "owner_only");
    carol.remove_member(alice.user()).refused(403, "owner_only");
    alice
        .remove_member(alice.user())
        .refused(409, "owner_stays");
    alice
        .remove_member(999_999)
        .refused(404, "member_not_found");

    let removed = alice.remove_member(bob.user()).expect(200).json();
    assert_eq!(removed["success"], true);
    bob.get(ABSTRACT).refused(404, "project_not_found");
    bob.save(ABSTRACT, "too late\n", None)
        .refused(404, "project_not_found");
    bob.browser
        .get(&format!("/writer/project/{}/", bob.project))
        .expect(404);
    alice
        .remove_member(bob.user())
        .refused(404, "member_not_found");

    carol.remove_member(carol.user()).expect(200);
    carol.get(ABSTRACT).refused(404, "project_not_found");
    assert_eq!(alice.members(), ["alice owner"]);
    assert_ne!(alice.text(ABSTRACT), "too late\n");
    assert_eq!(lines(&bob), ["default-project of bob as owner"]);
}

#[test]
fn a_viewer_reads_everything_and_can_change_nothing_by_any_way() {
    let server = Server::start();
    let (alice, [vera]) = server.team("alice", [("vera", "viewer")]);
    let version = alice.write(ABSTRACT, "by alice\n");
    alice.file_holds(&server, ABSTRACT, "by alice\n");
    let outline = alice.outline("manuscript");
    assert_eq!(vera.read(ABSTRACT), ("by alice\n".to_owned(), version));
    assert_eq!(vera.at_version(ABSTRACT, version), "by alice\n");

    let tries: Vec<Answer> = vec![
        vera.save(ABSTRACT, "by vera\n", None),
        vera.save(ABSTRACT, "by vera\n", Some(version)),
        vera.browser
            .post(&vera.section(ABSTRACT), &json!({ "content": "by vera\n" })),
        vera.save_sections(&json!({ ABSTRACT: "by vera\n" }), &json!({})),
        vera.add("manuscript", "hers"),
        vera.change(ABSTRACT, &json!({ "included": false })),
        vera.change(ABSTRACT, &json!({ "name": "renamed" })),
        vera.delete(ABSTRACT),
        vera.browser.post(
            &vera.api("history/1/restore/"),
            &json!({ "section": ABSTRACT }),
        ),
        // Neither is a section that does not exist anyone's business.
        vera.save("manuscript/nothing", "by vera\n", None),
    ];
    for answer in tries {
        answer.refused(403, "read_only");
    }
    assert_eq!(alice.read(ABSTRACT), ("by alice\n".to_owned(), version));
    assert_eq!(alice.outline("manuscript"), outline);
    assert!(
        alice
            .history(ABSTRACT)
            .iter()
            .all(|row| row["by"] != "vera")
    );
    assert_eq!(
        server.count("SELECT count(*) FROM changes WHERE author = 'vera'"),
        0
    );

    alice.set_role(vera.user(), "editor").expect(200);
    vera.write(ABSTRACT, "by vera\n");
    alice.set_role(vera.user(), "viewer").expect(200);
    vera.save(ABSTRACT, "again\n", None)
        .refused(403, "read_only");
    assert_eq!(alice.text(ABSTRACT), "by vera\n");
}

#[test]
fn what_an_editor_writes_is_in_the_owners_files_and_under_the_editors_name() {
    let server = Server::start();
    let (alice, [bob]) = server.team("alice", [("bob", "editor")]);
    let (text, version) = alice.read(ABSTRACT);
    bob.save(ABSTRACT, &format!("{text}% by bob\n"), Some(version))
        .expect(200);
    let merged = alice.save(ABSTRACT, &format!("% by alice\n{text}"), Some(version));
    assert_eq!(merged.expect(200).json()["merged"], true);
    let both = format!("% by alice\n{text}% by bob\n");
    assert_eq!(bob.text(ABSTRACT), both);
    alice.file_holds(&server, ABSTRACT, &both);
    let by: Vec<_> = bob
        .history(ABSTRACT)
        .iter()
        .map(|row| row["by"].clone())
        .collect();
    assert_eq!(by, ["alice", "bob", "template"]);
    bob.add("manuscript", "outlook").expect(201);
    assert!(alice.outline("manuscript").contains(&"outlook".to_owned()));
    let file = alice.section_file(&server, "manuscript/outlook");
    eventually("it is on the disk", || file.is_file());
}

#[test]
fn the_page_is_told_role_owner_and_colour() {
    let server = Server::start();
    let (alice, [bob]) = server.team("alice", [("bob", "viewer")]);
    let path = format!("/writer/api/session/?project={}", alice.project);
    let session = bob.browser.get(&path).expect(200).json();
    assert_eq!(session["role"], "viewer");
    assert_eq!(session["owner"], "alice");
    assert_eq!(session["username"], "bob");
    assert_eq!(session["project"], "default-project");
    assert_eq!(session["project_id"].as_i64(), Some(alice.project));
    let colour = COLOURS[usize::try_from(bob.user() % 8).unwrap()];
    assert_eq!(session["avatar_color"], colour);
    assert_eq!(alice.browser.session()["role"], "owner");
    let of = |desk: &Desk, project: &str| {
        desk.browser
            .get(&format!("/writer/api/session/?project={project}"))
    };
    let own = bob.browser.session()["project_id"].to_string();
    for project in [own.as_str(), "999999", "0", "-1"] {
        of(&alice, project).refused(404, "project_not_found");
    }
    for project in ["abc", "1e3", "99999999999999999999"] {
        of(&alice, project).refused(400, "invalid_query");
    }
    let visitor = server.visitor().browser.session();
    assert_eq!(visitor["role"], "owner");
    assert_eq!(visitor["owner"], visitor["username"]);
}

#[test]
fn shared_projects_are_listed_after_ones_own_and_the_last_one_opened_is_opened_again() {
    let server = Server::start();
    let (alice, [bob]) = server.team("alice", [("bob", "editor")]);
    alice.create("Zebra");
    let aal = alice.create("aal");
    aal.share("bob", "viewer");
    let own = bob.create("Own");
    assert_eq!(
        lines(&bob),
        [
            "default-project of bob as owner",
            "Own of bob as owner",
            "aal of alice as viewer",
            "default-project of alice as editor",
        ]
    );
    assert_eq!(lines(&alice).len(), 3);
    let shared = &listed(&bob)[3];
    assert_eq!(shared["people"], 2);
    assert_eq!(shared["id"].as_i64(), Some(alice.project));
    assert!(shared["edited_at"].is_null());
    assert_eq!(listed(&bob)[1]["people"], 1);

    for project in [alice.project, own.project, aal.project] {
        bob.browser
            .get(&format!("/writer/project/{project}/"))
            .expect(200);
        eventually("it is the one opened last", || {
            bob.browser.session()["project_id"].as_i64() == Some(project)
        });
    }
    aal.remove_member(bob.user()).expect(200);
    assert_eq!(bob.browser.session()["project"], "default-project");
    assert_eq!(bob.browser.session()["owner"], "bob");
}

#[test]
fn an_account_that_is_removed_takes_no_part_any_more() {
    let server = Server::start();
    let (alice, [bob, _]) = server.team("alice", [("bob", "editor"), ("carol", "viewer")]);
    // What was found out about his rights is not remembered for too long.
    bob.read(ABSTRACT);
    server.cli(&["user", "remove", "bob", "--yes"]).ok();
    assert_eq!(alice.members(), ["alice owner", "carol viewer"]);
    eventually("he is signed out", || {
        bob.get(ABSTRACT).code() == "session_expired"
    });
    // Somebody else of that name is somebody else.
    let other = server.member("bob").on(alice.project);
    other.get(ABSTRACT).refused(404, "project_not_found");
    assert_eq!(
        server.count("SELECT count(*) FROM pragma_foreign_key_check"),
        0
    );
}

#[test]
fn a_project_whose_owner_was_removed_is_never_an_error_for_the_others() {
    let server = Server::start();
    let (alice, [bob]) = server.team("alice", [("bob", "editor")]);
    alice.write(ABSTRACT, "hers\n");
    server.cli(&["user", "remove", "alice", "--yes"]).ok();
    for path in ["members/", "sections/", "presence/list/"] {
        let answer = bob.browser.get(&bob.api(path));
        assert!(
            matches!(answer.status, 200 | 404),
            "{path}: {}",
            answer.text()
        );
    }
    bob.browser.get("/writer/api/projects/").expect(200);
    assert_eq!(bob.browser.session()["owner"], "bob");
}

#[test]
fn a_visitor_shares_too_and_who_takes_part_stays_when_the_work_moves_into_an_account() {
    let server = Server::start();
    let visitor = server.visitor();
    let bob = server.member("bob").on(visitor.project);
    visitor.share("bob", "editor");
    bob.write(ABSTRACT, "for the visitor\n");
    visitor.browser.sign_up("vic").expect(200);
    bob.write(ABSTRACT, "for vic\n");
    assert_eq!(visitor.text(ABSTRACT), "for vic\n");
    assert_eq!(bob.members(), ["vic owner", "bob editor"]);
    let lines = lines(&bob);
    assert_eq!(lines[1], "default-project of vic as editor");
}
