//! One `SQLite` database in WAL mode: reads through a pool, all writes of this process through one thread.
//!
//! The writer takes what has queued up, runs each job in its own savepoint, commits once with
//! `synchronous=FULL`, and only then answers (group commit). An answer therefore means durable.
//! Other processes of the same binary may use the same file at the same time.
//!
//! What decides who may do what is asked for by every request and seldom changes. [`Database::generation`] is a number
//! that changes whenever those tables do, so that an answer can be kept as long as it stays the same.

use std::ops::Deref;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::mpsc::{self, RecvTimeoutError};
use std::thread;
use std::time::Duration;

use r2d2::Pool;
use r2d2_sqlite::SqliteConnectionManager;
use rusqlite::{Connection, OpenFlags};
use tokio::sync::oneshot;

use super::error::Error;
use super::lock::Exclusive;
use super::schema;

/// Jobs in one commit, so that the first of them need not wait for an endless group.
const GROUP: usize = 256;
/// How long a statement waits for another process's transaction.
const BUSY: Duration = Duration::from_secs(10);

/// How often the writer looks whether another process has written, while it has nothing else to do.
const LOOK: Duration = Duration::from_millis(50);
/// The tables that decide who may do what.
const RIGHTS: [&str; 5] = [
    "sessions",
    "users",
    "projects",
    "visitor_allocations",
    "project_members",
];

/// A write transaction in progress. Functions that change rows ask for this rather than for a connection.
pub struct Tx<'a>(&'a Connection);

impl Deref for Tx<'_> {
    type Target = Connection;

    fn deref(&self) -> &Connection {
        self.0
    }
}

/// Runs a job in a transaction, or is told why there is none; gives back what is to be called with the commit's outcome.
type Job = Box<dyn FnOnce(Result<&Connection, Error>) -> Answer + Send>;
type Answer = Box<dyn FnOnce(Result<(), &Error>) + Send>;

/// The database. Cheap to clone.
#[derive(Clone)]
pub struct Database {
    readers: Pool<SqliteConnectionManager>,
    writer: mpsc::Sender<Job>,
    generation: Arc<AtomicU64>,
    outside: Arc<AtomicU64>,
}

impl Database {
    /// Opens the file, creates it if it is missing, brings its schema up to date, and starts the writer.
    ///
    /// # Errors
    /// [`Error::Corrupt`] or [`Error::Newer`] if the file cannot be used, others as they come.
    pub fn open(path: &Path, readers: u32) -> Result<Self, Error> {
        let mut connection = Connection::open(path)?;
        connection.busy_timeout(BUSY)?;
        {
            // Two processes that find no tables, or old ones, must not both make them.
            let _alone = Exclusive::acquire(&path.with_extension("lock"))?;
            schema::check_and_upgrade(&mut connection, path)?;
        }
        connection.pragma_update(None, "synchronous", "FULL")?;
        connection.pragma_update(None, "foreign_keys", true)?;
        connection.set_prepared_statement_cache_capacity(128);

        let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
        let manager = SqliteConnectionManager::file(path)
            .with_flags(flags)
            .with_init(|reader| {
                reader.busy_timeout(BUSY)?;
                reader.pragma_update(None, "query_only", true)?;
                reader.pragma_update(None, "cache_size", -1024)?;
                reader.set_prepared_statement_cache_capacity(64);
                Ok(())
            });
        let readers = Pool::builder()
            .max_size(readers)
            .min_idle(Some(1))
            .test_on_check_out(false)
            .build(manager)?;

        let (sender, jobs) = mpsc::channel();
        let generation = Arc::new(AtomicU64::new(0));
        let outside = Arc::new(AtomicU64::new(0));
        let writer = Writer::new(connection, jobs, generation.clone(), outside.clone())?;
        // The thread ends, and closes its connection, when the last sender is gone.
        thread::Builder::new()
            .name("database-writer".to_owned())
            .spawn(move || writer.run())?;
        Ok(Self {
            readers,
            writer: sender,
            generation,
            outside,
        })
    }

