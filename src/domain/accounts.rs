//! Accounts: sign-up, log-in, log-out, and the operator's commands on them.
//!
//! Whoever signs up or logs in as a visitor takes the work along through a transfer; the slot is freed in the same
//! transaction, so that there is no moment at which the work belongs to nobody.

mod operate;

use std::str::FromStr as _;

use super::Error;
use super::catalogue;
use super::password::Passwords;
use super::pool::{self, Pool};
use super::presence::{News, Presence};
use super::projects::{DEFAULT, Projects};
use super::sessions::{LASTS, Session, Who};
use super::transfer::{self, Destination};
use crate::ground::clock::Timestamp;
use crate::ground::ids::{ProjectId, UserId};
use crate::ground::names::Username;
use crate::ground::secret::{Digest, Secret};
use crate::storage::allocations::ReleaseReason;
use crate::storage::database::{Database, Tx};
use crate::storage::users::{self, User};
use crate::storage::{self, members, projects, sessions};

pub use operate::Operator;

/// The accounts of a data directory. Cheap to clone.
#[derive(Clone)]
pub struct Accounts {
    db: Database,
    pool: Pool,
    projects: Projects,
    presence: Presence,
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
    /// On a database, with the pool, the projects and who is present beside it.
    #[must_use]
    pub fn new(db: Database, pool: Pool, projects: Projects, presence: Presence) -> Self {
        Self {
            db,
            pool,
            projects,
            presence,
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
        let visitor = visitor(session.as_ref());
        refuse_member(session)?;
        let hash = self.passwords.hash(password).await?;
        let name = username.clone();
        let (user, moving) = self
            .db
            .write(move |tx| {
                let user = insert_member(tx, &name, &hash, false, now)?;
                let work = Work::Bring(home(user, &name));
                let who = refuse_member(current(tx, old, now)?)?;
                if old.is_some() && who.is_none() {
                    // Another request of this browser has just signed up and taken the session along.
                    return Err(Error::AlreadyMember);
                }
                let moving = leave_slot(tx, who, ReleaseReason::SignedUp, work, now)?;
                settle(tx, old, user, moving, now)?;
                Ok::<_, Error>((user, moving))
            })
            .await?;
        let signed_in = self.arrive(user, username, moving, old, now).await?;
        self.tell(visitor, moving, &signed_in, now);
        Ok(signed_in)
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
        let visitor = visitor(session.as_ref());
        let untouched = self.is_untouched(session).await?;
        let (id, username) = (user.id, user.username.clone());
        let moving = self
            .db
            .write(move |tx| {
                let who = current(tx, old, now)?.map(|session| session.who);
                let work = match (untouched && !has_edited(tx, who.as_ref())?, bring) {
                    (true, _) => Work::None,
                    (false, true) => Work::Bring(home(user.id, &user.username)),
                    (false, false) => Work::Park,
                };
                let moving = leave_slot(tx, who, ReleaseReason::LoggedIn, work, now)?;
                settle(tx, old, user.id, moving.filter(|_| bring), now)?;
                Ok::<_, Error>(moving)
            })
            .await?;
        let signed_in = self.arrive(id, username, moving, old, now).await?;
        self.tell(visitor, moving.filter(|_| bring), &signed_in, now);
        Ok(signed_in)
    }

    /// The slot's user is nobody now; whoever looks at the project that moved hears whose it is.
    fn tell(
        &self,
        visitor: Option<UserId>,
        moved: Option<ProjectId>,
        signed_in: &SignedIn,
        now: Timestamp,
    ) {
        if let Some(visitor) = visitor {
            self.presence.forget(visitor, now);
        }
        if let Some(project) = moved {
            let news = News::Project {
                name: signed_in.project_name.clone(),
                owner: Some(signed_in.username.clone()),
            };
            self.presence.tell(project, news);
        }
    }

    /// True if the session is no visitor's, or one's who has changed nothing, neither in the page nor on the disk.
    ///
    /// # Errors
    /// What the disk or the database says.
    pub async fn is_untouched(&self, session: Option<Session>) -> Result<bool, Error> {
        let Some(project) = session.and_then(|session| session.who.work()) else {
            return Ok(true);
        };
        let projects = self.projects.clone();
        let looked = tokio::task::spawn_blocking(move || projects.is_untouched(project)).await;
        match looked.map_err(|_| storage::error::Error::Closed)? {
            Err(Error::ProjectNotFound) => Ok(true),
            looked => looked,
        }
    }

    /// Ends a session of a user, and the sockets that were opened with it.
    ///
    /// # Errors
    /// What the database says.
    pub async fn log_out(&self, session: Digest, user: UserId) -> Result<(), Error> {
        self.db
            .write(move |tx| Ok::<_, Error>(sessions::delete(tx, session)?))
            .await?;
        self.presence.recheck_user(user);
        Ok(())
    }

    /// Finishes the move, sees to it that there is a project to open, and exchanges the session for a new one.
    async fn arrive(
        &self,
        user: UserId,
        username: String,
        moving: Option<ProjectId>,
        old: Option<Digest>,
        now: Timestamp,
    ) -> Result<SignedIn, Error> {
        if let Some(project) = moving {
            self.projects.finish_transfer(project).await?;
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
            Ok::<_, Error>(catalogue::to_open(connection, user)?)
        };
        if let Some(project) = self.db.read(find).await? {
            return Ok(project);
        }
        self.projects
            .create_first(user, username, DEFAULT, now)
            .await?;
        self.db.read(find).await?.ok_or(Error::ProjectNotFound)
    }
}

/// The session as it is inside the transaction: another tab may have signed up a moment ago.
fn current(tx: &Tx<'_>, session: Option<Digest>, now: Timestamp) -> Result<Option<Session>, Error> {
    session.map_or(Ok(None), |id| Session::find(tx, id, now))
}

/// The user of the slot that a session holds.
fn visitor(session: Option<&Session>) -> Option<UserId> {
    match &session?.who {
        Who::Visitor(visitor) => Some(visitor.user.id),
        Who::Lapsed(lapsed) => lapsed.overdue.as_ref().map(|visitor| visitor.user.id),
        Who::Member(_) => None,
    }
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
    brought: Option<ProjectId>,
    now: Timestamp,
) -> Result<(), Error> {
    if let Some(session) = session {
        sessions::put_member(tx, session, user, now, now.after(LASTS))?;
        members::adopt(tx, session, user)?;
    }
    if let Some(project) = brought {
        users::set_last_project(tx, user, project)?;
    }
    Ok(())
}

/// What becomes of a visitor's work.
enum Work {
    /// There is none.
    None,
    /// It comes along to here.
    Bring(Destination),
    /// It is kept, but does not come along.
    Park,
}

/// True if the journal knows of a change of the visitor's.
fn has_edited(tx: &Tx<'_>, who: Option<&Who>) -> Result<bool, Error> {
    let Some(project) = who.and_then(Who::work) else {
        return Ok(false);
    };
    let project = projects::find(tx, project)?;
    Ok(project.is_some_and(|project| project.edited_at.is_some()))
}

/// Ends the visitor's allocation and decides where the work goes; the project that has to be moved.
fn leave_slot(
    tx: &Tx<'_>,
    who: Option<Who>,
    reason: ReleaseReason,
    work: Work,
    now: Timestamp,
) -> Result<Option<ProjectId>, Error> {
    let (held, parked) = match who {
        Some(Who::Visitor(visitor)) => (Some(visitor), None),
        Some(Who::Lapsed(lapsed)) => (lapsed.overdue, lapsed.project),
        _ => (None, None),
    };
    if let Some(visitor) = held {
        let to = match work {
            Work::None => None,
            Work::Bring(to) => Some(to),
            Work::Park => Some(Destination::Parked),
        };
        let moving = to.is_some().then_some(visitor.project);
        pool::release(tx, &visitor, reason, to, now)?;
        return Ok(moving);
    }
    // Work that is parked already stays there unless it is brought along.
    let parked = parked.map_or(Ok(None), |project| projects::find(tx, project))?;
    match (parked.filter(|project| project.owner.is_none()), work) {
        (Some(project), Work::Bring(to)) => {
            transfer::begin(tx, &project, to, now)?;
            Ok(Some(project.id))
        }
        _ => Ok(None),
    }
}
