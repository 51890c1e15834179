//! What is checked, built: the tender, the tests of its cage, and images.

use std::{
    path::{Path, PathBuf},
    process::{Command, Stdio},
};

use cargo_metadata::Message;

use crate::report;

/// Files by the name that they have in the machine.
pub(super) type Programs = Vec<(&'static str, PathBuf)>;

/// The platform of the tender, named so that flags do not reach what builds it.
const PLATFORM: &str = "x86_64-unknown-linux-gnu";
/// The machine has no library.
const FLAGS: &str = "-C target-feature=+crt-static";

/// Images by name, and the folders of their projects.
const PROJECTS: [(&str, &str); 8] = [
    ("hello-key", "example/hello-key"),
    ("timeouts", "example/timeouts"),
    ("block", "example/block"),
    ("kv", "example/kv"),
    ("app-info", "example/app-info"),
    ("echo", "example/echo"),
    ("site", "example/site"),
    ("hostile", "tender/hostile"),
];

/// Builds all of it; `target` is the folder that cargo builds in.
pub(super) fn all(root: &Path, target: &Path) -> Result<Programs, String> {
    report::step("building what runs in the lab");
    // Where `sarab run` builds its tender, too.
    let folder = target.join("sarab");
    let test = ["test", "--no-run", "--test", "hvt"];
    let cage = cargo(root, &folder, &test, "hvt")?;
    // Tests have other features of its dependencies, so the tender as users have it comes last.
    let tender = cargo(root, &folder, &["build"], "sarab-hvt")?;
    let mut programs = vec![("cage", cage), ("sarab-hvt", tender)];
    for (name, project) in PROJECTS {
        programs.push((name, image(root, project)?));
    }
    Ok(programs)
}

/// Builds a part of the tender and returns the program called `name`.
fn cargo(root: &Path, folder: &Path, words: &[&str], name: &str) -> Result<PathBuf, String> {
    let output = Command::new("cargo")
        .args(words)
        .args(["--quiet", "--package", "sarab-hvt", "--release", "--target", PLATFORM])
        .args(["--message-format", "json-render-diagnostics", "--target-dir"])
        .arg(folder)
        .env("RUSTFLAGS", FLAGS)
        .env_remove("CARGO_ENCODED_RUSTFLAGS")
        .current_dir(root)
        .stderr(Stdio::inherit())
        .output()
        .map_err(|error| format!("cannot start cargo: {error}"))?;
    let mut messages = Message::parse_stream(output.stdout.as_slice()).flatten();
    let program = messages.find_map(|message| match message {
        Message::CompilerArtifact(artifact) if artifact.target.name == name => artifact.executable,
        _ => None,
    });
    let program = program.filter(|_| output.status.success());
    program.map(Into::into).ok_or_else(|| format!("`cargo {}` failed", words.join(" ")))
}

/// Builds an image as a user does and returns the file that is named.
fn image(root: &Path, project: &str) -> Result<PathBuf, String> {
    let output = Command::new("cargo")
        .args(["run", "--quiet", "--package", "sarab-cli", "--bin", "sarab", "--"])
        .args(["build", "-t", "hvt", project, "--message-format", "json"])
        .current_dir(root)
        .output()
        .map_err(|error| format!("cannot start cargo: {error}"))?;
    let said = String::from_utf8_lossy(&output.stdout);
    let image = said.split("\"image\":\"").nth(1).and_then(|rest| rest.split('"').next());
    let image = image.filter(|_| output.status.success()).map(PathBuf::from);
    let error = || format!("sarab build {project}: {}", String::from_utf8_lossy(&output.stderr));
    image.ok_or_else(error)
}
