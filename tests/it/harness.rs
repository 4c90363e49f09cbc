//! What the tests stand on: the server as a process, browsers, raw requests, a clock that can be moved.

mod browser;
mod desk;
mod http;
mod live;
mod process;
mod server;
mod socket;
mod team;

use std::path::PathBuf;
use std::thread;
use std::time::{Duration, Instant};

pub use browser::{Browser, PASSWORD, form_body};
pub use desk::{ABSTRACT, Desk};
pub use http::{Answer, Request, raw};
pub use live::{Crowd, Live, place};
pub use process::{Ran, run, run_with};
pub use server::{Launch, Server};

/// What is awaited has this long to happen.
pub const PATIENCE: Duration = Duration::from_secs(10);

/// Waits until the condition holds.
///
/// # Panics
/// If it does not within [`PATIENCE`].
#[track_caller]
pub fn eventually(what: &str, condition: impl FnMut() -> bool) {
    assert!(
        within(PATIENCE, condition),
        "did not happen within {PATIENCE:?}: {what}"
    );
}

/// True if the condition comes to hold within the time.
pub fn within(time: Duration, mut condition: impl FnMut() -> bool) -> bool {
    let deadline = Instant::now() + time;
    loop {
        if condition() {
            return true;
        }
        if Instant::now() >= deadline {
            return false;
        }
        pause();
    }
}

/// Fails if the condition does not hold throughout the time: for what must not happen a moment later either.
#[track_caller]
pub fn steadily(what: &str, time: Duration, mut condition: impl FnMut() -> bool) {
    let broken = within(time, || !condition());
    assert!(!broken, "did not stay so for {time:?}: {what}");
}

#[expect(
    clippy::disallowed_methods,
    reason = "a condition in another process is polled; there is nothing to await"
)]
fn pause() {
    thread::sleep(Duration::from_millis(5));
}

/// Runs the same thing on many threads that begin at the same moment; the results in the order of their numbers.
pub fn at_once<T: Send>(count: usize, run: impl Fn(usize) -> T + Sync) -> Vec<T> {
    let start = std::sync::Barrier::new(count);
    thread::scope(|scope| {
        let threads: Vec<_> = (0..count)
            .map(|number| {
                let (start, run) = (&start, &run);
                scope.spawn(move || {
                    start.wait();
                    run(number)
                })
            })
            .collect();
        threads
            .into_iter()
            .map(|thread| {
                thread
                    .join()
                    .unwrap_or_else(|panic| std::panic::resume_unwind(panic))
            })
            .collect()
    })
}

/// A directory that is deleted at the end of the test; in memory where the machine offers it, because the tests ask
/// what the program does, not how long the disk takes.
pub fn scratch() -> tempfile::TempDir {
    let memory = PathBuf::from("/dev/shm");
    let place = if memory.is_dir() {
        memory
    } else {
        std::env::temp_dir()
    };
    tempfile::Builder::new()
        .prefix("scitex-it-")
        .tempdir_in(place)
        .unwrap()
}
