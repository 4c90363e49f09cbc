//! Ten thousand open sockets on which nothing happens, and what each of them takes.

use std::path::Path;
use std::time::Duration;

use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};
use tokio::task::JoinSet;

use crate::client::Visitor;
use crate::report;
use crate::server::Server;
use crate::socket::Socket;

const PEOPLE: u32 = 1000;
const TABS: u32 = 10;
/// Long enough for two rounds of pings.
const WATCHED: Duration = Duration::from_secs(12);

pub async fn measure(binary: &Path, data: &Path) -> anyhow::Result<()> {
    let Rlimit { maximum, .. } = getrlimit(Resource::Nofile);
    let limit = Rlimit {
        current: maximum,
        maximum,
    };
    setrlimit(Resource::Nofile, limit)?;
    let server = Server::start(binary, data, PEOPLE)?;
    let mut visitors = Vec::new();
    for _ in 0..PEOPLE {
        visitors.push(Visitor::arrive(server.address).await?);
    }
    let before = server.memory()?;
    let mut open = JoinSet::new();
    for _ in 0..TABS {
        for visitor in &visitors {
            let (mut socket, _) = Socket::open(server.address, visitor).await?;
            open.spawn(async move { while socket.hear().await.is_ok() {} });
        }
    }
    tokio::time::sleep(WATCHED).await;
    let sockets = f64::from(PEOPLE * TABS);
    let closed = std::iter::from_fn(|| open.try_join_next()).count();
    anyhow::ensure!(closed == 0, "{closed} sockets were closed");
    let more = server.memory()?.saturating_sub(before);
    report::below(
        "10,000 idle sockets, each",
        more as f64 / sockets / 1000.0,
        "kB",
        20.0,
    );
    open.abort_all();
    Ok(())
}
