//! A server killed at each step of renaming, throwing away, taking back and duplicating: after the next start the project
//! is in one place, with its text and its people, and what was asked for is done or was never begun.

use std::fs;
use std::path::Path;

use serde_json::{Value, json};

use crate::harness::{ABSTRACT, Desk, Launch, Request, Server, at_once};

const PLACES: [&str; 3] = [
    "transfer-intended",
    "transfer-renamed",
    "transfer-completed",
];

/// At every place: prepares, dies during the request, starts again, looks.
fn each_place(
    prepare: impl Fn(&Desk) + Sync,
    request: impl Fn(&Desk) -> Request + Sync,
    look: impl Fn(&Server, &Desk, &Desk, &str) + Sync,
) {
    at_once(PLACES.len(), |number| {
        let place = PLACES[number];
        let mut server = Launch::new().pool(1).start();
        let (alice, [bob]) = server.team("alice", [("bob", "editor")]);
        bob.write(ABSTRACT, "one\n");
        bob.write(ABSTRACT, "two\n");
        prepare(&alice);
        server.stop();
        server.start_again_with(|launch| launch.crash_at(place));
        alice.browser.try_send(request(&alice)).unwrap_err();
        server.crashed();
        server.start_again();
        assert_eq!(server.count("SELECT count(*) FROM transfers"), 0, "{place}");
        assert_eq!(
            server.count("SELECT count(*) FROM pragma_foreign_key_check"),
            0
        );
        look(&server, &alice, &bob, place);
    });
}

fn change(method: &str, path: &str, body: &Value) -> Request {
    Request::new(method, path).body("application/json", body.to_string())
}

/// The directories with a project of this text.
fn homes(server: &Server, text: &str) -> Vec<String> {
    let mut found = Vec::new();
    let mut look = |owner: &Path| {
        let Ok(entries) = fs::read_dir(owner) else {
            return;
        };
        for project in entries.map(|entry| entry.unwrap().path()) {
            let file = project.join("scitex/writer/sections/manuscript/abstract.tex");
            if fs::read_to_string(file).is_ok_and(|found| found == text) {
                let home = project.strip_prefix(server.data("")).unwrap();
                found.push(home.to_str().unwrap().to_owned());
            }
        }
    };
    for owner in [
        "alice",
        "bob",
        ".scitex-writer/parked",
        ".scitex-writer/staging",
        ".scitex-writer/trash",
    ] {
        look(&server.data(owner));
    }
    found.sort();
    found
}

#[track_caller]
fn is_whole(alice: &Desk, bob: &Desk) {
    assert_eq!(bob.text(ABSTRACT), "two\n");
    assert!(bob.past_texts(ABSTRACT).contains(&"one\n".to_owned()));
    assert_eq!(alice.members(), ["alice owner", "bob editor"]);
    bob.write(ABSTRACT, "goes on\n");
    assert_eq!(alice.text(ABSTRACT), "goes on\n");
}

#[test]
fn killed_while_it_is_renamed() {
    each_place(
        |_| {},
        |alice| change("PATCH", &alice.api(""), &json!({ "name": "Thesis" })),
        |server, alice, bob, place| {
            assert_eq!(homes(server, "two\n"), ["alice/Thesis"], "{place}");
            assert_eq!(alice.browser.session()["project"], "Thesis");
            is_whole(alice, bob);
            alice.file_holds(server, ABSTRACT, "goes on\n");
        },
    );
}

#[test]
fn killed_while_it_is_thrown_away() {
    each_place(
        |_| {},
        |alice| Request::new("DELETE", &alice.api("")),
        |server, alice, bob, place| {
            let parked = format!(".scitex-writer/parked/{}", alice.project);
            assert_eq!(homes(server, "two\n"), [parked], "{place}");
            bob.get(ABSTRACT).refused(404, "project_not_found");
            let all = alice
                .browser
                .get("/writer/api/projects/")
                .expect(200)
                .json();
            assert_eq!(all["bin"][0]["id"].as_i64(), Some(alice.project), "{place}");
            alice
                .browser
                .post(&alice.api("restore/"), &json!({}))
                .expect(200);
            assert_eq!(homes(server, "two\n"), ["alice/default-project"]);
            is_whole(alice, bob);
        },
    );
}

#[test]
fn killed_while_it_is_taken_back() {
    each_place(
        |alice| {
            alice.remove("").expect(200);
            alice.create("default-project");
        },
        |alice| change("POST", &alice.api("restore/"), &json!({})),
        |server, alice, bob, place| {
            assert_eq!(
                homes(server, "two\n"),
                ["alice/default-project-2"],
                "{place}"
            );
            let all = alice
                .browser
                .get("/writer/api/projects/")
                .expect(200)
                .json();
            assert_eq!(all["bin"], json!([]));
            is_whole(alice, bob);
        },
    );
}

#[test]
fn killed_while_it_is_duplicated() {
    each_place(
        |_| {},
        |alice| change("POST", &alice.api("duplicate/"), &json!({ "name": "Copy" })),
        |server, alice, bob, place| {
            let expected = ["alice/Copy", "alice/default-project"];
            assert_eq!(homes(server, "two\n"), expected, "{place}");
            let all = alice
                .browser
                .get("/writer/api/projects/")
                .expect(200)
                .json();
            let copy = &all["projects"][0];
            assert_eq!(copy["name"], "Copy");
            let copy = alice.on(copy["id"].as_i64().unwrap());
            assert_eq!(copy.text(ABSTRACT), "two\n");
            assert_eq!(copy.history(ABSTRACT).len(), 1);
            is_whole(alice, bob);
            assert_eq!(copy.text(ABSTRACT), "two\n");
        },
    );
}

#[test]
fn killed_at_any_moment_of_a_series_of_changes() {
    at_once(4, |round| {
        let mut server = Launch::new().pool(1).start();
        let (alice, [bob]) = server.team("alice", [("bob", "editor")]);
        bob.write(ABSTRACT, "one\n");
        bob.write(ABSTRACT, "two\n");
        std::thread::scope(|scope| {
            let changing = scope.spawn(|| {
                for number in 0.. {
                    let changes = [
                        change(
                            "PATCH",
                            &alice.api(""),
                            &json!({ "name": format!("name {number}") }),
                        ),
                        change("POST", &alice.api("duplicate/"), &json!({})),
                        Request::new("DELETE", &alice.api("")),
                        change("POST", &alice.api("restore/"), &json!({})),
                    ];
                    for change in changes {
                        if alice.browser.try_send(change).is_err() {
                            return;
                        }
                    }
                }
            });
            let long = std::time::Duration::from_millis(40 + 35 * u64::try_from(round).unwrap());
            crate::harness::within(long, || false);
            server.kill();
            changing.join().unwrap();
        });
        server.start_again();
        assert_eq!(server.count("SELECT count(*) FROM transfers"), 0);
        let all = alice
            .browser
            .get("/writer/api/projects/")
            .expect(200)
            .json();
        if all["bin"][0]["id"].as_i64() == Some(alice.project) {
            alice
                .browser
                .post(&alice.api("restore/"), &json!({}))
                .expect(200);
        }
        // Every project that is listed is there and can be written in, and no directory belongs to nobody.
        let all = alice
            .browser
            .get("/writer/api/projects/")
            .expect(200)
            .json();
        let listed = all["projects"].as_array().unwrap();
        for project in listed {
            let desk = alice.on(project["id"].as_i64().unwrap());
            assert_eq!(desk.text(ABSTRACT), "two\n");
        }
        assert_eq!(homes(&server, "two\n").len(), listed.len());
        is_whole(&alice, &bob);
    });
}
