//! `serve` as a process: started, killed, stopped, started again on the same data.

use std::fs;
use std::io::{BufRead as _, BufReader};
use std::net::SocketAddr;
use std::os::unix::process::ExitStatusExt as _;
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, ExitStatus, Stdio};
use std::sync::{Arc, Mutex};
use std::thread::JoinHandle;
use std::time::Duration;

use rusqlite::{Connection, OpenFlags};
use rustix::process::{Pid, Signal, kill_process};
use tempfile::TempDir;

use super::process::{binary, run_with};
use super::{Browser, Desk, Ran, eventually, scratch, within};

/// How a server is to be started.
#[derive(Clone)]
pub struct Launch {
    data: PathBuf,
    scratch: Arc<TempDir>,
    pool: u32,
    attempts: u32,
    arguments: Vec<String>,
    environment: Vec<(String, String)>,
}

/// A running server. It is killed when the test ends; its log is shown if the test failed.
pub struct Server {
    child: Child,
    /// Held open, so that the server is not told that nobody is there.
    stdin: Option<ChildStdin>,
    address: Arc<Mutex<SocketAddr>>,
    log: Arc<Mutex<String>>,
    /// Ends once all of the log has been read.
    reader: Option<JoinHandle<()>>,
    pub launch: Launch,
}

impl Launch {
    /// With a data directory of its own and four slots.
    pub fn new() -> Self {
        let scratch = Arc::new(scratch());
        let launch = Self {
            data: scratch.path().join("data"),
            scratch,
            pool: 4,
            attempts: 10_000,
            arguments: Vec::new(),
            environment: Vec::new(),
        };
        launch.set_clock(0);
        launch
    }

    pub fn pool(mut self, slots: u32) -> Self {
        self.pool = slots;
        self
    }

    pub fn attempts(mut self, a_minute: u32) -> Self {
        self.attempts = a_minute;
        self
    }

    pub fn data(mut self, data: impl Into<PathBuf>) -> Self {
        self.data = data.into();
        self
    }

    pub fn arg(mut self, name: &str, value: &str) -> Self {
        self.arguments.extend([name.to_owned(), value.to_owned()]);
        self
    }

    pub fn env(mut self, name: &str, value: &str) -> Self {
        self.environment.push((name.to_owned(), value.to_owned()));
        self
    }

    /// A debug build kills itself at this place.
    pub fn crash_at(self, place: &str) -> Self {
        self.env("SCITEX_WRITER_CRASH_AT", place)
    }

    /// The server's clock is behind that of the commands, which have the system's.
    pub fn behind(self, time: Duration) -> Self {
        self.set_clock(-i64::try_from(time.as_secs()).unwrap());
        self
    }

    pub fn data_path(&self) -> &Path {
        &self.data
    }

    /// A place outside the data directory that lasts as long as the test.
    pub fn outside(&self) -> PathBuf {
        self.scratch.path().to_owned()
    }

    fn clock_file(&self) -> PathBuf {
        self.scratch.path().join("clock")
    }

    /// Renamed into place, so that the server never reads half a number.
    fn set_clock(&self, seconds: i64) {
        let new = self.scratch.path().join("clock.new");
        fs::write(&new, seconds.to_string()).unwrap();
        fs::rename(new, self.clock_file()).unwrap();
    }

    fn clock(&self) -> i64 {
        fs::read_to_string(self.clock_file())
            .unwrap()
            .parse()
            .unwrap()
    }

    /// The arguments of `serve`.
    pub fn arguments(&self) -> Vec<String> {
        let mut arguments: Vec<String> = [
            "serve",
            "--data",
            self.data.to_str().unwrap(),
            "--listen",
            "127.0.0.1:0",
            "--pool-size",
            &self.pool.to_string(),
            "--attempts-per-minute",
            &self.attempts.to_string(),
            "--clock-offset-file",
            self.clock_file().to_str().unwrap(),
        ]
        .map(str::to_owned)
        .into();
        arguments.extend(self.arguments.iter().cloned());
        arguments
    }

    /// Starts it and waits for the line with its address.
    #[track_caller]
    pub fn start(self) -> Server {
        let mut server = self.spawn();
        let mut lines = BufReader::new(server.child.stdout.take().unwrap());
        let mut line = String::new();
        lines.read_line(&mut line).unwrap();
        let address = line
            .strip_prefix("listening on http://")
            .and_then(|rest| rest.trim_end().strip_suffix('/'))
            .and_then(|address| address.parse().ok())
            .unwrap_or_else(|| {
                let status = server.child.wait();
                panic!("no address in {line:?}; {status:?}; log:\n{}", server.log())
            });
        *server.address.lock().unwrap() = address;
        server
    }

    /// Starts it without waiting for anything.
    pub fn spawn(self) -> Server {
        let mut child = binary()
            .args(self.arguments())
            .envs(self.environment.iter().map(|(name, value)| (name, value)))
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let log = Arc::new(Mutex::new(String::new()));
        let (err, into) = (child.stderr.take().unwrap(), log.clone());
        let reader = std::thread::spawn(move || {
            for line in BufReader::new(err).lines().map_while(Result::ok) {
                let mut log = into.lock().unwrap();
                log.push_str(&line);
                log.push('\n');
            }
        });
        Server {
            stdin: child.stdin.take(),
            child,
            address: Arc::new(Mutex::new(SocketAddr::from(([127, 0, 0, 1], 0)))),
            log,
            reader: Some(reader),
            launch: self,
        }
    }
}

impl Server {
    /// With four slots.
    #[track_caller]
    pub fn start() -> Self {
        Launch::new().start()
    }

