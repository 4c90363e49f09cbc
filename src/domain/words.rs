//! How many words of prose a piece of LaTeX has. The page counts by the same rule (`web/src/words.ts`);
//! `tests/golden/words.json` holds both to it.

/// Commands whose argument is no prose. Every command that begins with `cite` counts as well.
const WITH_ARGUMENT: [&str; 17] = [
    "begin",
    "end",
    "label",
    "ref",
    "eqref",
    "cref",
    "Cref",
    "autoref",
    "pageref",
    "input",
    "include",
    "includegraphics",
    "bibliography",
    "bibliographystyle",
    "usepackage",
    "documentclass",
    "cite",
];

/// Counts runs of non-blanks with at least one letter or digit, after comments, commands and their technical
/// arguments are taken out.
#[must_use]
pub fn count(latex: &str) -> usize {
    let prose = prose(&without_comments(latex));
    prose
        .split_whitespace()
        .filter(|run| run.chars().any(char::is_alphanumeric))
        .count()
}

fn without_comments(latex: &str) -> String {
    let mut kept = String::with_capacity(latex.len());
    for line in latex.split_inclusive('\n') {
        let mut escaped = false;
        let comment = line.char_indices().find(|&(_, c)| {
            let found = c == '%' && !escaped;
            escaped = c == '\\' && !escaped;
            found
        });
        match comment {
            Some((at, _)) => {
                kept.push_str(&line[..at]);
                kept.push('\n');
            }
            None => kept.push_str(line),
        }
    }
    kept
}

fn prose(latex: &str) -> String {
    let mut prose = String::with_capacity(latex.len());
    let mut rest = latex;
    while let Some(c) = rest.chars().next() {
        if c == '\\' {
            let command = &rest[1..];
            rest = after_command(command);
            if !is_inside_word(command) {
                prose.push(' ');
            }
            continue;
        }
        prose.push(if matches!(c, '{' | '}' | '~' | '$' | '&' | '_' | '^') {
            ' '
        } else {
            c
        });
        rest = &rest[c.len_utf8()..];
    }
    prose
}

/// An escape within a word: an accent (`caf\'e`), `\-`, `\&`. Every other command ends the word.
fn is_inside_word(command: &str) -> bool {
    command.starts_with(|c: char| !c.is_ascii_alphabetic() && !c.is_whitespace() && c != '\\')
}

/// What follows a command, its options and, if that is no prose, its argument.
fn after_command(latex: &str) -> &str {
    let end = latex
        .find(|c: char| !c.is_ascii_alphabetic())
        .unwrap_or(latex.len());
    if end == 0 {
        let escaped = latex.chars().next().map_or(0, char::len_utf8);
        let mut rest = &latex[escaped..];
        while latex.starts_with('\\')
            && let Some(after) = after_group(rest, '[', ']')
        {
            rest = after;
        }
        return rest;
    }
    let (name, mut rest) = latex.split_at(end);
    rest = rest.strip_prefix('*').unwrap_or(rest);
    while let Some(after) = after_group(rest, '[', ']') {
        rest = after;
    }
    if WITH_ARGUMENT.contains(&name) || name.starts_with("cite") {
        rest = after_group(rest, '{', '}').unwrap_or(rest);
    }
    rest
}

fn after_group(latex: &str, open: char, close: char) -> Option<&str> {
    let inside = latex.strip_prefix(open)?;
    let end = inside.find([open, close])?;
    inside[end..].strip_prefix(close)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(serde::Deserialize)]
    struct Sample {
        text: String,
        words: usize,
    }

    #[test]
    fn the_page_and_the_server_count_alike() {
        let golden = std::fs::read_to_string("tests/golden/words.json").unwrap();
        let samples: Vec<Sample> = serde_json::from_str(&golden).unwrap();
        assert!(samples.len() >= 10);
        for sample in samples {
            assert_eq!(count(&sample.text), sample.words, "{}", sample.text);
        }
    }
}
