//! The programs, and images as files for them.

use std::{
    fs,
    path::{Path, PathBuf},
    process::{Command, Output, Stdio},
    rc::Rc,
};

use embassy_futures::block_on;
use sarab_device::{Block, Bytes};
use sarab_memory::RamDisk;
use sarab_skip::skip;
use tempfile::TempDir;

/// A folder for images, which is gone afterwards.
pub(crate) struct Lab(TempDir);

impl Lab {
    /// Returns a lab, where all `programs` are there; else says that the test is skipped.
    pub(crate) fn new(test: &str, programs: &[&str]) -> Option<Self> {
        for program in programs {
            let help = Command::new(program).arg("--help").stdin(Stdio::null()).output();
            if let Err(error) = help {
                skip(&format!("{test}: {program}: {error}"));
                return None;
            }
        }
        Some(Self(TempDir::new().unwrap()))
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    /// Writes a disk to a file.
    pub(crate) fn save(&self, name: &str, disk: &RamDisk) -> PathBuf {
        let path = self.path(name);
        fs::write(&path, contents(disk)).unwrap();
        path
    }

    /// Returns what `fsck.fat` says of a disk, and whether it is content.
    pub(crate) fn fsck(&self, disk: &RamDisk) -> (bool, String) {
        let path = self.save("fsck.img", disk);
        let output = run(Command::new("fsck.fat").arg("-n").arg("-v").arg(path));
        (output.status.success(), text(&output))
    }

    /// Fails unless `fsck.fat` finds nothing.
    pub(crate) fn must_be_sound(&self, disk: &RamDisk) {
        let (is_sound, said) = self.fsck(disk);
        assert!(is_sound, "{said}");
    }
}

/// Reads a file as a disk.
pub(crate) fn load(path: &Path, sector_bytes: u32) -> Rc<RamDisk> {
    let bytes = fs::read(path).unwrap();
    let disk = RamDisk::new(sector_bytes, bytes.len() as u64 / u64::from(sector_bytes)).unwrap();
    block_on(disk.write(0, Bytes::from(bytes))).unwrap();
    Rc::new(disk)
}

pub(crate) fn contents(disk: &RamDisk) -> Bytes {
    let sectors = u32::try_from(disk.geometry().sector_count).unwrap();
    block_on(disk.read(0, sectors)).unwrap()
}

/// Runs a program, with mtools reading names in UTF-8.
pub(crate) fn run(command: &mut Command) -> Output {
    let command = command.env("LC_ALL", "C.UTF-8").env("MTOOLS_SKIP_CHECK", "1");
    command.env("TZ", "UTC").stdin(Stdio::null()).output().unwrap()
}

/// Runs a program that must succeed, and returns what it says.
pub(crate) fn succeed(command: &mut Command) -> String {
    let output = run(command);
    assert!(output.status.success(), "{command:?}: {}", text(&output));
    text(&output)
}

fn text(output: &Output) -> String {
    let both = [&output.stdout[..], &output.stderr[..]].concat();
    String::from_utf8_lossy(&both).into_owned()
}
