//! Who may do what in a project: asked for by every request, and answered from memory while nothing has changed.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use super::Error;
use super::sessions::{Session, Who};
use crate::ground::clock::Timestamp;
use crate::ground::ids::ProjectId;
use crate::ground::role::Role;
use crate::ground::secret::Digest;
use crate::storage;
use crate::storage::database::Database;
use crate::storage::members::{self, Holder};
use crate::storage::projects::Project;

/// Answers that are kept; beyond it all are forgotten and asked for again.
const KEPT: usize = 10_000;

/// A session with a role in a project.
#[derive(Clone, Debug)]
pub struct Access {
    /// Whose.
    pub session: Session,
    /// Where.
    pub project: Project,
    /// What they may do there.
    pub role: Role,
}

impl Access {
    /// The access of a session to a project, as the database has it.
    ///
    /// # Errors
    /// [`Error::ProjectNotFound`] where it has none; [`Error::LeaseExpired`] for a visitor whose time is over.
    pub fn find(
        connection: &rusqlite::Connection,
        session: Session,
        project: ProjectId,
    ) -> Result<Self, Error> {
        session.user()?;
        let project = storage::projects::find(connection, project)?;
        let project = project.ok_or(Error::ProjectNotFound)?;
        let role = role(connection, &session, &project)?.ok_or(Error::ProjectNotFound)?;
        Ok(Self {
            session,
            project,
            role,
        })
    }

    /// True if the project is in the bin, where its owner can do nothing but take it out.
    #[must_use]
    pub fn is_binned(&self) -> bool {
        self.project.bin_of.is_some()
    }

    /// Refuses whoever has less than this role.
    ///
    /// # Errors
    /// [`Error::ReadOnly`], [`Error::OwnerOnly`].
    pub fn require(&self, least: Role) -> Result<(), Error> {
        match least {
            _ if self.role >= least => Ok(()),
            Role::Owner => Err(Error::OwnerOnly),
            Role::Editor | Role::Viewer => Err(Error::ReadOnly),
        }
    }
}

/// The role of a session in a project: the owner's, or one that was given. What is in the bin exists for its owner only.
fn role(
    connection: &rusqlite::Connection,
    session: &Session,
    project: &Project,
) -> Result<Option<Role>, Error> {
    let user = session.user()?;
    let owner = project.owner.as_ref().map(|owner| owner.id);
    if owner.or(project.bin_of) == Some(user.id) {
        return Ok(Some(Role::Owner));
    }
    if project.bin_of.is_some() {
        return Ok(None);
    }
    Ok(members::role(connection, project.id, holder(session)?)?)
}

/// By what roles are given to this session.
///
/// # Errors
/// As [`Session::user`].
pub fn holder(session: &Session) -> Result<Holder, Error> {
    match &session.who {
        Who::Member(user) => Ok(Holder::User(user.id)),
        Who::Visitor(_) => Ok(Holder::Session(session.id)),
        Who::Lapsed(_) => session.user().map(|user| Holder::User(user.id)),
    }
}

/// An answer and the database's generation before it was asked for.
struct Kept {
    generation: u64,
    access: Arc<Access>,
}

/// Decides on access. Cheap to clone.
#[derive(Clone)]
pub struct Gate {
    db: Database,
    kept: Arc<Mutex<HashMap<(Digest, ProjectId), Kept>>>,
}

impl Gate {
    /// On a database.
    #[must_use]
    pub fn new(db: Database) -> Self {
        Self {
            db,
            kept: Arc::default(),
        }
    }

    /// The access of a session to a project, at this moment.
    ///
    /// # Errors
    /// [`Error::SessionExpired`], [`Error::LeaseExpired`]; [`Error::ProjectNotFound`] also for projects that the
    /// session has no role in.
    pub async fn access(
        &self,
        session: Digest,
        project: ProjectId,
        now: Timestamp,
    ) -> Result<Arc<Access>, Error> {
        let generation = self.db.generation();
        let key = (session, project);
        if let Some(access) = self.kept(&key, generation)
            && access.session.holds(now)
        {
            return Ok(access);
        }
        let access = self.ask(session, project, now).await?;
        let mut kept = self.lock();
        if kept.len() >= KEPT {
            kept.clear();
        }
        let answer = access.clone();
        kept.insert(
            key,
            Kept {
                generation,
                access: answer,
            },
        );
        Ok(access)
    }

    fn kept(&self, key: &(Digest, ProjectId), generation: u64) -> Option<Arc<Access>> {
        let kept = self.lock();
        let answer = kept.get(key)?;
        (answer.generation == generation).then(|| answer.access.clone())
    }

    async fn ask(
        &self,
        session: Digest,
        project: ProjectId,
        now: Timestamp,
    ) -> Result<Arc<Access>, Error> {
        let ask = move |connection: &rusqlite::Connection| {
            let session = Session::find(connection, session, now)?.ok_or(Error::SessionExpired)?;
            Access::find(connection, session, project).map(Arc::new)
        };
        self.db.read(ask).await
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<(Digest, ProjectId), Kept>> {
        self.kept.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
