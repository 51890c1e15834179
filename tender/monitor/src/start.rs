//! From the command line to a guest that is ready to run.

use std::mem;

use crate::{
    Error, Tender, attach::Attached, command::Command, fence, image::Image, layout::Layout,
    memory::Memory,
};

/// A guest that is ready to run.
pub struct Start {
    /// Its tender.
    pub tender: Tender,
    /// The first instruction.
    pub entry: u64,
    /// The first value of the stack pointer.
    pub stack: u64,
    /// The boot block.
    pub boot: u64,
    /// Where the image lies.
    pub image: u64,
}

impl Start {
    /// Loads the image and opens what is attached to it.
    ///
    /// `place` says where the guest is to see its memory, and returns the kind of its doorbell and where it
    /// sees that.
    pub fn prepare(
        command: &Command,
        place: impl FnOnce(&mut Memory) -> Result<(u32, u64), Error>,
    ) -> Result<Self, Error> {
        let image = Image::open(&command.image)?;
        command.texts()?;
        let attached = Attached::open(&image.wants, command)?;
        // From here on nothing is opened any more. The disks' threads, which start below, inherit that. A
        // tender that waits for a debugger has a port to open yet, and does this itself.
        if command.debug_port.is_none() {
            fence::forbid()?;
        }
        let layout = Layout::new(&image, &attached, &command.words, command.memory_bytes)?;
        let mut memory = Memory::map(layout.size_bytes()).map_err(|error| {
            Error::unavailable(format_args!("cannot get memory for the guest: {error}"))
        })?;
        let doorbell = place(&mut memory)?;
        memory.set_parts(layout.parts(&image));
        let base = memory.base();
        image.load(&memory, base + layout.image())?;
        let mut tender = Tender::new(memory, &layout, image.span_bytes)?;
        let devices = tender.attach(attached, &layout)?;
        let written = layout.write_boot(tender.memory(), &devices, doorbell);
        written.ok_or_else(|| Error::usage("the arguments do not fit the guest's memory"))?;
        let start = Self {
            tender,
            entry: base + layout.image() + image.entry,
            stack: base + layout.stack_pointer(),
            boot: base + layout.boot(),
            image: base + layout.image(),
        };
        // Unmapping and closing the file would take system calls, and gain nothing.
        mem::forget(image);
        Ok(start)
    }
}
