//! Builds the front end into `OUT_DIR/web`, where rust-embed finds it.
//!
//! `web/` is copied to `OUT_DIR/stage`, so that nothing is ever written into the source tree; `npm ci` runs there when
//! the lock file has changed, and then the bundler. `WEB_DIST=dir` takes a ready bundle instead and needs no Node.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::{env, fs, io};

/// What the bundle is made from. Named one by one: watching a folder that is built in would rebuild every time.
const INPUTS: [&str; 7] = [
    "package.json",
    "package-lock.json",
    ".npmrc",
    "tsconfig.json",
    "build.mjs",
    "src",
    "pages",
];

/// Ends the build with one sentence.
macro_rules! fail {
    ($($message:tt)*) => {{
        eprintln!($($message)*);
        std::process::exit(1);
    }};
}

fn main() {
    println!("cargo::rerun-if-env-changed=WEB_DIST");
    println!("cargo::rerun-if-changed=web/build.rs");
    println!("cargo::rerun-if-changed=web/askama.toml");
    println!("cargo::rerun-if-changed=src/template");
    let out = PathBuf::from(env::var_os("OUT_DIR").unwrap_or_default());
    let dist = out.join("web");
    if let Some(ready) = env::var_os("WEB_DIST") {
        let ready = PathBuf::from(ready);
        println!("cargo::rerun-if-changed={}", ready.display());
        if !ready.join("manifest.json").is_file() {
            fail!(
                "WEB_DIST={} has no manifest.json: it is not a bundle of this front end.",
                ready.display()
            );
        }
        remove(&dist);
        copy(&ready, &dist)
            .unwrap_or_else(|error| fail!("cannot copy {}: {error}", ready.display()));
        return;
    }
    for input in INPUTS {
        println!("cargo::rerun-if-changed=web/{input}");
    }
    let stage = out.join("stage");
    for input in INPUTS {
        let (from, to) = (Path::new("web").join(input), stage.join(input));
        remove(&to);
        copy(&from, &to).unwrap_or_else(|error| fail!("cannot copy {}: {error}", from.display()));
    }
    install(&stage);
    let dist = dist.display().to_string();
    run(&stage, "node", &["build.mjs", &dist]);
}

/// Runs `npm ci` unless what is installed belongs to this lock file.
fn install(stage: &Path) {
    let lock = fs::read(stage.join("package-lock.json")).unwrap_or_default();
    let stamp = stage.join("node_modules/.installed-lock");
    if fs::read(&stamp).is_ok_and(|installed| installed == lock) {
        return;
    }
    // NODE_ENV=production would leave the bundler out; no package here needs an install script.
    let flags = [
        "ci",
        "--include=dev",
        "--ignore-scripts",
        "--no-audit",
        "--no-fund",
        "--prefer-offline",
    ];
    run(stage, "npm", &flags);
    fs::write(&stamp, lock)
        .unwrap_or_else(|error| fail!("cannot write {}: {error}", stamp.display()));
}

fn run(dir: &Path, program: &str, arguments: &[&str]) {
    match Command::new(program)
        .args(arguments)
        .current_dir(dir)
        .output()
    {
        Ok(output) if output.status.success() => {}
        Ok(output) => fail!(
            "{program} {} failed:\n{}{}",
            arguments.join(" "),
            String::from_utf8_lossy(&output.stdout),
            String::from_utf8_lossy(&output.stderr)
        ),
        Err(error) if error.kind() == io::ErrorKind::NotFound => {
            fail!(
                "The front end is built with Node.js 20 or newer, and {program} was not found. Install it, or set WEB_DIST to a ready bundle."
            )
        }
        Err(error) => fail!("cannot run {program}: {error}"),
    }
}

fn remove(path: &Path) {
    let _ = if path.is_dir() {
        fs::remove_dir_all(path)
    } else {
        fs::remove_file(path)
    };
}

fn copy(from: &Path, to: &Path) -> io::Result<()> {
    if !from.is_dir() {
        if let Some(parent) = to.parent() {
            fs::create_dir_all(parent)?;
        }
        return fs::copy(from, to).map(drop);
    }
    fs::create_dir_all(to)?;
    for entry in fs::read_dir(from)? {
        let entry = entry?;
        copy(&entry.path(), &to.join(entry.file_name()))?;
    }
    Ok(())
}
