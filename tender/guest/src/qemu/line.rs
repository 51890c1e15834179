//! What QEMU is told, option by option.

use std::{
    ffi::{OsStr, OsString},
    os::unix::ffi::{OsStrExt, OsStringExt},
    path::Path,
};

use super::{
    device::{Backend, Device, Disk, Place},
    machine::{Kind, Machine},
};
use crate::SERIAL_BYTES_MAX;

/// The program.
pub const QEMU: &str = "qemu-system-x86_64";

/// The fence that QEMU puts round itself, where it is built with one: it starts no other program, gains no rights, and
/// makes no system call that no library makes today.
pub const SANDBOX: [&str; 2] =
    ["-sandbox", "on,obsolete=deny,elevateprivileges=deny,spawn=deny,resourcecontrol=deny"];

/// Bytes in a sector of a disk of which nothing else is said.
pub(super) const SECTOR_BYTES: u32 = 512;

/// What QEMU is told.
#[derive(Clone, Copy, Debug)]
pub struct Line<'a> {
    /// The machine.
    pub machine: Machine,
    /// What runs the instructions of the guest.
    pub accelerator: Accelerator,
    /// Bytes of memory.
    pub memory_bytes: u64,
    /// The devices, in the manifest's order.
    pub devices: &'a [Device],
    /// The image.
    pub image: &'a Path,
    /// The guest's command line.
    pub boot: &'a str,
    /// Where lines of the log and reports go.
    pub reports: Reports,
    /// The descriptor that the guest's status is written to.
    pub status: i32,
    /// Whether QEMU is to put its fence round itself, which not every QEMU has.
    pub has_sandbox: bool,
    /// The port of the loopback interface where a debugger may attach, before which the guest does not run.
    pub debug_port: Option<u16>,
}

/// What runs the instructions of the guest.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Accelerator {
    /// The processor itself.
    Kvm,
    /// QEMU's translator.
    Tcg,
}

/// Where lines of the log and reports go.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reports {
    /// To QEMU's standard error, which is a pipe, a file or a terminal that can be opened anew.
    StandardError,
    /// To the serial port, as what the program prints.
    SerialPort,
}

/// An option of QEMU, with its value if it takes one.
pub(super) type Setting = (&'static str, Option<OsString>);

impl Line<'_> {
    /// Returns the words, the name of the program first.
    #[must_use]
    pub fn words(&self) -> Vec<OsString> {
        let settings = self.settings().into_iter();
        let words = settings.flat_map(|(option, value)| [Some(option.into()), value]);
        [Some(QEMU.into())].into_iter().chain(words).flatten().collect()
    }

    /// Returns the options.
    pub(super) fn settings(&self) -> Vec<Setting> {
        let mut line = Settings(Vec::new());
        for (option, value) in self.machine.options() {
            line.add(option, value);
        }
        let (accelerator, processor) = self.accelerator.names();
        line.add("-accel", accelerator);
        line.add("-cpu", processor);
        line.add("-m", memory(self.memory_bytes));
        line.add("-smp", "1");
        line.flag("-nodefaults");
        line.flag("-no-user-config");
        line.add("-display", "none");
        line.flag("-no-reboot");
        if self.has_sandbox {
            let [option, value] = SANDBOX;
            line.add(option, value);
        }
        self.streams(&mut line);
        for (index, device) in self.devices.iter().enumerate() {
            match device {
                Device::Card { backend, mac, mtu } => {
                    line.add("-netdev", netdev(index, backend));
                    let card = self.machine.device(Kind::Net, index);
                    line.add(
                        "-device",
                        format!("{card},netdev=net{index},mac={mac},host_mtu={mtu}"),
                    );
                }
                Device::Disk(disk) => self.disk(&mut line, index, disk),
            }
        }
        line.add("-device", self.machine.device(Kind::Random, self.devices.len()));
        if let Some(port) = self.debug_port {
            line.add("-gdb", format!("tcp:127.0.0.1:{port}"));
            line.flag("-S");
        }
        line.add("-kernel", self.image);
        line.add("-append", self.boot);
        line.0
    }

    /// The serial port is QEMU's standard input and output. What else the guest says goes to files that are there
    /// already: nothing of them is cut off.
    fn streams(&self, line: &mut Settings) {
        line.add("-chardev", "stdio,id=serial,signal=off");
        line.add("-serial", "chardev:serial");
        if self.reports == Reports::StandardError {
            line.add("-chardev", "file,id=error,path=/dev/stderr,append=on");
            line.add("-device", "isa-debugcon,iobase=0xe9,chardev=error");
        }
        let status = self.status;
        line.add("-chardev", format!("file,id=status,path=/dev/fd/{status},append=on"));
        line.add("-device", "isa-debugcon,iobase=0x501,chardev=status");
        line.add("-device", "isa-debug-exit,iobase=0xf4,iosize=4");
    }

    fn disk(&self, line: &mut Settings, index: usize, disk: &Disk) {
        let driver = match disk.place {
            Place::File => "file",
            Place::BlockDevice => "host_device",
        };
        let access = if disk.is_writable { "off" } else { "on" };
        let mut file = OsString::from(format!(
            "driver=raw,node-name=disk{index},read-only={access},discard=unmap,cache.direct=off,\
             cache.no-flush=off,file.driver={driver},file.aio=threads,file.filename="
        ));
        file.push(value(disk.path.as_os_str()));
        line.add("-blockdev", file);
        let mut device = OsString::from(self.machine.device(Kind::Block, index));
        device.push(format!(",drive=disk{index},write-cache=on"));
        if disk.sector_bytes != SECTOR_BYTES {
            let bytes = disk.sector_bytes;
            device.push(format!(",logical_block_size={bytes},physical_block_size={bytes}"));
        }
        if disk.name.len() <= SERIAL_BYTES_MAX {
            device.push(",serial=");
            device.push(value(OsStr::new(&disk.name)));
        }
        line.add("-device", device);
    }
}

impl Accelerator {
    /// Returns its name and that of the processor that goes with it.
    const fn names(self) -> (&'static str, &'static str) {
        match self {
            Self::Kvm => ("kvm", "host"),
            Self::Tcg => ("tcg", "max"),
        }
    }
}

/// Options, one behind the other.
struct Settings(Vec<Setting>);

impl Settings {
    fn add(&mut self, option: &'static str, value: impl AsRef<OsStr>) {
        self.0.push((option, Some(value.as_ref().to_owned())));
    }

    fn flag(&mut self, option: &'static str) {
        self.0.push((option, None));
    }
}

/// Returns a size in the units that QEMU knows, no smaller than `bytes`.
fn memory(bytes: u64) -> String {
    if bytes.is_multiple_of(1 << 20) {
        format!("{}M", bytes >> 20)
    } else {
        format!("{}K", bytes.div_ceil(1 << 10))
    }
}

fn netdev(index: usize, backend: &Backend) -> String {
    match backend {
        Backend::Tap(name) => {
            let name = name.replace(',', ",,");
            format!("tap,id=net{index},ifname={name},script=no,downscript=no,vnet_hdr=on")
        }
        Backend::User(net) => {
            format!(
                "user,id=net{index},net=10.0.{net}.0/24,host=10.0.{net}.1,dhcpstart=10.0.{net}.2"
            )
        }
    }
}

/// Returns a text as the value of an option: a comma in it stands twice.
fn value(text: &OsStr) -> OsString {
    let twice = |byte: &u8| if *byte == b',' { vec![b',', b','] } else { vec![*byte] };
    OsString::from_vec(text.as_bytes().iter().flat_map(twice).collect())
}

#[cfg(test)]
mod tests;
