//! Duplicating a project, and how many there can be.

use std::fs;
use std::os::unix::fs::symlink;

use serde_json::{Value, json};

use crate::harness::{ABSTRACT, Answer, Desk, Server, at_once};

fn create(desk: &Desk, name: &str) -> Answer {
    desk.browser
        .post("/writer/api/projects/", &json!({ "name": name }))
}

fn duplicate(desk: &Desk, body: &Value) -> Answer {
    desk.browser.post(&desk.api("duplicate/"), body)
}

fn restore(desk: &Desk) -> Answer {
    desk.browser.post(&desk.api("restore/"), &json!({}))
}

#[test]
fn a_copy_has_all_files_and_neither_history_nor_people_nor_what_leads_out() {
    let server = Server::start();
    let (alice, [vera]) = server.team("alice", [("vera", "viewer")]);
    alice.write(ABSTRACT, "first\n");
    alice.write(ABSTRACT, "second, not yet on the disk\n");
    alice.add("manuscript", "outlook").expect(201);
    let binary: Vec<u8> = (0..=255).cycle().take(100_000).collect();
    let file = |path: &str| alice.file(&server, path);
    fs::create_dir_all(file("figures/raw/deep")).unwrap();
    fs::write(file("figures/raw/deep/plot.bin"), &binary).unwrap();
    fs::write(file("tables/empty.tex"), "").unwrap();
    let secret = server.launch.outside().join("secret");
    fs::write(&secret, "somebody else's").unwrap();
    symlink(&secret, file("figures/secret")).unwrap();
    symlink("/", file("figures/root")).unwrap();
    symlink("manuscript.tex", file("alias.tex")).unwrap();

    let made = duplicate(&vera, &json!({})).expect(201).json();
    assert_eq!(made["project"]["name"], "default-project-copy");
    assert_eq!(
        (&made["project"]["owner"], &made["project"]["role"]),
        (&json!("vera"), &json!("owner"))
    );
    assert_eq!(made["project"]["people"], 1);
    let copy = vera.on(made["project"]["id"].as_i64().unwrap());
    assert_eq!(copy.text(ABSTRACT), "second, not yet on the disk\n");
    assert_eq!(copy.history(ABSTRACT).len(), 1);
    assert!(copy.outline("manuscript").contains(&"outlook".to_owned()));
    let there = server.data("vera/default-project-copy/scitex/writer");
    assert_eq!(
        fs::read(there.join("figures/raw/deep/plot.bin")).unwrap(),
        binary
    );
    assert_eq!(fs::read(there.join("tables/empty.tex")).unwrap(), b"");
    for left_out in ["figures/secret", "figures/root", "alias.tex"] {
        assert!(
            fs::symlink_metadata(there.join(left_out)).is_err(),
            "{left_out}"
        );
    }
    // Neither knows of the other from here on.
    copy.write(ABSTRACT, "vera's\n");
    assert!(alice.text(ABSTRACT).starts_with("second"));
    alice
        .on(copy.project)
        .get(ABSTRACT)
        .refused(404, "project_not_found");
    assert_eq!(
        fs::read_dir(server.data(".scitex-writer/staging"))
            .unwrap()
            .count(),
        0
    );
}

#[test]
fn copies_are_named_after_the_original_or_as_wanted() {
    let server = Server::start();
    let alice = server.member("alice");
    let name = |answer: Answer| {
        answer.expect(201).json()["project"]["name"]
            .as_str()
            .unwrap()
            .to_owned()
    };
    assert_eq!(name(duplicate(&alice, &json!({}))), "default-project-copy");
    assert_eq!(
        name(duplicate(&alice, &json!({}))),
        "default-project-copy-2"
    );
    assert_eq!(name(duplicate(&alice, &json!({ "name": "Mine" }))), "Mine");
    let long = alice.create(&"y".repeat(64));
    let copy = name(duplicate(&long, &json!({})));
    assert!(copy.ends_with("-copy") && copy.len() <= 64, "{copy}");
    let copies = at_once(3, |_| duplicate(&alice, &json!({ "name": "Once" })).status);
    assert_eq!(
        copies.iter().filter(|&&status| status == 201).count(),
        1,
        "{copies:?}"
    );
}

#[test]
fn an_account_can_have_five_hundred_and_no_more() {
    let server = Server::start();
    let alice = server.member("alice");
    let binned = alice.create("binned");
    binned.remove("").expect(200);
    at_once(4, |thread| {
        for number in 0..125 {
            if (thread, number) != (0, 0) {
                create(&alice, &format!("p{thread}-{number}")).expect(201);
            }
        }
    });
    create(&alice, "one more").refused(409, "too_many_projects");
    duplicate(&alice, &json!({})).refused(409, "too_many_projects");
    restore(&binned).refused(409, "too_many_projects");
    let all = alice
        .browser
        .get("/writer/api/projects/")
        .expect(200)
        .json();
    assert_eq!(all["projects"].as_array().unwrap().len(), 500);
    assert_eq!(fs::read_dir(server.data("alice")).unwrap().count(), 500);
    assert_eq!(
        fs::read_dir(server.data(".scitex-writer/staging"))
            .unwrap()
            .count(),
        0
    );
    alice.remove("").expect(200);
    restore(&binned).expect(200);
}
