//! From what went wrong to status, stable code and a sentence for a person: the one place where that is decided.
//!
//! A [`Failure`] travels to the outermost layer inside the response, and is made JSON or a page there.

use std::time::Duration;

use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use serde_json::{Map, Value, json};

use crate::domain::error::Conflict;
use crate::domain::{Error, catalogue, sections, sharing};
use crate::storage::error::Error as StorageError;

/// An answer that is not a success.
#[derive(Clone, Debug)]
pub(super) struct Failure {
    pub status: StatusCode,
    /// Stable; scripts may rely on it.
    pub code: &'static str,
    /// For a person.
    pub sentence: String,
    /// For the log only.
    pub cause: Option<String>,
    pub retry_after: Option<Duration>,
    /// The form field that it is about.
    pub field: Option<&'static str>,
    /// Further members of the JSON answer.
    pub extra: Box<Map<String, Value>>,
}

impl Failure {
    pub fn new(status: StatusCode, code: &'static str, sentence: impl Into<String>) -> Self {
        Self {
            status,
            code,
            sentence: sentence.into(),
            cause: None,
            retry_after: None,
            field: None,
            extra: Box::default(),
        }
    }

    pub fn about(self, field: &'static str) -> Self {
        Self {
            field: Some(field),
            ..self
        }
    }

    fn after(self, wait: Duration) -> Self {
        Self {
            retry_after: Some(wait),
            ..self
        }
    }

    pub fn because(self, cause: impl Into<String>) -> Self {
        Self {
            cause: Some(cause.into()),
            ..self
        }
    }

    pub fn too_many_attempts(wait: Duration) -> Self {
        Self::new(
            StatusCode::TOO_MANY_REQUESTS,
            "too_many_attempts",
            "Too many attempts. Please wait a minute and try again.",
        )
        .after(wait)
    }

    pub fn not_found() -> Self {
        Self::new(
            StatusCode::NOT_FOUND,
            "not_found",
            "There is nothing at this address.",
        )
    }

    /// The members of the JSON answer.
    pub fn to_json(&self, request_id: &str) -> Value {
        let mut body = *self.extra.clone();
        body.insert("success".to_owned(), false.into());
        body.insert("code".to_owned(), self.code.into());
        body.insert("error".to_owned(), self.sentence.clone().into());
        body.insert("request_id".to_owned(), request_id.into());
        if let Some(field) = self.field {
            body.insert("field".to_owned(), field.into());
        }
        Value::Object(body)
    }
}

impl IntoResponse for Failure {
    fn into_response(self) -> Response {
        let mut response = self.status.into_response();
        response.extensions_mut().insert(self);
        response
    }
}

