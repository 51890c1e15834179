//! Where everything is in the memory of a guest.
//!
//! ```text
//! stack | boot page, arguments | image | control, console, queues, heap
//! ```
//!
//! Before and behind it lies a page that nobody can touch. The first one catches the overflow of the stack, the
//! second one whoever goes on past the heap. What may only be read comes together: the boot page, and the
//! image's constants if they come first in it.

use std::{ffi::OsString, os::unix::ffi::OsStrExt};

use sarab_abi::{Boot, Control, Device, MAGIC, PAGE_BYTES, queue_bytes};
use zerocopy::IntoBytes;

use crate::{
    Error,
    attach::Attached,
    image::{Image, page_down, page_up},
    memory::{Memory, Part, Protection},
};

/// Slots in a queue.
pub(crate) const SLOTS: u32 = 256;

/// Bytes for the console's texts, together with the control block before them.
const CONSOLE_BYTES: u64 = 4 * PAGE_BYTES;

/// The stack is a quarter of the memory, within these bounds.
const STACK_PART: u64 = 4;
const STACK_BYTES: (u64, u64) = (64 << 10, 1 << 20);

/// The least bytes of a heap.
const HEAP_BYTES_MIN: u64 = 64 << 10;

/// The bytes behind the stack's first address that a call would have pushed.
const CALL_BYTES: u64 = 8;

/// Where everything is, as offsets in guest memory.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Layout {
    boot: u64,
    texts: Vec<u8>,
    arguments_bytes: u64,
    image: u64,
    stack: (u64, u64),
    control: u64,
    queues: Vec<[u64; 2]>,
    heap: u64,
    end: u64,
}

impl Layout {
    /// Lays out `memory_bytes` for `image`, with `words` as its arguments.
    pub fn new(
        image: &Image,
        attached: &Attached,
        words: &[OsString],
        memory_bytes: u64,
    ) -> Result<Self, Error> {
        let stack_bytes = (memory_bytes / STACK_PART).clamp(STACK_BYTES.0, STACK_BYTES.1);
        let stack = (0, page_up(stack_bytes));
        let boot = stack.1;
        let mut texts = Vec::new();
        for word in words {
            push(&mut texts, word.as_bytes());
        }
        let arguments_bytes = texts.len() as u64;
        for line in &attached.variables {
            push(&mut texts, line.as_bytes());
        }
        let image_start = page_up(texts_at(boot, attached.count()) + texts.len() as u64);
        let control = image_start + image.span_bytes;
        let mut next = control + CONSOLE_BYTES;
        let queues = attached.queue_counts().map(|count| {
            let mut queues = [0; 2];
            for queue in queues.iter_mut().take(count) {
                *queue = next;
                next += queue_bytes(SLOTS);
            }
            queues
        });
        let queues = queues.collect();
        let heap = next.next_multiple_of(64);
        let end = page_down(memory_bytes);
        if end < heap + HEAP_BYTES_MIN {
            let least = page_up(heap + HEAP_BYTES_MIN) >> 10;
            let text = format_args!(
                "{} KiB are too little memory for this image; it takes {least} KiB to start, and \
                 more to work: `--memory {}KiB`",
                memory_bytes >> 10,
                least.next_power_of_two(),
            );
            return Err(Error::usage(text));
        }
        let image = image_start;
        Ok(Self { boot, texts, arguments_bytes, image, stack, control, queues, heap, end })
    }

    /// Returns the bytes of memory.
    #[must_use]
    pub fn size_bytes(&self) -> u64 {
        self.end
    }

    /// Returns what the guest may do where.
    #[must_use]
    pub fn parts(&self, image: &Image) -> Vec<Part> {
        let part = |start, end, protection| Part { start, end, protection, is_shared: false };
        let shared =
            |start, end| Part { start, end, protection: Protection::ReadWrite, is_shared: true };
        let mut parts = vec![shared(self.stack.0, self.stack.1)];
        parts.push(part(self.boot, self.image, Protection::Read));
        parts.extend(image.parts().map(|(start, end, protection)| {
            part(self.image + start, self.image + end, protection)
        }));
        parts.push(shared(self.control, self.end));
        parts
    }

    /// Returns where the image lies.
    #[must_use]
    pub fn image(&self) -> u64 {
        self.image
    }

    /// Returns where the boot block lies.
    #[must_use]
    pub fn boot(&self) -> u64 {
        self.boot
    }

    /// Returns where the stack starts and ends. It grows down.
    #[must_use]
    pub fn stack(&self) -> (u64, u64) {
        self.stack
    }

    /// Returns the first value of the stack pointer: as if the guest had been called.
    #[must_use]
    pub fn stack_pointer(&self) -> u64 {
        self.stack.1 - 2 * CALL_BYTES - CALL_BYTES
    }

    /// Returns where the control block lies.
    pub(crate) fn control(&self) -> u64 {
        self.control
    }

    /// Returns where the console's buffer lies, and its size.
    pub(crate) fn console(&self) -> (u64, u64) {
        let head = size_of::<Control>() as u64;
        (self.control + head, CONSOLE_BYTES - head)
    }

    /// Returns where the queues of device `index` lie.
    pub(crate) fn queues(&self, index: usize) -> [u64; 2] {
        self.queues.get(index).copied().unwrap_or_default()
    }

    /// Writes the boot block with all that it refers to, if the memory has room for it.
    #[must_use]
    pub fn write_boot(
        &self,
        memory: &Memory,
        devices: &[Device],
        (doorbell_kind, doorbell): (u32, u64),
    ) -> Option<()> {
        let at = |offset: u64| memory.base() + offset;
        let (console, console_bytes) = self.console();
        let texts = texts_at(self.boot, devices.len());
        let boot = Boot {
            magic: MAGIC,
            memory: memory.base(),
            memory_bytes: self.size_bytes(),
            image: at(self.image),
            heap: at(self.heap),
            heap_bytes: self.end - self.heap,
            control: at(self.control),
            console: at(console),
            console_bytes,
            arguments: at(texts),
            arguments_bytes: self.arguments_bytes,
            environment: at(texts + self.arguments_bytes),
            environment_bytes: self.texts.len() as u64 - self.arguments_bytes,
            doorbell,
            doorbell_kind,
            device_count: u32::try_from(devices.len()).ok()?,
            devices: at(self.boot + size_of::<Boot>() as u64),
        };
        memory.fill(at(self.boot), boot.as_bytes())?;
        memory.fill(boot.devices, devices.as_bytes())?;
        memory.fill(at(texts), &self.texts)
    }
}

fn texts_at(boot: u64, device_count: usize) -> u64 {
    boot + (size_of::<Boot>() + device_count * size_of::<Device>()) as u64
}

fn push(texts: &mut Vec<u8>, text: &[u8]) {
    texts.extend_from_slice(text);
    texts.push(0);
}
