//! Signing up: names and passwords, and the visitor's work that moves into the account, once and whole.

use std::fs;

use serde_json::json;

use crate::harness::{ABSTRACT, Launch, PASSWORD, Server, at_once, eventually};

#[test]
fn a_visitor_who_signs_up_by_script_keeps_project_history_and_page() {
    let server = Launch::new().pool(1).start();
    let desk = server.visitor();
    desk.write(ABSTRACT, "first\n");
    desk.write(ABSTRACT, "second\n");
    let before = desk.browser.clone();
    let account = desk.browser.sign_up("Alice").expect(200).json();
    assert_eq!(account["success"], true);
    assert_eq!(account["username"], "alice");
    assert_eq!(account["kind"], "member");
    assert_eq!(account["project_id"].as_i64(), Some(desk.project));
    assert_eq!(account["project"], "default-project");
    assert_eq!(
        account["csrf_token"].as_str(),
        Some(desk.browser.token().as_str())
    );
    assert_ne!(before.cookie("sessionid"), desk.browser.cookie("sessionid"));
    assert_ne!(before.token(), desk.browser.token());

    let session = desk.browser.session();
    assert_eq!(session["kind"], "member");
    assert!(session["lease"].is_null());
    assert_eq!(session["project_id"].as_i64(), Some(desk.project));
    assert_eq!(desk.text(ABSTRACT), "second\n");
    assert!(desk.past_texts(ABSTRACT).contains(&"first\n".to_owned()));
    let file = server.data("alice/default-project/scitex/writer/sections/manuscript/abstract.tex");
    desk.file_holds(&server, ABSTRACT, "second\n");
    assert!(file.is_file());
    // The session they came with is over.
    before
        .get("/writer/api/session/")
        .refused(401, "session_expired");
}

#[test]
fn the_slot_that_a_sign_up_left_is_fresh_for_the_next_visitor() {
    let server = Launch::new().pool(1).start();
    let desk = server.visitor();
    let template = desk.text(ABSTRACT);
    desk.write(ABSTRACT, "moves into the account\n");
    desk.browser.sign_up("alice").expect(200);
    let next = server.browser();
    eventually("the slot is free again", || {
        next.get("/writer/").status == 200
    });
    let next = next.desk();
    assert_eq!(next.browser.session()["username"], "visitor-001");
    assert_ne!(next.project, desk.project);
    assert_eq!(next.read(ABSTRACT), (template, 1));
    desk.write(ABSTRACT, "the member goes on\n");
    desk.file_holds(&server, ABSTRACT, "the member goes on\n");
}

#[test]
fn the_form_without_scripts_does_the_same() {
    let server = Server::start();
    let desk = server.visitor();
    desk.write(ABSTRACT, "by form\n");
    let page = desk.browser.get("/auth/signup/?next=/writer/").expect(200);
    assert!(page.text().contains("visitor-001"), "says whose work it is");
    let answer = desk.browser.form(
        "/auth/signup/",
        &[
            ("username", "bob"),
            ("password", PASSWORD),
            ("next", "/writer/"),
        ],
    );
    assert_eq!(answer.expect(303).header("location"), Some("/writer/"));
    assert_eq!(desk.browser.session()["username"], "bob");
    assert_eq!(desk.text(ABSTRACT), "by form\n");
}

#[test]
fn a_form_that_was_refused_comes_back_with_a_reason_and_without_the_password() {
    let server = Server::start();
    let desk = server.visitor();
    let form = |name: &str, password: &str| {
        desk.browser.form(
            "/auth/signup/",
            &[("username", name), ("password", password)],
        )
    };
    let page = form("Has Blanks", PASSWORD).expect(400).text();
    assert!(page.contains("Has Blanks") && !page.contains(PASSWORD));
    assert!(page.contains("2 to 39"), "{page}");
    let page = form("carol", "short").expect(400).text();
    assert!(page.contains("at least 8") && page.contains("carol"));
    server.member("taken");
    form("taken", PASSWORD).expect(409);
    form("<script>alert(1)</script>", PASSWORD).expect(400);
    let page = form("\"><script>alert(1)</script>", PASSWORD).expect(400);
    assert!(!page.text().contains("<script>alert"));
    assert_eq!(desk.browser.session()["kind"], "visitor");
}

