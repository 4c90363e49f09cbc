//! The data directory: where projects lie, how they are made, moved and thrown away.
//!
//! Names that reach this module are validated ids; nothing here takes a path from a request.

use std::fs::{self, File};
use std::io;
use std::path::{Path, PathBuf};

use rustix::fs::{CWD, RenameFlags, renameat_with, syncfs};

use super::error::Error;
use super::project_dir::ProjectDir;
use crate::ground::ids::ProjectId;
use crate::ground::secret::Secret;

/// Everything of the program's own, inside the data directory.
const OWN: &str = ".scitex-writer";
/// Where a project's sources are, inside the project.
const SOURCES: &str = "scitex/writer";

/// Where a parked project lies, relative to the data directory.
#[must_use]
pub fn parked(id: ProjectId) -> String {
    format!("{OWN}/parked/{id}")
}

/// The data directory. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Workspace {
    root: PathBuf,
}

/// What became of a rename.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Moved {
    /// The directory is at its destination; also if it was already.
    Done,
    /// Something else stands at the destination; nothing was moved.
    Taken,
    /// There is nothing at the source and nothing at the destination.
    Missing,
}

impl Workspace {
    /// Opens the data directory, and makes it if it is missing.
    ///
    /// # Errors
    /// If a directory cannot be made.
    pub fn open(root: &Path) -> Result<Self, Error> {
        fs::create_dir_all(root)?;
        let root = root.canonicalize()?;
        for part in ["parked", "build", "trash", "staging"] {
            fs::create_dir_all(root.join(OWN).join(part))?;
        }
        Ok(Self { root })
    }

    /// The data directory's path.
    #[must_use]
    pub fn root(&self) -> &Path {
        &self.root
    }

    /// The database's path.
    #[must_use]
    pub fn database(&self) -> PathBuf {
        self.root.join(OWN).join("writer.sqlite3")
    }

    /// The lock of the one server.
    #[must_use]
    pub fn serve_lock(&self) -> PathBuf {
        self.root.join(OWN).join("lock")
    }

    /// The lock of whoever fills or empties slots.
    #[must_use]
    pub fn pool_lock(&self) -> PathBuf {
        self.root.join(OWN).join("pool.lock")
    }

    /// The lock of whoever moves a project.
    #[must_use]
    pub fn move_lock(&self) -> PathBuf {
        self.root.join(OWN).join("move.lock")
    }

    /// The size of all files at `directory`, in bytes.
    ///
    /// # Errors
    /// If the disk refuses.
    pub fn size(&self, directory: &str) -> Result<u64, Error> {
        let mut size = 0;
        let mut directories = vec![self.root.join(directory)];
        while let Some(directory) = directories.pop() {
            for entry in fs::read_dir(directory)? {
                let entry = entry?;
                let meta = entry.metadata()?;
                if meta.is_dir() {
                    directories.push(entry.path());
                } else {
                    size += meta.len();
                }
            }
        }
        Ok(size)
    }

    /// True if the project at `directory` holds these source files, byte for byte, and nothing else.
    ///
    /// # Errors
    /// If the disk refuses.
    pub fn holds_only(&self, directory: &str, files: &[(String, Vec<u8>)]) -> Result<bool, Error> {
        let project = self.root.join(directory);
        let sources = project.join(SOURCES);
        let mut found = 0;
        let mut directories = vec![project];
        while let Some(directory) = directories.pop() {
            for entry in fs::read_dir(directory)? {
                let entry = entry?;
                if entry.file_type()?.is_dir() {
                    directories.push(entry.path());
                    continue;
                }
                let path = entry.path();
                let name = path.strip_prefix(&sources).ok().and_then(Path::to_str);
                let expected = files.iter().find(|(file, _)| Some(file.as_str()) == name);
                let Some((_, bytes)) = expected else {
                    return Ok(false);
                };
                if !entry.file_type()?.is_file() || fs::read(&path)? != *bytes {
                    return Ok(false);
                }
                found += 1;
            }
        }
        Ok(found == files.len())
    }

    /// The directory of some project, if there is any.
    ///
    /// # Errors
    /// If the disk refuses.
    pub fn any_project(&self) -> Result<Option<String>, Error> {
        if let Some(parked) = fs::read_dir(self.root.join(OWN).join("parked"))?.next() {
            return Ok(Some(parked?.path().display().to_string()));
        }
        for owner in fs::read_dir(&self.root)? {
            let owner = owner?;
            // What cannot be listed, such as lost+found, is not ours.
            let Ok(projects) = fs::read_dir(owner.path()) else {
                continue;
            };
            for project in projects {
                let project = project?.path();
                if project.join(SOURCES).is_dir() {
                    return Ok(Some(project.display().to_string()));
                }
            }
        }
        Ok(None)
    }

    /// Opens the sources of the project at `directory`. The handle follows the directory when it is moved.
    ///
    /// # Errors
    /// If it is not there.
    pub fn open_project(&self, directory: &str) -> Result<ProjectDir, Error> {
        Ok(ProjectDir::open(&self.root.join(directory), SOURCES)?)
    }

    /// True if something stands at `directory`.
    #[must_use]
    pub fn exists(&self, directory: &str) -> bool {
        fs::symlink_metadata(self.root.join(directory)).is_ok()
    }

