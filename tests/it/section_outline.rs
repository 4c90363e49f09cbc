//! Adding, renaming, moving, switching and deleting sections: exactly the lines of the masters change, and no text is
//! lost on the way.

use std::fs;
use std::time::Duration;

use serde_json::json;

use crate::harness::{ABSTRACT, Desk, Server, steadily};

const TEMPLATE: [&str; 8] = [
    "abstract",
    "-highlights",
    "introduction",
    "methods",
    "results",
    "discussion",
    "-data_availability",
    "-additional_info",
];

fn master(server: &Server, desk: &Desk) -> String {
    let path = desk.file(server, "manuscript.tex");
    let mut text = fs::read_to_string(&path).unwrap();
    // The file follows the API half a second later.
    let outline = desk.outline("manuscript");
    crate::harness::eventually("the master's file follows", || {
        text = fs::read_to_string(&path).unwrap();
        let named = |line: &&str| line.contains("\\input{sections/manuscript/");
        let names: Vec<_> = text
            .lines()
            .filter(named)
            .map(|line| {
                let name = line.split("manuscript/").nth(1).unwrap();
                let off = if line.starts_with('%') { "-" } else { "" };
                format!("{off}{}", name.trim_end_matches('}'))
            })
            .collect();
        names == outline
    });
    text
}

/// The lines that only one of the texts has.
fn difference(old: &str, new: &str) -> (Vec<String>, Vec<String>) {
    let only = |a: &str, b: &str| {
        let mut rest: Vec<&str> = b.lines().collect();
        let mut only = Vec::new();
        for line in a.lines() {
            match rest.iter().position(|other| *other == line) {
                Some(at) => drop(rest.remove(at)),
                None => only.push(line.to_owned()),
            }
        }
        only
    };
    (only(old, new), only(new, old))
}

#[test]
fn a_new_project_has_the_sections_of_the_template() {
    let server = Server::start();
    let desk = server.visitor();
    assert_eq!(desk.outline("manuscript"), TEMPLATE);
    assert_eq!(
        desk.outline("shared"),
        ["title", "authors", "keywords", "journal_name"]
    );
    assert_eq!(desk.outline("supplementary"), ["methods", "results"]);
    assert_eq!(
        desk.outline("revision"),
        [
            "introduction",
            "editor",
            "reviewer1",
            "reviewer2",
            "conclusion"
        ]
    );
    let answer = desk.browser.get(&desk.api("sections/")).expect(200).json();
    let order: Vec<_> = answer["documents"]
        .as_array()
        .unwrap()
        .iter()
        .map(|document| document["id"].as_str().unwrap())
        .collect();
    assert_eq!(order, ["manuscript", "shared", "supplementary", "revision"]);
    let section = &answer["documents"][0]["sections"][6];
    assert_eq!(section["label"], "Data availability");
    assert_eq!(section["path"], "sections/manuscript/data_availability.tex");
    desk.write(ABSTRACT, "Three words here. % and a comment\n");
    let answer = desk.browser.get(&desk.api("sections/")).expect(200).json();
    assert_eq!(answer["documents"][0]["sections"][0]["words"], 3);
}

#[test]
fn switching_and_moving_touch_one_line_each() {
    let server = Server::start();
    let desk = server.visitor();
    let original = master(&server, &desk);
    let answer = desk
        .change("manuscript/highlights", &json!({ "included": true }))
        .expect(200)
        .json();
    assert_eq!(answer["section"]["included"], true);
    assert_eq!(answer["section"]["id"], "manuscript/highlights");
    let on = master(&server, &desk);
    assert_eq!(
        difference(&original, &on),
        (
            vec!["% \\input{sections/manuscript/highlights}".to_owned()],
            vec!["\\input{sections/manuscript/highlights}".to_owned()]
        )
    );
    desk.change("manuscript/highlights", &json!({ "included": false }))
        .expect(200);
    assert_eq!(master(&server, &desk), original);

    desk.change("manuscript/results", &json!({ "position": 0 }))
        .expect(200);
    assert_eq!(desk.outline("manuscript")[..2], ["results", "abstract"]);
    let moved = master(&server, &desk);
    assert_eq!(difference(&original, &moved), (vec![], vec![]));
    desk.change("manuscript/results", &json!({ "position": 4 }))
        .expect(200);
    assert_eq!(desk.outline("manuscript"), TEMPLATE);
    desk.change("manuscript/abstract", &json!({ "position": 99 }))
        .expect(200);
    assert_eq!(desk.outline("manuscript")[7], "abstract");
    desk.change("manuscript/methods", &json!({})).expect(200);
}

