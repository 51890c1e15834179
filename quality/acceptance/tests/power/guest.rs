//! A guest with a disk that QEMU keeps a log of.

use std::{fs, process::Command};

use sarab_acceptance::{namespace::skip, process::run, script::Script, target::on_virtio};
use sarab_crash::Image;

use crate::log::Log;

/// The driver that notes all that is written, and passes it on.
const DRIVER: &str = "blklogwrites";

const DISK: &str = "disk.img";
const LOG: &str = "log";
const SECTOR_BYTES: u32 = 512;

/// An example with a disk.
pub(crate) struct Guest {
    script: Script,
}

/// What one life of a guest has done to its disk.
pub(crate) struct Life {
    pub(crate) before: Image,
    pub(crate) after: Image,
    pub(crate) log: Log,
}

/// Runs `body` for the target `virtio`, if there is a QEMU that can keep a log.
pub(crate) fn on_logged(test: &str, mut body: impl FnMut(&str)) {
    on_virtio(test, |target| {
        let known = run(Command::new("qemu-system-x86_64").args(["-drive", "format=help"])).stdout;
        if String::from_utf8_lossy(&known).split_whitespace().any(|driver| driver == DRIVER) {
            body(target);
        } else {
            skip(test, &format!("this QEMU has no {DRIVER}"));
        }
    });
}

impl Guest {
    /// Builds an example, to be run on a disk with these contents.
    pub(crate) fn new(example: &str, target: &str, disk: &[u8]) -> Self {
        let script = Script::of(example, target);
        script.put_disk(DISK);
        let log = format!("log-sector-size={SECTOR_BYTES},log.driver=file,log.filename={LOG}");
        script.edit("driver=raw,", "node-name", &format!("driver={DRIVER},{log},"));
        // The log is the same with KVM, which is not everywhere.
        script.edit("accelerator=kvm", "\n", "accelerator=tcg");
        fs::write(script.path(DISK), disk).expect("room");
        Self { script }
    }

    /// Runs it to its end with words that it is to be told.
    pub(crate) fn live(&self, words: &[&str]) -> Life {
        let log = self.script.path(LOG);
        fs::write(&log, "").expect("room");
        let before = self.disk();
        let (status, said) = self.script.run(words);
        assert_eq!(status, Some(0), "{said}");
        let log = Log::parse(&fs::read(log).expect("it is there"));
        let log = log.unwrap_or_else(|error| panic!("{error}; the guest said: {said}"));
        Life { before, after: self.disk(), log }
    }

    fn disk(&self) -> Image {
        let bytes = fs::read(self.script.path(DISK)).expect("it is there");
        Image::from_bytes(SECTOR_BYTES, &bytes)
    }
}
