//! The text files of one project, opened beneath its directory and nowhere else.
//!
//! The handle is a directory descriptor, so it follows the project when its directory is renamed, and writes into
//! nothing if the directory is deleted: a slot's next tenant can never receive a late write for the last one.

use std::ffi::OsStr;
use std::io::{self, Read as _, Write as _};
use std::path::{Path, PathBuf};

use cap_std::ambient_authority;
use cap_std::fs::{Dir, MetadataExt as _, OpenOptions, OpenOptionsExt as _};

use rustix::fs::AtFlags;

use super::error::Error;
use crate::ground::ids::TextPath;

/// Largest file that is read, in bytes; well above the longest text.
const LARGEST: u64 = 8 * 1024 * 1024;
/// Directories within directories that are copied.
const DEEPEST: usize = 32;
#[expect(clippy::cast_possible_wrap, reason = "a flag, not a number")]
const NONBLOCK: i32 = rustix::fs::OFlags::NONBLOCK.bits() as i32;

/// What `stat` says of a file; differs after any change by another program.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Stamp {
    modified: (i64, i64),
    inode: u64,
    size: u64,
}

/// A project's `scitex/writer`.
#[derive(Debug)]
pub struct ProjectDir {
    dir: Dir,
}

impl ProjectDir {
    /// Opens `sources` beneath the project's directory.
    pub(super) fn open(project: &Path, sources: &str) -> io::Result<Self> {
        let project = Dir::open_ambient_dir(project, ambient_authority())?;
        Ok(Self {
            dir: project.open_dir(sources)?,
        })
    }

    /// True if the directory has been deleted under the handle, so that nothing can be written into it any more.
    #[must_use]
    pub fn is_gone(&self) -> bool {
        self.dir.dir_metadata().is_ok_and(|meta| meta.nlink() == 0)
    }

    /// The file's stamp; `None` if there is no such file.
    ///
    /// # Errors
    /// If a symlink leads out of the project, or the disk refuses.
    pub fn stamp(&self, path: &TextPath) -> Result<Option<Stamp>, Error> {
        match self.dir.metadata(path.as_str()) {
            Ok(meta) => Ok(Some(stamp(&meta))),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
            Err(error) => Err(error.into()),
        }
    }

    /// True if the file has this stamp: one system call, because a stamp that differs is looked into properly anyhow.
    #[must_use]
    pub fn has_stamp(&self, path: &TextPath, expected: Option<Stamp>) -> bool {
        let found = rustix::fs::statat(&self.dir, path.as_str(), AtFlags::empty());
        match (found, expected) {
            (Ok(found), Some(expected)) => {
                let modified = (found.st_mtime, found.st_mtime_nsec.try_into().unwrap_or(-1));
                let size = u64::try_from(found.st_size).unwrap_or(u64::MAX);
                expected
                    == Stamp {
                        modified,
                        inode: found.st_ino,
                        size,
                    }
            }
            (Err(rustix::io::Errno::NOENT), None) => true,
            _ => false,
        }
    }

    /// The file's text; `None` if there is no such file.
    ///
    /// # Errors
    /// [`Error::NotUtf8`]; or if a symlink leads out of the project, or the disk refuses.
    pub fn read(&self, path: &TextPath) -> Result<Option<(String, Stamp)>, Error> {
        // Without waiting: a pipe in the place of a file would hold the thread for ever.
        let mut how = OpenOptions::new();
        how.read(true).custom_flags(NONBLOCK);
        let file = match self.dir.open_with(path.as_str(), &how) {
            Ok(file) => file,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
            Err(error) => return Err(error.into()),
        };
        let meta = file.metadata()?;
        if !meta.is_file() {
            return Err(io::Error::new(io::ErrorKind::InvalidInput, "not a regular file").into());
        }
        let stamp = stamp(&meta);
        if stamp.size > LARGEST {
            return Err(Error::TooLarge(path.to_string()));
        }
        let mut bytes = Vec::with_capacity(usize::try_from(stamp.size).unwrap_or(0));
        file.take(LARGEST).read_to_end(&mut bytes)?;
        let text = String::from_utf8(bytes).map_err(|_| Error::NotUtf8(path.to_string()))?;
        Ok(Some((text, stamp)))
    }

    /// Replaces the file: temporary name, fsync, rename, fsync of the directory. A reader sees the old text or the
    /// new one, and so does whoever comes after a power cut.
    ///
    /// # Errors
    /// If a symlink leads out of the project, or the disk refuses; the old file then still stands.
    pub fn write(&self, path: &TextPath, text: &str) -> Result<Stamp, Error> {
        let path = Path::new(path.as_str());
        let parent = path
            .parent()
            .filter(|parent| !parent.as_os_str().is_empty());
        if let Some(parent) = parent {
            self.dir.create_dir_all(parent)?;
        }
        let temporary = temporary(path);
        self.remove_if_there(&temporary)?;
        let written = self.write_new(&temporary, text).inspect_err(|_| {
            // Leaves no half file behind on a full disk; the error that counts is the first one.
            let _ = self.dir.remove_file(&temporary);
        })?;
        self.dir.rename(&temporary, &self.dir, path)?;
        self.dir
            .open(parent.unwrap_or(Path::new(".")))?
            .sync_all()?;
        Ok(written)
    }

    fn write_new(&self, path: &Path, text: &str) -> Result<Stamp, Error> {
        let mut file = self
            .dir
            .open_with(path, OpenOptions::new().write(true).create_new(true))?;
        file.write_all(text.as_bytes())?;
        file.sync_all()?;
        Ok(stamp(&file.metadata()?))
    }

    /// Copies all regular files and directories to `destination`, a directory of ours.
    ///
    /// # Errors
    /// If the disk refuses.
    pub fn copy_to(&self, destination: &Path) -> Result<(), Error> {
        let destination = Dir::open_ambient_dir(destination, ambient_authority())?;
        copy_tree(&self.dir, &destination, DEEPEST)
    }

    /// Deletes the file if it is there.
    ///
    /// # Errors
    /// If the disk refuses.
    pub fn remove(&self, path: &TextPath) -> Result<(), Error> {
        self.remove_if_there(Path::new(path.as_str()))
    }

    fn remove_if_there(&self, path: &Path) -> Result<(), Error> {
        match self.dir.remove_file(path) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error.into()),
            _ => Ok(()),
        }
    }
}

/// Beneath these directories and nowhere else: what is swapped for a symlink meanwhile does not lead out.
fn copy_tree(from: &Dir, to: &Dir, depth: usize) -> Result<(), Error> {
    for entry in from.entries()? {
        let entry = entry?;
        let (name, kind) = (entry.file_name(), entry.file_type()?);
        if kind.is_dir() && depth > 0 {
            to.create_dir(&name)?;
            copy_tree(&entry.open_dir()?, &to.open_dir(&name)?, depth - 1)?;
        } else if kind.is_file() && !is_temporary(&name) {
            from.copy(&name, to, &name)?;
        }
    }
    Ok(())
}

fn is_temporary(name: &OsStr) -> bool {
    let name = name.to_string_lossy();
    name.starts_with('.') && name.ends_with(".writing")
}

/// One name for each file, so that a killed process leaves at most one behind and the next write takes it away.
fn temporary(path: &Path) -> PathBuf {
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    path.with_file_name(format!(".{name}.writing"))
}

fn stamp(meta: &cap_std::fs::Metadata) -> Stamp {
    Stamp {
        modified: (meta.mtime(), meta.mtime_nsec()),
        inode: meta.ino(),
        size: meta.size(),
    }
}
