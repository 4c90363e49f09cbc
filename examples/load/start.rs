//! From process start to the first answer, memory at rest, and the binary's size.

use std::path::Path;
use std::time::Instant;

use crate::client::Client;
use crate::report;
use crate::server::Server;

pub async fn measure(binary: &Path, data: &Path) -> anyhow::Result<()> {
    let begun = Instant::now();
    drop(Server::start(binary, data, 32)?);
    let fresh = begun.elapsed();
    let mut best = f64::MAX;
    let mut memory = 0.0;
    for _ in 0..5 {
        let begun = Instant::now();
        let server = Server::start(binary, data, 32)?;
        let mut client = Client::connect(server.address).await?;
        client
            .send(b"GET /healthz HTTP/1.1\r\nHost: load\r\n\r\n")
            .await?;
        best = best.min(begun.elapsed().as_secs_f64() * 1000.0);
        memory = server.memory()? as f64 / 1e6;
    }
    report::below(
        "start on a new directory, 32 slots",
        fresh.as_secs_f64() * 1000.0,
        "ms",
        1000.0,
    );
    report::below("start to first answer, initialised", best, "ms", 50.0);
    report::below("memory at rest", memory, "MB", 20.0);
    report::below(
        "binary",
        std::fs::metadata(binary)?.len() as f64 / 1e6,
        "MB",
        20.0,
    );
    Ok(())
}
