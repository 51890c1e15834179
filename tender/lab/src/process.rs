//! Programs of the host.

use std::{
    env,
    path::PathBuf,
    process::{Command, Stdio},
    time::Duration,
};

/// Returns a command that is ended after `limit`, even if nobody waits for it any more.
#[must_use]
pub fn bounded(limit: Duration, program: &str) -> Command {
    let mut command = Command::new("timeout");
    command.args(["--foreground", "--kill-after=5", &limit.as_secs().to_string(), program]);
    command.stdin(Stdio::null());
    command
}

/// Runs a command and returns what it says on its standard output. The error is what it says on the other.
pub fn run(what: &str, command: &mut Command) -> Result<String, String> {
    let output = command.output().map_err(|error| format!("cannot start {what}: {error}"))?;
    if output.status.success() {
        return Ok(String::from_utf8_lossy(&output.stdout).into_owned());
    }
    let error = String::from_utf8_lossy(&output.stderr);
    Err(format!("{what} ended with {}: {}", output.status, error.trim()))
}

/// Returns where a program lies, in the search path or where administrators' programs are kept.
#[must_use]
pub fn find(program: &str) -> Option<PathBuf> {
    let path = env::var_os("PATH").unwrap_or_default();
    let folders = env::split_paths(&path).chain(["/usr/sbin".into(), "/sbin".into()]);
    folders.map(|folder| folder.join(program)).find(|file| file.is_file())
}
