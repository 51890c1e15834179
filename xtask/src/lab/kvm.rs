//! The target `hvt` on a KVM with hardware virtualisation.
//!
//! QEMU emulates AMD's virtualisation in software, so that `kvm-amd` works in it. A [`Linux`] from
//! Debian's packages is booted there, and turns itself off at the end.

use std::{
    fs, io,
    path::{Path, PathBuf},
    time::Duration,
};

use sarab_lab::{
    linux::Linux,
    packages::{self, Package},
};

use super::{
    Error, Tally,
    build::{self, Programs},
    programs::PROJECTS,
    target_folder,
    transcript::Transcript,
};
use crate::{fetch, report};

mod checks;
mod init;
mod machine;

use machine::Machine;

/// Programs that the lab needs, and the packages that hold them.
const PROGRAMS: [(&str, &str); 3] =
    [("qemu-system-x86_64", "qemu-system-x86"), ("timeout", "coreutils"), ("dpkg", "dpkg")];

/// The kernel of the day, and a shell.
const PACKAGES: [Package; 2] = [
    Package::Needed { by: "linux-image-cloud-amd64", prefix: "linux-image-" },
    Package::Named("busybox-static"),
];

const MODULES: [&str; 5] = [
    "virt/lib/irqbypass.ko",
    "arch/x86/kvm/kvm.ko",
    "drivers/crypto/ccp/ccp.ko",
    "arch/x86/kvm/kvm-amd.ko",
    "drivers/net/tun.ko",
];

/// How long the machine may run. It bounds a lab that has gone wrong.
const LIMIT: Duration = Duration::from_mins(5);

pub(super) fn run(root: &Path) -> Result<Tally, Error> {
    let target = target_folder(root).map_err(Error::Broken)?;
    let folder = target.join("lab");
    fetch::programs(&PROGRAMS).map_err(Error::Unavailable)?;
    let linux = linux(&folder, &MODULES).map_err(Error::Unavailable)?;
    let programs = programs(root, &target).map_err(Error::Broken)?;
    report::step("hvt on kvm-amd in QEMU");
    examine(&linux, &programs, &folder).map_err(Error::Broken)
}

/// Fetches the packages into `folder`, and finds the `modules` that are no part of the kernel itself.
pub(super) fn linux(folder: &Path, modules: &[&str]) -> Result<Linux, String> {
    let packages = packages::fetch(folder, &PACKAGES, || {})?;
    Linux::find(&packages, modules)
}

/// Builds the tender, the tests of its cage, and images; `target` is the folder that cargo builds in.
fn programs(root: &Path, target: &Path) -> Result<Programs, String> {
    report::step("building what runs in the lab");
    let test = ["test", "--no-run", "--test", "hvt"];
    let cage = build::program(root, target, "sarab-hvt", &test, "hvt")?;
    // Tests have other features of its dependencies, so the tender as users have it comes last.
    let tender = build::program(root, target, "sarab-hvt", &["build"], "sarab-hvt")?;
    let mut programs = vec![("cage", cage), ("sarab-hvt", tender)];
    programs.extend(build::images(root, "hvt", &PROJECTS)?);
    Ok(programs)
}

/// Boots a machine, whose memory disk is kept in `folder`, and judges what it says.
fn examine(linux: &Linux, programs: &Programs, folder: &Path) -> Result<Tally, String> {
    let checks = checks::all();
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
