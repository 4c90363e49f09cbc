//! The master files are the registry: what somebody does to them by hand has the same effect as the page.

use std::fs;

use serde_json::json;

use crate::harness::{ABSTRACT, Server};

#[test]
fn lines_that_were_commented_added_and_reordered_by_hand_are_seen() {
    let server = Server::start();
    let desk = server.visitor();
    let path = desk.file(&server, "manuscript.tex");
    let text = fs::read_to_string(&path).unwrap();
    let by_hand = text
        .replace(
            "\\input{sections/manuscript/methods}\n\\input{sections/manuscript/results}\n",
            "\\input{sections/manuscript/results}\n  %% \\input{sections/manuscript/methods.tex}\n",
        )
        .replace(
            "\\input{sections/manuscript/discussion}",
            "\t\\input{sections/manuscript/By-Hand.v2} % mine\n\\input{sections/manuscript/discussion}",
        );
    fs::write(&path, &by_hand).unwrap();
    assert_eq!(
        desk.outline("manuscript")[2..7],
        [
            "introduction",
            "results",
            "-methods",
            "By-Hand.v2",
            "discussion"
        ]
    );
    // A section that was only named so far is empty until somebody writes in it.
    assert_eq!(desk.text("manuscript/By-Hand.v2"), "");
    desk.write("manuscript/By-Hand.v2", "now it is there\n");
    desk.file_holds(&server, "manuscript/By-Hand.v2", "now it is there\n");

    // The page goes on from there, and leaves everything else as it is.
    desk.change("manuscript/methods", &json!({ "included": true }))
        .expect(200);
    let expected = by_hand.replace(
        "  %% \\input{sections/manuscript/methods.tex}",
        "  \\input{sections/manuscript/methods.tex}",
    );
    crate::harness::eventually("only that line has changed", || {
        fs::read_to_string(&path).unwrap() == expected
    });
}

#[test]
fn a_master_with_windows_line_ends_keeps_them() {
    let server = Server::start();
    let desk = server.visitor();
    let path = desk.file(&server, "revision.tex");
    let text = fs::read_to_string(&path).unwrap().replace('\n', "\r\n");
    fs::write(&path, &text).unwrap();
    assert_eq!(desk.outline("revision").len(), 5);
    desk.add("revision", "reviewer3").expect(201);
    desk.change("revision/editor", &json!({ "included": false }))
        .expect(200);
    crate::harness::eventually("the file follows", || {
        let new = fs::read_to_string(&path).unwrap();
        new.contains("% \\input{sections/revision/editor}\r\n")
            && new.contains("\\input{sections/revision/reviewer3}\r\n")
            && new.matches('\n').count() == new.matches("\r\n").count()
            && new.lines().count() == text.lines().count() + 1
    });
}

#[test]
fn lines_that_only_look_like_sections_are_left_alone() {
    let server = Server::start();
    let desk = server.visitor();
    let path = desk.file(&server, "manuscript.tex");
    let text = fs::read_to_string(&path).unwrap();
    let hostile = [
        "\\input{sections/manuscript/../../../../../../etc/passwd}",
        "\\input{sections/../../secret}",
        "\\input{/etc/passwd}",
        "\\input{sections/manuscript/a b}",
        "\\input{sections/unknown/abstract}",
        "\\input{sections/manuscript/",
        "\\input{sections/manuscript/x\0y}",
        "\\include{sections/manuscript/elsewhere}",
        "Some text about \\input{sections/manuscript/inline}",
    ]
    .join("\n");
    fs::write(&path, format!("{text}\n{hostile}\n")).unwrap();
    assert_eq!(desk.outline("manuscript").len(), 8);
    desk.add("manuscript", "proper").expect(201);
    crate::harness::eventually("the rest of the master is as it was", || {
        fs::read_to_string(&path)
            .unwrap()
            .ends_with(&format!("{hostile}\n"))
    });
}

#[test]
fn a_section_named_by_two_masters_is_one_section() {
    let server = Server::start();
    let desk = server.visitor();
    // The title is named by all three masters of the template.
    desk.change("shared/title", &json!({ "name": "heading" }))
        .expect(200);
    for master in ["manuscript", "supplementary", "revision"] {
        let path = desk.file(&server, &format!("{master}.tex"));
        crate::harness::eventually("every master has the new name", || {
            let text = fs::read_to_string(&path).unwrap();
            !text.contains("shared/title}")
                && (text.contains("shared/heading}") || master == "revision")
        });
    }
    assert_eq!(desk.outline("shared")[0], "heading");
    desk.delete("shared/heading").expect(200);
    assert_eq!(desk.outline("shared").len(), 3);
}

#[test]
fn a_master_that_is_gone_takes_its_sections_out_but_no_text() {
    let server = Server::start();
    let desk = server.visitor();
    desk.write(ABSTRACT, "still there\n");
    desk.file_holds(&server, ABSTRACT, "still there\n");
    let path = desk.file(&server, "manuscript.tex");
    let text = fs::read_to_string(&path).unwrap();
    fs::remove_file(&path).unwrap();
    assert_eq!(desk.outline("manuscript").len(), 0);
    assert_eq!(desk.outline("revision").len(), 5);
    fs::write(&path, text).unwrap();
    assert_eq!(desk.outline("manuscript").len(), 8);
    assert_eq!(desk.text(ABSTRACT), "still there\n");
}

#[test]
fn a_master_edited_by_hand_while_the_page_changes_it_keeps_both_changes() {
    let server = Server::start();
    let desk = server.visitor();
    let path = desk.file(&server, "manuscript.tex");
    for round in 0..4 {
        desk.add("manuscript", &format!("page_{round}")).expect(201);
        let text = fs::read_to_string(&path).unwrap();
        fs::write(&path, format!("% note {round}\n{text}")).unwrap();
    }
    crate::harness::eventually("notes and sections are all there", || {
        let text = fs::read_to_string(&path).unwrap();
        (0..4).all(|round| {
            text.contains(&format!("% note {round}\n"))
                && text.contains(&format!("\\input{{sections/manuscript/page_{round}}}\n"))
        })
    });
    assert_eq!(desk.outline("manuscript").len(), 12);
}
