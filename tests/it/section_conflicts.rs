//! Saves made from an older version: merged where that is clean, refused with both texts intact where it is not;
//! whatever was acknowledged is the current text or in the history.

use crate::harness::{ABSTRACT, Desk, Server, at_once};

const BASE: &str = "one\ntwo\nthree\nfour\nfive\n";

/// A desk whose abstract is `BASE`, and its version.
fn with_base(server: &Server) -> (Desk, u64) {
    let desk = server.visitor();
    let version = desk.write(ABSTRACT, BASE);
    (desk, version)
}

#[test]
fn edits_of_different_lines_are_merged() {
    let server = Server::start();
    let (desk, base) = with_base(&server);
    desk.save(ABSTRACT, "ONE\ntwo\nthree\nfour\nfive\n", Some(base))
        .expect(200);
    let answer = desk
        .save(ABSTRACT, "one\ntwo\nthree\nfour\nFIVE\n", Some(base))
        .expect(200)
        .json();
    assert_eq!(answer["merged"], true);
    assert_eq!(answer["version"].as_u64(), Some(base + 2));
    assert_eq!(answer["content"], "ONE\ntwo\nthree\nfour\nFIVE\n");
    assert_eq!(
        desk.read(ABSTRACT),
        ("ONE\ntwo\nthree\nfour\nFIVE\n".to_owned(), base + 2)
    );
    desk.file_holds(&server, ABSTRACT, "ONE\ntwo\nthree\nfour\nFIVE\n");
}

#[test]
fn edits_of_the_same_place_are_a_conflict_that_changes_nothing() {
    let server = Server::start();
    let (desk, base) = with_base(&server);
    desk.save(
        ABSTRACT,
        "one\ntwo\nthree was here\nfour\nfive\n",
        Some(base),
    )
    .expect(200);
    let refused = desk
        .save(ABSTRACT, "one\ntwo\n3\nfour\nfive\n", Some(base))
        .refused(409, "conflict")
        .json();
    assert_eq!(refused["content"], "one\ntwo\nthree was here\nfour\nfive\n");
    assert_eq!(refused["version"].as_u64(), Some(base + 1));
    assert_eq!(desk.read(ABSTRACT).1, base + 1);
    // With the version it was told, the page can insist.
    desk.save(ABSTRACT, "one\ntwo\n3\nfour\nfive\n", Some(base + 1))
        .expect(200);
    let past = desk.past_texts(ABSTRACT);
    assert!(past.contains(&"one\ntwo\nthree was here\nfour\nfive\n".to_owned()));
}

#[test]
fn a_save_without_a_version_replaces_and_what_it_replaced_is_in_the_history() {
    let server = Server::start();
    let (desk, base) = with_base(&server);
    let answer = desk.save(ABSTRACT, "all new\n", None).expect(200).json();
    assert_eq!(answer["merged"], false);
    assert_eq!(answer["version"].as_u64(), Some(base + 1));
    assert_eq!(desk.at_version(ABSTRACT, base), BASE);
}

#[test]
fn a_save_that_is_repeated_because_the_answer_was_lost_changes_nothing() {
    let server = Server::start();
    let (desk, base) = with_base(&server);
    let mine = "one\nTWO\nthree\nfour\nfive\n";
    for _ in 0..3 {
        let answer = desk.save(ABSTRACT, mine, Some(base)).expect(200).json();
        assert_eq!(answer["version"].as_u64(), Some(base + 1));
        assert_eq!(answer["merged"], false);
    }
    let theirs = "one\nTWO\nthree\nfour\nFIVE\n";
    desk.save(ABSTRACT, theirs, Some(base + 1)).expect(200);
    let answer = desk.save(ABSTRACT, mine, Some(base)).expect(200).json();
    assert_eq!(answer["version"].as_u64(), Some(base + 2));
    assert_eq!(answer["content"], theirs);
    assert_eq!(desk.history(ABSTRACT).len() as u64, base + 2);
}

#[test]
fn a_save_of_what_is_there_already_makes_no_version() {
    let server = Server::start();
    let (desk, base) = with_base(&server);
    for version in [None, Some(base), Some(1)] {
        let answer = desk.save(ABSTRACT, BASE, version).expect(200).json();
        assert_eq!(answer["version"].as_u64(), Some(base));
    }
    assert_eq!(desk.history(ABSTRACT).len() as u64, base);
}

