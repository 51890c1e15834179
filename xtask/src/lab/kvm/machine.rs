//! A machine of QEMU, which emulates the processor and its virtualisation in software.

use std::{
    io::{BufRead, BufReader, Read},
    path::Path,
    process::{Command, Stdio},
    time::Duration,
};

use sarab_lab::process::bounded;

/// A machine to boot.
pub(super) struct Machine<'a> {
    /// The kernel.
    pub(super) kernel: &'a Path,
    /// The file of the memory disk.
    pub(super) initramfs: &'a Path,
    /// Its memory.
    pub(super) megabytes: u32,
}

impl Machine<'_> {
    /// Boots and waits until the machine has turned itself off, or ends it after `limit`. `take` is
    /// given each line that it prints.
    pub(super) fn boot(&self, limit: Duration, mut take: impl FnMut(&str)) -> Result<(), String> {
        let mut child = self.command(limit).spawn().map_err(|error| format!("QEMU: {error}"))?;
        let read = child.stdout.take().map_or(Ok(()), |console| lines(console, &mut take));
        // Whatever was read, it ends, since it is bounded.
        let status = child.wait().map_err(|error| format!("QEMU: {error}"))?;
        read.map_err(|error| format!("the console: {error}"))?;
        if !status.success() {
            take(&format!("QEMU ended with {status}"));
        }
        Ok(())
    }

    fn command(&self, limit: Duration) -> Command {
        let mut command = bounded(limit, "qemu-system-x86_64");
        command
            .args(["-accel", "tcg", "-cpu", "max", "-nodefaults", "-display", "none", "-no-reboot"])
            .args(["-m", &self.megabytes.to_string(), "-serial", "stdio"])
            .args(["-append", "console=ttyS0 quiet panic=-1"])
            .arg("-kernel")
            .arg(self.kernel)
            .arg("-initrd")
            .arg(self.initramfs)
            .stdin(Stdio::null())
            .stdout(Stdio::piped());
        command
    }
}

/// Reads lines, whatever bytes are in them.
fn lines(console: impl Read, take: &mut impl FnMut(&str)) -> std::io::Result<()> {
    for line in BufReader::new(console).split(b'\n') {
        take(String::from_utf8_lossy(&line?).trim_end_matches('\r'));
    }
    Ok(())
}
