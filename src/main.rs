//! The program: parse, run, exit code.

use std::process::ExitCode;

fn main() -> ExitCode {
    scitex_writer::cli::main()
}
