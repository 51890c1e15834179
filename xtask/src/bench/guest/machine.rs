//! The machine of QEMU that both have.

use std::{path::Path, process::Command};

use crate::bench::image::{folder, image, tender};

/// Words before an image. With ACPI and a PCI bus it is one that a Linux of Debian knows, too.
const WORDS: [&str; 8] =
    ["--machine", "q35", "--accel", "tcg", "--memory", "256MiB", "--net", "service=tap:tap0"];

/// The machine, as a line of the shell without what is booted.
pub(super) struct Machine {
    line: String,
    /// The descriptor that the status is written to.
    status: String,
    /// The file that takes all that is said.
    log: String,
}

/// The processor as `sarab-qemu` names it, and as it is here. The translator repeats `movsb` a byte at a time, and Linux
/// copies by it where the processor says that it is quick: this one does not.
const PROCESSOR: (&str, &str) = (" -cpu max ", " -cpu max,erms=off,fsrm=off ");

/// What stands before the kernel.
const KERNEL: &str = " -kernel ";

impl Machine {
    /// Returns the machine that `sarab run` would start.
    pub(super) fn of(root: &Path) -> Result<Self, String> {
        let mut show = Command::new(tender(root, "qemu"));
        let image = image(root, "site-virtio");
        let shown = show.args(WORDS).arg("--show").arg(image).output();
        let shown = shown.map_err(|error| format!("cannot start sarab-qemu: {error}"))?;
        let line = String::from_utf8_lossy(&shown.stdout).into_owned();
        let log = folder(root).join("guest.log").display().to_string();
        Self::read(&line, log)
            .ok_or_else(|| format!("sarab-qemu: {line}{}", String::from_utf8_lossy(&shown.stderr)))
    }

    fn read(line: &str, log: String) -> Option<Self> {
        let (line, _) = line.rsplit_once(KERNEL)?;
        let (before, behind) = line.split_once(PROCESSOR.0)?;
        let (_, status) = line.split_once("path=/dev/fd/")?;
        let status = status.split(',').next()?.into();
        let line = [before, PROCESSOR.1, behind].concat();
        Some(Self { line, status, log })
    }

    /// Returns the address of its card.
    pub(super) fn mac(&self) -> Result<&str, String> {
        let (_, mac) = self.line.split_once("mac=").ok_or("QEMU's card has no address")?;
        Ok(mac.split([',', ' ', '\'']).next().unwrap_or_default())
    }

    /// Returns the words that start an image.
    pub(super) fn sarab(&self, image: &Path) -> Vec<String> {
        self.boot(&format!("{}", image.display()))
    }

    /// Returns the words that start QEMU with this `kernel`, and what stands behind that.
    pub(super) fn boot(&self, kernel: &str) -> Vec<String> {
        let Self { line, status, log } = self;
        let script = format!("exec >{log} 2>&1 {status}>/dev/null; exec {line}{KERNEL}{kernel}");
        ["bash".into(), "-c".into(), script].to_vec()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_kernel_is_taken_off_the_line() {
        let line = "qemu -M q35 -cpu max -chardev file,path=/dev/fd/3,append=on -device virtio-net-pci,mac=52:54:00:00:00:01,mtu=1 \
            -kernel image -append 'a b'\n";
        let machine = Machine::read(line, "log".into()).expect("it is all there");
        assert_eq!(machine.mac(), Ok("52:54:00:00:00:01"));
        let [_, _, script] = &machine.boot("vmlinuz -append x")[..] else { panic!("three words") };
        assert!(script.starts_with(
            "exec >log 2>&1 3>/dev/null; exec qemu -M q35 -cpu max,erms=off,fsrm=off -chardev"
        ));
        assert!(script.ends_with(",mtu=1 -kernel vmlinuz -append x"));
    }
}