#[test]
fn a_section_is_added_at_the_end_with_a_heading() {
    let server = Server::start();
    let desk = server.visitor();
    let original = master(&server, &desk);
    let answer = desk.add("manuscript", "limits_of_it").expect(201).json();
    assert_eq!(answer["section"]["id"], "manuscript/limits_of_it");
    assert_eq!(answer["section"]["label"], "Limits of it");
    assert_eq!(answer["section"]["included"], true);
    assert!(
        desk.text("manuscript/limits_of_it")
            .starts_with("\\section{Limits of it}")
    );
    let (gone, new) = difference(&original, &master(&server, &desk));
    assert!(gone.is_empty());
    assert_eq!(new, ["\\input{sections/manuscript/limits_of_it}"]);
    desk.write("manuscript/limits_of_it", "text\n");
    desk.file_holds(&server, "manuscript/limits_of_it", "text\n");
    desk.add("shared", "funding").expect(201);
    assert_eq!(desk.outline("shared").len(), 5);
    desk.add("supplementary", "tables").expect(201);
    assert_eq!(
        desk.outline("supplementary"),
        ["methods", "results", "tables"]
    );
}

#[test]
fn names_that_are_taken_or_none_are_refused() {
    let server = Server::start();
    let desk = server.visitor();
    desk.add("manuscript", "abstract")
        .refused(409, "section_exists");
    desk.add("manuscript", "highlights")
        .refused(409, "section_exists");
    let long = "x".repeat(65);
    for bad in [
        "", "Abstract", "a b", "1st", "_x", "a-b", "a.b", "ü", "..", "a/b", "a\n", &long,
    ] {
        desk.add("manuscript", bad).refused(400, "invalid_section");
        let change = json!({ "name": bad });
        desk.change("manuscript/methods", &change)
            .refused(400, "invalid_section");
    }
    for bad in ["", "other", "../manuscript"] {
        desk.add(bad, "x").refused(400, "invalid_section");
    }
    desk.change("manuscript/methods", &json!({ "name": "results" }))
        .refused(409, "section_exists");
    desk.change("manuscript/nowhere", &json!({ "name": "x" }))
        .refused(404, "section_not_found");
    desk.delete("manuscript/nowhere")
        .refused(404, "section_not_found");
    desk.add("manuscript", &"y".repeat(64)).expect(201);
    assert_eq!(desk.outline("manuscript").len(), 9);
}

#[test]
fn a_change_that_is_refused_changes_nothing_at_all() {
    let server = Server::start();
    let desk = server.visitor();
    for name in ["results", "Not A Name"] {
        let change = json!({ "included": false, "position": 0, "name": name });
        let answer = desk.change("manuscript/methods", &change);
        assert!(matches!(answer.status, 400 | 409));
        assert_eq!(
            desk.outline("manuscript"),
            TEMPLATE,
            "half of a refused change was carried out"
        );
    }
}

#[test]
fn a_renamed_section_keeps_text_place_and_history() {
    let server = Server::start();
    let desk = server.visitor();
    desk.write("manuscript/results", "first\n");
    desk.write("manuscript/results", "second\n");
    let old_file = desk.section_file(&server, "manuscript/results");
    let original = master(&server, &desk);
    let answer = desk
        .change("manuscript/results", &json!({ "name": "findings" }))
        .expect(200)
        .json();
    assert_eq!(answer["section"]["id"], "manuscript/findings");
    assert_eq!(desk.outline("manuscript")[4], "findings");
    assert_eq!(desk.read("manuscript/findings"), ("second\n".to_owned(), 3));
    assert_eq!(desk.at_version("manuscript/findings", 2), "first\n");
    desk.get("manuscript/results")
        .refused(404, "section_not_found");
    let (gone, new) = difference(&original, &master(&server, &desk));
    assert_eq!(gone, ["\\input{sections/manuscript/results}"]);
    assert_eq!(new, ["\\input{sections/manuscript/findings}"]);
    desk.file_holds(&server, "manuscript/findings", "second\n");
    steadily(
        "the old file stays away",
        Duration::from_millis(2500),
        || !old_file.exists(),
    );
}

#[test]
fn a_section_renamed_twice_and_added_anew_does_not_get_the_other_ones_text() {
    let server = Server::start();
    let desk = server.visitor();
    desk.write("manuscript/results", "the text that moves\n");
    desk.change("manuscript/results", &json!({ "name": "findings" }))
        .expect(200);
    desk.add("manuscript", "results").expect(201);
    let fresh = desk.text("manuscript/results");
    assert!(fresh.starts_with("\\section{Results}"), "{fresh}");
    steadily("the two stay apart", Duration::from_millis(2500), || {
        desk.text("manuscript/results") == fresh
            && desk.text("manuscript/findings") == "the text that moves\n"
    });
    desk.file_holds(&server, "manuscript/results", &fresh);
    desk.file_holds(&server, "manuscript/findings", "the text that moves\n");
    server.is_at_rest();
}

