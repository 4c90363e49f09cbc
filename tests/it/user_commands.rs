//! `user add`, `passwd`, `list`, `remove`, while the server runs.

use serde_json::{Value, json};

use crate::harness::{ABSTRACT, PASSWORD, Ran, Server, eventually};

fn add(server: &Server, name: &str, password: &str) -> Ran {
    server.cli_with(
        &["user", "add", name, "--password-stdin"],
        &format!("{password}\n"),
    )
}

#[test]
fn an_added_account_can_log_in_at_once() {
    let server = Server::start();
    let added = add(&server, "Alice", PASSWORD).ok();
    assert!(added.stdout.contains("Added alice"), "{}", added.stdout);
    let browser = server.browser();
    browser.get("/auth/login/").expect(200);
    browser.log_in("alice").expect(200);
    let desk = browser.desk();
    desk.write(ABSTRACT, "hers\n");
    desk.file_holds(&server, ABSTRACT, "hers\n");
}

#[test]
fn bad_names_and_passwords_are_refused_with_a_sentence() {
    let server = Server::start();
    add(&server, "alice", PASSWORD).ok();
    add(&server, "ALICE", PASSWORD).failed(1, "account of this name already");
    add(&server, "visitor-001", PASSWORD).failed(1, "reserved");
    add(&server, "a b", PASSWORD).failed(1, "2 to 39");
    add(&server, "bob", "short").failed(1, "at least 8");
    add(&server, "bob", &"x".repeat(1025)).failed(1, "at most 1024");
    server
        .cli(&["user", "add", "bob"])
        .failed(1, "--password-stdin");
    server
        .cli_with(
            &["user", "passwd", "nobody", "--password-stdin"],
            "12345678\n",
        )
        .failed(1, "no account");
    server
        .cli(&["user", "remove", "nobody", "--yes"])
        .failed(1, "no account");
    server
        .cli(&["user", "remove", "visitor-001", "--yes"])
        .failed(1, "reserved");
    assert_eq!(
        server.count("SELECT count(*) FROM users WHERE kind = 'member'"),
        1
    );
}

#[test]
fn the_list_has_members_only_and_also_as_json() {
    let server = Server::start();
    add(&server, "zoe", PASSWORD).ok();
    let admin = ["user", "add", "ada", "--admin", "--password-stdin"];
    server.cli_with(&admin, PASSWORD).ok();
    let list = server.cli(&["user", "list"]).ok().stdout;
    let lines: Vec<_> = list.lines().collect();
    assert_eq!(lines.len(), 2, "{list}");
    assert!(lines[0].starts_with("ada") && lines[0].ends_with("admin"));
    assert!(lines[1].starts_with("zoe") && !lines[1].contains("admin"));
    let json: Value =
        serde_json::from_str(&server.cli(&["user", "list", "--json"]).ok().stdout).unwrap();
    assert_eq!(json[0]["username"], "ada");
    assert_eq!(json[0]["admin"], true);
    assert_eq!(json[1]["admin"], false);
}

#[test]
fn a_new_password_ends_all_sessions_of_the_account() {
    let server = Server::start();
    let first = server.member("alice");
    let second = server.browser();
    second.get("/auth/login/").expect(200);
    second.log_in("alice").expect(200);
    first.read(ABSTRACT);
    let other = server.member("bob");
    server
        .cli_with(
            &["user", "passwd", "alice", "--password-stdin"],
            "a new pass phrase\n",
        )
        .ok();
    eventually("the server has heard of it", || {
        first.get(ABSTRACT).status == 401
    });
    first.get(ABSTRACT).refused(401, "session_expired");
    second
        .get("/writer/api/session/")
        .refused(401, "session_expired");
    other.read(ABSTRACT);
    second.get("/auth/login/").expect(200);
    second.log_in("alice").refused(401, "wrong_credentials");
    let body = json!({ "username": "alice", "password": "a new pass phrase" });
    second.post("/auth/login/", &body).expect(200);
}

#[test]
fn a_removed_account_is_gone_and_its_files_are_kept_and_named() {
    let server = Server::start();
    let desk = server.member("alice");
    desk.write(ABSTRACT, "kept\n");
    desk.file_holds(&server, ABSTRACT, "kept\n");
    server.cli(&["user", "remove", "alice"]).failed(1, "--yes");
    let removed = server.cli(&["user", "remove", "alice", "--yes"]).ok();
    let kept = removed
        .stdout
        .lines()
        .find_map(|line| line.split_once("kept in "))
        .unwrap()
        .1;
    let file = format!("{kept}/scitex/writer/sections/manuscript/abstract.tex");
    assert_eq!(std::fs::read_to_string(file).unwrap(), "kept\n");
    assert!(!server.data("alice").exists());
    eventually("the server has heard of it", || {
        desk.get(ABSTRACT).status == 401
    });
    let browser = server.browser();
    browser.get("/auth/login/").expect(200);
    browser.log_in("alice").refused(401, "wrong_credentials");
    // The name is free again, and begins with nothing of the old account's.
    let again = server.member("alice");
    assert_ne!(again.project, desk.project);
    assert!(again.text(ABSTRACT).contains("\\begin{abstract}"));
}

#[test]
fn removing_an_account_that_is_being_written_to_loses_no_acknowledged_text() {
    let server = Server::start();
    let desk = server.member("alice");
    desk.read(ABSTRACT);
    let acknowledged = std::thread::scope(|scope| {
        let writing = scope.spawn(|| {
            let mut last = String::new();
            for round in 0..400 {
                let text = format!("round {round}\n");
                if desk.save(ABSTRACT, &text, None).status != 200 {
                    break;
                }
                last = text;
            }
            last
        });
        eventually("some text is there", || {
            server.count("SELECT count(*) FROM changes WHERE author = 'alice'") > 3
        });
        server.cli(&["user", "remove", "alice", "--yes"]).ok();
        writing.join().unwrap()
    });
    let file = server.data(&format!(
        ".scitex-writer/parked/{}/scitex/writer/sections/manuscript/abstract.tex",
        desk.project
    ));
    eventually("the kept file holds the last acknowledged text", || {
        std::fs::read_to_string(&file).is_ok_and(|text| text == acknowledged)
    });
}
