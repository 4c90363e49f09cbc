//! The three-way merge, held to what everybody relies on: it gives up rather than lose a line.

use proptest::prelude::*;
use scitex_writer::domain::merge::three_way;

/// A text of numbered lines, with or without an end to the last.
fn text(lines: &[String], ended: bool) -> String {
    let mut text = lines.join("\n");
    if ended {
        text.push('\n');
    }
    text
}

fn lines(count: usize) -> Vec<String> {
    (0..count).map(|number| format!("line {number}")).collect()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(300))]

    #[test]
    fn insertions_of_both_sides_are_there_or_it_is_a_conflict(
        count in 0_usize..8, ours in 0_usize..8, theirs in 0_usize..8, ended: bool,
    ) {
        let base = lines(count);
        let inserted = |at: usize, what: &str| {
            let mut lines = base.clone();
            lines.insert(at.min(count), what.to_owned());
            text(&lines, ended)
        };
        let (ours, theirs) = (inserted(ours, "from us"), inserted(theirs, "from them"));
        if let Some(merged) = three_way(&text(&base, ended), &ours, &theirs) {
            prop_assert_eq!(merged.matches("from us").count(), 1, "{:?}", merged);
            prop_assert_eq!(merged.matches("from them").count(), 1, "{:?}", merged);
            for line in &base {
                prop_assert!(merged.contains(line.as_str()), "{:?}", merged);
            }
        }
    }

    #[test]
    fn a_deleted_line_stays_deleted_and_the_others_edit_is_kept(
        count in 2_usize..8, deleted in 0_usize..8, edited in 0_usize..8, ended: bool,
    ) {
        let base = lines(count);
        let (deleted, edited) = (deleted % count, edited % count);
        prop_assume!(deleted != edited);
        let mut ours = base.clone();
        ours.remove(deleted);
        let mut theirs = base.clone();
        theirs[edited] = "edited by them".to_owned();
        let merged = three_way(&text(&base, ended), &text(&ours, ended), &text(&theirs, ended));
        if let Some(merged) = merged {
            let gone = format!("line {deleted}");
            prop_assert!(merged.contains("edited by them"), "{:?}", merged);
            prop_assert!(!merged.contains(&gone), "{:?}", merged);
            for (number, line) in base.iter().enumerate() {
                if number != deleted && number != edited {
                    prop_assert!(merged.contains(line.as_str()), "{:?}", merged);
                }
            }
        }
    }

    #[test]
    fn it_does_not_matter_who_comes_first(
        base in "[ab \n]{0,24}", ours in "[ab \n]{0,24}", theirs in "[ab \n]{0,24}",
    ) {
        let one = three_way(&base, &ours, &theirs);
        let other = three_way(&base, &theirs, &ours);
        prop_assert_eq!(one.is_some(), other.is_some());
    }

    #[test]
    fn the_same_edit_on_both_sides_is_no_conflict_and_is_made_once(
        base in "[ab\n]{0,24}", edited in "[ab\n😀]{0,24}",
    ) {
        prop_assert_eq!(three_way(&base, &edited, &edited), Some(edited));
    }

    #[test]
    fn words_changed_in_one_long_line_are_all_there(
        words in 3_usize..12, ours in 0_usize..12, theirs in 0_usize..12,
    ) {
        let (ours, theirs) = (ours % words, theirs % words);
        prop_assume!(ours.abs_diff(theirs) > 1);
        let base: Vec<String> = (0..words).map(|number| format!("word{number}")).collect();
        let with = |at: usize, word: &str| {
            let mut words = base.clone();
            words[at] = word.to_owned();
            words.join(" ")
        };
        let merged = three_way(&base.join(" "), &with(ours, "OURS"), &with(theirs, "THEIRS"));
        let merged = merged.expect("edits of different words");
        prop_assert!(merged.contains("OURS") && merged.contains("THEIRS"), "{merged}");
        prop_assert_eq!(merged.split(' ').count(), words);
    }
}

#[test]
fn a_conflict_never_leaves_its_marks_in_the_text() {
    let merged = three_way("a\nb\nc\n", "a\nours\nc\n", "a\ntheirs\nc\n");
    assert!(merged.is_none(), "{merged:?}");
    for (base, ours, theirs) in [
        ("", "ours\n", "theirs\n"),
        ("x", "", "y"),
        (
            "<<<<<<<\n=======\n>>>>>>>\n",
            "<<<<<<<\n=======\n>>>>>>>\nours\n",
            "theirs\n<<<<<<<\n=======\n>>>>>>>\n",
        ),
    ] {
        if let Some(merged) = three_way(base, ours, theirs) {
            let marks = |text: &str| text.matches("<<<<<<<").count();
            assert_eq!(marks(&merged), marks(ours), "{merged:?}");
        }
    }
}
