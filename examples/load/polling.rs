//! Presence by polling: updates and lists in turn, beside a bare hyper server that answers the same bytes.

use std::net::SocketAddr;
use std::path::Path;
use std::process::Command;
use std::time::{Duration, Instant};

use anyhow::bail;
use serde_json::json;
use tokio::task::JoinSet;

use crate::client::{Client, Visitor, gather};
use crate::report::{self, Measured};
use crate::server::Server;

/// People in one project.
const TOGETHER: usize = 8;

/// An update and a question for the list.
type Turn = [Vec<u8>; 2];

pub async fn measure(
    binary: &Path,
    data: &Path,
    clients: usize,
    time: Duration,
) -> anyhow::Result<()> {
    std::fs::create_dir_all(data)?;
    let projects = clients.div_ceil(TOGETHER);
    let pool = u32::try_from(projects * TOGETHER)?;
    let server = Server::start(binary, &data.join("data"), pool)?;
    let visitors = gather(server.address, projects, TOGETHER).await?;
    let turns: Vec<Turn> = visitors.iter().map(turn).collect();

    let mut client = Client::connect(server.address).await?;
    let mut command = Command::new(std::env::current_exe()?);
    for (name, request) in [("list", &turns[0][1]), ("update", &turns[0][0])] {
        for [update, _] in &turns {
            client.send(update).await?;
        }
        let answer = client.send(request).await?;
        let sample = data.join(name);
        std::fs::write(&sample, client.bytes(&answer))?;
        command.arg("--bare-server").arg(&sample);
    }
    let bare_server = Server::spawn(command)?;
    let mut bare = poll_all(bare_server.address, &turns, time).await?;
    bare.print(&format!("bare hyper, same bytes, {clients} clients"));
    drop(bare_server);

    let mut ours = poll_all(server.address, &turns, time).await?;
    ours.print(&format!("presence update and list, {clients} clients"));
    report::compare(
        "polling as a share of bare hyper",
        ours.rate(),
        bare.rate(),
        0.6,
    );
    Ok(())
}

fn turn(visitor: &Visitor) -> Turn {
    let path = |last: &str| format!("/writer/api/project/{}/presence/{last}/", visitor.project);
    let section = json!({ "section": "manuscript/abstract" });
    [
        visitor.write("POST", &path("update"), &section),
        visitor.get(&path("list")),
    ]
}

async fn poll_all(address: SocketAddr, turns: &[Turn], time: Duration) -> anyhow::Result<Measured> {
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
                        bail!("presence was answered with {}", answer.status);
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
