//! Sharing a project: who takes part in it besides its owner, and the links by which more may join.
//!
//! Who may call what is decided before: see [`super::access`]. Whatever changes here is told to the open pages at once.

use std::time::Duration;

use super::Error;
use super::access::{Access, holder};
use super::presence::Presence;
use super::sessions::{Session, Who};
use crate::ground::clock::Timestamp;
use crate::ground::ids::{LinkId, ProjectId, UserId};
use crate::ground::names::Username;
use crate::ground::role::Role;
use crate::ground::secret::{Digest, Secret};
use crate::storage::database::{Database, Tx};
use crate::storage::links::{self, Link};
use crate::storage::members::{self, Holder, Member};
use crate::storage::{projects, users};

/// Most links of one project.
pub const MAX_LINKS: usize = 50;

/// The sharing of projects. Cheap to clone.
#[derive(Clone)]
pub struct Sharing {
    db: Database,
    presence: Presence,
}

impl Sharing {
    /// On a database; the open pages hear of changes through `presence`.
    #[must_use]
    pub fn new(db: Database, presence: Presence) -> Self {
        Self { db, presence }
    }

    /// Everybody with a role, the owner first.
    ///
    /// # Errors
    /// [`Error::ProjectNotFound`], or what the database says.
    pub async fn members(&self, project: ProjectId) -> Result<Vec<Member>, Error> {
        let find = move |connection: &rusqlite::Connection| {
            let found = projects::find(connection, project)?.ok_or(Error::ProjectNotFound)?;
            let owner = found.owner.map(|owner| Member {
                user: Some((owner.id, owner.username)),
                is_visitor: owner.is_visitor,
                role: Role::Owner,
            });
            let others = members::of_project(connection, project)?;
            Ok(owner.into_iter().chain(others).collect())
        };
        self.db.read(find).await
    }

    /// True if a role was given to this session, also if its visitor has no slot at present.
    ///
    /// # Errors
    /// What the database says.
    pub async fn takes_part(&self, project: ProjectId, session: Digest) -> Result<bool, Error> {
        let find = move |connection: &_| {
            let role = members::role(connection, project, Holder::Session(session))?;
            Ok(role.is_some())
        };
        self.db.read(find).await
    }

    /// Gives an account a role; one that it has is replaced.
    ///
    /// # Errors
    /// [`Error::UserNotFound`], [`Error::AlreadyOwner`], [`Error::InvalidRole`].
    pub async fn add(
        &self,
        project: ProjectId,
        username: &str,
        role: Role,
        now: Timestamp,
    ) -> Result<Member, Error> {
        let role = given(role)?;
        let name = username
            .parse::<Username>()
            .map_err(|_| Error::UserNotFound)?
            .to_string();
        let added = self.db.write(move |tx| {
            let user = users::member_with_hash(tx, &name)?
                .ok_or(Error::UserNotFound)?
                .0;
            if owner(tx, project)? == Some(user.id) {
                return Err(Error::AlreadyOwner);
            }
            members::put(tx, project, Holder::User(user.id), role, None, now)?;
            Ok(Member {
                user: Some((user.id, user.username)),
                is_visitor: false,
                role,
            })
        });
        let added = added.await?;
        self.presence.recheck(project);
        Ok(added)
    }

    /// Gives somebody who takes part another role.
    ///
    /// # Errors
    /// [`Error::MemberNotFound`], [`Error::AlreadyOwner`], [`Error::InvalidRole`].
    pub async fn set_role(
        &self,
        project: ProjectId,
        user: UserId,
        role: Role,
    ) -> Result<Member, Error> {
        let role = given(role)?;
        let changed = self.db.write(move |tx| {
            if owner(tx, project)? == Some(user) {
                return Err(Error::AlreadyOwner);
            }
            if !members::set_role(tx, project, user, role)? {
                return Err(Error::MemberNotFound);
            }
            let is_them = |member: &Member| member.user.as_ref().is_some_and(|(id, _)| *id == user);
            let member = members::of_project(tx, project)?.into_iter().find(is_them);
            member.ok_or(Error::MemberNotFound)
        });
        let changed = changed.await?;
        self.presence.recheck(project);
        Ok(changed)
    }

