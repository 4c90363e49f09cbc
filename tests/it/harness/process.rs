//! The binary as a command that runs to its end.

use std::io::Write as _;
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use super::within;

/// No command takes longer, however busy the machine is.
const LONGEST: Duration = Duration::from_secs(30);

/// A command that has ended.
#[derive(Debug)]
pub struct Ran {
    /// `None` if a signal ended it.
    pub code: Option<i32>,
    pub stdout: String,
    pub stderr: String,
}

impl Ran {
    /// Fails unless it went well.
    #[track_caller]
    pub fn ok(self) -> Self {
        assert_eq!(self.code, Some(0), "{self:?}");
        self
    }

    /// Fails unless it ended with this code and one sentence on standard error, without a panic.
    #[track_caller]
    pub fn failed(self, code: i32, says: &str) -> Self {
        assert_eq!(self.code, Some(code), "{self:?}");
        assert!(self.stderr.contains(says), "{self:?}");
        assert!(!self.stderr.contains("panicked"), "{self:?}");
        assert!(!self.stdout.contains("listening on"), "{self:?}");
        self
    }
}

/// The binary, with nothing of this process's environment but the path.
pub(super) fn binary() -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_scitex-writer"));
    command.env_clear();
    if let Some(path) = std::env::var_os("PATH") {
        command.env("PATH", path);
    }
    command
}

/// Runs the binary with these arguments.
#[track_caller]
pub fn run(arguments: &[&str]) -> Ran {
    run_with(arguments, &[], "")
}

/// Runs the binary with arguments, environment and standard input.
#[track_caller]
pub fn run_with(arguments: &[&str], environment: &[(&str, &str)], input: &str) -> Ran {
    let mut child = binary()
        .args(arguments)
        .envs(environment.iter().copied())
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    // A command that does not read its input hangs up on it.
    let _ = child.stdin.take().unwrap().write_all(input.as_bytes());
    let mut out = child.stdout.take().unwrap();
    let mut err = child.stderr.take().unwrap();
    let out = std::thread::spawn(move || read(&mut out));
    let err = std::thread::spawn(move || read(&mut err));
    let code = end(&mut child);
    Ran {
        code,
        stdout: out.join().unwrap(),
        stderr: err.join().unwrap(),
    }
}

fn read(from: &mut impl std::io::Read) -> String {
    let mut bytes = Vec::new();
    let _ = from.read_to_end(&mut bytes);
    String::from_utf8_lossy(&bytes).into_owned()
}

/// Waits for a process to end by itself; kills it if it does not.
fn end(child: &mut Child) -> Option<i32> {
    let mut status = None;
    let ended = within(LONGEST, || {
        status = child.try_wait().unwrap();
        status.is_some()
    });
    if !ended {
        eprintln!("a command did not end within {LONGEST:?}");
        let _ = child.kill();
        let _ = child.wait();
    }
    status.and_then(|status| status.code())
}
