//! Settings: a flag counts more than the environment, that more than the file, that more than the default; what is
//! wrong is said before anything is bound or made.

use std::fs;
use std::io::{BufRead as _, BufReader};
use std::path::Path;
use std::process::{Command, Stdio};

use crate::harness::{Launch, Ran, Request, Server, run, run_with, scratch};

/// Starts `serve` with exactly these arguments and environment, and returns the slots' number and the lease in seconds.
fn pool_and_lease(arguments: &[&str], environment: &[(&str, &str)]) -> (i64, u64) {
    let mut child = Command::new(env!("CARGO_BIN_EXE_scitex-writer"))
        .env_clear()
        .args(arguments)
        .envs(environment.iter().copied())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    let mut line = String::new();
    BufReader::new(child.stdout.take().unwrap())
        .read_line(&mut line)
        .unwrap();
    let address = line
        .trim()
        .strip_prefix("listening on http://")
        .unwrap()
        .trim_end_matches('/')
        .parse()
        .unwrap();
    let get = |path: &str, cookie: &str| {
        Request::new("GET", path)
            .header("Accept", "text/html")
            .header("Cookie", cookie)
            .try_send(address)
            .unwrap()
            .expect(200)
    };
    let total = get("/writer/api/pool/status/", "").json()["total"]
        .as_i64()
        .unwrap();
    let page = get("/writer/", "");
    let cookie = page.all("set-cookie").next().unwrap();
    let cookie = cookie.split(';').next().unwrap();
    let session = get("/writer/api/session/", cookie).json();
    let left = session["lease"]["seconds_left"].as_u64().unwrap();
    let _ = child.kill();
    let _ = child.wait();
    (total, left)
}

fn config(directory: &Path, text: &str) -> String {
    let file = directory.join("writer.toml");
    fs::write(&file, text).unwrap();
    file.to_str().unwrap().to_owned()
}

#[test]
fn a_flag_beats_the_environment_that_beats_the_file_that_beats_the_default() {
    let scratch = scratch();
    let data = |name: &str| scratch.path().join(name).to_str().unwrap().to_owned();
    let file = config(
        scratch.path(),
        &format!(
            "data = {:?}\nlisten = \"127.0.0.1:0\"\npool-size = 3\nlease = \"3h\"\n",
            data("from-file")
        ),
    );
    let near = |left: u64, hours: u64| (hours * 3600 - 30..=hours * 3600).contains(&left);

    let (total, left) = pool_and_lease(&["serve", "--config", &file], &[]);
    assert!(total == 3 && near(left, 3), "{total} {left}");
    assert!(scratch.path().join("from-file/.scitex-writer").is_dir());

    let environment = [
        ("SCITEX_WRITER_CONFIG", file.as_str()),
        ("SCITEX_WRITER_DATA", &data("from-env")),
        ("SCITEX_WRITER_POOL_SIZE", "2"),
        ("SCITEX_WRITER_LEASE", "2h"),
    ];
    let (total, left) = pool_and_lease(&["serve"], &environment);
    assert!(total == 2 && near(left, 2), "{total} {left}");
    assert!(scratch.path().join("from-env/.scitex-writer").is_dir());

    let flag = data("from-flag");
    let flags = [
        "serve",
        "--data",
        &flag,
        "--pool-size",
        "1",
        "--lease",
        "1h",
    ];
    let (total, left) = pool_and_lease(&flags, &environment);
    assert!(total == 1 && near(left, 1), "{total} {left}");

    let plain = data("default");
    let flags = ["--data", &plain, "serve", "--listen", "127.0.0.1:0"];
    let (total, left) = pool_and_lease(&flags, &[]);
    assert!(total == 32 && near(left, 24), "{total} {left}");
}

/// `serve` with a setting that is wrong: it ends before it has made or bound anything.
#[track_caller]
fn refused(extra: &[&str], environment: &[(&str, &str)], says: &str) -> Ran {
    let scratch = scratch();
    let data = scratch.path().join("data");
    let mut arguments = vec!["serve", "--data", data.to_str().unwrap()];
    arguments.extend_from_slice(extra);
    let ran = run_with(&arguments, environment, "");
    assert!(matches!(ran.code, Some(1 | 2)), "{extra:?}: {ran:?}");
    assert!(ran.stderr.contains(says), "{extra:?}: {ran:?}");
    assert!(!ran.stderr.contains("panicked"), "{ran:?}");
    assert!(ran.stdout.is_empty(), "{ran:?}");
    assert!(!data.exists(), "{extra:?}: something was made: {ran:?}");
    ran
}

#[test]
fn bad_flags_end_with_a_sentence_before_anything_is_made() {
    for (flag, values) in [
        (
            "--listen",
            &["nonsense", "127.0.0.1", "localhost:99999", ":8000"][..],
        ),
        (
            "--pool-size",
            &["-1", "many", "10001", "4294967296", "1.5", ""],
        ),
        ("--lease", &["soon", "0s", "24", "-1h", "1000d", "", "1s1"]),
        ("--max-connections", &["0", "-1", "x"]),
        ("--attempts-per-minute", &["0", "-1", "x"]),
        ("--trust-proxy", &["localhost", "10.0.0.0/99", "1.2.3"]),
        ("--log", &["=="]),
    ] {
        for value in values {
            let name = flag.split('-').nth(2).unwrap();
            refused(&[&format!("{flag}={value}")], &[], name);
        }
    }
    refused(&["--unknown"], &[], "--unknown");
    refused(&["extra"], &[], "extra");
}

