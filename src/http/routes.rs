//! The one route table.

use axum::Router;
use axum::http::{Method, StatusCode, Uri};
use axum::middleware;
use axum::response::{IntoResponse as _, Redirect, Response};
use axum::routing::{get, patch, post};
use tower_http::catch_panic::CatchPanicLayer;

use super::error::Failure;
use super::{App, assets, auth, frame, health, history, pool, section, sections, session, writer};

/// Everything the server answers.
pub fn router(app: App) -> Router {
    let project = Router::new()
        .route("/sections/", get(sections::list).post(sections::add))
        .route("/save-sections/", post(sections::save))
        .route(
            "/section/{document}/{name}/",
            get(section::read).put(section::save).post(section::save),
        )
        .route(
            "/section/{document}/{name}/",
            patch(section::change).delete(section::delete),
        )
        .route("/history/", get(history::list))
        .route("/history/{version}/", get(history::read))
        .route("/history/{version}/restore/", post(history::restore));
    Router::new()
        .route("/", get(writer::root))
        .route("/writer/", get(writer::open))
        .route("/writer/project/{id}/", get(writer::open_project))
        .route("/writer/api/session/", get(session::get))
        .nest("/writer/api/project/{id}", project)
        .route("/writer/api/pool/status/", get(pool::status))
        .route("/auth/signup/", get(auth::signup_page).post(auth::signup))
        .route("/auth/login/", get(auth::login_page).post(auth::login))
        .route("/auth/logout/", get(auth::logout_page).post(auth::logout))
        .route("/healthz", get(health::get))
        .route("/assets/{*path}", get(assets::get))
        .fallback(nowhere)
        .method_not_allowed_fallback(wrong_method)
        .layer(CatchPanicLayer::custom(panicked))
        .layer(middleware::from_fn_with_state(app.clone(), frame::around))
        .with_state(app)
}

/// Paths end in `/`; who forgets it is sent on.
async fn nowhere(method: Method, uri: Uri) -> Response {
    let path = uri.path();
    let known = path.starts_with("/writer") || path.starts_with("/auth/");
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

fn panicked(panic: Box<dyn std::any::Any + Send>) -> Response {
    let cause = panic.downcast_ref::<String>().cloned();
    let cause = cause.or_else(|| {
        panic
            .downcast_ref::<&str>()
            .map(|cause| (*cause).to_owned())
    });
    Failure::new(
        StatusCode::INTERNAL_SERVER_ERROR,
        "internal",
        "The server made a mistake. What was saved before is safe; please try again.",
    )
    .because(cause.unwrap_or_else(|| "panic".to_owned()))
    .into_response()
}