#[test]
fn names_are_checked() {
    let server = Server::start();
    server.member("taken");
    let browser = server.visitor().browser;
    let long = "x".repeat(40);
    for bad in [
        "", "a", "-ab", "ab-", "a b", "Zoë", "../etc", "a/b", "a\0b", &long,
    ] {
        let answer = browser.sign_up(bad).refused(400, "username_invalid");
        assert_eq!(answer.json()["field"], "username", "{bad:?}");
    }
    for reserved in [
        "visitor-001",
        "visitor-999",
        "Visitor-x",
        "writer",
        "ADMIN",
        "auth",
        "assets",
    ] {
        browser.sign_up(reserved).refused(400, "username_reserved");
    }
    for taken in ["taken", "TAKEN", " Taken "] {
        browser.sign_up(taken).refused(409, "username_taken");
    }
    assert_eq!(browser.session()["kind"], "visitor");
    browser.sign_up(&"y".repeat(39)).expect(200);
}

#[test]
fn names_that_the_history_uses_for_others_are_reserved() {
    let server = Server::start();
    for author in ["disk", "template"] {
        let answer = server.visitor().browser.sign_up(author);
        assert_eq!(
            answer.code(),
            "username_reserved",
            "{author} would be mistaken in the history: {}",
            answer.text()
        );
    }
}

#[test]
fn passwords_are_checked() {
    let server = Server::start();
    let browser = server.visitor().browser;
    let sign_up = |password: &str| {
        browser.post(
            "/auth/signup/",
            &json!({ "username": "dora", "password": password }),
        )
    };
    let answer = sign_up("1234567").refused(400, "password_too_short");
    assert_eq!(answer.json()["field"], "password");
    sign_up(&"x".repeat(1025)).refused(400, "password_too_long");
    browser
        .post("/auth/signup/", &json!({ "username": "dora" }))
        .refused(400, "password_too_short");
    sign_up(&"ü".repeat(512)).expect(200);
    assert_eq!(browser.session()["username"], "dora");
}

#[test]
fn the_password_is_nowhere_in_the_data_directory_nor_in_the_log() {
    let server = Server::start();
    let desk = server.member("erna");
    desk.write(ABSTRACT, "text\n");
    let database = fs::read(server.data(".scitex-writer/writer.sqlite3")).unwrap();
    let wal = fs::read(server.data(".scitex-writer/writer.sqlite3-wal")).unwrap_or_default();
    let secret = desk.browser.cookie("sessionid").unwrap();
    for needle in [PASSWORD, &secret] {
        for hay in [&database, &wal] {
            let found = hay
                .windows(needle.len())
                .any(|bytes| bytes == needle.as_bytes());
            assert!(!found);
        }
        assert!(!server.log().contains(needle));
    }
}

#[test]
fn a_directory_that_stands_in_the_way_is_left_alone() {
    let server = Server::start();
    let stray = server.data("alice/default-project");
    fs::create_dir_all(&stray).unwrap();
    fs::write(stray.join("notes.txt"), "somebody's").unwrap();
    let desk = server.visitor();
    desk.write(ABSTRACT, "moves beside it\n");
    let account = desk.browser.sign_up("alice").expect(200).json();
    assert_eq!(account["project"], "default-project-2");
    assert_eq!(account["project_id"].as_i64(), Some(desk.project));
    desk.file_holds(&server, ABSTRACT, "moves beside it\n");
    assert!(
        server
            .data("alice/default-project-2/scitex/writer/manuscript.tex")
            .is_file()
    );
    let left: Vec<_> = fs::read_dir(&stray).unwrap().collect();
    assert_eq!(left.len(), 1);
    assert_eq!(
        fs::read_to_string(stray.join("notes.txt")).unwrap(),
        "somebody's"
    );
}

#[test]
fn a_sign_up_without_work_opens_a_project_whatever_stands_in_the_way() {
    let server = Launch::new().pool(0).start();
    let stray = server.data("alice/default-project");
    fs::create_dir_all(&stray).unwrap();
    fs::write(stray.join("notes.txt"), "somebody's").unwrap();
    let desk = server.member("alice");
    assert!(desk.text(ABSTRACT).contains("abstract"));
    assert_eq!(
        fs::read_to_string(stray.join("notes.txt")).unwrap(),
        "somebody's"
    );
}

