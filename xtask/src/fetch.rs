//! Programs of the host that tests and benchmarks need: found, or installed where that is allowed.

use std::{
    env,
    path::PathBuf,
    process::{Command, Stdio},
};

use crate::{Done, report};

/// Makes sure that each program is there; installs its Debian package where it is not.
pub(crate) fn programs(wanted: &[(&str, &str)]) -> Done {
    let missing: Vec<&str> = wanted
        .iter()
        .filter(|(program, _)| find(program).is_none())
        .map(|(_, package)| *package)
        .collect();
    if missing.is_empty() {
        return Ok(());
    }
    report::step(&format!("installing {}", missing.join(", ")));
    install(&missing)
        .map_err(|why| format!("{why}; install these packages by hand: {}", missing.join(" ")))
}

/// Returns where a program lies, in the search path or where administrators' programs are kept.
pub(crate) fn find(program: &str) -> Option<PathBuf> {
    let path = env::var_os("PATH").unwrap_or_default();
    let folders = env::split_paths(&path).chain(["/usr/sbin".into(), "/sbin".into()]);
    folders.map(|folder| folder.join(program)).find(|file| file.is_file())
}

fn install(packages: &[&str]) -> Done {
    apt(&["update", "--quiet=2"])?;
    let mut arguments = vec!["install", "--quiet=2", "--yes", "--no-install-recommends"];
    arguments.extend(packages);
    apt(&arguments)
}

fn apt(arguments: &[&str]) -> Done {
    let status = Command::new("apt-get")
        .args(arguments)
        .env("DEBIAN_FRONTEND", "noninteractive")
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .status();
    match status {
        Ok(status) if status.success() => Ok(()),
        Ok(_) => Err(format!("`apt-get {}` failed", arguments.join(" "))),
        Err(error) => Err(format!("cannot start apt-get: {error}")),
    }
}
