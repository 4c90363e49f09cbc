//! `SciTeX` Writer: one binary with which a lab writes LaTeX manuscripts together in the browser.
//!
//! The floors, from the top; a module uses only what lies below it:
//!
//! - [`cli`]: the commands; `serve` puts everything together.
//! - [`http`]: one route table, extractors, one file a resource; errors become answers in one place.
//! - [`domain`]: the rules of pool, accounts, projects, sections and rooms. Knows neither HTTP nor clap.
//! - [`storage`]: the database (one writer, many readers), the queries, the files.
//! - [`ground`]: clock, shutdown, ids, secrets.

pub mod cli;
pub mod domain;
pub mod ground;
pub mod http;
pub mod storage;
