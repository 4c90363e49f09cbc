//! Moving a project from one owner to another: the one primitive behind sign-up, log-in, parking and return.
//!
//! 1. [`begin`] names the new owner and records the intent, in the same transaction as whatever the move is for.
//! 2. [`finish`] renames the directory, then forgets the intent and lets the slot it left be filled.
//!
//! A process killed at any instant leaves either nothing or an intent, and [`finish_all`] at the next start takes every
//! intent to its end. The project keeps its id, its journal and its open rooms. Nothing is ever overwritten: where a
//! name is taken, the project becomes `name-2`, `name-3` ….

use super::Error;
use crate::ground::clock::Timestamp;
use crate::ground::crash;
use crate::ground::ids::{ProjectId, UserId};
use crate::storage;
use crate::storage::database::{Database, Tx};
use crate::storage::lock::Exclusive;
use crate::storage::projects::{self, Project};
use crate::storage::slots;
use crate::storage::transfers::{self, Transfer};
use crate::storage::workspace::{self, Moved, Workspace};

/// Where a project shall go.
#[derive(Clone, Debug)]
pub enum Destination {
    /// Into a user's directory, under this name if it is free.
    Owner {
        /// The user.
        user: UserId,
        /// The user's name.
        username: String,
        /// The wanted project name.
        name: String,
    },
    /// Out of everyone's way, kept for whoever it belonged to.
    Parked,
}

/// Decides the move: from here on the project belongs to its new owner.
///
/// # Errors
/// [`Error::Moving`] if an earlier move of it is not finished yet.
pub fn begin(tx: &Tx<'_>, project: &Project, to: Destination, now: Timestamp) -> Result<(), Error> {
    if transfers::find(tx, project.id)?.is_some() {
        return Err(Error::Moving(project.id));
    }
    let intent = match to {
        Destination::Owner {
            user,
            username,
            name,
        } => {
            let name = free_name(tx, user, &name, |_| false)?;
            Transfer {
                project: project.id,
                source: project.directory(),
                destination: format!("{username}/{name}"),
                to_owner: Some(user),
                to_name: name,
            }
        }
        Destination::Parked => Transfer {
            project: project.id,
            source: project.directory(),
            destination: workspace::parked(project.id),
            to_owner: None,
            to_name: project.name.clone(),
        },
    };
    transfers::insert(tx, &intent, now)?;
    projects::set_owner(tx, intent.project, intent.to_owner, &intent.to_name, now)?;
    Ok(())
}

/// Carries the move of a project out, if there is one to carry out. May be repeated after a crash at any point of it,
/// and called by several at once. Blocks.
///
/// # Errors
/// What the disk or the database says; the intent then stays and is tried again.
pub fn finish(db: &Database, workspace: &Workspace, project: ProjectId) -> Result<(), Error> {
    let lock = Exclusive::acquire(&workspace.move_lock()).map_err(storage::error::Error::from)?;
    let intent =
        db.read_blocking(|connection| Ok::<_, Error>(transfers::find(connection, project)?))?;
    let Some(mut intent) = intent else {
        return Ok(());
    };
    crash::point("transfer-intended");
    loop {
        match workspace.move_project(&intent.source, &intent.destination)? {
            Moved::Done => break,
            Moved::Missing => {
                // The text is in the journal still; the directory is made anew when it is next opened.
                tracing::error!(%project, source = intent.source, "a project's directory is missing");
                break;
            }
            Moved::Taken => intent = make_way(db, workspace, intent)?,
        }
    }
    crash::point("transfer-renamed");
    db.write_blocking(move |tx| complete(tx, &intent))?;
    crash::point("transfer-completed");
    drop(lock);
    Ok(())
}

/// Something without a row stands at the destination. In a visitor's directory it is an untouched template and goes;
/// among the parked it is put aside; in a member's it is theirs, and the project takes the next free name.
fn make_way(db: &Database, workspace: &Workspace, intent: Transfer) -> Result<Transfer, Error> {
    let Some(user) = intent.to_owner else {
        workspace.put_aside(&intent.destination)?;
        return Ok(intent);
    };
    let (directory, _) = intent.destination.split_once('/').unwrap_or_default();
    if directory.starts_with("visitor-") {
        workspace.discard(&intent.destination)?;
        return Ok(intent);
    }
    let (workspace, directory) = (workspace.clone(), directory.to_owned());
    db.write_blocking(move |tx| {
        let place = |name: &str| format!("{directory}/{name}");
        let (stem, number) = numbered(&intent.to_name);
        let name = free_name_from(tx, user, stem, number + 1, |name| {
            workspace.exists(&place(name))
        })?;
        let moved = Transfer {
            destination: place(&name),
            to_name: name,
            ..intent
        };
        transfers::redirect(tx, &moved)?;
        projects::rename(tx, moved.project, &moved.to_name)?;
        Ok(moved)
    })
}

fn complete(tx: &Tx<'_>, intent: &Transfer) -> Result<(), Error> {
    if transfers::delete(tx, intent.project)? {
        // The slot that the project left gets a fresh one; a slot that it came into keeps it.
        slots::leave_project(tx, intent.project, intent.to_owner)?;
    }
    Ok(())
}

/// Takes every unfinished move to its end; how many there were. Blocks.
///
/// # Errors
/// As [`finish`].
pub fn finish_all(db: &Database, workspace: &Workspace) -> Result<usize, Error> {
    let unfinished = db.read_blocking(|connection| Ok::<_, Error>(transfers::all(connection)?))?;
    for intent in &unfinished {
        finish(db, workspace, intent.project)?;
    }
    Ok(unfinished.len())
}

/// `wanted`, or `wanted-2`, `wanted-3` …: the first that no project of the user has and nothing else occupies.
pub(super) fn free_name(
    tx: &Tx<'_>,
    user: UserId,
    wanted: &str,
    is_occupied: impl Fn(&str) -> bool,
) -> Result<String, Error> {
    if !projects::is_name_taken(tx, user, wanted)? && !is_occupied(wanted) {
        return Ok(wanted.to_owned());
    }
    free_name_from(tx, user, wanted, 2, is_occupied)
}

/// `stem-number`, or the next number that is free.
fn free_name_from(
    tx: &Tx<'_>,
    user: UserId,
    stem: &str,
    mut number: u64,
    is_occupied: impl Fn(&str) -> bool,
) -> Result<String, Error> {
    loop {
        let name = format!("{stem}-{number}");
        if !projects::is_name_taken(tx, user, &name)? && !is_occupied(&name) {
            return Ok(name);
        }
        number += 1;
    }
}

/// `grant-2` is the second `grant`; a name without a number is the first.
fn numbered(name: &str) -> (&str, u64) {
    let parts = name.rsplit_once('-');
    let parts = parts.and_then(|(stem, number)| Some((stem, number.parse().ok()?)));
    parts
        .filter(|(stem, number)| !stem.is_empty() && *number < u64::from(u32::MAX))
        .unwrap_or((name, 1))
}

#[cfg(test)]
mod tests {
    use super::numbered;

    #[test]
    fn numbers_at_the_end_of_names() {
        assert_eq!(numbered("grant"), ("grant", 1));
        assert_eq!(numbered("grant-2"), ("grant", 2));
        assert_eq!(numbered("my-grant"), ("my-grant", 1));
        assert_eq!(numbered("a-99999999999"), ("a-99999999999", 1));
    }
}
