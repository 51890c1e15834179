//! A guest of Xen, as `xl` is told of it (xl.cfg(5)).

use std::fmt::{self, Display};

use crate::{letters, mib};

mod beside;

pub use beside::{config, template};

/// A guest that starts by the PVH entry of its image.
///
/// It is displayed as the content of a configuration file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Domain<'a> {
    /// The name, which no other guest of the host has.
    pub name: &'a str,
    /// The file of the image.
    pub image: &'a str,
    /// The command line, as `machine/PVH.md` has it.
    pub command_line: &'a str,
    /// How much memory it has.
    pub memory: Memory<'a>,
    /// The bridge of each network card, in the order of the manifest.
    pub bridges: Vec<&'a str>,
    /// The disks, in the order of the manifest.
    pub disks: Vec<Disk<'a>>,
    /// What happens when the guest has ended.
    pub end: End,
}

/// How much memory a guest has.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Memory<'a> {
    /// That many bytes. `xl` counts in whole MiB.
    Bytes(u64),
    /// What stands for it in a file that is still to be filled in.
    Open(&'a str),
}

/// What a disk is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Disk<'a> {
    /// A device or a file, by a whole path.
    pub file: &'a str,
    /// Whether the guest may write to it.
    pub is_writable: bool,
}

/// What happens to a guest that has ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum End {
    /// It is taken away.
    Destroy,
    /// It stays until somebody has looked at it and destroys it.
    Preserve,
}

impl Display for Domain<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "name = {}", Quoted(self.name))?;
        writeln!(f, "type = \"pvh\"")?;
        writeln!(f, "kernel = {}", Quoted(self.image))?;
        writeln!(f, "cmdline = {}", Quoted(self.command_line))?;
        writeln!(f, "memory = {}", self.memory)?;
        writeln!(f, "vcpus = 1")?;
        // The guest reads the counter itself, and Xen's clock says what it counts.
        writeln!(f, "tsc_mode = \"native\"")?;
        // MiB for the tables of its pages: what Xen sets aside by itself does not do for less than 32 MiB of memory.
        writeln!(f, "shadow_memory = 4")?;
        let bridges = self.bridges.iter().map(|bridge| format!("bridge={bridge}"));
        list(f, "vif", bridges)?;
        list(f, "disk", self.disks.iter().enumerate().map(|(index, disk)| disk.entry(index)))?;
        let end = match self.end {
            End::Destroy => "destroy",
            End::Preserve => "preserve",
        };
        for event in ["poweroff", "reboot", "crash"] {
            writeln!(f, "on_{event} = \"{end}\"")?;
        }
        Ok(())
    }
}

impl Display for Memory<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Bytes(bytes) => write!(f, "{}", mib(*bytes)),
            Self::Open(name) => f.write_str(name),
        }
    }
}

impl Disk<'_> {
    /// Returns the disk as xl-disk-configuration(5) has it. What stands last may hold commas.
    fn entry(&self, index: usize) -> String {
        let (letters, file) = (letters(index), self.file);
        let access = if self.is_writable { "rw" } else { "ro" };
        format!("format=raw,vdev=xvd{letters},access={access},target={file}")
    }
}

fn list(
    f: &mut fmt::Formatter<'_>,
    name: &str,
    entries: impl Iterator<Item = String>,
) -> fmt::Result {
    let entries: Vec<_> = entries.map(|entry| Quoted(&entry).to_string()).collect();
    if entries.is_empty() {
        return Ok(());
    }
    writeln!(f, "{name} = [ {} ]", entries.join(", "))
}

/// A text as the file has it: in double quotes, with backslashes before what would end it.
struct Quoted<'a>(&'a str);

impl Display for Quoted<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("\"")?;
        for letter in self.0.chars() {
            match letter {
                '"' | '\\' => write!(f, "\\{letter}")?,
                '\n' => f.write_str("\\n")?,
                '\t' => f.write_str("\\t")?,
                '\r' => f.write_str("\\r")?,
                _ => write!(f, "{letter}")?,
            }
        }
        f.write_str("\"")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const PLAIN: Domain<'_> = Domain {
        name: "site",
        image: "/images/site",
        command_line: "",
        memory: Memory::Bytes(32 << 20),
        bridges: Vec::new(),
        disks: Vec::new(),
        end: End::Destroy,
    };

    #[test]
    fn a_guest_without_devices_is_told_in_eleven_lines() {
        let expected = "name = \"site\"\ntype = \"pvh\"\nkernel = \"/images/site\"\ncmdline = \"\"\n\
            memory = 32\nvcpus = 1\ntsc_mode = \"native\"\nshadow_memory = 4\non_poweroff = \"destroy\"\n\
            on_reboot = \"destroy\"\non_crash = \"destroy\"\n";
        assert_eq!(PLAIN.to_string(), expected);
    }

    #[test]
    fn each_part_has_its_line() {
        let disk = |file, is_writable| Disk { file, is_writable };
        for (domain, expected) in [
            (Domain { memory: Memory::Bytes((1 << 20) + 1), ..PLAIN }, "memory = 2"),
            (Domain { memory: Memory::Open("@MEMORY@"), ..PLAIN }, "memory = @MEMORY@"),
            (Domain { end: End::Preserve, ..PLAIN }, "on_crash = \"preserve\""),
            (
                Domain { bridges: vec!["br0", "br1"], ..PLAIN },
                "vif = [ \"bridge=br0\", \"bridge=br1\" ]",
            ),
            (
                Domain { disks: vec![disk("/a,b", true), disk("/dev/vg/c", false)], ..PLAIN },
                "disk = [ \"format=raw,vdev=xvda,access=rw,target=/a,b\", \
                 \"format=raw,vdev=xvdb,access=ro,target=/dev/vg/c\" ]",
            ),
            (
                Domain { command_line: "--hello \"a \\\"b\\\"\"\n", ..PLAIN },
                r#"cmdline = "--hello \"a \\\"b\\\"\"\n""#,
            ),
        ] {
            let text = domain.to_string();
            assert!(text.lines().any(|line| line == expected), "{expected}: {text}");
        }
    }
}
