//! Named places at which a test can make a debug build die as if by `kill -9`.

/// Dies at once, without clean-up, if this is a debug build and `SCITEX_WRITER_CRASH_AT` names `place`.
/// Release builds contain no trace of it.
#[inline]
pub fn point(place: &str) {
    #[cfg(debug_assertions)]
    if std::env::var_os("SCITEX_WRITER_CRASH_AT").is_some_and(|at| at == place) {
        eprintln!("crash point {place}");
        rustix::process::kill_process(rustix::process::getpid(), rustix::process::Signal::KILL)
            .ok();
        std::thread::park();
    }
    #[cfg(not(debug_assertions))]
    let _ = place;
}