#[test]
fn a_file_that_stands_at_the_new_name_is_not_overwritten() {
    let server = Server::start();
    let desk = server.visitor();
    desk.write("manuscript/results", "from the page\n");
    // Somebody keeps notes there; no master names them.
    let stray = desk.section_file(&server, "manuscript/findings");
    fs::write(&stray, "weeks of notes\n").unwrap();
    let answer = desk.change("manuscript/results", &json!({ "name": "findings" }));
    if answer.status == 409 {
        assert_eq!(fs::read_to_string(stray).unwrap(), "weeks of notes\n");
        return;
    }
    answer.expect(200);
    let past = desk.past_texts("manuscript/findings");
    assert!(
        past.contains(&"weeks of notes\n".to_owned()),
        "the file that stood there was overwritten"
    );
}

#[test]
fn every_save_that_was_acknowledged_during_a_rename_can_be_had_back() {
    let server = Server::start();
    let desk = server.visitor();
    desk.read("manuscript/results");
    let (mut from, mut to) = ("manuscript/results", "manuscript/findings");
    for round in 0..6 {
        let acknowledged: Vec<String> = std::thread::scope(|scope| {
            let saving: Vec<_> = (0..3)
                .map(|writer| {
                    let desk = &desk;
                    scope.spawn(move || {
                        let mut acknowledged = Vec::new();
                        for step in 0..12 {
                            let text = format!("round {round} writer {writer} step {step}\n");
                            let answer = desk.save(from, &text, None);
                            match answer.status {
                                200 => acknowledged.push(text),
                                404 => break,
                                _ => panic!("{}", answer.text()),
                            }
                        }
                        acknowledged
                    })
                })
                .collect();
            let name = to.strip_prefix("manuscript/").unwrap();
            desk.change(from, &json!({ "name": name })).expect(200);
            saving
                .into_iter()
                .flat_map(|thread| thread.join().unwrap())
                .collect()
        });
        let past = desk.past_texts(to);
        for text in acknowledged {
            assert!(
                past.contains(&text),
                "{text:?} was acknowledged and is lost"
            );
        }
        std::mem::swap(&mut from, &mut to);
    }
    server.is_at_rest();
}

#[test]
fn a_deleted_section_is_gone_and_its_text_is_there_again_when_it_is_added() {
    let server = Server::start();
    let desk = server.visitor();
    desk.write("manuscript/results", "worth keeping\n");
    let file = desk.section_file(&server, "manuscript/results");
    let original = master(&server, &desk);
    desk.delete("manuscript/results").expect(200);
    desk.get("manuscript/results")
        .refused(404, "section_not_found");
    desk.save("manuscript/results", "x", None)
        .refused(404, "section_not_found");
    let (gone, new) = difference(&original, &master(&server, &desk));
    assert_eq!((gone.len(), new.len()), (1, 0));
    steadily("the file stays away", Duration::from_millis(2500), || {
        !file.exists()
    });
    desk.add("manuscript", "results").expect(201);
    let past = desk.past_texts("manuscript/results");
    assert!(past.contains(&"worth keeping\n".to_owned()), "{past:?}");
}

#[test]
fn sections_added_by_several_people_at_once_are_all_there() {
    let server = Server::start();
    let desk = server.visitor();
    let statuses = crate::harness::at_once(6, |number| {
        desk.add("manuscript", &format!("part_{number}")).status
    });
    let outline = desk.outline("manuscript");
    for (number, status) in statuses.into_iter().enumerate() {
        let there = outline.contains(&format!("part_{number}"));
        assert_eq!(there, status == 201, "part_{number}: {status}; {outline:?}");
    }
    let both = crate::harness::at_once(2, |_| desk.add("manuscript", "twice").status);
    let outline = desk.outline("manuscript");
    let named = outline.iter().filter(|name| *name == "twice").count();
    assert_eq!(named, 1, "{both:?}");
    let text = master(&server, &desk);
    assert_eq!(text.matches("manuscript/twice}").count(), 1);
}

#[test]
fn a_document_has_at_most_a_hundred_sections() {
    let server = Server::start();
    let desk = server.visitor();
    let path = desk.file(&server, "supplementary.tex");
    let mut text = fs::read_to_string(&path).unwrap();
    for number in 0..97 {
        use std::fmt::Write as _;
        writeln!(text, "\\input{{sections/supplementary/part{number}}}").unwrap();
    }
    fs::write(&path, text).unwrap();
    desk.add("supplementary", "the_last_one").expect(201);
    desk.add("supplementary", "one_too_many")
        .refused(409, "too_many_sections");
}
