//! The master file as the registry of a document's sections.
//!
//! A line `\input{sections/manuscript/methods}` is a section; the same line behind a `%` is one that is switched off.
//! All other lines, line ends included, stay as they are.

use std::str::FromStr as _;

use crate::ground::ids::SectionId;

/// A section as a master file names it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    /// The section.
    pub id: SectionId,
    /// False behind a `%`.
    pub included: bool,
}

/// The sections that a master file names, in order, each once.
#[must_use]
pub fn entries(master: &str) -> Vec<Entry> {
    let mut entries: Vec<Entry> = Vec::new();
    for entry in master.lines().filter_map(entry) {
        if entries.iter().all(|known| known.id != entry.id) {
            entries.push(entry);
        }
    }
    entries
}

/// Reads one line; `None` if it names no section.
fn entry(line: &str) -> Option<Entry> {
    let line = line.trim();
    let command = line.trim_start_matches(['%', ' ', '\t']);
    let inside = command.strip_prefix("\\input{sections/")?;
    let (path, _) = inside.split_once('}')?;
    let id = SectionId::from_str(path.trim().trim_end_matches(".tex")).ok()?;
    Some(Entry {
        id,
        included: !line.starts_with('%'),
    })
}

/// Switches a section on or off.
#[must_use]
pub fn with_included(master: &str, id: &SectionId, included: bool) -> String {
    rewrite(master, id, |line| {
        let (indent, command) = line.split_at(line.len() - line.trim_start().len());
        let command = command.trim_start_matches(['%', ' ', '\t']);
        Some(if included {
            format!("{indent}{command}")
        } else {
            format!("{indent}% {command}")
        })
    })
}

/// Takes a section's lines out.
#[must_use]
pub fn without(master: &str, id: &SectionId) -> String {
    rewrite(master, id, |_| None)
}

/// Gives a section another name.
#[must_use]
pub fn renamed(master: &str, id: &SectionId, to: &SectionId) -> String {
    rewrite(master, id, |line| {
        let (before, rest) = line.split_once("sections/")?;
        let (_, after) = rest.split_once('}')?;
        Some(format!("{before}sections/{to}}}{after}"))
    })
}

/// Puts a new section at `position` among those of its document, at the end if `None` or beyond it.
#[must_use]
pub fn with(master: &str, id: &SectionId, position: Option<usize>) -> String {
    let line = format!("\\input{{sections/{id}}}");
    insert_line(master, id, &line, position)
}

/// Moves a section to `position` among those of its document.
#[must_use]
pub fn moved(master: &str, id: &SectionId, position: usize) -> String {
    let names = |line: &&str| entry(line).is_some_and(|entry| &entry.id == id);
    let Some(line) = master.lines().find(names) else {
        return master.to_owned();
    };
    insert_line(&without(master, id), id, line, Some(position))
}

fn insert_line(master: &str, id: &SectionId, line: &str, position: Option<usize>) -> String {
    let mut lines: Vec<&str> = master.split_inclusive('\n').collect();
    let end = if lines.first().is_some_and(|first| first.ends_with("\r\n")) {
        "\r\n"
    } else {
        "\n"
    };
    let line = format!("{}{end}", line.trim_end());
    let siblings: Vec<usize> = (0..lines.len())
        .filter(|&at| entry(lines[at]).is_some_and(|entry| entry.id.document() == id.document()))
        .collect();
    let at = match position.and_then(|position| siblings.get(position)) {
        Some(&at) => at,
        None => match siblings.last() {
            Some(&last) => last + 1,
            None => lines
                .iter()
                .position(|line| closes_document(line))
                .unwrap_or(lines.len()),
        },
    };
    let unfinished = at > 0 && !lines[at - 1].ends_with('\n');
    lines.insert(at, &line);
    if unfinished {
        lines.insert(at, end);
    }
    lines.concat()
}

/// Where sections of a document without any go: before the bibliography or the end.
fn closes_document(line: &str) -> bool {
    let line = line.trim_start();
    ["\\ifcited", "\\bibliography", "\\end{document}"]
        .iter()
        .any(|end| line.starts_with(end))
}

/// Replaces every line that names the section; `None` deletes it.
fn rewrite(master: &str, id: &SectionId, replace: impl Fn(&str) -> Option<String>) -> String {
    master
        .split_inclusive('\n')
        .filter_map(|line| match entry(line) {
            Some(entry) if &entry.id == id => replace(line),
            _ => Some(line.to_owned()),
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    const MASTER: &str = "\\documentclass{article}\n\\input{sections/shared/title}\n\\begin{document}\n  \
        \\input{sections/manuscript/abstract.tex} % keep\n% \\input{sections/manuscript/highlights}\n\
        \\input{sections/manuscript/methods}\n\\input{macros}\n\\end{document}\n";

    fn ids(master: &str) -> Vec<String> {
        let entries = entries(master);
        entries
            .iter()
            .map(|entry| format!("{}{}", if entry.included { "" } else { "-" }, entry.id))
            .collect()
    }

    fn id(text: &str) -> SectionId {
        text.parse().unwrap()
    }

    #[test]
    fn lines_are_read_as_sections() {
        let expected = [
            "shared/title",
            "manuscript/abstract",
            "-manuscript/highlights",
            "manuscript/methods",
        ];
        assert_eq!(ids(MASTER), expected);
    }

    #[test]
    fn switching_on_and_off_touches_one_line() {
        let on = with_included(MASTER, &id("manuscript/highlights"), true);
        assert!(on.contains("\n\\input{sections/manuscript/highlights}\n"));
        let off = with_included(&on, &id("manuscript/highlights"), false);
        assert_eq!(off, MASTER);
        let off = with_included(MASTER, &id("manuscript/abstract"), false);
        assert!(off.contains("\n  % \\input{sections/manuscript/abstract.tex} % keep\n"));
    }

    #[test]
    fn sections_are_added_moved_renamed_and_taken_out() {
        let added = with(MASTER, &id("manuscript/results"), None);
        assert_eq!(ids(&added).last().unwrap(), "manuscript/results");
        let moved = moved(&added, &id("manuscript/results"), 0);
        assert_eq!(ids(&moved)[1], "manuscript/results");
        let renamed = renamed(
            &moved,
            &id("manuscript/results"),
            &id("manuscript/findings"),
        );
        assert_eq!(ids(&renamed)[1], "manuscript/findings");
        assert_eq!(without(&renamed, &id("manuscript/findings")), MASTER);
        let first = with(MASTER, &id("supplementary/methods"), None);
        assert!(first.contains("\\input{sections/supplementary/methods}\n\\end{document}"));
    }

    #[test]
    fn carriage_returns_and_a_missing_last_line_end_survive() {
        let master = "\\begin{document}\r\n\\input{sections/revision/editor}";
        let added = with(master, &id("revision/reviewer1"), None);
        assert_eq!(
            added,
            "\\begin{document}\r\n\\input{sections/revision/editor}\r\n\\input{sections/revision/reviewer1}\r\n"
        );
    }
}
