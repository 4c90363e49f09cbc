//! Files that another program changes while they are open in the page: the change is seen, merged, and never lost.

use std::fs;
use std::io::Write as _;
use std::path::Path;
use std::time::Duration;

use crate::harness::{ABSTRACT, Desk, Server, at_once, eventually, steadily};

const BASE: &str = "one\ntwo\nthree\nfour\nfive\n";

/// A desk whose abstract is `BASE`, in the file as well.
fn with_base(server: &Server) -> (Desk, u64) {
    let desk = server.visitor();
    let version = desk.write(ABSTRACT, BASE);
    desk.file_holds(server, ABSTRACT, BASE);
    (desk, version)
}

/// Both ways to write a file, each on a server of its own, at the same time.
fn both_ways(test: impl Fn(fn(&Path, &[u8])) + Sync) {
    at_once(2, |number| test([rename_over, in_place][number]));
}

/// As most editors save: a new file that takes the old one's name.
fn rename_over(file: &Path, text: &[u8]) {
    let new = file.with_extension("new");
    fs::write(&new, text).unwrap();
    fs::rename(new, file).unwrap();
}

/// As `echo >` and some editors save.
fn in_place(file: &Path, text: &[u8]) {
    let mut open = fs::OpenOptions::new()
        .write(true)
        .truncate(true)
        .open(file)
        .unwrap();
    open.write_all(text).unwrap();
}

#[test]
fn an_edit_on_disk_is_seen_by_the_next_read_and_has_an_author() {
    both_ways(|write| {
        let server = Server::start();
        let (desk, base) = with_base(&server);
        let text = "one\ntwo\nthree\nfour\nfive\nsix from vim\n";
        write(&desk.section_file(&server, ABSTRACT), text.as_bytes());
        assert_eq!(desk.read(ABSTRACT), (text.to_owned(), base + 1));
        assert_eq!(desk.history(ABSTRACT)[0]["by"], "disk");
        desk.write(ABSTRACT, "and on in the page\n");
        desk.file_holds(&server, ABSTRACT, "and on in the page\n");
    });
}

#[test]
fn an_edit_on_disk_of_the_same_length_and_in_the_same_moment_is_seen() {
    let server = Server::start();
    let (desk, _) = with_base(&server);
    let file = desk.section_file(&server, ABSTRACT);
    for round in 0..20 {
        let text = format!("one\ntwo\nthree\nfour\n{round:04}\n");
        in_place(&file, text.as_bytes());
        assert_eq!(desk.text(ABSTRACT), text);
    }
}

#[test]
fn a_stale_save_is_merged_with_what_stands_on_the_disk() {
    both_ways(|write| {
        let server = Server::start();
        let (desk, base) = with_base(&server);
        write(
            &desk.section_file(&server, ABSTRACT),
            b"ONE on disk\ntwo\nthree\nfour\nfive\n",
        );
        let answer = desk
            .save(
                ABSTRACT,
                "one\ntwo\nthree\nfour\nFIVE in page\n",
                Some(base),
            )
            .expect(200)
            .json();
        let both = "ONE on disk\ntwo\nthree\nfour\nFIVE in page\n";
        assert_eq!(answer["merged"], true);
        assert_eq!(answer["content"], both);
        desk.file_holds(&server, ABSTRACT, both);
    });
}

#[test]
fn an_edit_on_disk_of_the_same_place_is_a_conflict_for_the_page_and_both_are_kept() {
    let server = Server::start();
    let (desk, base) = with_base(&server);
    let on_disk = "one\ntwo\nthree on disk\nfour\nfive\n";
    in_place(&desk.section_file(&server, ABSTRACT), on_disk.as_bytes());
    let refused = desk
        .save(
            ABSTRACT,
            "one\ntwo\nthree in page\nfour\nfive\n",
            Some(base),
        )
        .refused(409, "conflict")
        .json();
    assert_eq!(refused["content"], on_disk);
    assert_eq!(desk.text(ABSTRACT), on_disk);
    assert!(desk.past_texts(ABSTRACT).contains(&BASE.to_owned()));
}

#[test]
fn an_edit_on_disk_that_meets_an_unflushed_one_keeps_both_in_the_history() {
    let server = Server::start();
    let (desk, _) = with_base(&server);
    let in_page = "one\ntwo\nthree in page\nfour\nfive\n";
    let on_disk = "one\ntwo\nthree on disk\nfour\nfive\n";
    desk.write(ABSTRACT, in_page);
    in_place(&desk.section_file(&server, ABSTRACT), on_disk.as_bytes());
    let file = desk.section_file(&server, ABSTRACT);
    eventually("text and file agree again", || {
        let text = desk.text(ABSTRACT);
        text == in_page && fs::read_to_string(&file).unwrap() == text
    });
    let past = desk.past_texts(ABSTRACT);
    assert!(past.contains(&in_page.to_owned()));
    assert!(past.contains(&on_disk.to_owned()), "{past:?}");
    server.is_at_rest();
}

