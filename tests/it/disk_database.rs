//! Databases that cannot be used: refused at the start with one sentence, and left exactly as they are.

use std::fs;
use std::path::PathBuf;

use rusqlite::Connection;

use crate::harness::{ABSTRACT, Launch, Server, run};

/// A data directory with a visitor's text, its server stopped, everything in the one database file.
fn stopped() -> (Server, PathBuf) {
    let mut server = Server::start();
    let desk = server.visitor();
    desk.write(ABSTRACT, "precious\n");
    server.stop();
    let file = server.data(".scitex-writer/writer.sqlite3");
    let database = Connection::open(&file).unwrap();
    database
        .pragma_update(None, "journal_mode", "delete")
        .unwrap();
    drop(database);
    assert!(!server.data(".scitex-writer/writer.sqlite3-wal").exists());
    (server, file)
}

/// `serve` ends with 1 and one sentence, and the file has not changed by a byte.
#[track_caller]
fn is_refused(server: &Server, file: &PathBuf, says: &str) {
    let before = fs::read(file).unwrap();
    let texts = || {
        let path = "visitor-001/default-project/scitex/writer/sections/manuscript/abstract.tex";
        fs::read_to_string(server.data(path)).unwrap()
    };
    let text = texts();
    let arguments = server.launch.arguments();
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    let ran = run(&arguments).failed(1, says);
    let sentences: Vec<_> = ran
        .stderr
        .lines()
        .filter(|line| !line.trim().is_empty())
        .collect();
    assert_eq!(sentences.len(), 1, "{}", ran.stderr);
    assert!(sentences[0].contains("writer.sqlite3"), "{}", ran.stderr);
    assert!(
        fs::read(file).unwrap() == before,
        "the database was changed"
    );
    assert_eq!(texts(), text);
    for command in [
        &["pool", "status"][..],
        &["user", "list"],
        &["pool", "reset", "--yes"],
    ] {
        let ran = server.cli(command);
        assert_eq!(ran.code, Some(1), "{ran:?}");
        assert!(!ran.stderr.contains("panicked"), "{ran:?}");
        assert!(
            fs::read(file).unwrap() == before,
            "the database was changed"
        );
    }
}

#[test]
fn garbage_is_no_database() {
    let (server, file) = stopped();
    fs::write(&file, b"this is not a database\n".repeat(1000)).unwrap();
    is_refused(&server, &file, "damaged or not a SQLite database");
    fs::write(&file, [0; 8192]).unwrap();
    is_refused(&server, &file, "damaged or not a SQLite database");
    fs::write(&file, b"SQLite format 3\0").unwrap();
    is_refused(&server, &file, "damaged or not a SQLite database");
}

#[test]
fn a_truncated_database_is_refused() {
    let (server, file) = stopped();
    let whole = fs::read(&file).unwrap();
    // A cut inside the last page is one that SQLite itself takes for zeros.
    for length in [
        100,
        4096,
        whole.len() / 2,
        whole.len() - 4096,
        whole.len() - 5000,
    ] {
        fs::write(&file, &whole[..length]).unwrap();
        is_refused(&server, &file, "damaged or not a SQLite database");
    }
}

#[test]
fn a_database_with_a_damaged_page_is_refused() {
    let (server, file) = stopped();
    let mut bytes = fs::read(&file).unwrap();
    let end = bytes.len().min(4096 * 8);
    bytes[4096..end].fill(0xa5);
    fs::write(&file, bytes).unwrap();
    is_refused(&server, &file, "damaged or not a SQLite database");
}

#[test]
fn an_emptied_database_is_not_begun_anew_over_the_work_of_others() {
    let (server, file) = stopped();
    let text =
        server.data("visitor-001/default-project/scitex/writer/sections/manuscript/abstract.tex");
    assert_eq!(fs::read_to_string(&text).unwrap(), "precious\n");
    fs::write(&file, "").unwrap();
    // Whether it is refused or begun anew: the file with the text may not be thrown away.
    let mut child = server.launch.clone().spawn();
    child.ended(std::time::Duration::from_secs(1));
    child.kill();
    let kept = fs::read_to_string(&text).is_ok_and(|text| text == "precious\n")
        || fs::read_dir(server.data(".scitex-writer/parked"))
            .unwrap()
            .count()
            > 0;
    assert!(
        kept,
        "an emptied database made serve delete the visitors' files"
    );
}

#[test]
fn the_database_of_another_program_is_refused() {
    let (server, file) = stopped();
    fs::remove_file(&file).unwrap();
    let other = Connection::open(&file).unwrap();
    other
        .execute_batch("CREATE TABLE precious (text TEXT); INSERT INTO precious VALUES ('x');")
        .unwrap();
    drop(other);
    is_refused(&server, &file, "another program");
}

#[test]
fn a_database_of_a_newer_version_is_refused() {
    let (server, file) = stopped();
    let database = Connection::open(&file).unwrap();
    database.pragma_update(None, "user_version", 99).unwrap();
    drop(database);
    is_refused(&server, &file, "newer scitex-writer");
}

#[test]
fn a_database_that_is_a_directory_is_a_sentence() {
    let launch = Launch::new();
    fs::create_dir_all(launch.data_path().join(".scitex-writer/writer.sqlite3")).unwrap();
    let arguments = launch.arguments();
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    run(&arguments).failed(1, "writer.sqlite3");
}

#[test]
fn a_data_directory_that_is_a_file_is_a_sentence() {
    let launch = Launch::new();
    fs::write(launch.data_path(), "a file").unwrap();
    let arguments = launch.arguments();
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    run(&arguments).failed(1, "cannot use");
    assert_eq!(fs::read_to_string(launch.data_path()).unwrap(), "a file");
}

#[test]
fn a_database_that_breaks_while_serving_gives_errors_and_not_a_dead_server() {
    let server = Server::start();
    let desk = server.visitor();
    desk.write(ABSTRACT, "before\n");
    let file = server.data(".scitex-writer/writer.sqlite3");
    let wal = server.data(".scitex-writer/writer.sqlite3-wal");
    let length = fs::metadata(&file).unwrap().len();
    let rubbish = vec![0x5a; usize::try_from(length).unwrap()];
    for path in [&file, &wal] {
        let mut open = fs::OpenOptions::new().write(true).open(path).unwrap();
        std::io::Write::write_all(&mut open, &rubbish).unwrap();
    }
    for round in 0..10 {
        let answer = desk
            .browser
            .try_send(desk.saving(ABSTRACT, &format!("{round}"), None));
        let answer = answer.expect("the server is still there");
        assert!(!answer.text().contains("panicked"));
        let read = desk
            .browser
            .try_send(crate::harness::Request::new("GET", "/healthz"));
        read.expect("the server is still there");
    }
    assert!(!server.log().contains("panicked"), "{}", server.log());
}
