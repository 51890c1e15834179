//! The files of `xl` that lie beside an image: one that works as it is, and one to fill in.

use std::fmt::Write as _;

use super::{Disk, Domain, End, Memory};
use crate::Guest;

/// The bridge that hosts of Xen have by custom.
const BRIDGE: &str = "xenbr0";

/// Returns a configuration of `guest`, each card of which is on the bridge `xenbr0`.
#[must_use]
pub fn config(guest: &Guest<'_>) -> String {
    let name = guest.name;
    let mut text = format!(
        "# `{name}` for Xen. It starts by\n#\n#     xl create -c {name}.cfg\n#\n\
         # and ends by `xl shutdown {name}`. `cmdline` holds its boot keys.\n"
    );
    about(&mut text, "vif", "network cards", guest.cards.iter().copied());
    about(&mut text, "disk", "disks", guest.disks.iter().map(|disk| disk.name));
    let domain = Domain {
        name,
        image: guest.image,
        command_line: guest.command_line,
        memory: Memory::Bytes(guest.memory_bytes),
        bridges: guest.cards.iter().map(|_| BRIDGE).collect(),
        disks: guest.disks.iter().map(|disk| Disk { file: disk.file, is_writable: true }).collect(),
        end: End::Destroy,
    };
    format!("{text}\n{domain}")
}

/// Says which devices the entries of a list stand for, if there is any.
fn about<'a>(text: &mut String, list: &str, what: &str, names: impl Iterator<Item = &'a str>) {
    let names: Vec<_> = names.collect();
    if !names.is_empty() {
        let _ = writeln!(text, "# `{list}` holds its {what}, in this order: {}.", names.join(", "));
    }
}

/// Returns a configuration of `guest` with a placeholder for whatever a host may want otherwise; its first lines say
/// which there are.
#[must_use]
pub fn template(guest: &Guest<'_>) -> String {
    let name = guest.name;
    let bridges: Vec<_> = guest.cards.iter().map(|card| format!("@BRIDGE_{card}@")).collect();
    let files: Vec<_> = guest.disks.iter().map(|disk| format!("@DISK_{}@", disk.name)).collect();
    let mut text = format!(
        "# `{name}` for Xen, to be filled in; {name}.cfg is filled in with what `sarab build` knows.\n#\n"
    );
    let mut line = |placeholder: &str, meaning: &str| {
        let _ = writeln!(text, "# {placeholder:<20}  {meaning}");
    };
    line("@NAME@", "the domain's name, which no other domain of the host has");
    line("@KERNEL@", &format!("the image `{name}`, by a whole path"));
    line(
        "@CMDLINE@",
        "boot keys (`--key value ..`), or nothing; before a quote in it stands a backslash",
    );
    line("@MEMORY@", "memory in MiB");
    for (placeholder, card) in bridges.iter().zip(&guest.cards) {
        line(placeholder, &format!("the bridge of the network card `{card}`"));
    }
    for (placeholder, disk) in files.iter().zip(&guest.disks) {
        line(
            placeholder,
            &format!("the file or device of the disk `{}`, by a whole path", disk.name),
        );
    }
    let domain = Domain {
        name: "@NAME@",
        image: "@KERNEL@",
        command_line: "@CMDLINE@",
        memory: Memory::Open("@MEMORY@"),
        bridges: bridges.iter().map(String::as_str).collect(),
        disks: files.iter().map(|file| Disk { file, is_writable: true }).collect(),
        end: End::Destroy,
    };
    format!("{text}\n{domain}")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::examples::{PLAIN, full};

    #[test]
    fn a_guest_without_devices_is_told_whole() {
        insta::assert_snapshot!(config(&PLAIN));
        insta::assert_snapshot!(template(&PLAIN));
    }

    #[test]
    fn a_guest_with_devices_is_told_whole() {
        insta::assert_snapshot!(config(&full()));
        insta::assert_snapshot!(template(&full()));
    }

    /// Returns the lines that are not comments.
    fn told(text: &str) -> Vec<&str> {
        text.lines().filter(|line| !line.starts_with('#') && !line.is_empty()).collect()
    }

    #[test]
    fn a_template_that_is_filled_in_is_the_configuration() {
        let guest = Guest { command_line: "", ..full() };
        let mut text = template(&guest);
        for (placeholder, value) in [
            ("@NAME@", guest.name),
            ("@KERNEL@", guest.image),
            ("@CMDLINE@", guest.command_line),
            ("@MEMORY@", "128"),
            ("@BRIDGE_front@", BRIDGE),
            ("@BRIDGE_back@", BRIDGE),
            ("@DISK_data@", guest.disks[0].file),
            ("@DISK_a-name-of-22-characters@", guest.disks[1].file),
        ] {
            text = text.replace(placeholder, value);
        }
        assert_eq!(told(&text), told(&config(&guest)));
    }
}
