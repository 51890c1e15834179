//! A guest, as each monitor is told of it: QEMU, libvirt, Firecracker and Xen's `xl`.
//!
//! Everything here is text made of a description. Nothing is looked at on the host, so a description may be written
//! where the guest does not run, as `sarab build` does.
#![forbid(unsafe_code)]

pub mod firecracker;
pub mod libvirt;
pub mod qemu;
pub mod xl;

use sarab_device::Mac;

/// Memory of a guest of which nothing else is said.
pub const MEMORY_BYTES: u64 = 128 << 20;

/// The most bytes of the name that a disk says (virtio 1.2, section 5.2.6, `VIRTIO_BLK_T_GET_ID`).
const SERIAL_BYTES_MAX: usize = 20;

/// A guest that starts by the PVH entry of its image, as `machine/PVH.md` has it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Guest<'a> {
    /// The name, which no other guest of the host has.
    pub name: &'a str,
    /// The file of the image, as the monitor finds it.
    pub image: &'a str,
    /// The command line.
    pub command_line: &'a str,
    /// Bytes of memory. Most monitors count in whole MiB, and are told of no less.
    pub memory_bytes: u64,
    /// The names of the network cards, in the order of the manifest.
    pub cards: Vec<&'a str>,
    /// The disks, in the order of the manifest.
    pub disks: Vec<Disk<'a>>,
}

/// A disk, which the guest may write to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Disk<'a> {
    /// Its name.
    pub name: &'a str,
    /// Its file, as the monitor finds it.
    pub file: &'a str,
}

/// Returns the address of a card for which nobody has another: locally administered, as QEMU gives them.
#[must_use]
pub const fn mac(index: u8) -> Mac {
    Mac([0x52, 0x54, 0, 0, 0, index])
}

/// Returns the MiB that hold `bytes`, of which there is at least one.
fn mib(bytes: u64) -> u64 {
    bytes.div_ceil(1 << 20).max(1)
}

/// Returns the letters of a disk as Linux counts them: `a` to `z`, then `aa` and on.
fn letters(index: usize) -> String {
    let mut letters = Vec::new();
    let mut rest = index + 1;
    while rest > 0 {
        rest -= 1;
        letters.push(b"abcdefghijklmnopqrstuvwxyz"[rest % 26]);
        rest /= 26;
    }
    letters.reverse();
    String::from_utf8_lossy(&letters).into_owned()
}

#[cfg(test)]
mod examples {
    use super::*;

    pub(crate) const PLAIN: Guest<'_> = Guest {
        name: "hello",
        image: "/images/hello",
        command_line: "",
        memory_bytes: MEMORY_BYTES,
        cards: Vec::new(),
        disks: Vec::new(),
    };

    pub(crate) fn full() -> Guest<'static> {
        Guest {
            name: "site",
            image: "/images/a & b/site",
            command_line: "--hello \"good <morning>\"",
            cards: vec!["front", "back"],
            disks: vec![
                Disk { name: "data", file: "/disks/it's,data.img" },
                Disk { name: "a-name-of-22-characters", file: "/disks/pages.tar" },
            ],
            ..PLAIN
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn disks_are_lettered_as_linux_does() {
        for (index, expected) in [(0, "a"), (25, "z"), (26, "aa"), (701, "zz"), (702, "aaa")] {
            assert_eq!(letters(index), expected);
        }
    }

    #[test]
    fn memory_is_counted_in_what_holds_it() {
        for (bytes, expected) in [(0, 1), (1 << 20, 1), ((1 << 20) + 1, 2)] {
            assert_eq!(mib(bytes), expected);
        }
    }
}
