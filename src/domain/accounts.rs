//! Accounts: sign-up, log-in, log-out, and the operator's commands on them.
//!
//! Whoever signs up or logs in as a visitor takes the work along through a transfer; the slot is freed in the same
//! transaction, so that there is no moment at which the work belongs to nobody.

mod operate;

use std::str::FromStr as _;

use super::Error;
use super::password::Passwords;
use super::pool::{self, Pool};
use super::projects::{DEFAULT, Projects};
use super::sessions::{LASTS, Session, Visitor, Who};
use super::transfer::{self, Destination};
use crate::ground::clock::Timestamp;
use crate::ground::ids::{ProjectId, UserId, Username};
use crate::ground::secret::{Digest, Secret};
use crate::storage::allocations::ReleaseReason;
use crate::storage::database::{Database, Tx};
use crate::storage::transfers::Transfer;
use crate::storage::users::{self, User};
use crate::storage::{projects, sessions};

pub use operate::Operator;

/// The accounts of a data directory. Cheap to clone.
#[derive(Clone)]
pub struct Accounts {
    db: Database,
    pool: Pool,
    projects: Projects,
    passwords: Passwords,
}

/// Who is signed in now, and the secret for their new cookie. The session they came with has ended.
#[derive(Debug)]
pub struct SignedIn {
    /// The account.
    pub user: UserId,
    /// Its name.
    pub username: String,
    /// The project to open.
    pub project: ProjectId,
    /// That project's name.
    pub project_name: String,
    /// The new session's secret.
    pub session: Secret,
}

impl Accounts {
    /// On a database, with the pool and the projects beside it.
    #[must_use]
    pub fn new(db: Database, pool: Pool, projects: Projects) -> Self {
        Self {
            db,
            pool,
            projects,
            passwords: Passwords::default(),
        }
    }

    /// Makes an account and signs it in. A visitor's project becomes its `default-project`, also one that is parked
    /// because the lease has run out.
    ///
    /// # Errors
    /// For a bad, reserved or taken name, a bad password, or a session that is a member's already.
    pub async fn sign_up(
        &self,
        username: &str,
        password: String,
        session: Option<Session>,
        now: Timestamp,
    ) -> Result<SignedIn, Error> {
        let username = Username::from_str(username)?.to_string();
        let old = session.as_ref().map(|session| session.id);
        refuse_member(session)?;
        let hash = self.passwords.hash(password).await?;
        let name = username.clone();
        let (user, moving) = self
            .db
            .write(move |tx| {
                let user = insert_member(tx, &name, &hash, false, now)?;
                let to = home(user, &name);
                let moving = match refuse_member(current(tx, old, now)?)? {
                    Some(Who::Visitor(visitor)) => {
                        pool::release(tx, &visitor, ReleaseReason::SignedUp, Some(to), now)?
                    }
                    Some(Who::Lapsed(Some(project))) => take_parked(tx, project, to, now)?,
                    _ => None,
                };
                settle(tx, old, user, moving.as_ref(), now)?;
                Ok::<_, Error>((user, moving))
            })
            .await?;
        self.arrive(user, username, moving, old, now).await
    }

    /// Signs in to an account. What a visitor has written comes along as a further project if `bring`, else it is
    /// parked; an untouched workspace is given back.
    ///
    /// # Errors
    /// [`Error::WrongCredentials`].
    pub async fn log_in(
        &self,
        username: &str,
        password: String,
        session: Option<Session>,
        bring: bool,
        now: Timestamp,
    ) -> Result<SignedIn, Error> {
        let name = Username::from_str(username)
            .map_err(|_| Error::WrongCredentials)?
            .to_string();
        let found = self
            .db
            .read(move |connection| Ok::<_, Error>(users::member_with_hash(connection, &name)?))
            .await?;
        let (user, hash) = found.unzip();
        let right = self.passwords.verify(password, hash).await?;
        let user: User = user.filter(|_| right).ok_or(Error::WrongCredentials)?;
        let old = session.as_ref().map(|session| session.id);
        let (id, username) = (user.id, user.username.clone());
        let moving = self
            .db
            .write(move |tx| {
                let moving = match current(tx, old, now)?.map(|session| session.who) {
                    Some(Who::Visitor(visitor)) => {
                        leave_as_visitor(tx, &visitor, &user, bring, now)?
                    }
                    Some(Who::Lapsed(Some(project))) if bring => {
                        take_parked(tx, project, home(user.id, &user.username), now)?
                    }
                    _ => None,
                };
                settle(tx, old, user.id, moving.as_ref(), now)?;
                Ok::<_, Error>(moving)
            })
            .await?;
        self.arrive(id, username, moving, old, now).await
    }

