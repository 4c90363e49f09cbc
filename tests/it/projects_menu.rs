//! The projects of a person: making, renaming, and what names there are. The bin and copies are next door.

use std::fs;

use serde_json::{Value, json};

use crate::harness::{ABSTRACT, Answer, Desk, Server, at_once, eventually};

const LIST: &str = "/writer/api/projects/";

fn create(desk: &Desk, name: &str) -> Answer {
    desk.browser.post(LIST, &json!({ "name": name }))
}

fn rename(desk: &Desk, name: &str) -> Answer {
    desk.browser
        .json("PATCH", &desk.api(""), &json!({ "name": name }))
}

fn duplicate(desk: &Desk, body: &Value) -> Answer {
    desk.browser.post(&desk.api("duplicate/"), body)
}

#[track_caller]
fn copied(desk: &Desk, answer: Answer) -> Desk {
    desk.on(answer.expect(201).json()["project"]["id"].as_i64().unwrap())
}

#[test]
fn a_new_project_begins_with_the_template_and_has_the_fields_of_the_contract() {
    let server = Server::start();
    let alice = server.member("alice");
    let made = create(&alice, "Grant 2026").expect(201).json();
    let id = made["project"]["id"].as_i64().unwrap();
    let expected = json!({
        "id": id, "name": "Grant 2026", "owner": "alice", "role": "owner", "people": 1, "edited_at": null
    });
    assert_eq!(made, json!({ "success": true, "project": expected }));
    let all = alice.shelves();
    assert_eq!(all["projects"][1], expected);
    assert_eq!(all["bin"], json!([]));
    let grant = alice.on(id);
    assert_eq!(grant.text(ABSTRACT), alice.text(ABSTRACT));
    grant.write(ABSTRACT, "of the grant\n");
    assert!(!alice.text(ABSTRACT).contains("grant"));
    let edited = &alice.shelves()["projects"][1]["edited_at"];
    assert!(
        edited.as_str().is_some_and(|at| at.ends_with('Z')),
        "{edited}"
    );
    let file = server.data("alice/Grant 2026/scitex/writer/sections/manuscript/abstract.tex");
    eventually("it is on the disk", || {
        fs::read_to_string(&file).is_ok_and(|text| text == "of the grant\n")
    });
}

#[test]
fn names_that_are_none_are_refused_everywhere_and_make_nothing() {
    let server = Server::start();
    let alice = server.member("alice");
    let long = "x".repeat(65);
    let wide = "日".repeat(67);
    let bad = [
        "",
        " ",
        ".",
        "..",
        "../x",
        "a/b",
        "/etc",
        "a\\b",
        ".hidden",
        "-rf",
        "_x",
        "a.",
        "a\0b",
        "a\nb",
        "a\tb",
        "a:b",
        "a*b",
        "a\"b",
        "<b>",
        "a%2fb",
        "~",
        "$(id)",
        "a\u{202e}b",
        "e\u{301}",
        "😀",
        "\u{feff}a",
        &long,
        &wide,
    ];
    let before = fs::read_dir(server.data("alice")).unwrap().count();
    for name in bad {
        for answer in [
            create(&alice, name),
            rename(&alice, name),
            duplicate(&alice, &json!({ "name": name })),
        ] {
            let refused = answer.refused(400, "invalid_project_name");
            assert_eq!(refused.json()["field"], "name", "{name:?}");
        }
    }
    for body in [
        json!({}),
        json!({ "name": 3 }),
        json!({ "name": null }),
        json!([]),
        json!("x"),
    ] {
        assert_eq!(alice.browser.post(LIST, &body).status, 400, "{body}");
        assert_eq!(
            alice.browser.json("PATCH", &alice.api(""), &body).status,
            400,
            "{body}"
        );
    }
    assert_eq!(fs::read_dir(server.data("alice")).unwrap().count(), before);
    assert_eq!(alice.shelf("projects"), ["default-project"]);
}

#[test]
fn names_that_are_unusual_are_names() {
    let server = Server::start();
    let alice = server.member("alice");
    let (long, wide) = ("x".repeat(64), "é".repeat(64));
    for name in [
        "7",
        "a b",
        "a..b",
        "Grant-2026_v1.2",
        "日本語の論文",
        "Größe",
        "scitex",
        "con",
        &long,
        &wide,
    ] {
        let made = copied(&alice, create(&alice, name));
        made.write(ABSTRACT, name);
        assert!(
            server
                .data("alice")
                .join(name)
                .join("scitex/writer/manuscript.tex")
                .is_file()
        );
    }
    // Surrounding blanks are dropped.
    assert_eq!(
        create(&alice, "  blanks ").expect(201).json()["project"]["name"],
        "blanks"
    );
    create(&alice, "blanks").refused(409, "project_exists");
}

