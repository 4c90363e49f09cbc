//! `pool init`, `pool status`, `pool reset`.

use std::io::{BufRead as _, IsTerminal as _, Write as _};
use std::path::Path;
use std::time::Duration;

use anyhow::bail;
use clap::Subcommand;

use super::config::{self, File};
use super::open::Data;
use crate::domain::pool::Pool;
use crate::domain::presence::Presence;
use crate::domain::projects::Projects;
use crate::ground::clock::Clock;
use crate::storage::slots;

#[derive(Subcommand)]
pub(super) enum PoolCommand {
    /// Make the visitor slots, repair what is missing in them, or grow the pool
    ///
    /// Can be repeated at any time; slots that are in use are left alone. The pool never shrinks unless told to.
    Init {
        /// Number of slots [default: 32]
        #[arg(long, value_name = "N")]
        size: Option<u32>,
        /// Remove free slots beyond the size; those in use stay
        #[arg(long)]
        shrink: bool,
    },
    /// Print how many slots are allocated and free
    Status {
        /// As a JSON object
        #[arg(long)]
        json: bool,
    },
    /// Free all slots and wipe every visitor's workspace; members are untouched
    Reset {
        /// Do not ask
        #[arg(long)]
        yes: bool,
    },
}

pub(super) fn run(data: &Path, command: PoolCommand, file: &File) -> anyhow::Result<()> {
    match command {
        PoolCommand::Init { size, shrink } => init(
            data,
            config::pool_size(size.or(file.pool_size).unwrap_or(32))?,
            shrink,
        ),
        PoolCommand::Status { json } => status(data, json),
        PoolCommand::Reset { yes } => reset(data, yes),
    }
}

fn pool(data: &Data) -> Pool {
    let projects = Projects::new(data.db.clone(), data.workspace.clone());
    // No command gives leases, so their length does not matter here.
    Pool::new(
        data.db.clone(),
        data.workspace.clone(),
        projects,
        Presence::new(data.db.clone(), Clock::system()),
        Duration::ZERO,
    )
}

fn init(root: &Path, size: u32, shrink: bool) -> anyhow::Result<()> {
    if size == 0 && !shrink {
        bail!("--size must be at least 1");
    }
    let data = Data::create(root, 1)?;
    let done = pool(&data).init(size, shrink, Clock::system().now())?;
    say!(
        "Visitor pool: {} slots ({} added, {} repaired, {} removed)",
        done.total,
        done.added,
        done.repaired,
        done.removed
    );
    if shrink && done.total > size {
        say!(
            "{} slots beyond {size} are in use and stay; repeat the command later.",
            done.total - size
        );
    }
    Ok(())
}

fn status(root: &Path, json: bool) -> anyhow::Result<()> {
    let data = Data::existing(root)?;
    let now = Clock::system().now();
    let counts = data
        .db
        .read_blocking(|connection| slots::counts(connection, now))?;
    if json {
        say!("{}", serde_json::to_string(&counts)?);
        return Ok(());
    }
    say!("=== Visitor Pool Status ===");
    say!("Total slots: {}", counts.total);
    say!("Allocated: {}", counts.allocated);
    say!("Free: {}", counts.free);
    say!("Expired: {}", counts.expired);
    Ok(())
}

fn reset(root: &Path, yes: bool) -> anyhow::Result<()> {
    let data = Data::existing(root)?;
    if !yes {
        confirm(&data)?;
    }
    let total = pool(&data).reset(Clock::system().now())?;
    say!("Visitor pool: all {total} slots are free and fresh.");
    Ok(())
}

fn confirm(data: &Data) -> anyhow::Result<()> {
    if !std::io::stdin().is_terminal() {
        bail!(
            "this deletes what visitors have written; without a terminal to ask on, it needs --yes"
        );
    }
    let now = Clock::system().now();
    let counts = data
        .db
        .read_blocking(|connection| slots::counts(connection, now))?;
    eprintln!(
        "This frees all {} slots and deletes every visitor's workspace, {} of them in use now.",
        counts.total, counts.allocated
    );
    eprintln!("What members have written is untouched.");
    eprint!("Type yes to go on: ");
    std::io::stderr().flush()?;
    let mut answer = String::new();
    std::io::stdin().lock().read_line(&mut answer)?;
    if answer.trim() != "yes" {
        bail!("nothing was changed");
    }
    Ok(())
}
