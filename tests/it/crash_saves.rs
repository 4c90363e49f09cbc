//! `kill -9` right after a save was answered, and under load: what was acknowledged is there at the next start.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use serde_json::json;

use crate::harness::{ABSTRACT, Server, at_once, eventually, within};

const SECTIONS: [&str; 5] = [
    "manuscript/abstract",
    "manuscript/methods",
    "shared/title",
    "supplementary/results",
    "revision/reviewer1",
];

#[test]
fn a_save_that_was_answered_outlives_a_kill() {
    let mut server = Server::start();
    let desk = server.visitor();
    let mut expected = BTreeMap::new();
    for round in 0..20_usize {
        let id = SECTIONS[(round * 7) % SECTIONS.len()];
        let text = format!(
            "round {round}\r\n{}no last line end",
            "line 😀\n".repeat(round * 50)
        );
        let version = desk.write(id, &text);
        server.kill();
        expected.insert(id, (text, version));
        server.start_again();
        for (id, (text, version)) in &expected {
            assert_eq!(
                &desk.read(id),
                &(text.clone(), *version),
                "round {round}, {id}"
            );
        }
    }
    for (id, (text, _)) in &expected {
        desk.file_holds(&server, id, text);
    }
}

#[test]
fn several_sections_saved_together_outlive_a_kill_together() {
    let mut server = Server::start();
    let desk = server.visitor();
    for round in 0..5 {
        let texts: serde_json::Map<_, _> = SECTIONS
            .iter()
            .map(|id| ((*id).to_owned(), format!("{id} {round}\n").into()))
            .collect();
        desk.save_sections(&texts.into(), &json!({})).expect(200);
        server.kill();
        server.start_again();
        for id in SECTIONS {
            assert_eq!(desk.text(id), format!("{id} {round}\n"));
        }
    }
}

#[test]
fn a_kill_between_the_journal_and_the_file_is_made_good_at_the_next_start() {
    // Before, during and after the moment at which the file is written.
    at_once(8, |round| {
        let mut server = Server::start();
        let desk = server.visitor();
        let file = desk.section_file(&server, ABSTRACT);
        let text = format!("round {round}\n");
        desk.write(ABSTRACT, &text);
        within(Duration::from_millis(490 + round as u64 * 5), || false);
        server.kill();
        let version = server.count("SELECT max(version) FROM texts");
        server.start_again();
        // Nobody has asked for it yet.
        eventually("the file has the text", || {
            std::fs::read_to_string(&file).unwrap() == text
        });
        assert_eq!(desk.text(ABSTRACT), text);
        assert_eq!(
            desk.read(ABSTRACT).1,
            u64::try_from(version).unwrap(),
            "the server takes its own write for somebody else's"
        );
    });
}

#[test]
fn under_load_every_acknowledged_text_is_current_or_in_the_history() {
    let mut server = Server::start();
    let desks: Vec<_> = (0..3).map(|_| server.visitor()).collect();
    let mut seen = BTreeMap::new();
    for round in 0..3 {
        let saves = AtomicUsize::new(0);
        let acknowledged: Vec<(usize, &str, String)> = std::thread::scope(|scope| {
            let writers: Vec<_> = (0..9)
                .map(|writer: usize| {
                    let (desk, saves) = (&desks[writer % 3], &saves);
                    scope.spawn(move || {
                        let mut acknowledged = Vec::new();
                        for step in 0.. {
                            let id = SECTIONS[(writer + step) % 2];
                            let text = format!("round {round} writer {writer} step {step}\n");
                            let sent = desk.browser.try_send(desk.saving(id, &text, None));
                            match sent {
                                Ok(answer) if answer.status == 200 => {
                                    saves.fetch_add(1, Ordering::Relaxed);
                                    acknowledged.push((writer % 3, id, text));
                                }
                                _ => break,
                            }
                        }
                        acknowledged
                    })
                })
                .collect();
            eventually("many saves have been acknowledged", || {
                saves.load(Ordering::Relaxed) > 200
            });
            server.signal(rustix::process::Signal::KILL);
            let acknowledged = writers
                .into_iter()
                .flat_map(|writer| writer.join().unwrap());
            acknowledged.collect()
        });
        server.start_again();
        for (number, desk) in desks.iter().enumerate() {
            for id in &SECTIONS[..2] {
                let (current, newest) = desk.read(id);
                let first = seen.insert((number, *id), newest).unwrap_or(1);
                let texts: Vec<_> = (first..=newest)
                    .map(|version| desk.at_version(id, version))
                    .collect();
                assert_eq!(texts.last(), Some(&current));
                let mine = acknowledged
                    .iter()
                    .filter(|(desk, section, _)| (*desk, *section) == (number, *id));
                for (_, _, text) in mine {
                    assert!(
                        texts.contains(text),
                        "{text:?} was acknowledged and is lost"
                    );
                }
                desk.file_holds(&server, id, &current);
            }
        }
    }
}

