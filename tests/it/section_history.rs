//! The history: who changed how much and when; every version can be read and made the current one again.

use serde_json::json;

use crate::harness::{ABSTRACT, Request, Server};

#[test]
fn versions_are_listed_newest_first_with_author_time_and_size() {
    let server = Server::start();
    let desk = server.visitor();
    let template = desk.text(ABSTRACT);
    desk.write(ABSTRACT, &format!("{template}😀 more"));
    desk.write(ABSTRACT, &template);
    let history = desk.history(ABSTRACT);
    let numbers: Vec<_> = history
        .iter()
        .map(|row| row["version"].as_u64().unwrap())
        .collect();
    assert_eq!(numbers, [3, 2, 1]);
    // In UTF-16 units, as the page counts.
    assert_eq!(
        (&history[1]["added"], &history[1]["removed"]),
        (&json!(7), &json!(0))
    );
    assert_eq!(
        (&history[0]["added"], &history[0]["removed"]),
        (&json!(0), &json!(7))
    );
    assert_eq!(history[0]["by"], desk.browser.session()["username"]);
    assert_eq!(history[2]["by"], "template");
    for row in &history {
        let at = row["at"].as_str().unwrap();
        assert!(
            at.starts_with("20") && at.ends_with('Z') && at.len() == 20,
            "{at}"
        );
    }
}

#[test]
fn the_list_is_cut_at_200_and_goes_on_below() {
    let server = Server::start();
    let desk = server.visitor();
    for round in 0..210 {
        desk.write(ABSTRACT, &format!("{round}\n"));
    }
    let first = desk.history(ABSTRACT);
    assert_eq!(first.len(), 200);
    let below = first.last().unwrap()["version"].as_u64().unwrap();
    let path = desk.api(&format!("history/?section={ABSTRACT}&before={below}"));
    let rest = desk.browser.get(&path).expect(200).json();
    let rest = rest["versions"].as_array().unwrap().clone();
    assert_eq!(rest.len(), 11);
    assert_eq!(rest[0]["version"].as_u64(), Some(below - 1));
    // Beyond the full texts that the journal has in between.
    assert_eq!(desk.at_version(ABSTRACT, 2), "0\n");
    assert_eq!(desk.at_version(ABSTRACT, 150), "148\n");
    assert_eq!(desk.at_version(ABSTRACT, 211), "209\n");
}

#[test]
fn a_restored_version_becomes_the_newest_and_what_it_replaced_stays() {
    let server = Server::start();
    let desk = server.visitor();
    let old = desk.write(ABSTRACT, "the good old text\n");
    let bad = desk.write(ABSTRACT, "a mistake\n");
    let restored = desk
        .browser
        .post(
            &desk.api(&format!("history/{old}/restore/")),
            &json!({ "section": ABSTRACT }),
        )
        .expect(200)
        .json();
    assert_eq!(restored["content"], "the good old text\n");
    assert_eq!(restored["version"].as_u64(), Some(bad + 1));
    assert_eq!(desk.text(ABSTRACT), "the good old text\n");
    assert_eq!(desk.at_version(ABSTRACT, bad), "a mistake\n");
    desk.file_holds(&server, ABSTRACT, "the good old text\n");
}

#[test]
fn versions_that_never_were_are_not_found() {
    let server = Server::start();
    let desk = server.visitor();
    desk.read(ABSTRACT);
    let huge = [i64::MAX.to_string(), u64::MAX.to_string(), "9".repeat(30)];
    let huge = huge.iter().map(String::as_str);
    for version in ["0", "2", "-1", "1.5", "x"].into_iter().chain(huge) {
        let path = desk.api(&format!("history/{version}/?section={ABSTRACT}"));
        desk.browser.get(&path).refused(404, "version_not_found");
        let path = desk.api(&format!("history/{version}/restore/"));
        desk.browser
            .post(&path, &json!({ "section": ABSTRACT }))
            .refused(404, "version_not_found");
    }
}

#[test]
fn the_history_of_no_section_is_refused_as_json() {
    let server = Server::start();
    let desk = server.visitor();
    let get = |rest: &str| desk.browser.get(&desk.api(rest));
    get("history/?section=manuscript/nowhere").refused(404, "section_not_found");
    get("history/?section=manuscript/..").refused(400, "invalid_section");
    get("history/?section=%2e%2e/x").refused(400, "invalid_section");
    for rest in [
        "history/",
        "history/1/",
        "history/?section=manuscript/abstract&before=x",
    ] {
        let answer = get(rest);
        assert_eq!(answer.status, 400, "{rest}");
        assert!(!answer.code().is_empty(), "{rest}: {}", answer.text());
    }
}

#[test]
fn a_section_that_nobody_has_opened_has_an_empty_history() {
    let server = Server::start();
    let desk = server.visitor();
    assert_eq!(desk.history("manuscript/methods").len(), 0);
}

#[test]
fn the_history_of_another_project_is_out_of_reach() {
    let server = Server::start();
    let mut desk = server.visitor();
    let other = server.visitor();
    other.write(ABSTRACT, "private\n");
    desk.project = other.project;
    for rest in [
        format!("history/?section={ABSTRACT}"),
        format!("history/2/?section={ABSTRACT}"),
    ] {
        desk.browser
            .get(&desk.api(&rest))
            .refused(404, "project_not_found");
    }
    let restore = Request::new("POST", &desk.api("history/1/restore/")).body(
        "application/json",
        json!({ "section": ABSTRACT }).to_string(),
    );
    desk.browser.send(restore).refused(404, "project_not_found");
    assert_eq!(other.text(ABSTRACT), "private\n");
}
