//! One SQLite database in WAL mode: reads through a pool, all writes of this process through one thread.
//!
//! The writer takes what has queued up, runs each job in its own savepoint, commits once with
//! `synchronous=FULL`, and only then answers (group commit). An answer therefore means durable.
//! Other processes of the same binary may use the same file at the same time.

use std::ops::Deref;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::Path;
use std::thread;
use std::time::Duration;

use r2d2::Pool;
use r2d2_sqlite::SqliteConnectionManager;
use rusqlite::{Connection, OpenFlags};
use tokio::sync::{mpsc, oneshot};

use super::error::Error;
use super::schema;

/// Jobs in one commit, so that the first of them need not wait for an endless group.
const GROUP: usize = 256;
/// How long a statement waits for another process's transaction.
const BUSY: Duration = Duration::from_secs(10);

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
    writer: mpsc::UnboundedSender<Job>,
}

impl Database {
    /// Opens the file, creates it if it is missing, brings its schema up to date, and starts the writer.
    ///
    /// # Errors
    /// [`Error::Corrupt`] or [`Error::Newer`] if the file cannot be used, others as they come.
    pub fn open(path: &Path, readers: u32) -> Result<Self, Error> {
        let mut connection = Connection::open(path)?;
        connection.busy_timeout(BUSY)?;
        schema::check_and_upgrade(&mut connection, path)?;
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

        let (writer, jobs) = mpsc::unbounded_channel();
        // The thread ends, and closes its connection, when the last sender is gone.
        thread::Builder::new()
            .name("database-writer".to_owned())
            .spawn(move || run_writer(&connection, jobs))?;
        Ok(Self { readers, writer })
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
    let run = |sql: &str| {
        connection
            .prepare_cached(sql)?
            .execute([])
            .map_err(Error::from)
            .map(drop)
    };
    run("SAVEPOINT job")?;
    let outcome = catch_unwind(AssertUnwindSafe(|| job(&Tx(connection)))).unwrap_or_else(|_| {
        let panic = std::io::Error::other("a database job panicked");
        Err(Error::from(panic).into())
    });
    if outcome.is_err() && !connection.is_autocommit() {
        run("ROLLBACK TO job")?;
    }
    if !connection.is_autocommit() {
        run("RELEASE job")?;
    }
    outcome
}

fn run_writer(connection: &Connection, mut jobs: mpsc::UnboundedReceiver<Job>) {
    let mut answers = Vec::with_capacity(GROUP);
    while let Some(first) = jobs.blocking_recv() {
        let outcome = commit_group(connection, first, &mut jobs, &mut answers);
        for answer in answers.drain(..) {
            answer(outcome.as_ref().map(|()| ()));
        }
    }
}

/// Runs `first` and what else is waiting in one transaction, and commits it.
fn commit_group(
    connection: &Connection,
    first: Job,
    jobs: &mut mpsc::UnboundedReceiver<Job>,
    answers: &mut Vec<Answer>,
) -> Result<(), Error> {
    if let Err(error) = connection
        .execute_batch("BEGIN IMMEDIATE")
        .map_err(Error::from)
    {
        answers.push(first(Err(error.clone())));
        return Err(error);
    }
    answers.push(first(Ok(connection)));
    while answers.len() < GROUP
        && !connection.is_autocommit()
        && let Ok(job) = jobs.try_recv()
    {
        answers.push(job(Ok(connection)));
    }
    if connection.is_autocommit() {
        // A full disk or a failed write makes SQLite roll the whole transaction back.
        return Err(std::io::Error::other(
            "the disk refused a write, the transaction was rolled back",
        )
        .into());
    }
    connection.execute_batch("COMMIT").map_err(|error| {
        if !connection.is_autocommit() {
            let _ = connection.execute_batch("ROLLBACK");
        }
        error.into()
    })
}
