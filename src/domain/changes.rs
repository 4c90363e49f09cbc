//! Change sets in `CodeMirror`'s JSON form: `[12, [3, "new", "lines"], 40]` keeps 12 units, replaces 3 by two lines of
//! text, keeps 40. Lengths are UTF-16 units; a line break counts as one.

use serde::{Deserialize, Serialize};

/// One edit of a text of known length.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct ChangeSet(Vec<Part>);

/// A stretch that is kept, or one that is replaced.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(untagged)]
enum Part {
    Keep(u32),
    Replace(Replacement),
}

/// Units deleted, then the inserted text split at `\n`; in JSON one flat array.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "Vec<serde_json::Value>", into = "Vec<serde_json::Value>")]
struct Replacement {
    delete: u32,
    insert: String,
}

/// Why a change set does not apply to a text.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Malformed {
    /// Not `CodeMirror`'s JSON form.
    #[error("not a change set")]
    Form,
    /// Made for a text of another length.
    #[error("the change set is for a text of another length")]
    Length,
    /// A boundary lies between the two halves of a surrogate pair.
    #[error("the change set splits a character")]
    Surrogate,
}

impl TryFrom<Vec<serde_json::Value>> for Replacement {
    type Error = Malformed;

    fn try_from(values: Vec<serde_json::Value>) -> Result<Self, Malformed> {
        let mut values = values.into_iter();
        let delete = values
            .next()
            .and_then(|value| value.as_u64())
            .ok_or(Malformed::Form)?;
        let lines = values
            .map(|value| match value {
                serde_json::Value::String(line) => Ok(line),
                _ => Err(Malformed::Form),
            })
            .collect::<Result<Vec<_>, _>>()?;
        Ok(Self {
            delete: u32::try_from(delete).map_err(|_| Malformed::Form)?,
            insert: lines.join("\n"),
        })
    }
}

impl From<Replacement> for Vec<serde_json::Value> {
    fn from(part: Replacement) -> Self {
        let mut values = vec![part.delete.into()];
        if !part.insert.is_empty() {
            values.extend(part.insert.split('\n').map(Into::into));
        }
        values
    }
}

impl ChangeSet {
    /// The smallest single replacement that makes `new` of `old`; `None` if they are equal.
    #[must_use]
    pub fn between(old: &str, new: &str) -> Option<Self> {
        if old == new {
            return None;
        }
        let prefix = common_prefix(old, new);
        let suffix = common_suffix(&old[prefix..], &new[prefix..]);
        let deleted = &old[prefix..old.len() - suffix];
        let inserted = &new[prefix..new.len() - suffix];
        let mut parts = Vec::with_capacity(3);
        if prefix > 0 {
            parts.push(Part::Keep(units(&old[..prefix])));
        }
        parts.push(Part::Replace(Replacement {
            delete: units(deleted),
            insert: inserted.to_owned(),
        }));
        if suffix > 0 {
            parts.push(Part::Keep(units(&old[old.len() - suffix..])));
        }
        Some(Self(parts))
    }

    /// Reads the JSON form.
    ///
    /// # Errors
    /// [`Malformed::Form`]
    pub fn from_json(json: &str) -> Result<Self, Malformed> {
        serde_json::from_str(json).map_err(|_| Malformed::Form)
    }

    /// Writes the JSON form.
    #[must_use]
    pub fn to_json(&self) -> String {
        serde_json::to_string(self).unwrap_or_default()
    }

    /// UTF-16 units inserted and deleted.
    #[must_use]
    pub fn size(&self) -> (u32, u32) {
        self.0
            .iter()
            .fold((0, 0), |(added, removed), part| match part {
                Part::Keep(_) => (added, removed),
                Part::Replace(part) => (added + units(&part.insert), removed + part.delete),
            })
    }

    /// The text after the change.
    ///
    /// # Errors
    /// [`Malformed::Length`] or [`Malformed::Surrogate`]; a text is changed whole or not at all.
    pub fn apply(&self, text: &str) -> Result<String, Malformed> {
        let mut rest = text;
        let mut changed = String::with_capacity(text.len() + 64);
        for part in &self.0 {
            match part {
                Part::Keep(length) => {
                    let (kept, after) = split_at_unit(rest, *length)?;
                    changed.push_str(kept);
                    rest = after;
                }
                Part::Replace(part) => {
                    rest = split_at_unit(rest, part.delete)?.1;
                    changed.push_str(&part.insert);
                }
            }
        }
        if rest.is_empty() {
            Ok(changed)
        } else {
            Err(Malformed::Length)
        }
    }
}

