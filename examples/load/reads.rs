//! Reads of a section of 6 KB, beside a bare hyper server that answers the same bytes.

use std::path::Path;
use std::process::Command;
use std::time::Duration;

use crate::client::{Client, Visitor};
use crate::report;
use crate::saves::text;
use crate::server::Server;
use crate::turns::side_by_side;

pub async fn measure(
    binary: &Path,
    data: &Path,
    clients: usize,
    time: Duration,
) -> anyhow::Result<()> {
    std::fs::create_dir_all(data)?;
    let server = Server::start(binary, &data.join("data"), u32::try_from(clients)?)?;
    let mut requests = Vec::new();
    for _ in 0..clients {
        let mut visitor = Visitor::arrive(server.address).await?;
        let save = visitor.save(&text(1), 1);
        let saved = visitor.client.send(&save).await?;
        anyhow::ensure!(saved.status == 200, "the text could not be saved");
        requests.push([visitor.read()]);
    }
    let sample = data.join("answer");
    let mut client = Client::connect(server.address).await?;
    let answer = client.send(&requests[0][0]).await?;
    std::fs::write(&sample, client.bytes(&answer))?;

    let mut command = Command::new(std::env::current_exe()?);
    command.arg("--bare-server").arg(&sample);
    let bare_server = Server::spawn(command)?;
    let servers = [bare_server.address, server.address];
    let [mut bare, mut ours] = side_by_side(servers, &requests, time).await?;
    bare.print(&format!("bare hyper, same bytes, {clients} clients"));
    ours.print(&format!("reads of a section, {clients} clients"));
    report::compare(
        "reads as a share of bare hyper",
        ours.rate(),
        bare.rate(),
        0.6,
    );
    Ok(())
}
