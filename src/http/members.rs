//! Who takes part in a project: `GET POST …/members/`, `PATCH DELETE …/members/{user}/`.

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::error::Failure;
use super::extract::{Access, Path};
use super::{App, body};
use crate::domain::Error;
use crate::domain::presence::avatar_color;
use crate::ground::ids::UserId;
use crate::ground::role::Role;
use crate::storage::members::Member;

/// The path's parts: project, user.
type MemberPath = Path<(String, String)>;

/// Everybody, the owner first.
#[derive(Serialize)]
pub(super) struct MembersAnswer {
    success: bool,
    members: Vec<MemberEntry>,
}

/// One person after a change.
#[derive(Serialize)]
pub(super) struct MemberAnswer {
    success: bool,
    member: MemberEntry,
}

/// Somebody who takes part.
#[derive(Serialize)]
struct MemberEntry {
    /// `null` for a visitor who is away.
    user_id: Option<UserId>,
    username: String,
    role: Role,
    /// `member` or `visitor`
    kind: &'static str,
    avatar_color: Option<&'static str>,
    you: bool,
}

/// Somebody to be added.
#[derive(Deserialize)]
pub(super) struct NewMember {
    username: String,
    role: String,
}

/// Another role.
#[derive(Deserialize)]
pub(super) struct Change {
    role: String,
}

impl MemberEntry {
    fn new(member: Member, asking: UserId) -> Self {
        let (user, username) = member.user.unzip();
        Self {
            user_id: user,
            username: username.unwrap_or_else(|| "a visitor".to_owned()),
            role: member.role,
            kind: if member.is_visitor {
                "visitor"
            } else {
                "member"
            },
            avatar_color: user.map(avatar_color),
            you: user == Some(asking),
        }
    }
}

impl MemberAnswer {
    fn new(member: Member, asking: UserId) -> Self {
        Self {
            success: true,
            member: MemberEntry::new(member, asking),
        }
    }
}

pub(super) async fn list(
    State(app): State<App>,
    access: Access,
) -> Result<Json<MembersAnswer>, Failure> {
    let asking = access.user()?;
    let members = app.sharing.members(access.project()).await?.into_iter();
    Ok(Json(MembersAnswer {
        success: true,
        members: members
            .map(|member| MemberEntry::new(member, asking))
            .collect(),
    }))
}

pub(super) async fn add(
    State(app): State<App>,
    access: Access,
    body::Json(new): body::Json<NewMember>,
) -> Result<(StatusCode, Json<MemberAnswer>), Failure> {
    let role = new.role.parse::<Role>().map_err(Error::from)?;
    let added = app
        .sharing
        .add(access.project(), &new.username, role, app.now())
        .await?;
    let answer = MemberAnswer::new(added, access.user()?);
    Ok((StatusCode::CREATED, Json(answer)))
}

pub(super) async fn change(
    State(app): State<App>,
    access: Access,
    Path((_, user)): MemberPath,
    body::Json(change): body::Json<Change>,
) -> Result<Json<MemberAnswer>, Failure> {
    let role = change.role.parse::<Role>().map_err(Error::from)?;
    let user = user_id(&user)?;
    let changed = app.sharing.set_role(access.project(), user, role).await?;
    Ok(Json(MemberAnswer::new(changed, access.user()?)))
}

pub(super) async fn remove(
    State(app): State<App>,
    access: Access,
    Path((_, user)): MemberPath,
) -> Result<Json<Value>, Failure> {
    let user = user_id(&user)?;
    app.sharing.remove(&access, user, app.now()).await?;
    Ok(Json(json!({ "success": true })))
}

fn user_id(text: &str) -> Result<UserId, Error> {
    text.parse().map(UserId).map_err(|_| Error::MemberNotFound)
}
