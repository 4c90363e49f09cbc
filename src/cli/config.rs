//! The settings file, and how a setting is chosen: flag, environment, file, default.

use std::net::SocketAddr;
use std::num::NonZeroU32;
use std::path::{Path, PathBuf};
use std::time::Duration;

use anyhow::{Context as _, bail};
use ipnet::IpNet;
use serde::Deserialize;

/// The file of `--config`. Keys are the names of the flags.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub(super) struct File {
    pub data: Option<PathBuf>,
    pub listen: Option<SocketAddr>,
    pub pool_size: Option<u32>,
    pub lease: Option<String>,
    pub max_connections: Option<usize>,
    pub attempts_per_minute: Option<NonZeroU32>,
    pub trust_proxy: Option<Vec<IpNet>>,
    pub log: Option<String>,
}

impl File {
    /// Empty if there is no file to read.
    pub fn read(path: Option<&Path>) -> anyhow::Result<Self> {
        let Some(path) = path else {
            return Ok(Self::default());
        };
        let text = std::fs::read_to_string(path)
            .with_context(|| format!("cannot read {}", path.display()))?;
        toml::from_str(&text)
            .with_context(|| format!("{} is not a valid settings file", path.display()))
    }
}

/// Largest pool. Every slot is a directory and a database row, so the limit is only there to catch a typing error.
const LARGEST_POOL: u32 = 10_000;

/// A number of slots.
pub(super) fn pool_size(size: u32) -> anyhow::Result<u32> {
    if size > LARGEST_POOL {
        bail!("a pool of {size} slots is too large; {LARGEST_POOL} is the most");
    }
    Ok(size)
}

/// `24h`, `30m`, `7d`: from one second to a year.
pub(super) fn duration(name: &str, text: &str) -> anyhow::Result<Duration> {
    let duration = humantime::parse_duration(text)
        .with_context(|| format!("{name} {text:?} is not a duration such as 24h, 30m or 7d"))?;
    let year = Duration::from_hours(8784);
    if duration < Duration::from_secs(1) || duration > year {
        bail!("{name} {text} is out of range; from 1s to 366d is possible");
    }
    Ok(duration)
}
