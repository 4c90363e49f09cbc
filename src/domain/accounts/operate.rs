//! What the operator does with accounts from the command line, also while a server runs.

use std::str::FromStr as _;

use crate::domain::transfer::{self, Destination};
use crate::domain::{Error, password};
use crate::ground::clock::Timestamp;
use crate::ground::names::Username;
use crate::storage::database::Database;
use crate::storage::users::{self, User};
use crate::storage::workspace::{self, Workspace};
use crate::storage::{projects, sessions};

/// The operator's hand on the accounts. All of it blocks.
pub struct Operator {
    db: Database,
    workspace: Workspace,
}

impl Operator {
    /// On a database and its data directory.
    #[must_use]
    pub fn new(db: Database, workspace: Workspace) -> Self {
        Self { db, workspace }
    }

    /// Adds an account. Its `default-project` is made when it is first opened.
    ///
    /// # Errors
    /// For a bad, reserved or taken name, or a bad password.
    pub fn add(
        &self,
        username: &str,
        password: &str,
        admin: bool,
        now: Timestamp,
    ) -> Result<String, Error> {
        let name = Username::from_str(username)?.to_string();
        let hash = password::hash(password)?;
        let added = name.clone();
        self.db
            .write_blocking(move |tx| super::insert_member(tx, &added, &hash, admin, now))?;
        Ok(name)
    }

    /// Sets a password and ends the account's sessions.
    ///
    /// # Errors
    /// [`Error::UserNotFound`], or for a bad password.
    pub fn set_password(&self, username: &str, password: &str) -> Result<(), Error> {
        let name = Username::from_str(username)?.to_string();
        let hash = password::hash(password)?;
        self.db.write_blocking(move |tx| {
            let (user, _) = users::member_with_hash(tx, &name)?.ok_or(Error::UserNotFound)?;
            users::set_password(tx, &name, &hash)?;
            Ok(sessions::delete_of_member(tx, user.id)?)
        })
    }

    /// All accounts by name.
    ///
    /// # Errors
    /// What the database says.
    pub fn list(&self) -> Result<Vec<User>, Error> {
        self.db
            .read_blocking(|connection| Ok(users::members(connection)?))
    }

    /// Removes an account. Its projects are kept, also those in its bin; returns the directories they lie in now, relative to the data
    /// directory.
    ///
    /// # Errors
    /// [`Error::UserNotFound`].
    pub fn remove(&self, username: &str, now: Timestamp) -> Result<Vec<String>, Error> {
        let name = Username::from_str(username)?.to_string();
        let (user, projects, binned) = self.db.write_blocking(move |tx| {
            let (user, _) = users::member_with_hash(tx, &name)?.ok_or(Error::UserNotFound)?;
            let owned = projects::owned_by(tx, user.id)?;
            let binned = projects::binned(tx, user.id)?;
            sessions::delete_of_member(tx, user.id)?;
            let park = |project| transfer::begin(tx, project, Destination::Parked, now);
            owned.iter().try_for_each(park)?;
            Ok::<_, Error>((user, owned, binned))
        })?;
        for project in &projects {
            transfer::finish(&self.db, &self.workspace, project.id)?;
        }
        let ids = projects.iter().map(|project| project.id);
        let kept = ids
            .chain(binned.iter().map(|project| project.id))
            .map(workspace::parked)
            .collect();
        self.db
            .write_blocking(move |tx| Ok::<_, Error>(users::delete(tx, user.id)?))?;
        self.workspace.remove_empty_owner(&user.username);
        Ok(kept)
    }
}