impl From<Error> for Failure {
    #[expect(clippy::too_many_lines, reason = "a table of all errors, in one place")]
    fn from(error: Error) -> Self {
        use StatusCode as S;
        let new = |status, code, sentence: &str| Self::new(status, code, sentence);
        match error {
            Error::SessionExpired => {
                new(S::UNAUTHORIZED, "session_expired", "Your session has ended. Please open the writer again.")
            }
            Error::LeaseExpired => new(
                S::UNAUTHORIZED,
                "lease_expired",
                "The time for this visitor workspace is over. What you wrote is kept; open the writer again to go on.",
            ),
            Error::WorkspaceGone => new(
                S::UNAUTHORIZED,
                "lease_expired",
                "This visitor workspace has been cleared. Open the writer again for a new one.",
            ),
            Error::ProjectNotFound => {
                new(S::NOT_FOUND, "project_not_found", "There is no such project, or it is not yours to see.")
            }
            Error::ReadOnly => new(
                S::FORBIDDEN,
                "read_only",
                "You can read this project, but not change it. Its owner can give you the right to edit.",
            ),
            Error::OwnerOnly => new(S::FORBIDDEN, "owner_only", "Only the owner of this project can do that."),
            Error::MembersOnly => new(
                S::FORBIDDEN,
                "members_only",
                "That needs an account. Sign up, and your work comes along.",
            ),
            Error::InvalidProjectName => new(
                S::BAD_REQUEST,
                "invalid_project_name",
                "A project's name has 1 to 64 letters, digits, spaces, - _ and ., and begins with a letter or digit.",
            )
            .about("name"),
            Error::ProjectExists => {
                new(S::CONFLICT, "project_exists", "You have a project of this name already.").about("name")
            }
            Error::TooManyProjects => new(
                S::CONFLICT,
                "too_many_projects",
                &format!("An account can have at most {} projects.", catalogue::MAX_PROJECTS),
            ),
            Error::InvalidRole => {
                new(S::BAD_REQUEST, "invalid_role", "The role is editor or viewer.").about("role")
            }
            Error::AlreadyOwner => {
                new(S::CONFLICT, "already_owner", "The owner of the project takes part already.").about("username")
            }
            Error::MemberNotFound => {
                new(S::NOT_FOUND, "member_not_found", "Nobody of this id takes part in the project.")
            }
            Error::OwnerStays => new(
                S::CONFLICT,
                "owner_stays",
                "The owner cannot leave the project. Move it to the bin instead.",
            ),
            Error::LinkNotFound => new(
                S::NOT_FOUND,
                "link_not_found",
                "This link does not lead anywhere any more. Ask whoever sent it for a new one.",
            ),
            Error::TooManyLinks => new(
                S::CONFLICT,
                "too_many_links",
                &format!("A project can have at most {} links. Revoke one first.", sharing::MAX_LINKS),
            ),
            Error::InvalidSection => new(
                S::BAD_REQUEST,
                "invalid_section",
                "A section is named like manuscript/abstract: small letters, digits and _, at most 64 of them.",
            ),
            Error::SectionNotFound => {
                new(S::NOT_FOUND, "section_not_found", "The document has no section of this name.")
            }
            Error::SectionExists => {
                new(S::CONFLICT, "section_exists", "The document has a section of this name already.")
            }
            Error::TooManySections => new(
                S::CONFLICT,
                "too_many_sections",
                &format!("A document can have at most {} sections.", sections::MAX_SECTIONS),
            ),
            Error::VersionNotFound => {
                new(S::NOT_FOUND, "version_not_found", "The history has no such version of this section.")
            }
            Error::NotUtf8(path) => new(
                S::UNPROCESSABLE_ENTITY,
                "not_utf8",
                &format!("{path} on disk is not UTF-8 text. Convert it, for example with iconv -f latin1 -t utf-8."),
            ),
            Error::TextTooLarge => new(
                S::PAYLOAD_TOO_LARGE,
                "text_too_large",
                "A section can be at most 2 MB long. Please split it into two sections.",
            ),
            Error::WorkspaceFull => new(
                S::PAYLOAD_TOO_LARGE,
                "workspace_full",
                "A visitor's workspace can hold 100 MB, and this would be more. Sign up to go on.",
            ),
            Error::Conflict(conflicts) => conflict(&conflicts),
            Error::PoolFull { total, retry_after } => Self {
                extra: Box::new(Map::from_iter([("total".to_owned(), total.into())])),
                ..new(S::SERVICE_UNAVAILABLE, "pool_full", &format!("All {total} visitor workspaces are in use."))
                    .after(retry_after.clamp(Duration::from_secs(1), Duration::from_secs(30)))
            },
            Error::Moving(_) => new(
                S::SERVICE_UNAVAILABLE,
                "moving",
                "Your work is just being moved. Please try again in a moment.",
            )
            .after(Duration::from_secs(1)),
            Error::NoPool => new(S::UNAUTHORIZED, "no_pool", "This server has no visitor workspaces. Please log in."),
            Error::UsernameInvalid => new(
                S::BAD_REQUEST,
                "username_invalid",
                "A username has 2 to 39 small letters, digits and hyphens, with no hyphen first or last.",
            )
            .about("username"),
            Error::UsernameReserved => {
                new(S::BAD_REQUEST, "username_reserved", "This name is reserved. Please choose another one.")
                    .about("username")
            }
            Error::UsernameTaken => {
                new(S::CONFLICT, "username_taken", "Somebody has this name already. Please choose another one.")
                    .about("username")
            }
            Error::PasswordTooShort => {
                new(S::BAD_REQUEST, "password_too_short", "A password needs at least 8 characters.").about("password")
            }
            Error::PasswordTooLong => {
                new(S::BAD_REQUEST, "password_too_long", "A password can be at most 1,024 bytes long.").about("password")
            }
            Error::WrongCredentials => {
                new(S::UNAUTHORIZED, "wrong_credentials", "There is no account with this name and password.")
            }
            Error::AlreadyMember => new(S::CONFLICT, "already_member", "You are signed in already."),
            Error::UserNotFound => {
                new(S::NOT_FOUND, "user_not_found", "There is no account of this name.").about("username")
            }
            Error::Storage(error) => storage(&error),
        }
    }
}

fn storage(error: &StorageError) -> Failure {
    let (status, code, sentence) = match error {
        StorageError::Full => (
            StatusCode::INSUFFICIENT_STORAGE,
            "disk_full",
            "The server's disk is full, so this was not stored. Your text is still on this page; \
             please tell whoever looks after the server.",
        ),
        StorageError::Closed => (
            StatusCode::SERVICE_UNAVAILABLE,
            "shutting_down",
            "The server is restarting. Please try again in a moment.",
        ),
        StorageError::ReadOnly
        | StorageError::Corrupt(_)
        | StorageError::Newer { .. }
        | StorageError::NotUtf8(_)
        | StorageError::TooLarge(_)
        | StorageError::Database(_)
        | StorageError::File(_) => (
            StatusCode::INTERNAL_SERVER_ERROR,
            "storage_failed",
            "The server could not read or write its disk, so this was not stored. Your text is still on this page; \
             please tell whoever looks after the server.",
        ),
    };
    Failure::new(status, code, sentence).because(error.to_string())
}

/// `conflicts` has the current texts by section; if it is only one, `content` and `version` say it as well.
fn conflict(conflicts: &[Conflict]) -> Failure {
    let sentence =
        "Somebody else changed the same place of this section meanwhile. Nothing was overwritten.";
    let failure = Failure::new(StatusCode::CONFLICT, "conflict", sentence);
    let texts =
        |conflict: &Conflict| json!({ "content": conflict.content, "version": conflict.version });
    let by_id: Map<String, Value> = conflicts
        .iter()
        .map(|conflict| (conflict.section.clone(), texts(conflict)))
        .collect();
    let mut extra = Map::from_iter([("conflicts".to_owned(), Value::Object(by_id))]);
    if let [only] = conflicts {
        extra.insert("content".to_owned(), only.content.clone().into());
        extra.insert("version".to_owned(), only.version.into());
    }
    Failure {
        extra: Box::new(extra),
        ..failure
    }
}

impl From<StorageError> for Failure {
    fn from(error: StorageError) -> Self {
        Error::from(error).into()
    }
}