#[test]
fn a_name_that_is_taken_is_taken_also_on_the_disk() {
    let server = Server::start();
    let alice = server.member("alice");
    let grant = alice.create("Grant");
    let other = alice.create("Other");
    fs::create_dir(server.data("alice/By hand")).unwrap();
    for name in ["Grant", "default-project", "By hand"] {
        for answer in [create(&alice, name), rename(&other, name)] {
            let refused = answer.refused(409, "project_exists");
            assert_eq!(refused.json()["field"], "name", "{name}");
        }
    }
    duplicate(&other, &json!({ "name": "Grant" })).refused(409, "project_exists");
    assert_eq!(
        fs::read_dir(server.data("alice/By hand")).unwrap().count(),
        0
    );
    // To its own name, to other capitals, and for somebody else it is free.
    rename(&grant, "Grant").expect(200);
    rename(&grant, "grant").expect(200);
    create(&server.member("bob"), "Grant").expect(201);
}

#[test]
fn the_same_name_at_once_is_given_once() {
    let server = Server::start();
    let alice = server.member("alice");
    let statuses = at_once(6, |_| create(&alice, "Wanted").status);
    let count = |status| statuses.iter().filter(|&&each| each == status).count();
    assert_eq!((count(201), count(409)), (1, 5), "{statuses:?}");
    let projects: Vec<Desk> = (0..4)
        .map(|number| alice.create(&format!("p{number}")))
        .collect();
    let statuses = at_once(4, |number| rename(&projects[number], "Better").status);
    let count = |status| statuses.iter().filter(|&&each| each == status).count();
    assert_eq!((count(200), count(409)), (1, 3), "{statuses:?}");
    assert_eq!(alice.shelf("projects").len(), 6);
    assert_eq!(server.count("SELECT count(*) FROM transfers"), 0);
}

#[test]
fn renaming_moves_the_directory_and_open_rooms_go_on() {
    let server = Server::start();
    let (alice, [bob]) = server.team("alice", [("bob", "editor")]);
    fs::write(alice.file(&server, "figures/plot.png"), b"\x89PNG").unwrap();
    let version = bob.write(ABSTRACT, "before\n");
    let renamed = rename(&alice, "Thesis").expect(200).json();
    assert_eq!(renamed["project"]["name"], "Thesis");
    assert_eq!(renamed["project"]["id"].as_i64(), Some(alice.project));
    assert_eq!(renamed["project"]["people"], 2);
    assert!(!server.data("alice/default-project").exists());
    let sources = server.data("alice/Thesis/scitex/writer");
    assert_eq!(
        fs::read(sources.join("figures/plot.png")).unwrap(),
        b"\x89PNG"
    );
    assert_eq!(bob.read(ABSTRACT), ("before\n".to_owned(), version));
    bob.save(ABSTRACT, "after\n", Some(version)).expect(200);
    let file = sources.join("sections/manuscript/abstract.tex");
    eventually("the new place has the text", || {
        fs::read_to_string(&file).is_ok_and(|text| text == "after\n")
    });
    assert!(!server.data("alice/default-project").exists());
    assert!(bob.past_texts(ABSTRACT).contains(&"before\n".to_owned()));
    assert_eq!(alice.browser.session()["project"], "Thesis");
}

#[test]
fn saves_that_go_on_while_it_is_renamed_are_all_kept() {
    let server = Server::start();
    let (alice, [bob]) = server.team("alice", [("bob", "editor")]);
    let saved = std::thread::scope(|scope| {
        let saving = scope.spawn(|| {
            let text = |round| format!("line {round}\n");
            (0..60)
                .map(text)
                .filter(|text| bob.save(ABSTRACT, text, None).status == 200)
                .collect::<Vec<_>>()
        });
        for round in 0..10 {
            rename(&alice, &format!("name {round}")).expect(200);
        }
        saving.join().unwrap()
    });
    assert_eq!(saved.len(), 60);
    let past = bob.past_texts(ABSTRACT);
    assert!(saved.iter().all(|text| past.contains(text)));
    alice.file_holds(&server, ABSTRACT, "line 59\n");
    assert_eq!(fs::read_dir(server.data("alice")).unwrap().count(), 1);
}

#[test]
fn visitors_have_one_project_and_cannot_do_any_of_it() {
    let server = Server::start();
    let visitor = server.visitor();
    create(&visitor, "Second").refused(403, "members_only");
    rename(&visitor, "Mine").refused(403, "members_only");
    visitor.remove("").refused(403, "members_only");
    duplicate(&visitor, &json!({})).refused(403, "members_only");
    assert_eq!(visitor.shelf("projects"), ["default-project"]);
    assert_eq!(visitor.role(), "owner");
    visitor.write(ABSTRACT, "goes on\n");
}

#[test]
fn one_project_that_is_renamed_by_many_at_once_has_one_name_and_one_directory() {
    let server = Server::start();
    let alice = server.member("alice");
    alice.write(ABSTRACT, "one text\n");
    for round in 0..5 {
        let answers = at_once(4, |number| {
            rename(&alice, &format!("name {round}-{number}"))
        });
        assert!(answers.iter().any(|answer| answer.status == 200));
        for answer in answers {
            let code = (answer.status, answer.code());
            assert!(matches!(code.0, 200 | 503), "{code:?}");
        }
    }
    assert_eq!(fs::read_dir(server.data("alice")).unwrap().count(), 1);
    assert_eq!(server.count("SELECT count(*) FROM transfers"), 0);
    assert_eq!(alice.text(ABSTRACT), "one text\n");
    alice.write(ABSTRACT, "goes on\n");
    alice.file_holds(&server, ABSTRACT, "goes on\n");
}
