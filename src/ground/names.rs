//! Validated names of people and projects, which are names of directories as well.

use std::fmt;
use std::str::FromStr;

use serde::Serialize;

/// A member's name: 2 to 39 of `a-z 0-9 -`, neither first nor last a hyphen, not reserved.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize)]
#[serde(transparent)]
pub struct Username(String);

/// Why a text is no [`Username`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum UsernameError {
    /// Wrong length or characters.
    Invalid,
    /// Belongs to the visitors or to the server's own paths.
    Reserved,
}

/// The server's own path names and those that would mislead people.
const RESERVED: [&str; 19] = [
    "admin", "api", "assets", "auth", "build", "disk", "healthz", "join", "metrics", "parked",
    "readyz", "root", "scitex", "static", "template", "system", "visitor", "visitors", "writer",
];

impl Username {
    /// Longest name, in characters.
    pub const MAX: usize = 39;

    /// The name as text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for Username {
    type Err = UsernameError;

    /// Surrounding blanks are dropped and capitals made small: names are unique without regard to case.
    fn from_str(text: &str) -> Result<Self, UsernameError> {
        let name = text.trim().to_ascii_lowercase();
        let allowed = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-';
        if !(2..=Self::MAX).contains(&name.len())
            || !name.chars().all(allowed)
            || name.starts_with('-')
            || name.ends_with('-')
        {
            return Err(UsernameError::Invalid);
        }
        if name.starts_with("visitor-") || RESERVED.contains(&name.as_str()) {
            return Err(UsernameError::Reserved);
        }
        Ok(Self(name))
    }
}

impl fmt::Display for Username {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// A project's name, which is its directory's: 1 to 64 letters, digits, spaces, `-`, `_` and `.`; it begins with a letter
/// or digit and does not end in a space or a dot.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct ProjectName(String);

/// A text is no project name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct InvalidProjectName;

impl ProjectName {
    /// Longest name, in characters.
    pub const MAX: usize = 64;
    /// File systems take names of 255 bytes; the rest is for a number at the end.
    const MAX_BYTES: usize = 200;

    /// The name as text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for ProjectName {
    type Err = InvalidProjectName;

    /// Surrounding blanks are dropped.
    fn from_str(text: &str) -> Result<Self, InvalidProjectName> {
        let name = text.trim();
        let allowed = |c: char| c.is_alphanumeric() || matches!(c, ' ' | '-' | '_' | '.');
        let good = (1..=Self::MAX).contains(&name.chars().count())
            && name.len() <= Self::MAX_BYTES
            && name.chars().all(allowed)
            && name.starts_with(char::is_alphanumeric)
            && !name.ends_with('.');
        good.then(|| Self(name.to_owned()))
            .ok_or(InvalidProjectName)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn usernames() {
        assert_eq!("  Alice ".parse::<Username>().unwrap().as_str(), "alice");
        for bad in [
            "",
            "a",
            "-ab",
            "ab-",
            "a b",
            "Zoë",
            "a/b",
            "..",
            &"x".repeat(40),
        ] {
            assert_eq!(
                bad.parse::<Username>(),
                Err(UsernameError::Invalid),
                "{bad}"
            );
        }
        for reserved in ["visitor-001", "Visitor-99", "writer", "admin"] {
            assert_eq!(
                reserved.parse::<Username>(),
                Err(UsernameError::Reserved),
                "{reserved}"
            );
        }
    }

    #[test]
    fn project_names() {
        let name = |text: &str| text.parse::<ProjectName>().map(|name| name.0);
        assert_eq!(name(" Grant 2026 ").as_deref(), Ok("Grant 2026"));
        assert_eq!(name("Étude_v1.2-b").as_deref(), Ok("Étude_v1.2-b"));
        for bad in [
            "", " ", ".", "..", ".git", "a/b", "a\\b", "a\0b", "a\nb", "-rf", "a.", "a:b", "💥",
        ] {
            assert_eq!(name(bad), Err(InvalidProjectName), "{bad:?}");
        }
        assert!(name(&"x".repeat(65)).is_err());
        assert!(name(&"日".repeat(64)).is_ok() && name(&"𠀀".repeat(64)).is_err());
    }
}
