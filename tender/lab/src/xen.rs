//! A Xen with a dom0, on any host.
//!
//! QEMU emulates AMD's virtualisation in software, so that Xen runs guests in it. dom0 is a Linux whose root
//! lies in memory: a shell, the toolstack, and the [agent](crate::agent), which starts one program there.

mod dom0;
mod machine;
mod run;
mod scratch;

use std::{
    env, fmt, fs,
    fs::File,
    path::{Path, PathBuf},
};

use crate::{
    linux::Linux,
    packages::{self, Package},
    process::find,
    progress::Progress,
};

pub use machine::{Card, Disk, Job};
pub use run::{Event, Machine, Stream};

/// Why there is no lab, or why it has ended before the program in it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Error {
    /// This host has not what a lab is made of.
    Unavailable(String),
    /// The machine does not run.
    Broken(String),
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (Self::Unavailable(why) | Self::Broken(why)) = self;
        f.write_str(why)
    }
}

/// What a lab is made of, ready to be booted as often as one likes.
pub struct Lab {
    /// Nobody else's; what is kept from one time to the next.
    folder: PathBuf,
    /// Where packages were unpacked.
    root: PathBuf,
    /// The hypervisor.
    hypervisor: PathBuf,
    linux: Linux,
}

/// Programs that a lab needs besides those that every Debian has, and the packages that hold them.
pub const PROGRAMS: [(&str, &str); 3] =
    [("qemu-system-x86_64", "qemu-system-x86"), ("timeout", "coreutils"), ("dpkg", "dpkg")];

const PACKAGES: &[Package] = &[
    Package::Needed { by: "xen-system-amd64", prefix: "xen-hypervisor-" },
    Package::Needed { by: "linux-image-amd64", prefix: "linux-image-" },
    Package::Versioned("xen-utils-"),
    Package::Versioned("libxenmisc"),
    Package::Named("xenstore-utils"),
    Package::Named("libxenstore4"),
    Package::Named("libxencall1"),
    Package::Named("libxenevtchn1"),
    Package::Named("libxengnttab1"),
    Package::Named("libxenforeignmemory1"),
    Package::Named("libxendevicemodel1"),
    Package::Named("libxentoolcore1"),
    Package::Named("libxentoollog1"),
    Package::Named("libxenhypfs1"),
    Package::Named("libyajl2"),
    Package::Named("libuuid1"),
    Package::Named("zlib1g"),
    Package::Named("liblzma5"),
    Package::Named("libzstd1"),
    Package::Named("libgcc-s1"),
    Package::Named("libc6"),
    Package::Named("busybox-static"),
];

/// Modules of dom0. The first ones are for what QEMU has, the others for what Xen gives its guests.
const MODULES: &[&str] = &[
    "drivers/virtio/virtio_ring.ko",
    "drivers/virtio/virtio.ko",
    "drivers/virtio/virtio_pci_modern_dev.ko",
    "drivers/virtio/virtio_pci_legacy_dev.ko",
    "drivers/virtio/virtio_pci.ko",
    "drivers/char/virtio_console.ko",
    "drivers/block/virtio_blk.ko",
    "net/core/failover.ko",
    "drivers/net/net_failover.ko",
    "drivers/net/virtio_net.ko",
    "net/llc/llc.ko",
    "net/802/stp.ko",
    "net/bridge/bridge.ko",
    "drivers/block/loop.ko",
    "drivers/xen/xen-evtchn.ko",
    "drivers/xen/xen-gntdev.ko",
    "drivers/xen/xen-gntalloc.ko",
    "drivers/xen/xen-privcmd.ko",
    "drivers/xen/xenfs/xenfs.ko",
    "drivers/net/xen-netback/xen-netback.ko",
    "drivers/block/xen-blkback/xen-blkback.ko",
];

impl Lab {
    /// Finds what a lab is made of in the [folder of this user](folder), or fetches it. Only one process
    /// does at a time; the others wait for it.
    pub fn prepare(progress: &mut Progress) -> Result<Self, Error> {
        Self::prepare_in(&folder()?, progress).map_err(Error::Unavailable)
    }

    /// Finds the kernel of dom0 once more, for a guest, with other modules of it.
    pub fn linux(&self, modules: &[&str]) -> Result<Linux, Error> {
        Linux::find(&self.root, modules).map_err(Error::Unavailable)
    }

    fn prepare_in(folder: &Path, progress: &mut Progress) -> Result<Self, String> {
        for (program, package) in PROGRAMS {
            if find(program).is_none() {
                return Err(format!("`{program}` is missing; install the package `{package}`"));
            }
        }
        let cannot = |error| format!("{}: {error}", folder.display());
        fs::create_dir_all(folder).map_err(cannot)?;
        let lock = File::create(folder.join("lock")).map_err(cannot)?;
        lock.lock().map_err(cannot)?;
        scratch::sweep(folder).map_err(cannot)?;
        let begin = || progress.step("fetching Xen (80 MB, once)");
        let root = packages::fetch(&folder.join("debian"), PACKAGES, begin)?;
        let linux = Linux::find(&root, MODULES)?;
        let hypervisor = unpack_hypervisor(&root, &linux)?;
        Ok(Self { folder: folder.into(), root, hypervisor, linux })
    }
}

/// Returns the folder in which what a lab is made of is kept: `SARAB_LAB`, else `sarab/xen` where caches of
/// this user are.
pub fn folder() -> Result<PathBuf, Error> {
    let of = |name| env::var_os(name).filter(|it| !it.is_empty()).map(PathBuf::from);
    let cache = || of("XDG_CACHE_HOME").or_else(|| Some(of("HOME")?.join(".cache")));
    let folder = of("SARAB_LAB").or_else(|| Some(cache()?.join("sarab/xen")));
    let none = "there is no folder for caches; name one with SARAB_LAB";
    folder.ok_or_else(|| Error::Unavailable(none.into()))
}

/// Unpacks the hypervisor, since QEMU wants it so.
fn unpack_hypervisor(root: &Path, linux: &Linux) -> Result<PathBuf, String> {
    let unpacked = root.join("boot/xen");
    if unpacked.exists() {
        return Ok(unpacked);
    }
    let cannot = |error| format!("{}: {error}", root.display());
    let mut files = fs::read_dir(root.join("boot")).map_err(cannot)?.flatten();
    let packed = files.find(|file| {
        let name = file.file_name();
        let name = name.to_string_lossy();
        name.starts_with("xen-") && name.ends_with(".gz")
    });
    let packed = packed.ok_or_else(|| format!("no hypervisor in {}", root.display()))?.path();
    let part = root.join("boot/xen.part");
    let to = File::create(&part).map_err(cannot)?;
    let status = std::process::Command::new(&linux.busybox)
        .args(["gunzip".as_ref(), "-c".as_ref(), packed.as_os_str()])
        .stdout(to)
        .status();
    if !status.is_ok_and(|status| status.success()) {
        return Err(format!("{} cannot be unpacked", packed.display()));
    }
    fs::rename(part, &unpacked).map_err(cannot)?;
    Ok(unpacked)
}
