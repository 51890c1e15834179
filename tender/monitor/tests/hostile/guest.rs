//! A guest that writes whatever it likes into what it shares with its tender, and rings.
//!
//! Its program is a string of bytes, so that a fuzzer can write it as well as a test.

use std::{
    fs, io,
    mem::ManuallyDrop,
    os::{
        fd::{AsFd, BorrowedFd},
        unix::net::UnixDatagram,
    },
    path::Path,
};

use sarab_abi::{Device, Submission, manifest::Entry};
use sarab_device::Mac;
use sarab_monitor::{
    After, Tender, Wire, attach::Attached, command::Command, image::Image, layout::Layout,
    memory::Memory,
};
use sarab_tap::Receive;

use crate::elf;

/// Where the guest sees its memory.
const BASE: u64 = 0x5000_0000;
/// Bytes of its memory.
const MEMORY_BYTES: u64 = 4 << 20;
/// Bytes of its disk.
pub(crate) const DISK_BYTES: usize = 64 << 10;

/// The host's end of a card: a socket that keeps messages apart.
struct Socket(UnixDatagram);

impl AsFd for Socket {
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.0.as_fd()
    }
}

impl Wire for Socket {
    fn receive_as(&self, _: Receive) -> io::Result<()> {
        Ok(())
    }
}

/// A guest without a processor: its memory, its tender, and the other end of its card.
pub(crate) struct Guest {
    pub(crate) tender: ManuallyDrop<Tender>,
    pub(crate) devices: Vec<Device>,
    pub(crate) wire: UnixDatagram,
    heap: u64,
    disk: std::path::PathBuf,
    _folder: tempfile::TempDir,
}

impl Guest {
    /// Boots it with one card and one disk.
    pub(crate) fn new() -> Self {
        let folder = tempfile::tempdir().expect("a folder can be made");
        let (file, disk) = (folder.path().join("image"), folder.path().join("disk"));
        let entries = [Entry::Disk("data"), Entry::Network("service")];
        fs::write(&file, elf::image(&entries)).expect("a file can be written");
        fs::write(&disk, vec![0x55; DISK_BYTES]).expect("a file can be written");
        let image = Image::open(&file).expect("it is an image");
        let (wire, tap) = UnixDatagram::pair().expect("a pair of sockets");
        for end in [&wire, &tap] {
            end.set_nonblocking(true).expect("a socket need not block");
        }
        let attached = attached(&image, &disk, tap);
        let layout = Layout::new(&image, &attached, &[], MEMORY_BYTES).expect("it fits");
        let mut memory = Memory::map(layout.size_bytes()).expect("there is memory");
        memory.set_base(BASE);
        memory.set_parts(layout.parts(&image));
        image.load(&memory, BASE + layout.image()).expect("it fits");
        let mut tender = Tender::new(memory, &layout, image.span_bytes).expect("a tender");
        let devices = tender.attach(attached, &layout).expect("devices");
        tender.boot().expect("it boots");
        let heap = BASE + layout.size_bytes() - (1 << 20);
        let tender = ManuallyDrop::new(tender);
        Self { tender, devices, wire, heap, disk, _folder: folder }
    }

    /// Returns a place in the heap where nothing else is.
    pub(crate) fn heap(&self) -> u64 {
        self.heap
    }

    /// Returns what is on the disk.
    pub(crate) fn disk(&self) -> Vec<u8> {
        fs::read(&self.disk).expect("the disk is there")
    }

    /// Writes a submission as the `count`-th of queue `queue` of device `device`, and says that there are
    /// that many.
    pub(crate) fn submit(
        &self,
        (device, queue): (usize, usize),
        count: u32,
        submission: &Submission,
    ) {
        let Device { slots, queues, .. } = self.devices[device];
        let queue = queues[queue];
        let at = queue + sarab_abi::submission_at(slots, count);
        self.put(at, submission);
        self.put(queue, &(count + 1));
    }

    pub(crate) fn put<T: zerocopy::IntoBytes + zerocopy::Immutable>(
        &self,
        address: u64,
        value: &T,
    ) {
        self.tender.memory().put(address, value).expect("it is in the guest's memory");
    }

    /// Runs a program: five bytes a step, a place and a value to write there, or a ring.
    ///
    /// Returns how it ended, if it did.
    pub(crate) fn run(&mut self, program: &[u8]) -> Option<After> {
        let places = self.places();
        for step in program.as_chunks::<5>().0 {
            let [place, value @ ..] = *step;
            let value = u32::from_le_bytes(value);
            if place == 0xff {
                // A wait could be for ever; the rest is as a guest would ring.
                match self.tender.ring(if value == 1 { 0 } else { value }) {
                    After::GoOn => continue,
                    end => return Some(end),
                }
            }
            if place == 0xfe {
                let _ = self.wire.send(&value.to_le_bytes());
                continue;
            }
            let address = places[usize::from(place) % places.len()];
            // A small value is more often a count, a large one part of an address.
            let value = if value & 1 == 0 { value } else { self.address_part(place, value) };
            self.put(address, &value);
        }
        None
    }

    /// The words that a guest can write to any effect: the control block, counts and submissions.
    fn places(&self) -> Vec<u64> {
        let mut places = Vec::new();
        for device in &self.devices {
            for queue in device.queues.into_iter().filter(|queue| *queue != 0) {
                places.extend((0..4).map(|word| queue + 4 * word));
                places.extend((0..16).map(|word| queue + 64 + 4 * word));
            }
        }
        places
    }

    /// Makes an address of its memory likely, whichever half of it is written.
    fn address_part(&self, place: u8, value: u32) -> u32 {
        let low = u32::try_from(self.heap & 0xffff_ffff).expect("it is 32 bits");
        if place.is_multiple_of(2) { low.wrapping_add(value >> 12) } else { 0 }
    }
}

/// Gives the memory back, as a fuzzer makes very many guests.
impl Drop for Guest {
    fn drop(&mut self) {
        let memory = self.tender.memory();
        let (start, size) = (memory.host().as_ptr(), memory.size_bytes());
        // SAFETY: the tender is not used any more.
        unsafe { ManuallyDrop::drop(&mut self.tender) };
        let size = usize::try_from(size).expect("it was mapped");
        // SAFETY: with the tender, the threads of its disks have ended, so nobody reaches the mapping.
        let answer = unsafe { libc::munmap(start.cast(), size) };
        assert_eq!(answer, 0, "the mapping is there");
    }
}

fn attached(image: &Image, disk: &Path, tap: UnixDatagram) -> Attached {
    let line = format!("--disk data={} image", disk.display());
    let command = Command::read(line.split(' ').map(Into::into)).expect("a command line");
    let wants = &image.wants[..1];
    let mut attached = Attached::open(wants, &command).expect("the disk is there");
    attached.connect("service", Mac([2, 0, 0, 0, 0, 1]), 1500, Box::new(Socket(tap)));
    attached
}
