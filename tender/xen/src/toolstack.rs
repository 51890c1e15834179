//! Xen's toolstack: its programs `xl`, `xenstore-read` and `xenstore-write`.

use std::{
    fs::File,
    io,
    os::unix::process::CommandExt as _,
    path::Path,
    process::{Child, Command, Stdio},
};

use sarab_lab::process::run;

/// Starts the domain that the file at `config` tells of. The process ends when the domain has; what it says goes to `log`.
pub(crate) fn create(config: &Path, log: &File) -> io::Result<Child> {
    let mut command = program("xl");
    command.args(["create", "-F"]).arg(config);
    command.stdout(log.try_clone()?).stderr(log.try_clone()?).spawn()
}

/// Returns the number of the domain `name`, if there is one.
pub(crate) fn number(name: &str) -> Option<u32> {
    let said = run("xl", program("xl").args(["domid", name])).ok()?;
    said.trim().parse().ok()
}

/// Asks the domain `name` to end, as `xl shutdown` does; that one waits until the guest has taken notice.
pub(crate) fn shutdown(name: &str) -> Result<(), String> {
    let number = number(name).ok_or("there is no such domain")?;
    let path = format!("/local/domain/{number}/control/shutdown");
    run("xenstore-write", program("xenstore-write").args([&path, "poweroff"])).map(drop)
}

/// Takes the domain `name` away.
pub(crate) fn destroy(name: &str) -> Result<(), String> {
    run("xl", program("xl").args(["destroy", name])).map(drop)
}

/// Reads what stands at `path` in what the store has of the domain `number`.
pub(crate) fn read(number: u32, path: &str) -> Option<String> {
    let path = format!("/local/domain/{number}/{path}");
    let said = run("xenstore-read", program("xenstore-read").arg(path)).ok()?;
    Some(said.trim_end_matches('\n').to_owned())
}

/// Returns a program that Ctrl-C in a terminal does not reach.
fn program(name: &str) -> Command {
    let mut command = Command::new(name);
    command.stdin(Stdio::null()).process_group(0);
    command
}
