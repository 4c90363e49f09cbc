//! The program: parse, run, exit code.

use std::process::ExitCode;

/// Quicker than the C library's with many small requests on several threads.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> ExitCode {
    scitex_writer::cli::main()
}
