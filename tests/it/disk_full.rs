//! A disk that takes no more: a save is refused in plain words, reading goes on, and once there is room the same save
//! succeeds. A file that cannot be written does not hold up the journal, and follows when it can be.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use serde_json::json;

use crate::harness::{ABSTRACT, Launch, Server, at_once, eventually, steadily};

/// A small disk of its own. It needs root, and a machine that allows mounting: both are so in CI.
struct Disk(PathBuf);

impl Disk {
    fn mount(at: &Path, megabytes: u32) -> Self {
        fs::create_dir_all(at).unwrap();
        let mounted = Command::new("mount")
            .args(["-t", "tmpfs", "-o", &format!("size={megabytes}m"), "tmpfs"])
            .arg(at)
            .output()
            .expect("the tests need the program mount");
        assert!(
            mounted.status.success(),
            "a small file system cannot be mounted (the tests of full disks need root): {}",
            String::from_utf8_lossy(&mounted.stderr)
        );
        Self(at.to_owned())
    }

    /// Takes all the room there is.
    fn fill(&self) {
        use std::io::Write as _;
        let mut file = fs::File::create(self.0.join("filler")).unwrap();
        for size in [64 * 1024, 4096, 512, 1] {
            let block = vec![0; size];
            while file.write_all(&block).is_ok() {}
        }
    }

    fn free(&self) {
        fs::remove_file(self.0.join("filler")).unwrap();
    }
}

impl Drop for Disk {
    fn drop(&mut self) {
        let _ = Command::new("umount").arg("-l").arg(&self.0).status();
    }
}

/// A server whose data lies on a disk of this size. The disk is dropped after the server.
fn on_disk(megabytes: u32) -> (Server, Disk) {
    let launch = Launch::new().pool(2);
    let disk = Disk::mount(&launch.outside().join("disk"), megabytes);
    let data = disk.0.join("data");
    (launch.data(data).start(), disk)
}

/// What does not compress and does not fit.
fn large(mark: u32) -> String {
    use std::fmt::Write as _;
    let mut text = String::new();
    for line in 0..20_000 {
        writeln!(
            text,
            "{mark} line {line} {:x}",
            line * 2_654_435_761_u64 % 1_000_003
        )
        .unwrap();
    }
    text
}

#[test]
fn a_save_on_a_full_disk_is_refused_in_plain_words_and_succeeds_once_there_is_room() {
    let (server, disk) = on_disk(4);
    let desk = server.visitor();
    let version = desk.write(ABSTRACT, "before\n");
    desk.file_holds(&server, ABSTRACT, "before\n");
    disk.fill();
    for _ in 0..3 {
        let answer = desk.save(ABSTRACT, &large(1), Some(version));
        assert!(matches!(answer.status, 507 | 500), "{}", answer.status);
        let code = answer.code();
        assert!(
            matches!(code.as_str(), "disk_full" | "storage_failed"),
            "{code}"
        );
        let sentence = answer.json()["error"].as_str().unwrap().to_owned();
        assert!(sentence.contains("disk"), "{sentence}");
    }
    assert_eq!(desk.read(ABSTRACT), ("before\n".to_owned(), version));
    server.browser().get("/healthz").expect(200);
    disk.free();
    let saved = desk
        .save(ABSTRACT, &large(1), Some(version))
        .expect(200)
        .json();
    assert_eq!(saved["version"].as_u64(), Some(version + 1));
    assert!(desk.text(ABSTRACT) == large(1));
    desk.file_holds(&server, ABSTRACT, &large(1));
    server.is_at_rest();
}

#[test]
fn a_full_disk_is_called_by_its_name() {
    let (server, disk) = on_disk(4);
    let desk = server.visitor();
    desk.write(ABSTRACT, "before\n");
    disk.fill();
    desk.save(ABSTRACT, &large(2), None)
        .refused(507, "disk_full");
}

