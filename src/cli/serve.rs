//! `serve`: puts everything together.

use std::io::Write as _;
use std::net::SocketAddr;
use std::num::NonZeroU32;
use std::path::{Path, PathBuf};
use std::time::Duration;

use anyhow::Context as _;
use clap::Args;
use ipnet::IpNet;
use tokio::net::TcpListener;

use super::config::{self, File};
use super::open::{Data, READERS};
use crate::ground::clock::Clock;
use crate::ground::shutdown::Signals;
use crate::http::address::TrustedProxies;
use crate::http::app::{App, Options};
use crate::http::{Site, server};
use crate::storage::database::Database;
use crate::storage::lock::ServeLock;

/// How long open pages may take to hear that the server stops.
const FAREWELL: Duration = Duration::from_secs(3);

#[derive(Args)]
pub(super) struct ServeArgs {
    /// Address and port to listen on [default: 127.0.0.1:8000]
    ///
    /// Use 0.0.0.0:8000 to be reached from other machines; port 0 takes any free port. For HTTPS put a reverse proxy
    /// in front and name its network with --trust-proxy.
    #[arg(long, env = "SCITEX_WRITER_LISTEN", value_name = "ADDRESS:PORT")]
    listen: Option<SocketAddr>,
    /// Visitor slots to make on a data directory that has never had any; 0 for none [default: 32]
    ///
    /// An existing pool is grown with `pool init --size`.
    #[arg(long, env = "SCITEX_WRITER_POOL_SIZE", value_name = "N")]
    pool_size: Option<u32>,
    /// How long a visitor's workspace is kept after their last activity [default: 24h]
    #[arg(long, env = "SCITEX_WRITER_LEASE", value_name = "DURATION")]
    lease: Option<String>,
    /// Connections that are served at the same time; further ones wait [default: 16384]
    #[arg(long, env = "SCITEX_WRITER_MAX_CONNECTIONS", value_name = "N")]
    max_connections: Option<usize>,
    /// Log-in and sign-up attempts a minute from one network address [default: 30]
    #[arg(long, env = "SCITEX_WRITER_ATTEMPTS_PER_MINUTE", value_name = "N")]
    attempts_per_minute: Option<NonZeroU32>,
    /// Networks of reverse proxies whose X-Forwarded-For and X-Forwarded-Proto are believed, e.g. 127.0.0.1/32
    #[arg(
        long,
        env = "SCITEX_WRITER_TRUST_PROXY",
        value_name = "NETWORK",
        value_delimiter = ','
    )]
    trust_proxy: Option<Vec<IpNet>>,
    /// Log level: error, warn, info, debug or trace [default: info]
    #[arg(long, env = "SCITEX_WRITER_LOG", value_name = "LEVEL")]
    log: Option<String>,
    /// For tests: shift the clock by the seconds that this file holds
    #[arg(
        long,
        env = "SCITEX_WRITER_CLOCK_OFFSET_FILE",
        value_name = "FILE",
        hide = true
    )]
    clock_offset_file: Option<PathBuf>,
}

/// The settings after flags, environment, file and defaults; all of them checked.
struct Settings {
    listen: SocketAddr,
    pool_size: u32,
    lease: Duration,
    max_connections: usize,
    attempts: NonZeroU32,
    proxies: TrustedProxies,
    log: String,
    clock: Clock,
}

impl Settings {
    fn resolve(args: ServeArgs, file: File) -> anyhow::Result<Self> {
        let lease = args.lease.or(file.lease);
        let max_connections = args
            .max_connections
            .or(file.max_connections)
            .unwrap_or(16_384);
        anyhow::ensure!(
            (1..=1_000_000).contains(&max_connections),
            "--max-connections must be from 1 to 1000000"
        );
        Ok(Self {
            listen: args
                .listen
                .or(file.listen)
                .unwrap_or_else(|| SocketAddr::from(([127, 0, 0, 1], 8000))),
            pool_size: config::pool_size(args.pool_size.or(file.pool_size).unwrap_or(32))?,
            lease: config::duration("--lease", lease.as_deref().unwrap_or("24h"))?,
            max_connections,
            attempts: args
                .attempts_per_minute
                .or(file.attempts_per_minute)
                .unwrap_or(const { NonZeroU32::new(30).unwrap() }),
            proxies: TrustedProxies::new(args.trust_proxy.or(file.trust_proxy).unwrap_or_default()),
            log: args.log.or(file.log).unwrap_or_else(|| "info".to_owned()),
            clock: args
                .clock_offset_file
                .map_or_else(Clock::system, Clock::shifted_by),
        })
    }
}

