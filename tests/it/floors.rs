//! The floors of the house: imports go downwards only, SQL stays in storage, files stay short.

use std::fs;
use std::path::{Path, PathBuf};

/// From the bottom.
const FLOORS: [&str; 5] = ["ground", "storage", "domain", "http", "cli"];
const LONGEST: usize = 400;

fn sources() -> Vec<(PathBuf, String)> {
    fn walk(directory: &Path, files: &mut Vec<PathBuf>) {
        for entry in fs::read_dir(directory).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                walk(&path, files);
            } else if path.extension().is_some_and(|kind| kind == "rs") {
                files.push(path);
            }
        }
    }
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut files = Vec::new();
    walk(&root, &mut files);
    assert!(files.len() > 40, "the sources are not where they were");
    files
        .into_iter()
        .map(|file| {
            let text = fs::read_to_string(&file).unwrap();
            (file.strip_prefix(&root).unwrap().to_owned(), text)
        })
        .collect()
}

/// The floor that a file of `src/` is on; `None` for `main.rs` and `lib.rs`, which stand on top of all.
fn floor_of(file: &Path) -> Option<usize> {
    let first = file.components().next()?.as_os_str().to_str()?;
    let name = first.trim_end_matches(".rs");
    FLOORS.iter().position(|floor| *floor == name)
}

/// The source without comments, and without what stands in quotes unless `with_strings`.
fn code(source: &str, with_strings: bool) -> String {
    let mut code = String::with_capacity(source.len());
    let mut rest = source;
    while let Some(c) = rest.chars().next() {
        let taken = if rest.starts_with("//") {
            rest.find('\n').unwrap_or(rest.len())
        } else if rest.starts_with("'\"'") || rest.starts_with("'\\\"'") {
            3
        } else if c == '"' {
            let mut escaped = false;
            let end = rest[1..]
                .find(|c| {
                    let ends = c == '"' && !escaped;
                    escaped = c == '\\' && !escaped;
                    ends
                })
                .map_or(rest.len(), |end| end + 2);
            if with_strings {
                code.push_str(&rest[..end]);
            }
            end
        } else {
            code.push(c);
            c.len_utf8()
        };
        rest = &rest[taken..];
    }
    code
}

/// The floors that a piece of code names: `crate::storage::…`, `use crate::{domain, http::x}`, `super::…` excluded.
fn floors_named(code: &str) -> Vec<usize> {
    let mut named = Vec::new();
    for prefix in ["crate::", "scitex_writer::"] {
        for (at, _) in code.match_indices(prefix) {
            let rest = &code[at + prefix.len()..];
            let names: Vec<&str> = if let Some(group) = rest.strip_prefix('{') {
                first_names(group)
            } else {
                vec![rest]
            };
            for name in names {
                let name = name.trim_start();
                let end = name
                    .find(|c: char| !c.is_ascii_alphanumeric() && c != '_')
                    .unwrap_or(name.len());
                if let Some(floor) = FLOORS.iter().position(|floor| *floor == &name[..end]) {
                    named.push(floor);
                }
            }
        }
    }
    named
}

/// The beginnings of the parts of `{a::b, c::{d, e}, f}`.
fn first_names(group: &str) -> Vec<&str> {
    let (mut depth, mut start, mut names) = (0_usize, 0, Vec::new());
    for (at, c) in group.char_indices() {
        match c {
            '{' => depth += 1,
            '}' if depth == 0 => {
                names.push(&group[start..at]);
                break;
            }
            '}' => depth -= 1,
            ',' if depth == 0 => {
                names.push(&group[start..at]);
                start = at + 1;
            }
            _ => {}
        }
    }
    names
}

#[test]
fn imports_only_go_downwards() {
    let mut upwards = Vec::new();
    for (file, text) in sources() {
        let Some(floor) = floor_of(&file) else {
            continue;
        };
        for named in floors_named(&code(&text, false)) {
            if named > floor {
                upwards.push(format!("{} uses {}", file.display(), FLOORS[named]));
            }
        }
    }
    assert!(upwards.is_empty(), "{upwards:#?}");
}

#[test]
fn every_source_is_on_a_floor() {
    for (file, _) in sources() {
        let known = floor_of(&file).is_some();
        let top = file == Path::new("main.rs") || file == Path::new("lib.rs");
        assert!(known || top, "{} is on no floor", file.display());
    }
}

#[test]
fn the_reader_of_imports_sees_them_all() {
    let sample = "use crate::{ground, storage::{a, b}, domain::c};\nfn f() { crate::http::g(); }\n\
        // crate::cli\nconst S: &str = \"crate::cli \\\" crate::cli\"; const Q: char = '\"'; use crate::storage;";
    let mut named = floors_named(&code(sample, false));
    named.sort_unstable();
    assert_eq!(named, [0, 1, 1, 2, 3]);
}

#[test]
fn sql_stands_in_storage_only() {
    let mut strays = Vec::new();
    for (file, text) in sources() {
        if file.starts_with("storage") || file == Path::new("storage.rs") {
            continue;
        }
        let text = code(&text, true);
        let text = text.split_whitespace().collect::<Vec<_>>().join(" ");
        for (verb, then) in [
            ("SELECT ", " FROM "),
            ("INSERT INTO ", "("),
            ("UPDATE ", " SET "),
            ("DELETE FROM ", ""),
            ("CREATE TABLE ", "("),
            ("PRAGMA ", ""),
        ] {
            let found = text
                .split_once(verb)
                .is_some_and(|(_, after)| after.contains(then));
            if found {
                strays.push(format!("{}: {verb}", file.display()));
            }
        }
    }
    assert!(strays.is_empty(), "{strays:#?}");
}

#[test]
fn the_rules_know_neither_http_nor_the_command_line() {
    for (file, text) in sources() {
        let Some(floor) = floor_of(&file) else {
            continue;
        };
        let text = code(&text, false);
        let foreign: &[&str] = match FLOORS[floor] {
            "domain" => &[
                "axum",
                "hyper",
                "tower",
                "http::",
                "clap",
                "anyhow",
                "SystemTime::now",
            ],
            "storage" | "ground" => &["axum", "hyper", "tower", "clap", "anyhow"],
            "http" => &["clap", "anyhow"],
            _ => &[],
        };
        for name in foreign {
            assert!(!text.contains(name), "{} mentions {name}", file.display());
        }
    }
}

#[test]
fn no_file_is_longer_than_a_person_reads_and_none_is_called_mod() {
    for (file, text) in sources() {
        let lines = text.lines().count();
        assert!(lines <= LONGEST, "{} has {lines} lines", file.display());
        assert_ne!(file.file_name().unwrap(), "mod.rs", "{}", file.display());
    }
}

#[test]
fn every_source_says_at_its_top_what_it_is_for() {
    for (file, text) in sources() {
        assert!(text.starts_with("//! "), "{}", file.display());
    }
}

#[test]
fn the_program_is_a_few_lines_over_the_library() {
    let (_, main) = sources()
        .into_iter()
        .find(|(file, _)| file == Path::new("main.rs"))
        .unwrap();
    assert!(main.lines().count() <= 30);
}
