//! `cargo xtask lab kvm`: the target `hvt` on a KVM with hardware virtualisation, on any host.
//!
//! QEMU emulates AMD's virtualisation in software, so that `kvm-amd` works in it. A [`Linux`] from
//! Debian's packages is booted there once, takes each [`Check`](check::Check), and turns itself off.

use std::{
    fs, io,
    path::{Path, PathBuf},
    time::Duration,
};

use cargo_metadata::MetadataCommand;

use crate::{Done, fetch, report};

mod archive;
mod build;
mod check;
mod init;
mod linux;
mod machine;
mod transcript;

use linux::Linux;
use machine::Machine;
use transcript::Transcript;

/// Programs that the lab needs, and the packages that hold them.
const PROGRAMS: [(&str, &str); 3] =
    [("qemu-system-x86_64", "qemu-system-x86"), ("timeout", "coreutils"), ("dpkg", "dpkg")];

/// How long the machine may run. It bounds a lab that has gone wrong.
const LIMIT: Duration = Duration::from_mins(5);

/// How many checks ended how.
#[derive(Default)]
pub(crate) struct Tally {
    /// Those that ended as they should.
    pub(crate) passed: usize,
    /// The others.
    pub(crate) failed: usize,
}

/// Why nothing could be checked.
pub(crate) enum Error {
    /// This host has not what a lab is made of.
    Unavailable(String),
    /// What is to be checked cannot be built, or the machine does not run.
    Broken(String),
}

/// Runs the lab and fails if a check does.
pub(crate) fn run(root: &Path) -> Done {
    match kvm(root) {
        Ok(Tally { failed: 0, passed }) => {
            report::good(&format!("lab: {passed} passed"));
            Ok(())
        }
        Ok(Tally { failed, passed }) => Err(format!("lab: {passed} passed, {failed} failed")),
        Err(Error::Unavailable(why) | Error::Broken(why)) => Err(why),
    }
}

/// Builds what is checked, checks it, and prints a line for each check.
pub(crate) fn kvm(root: &Path) -> Result<Tally, Error> {
    let target = target_folder(root).map_err(Error::Broken)?;
    let folder = target.join("lab");
    fetch::programs(&PROGRAMS).map_err(Error::Unavailable)?;
    let linux = Linux::fetch(&folder).map_err(Error::Unavailable)?;
    let programs = build::all(root, &target).map_err(Error::Broken)?;
    report::step("hvt on kvm-amd in QEMU");
    examine(&linux, &programs, &folder).map_err(Error::Broken)
}

/// Boots a machine, whose memory disk is kept in `folder`, and judges what it says.
fn examine(linux: &Linux, programs: &build::Programs, folder: &Path) -> Result<Tally, String> {
    let checks = check::all();
    let content = init::memory_disk(linux, programs, &checks)?;
    let disk = keep(folder, &content).map_err(|error| format!("{}: {error}", folder.display()))?;
    let machine = Machine { kernel: &linux.kernel, initramfs: &disk, megabytes: 512 };
    let mut transcript = Transcript::new(&checks);
    machine.boot(LIMIT, |line| transcript.take(line))?;
    Ok(transcript.end())
}

/// Writes the memory disk in place of the one before, which another lab may be reading.
fn keep(folder: &Path, content: &[u8]) -> io::Result<PathBuf> {
    let (disk, part) = (folder.join("initramfs"), folder.join("initramfs.part"));
    fs::write(&part, content)?;
    fs::rename(&part, &disk)?;
    Ok(disk)
}

/// Returns the folder that cargo builds in.
fn target_folder(root: &Path) -> Result<PathBuf, String> {
    let metadata = MetadataCommand::new().current_dir(root).no_deps().exec();
    let metadata = metadata.map_err(|error| format!("cargo metadata: {error}"))?;
    Ok(metadata.target_directory.into())
}
