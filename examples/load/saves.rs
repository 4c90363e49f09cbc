//! Durable saves of 6 KB, each client in a slot of its own, beside a bare loop of durable file writes.

use std::path::Path;
use std::time::{Duration, Instant};

use anyhow::{Context as _, bail};
use tokio::task::JoinSet;

use crate::bare;
use crate::client::Visitor;
use crate::report::{self, Measured};
use crate::server::Server;

/// Six kilobytes of LaTeX in which `number` changes one sentence in the middle.
pub fn text(number: u64) -> String {
    let sentence = "Sharp-wave ripples mark moments of memory replay \\citep{buzsaki2015}, and their rate falls.\n";
    let half = sentence.repeat(33);
    format!(
        "\\begin{{abstract}}\n{half}Edit number {number} of this section.\n{half}\\end{{abstract}}\n"
    )
}

pub async fn measure(
    binary: &Path,
    data: &Path,
    clients: usize,
    time: Duration,
) -> anyhow::Result<()> {
    std::fs::create_dir_all(data)?;
    let loops = data.join("loop");
    let mut bare =
        tokio::task::spawn_blocking(move || bare::file_writes(&loops, clients, time, &text(0)))
            .await??;
    bare.print("bare loop: write, fsync, rename, fsync dir");

    let server = Server::start(binary, &data.join("data"), u32::try_from(clients)?)?;
    let mut visitors = Vec::new();
    for _ in 0..clients {
        visitors.push(Visitor::arrive(server.address).await?);
    }
    let begun = Instant::now();
    let mut running = JoinSet::new();
    for visitor in visitors {
        running.spawn(save_until(visitor, begun + time));
    }
    let mut latencies = Vec::new();
    while let Some(client) = running.join_next().await {
        latencies.extend(client??);
    }
    let mut ours = Measured {
        latencies,
        wall: begun.elapsed(),
    };
    ours.print(&format!(
        "durable saves of {} bytes, {clients} clients",
        text(0).len()
    ));
    report::compare(
        "saves as a share of the bare loop",
        ours.rate(),
        bare.rate(),
        1.0,
    );
    println!(
        "{:<42} {:>9.1} MB",
        "memory after it",
        server.memory()? as f64 / 1e6
    );
    Ok(())
}

async fn save_until(mut visitor: Visitor, end: Instant) -> anyhow::Result<Vec<Duration>> {
    let read = visitor.read();
    visitor.client.send(&read).await?;
    let mut version = 1;
    let mut latencies = Vec::new();
    while Instant::now() < end {
        let request = visitor.save(&text(version), version);
        let begun = Instant::now();
        let answer = visitor.client.send(&request).await?;
        latencies.push(begun.elapsed());
        if answer.status != 200 {
            bail!("a save was answered with {}", answer.status);
        }
        version = next_version(visitor.client.body(&answer)).context("no version in the answer")?;
    }
    Ok(latencies)
}

fn next_version(body: &[u8]) -> Option<u64> {
    let body = std::str::from_utf8(body).ok()?;
    let (_, rest) = body.split_once("\"version\":")?;
    rest.split(|c: char| !c.is_ascii_digit())
        .next()?
        .parse()
        .ok()
}