    /// Moves what is in the write-ahead log into the database file, so that a stopped server leaves one whole file.
    ///
    /// # Errors
    /// What the database says; nothing is lost then, the log is read at the next start.
    pub fn fold_log(path: &Path) -> Result<(), Error> {
        let connection = Connection::open(path)?;
        connection.busy_timeout(BUSY)?;
        let fold = |row: &rusqlite::Row<'_>| row.get::<_, i64>(0);
        connection.query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], fold)?;
        Ok(())
    }

    /// Changes with every commit that touched the tables of sessions, users, projects, members or allocations: before the
    /// commit is answered if it is this process's, within 50 ms if it is another's. To keep an answer of the database,
    /// take the number first, then ask; the answer holds as long as the number is the same.
    #[must_use]
    pub fn generation(&self) -> u64 {
        self.generation.load(Ordering::Acquire)
    }

    /// Changes within 50 ms of every commit of another process.
    #[must_use]
    pub fn outside(&self) -> u64 {
        self.outside.load(Ordering::Acquire)
    }

    /// Runs `query` on a reader, off the async threads.
    ///
    /// # Errors
    /// What `query` returns, or that no reader could be had.
    pub async fn read<T, E>(
        &self,
        query: impl FnOnce(&Connection) -> Result<T, E> + Send + 'static,
    ) -> Result<T, E>
    where
        T: Send + 'static,
        E: From<Error> + Send + 'static,
    {
        let readers = self.readers.clone();
        tokio::task::spawn_blocking(move || query(&*readers.get().map_err(Error::from)?))
            .await
            .unwrap_or_else(|_| Err(Error::Closed.into()))
    }

    /// Like [`Database::read`], for code that is already off the async threads.
    ///
    /// # Errors
    /// As `read`.
    pub fn read_blocking<T, E: From<Error>>(
        &self,
        query: impl FnOnce(&Connection) -> Result<T, E>,
    ) -> Result<T, E> {
        query(&*self.readers.get().map_err(Error::from)?)
    }

    /// Runs `job` in the writer's next group. When the future gives `Ok`, what the job wrote is on the disk;
    /// when it gives `Err`, nothing of it is. The job is queued by the call itself, so that the order of calls is
    /// the order of jobs, and it runs even if the future is dropped. The queue holds at most one job for each
    /// request in progress, which the limit on connections bounds.
    ///
    /// # Errors
    /// What `job` returns, or the commit's failure.
    pub fn write<T, E, F>(&self, job: F) -> impl Future<Output = Result<T, E>> + Send + use<T, E, F>
    where
        F: FnOnce(&Tx<'_>) -> Result<T, E> + Send + 'static,
        T: Send + 'static,
        E: From<Error> + Send + 'static,
    {
        let (job, answer) = package(job);
        // Without a writer the job is dropped, and its answer with it.
        let _ = self.writer.send(job);
        async move { answer.await.unwrap_or_else(|_| Err(Error::Closed.into())) }
    }

    /// Like [`Database::write`], for code that is already off the async threads.
    ///
    /// # Errors
    /// As `write`.
    ///
    /// # Panics
    /// If called on an async thread.
    pub fn write_blocking<T, E>(
        &self,
        job: impl FnOnce(&Tx<'_>) -> Result<T, E> + Send + 'static,
    ) -> Result<T, E>
    where
        T: Send + 'static,
        E: From<Error> + Send + 'static,
    {
        let (job, answer) = package(job);
        self.writer.send(job).map_err(|_| Error::Closed)?;
        answer
            .blocking_recv()
            .unwrap_or_else(|_| Err(Error::Closed.into()))
    }
}

fn package<T, E>(
    job: impl FnOnce(&Tx<'_>) -> Result<T, E> + Send + 'static,
) -> (Job, oneshot::Receiver<Result<T, E>>)
where
    T: Send + 'static,
    E: From<Error> + Send + 'static,
{
    let (sender, receiver) = oneshot::channel();
    let job: Job = Box::new(move |connection| {
        let outcome = match connection {
            Ok(connection) => in_savepoint(connection, job),
            Err(failure) => Err(failure.into()),
        };
        Box::new(move |commit| {
            let outcome = match commit {
                Ok(()) => outcome,
                Err(failure) => outcome.and(Err(failure.clone().into())),
            };
            // The caller may have gone away; the work is done either way.
            let _ = sender.send(outcome);
        })
    });
    (job, receiver)
}

/// Runs one job so that its failure, or its panic, undoes its own writes and no others.
fn in_savepoint<T, E: From<Error>>(
    connection: &Connection,
    job: impl FnOnce(&Tx<'_>) -> Result<T, E>,
) -> Result<T, E> {
    run(connection, "SAVEPOINT job")?;
    let outcome = catch_unwind(AssertUnwindSafe(|| job(&Tx(connection)))).unwrap_or_else(|_| {
        let panic = std::io::Error::other("a database job panicked");
        Err(Error::from(panic).into())
    });
    if outcome.is_err() && !connection.is_autocommit() {
        run(connection, "ROLLBACK TO job")?;
    }
    if !connection.is_autocommit() {
        run(connection, "RELEASE job")?;
    }
    outcome
}

/// The writing side; lives on its own thread.
struct Writer {
    connection: Connection,
    jobs: mpsc::Receiver<Job>,
    generation: Arc<AtomicU64>,
    outside: Arc<AtomicU64>,
    /// Set by `SQLite` when a row of one of the [`RIGHTS`] is written.
    rights_touched: Arc<AtomicBool>,
    /// Changes when another connection, that is another process, has written.
    data_version: i64,
}

impl Writer {
    fn new(
        connection: Connection,
        jobs: mpsc::Receiver<Job>,
        generation: Arc<AtomicU64>,
        outside: Arc<AtomicU64>,
    ) -> Result<Self, Error> {
        let rights_touched = Arc::new(AtomicBool::new(false));
        let touched = rights_touched.clone();
        connection.update_hook(Some(move |_, _: &str, table: &str, _| {
            if RIGHTS.contains(&table) {
                touched.store(true, Ordering::Relaxed);
            }
        }))?;
        Ok(Self {
            connection,
            jobs,
            generation,
            outside,
            rights_touched,
            data_version: 0,
        })
    }

    fn run(mut self) {
        let mut answers = Vec::with_capacity(GROUP);
        loop {
            let first = match self.jobs.recv_timeout(LOOK) {
                Ok(job) => Some(job),
                Err(RecvTimeoutError::Timeout) => None,
                Err(RecvTimeoutError::Disconnected) => return,
            };
            self.look_for_other_writers();
            let Some(first) = first else { continue };
            let outcome = self.commit_group(first, &mut answers);
            if self.rights_touched.swap(false, Ordering::Relaxed) {
                self.generation.fetch_add(1, Ordering::Release);
            }
            for answer in answers.drain(..) {
                answer(outcome.as_ref().copied());
            }
        }
    }

    /// On the connection that does all the writing of this process, `data_version` changes only by others.
    fn look_for_other_writers(&mut self) {
        let version = self
            .connection
            .prepare_cached("PRAGMA data_version")
            .and_then(|mut statement| statement.query_row([], |row| row.get(0)));
        // What cannot be asked is taken for changed: that costs a query, the other way round would cost trust.
        let version = version.unwrap_or(-1);
        if version != self.data_version || version == -1 {
            self.data_version = version;
            self.outside.fetch_add(1, Ordering::Release);
            self.generation.fetch_add(1, Ordering::Release);
        }
    }

    /// Runs `first` and what else is waiting in one transaction, and commits it.
    fn commit_group(&self, first: Job, answers: &mut Vec<Answer>) -> Result<(), Error> {
        let connection = &self.connection;
        if let Err(error) = run(connection, "BEGIN IMMEDIATE") {
            answers.push(first(Err(error.clone())));
            return Err(error);
        }
        answers.push(first(Ok(connection)));
        while answers.len() < GROUP
            && !connection.is_autocommit()
            && let Ok(job) = self.jobs.try_recv()
        {
            answers.push(job(Ok(connection)));
        }
        if connection.is_autocommit() {
            // A full disk or a failed write makes SQLite roll the whole transaction back.
            let rolled_back = "the disk refused a write, the transaction was rolled back";
            return Err(std::io::Error::other(rolled_back).into());
        }
        run(connection, "COMMIT").inspect_err(|_| {
            if !connection.is_autocommit() {
                // The error that counts is the commit's.
                let _ = run(connection, "ROLLBACK");
            }
        })
    }
}

fn run(connection: &Connection, sql: &str) -> Result<(), Error> {
    connection.prepare_cached(sql)?.execute([])?;
    Ok(())
}
