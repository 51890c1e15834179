//! Programs of the host that tests and benchmarks need: found, or installed where that is allowed.

use std::process::{Command, Stdio};

pub(crate) use sarab_lab::process::find;

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
    packages(&missing)
}

/// Installs Debian packages.
pub(crate) fn packages(wanted: &[&str]) -> Done {
    report::step(&format!("installing {}", wanted.join(", ")));
    install(wanted)
        .map_err(|why| format!("{why}; install these packages by hand: {}", wanted.join(" ")))
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