#[test]
fn several_people_on_a_full_disk_get_an_answer_each_and_none_is_stored_in_part() {
    let (server, disk) = on_disk(6);
    let desks = [server.visitor(), server.visitor()];
    for desk in &desks {
        desk.write(ABSTRACT, "before\n");
        desk.write("manuscript/methods", "before\n");
        desk.file_holds(&server, "manuscript/methods", "before\n");
    }
    disk.fill();
    at_once(8, |number| {
        let sections = json!({ ABSTRACT: large(3), "manuscript/methods": "small\n" });
        let status = desks[number % 2]
            .save_sections(&sections, &json!({}))
            .status;
        assert!(matches!(status, 500 | 507), "{status}");
    });
    for desk in &desks {
        assert_eq!(desk.text(ABSTRACT), "before\n");
        assert_eq!(desk.text("manuscript/methods"), "before\n");
    }
    disk.free();
    for desk in &desks {
        desk.write("manuscript/methods", "after\n");
        desk.file_holds(&server, "manuscript/methods", "after\n");
    }
    server.is_at_rest();
}

#[test]
fn small_saves_right_behind_large_ones_that_failed_keep_the_journal_whole() {
    let (mut server, disk) = on_disk(5);
    let desk = server.visitor();
    desk.write(ABSTRACT, "before\n");
    desk.file_holds(&server, ABSTRACT, "before\n");
    disk.fill();
    let acknowledged = at_once(8, |number| {
        let mut acknowledged = Vec::new();
        for round in 0..6 {
            let text = if number % 2 == 0 {
                large(round)
            } else {
                format!("writer {number} round {round}\n")
            };
            let answer = desk.save(ABSTRACT, &text, None);
            match answer.status {
                200 => acknowledged.push(text),
                500 | 507 => {}
                _ => panic!("{}", answer.text()),
            }
        }
        acknowledged
    });
    disk.free();
    server.start_again();
    let past = desk.past_texts(ABSTRACT);
    for text in acknowledged.into_iter().flatten() {
        let beginning = text.lines().next().unwrap_or_default();
        assert!(past.contains(&text), "{beginning:?} was acknowledged");
    }
    assert_eq!(past.last(), Some(&desk.text(ABSTRACT)));
    desk.file_holds(&server, ABSTRACT, &desk.text(ABSTRACT));
}

#[test]
fn sections_can_be_read_on_a_full_disk_even_those_that_nobody_has_opened() {
    let (server, disk) = on_disk(4);
    let desk = server.visitor();
    desk.write(ABSTRACT, "before\n");
    desk.file_holds(&server, ABSTRACT, "before\n");
    disk.fill();
    // Whatever room the journal has left is used up by what cannot be stored.
    desk.save(ABSTRACT, &large(6), None);
    disk.fill();
    assert_eq!(desk.text(ABSTRACT), "before\n");
    for document in ["manuscript", "supplementary", "revision", "shared"] {
        for name in desk.outline(document) {
            let name = name.trim_start_matches('-');
            let answer = desk.get(&format!("{document}/{name}"));
            assert_eq!(answer.status, 200, "{document}/{name}: {}", answer.text());
        }
    }
}

#[test]
fn a_start_on_a_full_disk_works_or_is_a_sentence() {
    let (mut server, disk) = on_disk(4);
    let desk = server.visitor();
    desk.write(ABSTRACT, "before\n");
    server.stop();
    disk.fill();
    let mut again = server.launch.clone().spawn();
    if let Some(status) = again.ended(Duration::from_secs(3)) {
        assert_eq!(status.code(), Some(1));
        let log = again.log();
        assert_eq!(log.trim().lines().count(), 1, "{log}");
        assert!(log.contains("disk") && !log.contains("panicked"), "{log}");
    }
    again.kill();
    disk.free();
    server.start_again();
    assert_eq!(desk.text(ABSTRACT), "before\n");
}

#[test]
fn an_edit_that_was_journalled_before_the_disk_was_full_reaches_its_file_later() {
    let (server, disk) = on_disk(5);
    let desk = server.visitor();
    desk.write(ABSTRACT, "before\n");
    desk.file_holds(&server, ABSTRACT, "before\n");
    let file = desk.section_file(&server, ABSTRACT);
    let text = large(4);
    desk.write(ABSTRACT, &text);
    disk.fill();
    eventually("the failure is in the log", || {
        server.log().contains("cannot be written")
    });
    assert_eq!(fs::read_to_string(&file).unwrap(), "before\n");
    assert!(desk.text(ABSTRACT) == text);
    disk.free();
    desk.file_holds(&server, ABSTRACT, &text);
}

