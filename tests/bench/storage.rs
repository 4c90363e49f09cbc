//! `cargo bench`: the database writer alone and in a group, and the section store on top of it.
//!
//! All of it is durable (`synchronous=FULL`), so the numbers are those of the disk that the temporary directory is on.

#![expect(
    clippy::expect_used,
    reason = "a benchmark that cannot be set up says where and ends"
)]
#![allow(missing_docs, reason = "criterion's macros make public functions")]

use std::hint::black_box;

use criterion::{BatchSize, Criterion, Throughput, criterion_group, criterion_main};
use scitex_writer::domain::changes::ChangeSet;
use scitex_writer::domain::projects::Projects;
use scitex_writer::domain::rooms::Rooms;
use scitex_writer::domain::sections::{SectionEdit, Sections};
use scitex_writer::domain::{Error, merge};
use scitex_writer::ground::clock::{Clock, Timestamp};
use scitex_writer::ground::ids::{ProjectId, SectionId};
use scitex_writer::storage::database::Database;
use scitex_writer::storage::workspace::Workspace;
use scitex_writer::storage::{meta, users};
use tokio::runtime::Runtime;
use tokio::task::JoinSet;

/// A database with its runtime; the directory goes when it is dropped.
struct Bench {
    runtime: Runtime,
    db: Database,
    workspace: Workspace,
    _dir: tempfile::TempDir,
}

impl Bench {
    fn new() -> Self {
        let dir = tempfile::tempdir().expect("a temporary directory");
        let workspace = Workspace::open(dir.path()).expect("a data directory");
        let db = Database::open(&workspace.database(), 4).expect("a database");
        let runtime = Runtime::new().expect("a runtime");
        Self {
            runtime,
            db,
            workspace,
            _dir: dir,
        }
    }

    /// The sections of a new member's project.
    fn sections(&self) -> (Sections, ProjectId) {
        let now = Timestamp(0);
        let projects = Projects::new(self.db.clone(), self.workspace.clone());
        let project = self.runtime.block_on(async {
            let user = self
                .db
                .write(move |tx| Ok::<_, Error>(users::insert_member(tx, "ada", "", false, now)?));
            let user = user.await.expect("a user");
            projects
                .create_first(user, "ada".to_owned(), "paper", now)
                .await
                .expect("a project");
            let find = move |connection: &_| Ok::<_, Error>(users::last_project(connection, user)?);
            self.db.read(find).await
        });
        let project = project.expect("an answer").expect("the project");
        let rooms = Rooms::new(self.db.clone(), projects.clone(), Clock::system());
        (Sections::new(self.db.clone(), projects, rooms), project)
    }
}

/// Six kilobytes of LaTeX in which `number` changes one sentence in the middle.
fn text(number: u64) -> String {
    let half = "Sharp-wave ripples mark moments of memory replay \\citep{buzsaki2015}, and their rate falls.\n".repeat(33);
    format!("{half}Edit number {number} of this section.\n{half}")
}

fn database_writer(criterion: &mut Criterion) {
    let bench = Bench::new();
    let write = |db: &Database| db.write(|tx| Ok::<_, Error>(meta::set(tx, "bench", "value")?));
    let mut group = criterion.benchmark_group("database writer");
    group.throughput(Throughput::Elements(1));
    group.bench_function("one durable write after the other", |bencher| {
        bencher.iter(|| bench.runtime.block_on(write(&bench.db)).expect("a commit"));
    });
    group.throughput(Throughput::Elements(64));
    group.bench_function("64 durable writes at once", |bencher| {
        bencher.iter(|| {
            bench.runtime.block_on(async {
                let writes: JoinSet<_> = (0..64).map(|_| write(&bench.db)).collect();
                writes.join_all().await
            })
        });
    });
    group.finish();
}

fn section_store(criterion: &mut Criterion) {
    let bench = Bench::new();
    let (sections, project) = bench.sections();
    let id: SectionId = "manuscript/abstract".parse().expect("a section");
    let mut group = criterion.benchmark_group("section store");
    group.bench_function("read", |bencher| {
        bencher.iter(|| {
            bench
                .runtime
                .block_on(sections.read(project, &id))
                .expect("a text")
        });
    });
    let mut number = 0;
    group.bench_function("durable save of 6 KB", |bencher| {
        bencher.iter_batched(
            || {
                number += 1;
                SectionEdit {
                    id: id.clone(),
                    content: text(number),
                    base: None,
                }
            },
            |edit| {
                bench
                    .runtime
                    .block_on(sections.save(project, vec![edit], "ada", Timestamp(0)))
                    .expect("saved")
            },
            BatchSize::SmallInput,
        );
    });
    group.bench_function("outline with word counts", |bencher| {
        bencher.iter(|| {
            bench
                .runtime
                .block_on(sections.outline(project))
                .expect("an outline")
        });
    });
    group.finish();
}

fn texts(criterion: &mut Criterion) {
    let (old, new) = (text(1), text(2));
    let mut group = criterion.benchmark_group("texts of 6 KB");
    group.bench_function("change set between two", |bencher| {
        bencher.iter(|| ChangeSet::between(black_box(&old), black_box(&new)));
    });
    let change = ChangeSet::between(&old, &new).expect("a difference");
    group.bench_function("change set applied", |bencher| {
        bencher.iter(|| change.apply(black_box(&old)));
    });
    let theirs = format!("{old}One more line.\n");
    group.bench_function("three-way merge", |bencher| {
        bencher.iter(|| merge::three_way(black_box(&old), black_box(&new), black_box(&theirs)));
    });
    group.finish();
}

criterion_group!(benches, database_writer, section_store, texts);
criterion_main!(benches);