#[test]
fn bad_values_in_the_environment_end_with_a_sentence() {
    for (name, value) in [
        ("SCITEX_WRITER_LISTEN", "nonsense"),
        ("SCITEX_WRITER_POOL_SIZE", "many"),
        ("SCITEX_WRITER_LEASE", "soon"),
        ("SCITEX_WRITER_CONFIG", "/nowhere/writer.toml"),
    ] {
        refused(&[], &[(name, value)], value);
    }
}

#[test]
fn bad_files_end_with_a_sentence_that_names_file_and_place() {
    let scratch = scratch();
    for (text, says) in [
        ("pool-size = \"many\"\n", "pool-size"),
        ("pool_size = 3\n", "pool_size"),
        ("lease = \"soon\"\n", "soon"),
        ("lease = 24\n", "lease"),
        ("listen = \"nonsense\"\n", "listen"),
        ("unknown-key = 1\n", "unknown-key"),
        ("pool-size = 1\npool-size = 2\n", "pool-size"),
        ("= 1", "writer.toml"),
        ("[section]\npool-size = 1\n", "section"),
        ("pool-size = 99999\n", "99999"),
        ("max-connections = 0\n", "max-connections"),
    ] {
        let file = config(scratch.path(), text);
        refused(&["--config", &file], &[], says);
    }
    let missing = scratch.path().join("missing.toml");
    let ran = refused(
        &["--config", missing.to_str().unwrap()],
        &[],
        "missing.toml",
    );
    assert_eq!(ran.code, Some(1));
    let directory = scratch.path().to_str().unwrap();
    refused(&["--config", directory], &[], directory);
    let binary = scratch.path().join("binary.toml");
    fs::write(&binary, [0xff, 0xfe, 0]).unwrap();
    refused(&["--config", binary.to_str().unwrap()], &[], "binary.toml");
}

#[test]
fn a_port_that_is_taken_is_a_sentence() {
    let server = Server::start();
    let scratch = scratch();
    let data = scratch.path().to_str().unwrap().to_owned();
    let taken = server.address().to_string();
    let arguments = [
        "serve",
        "--data",
        &data,
        "--listen",
        &taken,
        "--pool-size",
        "0",
    ];
    let ran = run(&arguments).failed(1, &taken);
    assert!(ran.stderr.contains("cannot listen"), "{ran:?}");
    run(&[
        "serve",
        "--data",
        &data,
        "--listen",
        "192.0.2.1:1",
        "--pool-size",
        "0",
    ])
    .failed(1, "192.0.2.1:1");
}

#[test]
fn help_says_what_there_is() {
    let help = run(&["--help"]).ok().stdout;
    for word in [
        "serve",
        "pool",
        "user",
        "completions",
        "--data",
        "--config",
        "SCITEX_WRITER_DATA",
    ] {
        assert!(help.contains(word), "{word}: {help}");
    }
    let serve = run(&["serve", "--help"]).ok().stdout;
    for word in [
        "--listen",
        "--pool-size",
        "--lease",
        "--trust-proxy",
        "24h",
        "127.0.0.1:8000",
        "SCITEX_WRITER_LISTEN",
    ] {
        assert!(serve.contains(word), "{word}: {serve}");
    }
    assert!(!serve.contains("clock-offset"), "that one is for tests");
    for command in [
        &["pool"][..],
        &["pool", "init"],
        &["pool", "reset"],
        &["user"],
        &["user", "remove"],
    ] {
        let mut arguments = command.to_vec();
        arguments.push("--help");
        let help = run(&arguments).ok().stdout;
        assert!(help.contains("Usage: scitex-writer"), "{help}");
        assert!(
            help.lines().all(|line| line.chars().count() <= 100),
            "{help}"
        );
    }
    let nothing = run(&[]);
    assert_eq!(nothing.code, Some(2));
    assert!(nothing.stderr.contains("Usage"), "{nothing:?}");
}

#[test]
fn the_version_is_the_packages() {
    let version = run(&["--version"]).ok().stdout;
    assert_eq!(
        version,
        format!("scitex-writer {}\n", env!("CARGO_PKG_VERSION"))
    );
}

#[test]
fn completions_are_scripts_for_the_shell() {
    let bash = run(&["completions", "bash"]).ok().stdout;
    assert!(bash.contains("complete -F") && bash.contains("scitex-writer"));
    let script = scratch();
    let file = script.path().join("completions");
    fs::write(&file, bash).unwrap();
    let checked = Command::new("bash").arg("-n").arg(&file).status().unwrap();
    assert!(checked.success());
    for shell in ["zsh", "fish"] {
        assert!(run(&["completions", shell]).ok().stdout.len() > 500);
    }
    run(&["completions", "tcsh"]).failed(2, "tcsh");
}

#[test]
fn standard_output_that_nobody_reads_does_not_matter() {
    let launch = Launch::new();
    let mut child = launch.spawn();
    // The pipe is never read.
    assert!(child.ended(std::time::Duration::from_millis(500)).is_none());
    child.stop();
}