pub(super) fn run(data: &Path, args: ServeArgs, file: File) -> anyhow::Result<()> {
    let settings = Settings::resolve(args, file)?;
    super::log::start(&settings.log)?;
    allow_many_files();
    let data = lock_and_open(data)?;
    let (_lock, Data { db, workspace }) = data;
    let database = workspace.database();
    let options = Options {
        lease: settings.lease,
        attempts: settings.attempts,
        proxies: settings.proxies,
        clock: settings.clock,
    };
    let app = App::new(db, workspace, options);
    prepare(&app, settings.pool_size).context("cannot prepare the visitor pool")?;
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()?;
    runtime.block_on(async {
        let recovered = app
            .rooms
            .recover()
            .await
            .context("cannot bring the files up to date")?;
        if recovered > 0 {
            tracing::info!(
                files = recovered,
                "brought files up to their journals after an unclean stop"
            );
        }
        let listener = server::bind(settings.listen)
            .with_context(|| format!("cannot listen on {}", settings.listen))?;
        serve(app, listener, settings.max_connections).await
    })?;
    if let Err(error) = Database::fold_log(&database) {
        tracing::warn!(%error, "the database's log stays beside it and is read at the next start");
    }
    // What a blocking thread still does is safe to cut: everything acknowledged is in the journal.
    runtime.shutdown_timeout(Duration::from_secs(2));
    Ok(())
}

fn lock_and_open(root: &Path) -> anyhow::Result<(ServeLock, Data)> {
    let workspace = crate::storage::workspace::Workspace::open(root)
        .with_context(|| format!("cannot use {} as data directory", root.display()))?;
    let lock = ServeLock::acquire(&workspace.serve_lock())?;
    Ok((lock, Data::create(root, READERS)?))
}

/// Makes the pool of a new data directory, and finishes what a killed process left undone.
fn prepare(app: &App, size: u32) -> anyhow::Result<()> {
    let now = app.now();
    if size > 0 && !app.pool.was_ever_made()? {
        app.pool.init(size, false, now)?;
        tracing::info!(slots = size, "made the visitor pool");
    }
    app.pool.recover(now)?;
    app.presence.restore(now)?;
    Ok(())
}

async fn serve(app: App, listener: TcpListener, connections: usize) -> anyhow::Result<()> {
    let mut signals = Signals::watch()?;
    let background = [
        tokio::spawn(app.pool.clone().run(app.clock())),
        tokio::spawn(app.catalogue.clone().run(app.clock())),
        tokio::spawn(app.presence.clone().run()),
        tokio::spawn(app.rooms.clone().run()),
        tokio::spawn({
            let app = app.clone();
            async move { app.attempts.run().await }
        }),
    ];
    let address = listener.local_addr()?;
    let mut out = std::io::stdout();
    // Nobody may be listening to standard output; the server runs all the same.
    let _ = writeln!(out, "listening on http://{address}/").and_then(|()| out.flush());
    let site = Site::new(app.clone());
    server::serve(listener, site, connections, async {
        let signal = signals.next().await;
        tracing::info!(signal, "shutting down");
        app.presence.write_down().await;
        app.presence.stop();
    })
    .await;
    app.presence.wait_for_seats(FAREWELL).await;
    for task in background {
        task.abort();
    }
    app.rooms.flush_all().await;
    tracing::info!("everything is on disk, good-bye");
    Ok(())
}

/// Every connection and every open project is a file descriptor; the usual soft limit of 1,024 is for other times.
fn allow_many_files() {
    use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};
    let Rlimit { maximum, .. } = getrlimit(Resource::Nofile);
    let wanted = Rlimit {
        current: maximum,
        maximum,
    };
    if let Err(error) = setrlimit(Resource::Nofile, wanted) {
        tracing::warn!(%error, "cannot raise the limit on open files");
    }
}
