//! Data directories of earlier versions are upgraded at start, and nothing in them is lost; those of later ones are left
//! alone.

use std::fs;
use std::path::Path;

use rusqlite::Connection;
use serde_json::json;

use crate::harness::{ABSTRACT, Browser, Desk, Launch, Server};

/// The schemas that were in use, oldest first.
const OLD: [(i64, &str); 1] = [(1, include_str!("../schemas/1.sql"))];
/// What a database of ours says of itself.
const APPLICATION_ID: i64 = 0x5363_6957;

fn version(connection: &Connection) -> i64 {
    connection
        .pragma_query_value(None, "user_version", |row| row.get(0))
        .unwrap()
}

/// Everything that a query gives, as text.
fn rows(connection: &Connection, sql: &str) -> Vec<String> {
    let mut statement = connection.prepare(sql).unwrap();
    let columns = statement.column_count();
    let row = |row: &rusqlite::Row<'_>| {
        let values = (0..columns).map(|column| row.get::<_, rusqlite::types::Value>(column));
        Ok(format!("{:?}", values.collect::<Result<Vec<_>, _>>()?))
    };
    statement
        .query_map([], row)
        .unwrap()
        .map(Result::unwrap)
        .collect()
}

fn names(connection: &Connection, kind: &str) -> Vec<String> {
    let sql = "SELECT name FROM sqlite_schema WHERE type = ?1 AND name NOT LIKE 'sqlite_stat%' ORDER BY name";
    let mut statement = connection.prepare(sql).unwrap();
    statement
        .query_map([kind], |row| row.get(0))
        .unwrap()
        .map(Result::unwrap)
        .collect()
}

/// Tables, columns, keys, indexes, and what the tables are made to check, as far as `SQLite` tells.
fn shape(connection: &Connection) -> Vec<String> {
    let mut shape = Vec::new();
    for table in names(connection, "table") {
        for about in ["table_xinfo", "foreign_key_list", "index_list"] {
            let mut lines = rows(
                connection,
                &format!("SELECT * FROM pragma_{about}('{table}')"),
            );
            if about == "index_list" {
                // Numbered in the order in which they were made.
                lines = rows(
                    connection,
                    &format!(
                        "SELECT name, \"unique\", origin, partial FROM pragma_index_list('{table}') ORDER BY name"
                    ),
                );
            }
            shape.extend(
                lines
                    .into_iter()
                    .map(|line| format!("{table} {about} {line}")),
            );
        }
        let flags = format!("SELECT strict, wr FROM pragma_table_list WHERE name = '{table}'");
        shape.extend(
            rows(connection, &flags)
                .into_iter()
                .map(|line| format!("{table} {line}")),
        );
    }
    for index in names(connection, "index") {
        let columns = rows(
            connection,
            &format!("SELECT * FROM pragma_index_xinfo('{index}')"),
        );
        shape.extend(columns.into_iter().map(|line| format!("{index} {line}")));
    }
    let partial = "SELECT name, sql FROM sqlite_schema WHERE type = 'index' AND sql LIKE '%WHERE%' ORDER BY name";
    shape.extend(rows(connection, partial));
    shape
}

fn database(data: &Path) -> Connection {
    Connection::open(data.join(".scitex-writer/writer.sqlite3")).unwrap()
}

/// Turns the database of a stopped server into one of the older version, with all the rows that version could hold.
fn age(data: &Path, to: i64, schema: &str) {
    let path = data.join(".scitex-writer/writer.sqlite3");
    let new = data.join("old.sqlite3");
    let old = Connection::open(&new).unwrap();
    old.pragma_update(None, "journal_mode", "wal").unwrap();
    old.execute_batch(schema).unwrap();
    old.pragma_update(None, "application_id", APPLICATION_ID)
        .unwrap();
    old.pragma_update(None, "user_version", to).unwrap();
    old.execute("ATTACH ?1 AS present", [path.to_str().unwrap()])
        .unwrap();
    old.pragma_update(None, "foreign_keys", false).unwrap();
    for table in names(&old, "table")
        .iter()
        .filter(|table| !table.starts_with("sqlite_"))
    {
        let columns: Vec<String> = {
            let mut statement = old
                .prepare(&format!("SELECT name FROM pragma_table_info('{table}')"))
                .unwrap();
            let names = statement
                .query_map([], |row| row.get::<_, String>(0))
                .unwrap();
            names.map(Result::unwrap).collect()
        };
        let columns = columns.join(", ");
        let copy =
            format!("INSERT INTO main.{table} ({columns}) SELECT {columns} FROM present.{table}");
        old.execute_batch(&copy).unwrap();
    }
    old.execute_batch("DETACH present").unwrap();
    drop(old);
    for ending in ["", "-wal", "-shm"] {
        let _ = fs::remove_file(format!("{}{ending}", path.display()));
    }
    fs::rename(&new, &path).unwrap();
}

/// Tables of the older schema with what is in them, in the columns that it had.
fn contents(connection: &Connection, schema: &str) -> Vec<String> {
    let old = Connection::open_in_memory().unwrap();
    old.execute_batch(schema).unwrap();
    let mut all = Vec::new();
    for table in names(&old, "table")
        .iter()
        .filter(|table| !table.starts_with("sqlite_"))
    {
        let columns = rows(
            &old,
            &format!("SELECT name FROM pragma_table_info('{table}')"),
        );
        let columns: Vec<&str> = columns
            .iter()
            .map(|name| name.trim_start_matches("[Text(\"").trim_end_matches("\")]"))
            .collect();
        let columns = columns.join(", ");
        let lines = rows(
            connection,
            &format!("SELECT {columns} FROM {table} ORDER BY 1, 2"),
        );
        all.extend(lines.into_iter().map(|line| format!("{table} {line}")));
    }
    all
}