    pub fn address(&self) -> SocketAddr {
        *self.address.lock().unwrap()
    }

    /// Stays right when the server is started again on another port.
    pub(super) fn shared_address(&self) -> Arc<Mutex<SocketAddr>> {
        self.address.clone()
    }

    /// What it has said so far.
    pub fn log(&self) -> String {
        self.log.lock().unwrap().clone()
    }

    /// The data directory, or a path in it.
    pub fn data(&self, path: &str) -> PathBuf {
        self.launch.data.join(path)
    }

    /// A browser that has never been here.
    pub fn browser(&self) -> Browser {
        Browser::new(self)
    }

    /// A browser that has just been given a slot.
    #[track_caller]
    pub fn visitor(&self) -> Desk {
        self.browser().visit()
    }

    /// A browser that has just signed up without having been a visitor.
    #[track_caller]
    pub fn member(&self, name: &str) -> Desk {
        let browser = self.browser();
        browser.get("/auth/signup/").expect(200);
        browser.sign_up(name).expect(200);
        browser.desk()
    }

    /// Moves the server's clock on.
    pub fn advance(&self, time: Duration) {
        let seconds = i64::try_from(time.as_secs()).unwrap();
        self.launch.set_clock(self.launch.clock() + seconds);
    }

    /// Moves the server's clock back.
    pub fn go_back(&self, time: Duration) {
        let seconds = i64::try_from(time.as_secs()).unwrap();
        self.launch.set_clock(self.launch.clock() - seconds);
    }

    /// Another process of the binary on the same data directory.
    #[track_caller]
    pub fn cli(&self, arguments: &[&str]) -> Ran {
        self.cli_with(arguments, "")
    }

    /// The same, with something on standard input.
    #[track_caller]
    pub fn cli_with(&self, arguments: &[&str], input: &str) -> Ran {
        let data = self.launch.data.to_str().unwrap();
        let mut all = vec!["--data", data];
        all.extend_from_slice(arguments);
        run_with(&all, &[], input)
    }

    /// A look into the database, which the server may be using.
    pub fn database(&self) -> Connection {
        let path = self.data(".scitex-writer/writer.sqlite3");
        Connection::open_with_flags(path, OpenFlags::SQLITE_OPEN_READ_ONLY).unwrap()
    }

    /// The one number that a query gives.
    #[track_caller]
    pub fn count(&self, sql: &str) -> i64 {
        self.database()
            .query_row(sql, [], |row| row.get(0))
            .unwrap()
    }

    pub fn pid(&self) -> Pid {
        Pid::from_child(&self.child)
    }

    pub fn signal(&self, signal: Signal) {
        kill_process(self.pid(), signal).unwrap();
    }

    /// `kill -9`.
    pub fn kill(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }

    /// Waits for the process to end by itself, `None` if it does not.
    pub fn ended(&mut self, time: Duration) -> Option<ExitStatus> {
        let mut status = None;
        within(time, || {
            status = self.child.try_wait().unwrap();
            status.is_some()
        });
        if status.is_some()
            && let Some(reader) = self.reader.take()
        {
            reader.join().unwrap();
        }
        status
    }

    /// Waits for the process to die at a crash point.
    #[track_caller]
    pub fn crashed(&mut self) {
        let status = self.ended(super::PATIENCE);
        let signal = status.and_then(|status| status.signal());
        assert_eq!(signal, Some(9), "{status:?}; log:\n{}", self.log());
    }

    /// SIGTERM; fails unless the server then ends well within the drain's ten seconds and a little.
    #[track_caller]
    pub fn stop(&mut self) {
        self.signal(Signal::TERM);
        let status = self.ended(Duration::from_secs(15));
        assert_eq!(
            status.and_then(|status| status.code()),
            Some(0),
            "{status:?}; log:\n{}",
            self.log()
        );
    }

    /// Starts it again on the same data, without crash points. Browsers find it at its new port.
    #[track_caller]
    pub fn start_again(&mut self) {
        self.start_again_with(|launch| launch);
    }

    /// The same, launched a little differently.
    #[track_caller]
    pub fn start_again_with(&mut self, change: impl FnOnce(Launch) -> Launch) {
        self.kill();
        let mut launch = self.launch.clone();
        launch.environment.clear();
        let mut new = change(launch).start();
        *self.address.lock().unwrap() = new.address();
        std::mem::swap(&mut self.child, &mut new.child);
        std::mem::swap(&mut self.stdin, &mut new.stdin);
        std::mem::swap(&mut self.reader, &mut new.reader);
        let before = self.log();
        *self.log.lock().unwrap() = String::new();
        std::mem::swap(&mut self.log, &mut new.log);
        self.log.lock().unwrap().insert_str(0, &before);
    }

    /// Fails if the server keeps a processor busy although nobody asks anything of it.
    #[track_caller]
    pub fn is_at_rest(&self) {
        // Hundredths of a second, after the name, which ends with the last parenthesis.
        let used = || {
            let path = format!("/proc/{}/stat", self.pid().as_raw_nonzero());
            let stat = fs::read_to_string(path).unwrap();
            let fields: Vec<&str> = stat.rsplit_once(')').unwrap().1.split(' ').collect();
            fields[12].parse::<u64>().unwrap() + fields[13].parse::<u64>().unwrap()
        };
        let mut before = used();
        eventually("the server comes to rest", || {
            let start = before;
            within(Duration::from_millis(300), || false);
            before = used();
            before - start <= 10
        });
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.kill();
        if std::thread::panicking() {
            eprintln!("--- the server's log\n{}---", self.log());
        }
    }
}
