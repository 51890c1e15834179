//! What cards and disks are attached to.

use std::{
    fs::{self, OpenOptions},
    os::{linux::fs::MetadataExt as _, unix::fs::FileTypeExt as _},
    path::{Path, PathBuf},
};

use sarab_lab::xen::Card;
use sarab_monitor::{Error, command::Net};

/// A disk's file, found.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Disk {
    /// Its whole path.
    pub(crate) file: String,
    /// Whether this user and the device let it be written to.
    pub(crate) is_writable: bool,
}

impl Disk {
    /// Finds the file or the device of the disk `name`.
    pub(crate) fn find(name: &str, file: &Path) -> Result<Self, Error> {
        let wrong = |why: &dyn std::fmt::Display| {
            Error::usage(format_args!("--disk {name}={}: {why}", file.display()))
        };
        let whole = fs::canonicalize(file).map_err(|error| wrong(&error))?;
        let about = fs::metadata(&whole).map_err(|error| wrong(&error))?;
        if !about.is_file() && !about.file_type().is_block_device() {
            return Err(wrong(&"neither a file nor a disk"));
        }
        let is_writable = OpenOptions::new().write(true).open(&whole).is_ok() && !is_locked(&about);
        if !is_writable {
            fs::File::open(&whole).map_err(|error| wrong(&error))?;
        }
        let file = whole.into_os_string().into_string();
        Ok(Self { file: file.map_err(|_| wrong(&"not UTF-8"))?, is_writable })
    }

    /// Returns the file as a path.
    pub(crate) fn path(&self) -> PathBuf {
        self.file.clone().into()
    }
}

/// Tells whether a device is read-only, which the kernel says to whoever writes and not to whoever opens.
fn is_locked(about: &fs::Metadata) -> bool {
    const MAJOR_SHIFT: u64 = 8;
    if !about.file_type().is_block_device() {
        return false;
    }
    let (major, minor) = (about.st_rdev() >> MAJOR_SHIFT & 0xfff, about.st_rdev() & 0xff);
    let said = fs::read_to_string(format!("/sys/dev/block/{major}:{minor}/ro"));
    said.is_ok_and(|said| said.trim() == "1")
}

/// Returns the bridge of the card `name` on a dom0.
pub(crate) fn bridge<'a>(name: &str, net: &'a Net) -> Result<&'a str, Error> {
    match net {
        Net::Bridge(bridge) if is_plain(bridge) => Ok(bridge),
        _ => Err(Error::usage(format_args!(
            "--net {name}: on a Xen host a card is attached to a bridge, like {name}=bridge:xenbr0"
        ))),
    }
}

/// Returns what the card `name` is attached to in a lab.
pub(crate) fn card(name: &str, net: &Net) -> Result<Card, Error> {
    match net {
        Net::User => Ok(Card::User(None)),
        Net::Tap(tap) if is_plain(tap) => Ok(Card::Tap(tap.clone())),
        Net::Tap(tap) => Err(Error::usage(format_args!("--net {name}={tap}: not a name of a tap"))),
        Net::Bridge(bridge) => Err(Error::usage(format_args!(
            "--net {name}=bridge:{bridge}: this host has no Xen to attach a bridge to; write it like \
             tap:tap0 or user"
        ))),
    }
}

/// Tells whether `name` can be that of a network device, and nothing else in another's command line.
fn is_plain(name: &str) -> bool {
    let is_letter = |it: char| it.is_ascii_alphanumeric() || "-_.".contains(it);
    !name.is_empty() && name.chars().all(is_letter)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_card_is_attached_to_a_tap_or_to_nothing_real() {
        let tap = |name: &str| Net::Tap(name.into());
        assert_eq!(card("a", &tap("tap0")).unwrap(), Card::Tap("tap0".into()));
        assert_eq!(card("a", &Net::User).unwrap(), Card::User(None));
        for (net, expected) in [
            (Net::Bridge("br0".into()), "--net a=bridge:br0: this host has no Xen"),
            (tap("tap0,script=x"), "--net a=tap0,script=x: not a name of a tap"),
        ] {
            let error = card("a", &net).unwrap_err().to_string();
            assert!(error.starts_with(expected), "{error}");
        }
    }

    #[test]
    fn a_bridge_is_named_as_one() {
        assert_eq!(bridge("a", &Net::Bridge("xenbr0".into())).unwrap(), "xenbr0");
        for net in [Net::Tap("tap0".into()), Net::Bridge(String::new()), Net::Bridge("a,b".into())]
        {
            assert!(bridge("a", &net).is_err(), "{net:?}");
        }
    }

    #[test]
    fn a_disk_is_a_file_that_is_there() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("disk");
        assert!(Disk::find("a", &file).unwrap_err().to_string().contains("No such file"));
        fs::write(&file, "").unwrap();
        assert!(Disk::find("a", &file).unwrap().is_writable);
        let error = Disk::find("a", folder.path()).unwrap_err().to_string();
        assert!(error.ends_with("neither a file nor a disk"), "{error}");
    }
}
