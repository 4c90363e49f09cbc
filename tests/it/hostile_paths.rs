//! Ids, names and files that try to lead out of a project: refused, and nothing outside is read or written.

use std::fs;
use std::os::unix::fs::symlink;
use std::path::PathBuf;
use std::time::Duration;

use serde_json::json;

use crate::harness::{ABSTRACT, Desk, Request, Server, steadily, within};

/// A file outside the project that nobody may see or touch.
fn secret(server: &Server) -> PathBuf {
    let file = server.launch.outside().join("secret.tex");
    fs::write(&file, "the secret\n").unwrap();
    file
}

/// Neither reads nor saves get to the file, now or a moment later.
#[track_caller]
fn out_of_reach(desk: &Desk, id: &str, file: &PathBuf) {
    for answer in [
        desk.get(id),
        desk.save(id, "overwritten\n", None),
        desk.save(id, "overwritten\n", Some(1)),
        desk.browser
            .get(&desk.api(&format!("history/?section={id}"))),
        desk.browser.get(&desk.api("sections/")),
    ] {
        assert!(!answer.text().contains("the secret"), "{}", answer.text());
        if answer.status != 200 {
            assert!(!answer.code().is_empty(), "{}", answer.text());
        }
    }
    steadily(
        "the file outside stays as it is",
        Duration::from_millis(700),
        || fs::read_to_string(file).unwrap() == "the secret\n",
    );
}

#[test]
fn hostile_section_ids_are_refused_as_no_ids() {
    let server = Server::start();
    let desk = server.visitor();
    let long = "x".repeat(65);
    let longer = "y".repeat(5000);
    for (document, name) in [
        ("manuscript", ".."),
        ("manuscript", "..%2f..%2f..%2fetc%2fpasswd"),
        ("manuscript", "%2e%2e"),
        ("manuscript", "%2e%2e%2fmanuscript"),
        ("manuscript", "%2Fetc%2Fpasswd"),
        ("manuscript", "abstract%2f..%2fmethods"),
        ("manuscript", "abstract%00"),
        ("manuscript", "abstract%00.tex"),
        ("manuscript", "%0aabstract"),
        ("manuscript", "abstract%5c..%5cx"),
        ("manuscript", ".abstract.tex.writing"),
        ("manuscript", "%c3%bc"),
        ("manuscript", "a%20b"),
        ("manuscript", &long),
        ("manuscript", &longer),
        ("..", "abstract"),
        ("%2e%2e%2f%2e%2e", "abstract"),
        ("%2e", "abstract"),
        ("", "abstract"),
        ("Manuscript", "abstract"),
        ("figures", "abstract"),
        (".scitex-writer", "x"),
    ] {
        let path = desk.api(&format!("section/{document}/{name}/"));
        for method in ["GET", "PUT", "PATCH", "DELETE"] {
            let request = Request::new(method, &path)
                .header("Accept", "application/json")
                .body("application/json", json!({ "content": "x" }).to_string());
            let answer = desk.browser.send(request);
            assert!(
                matches!(answer.status, 400 | 404),
                "{method} {path}: {} {}",
                answer.status,
                answer.text()
            );
            assert!(
                !answer.code().is_empty(),
                "{method} {path}: {}",
                answer.text()
            );
        }
    }
}

#[test]
fn hostile_ids_in_bodies_and_queries_are_refused_as_well() {
    let server = Server::start();
    let desk = server.visitor();
    for id in [
        "manuscript/../shared/title",
        "../../../../etc/passwd",
        "/etc/passwd",
        "manuscript/a\0b",
        "manuscript\\abstract",
        "manuscript//abstract",
        "manuscript/abstract/",
        "manuscript",
        "",
    ] {
        desk.save_sections(&json!({ id: "x" }), &json!({}))
            .refused(400, "invalid_section");
        desk.browser
            .post(&desk.api("history/1/restore/"), &json!({ "section": id }))
            .refused(400, "invalid_section");
    }
    assert!(desk.text(ABSTRACT).contains("\\begin{abstract}"));
}

#[test]
fn path_parameters_that_are_not_text_are_refused_as_json() {
    let server = Server::start();
    let desk = server.visitor();
    for path in [
        desk.api("section/manuscript/%ff/"),
        desk.api("section/%ff%fe/abstract/"),
        desk.api("history/%ff/?section=manuscript/abstract"),
        "/writer/api/project/%ff/sections/".to_owned(),
        "/writer/api/project/1e9/sections/".to_owned(),
        "/writer/api/project/-1/sections/".to_owned(),
        "/writer/api/project/99999999999999999999/sections/".to_owned(),
        "/writer/api/session/?project=abc".to_owned(),
        "/writer/api/session/?project=99999999999999999999".to_owned(),
        "/writer/project/%ff/".to_owned(),
        "/assets/%ff".to_owned(),
    ] {
        let request = Request::new("GET", &path).header("Accept", "application/json");
        let answer = desk.browser.send(request);
        assert!(
            matches!(answer.status, 400 | 404),
            "{path}: {}",
            answer.status
        );
        assert!(!answer.code().is_empty(), "{path}: {}", answer.text());
        answer.json()["request_id"].as_str().unwrap();
    }
}

#[test]
fn a_section_that_is_a_link_out_of_the_project_is_out_of_reach() {
    let server = Server::start();
    let secret = secret(&server);
    let desk = server.visitor();
    // Once never opened before, once open already.
    desk.read("manuscript/methods");
    for id in [ABSTRACT, "manuscript/methods"] {
        let file = desk.section_file(&server, id);
        fs::remove_file(&file).unwrap();
        symlink(&secret, &file).unwrap();
        out_of_reach(&desk, id, &secret);
        fs::remove_file(&file).unwrap();
        symlink("../../../../../../secret.tex", &file).unwrap();
        out_of_reach(&desk, id, &secret);
    }
    desk.write("manuscript/results", "the others can be worked on\n");
}

