//! Clients that each send the same few requests over and over, as fast as they are answered.

use std::net::SocketAddr;
use std::time::{Duration, Instant};

use anyhow::bail;
use tokio::task::JoinSet;

use crate::client::Client;
use crate::report::Measured;

/// Slices into which a comparison is cut: what else a machine does changes from second to second.
const SLICES: u32 = 10;

/// The same load on two servers, a slice of the time on the one, then one on the other, and so on; each gets `time`.
pub async fn side_by_side<const N: usize>(
    servers: [SocketAddr; 2],
    turns: &[[Vec<u8>; N]],
    time: Duration,
) -> anyhow::Result<[Measured; 2]> {
    let mut measured = [Measured::default(), Measured::default()];
    for _ in 0..SLICES {
        for (address, measured) in servers.iter().zip(&mut measured) {
            let slice = send_all(*address, turns, time / SLICES).await?;
            measured.latencies.extend(slice.latencies);
            measured.wall += slice.wall;
        }
    }
    Ok(measured)
}

/// One client for each of `turns`, until `time` is over.
async fn send_all<const N: usize>(
    address: SocketAddr,
    turns: &[[Vec<u8>; N]],
    time: Duration,
) -> anyhow::Result<Measured> {
    let begun = Instant::now();
    let mut running = JoinSet::new();
    for turn in turns {
        let turn = turn.clone();
        running.spawn(async move {
            let mut client = Client::connect(address).await?;
            let mut latencies = Vec::new();
            while begun.elapsed() < time {
                for request in &turn {
                    let sent = Instant::now();
                    let answer = client.send(request).await?;
                    latencies.push(sent.elapsed());
                    if answer.status != 200 {
                        bail!("a request was answered with {}", answer.status);
                    }
                }
            }
            Ok(latencies)
        });
    }
    let mut latencies = Vec::new();
    while let Some(client) = running.join_next().await {
        latencies.extend(client??);
    }
    Ok(Measured {
        latencies,
        wall: begun.elapsed(),
    })
}