/// A server with some life in it, stopped.
fn lived_in() -> (Server, Desk, Desk) {
    let mut server = Launch::new().pool(3).start();
    let alice = server.member("alice");
    alice.write(ABSTRACT, "hers, first\n");
    alice.write(ABSTRACT, "hers, second\n");
    let visitor = server.visitor();
    visitor.write(ABSTRACT, "a visitor's\n");
    alice.add("manuscript", "outlook").expect(201);
    server.stop();
    (server, alice, visitor)
}

#[test]
fn an_old_database_becomes_exactly_a_new_one() {
    for (old, schema) in OLD {
        let (mut server, ..) = lived_in();
        let data = server.launch.data_path().to_owned();
        let newest = version(&database(&data));
        assert!(old < newest);
        age(&data, old, schema);
        let aged = database(&data);
        assert_eq!(version(&aged), old);
        let mut fresh = Launch::new().pool(3).start();
        fresh.stop();
        let new = database(fresh.launch.data_path());
        assert_ne!(shape(&aged), shape(&new));
        drop(aged);
        server.start_again();
        assert_eq!(version(&server.database()), newest);
        assert_eq!(shape(&server.database()), shape(&new), "from version {old}");
        let application = rows(&new, "PRAGMA application_id");
        assert_eq!(
            rows(&server.database(), "PRAGMA application_id"),
            application
        );
        assert_eq!(
            server.count("SELECT count(*) FROM pragma_foreign_key_check"),
            0
        );
        assert_eq!(
            rows(&server.database(), "PRAGMA integrity_check"),
            ["[Text(\"ok\")]"]
        );
    }
}

#[test]
fn nobody_loses_anything_by_an_upgrade() {
    for (old, schema) in OLD {
        let (mut server, alice, visitor) = lived_in();
        let data = server.launch.data_path().to_owned();
        let before = contents(&database(&data), schema);
        for table in [
            "users ",
            "projects ",
            "sessions ",
            "visitor_allocations ",
            "texts ",
            "changes ",
            "versions ",
        ] {
            assert!(before.iter().any(|line| line.starts_with(table)), "{table}");
        }
        age(&data, old, schema);
        assert_eq!(contents(&database(&data), schema), before);
        let status = server.cli(&["pool", "status"]).ok().stdout;
        assert!(
            status.contains("Total slots: 3\nAllocated: 1\n"),
            "{status}"
        );
        assert_eq!(
            contents(&database(&data), schema),
            before,
            "also by another command"
        );
        server.start_again();
        assert_eq!(contents(&server.database(), schema), before);

        // The cookies open what they opened, and all that is new works on what is old.
        assert_eq!(alice.text(ABSTRACT), "hers, second\n");
        assert!(
            alice
                .past_texts(ABSTRACT)
                .contains(&"hers, first\n".to_owned())
        );
        assert!(alice.outline("manuscript").contains(&"outlook".to_owned()));
        visitor.write(ABSTRACT, "goes on\n");
        let guest = visitor.browser.join(&alice.link("editor").1);
        guest.write(ABSTRACT, "by a guest\n");
        alice.poll(ABSTRACT).expect(200);
        assert_eq!(guest.present_names(), ["alice"]);
        alice.remove("").expect(200);
        alice
            .browser
            .post(&alice.api("restore/"), &json!({}))
            .expect(200);
        let again = Browser::new(&server);
        again.get("/auth/login/").expect(200);
        again.log_in("alice").expect(200);
    }
}

#[test]
fn an_upgrade_that_was_killed_is_done_at_the_next_start() {
    for (old, schema) in OLD {
        let (mut server, alice, _) = lived_in();
        let data = server.launch.data_path().to_owned();
        age(&data, old, schema);
        for round in 0..6_u64 {
            let mut server = server.launch.clone().spawn();
            crate::harness::within(std::time::Duration::from_millis(round * 4), || false);
            server.kill();
        }
        server.start_again();
        assert_eq!(alice.text(ABSTRACT), "hers, second\n");
        assert_eq!(
            server.count("SELECT count(*) FROM pragma_foreign_key_check"),
            0
        );
    }
}

#[test]
fn a_newer_database_is_refused_and_left_as_it_is() {
    let (server, ..) = lived_in();
    let data = server.launch.data_path().to_owned();
    let connection = database(&data);
    let newest = version(&connection);
    connection
        .pragma_update(None, "user_version", newest + 1)
        .unwrap();
    drop(connection);
    let path = data.join(".scitex-writer/writer.sqlite3");
    let bytes = fs::read(&path).unwrap();
    let mut newer = server.launch.clone().spawn();
    let status = newer.ended(crate::harness::PATIENCE);
    assert_eq!(
        status.and_then(|status| status.code()),
        Some(1),
        "{}",
        newer.log()
    );
    assert!(newer.log().contains("newer"), "{}", newer.log());
    server.cli(&["pool", "status"]).failed(1, "newer");
    server.cli(&["user", "list"]).failed(1, "newer");
    assert_eq!(fs::read(&path).unwrap(), bytes);
}

#[test]
fn every_version_before_the_newest_has_its_schema_here() {
    let directory = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/schemas");
    let mut server = Launch::new().pool(0).start();
    server.stop();
    let newest = version(&database(server.launch.data_path()));
    let known: Vec<i64> = OLD.iter().map(|(version, _)| *version).collect();
    assert_eq!(known, (1..newest).collect::<Vec<_>>());
    assert_eq!(fs::read_dir(directory).unwrap().count(), known.len());
}
