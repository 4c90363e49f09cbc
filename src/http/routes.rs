//! The one route table.

use axum::Router;
use axum::http::{Method, StatusCode, Uri};
use axum::response::{IntoResponse as _, Redirect, Response};

use super::error::Failure;
use super::table::{Needs, Row, Table};
use super::{
    App, assets, auth, health, history, join, links, live, members, pool, presence, project,
    projects, section, sections, session, writer,
};
use crate::ground::role::Role;

const NOTHING: Needs = Needs::Nothing;
const SESSION: Needs = Needs::Session;
const VIEWER: Needs = Needs::Role(Role::Viewer);
const EDITOR: Needs = Needs::Role(Role::Editor);
const OWNER: Needs = Needs::Role(Role::Owner);

/// `/writer/api/project/{id}` and what follows.
macro_rules! of_project {
    ($rest:literal) => {
        concat!("/writer/api/project/{id}", $rest)
    };
}

#[rustfmt::skip]
fn table() -> Table {
    Table::default()
        .get(NOTHING, "/", writer::root)
        .get(NOTHING, "/writer/", writer::open)
        .get(NOTHING, "/writer/project/{id}/", writer::open_project)
        .get(NOTHING, "/join/{token}/", join::follow)
        .get(NOTHING, "/auth/signup/", auth::signup_page)
        .post(NOTHING, "/auth/signup/", auth::signup)
        .get(NOTHING, "/auth/login/", auth::login_page)
        .post(NOTHING, "/auth/login/", auth::login)
        .get(NOTHING, "/auth/logout/", auth::logout_page)
        .post(NOTHING, "/auth/logout/", auth::logout)
        .get(NOTHING, "/healthz", health::get)
        .get(NOTHING, "/assets/{*path}", assets::get)
        .get(NOTHING, "/writer/api/pool/status/", pool::status)
        .get(SESSION, "/writer/api/session/", session::get)
        .get(SESSION, "/writer/api/projects/", projects::list)
        .post(SESSION, "/writer/api/projects/", projects::create)
        .patch(OWNER, of_project!("/"), project::rename)
        .delete(OWNER, of_project!("/"), project::throw_away)
        .post(Needs::Bin, of_project!("/restore/"), project::take_back)
        .post(VIEWER, of_project!("/duplicate/"), project::duplicate)
        .get(VIEWER, of_project!("/members/"), members::list)
        .post(OWNER, of_project!("/members/"), members::add)
        .patch(OWNER, of_project!("/members/{user}/"), members::change)
        // Whoever takes part may leave; to remove others is for the owner.
        .delete(VIEWER, of_project!("/members/{user}/"), members::remove)
        .get(OWNER, of_project!("/links/"), links::list)
        .post(OWNER, of_project!("/links/"), links::create)
        .delete(OWNER, of_project!("/links/"), links::revoke_all)
        .delete(OWNER, of_project!("/links/{link}/"), links::revoke)
        .get(VIEWER, of_project!("/live/"), live::connect)
        .post(VIEWER, of_project!("/presence/update/"), presence::update)
        .get(VIEWER, of_project!("/presence/list/"), presence::list)
        .get(VIEWER, of_project!("/sections/"), sections::list)
        .post(EDITOR, of_project!("/sections/"), sections::add)
        .post(EDITOR, of_project!("/save-sections/"), sections::save)
        .get(VIEWER, of_project!("/section/{document}/{name}/"), section::read)
        .put(EDITOR, of_project!("/section/{document}/{name}/"), section::save)
        .post(EDITOR, of_project!("/section/{document}/{name}/"), section::save)
        .patch(EDITOR, of_project!("/section/{document}/{name}/"), section::change)
        .delete(EDITOR, of_project!("/section/{document}/{name}/"), section::delete)
        .get(VIEWER, of_project!("/history/"), history::list)
        .get(VIEWER, of_project!("/history/{version}/"), history::read)
        .post(EDITOR, of_project!("/history/{version}/restore/"), history::restore)
}

/// The lines of the route table.
#[must_use]
pub fn rows() -> Vec<Row> {
    table().rows
}

/// The handlers of all routes.
pub(super) fn router(app: App) -> Router {
    table()
        .router
        .fallback(nowhere)
        .method_not_allowed_fallback(wrong_method)
        .with_state(app)
}

/// Paths end in `/`; who forgets it is sent on.
async fn nowhere(method: Method, uri: Uri) -> Response {
    let path = uri.path();
    let known = ["/writer", "/auth/", "/join/"];
    let known = known.iter().any(|start| path.starts_with(start));
    if method.is_safe() && known && !path.ends_with('/') && !path.starts_with("//") {
        let query = uri
            .query()
            .map(|query| format!("?{query}"))
            .unwrap_or_default();
        return Redirect::permanent(&format!("{path}/{query}")).into_response();
    }
    Failure::not_found().into_response()
}

async fn wrong_method() -> Failure {
    Failure::new(
        StatusCode::METHOD_NOT_ALLOWED,
        "method_not_allowed",
        "This address does not take that method.",
    )
}
