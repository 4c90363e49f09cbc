//! What can go wrong below the rules: in the database or on the disk.

use std::io;
use std::sync::Arc;

use rusqlite::ErrorCode;

/// A failure of the database or the file system. Cheap to clone: one failed commit answers many jobs.
#[derive(Clone, Debug, thiserror::Error)]
pub enum Error {
    /// No space left; nothing was stored.
    #[error("no space left on the disk")]
    Full,
    /// The data directory cannot be written.
    #[error("the data directory is read-only")]
    ReadOnly,
    /// The file is not a database of ours, or is damaged.
    #[error("the database is damaged or not a SQLite database: {0}")]
    Corrupt(String),
    /// The database was written by a newer version of this program.
    #[error(
        "the database has schema version {found}, this program knows up to {known}; use a newer scitex-writer"
    )]
    Newer {
        /// Version in the file.
        found: i64,
        /// Latest version this binary knows.
        known: i64,
    },
    /// The database writer has ended, because the server is shutting down.
    #[error("the server is shutting down")]
    Closed,
    /// A file is larger than any text may be.
    #[error("{0} is too large for a text")]
    TooLarge(String),
    /// A file that should hold text is not UTF-8.
    #[error("{0} is not UTF-8 text")]
    NotUtf8(String),
    /// Anything else `SQLite` reports.
    #[error("database: {0}")]
    Database(Arc<rusqlite::Error>),
    /// Anything else the file system reports.
    #[error("file system: {0}")]
    File(Arc<io::Error>),
}

impl From<rusqlite::Error> for Error {
    fn from(error: rusqlite::Error) -> Self {
        match error.sqlite_error_code() {
            Some(ErrorCode::DiskFull) => Self::Full,
            Some(ErrorCode::ReadOnly) => Self::ReadOnly,
            Some(ErrorCode::DatabaseCorrupt | ErrorCode::NotADatabase) => {
                Self::Corrupt(error.to_string())
            }
            _ => Self::Database(Arc::new(error)),
        }
    }
}

impl From<io::Error> for Error {
    fn from(error: io::Error) -> Self {
        match error.kind() {
            io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded => Self::Full,
            io::ErrorKind::ReadOnlyFilesystem => Self::ReadOnly,
            _ => Self::File(Arc::new(error)),
        }
    }
}

impl From<rustix::io::Errno> for Error {
    fn from(error: rustix::io::Errno) -> Self {
        io::Error::from(error).into()
    }
}

impl From<r2d2::Error> for Error {
    fn from(error: r2d2::Error) -> Self {
        Self::File(Arc::new(io::Error::other(error)))
    }
}

impl Error {
    /// True if a uniqueness or foreign-key rule of the schema refused the statement.
    #[must_use]
    pub fn is_constraint(&self) -> bool {
        matches!(self, Self::Database(error) if error.sqlite_error_code() == Some(ErrorCode::ConstraintViolation))
    }
}