/// Length in UTF-16 units. Texts are limited to 2 MiB, so it fits.
fn units(text: &str) -> u32 {
    let length = if text.is_ascii() {
        text.len()
    } else {
        text.chars().map(char::len_utf16).sum()
    };
    u32::try_from(length).unwrap_or(u32::MAX)
}

fn split_at_unit(text: &str, unit: u32) -> Result<(&str, &str), Malformed> {
    let wanted = unit as usize;
    // The usual case in LaTeX: nothing but ASCII up to there, and a byte is a unit.
    if wanted <= text.len() && text.as_bytes()[..wanted].is_ascii() {
        return Ok(text.split_at(wanted));
    }
    let mut seen = 0;
    for (at, c) in text.char_indices() {
        if seen == wanted {
            return Ok(text.split_at(at));
        }
        if seen > wanted {
            return Err(Malformed::Surrogate);
        }
        seen += c.len_utf16();
    }
    match seen.cmp(&wanted) {
        std::cmp::Ordering::Equal => Ok((text, "")),
        std::cmp::Ordering::Less => Err(Malformed::Length),
        std::cmp::Ordering::Greater => Err(Malformed::Surrogate),
    }
}

/// Bytes that both begin with, ending at a character boundary of both.
fn common_prefix(a: &str, b: &str) -> usize {
    let mut length = a.bytes().zip(b.bytes()).take_while(|(a, b)| a == b).count();
    while !(a.is_char_boundary(length) && b.is_char_boundary(length)) {
        length -= 1;
    }
    length
}

/// Bytes that both end with, beginning at a character boundary of both.
fn common_suffix(a: &str, b: &str) -> usize {
    let mut length = a
        .bytes()
        .rev()
        .zip(b.bytes().rev())
        .take_while(|(a, b)| a == b)
        .count();
    while !(a.is_char_boundary(a.len() - length) && b.is_char_boundary(b.len() - length)) {
        length -= 1;
    }
    length
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn the_json_form_is_codemirrors() {
        let change = ChangeSet::between("one two three", "one 2\n2 three").unwrap();
        assert_eq!(change.to_json(), r#"[4,[3,"2","2"],6]"#);
        assert_eq!(
            ChangeSet::from_json(r#"[4,[3,"2","2"],6]"#).unwrap(),
            change
        );
        assert_eq!(ChangeSet::between("ab", "a").unwrap().to_json(), "[1,[1]]");
    }

    #[test]
    fn offsets_are_utf16_units() {
        let change = ChangeSet::between("😀x", "😀y").unwrap();
        assert_eq!(change.to_json(), r#"[2,[1,"y"]]"#);
        assert_eq!(change.apply("😀x").unwrap(), "😀y");
    }

    #[test]
    fn what_does_not_fit_is_refused() {
        let refused = |json: &str, text: &str| {
            ChangeSet::from_json(json).and_then(|change| change.apply(text))
        };
        assert_eq!(refused("[5]", "abc"), Err(Malformed::Length));
        assert_eq!(refused("[2]", "abc"), Err(Malformed::Length));
        assert_eq!(refused("[1,[1,\"x\"],1]", "😀a"), Err(Malformed::Surrogate));
        assert_eq!(refused("[1,[-1],1]", "abc"), Err(Malformed::Form));
        assert_eq!(refused("[[1,2]]", "a"), Err(Malformed::Form));
        assert_eq!(refused("{}", "a"), Err(Malformed::Form));
    }

    proptest! {
        #[test]
        fn a_change_leads_from_one_text_to_the_other(old in "\\PC{0,40}|[a\r\n😀é]{0,40}", new in "[a\r\n😀é]{0,40}") {
            match ChangeSet::between(&old, &new) {
                None => prop_assert_eq!(&old, &new),
                Some(change) => {
                    prop_assert_eq!(&change.apply(&old).unwrap(), &new);
                    let read = ChangeSet::from_json(&change.to_json()).unwrap();
                    prop_assert_eq!(read, change);
                }
            }
        }
    }
}
