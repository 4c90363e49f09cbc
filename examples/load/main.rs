//! Loads a running server over HTTP and prints what it bears, beside what the machine could bear at best.
//!
//! `cargo build --release && cargo run --release --example load` starts servers of its own on fresh data
//! directories below `--dir` (the system's temporary directory by default) and measures, one after the other:
//! start and memory, first visits at once, durable saves beside a bare loop of write, fsync, rename, fsync of the
//! directory, reads and presence by polling beside a bare hyper server that answers the same bytes, people who move
//! about in 50 projects and in one, and ten thousand open sockets.

#![expect(
    clippy::cast_precision_loss,
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "numbers of requests and bytes, printed with a few digits"
)]

mod bare;
mod client;
mod first_visits;
mod moves;
mod polling;
mod reads;
mod report;
mod saves;
mod server;
mod socket;
mod sockets;
mod start;
mod turns;

use std::path::PathBuf;
use std::time::Duration;

use clap::Parser;

/// Loads a server over HTTP and prints requests per second and p50, p95, p99.
#[derive(Parser)]
struct Options {
    /// The server's binary
    #[arg(long, default_value = "target/release/scitex-writer")]
    binary: PathBuf,
    /// Where the data directories are made; should be on the disk that is to be measured
    #[arg(long)]
    dir: Option<PathBuf>,
    /// How long each measurement takes, in seconds
    #[arg(long, default_value_t = 5)]
    seconds: u64,
    /// Clients at the same time
    #[arg(long, default_value_t = 32)]
    clients: usize,
    /// Only these: start, first-visits, saves, reads, polling, projects, crowd, sockets
    #[arg(long, value_delimiter = ',')]
    only: Vec<String>,
    /// Internal: be the bare hyper server that answers with the bytes of these files
    #[arg(long, hide = true)]
    bare_server: Vec<PathBuf>,
}

#[tokio::main]
async fn main() -> anyhow::Result<()> {
    let options = Options::parse();
    if !options.bare_server.is_empty() {
        return bare::serve(&options.bare_server).await;
    }
    let dir = tempfile::tempdir_in(options.dir.clone().unwrap_or_else(std::env::temp_dir))?;
    let wanted =
        |name: &str| options.only.is_empty() || options.only.iter().any(|only| only == name);
    let time = Duration::from_secs(options.seconds);
    if wanted("start") {
        start::measure(&options.binary, &dir.path().join("start")).await?;
    }
    if wanted("first-visits") {
        first_visits::measure(&options.binary, &dir.path().join("visits")).await?;
    }
    if wanted("saves") {
        saves::measure(
            &options.binary,
            &dir.path().join("saves"),
            options.clients,
            time,
        )
        .await?;
    }
    if wanted("reads") {
        reads::measure(
            &options.binary,
            &dir.path().join("reads"),
            options.clients,
            time,
        )
        .await?;
    }
    if wanted("polling") {
        let data = dir.path().join("polling");
        polling::measure(&options.binary, &data, options.clients, time).await?;
    }
    if wanted("projects") {
        moves::projects(&options.binary, &dir.path().join("projects"), time).await?;
    }
    if wanted("crowd") {
        moves::crowd(&options.binary, &dir.path().join("crowd"), time).await?;
    }
    if wanted("sockets") {
        sockets::measure(&options.binary, &dir.path().join("sockets")).await?;
    }
    Ok(())
}