    /// Makes a project directory with these source files, all or nothing: it is built in the staging area, made
    /// durable there, and renamed to `directory`. `false` if something stands there already.
    ///
    /// # Errors
    /// If the disk refuses.
    pub fn create_project<'a>(
        &self,
        directory: &str,
        files: impl Iterator<Item = (&'a str, &'a [u8])>,
    ) -> Result<bool, Error> {
        let (staged, sources) = self.stage()?;
        for (path, bytes) in files {
            let file = sources.join(path);
            if let Some(parent) = file.parent() {
                fs::create_dir_all(parent)?;
            }
            fs::write(file, bytes)?;
        }
        let destination = self.root.join(directory);
        if let Some(parent) = destination.parent() {
            fs::create_dir_all(parent)?;
        }
        if rename_new(&staged, &destination)? {
            return Ok(true);
        }
        fs::remove_dir_all(staged)?;
        Ok(false)
    }

    /// A new directory in the staging area, and the place for sources in it.
    fn stage(&self) -> Result<(PathBuf, PathBuf), Error> {
        let staged = self.root.join(OWN).join("staging");
        let staged = staged.join(Secret::random().encode());
        let sources = staged.join(SOURCES);
        fs::create_dir_all(&sources)?;
        Ok((staged, sources))
    }

    /// Copies a project's sources into the staging area and makes the copy durable; where it is. Symlinks, pipes and
    /// the like are left out.
    ///
    /// # Errors
    /// If the disk refuses; nothing is left behind then.
    pub fn stage_copy(&self, original: &ProjectDir) -> Result<PathBuf, Error> {
        let (staged, sources) = self.stage()?;
        let copied = original.copy_to(&sources).and_then(|()| self.sync());
        if copied.is_err() {
            // The error that counts is the first one.
            let _ = fs::remove_dir_all(&staged);
        }
        copied.map(|()| staged)
    }

    /// Deletes what was staged and is not wanted after all.
    pub fn discard_staged(&self, staged: &Path) {
        // What stays behind is deleted at the next start.
        let _ = fs::remove_dir_all(staged);
    }

    /// Moves what was staged to `directory`, where nothing may stand.
    ///
    /// # Errors
    /// If the disk refuses.
    pub fn unstage(&self, staged: &Path, directory: &str) -> Result<(), Error> {
        if !rename_new(staged, &self.root.join(directory))? {
            self.put_aside(directory)?;
            rename_new(staged, &self.root.join(directory))?;
        }
        Ok(())
    }

    /// Makes everything written so far durable, in one call for many small files.
    ///
    /// # Errors
    /// If the disk refuses.
    pub fn sync(&self) -> Result<(), Error> {
        Ok(syncfs(File::open(&self.root)?)?)
    }

    /// Renames a project directory and makes that durable. Never overwrites.
    ///
    /// # Errors
    /// If the disk refuses.
    pub fn move_project(&self, source: &str, destination: &str) -> Result<Moved, Error> {
        let from = self.root.join(source);
        let to = self.root.join(destination);
        if !self.exists(source) {
            return Ok(if self.exists(destination) {
                Moved::Done
            } else {
                Moved::Missing
            });
        }
        if let Some(parent) = to.parent() {
            fs::create_dir_all(parent)?;
        }
        if !rename_new(&from, &to)? {
            return Ok(Moved::Taken);
        }
        for parent in [from.parent(), to.parent()].into_iter().flatten() {
            File::open(parent)?.sync_all()?;
        }
        if let Some(owner) = to.parent() {
            sync_parent(owner)?;
        }
        Ok(Moved::Done)
    }

    /// Takes `directory` out of the way at once; [`Workspace::empty_trash`] deletes it later.
    ///
    /// # Errors
    /// If the disk refuses. A directory that is not there is no error.
    pub fn discard(&self, directory: &str) -> Result<(), Error> {
        let trash = self
            .root
            .join(OWN)
            .join("trash")
            .join(Secret::random().encode());
        match fs::rename(self.root.join(directory), trash) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error.into()),
            _ => Ok(()),
        }
    }

    /// Gives what stands at `directory` another name there, so that nothing of it is lost.
    ///
    /// # Errors
    /// If the disk refuses.
    pub fn put_aside(&self, directory: &str) -> Result<(), Error> {
        let aside = format!("{directory}~{}", Secret::random().encode());
        Ok(fs::rename(
            self.root.join(directory),
            self.root.join(aside),
        )?)
    }

    /// Deletes what was discarded, and what a killed process left half built.
    ///
    /// # Errors
    /// If the disk refuses.
    pub fn empty_trash(&self) -> Result<(), Error> {
        self.empty("trash")
    }

    /// Deletes directories that a killed process left half built. Only while nobody builds one.
    ///
    /// # Errors
    /// If the disk refuses.
    pub fn empty_staging(&self) -> Result<(), Error> {
        self.empty("staging")
    }

    /// Another process may be emptying it as well; what is gone is gone.
    fn empty(&self, part: &str) -> Result<(), Error> {
        for entry in fs::read_dir(self.root.join(OWN).join(part))? {
            match fs::remove_dir_all(entry?.path()) {
                Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error.into()),
                _ => {}
            }
        }
        Ok(())
    }

    /// Removes a user's directory if nothing is left in it.
    pub fn remove_empty_owner(&self, username: &str) {
        // A directory with something in it stays: that is the point of rmdir.
        let _ = fs::remove_dir(self.root.join(username));
    }
}

/// Renames; `false` if something stands at the destination.
fn rename_new(from: &Path, to: &Path) -> Result<bool, Error> {
    match renameat_with(CWD, from, CWD, to, RenameFlags::NOREPLACE) {
        Ok(()) => Ok(true),
        Err(rustix::io::Errno::EXIST) => Ok(false),
        Err(error) => Err(error.into()),
    }
}

fn sync_parent(path: &Path) -> Result<(), Error> {
    if let Some(parent) = path.parent() {
        File::open(parent)?.sync_all()?;
    }
    Ok(())
}
