//! The rules. They know neither HTTP nor the command line, and take the present moment as an argument.

pub mod access;
pub mod accounts;
pub mod catalogue;
pub mod changes;
pub mod error;
pub mod history;
pub mod merge;
pub mod password;
pub mod pool;
pub mod presence;
pub mod projects;
pub mod registry;
pub mod room;
pub mod rooms;
pub mod sections;
pub mod sessions;
pub mod sharing;
pub mod template;
pub mod transfer;
pub mod words;

pub use error::Error;