    /// Ends somebody's part: the owner removes, everybody else may leave.
    ///
    /// # Errors
    /// [`Error::OwnerOnly`], [`Error::OwnerStays`], [`Error::MemberNotFound`].
    pub async fn remove(&self, by: &Access, user: UserId, now: Timestamp) -> Result<(), Error> {
        let project = by.project.id;
        let leaves = by.session.user()?.id == user;
        if !leaves {
            by.require(Role::Owner)?;
        }
        let removed = self.db.write(move |tx| {
            if owner(tx, project)? == Some(user) {
                return Err(Error::OwnerStays);
            }
            Ok(members::remove(tx, project, user)?)
        });
        if !removed.await? {
            return Err(Error::MemberNotFound);
        }
        self.presence.remove(project, user, now);
        Ok(())
    }

    /// The links of a project that still let people in.
    ///
    /// # Errors
    /// What the database says.
    pub async fn links(&self, project: ProjectId, now: Timestamp) -> Result<Vec<Link>, Error> {
        self.db
            .read(move |connection| Ok(links::of_project(connection, project, now)?))
            .await
    }

    /// Makes a link; without `lasts` it lets people in until it is revoked. Its secret is not kept.
    ///
    /// # Errors
    /// [`Error::InvalidRole`], [`Error::TooManyLinks`].
    pub async fn create_link(
        &self,
        project: ProjectId,
        role: Role,
        lasts: Option<Duration>,
        now: Timestamp,
    ) -> Result<(Link, Secret), Error> {
        let role = given(role)?;
        let secret = Secret::random();
        let token = secret.digest();
        let expires_at = lasts.map(|lasts| now.after(lasts));
        let link = self.db.write(move |tx| {
            if links::of_project(tx, project, now)?.len() >= MAX_LINKS {
                return Err(Error::TooManyLinks);
            }
            Ok(links::insert(tx, project, role, token, now, expires_at)?)
        });
        Ok((link.await?, secret))
    }

    /// Ends one link, or all of them: nobody can join by it, and visitors who came by it have no part any more.
    /// Accounts keep their role until they are removed.
    ///
    /// # Errors
    /// [`Error::LinkNotFound`].
    pub async fn revoke(&self, project: ProjectId, link: Option<LinkId>) -> Result<(), Error> {
        let revoked = self.db.write(move |tx| {
            members::remove_visitors(tx, project, link)?;
            match link {
                Some(link) if !links::delete(tx, project, link)? => Err(Error::LinkNotFound),
                Some(_) => Ok(()),
                None => Ok(links::delete_all(tx, project)?),
            }
        });
        revoked.await?;
        self.presence.recheck(project);
        self.presence.check(project).await
    }

    /// True if a link of this secret lets people in.
    ///
    /// # Errors
    /// [`Error::LinkNotFound`].
    pub async fn require_link(&self, secret: &Secret, now: Timestamp) -> Result<(), Error> {
        let token = secret.digest();
        self.db
            .read(move |connection| {
                let link = links::find(connection, token, now)?;
                link.map(|_| ()).ok_or(Error::LinkNotFound)
            })
            .await
    }

    /// Joins a project by a link: with its role, or the higher one that the session has already. Which project.
    ///
    /// # Errors
    /// [`Error::LinkNotFound`]; as [`Session::user`].
    pub async fn join(
        &self,
        session: Session,
        secret: &Secret,
        now: Timestamp,
    ) -> Result<ProjectId, Error> {
        let token = secret.digest();
        let joined = self.db.write(move |tx| {
            let link = links::find(tx, token, now)?.ok_or(Error::LinkNotFound)?;
            let project = projects::find(tx, link.project)?.ok_or(Error::LinkNotFound)?;
            let user = session.user()?.id;
            let holder = holder(&session)?;
            let role = members::role(tx, project.id, holder)?;
            let is_owner = project.owner.is_some_and(|owner| owner.id == user);
            if !is_owner && role.is_none_or(|role| role < link.role) {
                members::put(tx, project.id, holder, link.role, Some(link.id), now)?;
                links::count_use(tx, link.id)?;
            }
            if let Who::Member(user) = &session.who {
                users::set_last_project(tx, user.id, project.id)?;
            }
            Ok::<_, Error>(project.id)
        });
        let project = joined.await?;
        self.presence.recheck(project);
        Ok(project)
    }
}

/// A role that can be given to somebody.
fn given(role: Role) -> Result<Role, Error> {
    match role {
        Role::Editor | Role::Viewer => Ok(role),
        Role::Owner => Err(Error::InvalidRole),
    }
}

fn owner(tx: &Tx<'_>, project: ProjectId) -> Result<Option<UserId>, Error> {
    let project = projects::find(tx, project)?.ok_or(Error::ProjectNotFound)?;
    Ok(project.owner.map(|owner| owner.id))
}
