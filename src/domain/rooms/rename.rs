//! Giving a text another path, as a section is renamed.

use super::save::Rename;
use super::{Edit, Rooms};
use crate::domain::Error;
use crate::ground::clock::Timestamp;
use crate::ground::ids::{ProjectId, TextPath};
use crate::storage::error::Error as StorageError;

impl Rooms {
    /// Gives a text another path, and saves the masters that name it, in one transaction; the files follow, after a
    /// crash at the next start. Nobody else may use either path meanwhile.
    ///
    /// # Errors
    /// [`Error::SectionExists`] if a file stands there already; what the disk or the database says.
    pub async fn rename(
        &self,
        project: ProjectId,
        from: &TextPath,
        to: &TextPath,
        masters: Vec<Edit>,
        author: &str,
        now: Timestamp,
    ) -> Result<(), Error> {
        self.read(project, from).await?;
        let room = self.open(project, from).await?;
        let (dir, new) = (room.dir(), to.clone());
        let occupied = tokio::task::spawn_blocking(move || dir.stamp(&new)).await;
        if occupied.map_err(|_| StorageError::Closed)??.is_some() {
            return Err(Error::SectionExists);
        }
        for path in [from, to] {
            if let Some(room) = self.get(project, path) {
                self.close(&room);
            }
        }
        let rename = Rename {
            from: from.clone(),
            to: to.clone(),
        };
        self.save_renaming(project, masters, Some(&rename), author, now)
            .await?;
        let moved = self.open(project, to).await?;
        self.flush(&moved).await?;
        tokio::task::spawn_blocking(move || room.remove_file())
            .await
            .map_err(|_| StorageError::Closed)??;
        Ok(())
    }
}
