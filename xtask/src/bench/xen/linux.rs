//! The Linux that is measured beside us: Debian's kernel, which is dom0's as well, busybox, and a memory disk.

use std::{
    fs::{self, File},
    io::Write as _,
    path::Path,
    process::{Command, Stdio},
};

use sarab_lab::{progress::Progress, xen::Lab};

use crate::{
    Done,
    bench::{guest::linux::memory_disk, image::image},
    report,
};

/// The names that its files are kept under.
pub(super) const KERNEL: &str = "linux-xen";
pub(super) const DISK: &str = "linux-xen.initramfs";

/// What its network card needs.
const MODULES: [&str; 1] = ["drivers/net/xen-netfront.ko"];

/// What its kernel is told.
pub(super) const LINE: &str = "console=hvc0 quiet panic=-1 mitigations=off";

/// Unpacks the kernel, and makes the memory disk of it and what was built.
pub(in crate::bench) fn prepare(root: &Path) -> Done {
    report::step("linux");
    let lab = Lab::prepare(&mut Progress::new("bench"));
    let linux = lab.and_then(|lab| lab.linux(&MODULES));
    let linux = linux.map_err(|error| error.to_string())?;
    memory_disk(root, &linux, &image(root, DISK))?;
    unpack(&linux.kernel, &image(root, KERNEL))
}

/// How what is packed by `xz` begins.
const PACKED: &[u8] = b"\xfd7zXZ\0";

/// Unpacks a kernel, so that the toolstack has not to, which takes half a minute in QEMU.
fn unpack(kernel: &Path, to: &Path) -> Done {
    let cannot = |error| format!("{}: {error}", kernel.display());
    let bytes = fs::read(kernel).map_err(cannot)?;
    let mut places = bytes.windows(PACKED.len());
    let start = places.position(|it| it == PACKED).ok_or("the kernel is not packed by xz")?;
    let output = File::create(to).map_err(|error| format!("{}: {error}", to.display()))?;
    let mut command = Command::new("xz");
    command.arg("-dc").stdin(Stdio::piped()).stdout(output).stderr(Stdio::null());
    let mut child = command.spawn().map_err(|error| format!("xz: {error}"))?;
    // What stands behind it is none of its, and does not please it.
    let _ = child.stdin.take().map(|mut input| input.write_all(&bytes[start..]));
    child.wait().map_err(|error| format!("xz: {error}"))?;
    let head = fs::read(to).map_err(cannot)?;
    let is_image = head.starts_with(b"\x7fELF");
    is_image.then_some(()).ok_or_else(|| format!("{} cannot be unpacked", kernel.display()))
}
