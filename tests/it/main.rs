//! Integration tests against the real binary: each starts its own server on its own data directory.
//!
//! A test's name is the behaviour it holds the program to. Nothing waits for a fixed time: the server's clock is moved
//! through a file, and what happens by itself is awaited with [`harness::eventually`].

#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    reason = "a test that cannot go on has failed"
)]

mod harness;

mod crash_projects;
mod crash_saves;
mod crash_transfers;
mod disk_database;
mod disk_full;
mod draining;
mod floors;
mod forgery;
mod hostile_bodies;
mod hostile_hangups;
mod hostile_http;
mod hostile_paths;
mod joining;
mod kept_answers;
mod late_repeats;
mod links;
mod live_channel;
mod live_faults;
mod live_handshake;
mod live_model;
mod live_restart;
mod live_rights;
mod logging_in;
mod merging;
mod pool_commands;
mod pool_expiry;
mod pool_reset;
mod pool_visits;
mod presence_input;
mod presence_kept;
mod presence_polling;
mod projects_bin;
mod projects_copies;
mod projects_menu;
mod schema_upgrades;
mod section_conflicts;
mod section_disk;
mod section_history;
mod section_masters;
mod section_outline;
mod section_texts;
mod settings;
mod sharing;
mod sharing_roles;
mod signing_up;
mod user_commands;
mod visitor_space;