#[test]
fn a_stop_writes_what_the_files_still_lack() {
    let mut server = Server::start();
    let desk = server.visitor();
    let mut files = Vec::new();
    for id in SECTIONS {
        desk.write(id, &format!("{id} at the last moment\n"));
        files.push((
            desk.section_file(&server, id),
            format!("{id} at the last moment\n"),
        ));
    }
    server.stop();
    for (file, text) in files {
        assert_eq!(std::fs::read_to_string(file).unwrap(), text);
    }
}

#[test]
fn a_kill_while_a_section_is_renamed_loses_neither_text_nor_section() {
    at_once(10, |round| {
        let mut server = Server::start();
        let desk = server.visitor();
        desk.write("manuscript/results", "moves\n");
        desk.file_holds(&server, "manuscript/results", "moves\n");
        std::thread::scope(|scope| {
            scope.spawn(|| {
                let change = json!({ "name": "findings" });
                let request =
                    crate::harness::Request::new("PATCH", &desk.section("manuscript/results"))
                        .body("application/json", change.to_string());
                let _ = desk.browser.try_send(request);
            });
            within(Duration::from_millis(round as u64), || false);
            server.signal(rustix::process::Signal::KILL);
        });
        server.start_again();
        let outline = desk.outline("manuscript");
        let named: Vec<_> = ["results", "findings"]
            .into_iter()
            .filter(|name| outline.iter().any(|known| known == name))
            .collect();
        assert_eq!(named.len(), 1, "round {round}: {outline:?}");
        let id = format!("manuscript/{}", named[0]);
        assert_eq!(
            desk.text(&id),
            "moves\n",
            "round {round}: {id} has lost its text"
        );
    });
}

#[test]
fn a_file_that_has_one_of_our_own_versions_is_not_taken_for_somebody_elses() {
    let mut server = Server::start();
    let desk = server.visitor();
    let text = |first: &str, last: usize| format!("{first}\n\nmiddle\n\nlast {last}\n");
    desk.write(ABSTRACT, &text("first", 0));
    desk.file_holds(&server, ABSTRACT, &text("first", 0));
    // The file cannot follow for a while; meanwhile the first line is changed and changed back.
    let file = desk.section_file(&server, ABSTRACT);
    let in_the_way = file.with_file_name(".abstract.tex.writing");
    std::fs::create_dir_all(in_the_way.join("x")).unwrap();
    for round in 1..=230 {
        desk.write(ABSTRACT, &text(&format!("changed {round}"), 0));
    }
    let written = text("changed 230", 0);
    desk.write(ABSTRACT, &text("first", 0));
    let version = desk.write(ABSTRACT, &text("first", 1));
    server.kill();
    // As if it had been killed between writing the file and noting that.
    std::fs::remove_dir_all(in_the_way).unwrap();
    let new = file.with_extension("new");
    std::fs::write(&new, written).unwrap();
    std::fs::rename(new, &file).unwrap();
    server.start_again();
    assert_eq!(desk.read(ABSTRACT), (text("first", 1), version));
    desk.file_holds(&server, ABSTRACT, &text("first", 1));
}
