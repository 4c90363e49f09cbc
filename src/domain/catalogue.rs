//! The projects of a person: the list, and making, renaming, duplicating, throwing away and taking back.
//!
//! A project in the bin is a parked one that knows in whose bin it is. Every change of place is the one move of
//! [`super::transfer`], so that a process killed in the middle leaves nothing half done.

mod bin;
mod duplicate;

use rusqlite::Connection;

use super::access::{Access, holder};
use super::presence::{News, Presence};
use super::projects::Projects;
use super::rooms::Rooms;
use super::sessions::{Session, Who};
use super::transfer::{self, Destination};
use super::{Error, projects::DEFAULT};
use crate::ground::clock::Timestamp;
use crate::ground::ids::{ProjectId, UserId};
use crate::ground::names::ProjectName;
use crate::storage;
use crate::storage::database::Database;
use crate::storage::members::Holder;
use crate::storage::projects::{self, Binned, Listed};
use crate::storage::users::User;
use crate::storage::workspace::Workspace;

pub use bin::KEPT;

/// Most projects of one account; the limit is there to stop a script, not a person.
pub const MAX_PROJECTS: usize = 500;

/// The catalogue of projects. Cheap to clone.
#[derive(Clone)]
pub struct Catalogue {
    db: Database,
    workspace: Workspace,
    projects: Projects,
    rooms: Rooms,
    presence: Presence,
}

/// What somebody can open, and what they have thrown away.
#[derive(Debug)]
pub struct Shelves {
    /// Their own projects first, then those they take part in, each by name.
    pub projects: Vec<Listed>,
    /// Newest first.
    pub bin: Vec<Binned>,
}

impl Catalogue {
    /// On a data directory.
    #[must_use]
    pub fn new(
        db: Database,
        workspace: Workspace,
        projects: Projects,
        rooms: Rooms,
        presence: Presence,
    ) -> Self {
        Self {
            db,
            workspace,
            projects,
            rooms,
            presence,
        }
    }

    /// What a session can open.
    ///
    /// # Errors
    /// As [`Session::user`], or what the database says.
    pub async fn list(&self, session: Session) -> Result<Shelves, Error> {
        let find = move |connection: &Connection| {
            let user = session.user()?.id;
            let mut listed = projects::listed(connection, user, holder(&session)?)?;
            if let Who::Visitor(visitor) = &session.who {
                // The fresh project that waits in a slot is nobody's work.
                listed.retain(|one| one.given.is_some() || one.project.id == visitor.project);
            }
            let bin = projects::binned(connection, user)?;
            Ok(Shelves {
                projects: listed,
                bin,
            })
        };
        self.db.read(find).await
    }

    /// One project as it is in a session's list.
    ///
    /// # Errors
    /// [`Error::ProjectNotFound`].
    pub async fn entry(&self, session: Session, id: ProjectId) -> Result<Listed, Error> {
        let listed = self.list(session).await?.projects.into_iter();
        let mut found = listed.filter(|one| one.project.id == id);
        found.next().ok_or(Error::ProjectNotFound)
    }

    /// Makes a project from the template for a member.
    ///
    /// # Errors
    /// [`Error::MembersOnly`], [`Error::ProjectExists`], [`Error::TooManyProjects`].
    pub async fn create(
        &self,
        session: &Session,
        name: ProjectName,
        now: Timestamp,
    ) -> Result<ProjectId, Error> {
        let owner = member(session)?.clone();
        let place = format!("{}/{}", owner.username, name.as_str());
        let workspace = self.workspace.clone();
        let stands = place.clone();
        let created = self.db.write(move |tx| {
            require_room(tx, &owner, name.as_str())?;
            // A directory that somebody made by hand is theirs.
            if workspace.exists(&stands) {
                return Err(Error::ProjectExists);
            }
            Ok(projects::insert(tx, owner.id, name.as_str(), now)?)
        });
        let id = created.await?;
        // Killed here, the project would be made when it is first opened.
        self.projects.make_from_template(place).await?;
        Ok(id)
    }

    /// Gives a project another name.
    ///
    /// # Errors
    /// [`Error::MembersOnly`], [`Error::ProjectExists`].
    pub async fn rename(
        &self,
        access: &Access,
        name: ProjectName,
        now: Timestamp,
    ) -> Result<(), Error> {
        let owner = member(&access.session)?.clone();
        let id = access.project.id;
        let workspace = self.workspace.clone();
        let (user, new) = (owner.clone(), name.clone());
        let begun = self.db.write(move |tx| {
            let (owner, name) = (user, new);
            let project = projects::find(tx, id)?.ok_or(Error::ProjectNotFound)?;
            if project.name == name.as_str() {
                return Ok(());
            }
            let place = format!("{}/{}", owner.username, name.as_str());
            if projects::is_name_taken(tx, owner.id, name.as_str())? || workspace.exists(&place) {
                return Err(Error::ProjectExists);
            }
            let to = to_owner(&owner, name.as_str());
            transfer::begin(tx, &project, to, now)
        });
        begun.await?;
        self.projects.finish_transfer(id).await?;
        self.tell_name(id).await
    }

    /// Tells the open pages what the project is called now, and whose it is.
    ///
    /// # Errors
    /// What the database says.
    pub async fn tell_name(&self, id: ProjectId) -> Result<(), Error> {
        let find = move |connection: &Connection| {
            projects::find(connection, id)?.ok_or(Error::ProjectNotFound)
        };
        let project = self.db.read(find).await?;
        let news = News::Project {
            name: project.name,
            owner: project.owner.map(|owner| owner.username),
        };
        self.presence.tell(id, news);
        Ok(())
    }
}

/// The account of a session.
fn member(session: &Session) -> Result<&User, Error> {
    match &session.who {
        Who::Member(user) => Ok(user),
        Who::Visitor(_) => Err(Error::MembersOnly),
        Who::Lapsed(_) => Err(Error::LeaseExpired),
    }
}

fn to_owner(owner: &User, name: &str) -> Destination {
    Destination::Owner {
        user: owner.id,
        username: owner.username.clone(),
        name: name.to_owned(),
    }
}

/// Refuses a name that is taken, and one project too many.
fn require_room(connection: &Connection, owner: &User, name: &str) -> Result<(), Error> {
    if projects::is_name_taken(connection, owner.id, name)? {
        return Err(Error::ProjectExists);
    }
    require_another(connection, owner)
}

fn require_another(connection: &Connection, owner: &User) -> Result<(), Error> {
    if projects::owned_by(connection, owner.id)?.len() >= MAX_PROJECTS {
        return Err(Error::TooManyProjects);
    }
    Ok(())
}

/// The project that `/writer/` opens for a member: the one opened last, if they may still see it, else the first.
///
/// # Errors
/// What the database says.
pub(super) fn to_open(
    connection: &Connection,
    user: UserId,
) -> Result<Option<projects::Project>, storage::error::Error> {
    let last = storage::users::last_project(connection, user)?;
    let listed = projects::listed(connection, user, Holder::User(user))?;
    let position = |wanted: &dyn Fn(&Listed) -> bool| listed.iter().position(wanted);
    let at = position(&|one| Some(one.project.id) == last)
        .or_else(|| position(&|one| one.given.is_none() && one.project.name == DEFAULT))
        .or_else(|| position(&|one| one.given.is_none()));
    Ok(at.map(|at| listed[at].project.clone()))
}