    /// Ends a session.
    ///
    /// # Errors
    /// What the database says.
    pub async fn log_out(&self, session: Digest) -> Result<(), Error> {
        self.db
            .write(move |tx| Ok(sessions::delete(tx, session)?))
            .await
    }

    /// Finishes the move, sees to it that there is a project to open, and exchanges the session for a new one.
    async fn arrive(
        &self,
        user: UserId,
        username: String,
        moving: Option<Transfer>,
        old: Option<Digest>,
        now: Timestamp,
    ) -> Result<SignedIn, Error> {
        if let Some(intent) = moving {
            self.projects.finish_transfer(intent).await?;
        }
        self.pool.slot_left();
        let project = self.project_to_open(user, username.clone(), now).await?;
        let session = Secret::random();
        let new = session.digest();
        self.db
            .write(move |tx| {
                sessions::put_member(tx, new, user, now, now.after(LASTS))?;
                old.map_or(Ok(()), |old| sessions::delete(tx, old))
                    .map_err(Error::from)
            })
            .await?;
        Ok(SignedIn {
            user,
            username,
            project: project.id,
            project_name: project.name,
            session,
        })
    }

    /// The project a member opened last, else the first one, else a new `default-project`.
    ///
    /// # Errors
    /// What the disk or the database says.
    pub async fn project_to_open(
        &self,
        user: UserId,
        username: String,
        now: Timestamp,
    ) -> Result<projects::Project, Error> {
        let find = move |connection: &rusqlite::Connection| {
            let last = users::last_project(connection, user)?;
            let mut owned = projects::owned_by(connection, user)?;
            let at = owned
                .iter()
                .position(|project| Some(project.id) == last)
                .unwrap_or(0);
            Ok::<_, Error>((at < owned.len()).then(|| owned.swap_remove(at)))
        };
        if let Some(project) = self.db.read(find).await? {
            return Ok(project);
        }
        self.projects.create(user, username, DEFAULT, now).await?;
        self.db.read(find).await?.ok_or(Error::ProjectNotFound)
    }
}

/// The session as it is inside the transaction: another tab may have signed up a moment ago.
fn current(tx: &Tx<'_>, session: Option<Digest>, now: Timestamp) -> Result<Option<Session>, Error> {
    session.map_or(Ok(None), |id| Session::find(tx, id, now))
}

fn refuse_member(session: Option<Session>) -> Result<Option<Who>, Error> {
    match session.map(|session| session.who) {
        Some(Who::Member(_)) => Err(Error::AlreadyMember),
        who => Ok(who),
    }
}

fn insert_member(
    tx: &Tx<'_>,
    name: &str,
    hash: &str,
    admin: bool,
    now: Timestamp,
) -> Result<UserId, Error> {
    users::insert_member(tx, name, hash, admin, now).map_err(|error| {
        if error.is_constraint() {
            Error::UsernameTaken
        } else {
            error.into()
        }
    })
}

fn home(user: UserId, username: &str) -> Destination {
    Destination::Owner {
        user,
        username: username.to_owned(),
        name: DEFAULT.to_owned(),
    }
}

/// The session belongs to the account from the instant the move is decided: a browser that never got the answer,
/// because the server died, is signed in when it comes back.
fn settle(
    tx: &Tx<'_>,
    session: Option<Digest>,
    user: UserId,
    moving: Option<&Transfer>,
    now: Timestamp,
) -> Result<(), Error> {
    if let Some(session) = session {
        sessions::put_member(tx, session, user, now, now.after(LASTS))?;
    }
    if let Some(intent) = moving.filter(|intent| intent.to_owner == Some(user)) {
        users::set_last_project(tx, user, intent.project)?;
    }
    Ok(())
}

fn leave_as_visitor(
    tx: &Tx<'_>,
    visitor: &Visitor,
    user: &User,
    bring: bool,
    now: Timestamp,
) -> Result<Option<Transfer>, Error> {
    let to = match (pool::has_edited(tx, visitor.project)?, bring) {
        (true, true) => Some(home(user.id, &user.username)),
        (true, false) => Some(Destination::Parked),
        (false, _) => None,
    };
    pool::release(tx, visitor, ReleaseReason::LoggedIn, to, now)
}

fn take_parked(
    tx: &Tx<'_>,
    project: ProjectId,
    to: Destination,
    now: Timestamp,
) -> Result<Option<Transfer>, Error> {
    match projects::find(tx, project)?.filter(|project| project.owner.is_none()) {
        Some(project) => transfer::begin(tx, &project, to, now).map(Some),
        None => Ok(None),
    }
}
