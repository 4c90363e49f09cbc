//! Texts survive byte for byte, in the API, in the file, after a restart; several sections are saved all or nothing.

use std::fs;

use serde_json::json;

use crate::harness::{ABSTRACT, Server};

const MEGABYTE: usize = 1024 * 1024;

fn samples() -> Vec<(&'static str, String)> {
    vec![
        ("windows line ends", "a\r\nb\r\n\r\nc\r\n".to_owned()),
        ("mixed line ends", "a\rb\nc\r\nd\n\re".to_owned()),
        ("no last line end", "the end".to_owned()),
        ("only line ends", "\n\n\r\n\n".to_owned()),
        ("emoji", "👩‍🔬 measures 🧠\n".to_owned()),
        (
            "combining marks",
            "e\u{301} \u{1e9b}\u{323} \u{212b}\n".to_owned(),
        ),
        ("right to left", "\u{202e}שלום\u{202c} مرحبا\n".to_owned()),
        ("byte order mark", "\u{feff}text\n".to_owned()),
        (
            "NUL and control characters",
            "a\0b\u{1}\u{7f}\u{85}\u{2028}c".to_owned(),
        ),
        (
            "the last characters there are",
            "\u{ffff}\u{10ffff}\u{fdd0}\n".to_owned(),
        ),
        (
            "quotes and backslashes",
            "\\input{\"x\"} '; DROP TABLE texts; --\n".to_owned(),
        ),
        ("blanks", "  \t\n \t  \n   ".to_owned()),
        ("empty", String::new()),
        ("long lines", "x".repeat(300_000)),
        (
            "2 MiB of lines",
            "0123456789abcde\n".repeat(2 * MEGABYTE / 16),
        ),
        ("2 MiB of emoji", "😀".repeat(2 * MEGABYTE / 4)),
        ("one character after 2 MiB", "y".to_owned()),
    ]
}

#[test]
fn every_text_comes_back_byte_for_byte_from_api_file_and_history() {
    let mut server = Server::start();
    let desk = server.visitor();
    let file = desk.section_file(&server, ABSTRACT);
    let mut versions = Vec::new();
    for (what, text) in samples() {
        let version = desk.write(ABSTRACT, &text);
        assert!(desk.read(ABSTRACT) == (text.clone(), version), "{what}");
        versions.push((what, text, version));
    }
    for (what, text, version) in versions {
        assert!(desk.at_version(ABSTRACT, version) == text, "{what}");
    }
    // Files are written half a second later, so one of each kind is enough to wait for.
    for (what, text) in samples().into_iter().step_by(4) {
        desk.write(ABSTRACT, &text);
        desk.file_holds(&server, ABSTRACT, &text);
        assert!(desk.text(ABSTRACT) == text, "{what}");
    }
    let (_, last) = samples().swap_remove(4);
    desk.write(ABSTRACT, &last);
    server.stop();
    assert_eq!(fs::read(&file).unwrap(), last.as_bytes());
    server.start_again();
    assert_eq!(desk.text(ABSTRACT), last);
}

#[test]
fn texts_that_lie_on_the_disk_are_read_byte_for_byte() {
    let server = Server::start();
    let desk = server.visitor();
    let sections = ["introduction", "methods", "results", "discussion"];
    for (name, text) in sections
        .iter()
        .zip(["a\r\nb", "\u{feff}x\0y", "", "e\u{301}👩‍🔬"])
    {
        let id = format!("manuscript/{name}");
        fs::write(desk.section_file(&server, &id), text).unwrap();
        assert_eq!(desk.read(&id), (text.to_owned(), 1));
        let version = desk.write(&id, &format!("{text}!"));
        assert_eq!(desk.read(&id), (format!("{text}!"), version));
        desk.file_holds(&server, &id, &format!("{text}!"));
    }
}

