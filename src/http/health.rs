//! `GET /healthz`: alive, and the database answers.

use axum::Json;
use axum::extract::State;
use serde_json::{Value, json};

use super::App;
use super::error::Failure;

pub(super) async fn get(State(app): State<App>) -> Result<Json<Value>, Failure> {
    app.pool.status(app.now()).await?;
    Ok(Json(json!({ "success": true, "status": "ok" })))
}
