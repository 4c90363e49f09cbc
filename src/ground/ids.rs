//! Validated ids. A value of one of these types is safe to build a path from.

use std::fmt;
use std::str::FromStr;

use serde::Serialize;

macro_rules! numeric_id {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
        #[serde(transparent)]
        pub struct $name(pub i64);

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                self.0.fmt(f)
            }
        }
    };
}

numeric_id!(
    /// Row id of a user, member or visitor.
    UserId
);
numeric_id!(
    /// Row id of a project; kept when the project moves.
    ProjectId
);
numeric_id!(
    /// Row id of an allocation.
    AllocationId
);
numeric_id!(
    /// Row id of a link by which a project is shared.
    LinkId
);

/// Number of a visitor slot, from 1.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
pub struct SlotNumber(pub u32);

impl SlotNumber {
    /// `visitor-001` for slot 1; the name of the slot's user and of its directory.
    #[must_use]
    pub fn username(self) -> String {
        format!("visitor-{:03}", self.0)
    }
}

/// One of the four documents of a project.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Document {
    /// The paper.
    Manuscript,
    /// What all three others include: title, authors, keywords, journal.
    Shared,
    /// The supplement.
    Supplementary,
    /// The letter to the reviewers.
    Revision,
}

impl Document {
    /// All, in the order of the page's outline.
    pub const ALL: [Self; 4] = [
        Self::Manuscript,
        Self::Shared,
        Self::Supplementary,
        Self::Revision,
    ];
    /// Those that have a master file.
    pub const WITH_MASTER: [Self; 3] = [Self::Manuscript, Self::Supplementary, Self::Revision];

    /// The id in URLs and the directory under `sections/`.
    #[must_use]
    pub fn id(self) -> &'static str {
        match self {
            Self::Manuscript => "manuscript",
            Self::Shared => "shared",
            Self::Supplementary => "supplementary",
            Self::Revision => "revision",
        }
    }

    /// The heading in the page.
    #[must_use]
    pub fn label(self) -> &'static str {
        match self {
            Self::Manuscript => "Manuscript",
            Self::Shared => "Shared",
            Self::Supplementary => "Supplementary",
            Self::Revision => "Revision",
        }
    }

    /// The document with this id.
    #[must_use]
    pub fn from_id(id: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|document| document.id() == id)
    }
}

/// A section's id, `manuscript/abstract`.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct SectionId {
    document: Document,
    name: String,
}

/// A text is no section id.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct InvalidSectionId;

impl SectionId {
    /// Longest section name, in bytes.
    pub const MAX_NAME: usize = 64;

    /// From its two parts. The name is what a person may have written by hand in a master file: letters, digits,
    /// `_`, `-` and inner dots of ASCII, 1 to 64 of them.
    ///
    /// # Errors
    /// For an unknown document, an empty or over-long name, or one with other characters.
    pub fn new(document: &str, name: &str) -> Result<Self, InvalidSectionId> {
        let document = Document::from_id(document).ok_or(InvalidSectionId)?;
        let allowed = |b: u8| b.is_ascii_alphanumeric() || matches!(b, b'_' | b'-' | b'.');
        let good = (1..=Self::MAX_NAME).contains(&name.len())
            && name.bytes().all(allowed)
            && !name.starts_with(['.', '-'])
            && !name.ends_with('.')
            && !name.contains("..");
        if !good {
            return Err(InvalidSectionId);
        }
        Ok(Self {
            document,
            name: name.to_owned(),
        })
    }

    /// The document it belongs to.
    #[must_use]
    pub fn document(&self) -> Document {
        self.document
    }

    /// The part after the slash.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The heading in the page: `data_availability` reads `Data availability`, `reviewer1` `Reviewer 1`.
    #[must_use]
    pub fn label(&self) -> String {
        let mut label = String::with_capacity(self.name.len() + 1);
        let mut previous = ' ';
        for c in self.name.chars() {
            let c = if matches!(c, '_' | '-') { ' ' } else { c };
            if c.is_ascii_digit() && previous.is_ascii_alphabetic() {
                label.push(' ');
            }
            label.push(if label.is_empty() {
                c.to_ascii_uppercase()
            } else {
                c
            });
            previous = c;
        }
        label
    }

    /// The file, relative to the project's `scitex/writer`.
    #[must_use]
    pub fn path(&self) -> TextPath {
        TextPath(format!("sections/{}/{}.tex", self.document.id(), self.name))
    }
}

impl FromStr for SectionId {
    type Err = InvalidSectionId;

    fn from_str(text: &str) -> Result<Self, InvalidSectionId> {
        let (document, name) = text.split_once('/').ok_or(InvalidSectionId)?;
        Self::new(document, name)
    }
}

impl fmt::Display for SectionId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.document.id(), self.name)
    }
}

/// Path of a text file of a project, relative to its `scitex/writer`. Only made from validated ids.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct TextPath(String);

impl TextPath {
    /// The master file of a document that has one.
    #[must_use]
    pub fn master(document: Document) -> Self {
        Self(format!("{}.tex", document.id()))
    }

    /// A path that was stored in the database, and so was valid when it was written.
    #[must_use]
    pub fn from_database(path: String) -> Self {
        Self(path)
    }

    /// The path as text, with `/`.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for TextPath {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hostile_section_ids_are_no_section_ids() {
        for bad in [
            "manuscript",
            "manuscript/",
            "manuscript/..",
            "manuscript/../x",
            "manuscript//etc/passwd",
            "/etc/passwd",
            "other/abstract",
            "manuscript/a\0b",
            "manuscript/a/b",
            "manuscript/.hidden",
            "manuscript/-rf",
            "manuscript/ü",
            "manuscript/a..b",
            "manuscript/a.",
        ] {
            assert_eq!(bad.parse::<SectionId>(), Err(InvalidSectionId), "{bad:?}");
        }
        let long = format!("manuscript/{}", "x".repeat(65));
        assert_eq!(long.parse::<SectionId>(), Err(InvalidSectionId));
    }

    #[test]
    fn labels_read_like_headings() {
        let label = |id: &str| id.parse::<SectionId>().unwrap().label();
        assert_eq!(label("manuscript/data_availability"), "Data availability");
        assert_eq!(label("revision/reviewer1"), "Reviewer 1");
        assert_eq!(label("manuscript/abstract"), "Abstract");
    }
}