#[test]
fn a_sections_directory_that_is_a_link_out_of_the_project_is_out_of_reach() {
    let server = Server::start();
    let outside = server.launch.outside();
    let secret = secret(&server);
    fs::rename(&secret, outside.join("abstract.tex")).unwrap();
    let secret = outside.join("abstract.tex");
    let desk = server.visitor();
    desk.write(ABSTRACT, "unflushed\n");
    let directory = desk.file(&server, "sections/manuscript");
    fs::remove_dir_all(&directory).unwrap();
    symlink(&outside, &directory).unwrap();
    out_of_reach(&desk, ABSTRACT, &secret);
    assert!(!outside.join(".abstract.tex.writing").exists());
    let sections = desk.file(&server, "sections");
    fs::remove_file(&directory).unwrap();
    fs::remove_dir_all(&sections).unwrap();
    fs::create_dir(outside.join("manuscript")).unwrap();
    symlink(&outside, &sections).unwrap();
    desk.save(ABSTRACT, "overwritten\n", None);
    desk.add("manuscript", "fresh");
    steadily(
        "nothing is written outside",
        Duration::from_millis(700),
        || fs::read_dir(outside.join("manuscript")).unwrap().count() == 0,
    );
}

#[test]
fn a_master_that_is_a_link_out_of_the_project_is_out_of_reach() {
    let server = Server::start();
    let desk = server.visitor();
    let outside = server.launch.outside().join("master.tex");
    let text = "\\input{sections/manuscript/the_secret_name}\n";
    fs::write(&outside, text).unwrap();
    let master = desk.file(&server, "manuscript.tex");
    fs::remove_file(&master).unwrap();
    symlink(&outside, &master).unwrap();
    for answer in [
        desk.browser.get(&desk.api("sections/")),
        desk.add("manuscript", "fresh"),
        desk.change(ABSTRACT, &json!({ "included": false })),
        desk.get("manuscript/the_secret_name"),
    ] {
        assert!(
            !answer.text().contains("the_secret_name"),
            "{}",
            answer.text()
        );
        assert!(!answer.text().contains("/dev/shm"), "{}", answer.text());
    }
    steadily(
        "the file outside stays as it is",
        Duration::from_millis(700),
        || fs::read_to_string(&outside).unwrap() == text,
    );
}

#[test]
fn a_link_within_the_project_is_followed_when_read_and_never_damages_its_target() {
    let server = Server::start();
    let desk = server.visitor();
    let file = desk.section_file(&server, ABSTRACT);
    let methods = fs::read_to_string(desk.section_file(&server, "manuscript/methods")).unwrap();
    fs::remove_file(&file).unwrap();
    symlink("methods.tex", &file).unwrap();
    assert_eq!(desk.text(ABSTRACT), methods);
    desk.write(ABSTRACT, "its own again\n");
    desk.file_holds(&server, ABSTRACT, "its own again\n");
    assert_eq!(desk.text("manuscript/methods"), methods);
}

#[test]
fn things_that_are_no_files_are_an_error_and_hold_nothing_up() {
    let server = Server::start();
    let desk = server.visitor();
    let place = |name: &str| desk.section_file(&server, &format!("manuscript/{name}"));
    for name in ["abstract", "introduction", "methods", "results"] {
        fs::remove_file(place(name)).unwrap();
    }
    fs::create_dir(place("abstract")).unwrap();
    symlink("results.tex", place("results")).unwrap();
    symlink("/dev/zero", place("introduction")).unwrap();
    rustix::fs::mknodat(
        rustix::fs::CWD,
        place("methods"),
        rustix::fs::FileType::Fifo,
        rustix::fs::Mode::RUSR,
        0,
    )
    .unwrap();
    for name in ["abstract", "results", "introduction", "methods"] {
        let id = format!("manuscript/{name}");
        // The server has its own patience; the test has less.
        let desk = desk.clone();
        let asked = std::thread::spawn(move || (desk.get(&id), desk.save(&id, "x\n", None)));
        let answered = within(Duration::from_secs(5), || asked.is_finished());
        assert!(answered, "reading {name} as a special file never ends");
        let (read, saved) = asked.join().unwrap();
        for answer in [read, saved] {
            if answer.status != 200 {
                assert!(!answer.code().is_empty(), "{}", answer.text());
            }
        }
    }
    desk.browser.get(&desk.api("sections/")).expect(200);
    desk.write("manuscript/discussion", "the others can be worked on\n");
}

#[test]
fn a_file_of_absurd_size_does_not_take_the_server_down() {
    let server = Server::start();
    let desk = server.visitor();
    desk.read("manuscript/methods");
    for id in [ABSTRACT, "manuscript/methods"] {
        let file = fs::OpenOptions::new()
            .write(true)
            .open(desk.section_file(&server, id))
            .unwrap();
        // Sparse: it takes no room on the disk.
        file.set_len(1 << 42).unwrap();
        let read = desk
            .browser
            .try_send(Request::new("GET", &desk.section(id)));
        let saved = desk.browser.try_send(desk.saving(id, "x\n", None));
        for answer in [read, saved] {
            let answer = answer.expect("the server is still there");
            assert!(answer.status >= 400, "{}", answer.status);
            assert!(!answer.code().is_empty(), "{}", answer.text());
        }
        let outline = Request::new("GET", &desk.api("sections/"));
        let outline = desk.browser.try_send(outline);
        outline.expect("the server is still there").expect(200);
    }
    desk.write("manuscript/results", "the others can be worked on\n");
}