#[test]
fn versions_that_never_were_are_a_conflict_and_no_failure() {
    let server = Server::start();
    let (desk, base) = with_base(&server);
    for version in [0, base + 1, 1 << 40, i64::MAX as u64, u64::MAX] {
        desk.save(ABSTRACT, "from nowhere\n", Some(version))
            .refused(409, "conflict");
    }
    assert_eq!(desk.read(ABSTRACT), (BASE.to_owned(), base));
}

#[test]
fn a_merge_never_makes_a_text_longer_than_a_text_may_be() {
    let server = Server::start();
    let (desk, _) = with_base(&server);
    let line = "0123456789abcde\n";
    let middle = line.repeat(1024 * 64);
    let base = desk.write(ABSTRACT, &middle);
    let half = "x".repeat(63).clone() + "\n";
    let half = half.repeat(1024 * 12);
    desk.save(ABSTRACT, &format!("{half}{middle}"), Some(base))
        .expect(200);
    let answer = desk.save(ABSTRACT, &format!("{middle}{half}"), Some(base));
    assert!(
        matches!(answer.status, 409 | 413),
        "a merge of {} bytes was stored: {}",
        answer.body.len(),
        answer.status
    );
    let (text, version) = desk.read(ABSTRACT);
    assert!(text.len() <= 2 * 1024 * 1024);
    desk.save(ABSTRACT, &text.replacen('x', "y", 1), Some(version))
        .expect(200);
}

#[test]
fn sixteen_people_with_a_line_each_lose_none() {
    let server = Server::start();
    let desk = server.visitor();
    // Blank lines between, so that neighbours are no conflict.
    let lines: Vec<_> = (0..16).map(|number| format!("line {number}\n\n")).collect();
    desk.write(ABSTRACT, &lines.concat());
    let acknowledged: Vec<String> = at_once(16, |number| {
        let (mut text, mut version) = desk.read(ABSTRACT);
        let mut acknowledged = Vec::new();
        for round in 0..8 {
            let from = text
                .lines()
                .find(|line| {
                    *line == format!("line {number}")
                        || line.starts_with(&format!("line {number} "))
                })
                .unwrap()
                .to_owned();
            let to = format!("line {number} round {round}");
            let next = text.replace(&format!("{from}\n"), &format!("{to}\n"));
            let answer = desk.save(ABSTRACT, &next, Some(version)).expect(200).json();
            acknowledged.push(to);
            version = answer["version"].as_u64().unwrap();
            text = answer["content"].as_str().unwrap_or(&next).to_owned();
        }
        acknowledged
    })
    .into_iter()
    .flatten()
    .collect();

    let (end, version) = desk.read(ABSTRACT);
    for number in 0..16 {
        assert!(end.contains(&format!("line {number} round 7\n")), "{end}");
    }
    assert_eq!(end.lines().count(), 32);
    let past = desk.past_texts(ABSTRACT);
    assert_eq!(past.len() as u64, version);
    for line in acknowledged {
        assert!(past.iter().any(|text| text.contains(&line)), "{line}");
    }
    desk.file_holds(&server, ABSTRACT, &end);
    server.is_at_rest();
}

#[test]
fn saves_that_replace_each_other_are_all_in_the_history() {
    let server = Server::start();
    let desk = server.visitor();
    desk.read(ABSTRACT);
    let versions = at_once(16, |number| {
        (0..6)
            .map(|round| {
                let text = format!("writer {number}, round {round}\n");
                (desk.write(ABSTRACT, &text), text)
            })
            .collect::<Vec<_>>()
    });
    let mut versions: Vec<_> = versions.into_iter().flatten().collect();
    versions.sort();
    let numbers: Vec<_> = versions.iter().map(|(version, _)| *version).collect();
    assert_eq!(numbers, (2..98).collect::<Vec<_>>(), "no version twice");
    for (version, text) in versions {
        assert_eq!(desk.at_version(ABSTRACT, version), text);
    }
}

#[test]
fn saves_of_several_sections_in_any_order_do_not_block_each_other() {
    let server = Server::start();
    let desk = server.visitor();
    let ids = ["abstract", "introduction", "methods", "results"];
    at_once(8, |number| {
        for round in 0..10 {
            let mut sections = serde_json::Map::new();
            for at in 0..3 {
                let id = format!("manuscript/{}", ids[(number + at) % 4]);
                sections.insert(id, format!("{number} {round}\n").into());
            }
            desk.save_sections(&sections.into(), &serde_json::json!({}))
                .expect(200);
        }
    });
    for name in ids {
        let id = format!("manuscript/{name}");
        desk.file_holds(&server, &id, &desk.text(&id));
    }
}