#[test]
fn a_sign_up_without_having_been_a_visitor_begins_with_the_template() {
    let server = Server::start();
    let desk = server.member("frida");
    assert!(desk.text(ABSTRACT).contains("\\begin{abstract}"));
    desk.write(ABSTRACT, "hers\n");
    desk.file_holds(&server, ABSTRACT, "hers\n");
    let status = server.cli(&["pool", "status"]).ok().stdout;
    assert!(status.contains("Allocated: 0\nFree: 4\n"), "{status}");
}

#[test]
fn several_sign_ups_of_one_visitor_at_once_make_one_account() {
    let server = Server::start();
    let desk = server.visitor();
    desk.write(ABSTRACT, "one work\n");
    let answers = at_once(6, |number| {
        let browser = desk.browser.clone();
        let answer = browser.sign_up(&format!("name-{number}"));
        (browser, answer)
    });
    let made: Vec<_> = answers
        .iter()
        .filter(|(_, answer)| answer.status == 200)
        .collect();
    let refused: Vec<_> = answers
        .iter()
        .filter(|(_, answer)| answer.status != 200)
        .map(|(_, answer)| (answer.status, answer.code()))
        .collect();
    assert_eq!(
        (made.len(), refused.len()),
        (1, 5),
        "one visitor has become several members: {refused:?}"
    );
    for refusal in refused {
        assert!(matches!(refusal.0, 401 | 403 | 409), "{refusal:?}");
    }
    assert_eq!(made[0].1.json()["project_id"].as_i64(), Some(desk.project));
    let desk = made[0].0.clone().desk();
    assert_eq!(desk.text(ABSTRACT), "one work\n");
    assert_eq!(
        server.count("SELECT count(*) FROM users WHERE kind = 'member'"),
        1
    );
    assert_eq!(server.count("SELECT count(*) FROM transfers"), 0);
}

#[test]
fn the_same_name_at_once_goes_to_one_of_them_and_the_others_keep_their_work() {
    let server = Launch::new().pool(6).start();
    let desks: Vec<_> = (0..6).map(|_| server.visitor()).collect();
    for (number, desk) in desks.iter().enumerate() {
        desk.write(ABSTRACT, &format!("visitor {number}\n"));
    }
    let statuses = at_once(6, |number| desks[number].browser.sign_up("wanted").status);
    let count = |status| statuses.iter().filter(|&&each| each == status).count();
    assert_eq!((count(200), count(409)), (1, 5), "{statuses:?}");
    for (number, desk) in desks.iter().enumerate() {
        assert_eq!(desk.text(ABSTRACT), format!("visitor {number}\n"));
        let kind = if statuses[number] == 200 {
            "member"
        } else {
            "visitor"
        };
        assert_eq!(desk.browser.session()["kind"], kind);
    }
}

#[test]
fn saves_that_go_on_during_a_sign_up_are_all_kept() {
    let server = Server::start();
    let desk = server.visitor();
    desk.read(ABSTRACT);
    let tab = desk.clone();
    let acknowledged = std::thread::scope(|scope| {
        let saving = scope.spawn(|| {
            let mut acknowledged = Vec::new();
            for round in 0.. {
                let text = format!("line {round}\n");
                let answer = tab.save(ABSTRACT, &text, None);
                if answer.status != 200 {
                    assert!(matches!(answer.status, 401 | 403), "{}", answer.text());
                    break;
                }
                acknowledged.push(text);
            }
            acknowledged
        });
        eventually("some saves have been made", || desk.read(ABSTRACT).1 > 5);
        desk.browser.sign_up("grete").expect(200);
        saving.join().unwrap()
    });
    let past = desk.past_texts(ABSTRACT);
    for text in &acknowledged {
        assert!(past.contains(text), "{text:?} was acknowledged");
    }
    let last = acknowledged.last().unwrap();
    assert_eq!(&desk.text(ABSTRACT), last);
    desk.file_holds(&server, ABSTRACT, last);
}

#[test]
fn a_member_cannot_sign_up_again() {
    let server = Server::start();
    let desk = server.member("heidi");
    desk.browser
        .sign_up("heidi-2")
        .refused(409, "already_member");
    let answer = desk.browser.get("/auth/signup/");
    assert_eq!(answer.expect(303).header("location"), Some("/writer/"));
    assert_eq!(desk.browser.session()["username"], "heidi");
}
