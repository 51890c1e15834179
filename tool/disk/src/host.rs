//! Files and block devices of the host: who else has them.

use std::{
    fs,
    path::{Path, PathBuf},
};

use sarab_device::{Block, Error, ErrorKind};
use sarab_kit::{Problem, shown_size};
use sarab_unix::{Disk, OpenDiskError};

/// What is going to be done with an image.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Access {
    /// Only looking.
    Read,
    /// Changing it.
    Write,
}

/// Opens a file or block device that nobody else has, and locks it.
pub(crate) fn open(file: &Path, access: Access) -> Result<Disk, Problem> {
    refuse_used(file)?;
    let disk = Disk::open_file("image", file).map_err(|error| refused(file, &error))?;
    if access == Access::Write && !disk.geometry().is_writable {
        let problem = Problem::new(format!("`{}` cannot be written", file.display()));
        return Err(problem.help("look at its permissions, or at those of its device"));
    }
    Ok(disk)
}

/// Says why a file is no disk, or not now.
fn refused(file: &Path, error: &OpenDiskError) -> Problem {
    let name = file.display();
    match (error, error.kind()) {
        (_, ErrorKind::NotFound) => Problem::new(format!("there is no `{name}`"))
            .help(format!("make an image by `sarab disk create {name} 64M`")),
        (_, ErrorKind::InUse) => Problem::new(format!("`{name}` is in use"))
            .note("a unikernel, or another command, has locked it, or the host has mounted it")
            .help("end what uses it; two who write one disk destroy it"),
        (OpenDiskError::NoDisk { .. }, _) => {
            Problem::new(format!("`{name}` is neither a file nor a block device"))
        }
        (OpenDiskError::Ragged { size_bytes, sector_bytes, .. }, _) => Problem::new(format!(
            "`{name}` has {size_bytes} bytes, no whole sectors of {sector_bytes}"
        ))
        .help(format!("if it is an image, `truncate -s %{sector_bytes} {name}` makes it one")),
        _ if file.is_dir() => Problem::new(format!("`{name}` is a folder")),
        _ => Problem::new(error.to_string()),
    }
}

/// Refuses what the host has mounted, itself or through a loop device.
pub(crate) fn refuse_used(file: &Path) -> Result<(), Problem> {
    let Ok(real) = fs::canonicalize(file) else { return Ok(()) };
    let name = file.display();
    if let Some(device) = loops(&real).first() {
        let problem = Problem::new(format!("`{name}` is attached to {}", device.display()));
        return Err(match mounted(device) {
            Some(folder) => problem
                .note(format!("it is mounted on {}", folder.display()))
                .help(format!("unmount it: `umount {}`", folder.display())),
            None => problem.help(format!("detach it: `losetup -d {}`", device.display())),
        });
    }
    match mounted(&real) {
        Some(folder) => {
            let folder = folder.display();
            let problem = Problem::new(format!("`{name}` is mounted on {folder}"));
            Err(problem.help(format!("unmount it: `umount {folder}`")))
        }
        None => Ok(()),
    }
}

/// Returns the loop devices that stand for a file.
fn loops(real: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir("/sys/block").into_iter().flatten().flatten();
    let backed = entries.filter(|entry| {
        let backing = fs::read_to_string(entry.path().join("loop/backing_file"));
        backing.is_ok_and(|backing| Path::new(backing.trim_end()) == real)
    });
    backed.map(|entry| Path::new("/dev").join(entry.file_name())).collect()
}

/// Returns where a device, or a partition of it, is mounted.
fn mounted(device: &Path) -> Option<PathBuf> {
    let device = device.to_str()?;
    let mounts = fs::read_to_string("/proc/self/mounts").ok()?;
    mounts.lines().find_map(|line| find_mount(line, device))
}

/// Reads a line of `/proc/mounts`: device, folder and more, with blanks as octal escapes.
fn find_mount(line: &str, device: &str) -> Option<PathBuf> {
    let mut words = line.split(' ');
    let (source, folder) = (words.next()?, words.next()?);
    let rest = source.strip_prefix(device)?;
    let is_part = rest.strip_prefix('p').unwrap_or(rest).bytes().all(|byte| byte.is_ascii_digit());
    is_part.then(|| folder.replace("\\040", " ").into())
}

/// Returns a sentence on the size and shape of a disk.
pub(crate) fn shape(disk: &impl Block) -> String {
    let geometry = disk.geometry();
    let (size, count) = (shown_size(geometry.size_bytes()), geometry.sector_count);
    format!("{size}, {count} sectors of {}", geometry.sector_bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_mounted_device_or_partition_is_found() {
        let line = "/dev/sdb1 /media/my\\040stick vfat rw,nosuid 0 0";
        for device in ["/dev/sdb", "/dev/sdb1"] {
            assert_eq!(find_mount(line, device), Some("/media/my stick".into()), "{device}");
        }
        for device in ["/dev/sd", "/dev/sdb2", "/dev/sdba", "/dev/sdb11"] {
            assert_eq!(find_mount(line, device), None, "{device}");
        }
        let line = "/dev/loop0p2 /mnt ext4 rw 0 0";
        assert_eq!(find_mount(line, "/dev/loop0"), Some("/mnt".into()));
    }
}
