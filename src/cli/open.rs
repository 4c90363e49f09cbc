//! Opening a data directory for a command.

use std::path::Path;

use anyhow::{Context as _, bail};

use crate::storage::database::Database;
use crate::storage::workspace::Workspace;

/// Readers of the server; each takes up to 1 MiB of cache. Reads are short, so a few serve many requests.
pub(super) const READERS: u32 = 8;

/// A data directory that commands work on.
pub(super) struct Data {
    pub db: Database,
    pub workspace: Workspace,
}

impl Data {
    /// Opens it, and makes it if it is missing.
    pub fn create(root: &Path, readers: u32) -> anyhow::Result<Self> {
        let workspace = Workspace::open(root)
            .with_context(|| format!("cannot use {} as data directory", root.display()))?;
        let path = workspace.database();
        let is_new = std::fs::metadata(&path).map_or(true, |file| file.len() == 0);
        if is_new && let Some(project) = workspace.any_project()? {
            bail!(
                "there are projects in {} ({project}), but the database {} is missing or empty; \
                 restore it from a backup, or move the projects elsewhere to begin anew",
                root.display(),
                path.display()
            );
        }
        let db = Database::open(&path, readers)
            .with_context(|| format!("cannot open {}", path.display()))?;
        Ok(Self { db, workspace })
    }

    /// Opens one that exists.
    pub fn existing(root: &Path) -> anyhow::Result<Self> {
        if !root.join(".scitex-writer/writer.sqlite3").is_file() {
            bail!(
                "there is no data directory at {}; give one with --data, or make it with serve",
                root.display()
            );
        }
        Self::create(root, 1)
    }
}