#[test]
fn a_full_disk_does_not_keep_the_server_from_stopping_and_starting() {
    let (mut server, disk) = on_disk(5);
    let desk = server.visitor();
    desk.write(ABSTRACT, "before\n");
    desk.file_holds(&server, ABSTRACT, "before\n");
    let text = large(5);
    desk.write(ABSTRACT, &text);
    disk.fill();
    server.stop();
    disk.free();
    server.start_again();
    desk.file_holds(&server, ABSTRACT, &text);
    assert!(desk.text(ABSTRACT) == text);
}

#[test]
fn a_sign_up_on_a_full_disk_fails_whole_or_succeeds_whole() {
    let (server, disk) = on_disk(5);
    let desk = server.visitor();
    desk.write(ABSTRACT, "work\n");
    desk.file_holds(&server, ABSTRACT, "work\n");
    disk.fill();
    let mut names = 0;
    while desk.browser.session()["kind"] == "visitor" && names < 3 {
        desk.browser.sign_up(&format!("name-{names}"));
        names += 1;
    }
    disk.free();
    if desk.browser.session()["kind"] == "visitor" {
        desk.browser.sign_up("alice").expect(200);
    }
    assert_eq!(desk.text(ABSTRACT), "work\n");
    let session = desk.browser.session();
    assert_eq!(session["project_id"].as_i64(), Some(desk.project));
    desk.write(ABSTRACT, "goes on\n");
    desk.file_holds(&server, ABSTRACT, "goes on\n");
}

#[test]
fn a_file_that_cannot_be_written_does_not_hold_up_the_journal() {
    let server = Server::start();
    let desk = server.visitor();
    desk.write(ABSTRACT, "before\n");
    desk.file_holds(&server, ABSTRACT, "before\n");
    // A directory stands where the new file is written before it takes its name.
    let file = desk.section_file(&server, ABSTRACT);
    let in_the_way = file.with_file_name(".abstract.tex.writing");
    fs::create_dir_all(in_the_way.join("x")).unwrap();
    desk.write(ABSTRACT, "first\n");
    desk.write(ABSTRACT, "second\n");
    eventually("the failure is in the log", || {
        server.log().contains("cannot be written")
    });
    assert_eq!(desk.text(ABSTRACT), "second\n");
    assert_eq!(fs::read_to_string(&file).unwrap(), "before\n");
    fs::remove_dir_all(in_the_way).unwrap();
    desk.file_holds(&server, ABSTRACT, "second\n");
}

#[test]
fn a_directory_that_was_replaced_by_a_file_does_not_hold_up_the_journal() {
    let mut server = Server::start();
    let desk = server.visitor();
    desk.write(ABSTRACT, "before\n");
    desk.file_holds(&server, ABSTRACT, "before\n");
    let directory = desk.file(&server, "sections/manuscript");
    let aside = directory.with_file_name("aside");
    fs::rename(&directory, &aside).unwrap();
    fs::write(&directory, "no directory").unwrap();
    let saved = desk.save(ABSTRACT, "in the journal\n", None);
    assert_eq!(saved.status, 200, "{}", saved.text());
    assert_eq!(desk.text(ABSTRACT), "in the journal\n");
    steadily("nothing is overwritten", Duration::from_millis(800), || {
        fs::read_to_string(&directory).unwrap() == "no directory"
    });
    fs::remove_file(&directory).unwrap();
    fs::rename(&aside, &directory).unwrap();
    desk.file_holds(&server, ABSTRACT, "in the journal\n");
    server.stop();
}

#[test]
fn a_read_only_disk_refuses_saves_and_still_shows_the_text() {
    let (mut server, disk) = on_disk(8);
    let desk = server.visitor();
    desk.write(ABSTRACT, "before\n");
    desk.file_holds(&server, ABSTRACT, "before\n");
    let remount = |how: &str| {
        let done = Command::new("mount")
            .args(["-o", &format!("remount,{how}")])
            .arg(&disk.0)
            .output()
            .unwrap();
        assert!(done.status.success(), "{done:?}");
    };
    // With files open for writing a file system cannot be made read-only.
    server.stop();
    remount("ro");
    let arguments = server.launch.arguments();
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    let ran = crate::harness::run(&arguments);
    assert_eq!(ran.code, Some(1), "{ran:?}");
    assert!(ran.stderr.to_lowercase().contains("read-only"), "{ran:?}");
    assert!(!ran.stderr.contains("panicked"), "{ran:?}");
    remount("rw");
    server.start_again();
    assert_eq!(desk.text(ABSTRACT), "before\n");
    desk.write(ABSTRACT, "after\n");
}
