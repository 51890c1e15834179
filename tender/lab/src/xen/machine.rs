//! The machine: what QEMU is told.

use std::{
    path::{Path, PathBuf},
    time::Duration,
};

use crate::{agent::Order, linux::Linux};

/// Something to do in a lab.
#[derive(Clone, Debug, Default)]
pub struct Job {
    /// The program whose `--agent PORT` is [`serve`](crate::agent::serve).
    pub agent: PathBuf,
    /// What it starts.
    pub order: Order,
    /// Files of the host that are there, by the path that they have there.
    pub files: Vec<(String, PathBuf)>,
    /// Other files, with what is in them.
    pub texts: Vec<(String, String)>,
    /// Bytes of memory for guests.
    pub memory_bytes: u64,
    /// Disks of dom0: `/dev/vda`, and on.
    pub disks: Vec<Disk>,
    /// Cards of dom0, each on a bridge of its own: `br0`, and on. Without one there is a `br0` with the address
    /// 10.0.0.1/24.
    pub cards: Vec<Card>,
    /// Whether time passes there by instructions, so that what is measured does not depend on what else the host does.
    pub counts_instructions: bool,
    /// What is told of it when it starts.
    pub step: &'static str,
    /// How long the program may run, if not for ever.
    pub limit: Option<Duration>,
}

/// A file of the host, as a disk.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Disk {
    /// The file.
    pub file: PathBuf,
    /// Whether it is only read.
    pub is_read_only: bool,
}

/// What a card is attached to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Card {
    /// A tap of this host.
    Tap(String),
    /// A network that QEMU makes up, without any rights: 10.0.0.0/24, where the host is 10.0.0.1. A port of the
    /// host's loopback interface may lead to one of 10.0.0.2.
    User(Option<(u16, u16)>),
}

/// Megabytes of memory for Xen and for dom0.
const XEN_MB: u64 = 128;
const DOM0_MB: u64 = 320;

/// The files that a machine is booted from.
pub(super) struct Files<'a> {
    pub(super) hypervisor: &'a Path,
    pub(super) linux: &'a Linux,
    pub(super) memory_disk: &'a Path,
    /// Where the hypervisor, dom0's kernel and dom0's scripts speak.
    pub(super) log: &'a Path,
}

/// Returns the words for QEMU. Its standard input and output are the [wire](crate::frame).
pub(super) fn words(files: &Files, job: &Job, image_bytes: u64) -> Vec<String> {
    let (hypervisor, kernel) = (files.hypervisor.display(), files.linux.kernel.display());
    // The memory disk lies there twice while it is unpacked.
    let dom0_mb = DOM0_MB + (2 * image_bytes).div_ceil(1 << 20);
    let memory_mb = XEN_MB + dom0_mb + job.memory_bytes.div_ceil(1 << 20);
    let mut words = split("-nodefaults -no-user-config -display none -no-reboot -monitor none");
    // Linux as dom0 does not get along with SMAP as QEMU 7.2 emulates it. QEMU repeats `movsb` a byte at a time, and
    // Linux copies by it where the processor says that it is quick (erms, fsrm): this one does not.
    words.extend(split("-machine pc -accel tcg -cpu max,-smap,-xsave,-erms,-fsrm -smp 1"));
    if job.counts_instructions {
        // 8 ns each, which is about as quick as QEMU emulates them. While nothing runs, time passes at once.
        words.extend(split("-icount shift=3,sleep=off"));
    }
    words.extend(["-m".into(), memory_mb.to_string()]);
    words.extend(["-kernel".into(), hypervisor.to_string()]);
    let append = format!(
        "console=com1 com1=115200,8n1 loglvl=all guest_loglvl=all dom0_max_vcpus=1 dom0_mem={dom0_mb}M"
    );
    words.extend(["-append".into(), append]);
    // What stands before the comma are the words for the kernel, so there is no comma in them.
    let initrd = format!("{kernel} console=hvc0 loglevel=4,{}", comma(files.memory_disk));
    words.extend(["-initrd".into(), initrd]);
    words.extend(["-serial".into(), format!("file:{}", comma(files.log))]);
    words.extend(split("-device virtio-serial-pci -chardev stdio,id=wire,signal=off"));
    words.extend(split("-device virtserialport,chardev=wire,nr=1"));
    for (index, disk) in job.disks.iter().enumerate() {
        words.extend(disk.words(index));
    }
    for (index, card) in job.cards.iter().enumerate() {
        words.extend(card.words(index));
    }
    words
}

