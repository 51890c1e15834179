//! `cargo xtask lab MACHINE`: checks on a machine that QEMU emulates, on any host.
//!
//! A machine is booted once and takes each [`Check`](check::Check) in turn. [`kvm`] is one whose Linux has hardware
//! virtualisation, for the target `hvt`; [`xen`] is one with a Xen, for the target `xen`.

use std::path::{Path, PathBuf};

use cargo_metadata::MetadataCommand;
use sarab_lab::linux::Linux;

use crate::{Done, report};

mod build;
mod check;
mod kvm;
mod programs;
mod script;
mod transcript;
mod xen;

/// The machines by name, and what checks each.
pub(crate) const MACHINES: [(&str, Machine); 2] = [("kvm", kvm::run), ("xen", xen::run)];

/// Builds what is checked, checks it, and prints a line for each check. It is given the project's folder.
pub(crate) type Machine = fn(&Path) -> Result<Tally, Error>;

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

/// Runs the lab with the machine of that name and fails if a check does.
pub(crate) fn run(root: &Path, name: &str) -> Done {
    let machine = MACHINES.iter().find(|(other, _)| *other == name);
    let (_, machine) = machine.ok_or_else(|| format!("there is no machine `{name}`"))?;
    match machine(root) {
        Ok(Tally { failed: 0, passed }) => {
            report::good(&format!("lab: {passed} passed"));
            Ok(())
        }
        Ok(Tally { failed, passed }) => Err(format!("lab: {passed} passed, {failed} failed")),
        Err(Error::Unavailable(why) | Error::Broken(why)) => Err(why),
    }
}

/// Fetches the Linux that [`kvm`] has, for others, with the `modules` that they need.
pub(crate) fn linux(root: &Path, modules: &[&str]) -> Result<Linux, String> {
    kvm::linux(&target_folder(root)?.join("lab"), modules)
}

/// Returns the folder that cargo builds in.
fn target_folder(root: &Path) -> Result<PathBuf, String> {
    let metadata = MetadataCommand::new().current_dir(root).no_deps().exec();
    let metadata = metadata.map_err(|error| format!("cargo metadata: {error}"))?;
    Ok(metadata.target_directory.into())
}
