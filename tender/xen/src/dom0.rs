//! A host that is a dom0.

use std::{fs, path::Path, process};

use sarab_guest::xl::{self, Domain, End, Memory};
use sarab_lab::process::find;
use sarab_monitor::{Error, attach, attach::Devices, command::Command, words::command_line};

use crate::{
    backend::{Disk, bridge},
    guest::Guest,
};

/// Tells whether this host is a dom0 with a toolstack.
pub(crate) fn is_here() -> bool {
    let said = fs::read_to_string("/proc/xen/capabilities").unwrap_or_default();
    said.split_whitespace().any(|word| word == "control_d") && find("xl").is_some()
}

/// Runs the image of `command` and returns its status.
pub(crate) fn run(command: &Command, devices: &Devices, words: &[&str]) -> Result<i32, Error> {
    let bridges = devices.cards.iter().map(|(name, backend)| bridge(name, backend));
    let bridges = bridges.collect::<Result<Vec<_>, _>>()?;
    let disks = devices.disks.iter().map(|(name, file)| Disk::find(name, file));
    let disks = disks.collect::<Result<Vec<_>, _>>()?;
    let variables = attach::variables(&command.variables);
    let image = fs::canonicalize(&command.image)
        .map_err(|error| Error::usage(format_args!("{}: {error}", command.image.display())))?;
    let domain = Domain {
        name: &name(&image, process::id()),
        image: &image.to_string_lossy(),
        command_line: &command_line(&variables, words),
        memory: Memory::Bytes(command.memory_bytes),
        bridges,
        disks: disks.iter().map(|disk| disk.told()).collect(),
        end: End::Preserve,
    };
    let guest =
        Guest::start(&domain).map_err(|error| Error::unavailable(format_args!("xl: {error}")))?;
    guest.attend()
}

impl Disk {
    fn told(&self) -> xl::Disk<'_> {
        xl::Disk { file: &self.file, is_writable: self.is_writable }
    }
}

/// Returns a name for a domain that no other has, from the name of its image.
fn name(image: &Path, process: u32) -> String {
    let stem = image.file_stem().unwrap_or_default().to_string_lossy();
    let letters = stem.chars().filter(|it| it.is_ascii_alphanumeric() || *it == '-').take(40);
    format!("sarab-{}-{process}", letters.collect::<String>())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_domain_is_named_after_its_image() {
        assert_eq!(name(Path::new("/a/my site_1.elf"), 7), "sarab-mysite1-7");
    }
}
