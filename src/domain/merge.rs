//! Three-way merge of texts: first line by line, then, because a LaTeX paragraph is often one long line, word by word.

use std::collections::HashMap;
use std::fmt::Write as _;

/// Joins what `ours` and `theirs` each changed in `base`; `None` if both changed the same place differently.
#[must_use]
pub fn three_way(base: &str, ours: &str, theirs: &str) -> Option<String> {
    if ours == theirs || base == theirs {
        return Some(ours.to_owned());
    }
    if base == ours {
        return Some(theirs.to_owned());
    }
    diffy::merge(base, ours, theirs)
        .ok()
        .or_else(|| by_words(base, ours, theirs))
}

/// Texts in which a merge by words is tried, in bytes; beyond it a person is asked.
const WORDS_UP_TO: usize = 256 * 1024;

/// The same algorithm on texts that have one word a line.
fn by_words(base: &str, ours: &str, theirs: &str) -> Option<String> {
    if base.len().max(ours.len()).max(theirs.len()) > WORDS_UP_TO {
        return None;
    }
    let mut words = Words::default();
    let [base, ours, theirs] = [base, ours, theirs].map(|text| words.one_a_line(text));
    let merged = diffy::merge(&base, &ours, &theirs).ok()?;
    words.joined(&merged)
}

/// Numbers for words, so that a word can stand on a line of its own whatever it contains.
#[derive(Default)]
struct Words<'a> {
    numbers: HashMap<&'a str, usize>,
    words: Vec<&'a str>,
}

impl<'a> Words<'a> {
    fn one_a_line(&mut self, text: &'a str) -> String {
        let mut lines = String::with_capacity(text.len());
        for word in split_words(text) {
            let number = *self.numbers.entry(word).or_insert_with(|| {
                self.words.push(word);
                self.words.len() - 1
            });
            // Writing to a String cannot fail.
            let _ = writeln!(lines, "{number}");
        }
        lines
    }

    fn joined(&self, lines: &str) -> Option<String> {
        lines
            .lines()
            .map(|line| self.words.get(line.parse::<usize>().ok()?).copied())
            .collect()
    }
}

/// Runs of letters and digits, runs of blanks, and every other character by itself.
fn split_words(text: &str) -> impl Iterator<Item = &str> {
    let kind = |c: char| match c {
        c if c.is_alphanumeric() => 1,
        ' ' | '\t' => 2,
        _ => 0,
    };
    let mut rest = text;
    std::iter::from_fn(move || {
        let first = rest.chars().next()?;
        let end = match kind(first) {
            0 => first.len_utf8(),
            first => rest.find(|c| kind(c) != first).unwrap_or(rest.len()),
        };
        let (word, after) = rest.split_at(end);
        rest = after;
        Some(word)
    })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn edits_in_different_lines_and_in_different_words_of_one_line_are_joined() {
        let joined = three_way(
            "one\ntwo\nthree\n",
            "ONE\ntwo\nthree\n",
            "one\ntwo\nTHREE\n",
        );
        assert_eq!(joined.as_deref(), Some("ONE\ntwo\nTHREE\n"));
        let joined = three_way(
            "a long line of words",
            "a LONG line of words",
            "a long line of many words",
        );
        assert_eq!(joined.as_deref(), Some("a LONG line of many words"));
    }

    #[test]
    fn edits_of_the_same_word_are_a_conflict() {
        assert_eq!(three_way("ripples", "ripple rate", "sharp waves"), None);
    }

    #[test]
    fn line_ends_survive() {
        let joined = three_way("a\r\nb\r\nc", "A\r\nb\r\nc", "a\r\nb\r\nC");
        assert_eq!(joined.as_deref(), Some("A\r\nb\r\nC"));
    }

    proptest! {
        #[test]
        fn one_sided_edits_always_merge(base in "[ab \n]{0,60}", edited in "[ab \n😀]{0,60}") {
            prop_assert_eq!(three_way(&base, &edited, &base), Some(edited.clone()));
            prop_assert_eq!(three_way(&base, &base, &edited), Some(edited));
        }

        #[test]
        fn words_join_to_the_text(text in "\\PC{0,80}") {
            prop_assert_eq!(split_words(&text).collect::<String>(), text);
        }
    }
}
