//! The storage floor: the database (one writer, many readers), the queries, and the workspace of files.
//!
//! SQL stands here and nowhere else, beside the typed function that runs it.

pub mod allocations;
pub mod database;
pub mod error;
pub mod links;
pub mod lock;
pub mod members;
pub mod meta;
pub mod presence;
pub mod project_dir;
pub mod projects;
pub mod schema;
pub mod sessions;
pub mod slots;
pub mod texts;
pub mod transfers;
mod types;
pub mod users;
pub mod workspace;
