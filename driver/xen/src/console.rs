//! The console: a ring of text in each direction (Xen, `io/console.h`).
//!
//! | byte | size | holds |
//! | --- | --- | --- |
//! | 0 | 1024 | text for the guest |
//! | 0x400 | 2048 | text of the guest |
//! | 0xc00 | 4 | bytes that the guest has read |
//! | 0xc04 | 4 | bytes that were written for it |
//! | 0xc08 | 4 | bytes of the guest's that were read |
//! | 0xc0c | 4 | bytes that it has written |
//!
//! Counts wrap at 2^32; a byte stands at its number modulo the size of its ring.

use alloc::rc::Rc;
use core::{
    cell::Cell,
    sync::atomic::{Ordering, fence},
};

use crate::{channel::Channel, domain::Domain, memory::Window};

const IN: Half = Half { data_at: 0, size_bytes: 1024, read_at: 0xc00, written_at: 0xc04 };
const OUT: Half = Half { data_at: 0x400, size_bytes: 2048, read_at: 0xc08, written_at: 0xc0c };

/// Bytes of both rings and their counts.
pub const CONSOLE_BYTES: usize = 0xc10;

/// How often it is looked whether somebody reads: longer than a reader takes that is there.
const LOOKS_MOST: u32 = 100_000;

/// One direction.
struct Half {
    data_at: usize,
    size_bytes: u32,
    read_at: usize,
    written_at: usize,
}

/// The console of the guest.
pub struct Console {
    domain: Rc<Domain>,
    window: Window,
    channel: Cell<Channel>,
}

impl Console {
    /// Opens the console whose rings are in `window` ([`Parameter::ConsoleFrame`](crate::hypercall::Parameter), which
    /// the machine maps; [`CONSOLE_BYTES`]) and that is told of text by `channel`.
    #[must_use]
    pub fn new(domain: Rc<Domain>, window: Window, channel: Channel) -> Self {
        Self { domain, window, channel: Cell::new(channel) }
    }

    /// Begins anew in a new domain, on the same rings with another channel.
    pub fn resume(&self, channel: Channel) {
        self.channel.set(channel);
    }

    /// Writes text as it is; waits while the ring is full, but not for ever: what nobody reads is lost.
    pub fn write(&self, mut text: &[u8]) {
        let mut looks = 0;
        while !text.is_empty() && looks < LOOKS_MOST {
            let count = self.try_write(text);
            text = &text[count..];
            self.domain.channels().send(self.channel.get());
            looks = if count == 0 { looks + 1 } else { 0 };
            if count == 0 {
                self.domain.hypervisor().yield_now();
            }
        }
    }

    /// Waits until everything was read, but not for ever.
    pub fn finish(&self) {
        for _ in 0..LOOKS_MOST {
            if self.window.load::<u32>(OUT.read_at) == self.window.load::<u32>(OUT.written_at) {
                return;
            }
            self.domain.hypervisor().yield_now();
        }
    }

    /// Writes what there is room for, and returns how many bytes that were.
    fn try_write(&self, text: &[u8]) -> usize {
        let (read, written): (u32, u32) =
            (self.window.load(OUT.read_at), self.window.load(OUT.written_at));
        // What stands in the room was read before it counted as such.
        fence(Ordering::SeqCst);
        let room = OUT.size_bytes.saturating_sub(written.wrapping_sub(read)) as usize;
        let text = &text[..text.len().min(room)];
        let mut end = written;
        for &byte in text {
            self.window.store(OUT.place(end), byte);
            end = end.wrapping_add(1);
        }
        fence(Ordering::Release);
        self.window.store(OUT.written_at, end);
        text.len()
    }

    /// Reads what is there, up to the size of `text`, and returns how many bytes that were; does not wait.
    pub fn read(&self, text: &mut [u8]) -> usize {
        let (mut read, written): (u32, u32) =
            (self.window.load(IN.read_at), self.window.load(IN.written_at));
        fence(Ordering::Acquire);
        let there = written.wrapping_sub(read).min(IN.size_bytes) as usize;
        let count = text.len().min(there);
        for byte in &mut text[..count] {
            *byte = self.window.load(IN.place(read));
            read = read.wrapping_add(1);
        }
        if count > 0 {
            fence(Ordering::SeqCst);
            self.window.store(IN.read_at, read);
            self.domain.channels().send(self.channel.get());
        }
        count
    }
}

impl Half {
    fn place(&self, count: u32) -> usize {
        self.data_at + (count % self.size_bytes) as usize
    }
}