#[test]
fn the_file_keeps_its_name_and_leaves_nothing_beside_it() {
    let server = Server::start();
    let desk = server.visitor();
    desk.write(ABSTRACT, "a text\n");
    desk.file_holds(&server, ABSTRACT, "a text\n");
    let directory = desk.file(&server, "sections/manuscript");
    let mut names: Vec<_> = fs::read_dir(directory)
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect();
    names.sort();
    assert_eq!(
        names,
        [
            "abstract.tex",
            "additional_info.tex",
            "data_availability.tex",
            "discussion.tex",
            "highlights.tex",
            "introduction.tex",
            "methods.tex",
            "results.tex"
        ]
    );
}

#[test]
fn the_file_follows_within_two_seconds_even_under_steady_typing() {
    let server = Server::start();
    let desk = server.visitor();
    let file = desk.section_file(&server, ABSTRACT);
    desk.write(ABSTRACT, "0\n");
    let started = std::time::Instant::now();
    let mut round = 0;
    while fs::read_to_string(&file).is_ok_and(|text| text.contains("abstract")) {
        round += 1;
        desk.write(ABSTRACT, &format!("{round}\n"));
        assert!(started.elapsed().as_secs() < 6, "the file never follows");
    }
    desk.file_holds(&server, ABSTRACT, &format!("{round}\n"));
}

#[test]
fn several_sections_are_saved_together() {
    let server = Server::start();
    let desk = server.visitor();
    let answer = desk
        .save_sections(
            &json!({ "manuscript/abstract": "A\n", "shared/title": "T\n", "revision/editor": "E\n" }),
            &json!({}),
        )
        .expect(200)
        .json();
    assert_eq!(answer["sections_saved"], 3);
    assert_eq!(answer["versions"]["shared/title"], 2);
    assert_eq!(answer["merged"], json!({}));
    assert_eq!(desk.text("manuscript/abstract"), "A\n");
    assert_eq!(desk.text("shared/title"), "T\n");
    assert_eq!(desk.text("revision/editor"), "E\n");
    let nothing = desk.save_sections(&json!({}), &json!({})).expect(200);
    assert_eq!(nothing.json()["sections_saved"], 0);
}

#[test]
fn one_section_that_cannot_be_saved_keeps_all_from_being_saved() {
    let server = Server::start();
    let desk = server.visitor();
    let stale = desk.read("manuscript/methods").1;
    desk.write("manuscript/methods", "changed by somebody else\n");
    let before = (desk.read(ABSTRACT), desk.read("manuscript/methods"));
    let huge = "x".repeat(2 * MEGABYTE + 1);

    let conflict = desk
        .save_sections(
            &json!({ ABSTRACT: "A\n", "manuscript/methods": "mine\n" }),
            &json!({ "manuscript/methods": stale }),
        )
        .refused(409, "conflict");
    let conflicts = &conflict.json()["conflicts"];
    assert_eq!(conflicts.as_object().unwrap().len(), 1);
    assert_eq!(
        conflicts["manuscript/methods"]["content"],
        "changed by somebody else\n"
    );
    assert_eq!(conflicts["manuscript/methods"]["version"], before.1.1);
    for (bad, text, status, code) in [
        ("manuscript/nowhere", "x", 404, "section_not_found"),
        ("manuscript/../x", "x", 400, "invalid_section"),
        ("manuscript/methods", &huge, 413, "text_too_large"),
    ] {
        desk.save_sections(&json!({ ABSTRACT: "A\n", bad: text }), &json!({}))
            .refused(status, code);
    }
    let after = (desk.read(ABSTRACT), desk.read("manuscript/methods"));
    assert_eq!(before, after);
}

#[test]
fn a_version_for_a_section_that_is_not_saved_does_no_harm() {
    let server = Server::start();
    let desk = server.visitor();
    let versions = json!({ "manuscript/methods": 99, "nonsense": 1, ABSTRACT: 1 });
    desk.save_sections(&json!({ ABSTRACT: "A\n" }), &versions)
        .expect(200);
}
