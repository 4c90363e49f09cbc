//! The HTTP floor: takes requests apart, asks the domain once, puts answers together.

pub mod address;
pub mod app;
mod assets;
mod auth;
mod body;
mod cookies;
mod error;
mod extract;
mod frame;
mod health;
mod history;
mod join;
mod limits;
mod links;
mod live;
mod members;
mod origin;
mod pages;
mod pool;
mod presence;
mod project;
mod projects;
pub mod routes;
mod section;
mod sections;
pub mod server;
mod session;
pub mod table;
mod writer;

pub use app::App;
pub use frame::Site;
