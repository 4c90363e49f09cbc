//! A server process of our own.

use std::io::{BufRead as _, BufReader};
use std::net::SocketAddr;
use std::path::Path;
use std::process::{Child, Command, Stdio};

use anyhow::Context as _;

/// Killed when dropped.
pub struct Server {
    process: Child,
    pub address: SocketAddr,
}

impl Server {
    /// Starts `serve` on a data directory and waits for its line.
    pub fn start(binary: &Path, data: &Path, pool: u32) -> anyhow::Result<Self> {
        let pool = pool.to_string();
        let mut command = Command::new(binary);
        command.args([
            "serve",
            "--listen",
            "127.0.0.1:0",
            "--log",
            "warn",
            "--pool-size",
            &pool,
            "--data",
        ]);
        command.arg(data);
        Self::spawn(command).with_context(|| {
            format!(
                "cannot start {}; run cargo build --release",
                binary.display()
            )
        })
    }

    /// Starts a process that prints `listening on http://address/`.
    pub fn spawn(mut command: Command) -> anyhow::Result<Self> {
        let mut process = command.stdout(Stdio::piped()).spawn()?;
        let mut line = String::new();
        BufReader::new(process.stdout.take().context("no standard output")?)
            .read_line(&mut line)?;
        let address = line
            .trim()
            .trim_start_matches("listening on http://")
            .trim_end_matches('/');
        let address = address
            .parse()
            .with_context(|| format!("unexpected first line {line:?}"))?;
        Ok(Self { process, address })
    }

    /// Resident memory in bytes.
    pub fn memory(&self) -> anyhow::Result<u64> {
        let status = std::fs::read_to_string(format!("/proc/{}/status", self.process.id()))?;
        let line = status
            .lines()
            .find(|line| line.starts_with("VmRSS:"))
            .context("no VmRSS")?;
        let kilobytes: u64 = line
            .split_whitespace()
            .nth(1)
            .context("no number")?
            .parse()?;
        Ok(kilobytes * 1024)
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}
