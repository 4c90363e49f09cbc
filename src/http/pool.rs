//! `GET /writer/api/pool/status/`

use axum::Json;
use axum::extract::State;
use serde::Serialize;

use super::App;
use super::error::Failure;
use crate::storage::slots::Counts;

/// The slots' standing.
#[derive(Serialize)]
pub(super) struct StatusAnswer {
    success: bool,
    #[serde(flatten)]
    counts: Counts,
}

pub(super) async fn status(State(app): State<App>) -> Result<Json<StatusAnswer>, Failure> {
    let counts = app.pool.status(app.now()).await?;
    Ok(Json(StatusAnswer {
        success: true,
        counts,
    }))
}
