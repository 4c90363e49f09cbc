//! A thousand first visits at once on a pool of 128.

use std::collections::HashSet;
use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant};

use tokio::sync::Barrier;
use tokio::task::JoinSet;

use crate::client::{Client, FIRST_VISIT};
use crate::report::{self, Measured};
use crate::server::Server;

const VISITS: usize = 1000;
const SLOTS: u32 = 128;

pub async fn measure(binary: &Path, data: &Path) -> anyhow::Result<()> {
    let server = Server::start(binary, data, SLOTS)?;
    let barrier = Arc::new(Barrier::new(VISITS + 1));
    let mut visits = JoinSet::new();
    for _ in 0..VISITS {
        let (barrier, address) = (barrier.clone(), server.address);
        visits.spawn(async move {
            barrier.wait().await;
            let begun = Instant::now();
            let mut client = Client::connect(address).await?;
            let answer = client.send(FIRST_VISIT).await?;
            let cookie = client
                .head(&answer)
                .lines()
                .find(|line| line.starts_with("set-cookie: sessionid"));
            anyhow::Ok((answer.status, cookie.map(str::to_owned), begun.elapsed()))
        });
    }
    barrier.wait().await;
    let begun = Instant::now();
    let mut latencies = Vec::new();
    let mut sessions = HashSet::new();
    let mut refused = 0;
    while let Some(visit) = visits.join_next().await {
        let (status, cookie, latency) = visit??;
        latencies.push(latency);
        match (status, cookie) {
            (200, Some(cookie)) => drop(sessions.insert(cookie)),
            (503, _) => refused += 1,
            (status, _) => anyhow::bail!("unexpected status {status}"),
        }
    }
    let wall = begun.elapsed();
    Measured {
        latencies,
        wall: wall.max(Duration::from_micros(1)),
    }
    .print("first visits, 1,000 at once, 128 slots");
    println!("{:<42} {} admitted, {refused} refused", "", sessions.len());
    anyhow::ensure!(
        sessions.len() == SLOTS as usize,
        "not every slot was given out once"
    );
    report::below(
        "all of them answered",
        wall.as_secs_f64() * 1000.0,
        "ms",
        2000.0,
    );
    Ok(())
}
