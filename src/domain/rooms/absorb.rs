//! Taking in what another program wrote into a file that is open.

use std::sync::Arc;

use super::Rooms;
use super::save::{Batch, Fitted};
use crate::domain::room::{DiskNews, Room};
use crate::domain::rooms::load::{DISK, is_for_a_person};
use crate::domain::{Error, merge};
use crate::storage::error::Error as StorageError;

impl Rooms {
    /// Looks at the file, and merges in what is new there.
    pub(super) async fn absorb(&self, room: &Arc<Room>) -> Result<(), Error> {
        if room.file_is_as_known() {
            return Ok(());
        }
        let _turn = room.absorbing.lock().await;
        let looking = room.clone();
        let news = tokio::task::spawn_blocking(move || looking.look_at_disk()).await;
        let news = match news.map_err(|_| StorageError::Closed)? {
            // A text that cannot be taken for text is for a person to mend.
            Err(error) if is_for_a_person(&error) => return Err(error.into()),
            // A file that cannot be read brings no news; the journal goes on without it, and the flush reports it.
            news => news.unwrap_or(DiskNews::None),
        };
        match news {
            DiskNews::None => Ok(()),
            DiskNews::Deleted => {
                if room.want_flush() {
                    self.flush_later(room.clone());
                }
                Ok(())
            }
            DiskNews::Changed { base, found, stamp } => {
                self.merge_from_disk(room, &base, &found).await?;
                room.disk_is_taken_in(found, stamp);
                Ok(())
            }
        }
    }

    /// A merge that is not clean keeps the text of the page; the text of the disk becomes the version before it, so
    /// that it can be had back from the history.
    pub(super) async fn merge_from_disk(
        &self,
        room: &Arc<Room>,
        base: &str,
        found: &Arc<str>,
    ) -> Result<(), Error> {
        // A closed room is opened anew by whoever needs it, and looks at the file then.
        while !room.is_closed() {
            let ours = room.newest();
            let (theirs, since, kept) = (found.clone(), base.to_owned(), ours.content.clone());
            let merged =
                tokio::task::spawn_blocking(move || merge::three_way(&since, &kept, &theirs)).await;
            let steps: Vec<Arc<str>> = if let Some(merged) =
                merged.map_err(|_| StorageError::Closed)?
            {
                vec![merged.into()]
            } else {
                tracing::warn!(project = %room.project, path = %room.path,
                    "the file was changed on disk where it was being edited; both texts are in the history");
                vec![found.clone(), ours.content.clone()]
            };
            if self.take_in(room, ours.version, steps).await? {
                break;
            }
        }
        Ok(())
    }

    /// False if the room has moved on meanwhile.
    async fn take_in(
        &self,
        room: &Arc<Room>,
        mut version: u64,
        steps: Vec<Arc<str>>,
    ) -> Result<bool, Error> {
        for (step, content) in steps.into_iter().enumerate() {
            let fitted = Fitted {
                room: room.clone(),
                onto: version,
                content,
                merged: false,
            };
            let batch = Batch {
                project: room.project,
                fitted: vec![fitted],
                rename: None,
                now: self.clock.now(),
            };
            match self.commit(batch, DISK).await? {
                Some(saved) => version = saved.first().map_or(version, |saved| saved.text.version),
                None => return Ok(step > 0),
            }
        }
        Ok(true)
    }
}