#[test]
fn edits_on_disk_and_in_the_page_at_the_same_time_lose_no_line() {
    let server = Server::start();
    let desk = server.visitor();
    let lines = |page: u32, disk: u32| format!("page {page}\n\nmiddle\n\ndisk {disk}\n");
    let mut version = desk.write(ABSTRACT, &lines(0, 0));
    desk.file_holds(&server, ABSTRACT, &lines(0, 0));
    let file = desk.section_file(&server, ABSTRACT);
    let mut text = lines(0, 0);
    for round in 1..=5_u32 {
        // A careful program: reads the file, changes its line, puts it back.
        let found = fs::read_to_string(&file).unwrap();
        let old = found.lines().last().unwrap().to_owned();
        rename_over(
            &file,
            found.replace(&old, &format!("disk {round}")).as_bytes(),
        );
        let page = text.lines().next().unwrap().to_owned();
        let next = text.replace(&page, &format!("page {round}"));
        let answer = desk.save(ABSTRACT, &next, Some(version)).expect(200).json();
        version = answer["version"].as_u64().unwrap();
        text = answer["content"].as_str().unwrap_or(&next).to_owned();
        desk.file_holds(&server, ABSTRACT, &text);
    }
    assert_eq!(desk.text(ABSTRACT), lines(5, 5));
}

#[test]
fn a_file_that_was_deleted_while_open_comes_back() {
    let server = Server::start();
    let (desk, _) = with_base(&server);
    let file = desk.section_file(&server, ABSTRACT);
    fs::remove_file(&file).unwrap();
    assert_eq!(desk.text(ABSTRACT), BASE);
    desk.file_holds(&server, ABSTRACT, BASE);
    fs::remove_dir_all(file.parent().unwrap()).unwrap();
    desk.write(ABSTRACT, "after the directory was gone\n");
    desk.file_holds(&server, ABSTRACT, "after the directory was gone\n");
}

#[test]
fn a_file_that_is_not_utf8_is_refused_and_not_overwritten() {
    let server = Server::start();
    let desk = server.visitor();
    let open = "manuscript/results";
    desk.write(open, "caf\u{e9}\n");
    desk.file_holds(&server, open, "caf\u{e9}\n");
    for id in [ABSTRACT, open] {
        let file = desk.section_file(&server, id);
        rename_over(&file, b"caf\xe9 in latin1\n");
        desk.get(id).refused(422, "not_utf8");
        desk.save(id, "the page's\n", None).refused(422, "not_utf8");
        desk.save(id, "the page's\n", Some(1))
            .refused(422, "not_utf8");
        steadily(
            "the file stays as it is",
            Duration::from_millis(700),
            || fs::read(&file).unwrap() == b"caf\xe9 in latin1\n",
        );
        // The others can be worked on.
        desk.write("manuscript/methods", "meanwhile\n");
        assert!(desk.outline("manuscript").contains(&"abstract".to_owned()));
        rename_over(&file, "caf\u{e9} in utf-8\n".as_bytes());
        assert_eq!(desk.text(id), "caf\u{e9} in utf-8\n");
    }
    assert!(desk.past_texts(open).contains(&"caf\u{e9}\n".to_owned()));
}

#[test]
fn an_unflushed_edit_waits_for_a_file_that_is_not_utf8() {
    let server = Server::start();
    let (desk, _) = with_base(&server);
    let file = desk.section_file(&server, ABSTRACT);
    desk.write(ABSTRACT, "one\ntwo\nthree\nfour\nfive\nsix\n");
    in_place(&file, b"\xff\xfe\n");
    steadily(
        "the file stays as it is",
        Duration::from_millis(900),
        || fs::read(&file).unwrap() == b"\xff\xfe\n",
    );
    in_place(&file, b"ONE\ntwo\nthree\nfour\nfive\n");
    desk.file_holds(&server, ABSTRACT, "ONE\ntwo\nthree\nfour\nfive\nsix\n");
}

#[test]
fn a_file_edited_while_the_server_was_down_is_merged_at_the_next_opening() {
    let mut server = Server::start();
    let (desk, _) = with_base(&server);
    let file = desk.section_file(&server, ABSTRACT);
    // Unflushed at the kill, so that journal and file have both moved on.
    desk.write(ABSTRACT, "one\ntwo\nthree\nfour\nFIVE in page\n");
    server.kill();
    in_place(&file, b"ONE on disk\ntwo\nthree\nfour\nfive\n");
    server.start_again();
    let both = "ONE on disk\ntwo\nthree\nfour\nFIVE in page\n";
    assert_eq!(desk.text(ABSTRACT), both);
    desk.file_holds(&server, ABSTRACT, both);
    server.stop();
    in_place(&file, b"written while it was down\n");
    server.start_again();
    assert_eq!(desk.text(ABSTRACT), "written while it was down\n");
    assert!(desk.past_texts(ABSTRACT).contains(&both.to_owned()));
}

#[test]
fn a_conflict_with_a_file_edited_while_the_server_was_down_keeps_both() {
    let mut server = Server::start();
    let (desk, _) = with_base(&server);
    let file = desk.section_file(&server, ABSTRACT);
    let in_page = "one\ntwo\nthree in page\nfour\nfive\n";
    let on_disk = "one\ntwo\nthree on disk\nfour\nfive\n";
    desk.write(ABSTRACT, in_page);
    server.kill();
    in_place(&file, on_disk.as_bytes());
    server.start_again();
    let text = desk.text(ABSTRACT);
    let past = desk.past_texts(ABSTRACT);
    assert!(text == in_page || text == on_disk);
    assert!(past.contains(&in_page.to_owned()) && past.contains(&on_disk.to_owned()));
    desk.file_holds(&server, ABSTRACT, &text);
}

#[test]
fn touching_a_file_is_no_change() {
    let server = Server::start();
    let (desk, base) = with_base(&server);
    let file = desk.section_file(&server, ABSTRACT);
    rename_over(&file, BASE.as_bytes());
    assert_eq!(desk.read(ABSTRACT), (BASE.to_owned(), base));
    assert_eq!(desk.history(ABSTRACT).len() as u64, base);
}
