//! What is checked, built: tenders, their tests, and images.

use std::{
    path::{Path, PathBuf},
    process::{Command, Stdio},
};

use cargo_metadata::Message;

/// Files by the name that they have in the machine.
pub(super) type Programs = Vec<(&'static str, PathBuf)>;

/// The platform of the tender, named so that flags do not reach what builds it.
const PLATFORM: &str = "x86_64-unknown-linux-gnu";
/// The machine has no library.
const FLAGS: &str = "-C target-feature=+crt-static";

/// Builds a part of `package` with these words for cargo, and returns the program called `name`. `target` is the
/// folder that cargo builds in.
pub(super) fn program(
    root: &Path,
    target: &Path,
    package: &str,
    words: &[&str],
    name: &str,
) -> Result<PathBuf, String> {
    let output = Command::new("cargo")
        .args(words)
        .args(["--quiet", "--package", package, "--release", "--target", PLATFORM])
        .args(["--message-format", "json-render-diagnostics", "--target-dir"])
        // Where `sarab run` builds its tender, too.
        .arg(target.join("sarab"))
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

/// Builds images for the target called `target`, each by the name and the folder of its project.
pub(super) fn images(
    root: &Path,
    target: &str,
    projects: &[(&'static str, &str)],
) -> Result<Programs, String> {
    let images = projects.iter();
    images.map(|(name, project)| Ok((*name, image(root, target, project)?))).collect()
}

/// Builds an image as a user does and returns the file that is named.
fn image(root: &Path, target: &str, project: &str) -> Result<PathBuf, String> {
    let output = Command::new("cargo")
        .args(["run", "--quiet", "--package", "sarab-cli", "--bin", "sarab", "--"])
        .args(["build", "-t", target, project, "--message-format", "json"])
        .current_dir(root)
        .output()
        .map_err(|error| format!("cannot start cargo: {error}"))?;
    let said = String::from_utf8_lossy(&output.stdout);
    let image = said.split("\"image\":\"").nth(1).and_then(|rest| rest.split('"').next());
    let image = image.filter(|_| output.status.success()).map(PathBuf::from);
    let error = || format!("sarab build {project}: {}", String::from_utf8_lossy(&output.stderr));
    image.ok_or_else(error)
}
