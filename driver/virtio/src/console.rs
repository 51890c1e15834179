//! Consoles (virtio 1.2 section 5.3), of one port: bytes in and out.
//!
//! The queues are 0 for what comes and 1 for what is written; their buffers hold nothing but the bytes.

use alloc::{rc::Rc, vec::Vec};
use core::cell::RefCell;

use bytes::{Bytes, BytesMut};
use sarab_queue::Events;

use crate::{
    Class, OpenError, Transport,
    device::Device,
    error::RingError,
    ring::{Part, Ring, Shape},
};

/// Batches of text on their way at a time, and bytes after which one is sent without waiting for more.
const BATCHES_MOST: u16 = 16;
const BATCH_BYTES: usize = 4096;

/// Bytes of text that wait while the device takes none; then the writer waits for it.
const WAITING_BYTES_MOST: usize = 64 * 1024;

/// Buffers for what comes, and bytes of each.
const BUFFERS: u16 = 4;
const BUFFER_BYTES: u32 = 64;

const INCOMING: u16 = 0;
const OUTGOING: u16 = 1;

/// A console.
pub struct Console {
    device: Device,
    incoming: Ring<BytesMut>,
    outgoing: Ring<Vec<u8>>,
    /// What was written and not sent.
    text: RefCell<Vec<u8>>,
    /// What has come.
    come: RefCell<BytesMut>,
}

impl Console {
    /// Opens the console behind the transport.
    ///
    /// # Safety
    ///
    /// Memory is mapped one to one, as the device sees it; the device writes to what it was lent only;
    /// and nobody else uses it, but to reset it for good or to acknowledge its interrupts.
    pub unsafe fn open(transport: Rc<dyn Transport>) -> Result<Self, OpenError> {
        let mut device = Device::start(transport, Class::Console)?;
        device.agree(0)?;
        let shape = |slots_most| Shape { slots_most, parts_most: 1, scratch_bytes: 0 };
        let incoming = Ring::open(&device, INCOMING, shape(BUFFERS))?;
        let outgoing = Ring::open(&device, OUTGOING, shape(BATCHES_MOST))?;
        device.ready();
        let (text, come) = (RefCell::default(), RefCell::default());
        let console = Self { device, incoming, outgoing, text, come };
        console.lend();
        Ok(console)
    }

    /// Returns the transport, whose interrupts the machine acknowledges.
    pub fn transport(&self) -> &Rc<dyn Transport> {
        self.device.transport()
    }

    /// Writes text, which is sent at the next [`notify`](Events::notify), or when there is a lot. Where
    /// the device takes none for long, waits for it, busily and not for ever.
    pub fn write(&self, text: &[u8]) {
        if !self.device.is_running() {
            return;
        }
        self.text.borrow_mut().extend_from_slice(text);
        if self.text.borrow().len() >= BATCH_BYTES {
            self.send();
            self.outgoing.notify(&self.device);
        }
        if self.text.borrow().len() > WAITING_BYTES_MOST {
            self.flush();
        }
    }

    /// Sends all text, and waits until the device has taken it, busily and not for ever. One that takes
    /// none is given up.
    pub fn flush(&self) {
        let is_done = self.device.wait(|| {
            self.send();
            self.outgoing.notify(&self.device);
            self.drop_sent();
            let is_sent = self.text.borrow().is_empty() && self.outgoing.lent() == 0;
            (is_sent || !self.device.is_running()).then_some(())
        });
        if is_done.is_none() {
            self.device.give_up(RingError::Silent);
        }
    }

    /// Returns what has come since it was last called.
    pub fn read(&self) -> Bytes {
        self.come.borrow_mut().split().freeze()
    }

    /// Sends what was written as one batch, if there is room for it.
    fn send(&self) {
        if self.text.borrow().is_empty() || !self.outgoing.has_room() || !self.device.is_running() {
            return;
        }
        let text = self.text.take();
        let address = text.as_ptr().expose_provenance();
        let part = Part::read(address, u32::try_from(text.len()).unwrap_or(u32::MAX));
        // SAFETY: there is room. The text is the ring's until it is used, and moving it does not move
        // what it holds.
        unsafe { self.outgoing.lend(text, core::iter::once(part)) };
    }

    /// Drops what was sent; tells whether there was something.
    fn drop_sent(&self) -> bool {
        core::iter::from_fn(|| self.outgoing.next(&self.device)).count() > 0
    }

    /// Lends the buffers that are not lent.
    fn lend(&self) {
        while self.incoming.has_room() {
            self.lend_buffer(BytesMut::with_capacity(BUFFER_BYTES as usize));
        }
    }

    /// Lends a buffer, which is empty; there is room.
    fn lend_buffer(&self, mut buffer: BytesMut) {
        let part = Part::written(buffer.as_mut_ptr().expose_provenance(), BUFFER_BYTES);
        // SAFETY: there is room, as the caller has asked, and in the buffer, too. It is the ring's until
        // it is used, and moving it does not move what it holds.
        unsafe { self.incoming.lend(buffer, core::iter::once(part)) };
    }

    /// Takes what has come; tells whether there was something.
    fn take(&self) -> bool {
        let mut any = false;
        while let Some(used) = self.incoming.next(&self.device) {
            let mut buffer = used.payload;
            // SAFETY: the ring has seen to it that the buffer has room for that, and the device says that
            // it has written it.
            unsafe { buffer.set_len(used.written as usize) };
            self.come.borrow_mut().extend_from_slice(&buffer);
            buffer.clear();
            self.lend_buffer(buffer);
            any = true;
        }
        any
    }
}

impl Events for Console {
    fn notify(&self) {
        self.send();
        self.outgoing.notify(&self.device);
        self.incoming.notify(&self.device);
    }

    fn deliver(&self) -> bool {
        self.drop_sent();
        self.take()
    }

    fn listen(&self, is_wanted: bool) {
        self.incoming.listen(is_wanted);
        // There may be text that waits for room.
        self.outgoing.listen(is_wanted && !self.text.borrow().is_empty());
    }
}
