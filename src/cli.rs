//! The commands. Here, and only here, errors are `anyhow` and end as one sentence on standard error.

/// Prints a line on standard output; a reader who has gone away is an error, not a panic.
macro_rules! say {
    ($($text:tt)*) => {
        writeln!(std::io::stdout(), $($text)*)?
    };
}

mod config;
mod log;
mod open;
mod pool;
mod serve;
mod user;

use std::io::{self, Write as _};
use std::path::PathBuf;
use std::process::ExitCode;

use clap::{CommandFactory as _, Parser, Subcommand};

/// One binary with which a lab writes LaTeX manuscripts together in the browser.
///
/// Start it with `scitex-writer serve --data /data` and open the address it prints: whoever opens the page writes at
/// once, without an account. Everything is kept in the data directory: the manuscripts as plain .tex files under
/// <owner>/<project>/scitex/writer/, the rest under .scitex-writer/.
#[derive(Parser)]
#[command(
    name = "scitex-writer",
    version,
    propagate_version = true,
    max_term_width = 100
)]
struct Cli {
    /// The data directory
    #[arg(long, global = true, env = "SCITEX_WRITER_DATA", value_name = "DIR")]
    data: Option<PathBuf>,
    /// A TOML file with settings, e.g. `data = "/srv/writer"` and `pool-size = 64`
    ///
    /// A flag counts more than an environment variable, an environment variable more than the file. The data
    /// directory is /data if nothing names one.
    #[arg(long, global = true, env = "SCITEX_WRITER_CONFIG", value_name = "FILE")]
    config: Option<PathBuf>,
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Serve the data directory over HTTP until SIGINT or SIGTERM
    Serve(serve::ServeArgs),
    /// Make, look at, or reset the visitor pool, also while the server runs
    #[command(subcommand)]
    Pool(pool::PoolCommand),
    /// Add, list or remove accounts, also while the server runs
    #[command(subcommand)]
    User(user::UserCommand),
    /// Print a completion script for your shell
    ///
    /// For bash: scitex-writer completions bash > /etc/bash_completion.d/scitex-writer
    Completions {
        /// The shell
        shell: clap_complete::Shell,
    },
}

/// Parses the command line and runs it. 0: done; 1: failed, with a sentence on standard error; 2: bad usage.
#[must_use]
pub fn main() -> ExitCode {
    let cli = Cli::parse();
    match run(cli) {
        Ok(()) => ExitCode::SUCCESS,
        // `scitex-writer user list | head -1`: whoever reads has had enough.
        Err(error) if is_broken_pipe(&error) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("scitex-writer: {error:#}");
            ExitCode::FAILURE
        }
    }
}

fn is_broken_pipe(error: &anyhow::Error) -> bool {
    let error = error.downcast_ref::<io::Error>();
    error.is_some_and(|error| error.kind() == io::ErrorKind::BrokenPipe)
}

fn run(cli: Cli) -> anyhow::Result<()> {
    let file = config::File::read(cli.config.as_deref())?;
    let data = cli
        .data
        .or_else(|| file.data.clone())
        .unwrap_or_else(|| PathBuf::from("/data"));
    match cli.command {
        Command::Serve(args) => serve::run(&data, args, file),
        Command::Pool(command) => pool::run(&data, command, &file),
        Command::User(command) => user::run(&data, command),
        Command::Completions { shell } => {
            let mut script = Vec::new();
            clap_complete::generate(shell, &mut Cli::command(), "scitex-writer", &mut script);
            Ok(io::stdout().write_all(&script)?)
        }
    }
}
