//! The Linux that is measured beside us: Debian's kernel for virtual machines, busybox, and a memory disk.

use std::{
    fs, io,
    path::{Path, PathBuf},
};

use sarab_lab::{archive::Archive, linux::Linux};

use super::machine::Machine;
use crate::{
    Done,
    bench::image::{image, static_hyper},
    lab, report,
};

/// What its network card needs.
const MODULES: [&str; 8] = [
    "drivers/virtio/virtio_ring.ko",
    "drivers/virtio/virtio.ko",
    "drivers/virtio/virtio_pci_modern_dev.ko",
    "drivers/virtio/virtio_pci_legacy_dev.ko",
    "drivers/virtio/virtio_pci.ko",
    "net/core/failover.ko",
    "drivers/net/net_failover.ko",
    "drivers/net/virtio_net.ko",
];

/// Fetches the kernel, and makes the memory disk of it and what was built.
pub(in crate::bench) fn prepare(root: &Path) -> Done {
    report::step("linux");
    let linux = lab::linux(root, &MODULES)?;
    memory_disk(root, &linux, &disk(root))?;
    let copied = fs::copy(&linux.kernel, kernel(root)).map(|_| ());
    copied.map_err(|error| format!("{}: {error}", linux.kernel.display()))
}

/// Writes the memory disk of a guest with this kernel to `file`.
pub(in crate::bench) fn memory_disk(root: &Path, linux: &Linux, file: &Path) -> Done {
    let mut archive = Archive::default();
    for folder in ["dev", "proc", "sys"] {
        archive.folder(folder);
    }
    linux.pack(&mut archive)?;
    let copied = copy(&mut archive, "htdocs", &root.join("example/site/htdocs"))
        .and_then(|()| archive.copy("bin/hyper-site", &static_hyper(root)))
        .and_then(|()| archive.copy("bin/stream", &image(root, "stream-c")));
    copied.map_err(|error| format!("the memory disk: {error}"))?;
    archive.program("init", INIT.as_bytes());
    fs::write(file, archive.finish()).map_err(|error| format!("{}: {error}", file.display()))
}

/// Copies a folder with all that is in it.
fn copy(archive: &mut Archive, name: &str, folder: &Path) -> io::Result<()> {
    for entry in fs::read_dir(folder)? {
        let path = entry?.path();
        let name = format!("{name}/{}", path.file_name().unwrap_or_default().display());
        if path.is_dir() {
            copy(archive, &name, &path)?;
        } else {
            archive.copy(&name, &path)?;
        }
    }
    Ok(())
}

/// Returns the words that start it.
pub(super) fn line(root: &Path, machine: &Machine) -> Vec<String> {
    let (kernel, disk) = (kernel(root), disk(root));
    let append = "console=ttyS0 quiet panic=-1 mitigations=off";
    machine.boot(&format!("{} -initrd {} -append '{append}'", kernel.display(), disk.display()))
}

fn kernel(root: &Path) -> PathBuf {
    image(root, "linux")
}

fn disk(root: &Path) -> PathBuf {
    image(root, "linux.initramfs")
}

/// The server whose first page is waited for is started first.
const INIT: &str = "#!/bin/busybox sh
/bin/busybox --install -s /bin
export PATH=/bin
mount -t devtmpfs none /dev
mount -t proc none /proc
mount -t sysfs none /sys
for module in /modules/*.ko; do insmod $module; done
ip address add 10.0.0.2/24 dev eth0
ip link set eth0 up
httpd -p 8080 -h /htdocs
ip link set lo up
hyper-site 8082 &
stream &
while :; do sleep 1000; done
";
