//! What the machine can do at best: a loop of durable file writes, and a hyper server that does nothing but answer.

use std::convert::Infallible;
use std::fs::{self, File};
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Barrier};
use std::time::{Duration, Instant};

use bytes::Bytes;
use http_body_util::Full;
use hyper::service::service_fn;
use hyper::{Method, Request, Response, body::Incoming};
use hyper_util::rt::TokioIo;
use tokio::net::TcpListener;

use crate::report::Measured;

/// Write to a temporary name, fsync, rename, fsync the directory, on so many threads.
pub fn file_writes(
    dir: &Path,
    threads: usize,
    time: Duration,
    text: &str,
) -> anyhow::Result<Measured> {
    let barrier = Barrier::new(threads);
    let begun = Instant::now();
    let latencies = std::thread::scope(|scope| {
        let writer = |number: usize| {
            let dir = dir.join(number.to_string());
            let barrier = &barrier;
            scope.spawn(move || -> std::io::Result<Vec<Duration>> {
                fs::create_dir_all(&dir)?;
                barrier.wait();
                let mut latencies = Vec::new();
                let begun = Instant::now();
                while begun.elapsed() < time {
                    let write = Instant::now();
                    let mut file = File::create(dir.join("temporary"))?;
                    file.write_all(text.as_bytes())?;
                    file.sync_all()?;
                    fs::rename(dir.join("temporary"), dir.join("abstract.tex"))?;
                    File::open(&dir)?.sync_all()?;
                    latencies.push(write.elapsed());
                }
                Ok(latencies)
            })
        };
        let writers: Vec<_> = (0..threads).map(writer).collect();
        let mut all = Vec::new();
        for writer in writers {
            all.extend(
                writer
                    .join()
                    .map_err(|_| anyhow::anyhow!("a writer panicked"))??,
            );
        }
        anyhow::Ok(all)
    })?;
    Ok(Measured {
        latencies,
        wall: begun.elapsed(),
    })
}

/// An answer that was given once.
#[derive(Clone)]
struct Sample {
    headers: Vec<(String, String)>,
    body: Bytes,
}

impl Sample {
    fn read(file: &Path) -> anyhow::Result<Self> {
        let bytes = fs::read(file)?;
        let head = bytes
            .windows(4)
            .position(|four| four == b"\r\n\r\n")
            .unwrap_or(0);
        let lines = std::str::from_utf8(&bytes[..head])?.lines().skip(1);
        let headers = lines
            .filter_map(|line| line.split_once(": "))
            .filter(|(name, _)| !matches!(*name, "date" | "content-length" | "connection"))
            .map(|(name, value)| (name.to_owned(), value.to_owned()))
            .collect();
        Ok(Self {
            headers,
            body: Bytes::copy_from_slice(&bytes[head + 4..]),
        })
    }

    fn answer(&self) -> Response<Full<Bytes>> {
        let mut response = Response::builder();
        for (name, value) in &self.headers {
            response = response.header(name, value);
        }
        let response = response.body(Full::new(self.body.clone()));
        response.unwrap_or_default()
    }
}

/// Answers with the bodies and the headers in the files, until it is killed: a GET with the first, anything else with
/// the last.
pub async fn serve(answers: &[PathBuf]) -> anyhow::Result<()> {
    let samples = answers.iter().map(|file| Sample::read(file));
    let samples = Arc::new(samples.collect::<anyhow::Result<Vec<_>>>()?);
    let listener = TcpListener::bind("127.0.0.1:0").await?;
    println!("listening on http://{}/", listener.local_addr()?);
    loop {
        let (stream, _) = listener.accept().await?;
        stream.set_nodelay(true)?;
        let samples = samples.clone();
        let service = service_fn(move |request: Request<Incoming>| {
            let last = samples.len() - 1;
            let at = if request.method() == Method::GET {
                0
            } else {
                last
            };
            let response = samples[at].answer();
            async move { Ok::<_, Infallible>(response) }
        });
        let connection = hyper::server::conn::http1::Builder::new()
            .serve_connection(TokioIo::new(stream), service);
        tokio::spawn(async move { drop(connection.await) });
    }
}
