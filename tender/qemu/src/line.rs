//! The command line of QEMU.

use std::{
    ffi::{OsStr, OsString},
    os::unix::ffi::{OsStrExt, OsStringExt},
    path::Path,
};

use crate::{
    accelerator::Accelerator,
    device::{Backend, Device, Disk, Place},
    machine::{Kind, Machine},
};

/// The program.
pub(crate) const QEMU: &str = "qemu-system-x86_64";

/// The most bytes of the name that a disk says (virtio 1.2, section 5.2.6, `VIRTIO_BLK_T_GET_ID`).
const SERIAL_BYTES_MAX: usize = 20;

/// Bytes in a sector of a disk of which nothing else is said.
const SECTOR_BYTES: u32 = 512;

/// What QEMU is told.
pub(crate) struct Line<'a> {
    pub(crate) machine: Machine,
    pub(crate) accelerator: Accelerator,
    pub(crate) memory_bytes: u64,
    /// The devices, in the manifest's order.
    pub(crate) devices: &'a [Device],
    pub(crate) image: &'a Path,
    /// The guest's command line.
    pub(crate) boot: &'a str,
    /// The descriptor that the guest's status is written to.
    pub(crate) status: i32,
    pub(crate) debug_port: Option<u16>,
}

impl Line<'_> {
    /// Returns the words, the name of the program first.
    pub(crate) fn words(&self) -> Vec<OsString> {
        let mut words = Words(vec![QEMU.into()]);
        words.add(self.machine.words());
        words.add(self.accelerator.words());
        words.add(["-m", &memory(self.memory_bytes), "-smp", "1"]);
        words.add(["-nodefaults", "-no-user-config", "-display", "none", "-no-reboot"]);
        self.streams(&mut words);
        for (index, device) in self.devices.iter().enumerate() {
            match device {
                Device::Card { backend, mac, mtu } => {
                    words.add(["-netdev", &netdev(index, backend)]);
                    let card = self.machine.device(Kind::Net, index);
                    let card = format!("{card},netdev=net{index},mac={mac},host_mtu={mtu}");
                    words.add(["-device", &card]);
                }
                Device::Disk(disk) => self.disk(&mut words, index, disk),
            }
        }
        words.add(["-device", &self.machine.device(Kind::Random, self.devices.len())]);
        if let Some(port) = self.debug_port {
            words.add(["-gdb", &format!("tcp:127.0.0.1:{port}"), "-S"]);
        }
        words.add([OsStr::new("-kernel"), self.image.as_os_str()]);
        words.add(["-append", self.boot]);
        words.0
    }

    /// The serial port is QEMU's standard input and output, which are pipes. What else the guest says goes to
    /// files that are there already: nothing of them is cut off.
    fn streams(&self, words: &mut Words) {
        let status = format!("file,id=status,path=/dev/fd/{},append=on", self.status);
        words.add(["-chardev", "stdio,id=serial,signal=off", "-serial", "chardev:serial"]);
        words.add(["-chardev", "file,id=error,path=/dev/stderr,append=on"]);
        words.add(["-device", "isa-debugcon,iobase=0xe9,chardev=error"]);
        words.add(["-chardev", &status]);
        words.add(["-device", "isa-debugcon,iobase=0x501,chardev=status"]);
        words.add(["-device", "isa-debug-exit,iobase=0xf4,iosize=4"]);
    }

    fn disk(&self, words: &mut Words, index: usize, disk: &Disk) {
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
        words.add([OsStr::new("-blockdev"), &file]);
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
        words.add([OsStr::new("-device"), &device]);
    }
}

/// Words, one behind the other.
struct Words(Vec<OsString>);

impl Words {
    fn add(&mut self, words: impl IntoIterator<Item = impl AsRef<OsStr>>) {
        self.0.extend(words.into_iter().map(|word| word.as_ref().to_owned()));
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
