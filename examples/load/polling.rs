//! Presence by polling: updates and lists in turn, beside a bare hyper server that answers the same bytes.

use std::path::Path;
use std::process::Command;
use std::time::Duration;

use serde_json::json;

use crate::client::{Client, Visitor, gather};
use crate::report;
use crate::server::Server;
use crate::turns::side_by_side;

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
    let servers = [bare_server.address, server.address];
    let [mut bare, mut ours] = side_by_side(servers, &turns, time).await?;
    bare.print(&format!("bare hyper, same bytes, {clients} clients"));
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
