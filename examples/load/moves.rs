//! People who go from section to section, and how long it takes until all others in the project have heard of it.

use std::collections::HashMap;
use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use tokio::task::JoinSet;

use crate::client::gather;
use crate::report::{self, Measured};
use crate::server::Server;
use crate::socket::{Heard, Socket};

const SECTIONS: [&str; 4] = [
    "manuscript/abstract",
    "manuscript/introduction",
    "manuscript/methods",
    "manuscript/results",
];

/// So many people, and how often each of them moves.
struct Load {
    projects: usize,
    in_each: usize,
    every: Duration,
}

/// A thousand people in fifty projects, each of whom moves once in ten seconds.
pub async fn projects(binary: &Path, data: &Path, time: Duration) -> anyhow::Result<()> {
    let load = Load {
        projects: 50,
        in_each: 20,
        every: Duration::from_secs(10),
    };
    let server = Server::start(binary, data, 1000)?;
    // Everybody is to move at least once.
    let mut heard = run(&server, &load, time.max(load.every)).await?;
    heard.print("moves heard, 1,000 people in 50 projects");
    report::below("a move reaches all others, p95", heard.p95(), "ms", 50.0);
    report::below("memory", server.memory()? as f64 / 1e6, "MB", 100.0);
    Ok(())
}

/// Two hundred people in one project, each of whom moves once in ten seconds.
pub async fn crowd(binary: &Path, data: &Path, time: Duration) -> anyhow::Result<()> {
    let load = Load {
        projects: 1,
        in_each: 200,
        every: Duration::from_secs(10),
    };
    let server = Server::start(binary, data, 200)?;
    let mut heard = run(&server, &load, time.max(load.every)).await?;
    heard.print("moves heard, 200 people in one project");
    report::below("a move reaches all others, p95", heard.p95(), "ms", 10.0);
    report::below("memory", server.memory()? as f64 / 1e6, "MB", 100.0);
    Ok(())
}

/// When each user has moved last.
type Moves = Arc<Mutex<HashMap<u64, Instant>>>;

async fn run(server: &Server, load: &Load, time: Duration) -> anyhow::Result<Measured> {
    let visitors = gather(server.address, load.projects, load.in_each).await?;
    let mut sockets = Vec::with_capacity(visitors.len());
    for visitor in &visitors {
        sockets.push(Socket::open(server.address, visitor).await?);
    }
    // What was said while all of them came is not measured.
    let begun = Instant::now() + Duration::from_secs(2);
    let moves = Moves::default();
    let mut running = JoinSet::new();
    let people = sockets.len();
    for (number, (socket, you)) in sockets.into_iter().enumerate() {
        let offset = load.every.mul_f64(number as f64 / people as f64);
        let person = Person {
            socket,
            you,
            moves: moves.clone(),
            first: begun + offset,
            every: load.every,
            begun,
            end: begun + time,
        };
        running.spawn(person.live());
    }
    let mut latencies = Vec::new();
    while let Some(person) = running.join_next().await {
        latencies.extend(person??);
    }
    Ok(Measured {
        latencies,
        wall: time,
    })
}

struct Person {
    socket: Socket,
    you: u64,
    moves: Moves,
    first: Instant,
    every: Duration,
    begun: Instant,
    end: Instant,
}

impl Person {
    /// Moves and listens until the end; how old the others' moves were when they were heard.
    async fn live(mut self) -> anyhow::Result<Vec<Duration>> {
        let mut latencies = Vec::new();
        let mut next = self.first;
        let mut at = usize::try_from(self.you)?;
        while Instant::now() < self.end {
            tokio::select! {
                heard = self.socket.hear() => {
                    if let Heard::Moved(user) = heard?
                        && user != self.you
                        && Instant::now() > self.begun
                    {
                        let moved = self.lock().get(&user).copied();
                        latencies.extend(moved.map(|at| at.elapsed()));
                    }
                }
                () = tokio::time::sleep_until(next.into()) => {
                    at += 1;
                    self.lock().insert(self.you, Instant::now());
                    self.socket.go(SECTIONS[at % SECTIONS.len()]).await?;
                    next += self.every;
                }
                () = tokio::time::sleep_until(self.end.into()) => {}
            }
        }
        Ok(latencies)
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, HashMap<u64, Instant>> {
        self.moves.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
