//! Who may do what in a project: asked for by every request, and answered from memory while nothing has changed.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use super::sessions::Session;
use super::{Error, projects};
use crate::ground::clock::Timestamp;
use crate::ground::ids::ProjectId;
use crate::ground::secret::Digest;
use crate::storage;
use crate::storage::database::Database;
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
            session.user()?;
            let project = storage::projects::find(connection, project)?;
            let project = project.ok_or(Error::ProjectNotFound)?;
            projects::role(&session, &project)?;
            Ok(Arc::new(Access { session, project }))
        };
        self.db.read(ask).await
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<(Digest, ProjectId), Kept>> {
        self.kept.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