impl Disk {
    fn words(&self, index: usize) -> [String; 4] {
        let file = comma(&self.file);
        let read_only = if self.is_read_only { ",read-only=on" } else { "" };
        let backend = format!(
            "driver=raw,node-name=disk{index}{read_only},discard=unmap,\
             file.driver=file,file.filename={file}"
        );
        let device = format!("virtio-blk-pci,drive=disk{index}");
        ["-blockdev".into(), backend, "-device".into(), device]
    }
}

impl Card {
    fn words(&self, index: usize) -> [String; 4] {
        let backend = match self {
            Self::Tap(tap) => {
                format!("tap,id=card{index},ifname={tap},script=no,downscript=no")
            }
            Self::User(ports) => {
                let forward =
                    ports.map(|(from, to)| format!(",hostfwd=tcp:127.0.0.1:{from}-10.0.0.2:{to}"));
                let forward = forward.unwrap_or_default();
                format!("user,id=card{index},net=10.0.0.0/24,host=10.0.0.1,dns=10.0.0.3{forward}")
            }
        };
        // A ROM to boot from the network is of no use, and may not be installed.
        let device = format!("virtio-net-pci,netdev=card{index},romfile=");
        ["-netdev".into(), backend, "-device".into(), device]
    }
}

fn split(words: &str) -> Vec<String> {
    words.split(' ').map(Into::into).collect()
}

/// Writes a path so that QEMU does not take a comma in it for the end.
fn comma(path: &Path) -> String {
    path.display().to_string().replace(',', ",,")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn line(job: &Job) -> String {
        let linux = Linux { kernel: "/k".into(), modules: Vec::new(), busybox: "/b".into() };
        let files = Files {
            hypervisor: Path::new("/xen"),
            linux: &linux,
            memory_disk: Path::new("/a,b"),
            log: Path::new("/log"),
        };
        words(&files, job, 1 << 20).join(" ")
    }

    #[test]
    fn the_memory_is_that_of_xen_dom0_and_guests() {
        let line = line(&Job { memory_bytes: 32 << 20, ..Job::default() });
        assert!(line.contains(" -m 482 ") && line.contains(" dom0_mem=322M"), "{line}");
        assert!(line.contains(" -initrd /k console=hvc0 loglevel=4,/a,,b "), "{line}");
    }

    #[test]
    fn time_passes_by_instructions_where_that_is_asked_for() {
        assert!(line(&Job { counts_instructions: true, ..Job::default() }).contains(" -icount "));
        assert!(!line(&Job::default()).contains(" -icount "));
    }

    #[test]
    fn what_is_attached_is_attached_in_order() {
        let disk = |file: &str, is_read_only| Disk { file: file.into(), is_read_only };
        let line = line(&Job {
            disks: vec![disk("/a,b", false), disk("/c", true)],
            cards: vec![Card::Tap("tap0".into()), Card::User(Some((8080, 80)))],
            ..Job::default()
        });
        for expected in [
            "driver=raw,node-name=disk0,discard=unmap,file.driver=file,file.filename=/a,,b",
            "driver=raw,node-name=disk1,read-only=on,",
            "tap,id=card0,ifname=tap0,script=no,downscript=no",
            "user,id=card1,net=10.0.0.0/24,host=10.0.0.1,dns=10.0.0.3,hostfwd=tcp:127.0.0.1:8080-10.0.0.2:80",
        ] {
            assert!(line.contains(expected), "{line}");
        }
    }
}
