//! `cargo xtask test`: everything that must pass, and how many tests that were.

use std::{
    env, fs,
    io::{BufRead, BufReader},
    ops::AddAssign,
    path::{Path, PathBuf},
    process::{Command, Stdio},
};

use sarab_skip::SKIPPED;

use crate::{Done, crash, fetch, lab, report, tidy};

/// Programs that tests need beside ours, and the packages that hold them.
const PROGRAMS: [(&str, &str); 12] = [
    ("ip", "iproute2"),
    ("unshare", "util-linux"),
    ("curl", "curl"),
    ("ping", "iputils-ping"),
    ("tar", "tar"),
    ("mkfs.fat", "dosfstools"),
    ("fsck.fat", "dosfstools"),
    ("mcopy", "mtools"),
    ("sfdisk", "fdisk"),
    ("mkfs.ext4", "e2fsprogs"),
    ("gdb", "gdb"),
    ("qemu-system-x86_64", "qemu-system-x86"),
];

/// Runs the checks, cheap ones first, and then every test.
pub(crate) fn run(root: &Path, filter: Option<&String>) -> Done {
    if let Some(filter) = filter {
        return tests(root, &[filter]);
    }
    tidy::run(root)?;
    cargo(root, "formatting", &["fmt", "--all", "--check"])?;
    let clippy = ["clippy", "--quiet", "--workspace", "--all-targets", "--", "-D", "warnings"];
    cargo(root, "lints", &clippy)?;
    cargo(root, "documentation", &["doc", "--quiet", "--workspace", "--no-deps", "--lib"])?;
    fetch::programs(&PROGRAMS)?;
    tests(root, &[])
}

fn cargo(root: &Path, what: &str, arguments: &[&str]) -> Done {
    report::step(what);
    let status = Command::new("cargo")
        .args(arguments)
        .env("RUSTDOCFLAGS", "-D warnings")
        .current_dir(root)
        .status();
    match status {
        Ok(status) if status.success() => Ok(()),
        Ok(_) => Err(format!("{what}: `cargo {}` failed", arguments.join(" "))),
        Err(error) => Err(format!("{what}: cannot start cargo: {error}")),
    }
}

/// Runs the tests and prints the totals as the last line.
fn tests(root: &Path, filter: &[&String]) -> Done {
    report::step("tests");
    let skips = Skips::begin(root)?;
    // A shell that starts this in the background has it ignore signals, and what it starts; tests send some.
    let mut child = Command::new("env")
        .args(["--default-signal=HUP,INT,QUIT,TERM", "cargo"])
        .args(["test", "--workspace", "--no-fail-fast", "--quiet", "--"])
        .args(filter)
        .env(SKIPPED, &skips.0)
        .current_dir(root)
        .stdout(Stdio::piped())
        .spawn()
        .map_err(|error| format!("cannot start cargo: {error}"))?;
    let output = child.stdout.take().expect("the output is piped");
    let mut totals = Totals::default();
    for line in BufReader::new(output).lines() {
        let line = line.map_err(|error| format!("reading from cargo: {error}"))?;
        anstream::println!("{line}");
        if let Some(some) = Totals::parse(&line) {
            totals += some;
        }
    }
    let status = child.wait().map_err(|error| format!("waiting for cargo: {error}"))?;
    let skipped = skips.end();
    for reason in &skipped {
        println!("skipped: {reason}");
    }
    totals.skip(skipped.len());
    if filter.is_empty() {
        let ended = crash::test(root).map_err(lab::Error::Broken);
        totals += Totals::of_checks("crash", ended);
        for (name, machine) in lab::MACHINES {
            totals += Totals::of_checks(&format!("lab {name}"), machine(root));
        }
    }
    println!("{} passed, {} failed, {} skipped", totals.passed, totals.failed, totals.skipped);
    if status.success() && totals.failed == 0 { Ok(()) } else { Err("tests failed".into()) }
}

/// The file in which tests say that they were skipped.
struct Skips(PathBuf);

impl Skips {
    fn begin(root: &Path) -> Result<Self, String> {
        let folder = root.join("target");
        let file = folder.join("skipped-tests");
        fs::create_dir_all(&folder)
            .and_then(|()| fs::write(&file, ""))
            .map_err(|error| format!("{}: {error}", file.display()))?;
        Ok(Self(file))
    }

    fn end(self) -> Vec<String> {
        let text = fs::read_to_string(&self.0).unwrap_or_default();
        text.lines().map(str::to_string).collect()
    }
}

/// How many tests ended how.
#[derive(Debug, Default, PartialEq, Eq)]
struct Totals {
    passed: usize,
    failed: usize,
    skipped: usize,
}

impl Totals {
    /// Reads a line such as `test result: ok. 3 passed; 0 failed; 1 ignored; ...`.
    fn parse(line: &str) -> Option<Self> {
        let (_, counts) = line.trim().strip_prefix("test result: ")?.split_once(". ")?;
        let count = |word: &str| {
            let part = counts.split("; ").find_map(|part| part.strip_suffix(word))?;
            part.trim().parse().ok()
        };
        Some(Self {
            passed: count("passed")?,
            failed: count("failed")?,
            skipped: count("ignored")?,
        })
    }

    /// Counts the checks of `name`. With `CI=true` it fails where it cannot be had.
    fn of_checks(name: &str, ended: Result<lab::Tally, lab::Error>) -> Self {
        let (why, is_skipped) = match ended {
            Ok(lab::Tally { passed, failed }) => return Self { passed, failed, skipped: 0 },
            Err(lab::Error::Unavailable(why)) => (why, env::var("CI").as_deref() != Ok("true")),
            Err(lab::Error::Broken(why)) => (why, false),
        };
        if is_skipped {
            println!("skipped: {name}: {why}");
            return Self { skipped: 1, ..Self::default() };
        }
        report::failure(&format!("{name}: {why}"));
        Self { failed: 1, ..Self::default() }
    }

    /// Moves tests that ended well because they did nothing to where they belong.
    fn skip(&mut self, count: usize) {
        self.passed = self.passed.saturating_sub(count);
        self.skipped += count;
    }
}

impl AddAssign for Totals {
    fn add_assign(&mut self, other: Self) {
        self.passed += other.passed;
        self.failed += other.failed;
        self.skipped += other.skipped;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn totals_are_read_from_the_lines_of_the_test_harness() {
        let line = "test result: FAILED. 3 passed; 1 failed; 2 ignored; 0 measured; 0 filtered out";
        assert_eq!(Totals::parse(line), Some(Totals { passed: 3, failed: 1, skipped: 2 }));
        assert_eq!(Totals::parse("test result: nonsense"), None);
        assert_eq!(Totals::parse("running 3 tests"), None);
    }

    #[test]
    fn a_skipped_test_does_not_count_as_passed() {
        let mut totals = Totals { passed: 3, failed: 0, skipped: 0 };
        totals.skip(2);
        assert_eq!(totals, Totals { passed: 1, failed: 0, skipped: 2 });
    }
}
