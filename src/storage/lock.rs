//! Locks between processes that share a data directory. The kernel drops them when a process dies.

use std::fs::{File, OpenOptions, TryLockError};
use std::io::{self, Read as _, Seek as _, Write as _};
use std::path::Path;

/// Held by the one `serve` of a data directory.
#[derive(Debug)]
pub struct ServeLock(#[expect(dead_code, reason = "the open file is the lock")] File);

/// Why [`ServeLock::acquire`] failed.
#[derive(Debug, thiserror::Error)]
pub enum LockError {
    /// Another server holds it.
    #[error("another scitex-writer (process {0}) is serving this data directory")]
    Held(String),
    /// The lock file cannot be opened.
    #[error("cannot open the lock file: {0}")]
    File(#[from] io::Error),
}

impl ServeLock {
    /// Takes the lock without waiting, and writes this process's id into the file for the operator.
    ///
    /// # Errors
    /// [`LockError::Held`] if another process has it.
    pub fn acquire(path: &Path) -> Result<Self, LockError> {
        let mut file = open(path)?;
        match file.try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => {
                let mut holder = String::new();
                file.read_to_string(&mut holder)?;
                return Err(LockError::Held(holder.trim().to_owned()));
            }
            Err(TryLockError::Error(error)) => return Err(error.into()),
        }
        file.set_len(0)?;
        file.rewind()?;
        writeln!(file, "{}", std::process::id())?;
        Ok(Self(file))
    }
}

/// Held while something is done that only one process, and one thread of it, may do at a time: filling slots, moving
/// directories, upgrading the database.
#[derive(Debug)]
pub struct Exclusive(#[expect(dead_code, reason = "the open file is the lock")] File);

impl Exclusive {
    /// Waits for the lock; blocks the thread.
    ///
    /// # Errors
    /// If the lock file cannot be opened.
    pub fn acquire(path: &Path) -> io::Result<Self> {
        let file = open(path)?;
        file.lock()?;
        Ok(Self(file))
    }
}

fn open(path: &Path) -> io::Result<File> {
    OpenOptions::new()
        .read(true)
        .write(true)
        .create(true)
        .truncate(false)
        .open(path)
}
