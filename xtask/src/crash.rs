//! `cargo xtask crash`: the campaign of `quality/crash`, built to be quick and to find overflows.

use std::{
    ffi::OsString,
    io::{BufRead, BufReader},
    path::Path,
    process::{Command, Stdio},
};

use crate::{Done, lab::Tally, report};

/// For how many minutes it runs as one of all tests.
const MINUTES: &str = "3";

/// Runs the campaign with these arguments.
pub(crate) fn run(root: &Path, arguments: &[OsString]) -> Done {
    let status = command(root).args(arguments).status();
    match status {
        Ok(status) if status.success() => Ok(()),
        Ok(_) => Err("the campaign failed".into()),
        Err(error) => Err(format!("cannot start cargo: {error}")),
    }
}

/// Runs it for a few minutes, and returns how many stores and mutants ended as they should.
pub(crate) fn test(root: &Path) -> Result<Tally, String> {
    report::step("crashes");
    let mut child = command(root)
        .args(["--minutes", MINUTES])
        .stdout(Stdio::piped())
        .spawn()
        .map_err(|error| format!("cannot start cargo: {error}"))?;
    let output = child.stdout.take().expect("the output is piped");
    let mut tally = None;
    for line in BufReader::new(output).lines() {
        let line = line.map_err(|error| format!("reading from the campaign: {error}"))?;
        anstream::println!("{line}");
        tally = parse(&line).or(tally);
    }
    let status = child.wait().map_err(|error| format!("waiting for the campaign: {error}"))?;
    match tally {
        Some(tally) if status.success() || tally.failed > 0 => Ok(tally),
        _ => Err(format!("the campaign ended early, with {status}")),
    }
}

fn command(root: &Path) -> Command {
    let mut command = Command::new("cargo");
    command.args(["run", "--quiet", "--profile", "campaign", "-p", "sarab-campaign", "--"]);
    command.current_dir(root);
    command
}

/// Reads the last line, `crash: 3 passed, 0 failed`.
fn parse(line: &str) -> Option<Tally> {
    let (passed, failed) = line.strip_prefix("crash: ")?.split_once(", ")?;
    let passed = passed.strip_suffix(" passed")?.parse().ok()?;
    let failed = failed.strip_suffix(" failed")?.parse().ok()?;
    Some(Tally { passed, failed })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_totals_are_read_from_the_last_line_only() {
        let tally = parse("crash: 30 passed, 1 failed").expect("it is the last line");
        assert_eq!((tally.passed, tally.failed), (30, 1));
        assert!(parse("ledger 14476 534977").is_none());
    }
}
