//! Everything that a rule can say no to. The sentence for a person and the status are chosen in `http::error`.

use std::time::Duration;

use crate::ground::ids::{InvalidSectionId, ProjectId};
use crate::ground::names::{InvalidProjectName, UsernameError};
use crate::ground::role::InvalidRole;
use crate::storage;

/// A refusal or a failure.
#[derive(Clone, Debug, thiserror::Error)]
pub enum Error {
    /// No session, or one that has ended.
    #[error("no session")]
    SessionExpired,
    /// The visitor's lease is over, or the slot was taken back.
    #[error("the lease is over")]
    LeaseExpired,
    /// The same, and nothing of the visitor's is kept: nothing was written, or the operator has reset the pool.
    #[error("the workspace is gone")]
    WorkspaceGone,
    /// No such project, or not one this person may see.
    #[error("no such project")]
    ProjectNotFound,
    /// A viewer wants to change something.
    #[error("read only")]
    ReadOnly,
    /// Somebody else than the owner wants to do what is the owner's.
    #[error("owner only")]
    OwnerOnly,
    /// A visitor wants what only accounts have.
    #[error("members only")]
    MembersOnly,
    /// Not a name a project can have.
    #[error("not a project name")]
    InvalidProjectName,
    /// The owner has a project of this name.
    #[error("the project exists")]
    ProjectExists,
    /// The owner has as many projects as they may have.
    #[error("too many projects")]
    TooManyProjects,
    /// A role that cannot be given.
    #[error("not a role that can be given")]
    InvalidRole,
    /// The owner has every right already.
    #[error("the owner takes part already")]
    AlreadyOwner,
    /// Nobody of this id takes part.
    #[error("no such member")]
    MemberNotFound,
    /// The owner cannot leave the project.
    #[error("the owner stays")]
    OwnerStays,
    /// No such link, or one that was revoked or has run out.
    #[error("no such link")]
    LinkNotFound,
    /// The project has as many links as it may have.
    #[error("too many links")]
    TooManyLinks,
    /// Not the form of a section id.
    #[error("not a section id")]
    InvalidSection,
    /// The master files do not name this section.
    #[error("no such section")]
    SectionNotFound,
    /// The master file names this section already.
    #[error("the section exists")]
    SectionExists,
    /// The document has as many sections as it may have.
    #[error("too many sections")]
    TooManySections,
    /// No such version of this text.
    #[error("no such version")]
    VersionNotFound,
    /// The text on the disk is not UTF-8.
    #[error("{0} is not UTF-8")]
    NotUtf8(String),
    /// Longer than a text may be.
    #[error("the text is too large")]
    TextTooLarge,
    /// A visitor's workspace would grow beyond what it may hold.
    #[error("the workspace is full")]
    WorkspaceFull,
    /// Two people changed the same place; nothing was stored. What is current now, by section.
    #[error("conflict")]
    Conflict(Vec<Conflict>),
    /// Every slot is held; the next one may be free after this time at the latest.
    #[error("the pool is full")]
    PoolFull {
        /// Number of slots.
        total: u32,
        /// Until the next lease runs out.
        retry_after: Duration,
    },
    /// The project is being moved; it takes a moment.
    #[error("project {0} is being moved")]
    Moving(ProjectId),
    /// There are no slots at all.
    #[error("there is no pool")]
    NoPool,
    /// Not a name an account can have.
    #[error("not a username")]
    UsernameInvalid,
    /// A name that belongs to the visitors or the server.
    #[error("reserved username")]
    UsernameReserved,
    /// Somebody has this name.
    #[error("username taken")]
    UsernameTaken,
    /// Shorter than 8 characters.
    #[error("password too short")]
    PasswordTooShort,
    /// Longer than 1,024 bytes.
    #[error("password too long")]
    PasswordTooLong,
    /// No account with this name and password.
    #[error("wrong credentials")]
    WrongCredentials,
    /// Signed in already.
    #[error("already signed in")]
    AlreadyMember,
    /// No account of this name.
    #[error("no such user")]
    UserNotFound,
    /// The disk or the database failed.
    #[error(transparent)]
    Storage(storage::error::Error),
}

/// What the text is now that a save did not fit onto.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Conflict {
    /// The section's id.
    pub section: String,
    /// The current text.
    pub content: String,
    /// The current version.
    pub version: u64,
}

impl From<storage::error::Error> for Error {
    fn from(error: storage::error::Error) -> Self {
        match error {
            storage::error::Error::NotUtf8(path) => Self::NotUtf8(path),
            storage::error::Error::TooLarge(_) => Self::TextTooLarge,
            other => Self::Storage(other),
        }
    }
}

impl From<InvalidSectionId> for Error {
    fn from(_: InvalidSectionId) -> Self {
        Self::InvalidSection
    }
}

impl From<InvalidProjectName> for Error {
    fn from(_: InvalidProjectName) -> Self {
        Self::InvalidProjectName
    }
}

impl From<InvalidRole> for Error {
    fn from(_: InvalidRole) -> Self {
        Self::InvalidRole
    }
}

impl From<UsernameError> for Error {
    fn from(error: UsernameError) -> Self {
        match error {
            UsernameError::Invalid => Self::UsernameInvalid,
            UsernameError::Reserved => Self::UsernameReserved,
        }
    }
}
