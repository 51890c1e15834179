//! Frames on their way, and who waits for them.

use alloc::collections::VecDeque;
use core::{
    cell::{Cell, RefCell},
    future::poll_fn,
    task::{Context, Poll},
};

use bytes::Bytes;
use sarab_device::Packet;

use super::{Form, Port};
use crate::{Events, Waiters};

/// Frames that may wait for the program before the device is lent no more memory, and drops what comes.
const FRAMES_MOST: usize = 1024;

/// The frames of one card.
pub struct Frames<P> {
    port: P,
    /// How frames are asked for, once somebody has.
    form: Cell<Option<Form>>,
    /// Packets that nobody has asked for yet.
    packets: RefCell<VecDeque<Packet>>,
    receiving: Waiters,
    sending: Waiters,
}

impl<P: Port> Frames<P> {
    /// Takes the queues of a card, on which nothing is on its way.
    pub fn new(port: P) -> Self {
        Self {
            port,
            form: Cell::new(None),
            packets: RefCell::default(),
            receiving: Waiters::default(),
            sending: Waiters::default(),
        }
    }

    /// Returns the queues.
    pub fn port(&self) -> &P {
        &self.port
    }

    /// Sends a packet; waits while the queue is full.
    pub(super) async fn send(&self, packet: Packet) {
        poll_fn(|context| self.poll_room(context)).await;
        self.port.send(packet);
    }

    /// Waits for the next packet, asked for in `form`.
    pub(super) async fn recv(&self, form: Form) -> Packet {
        if self.form.replace(Some(form)) != Some(form) {
            self.port.lend(form);
        }
        poll_fn(|context| self.poll_packet(context)).await
    }

    /// Waits for the next frame of at most `frame_bytes_max`, finished.
    pub(super) async fn recv_frame(&self, frame_bytes_max: usize) -> Bytes {
        loop {
            let frame = self.recv(Form::Frames).await.into_frame();
            // A longer one has come before it was said how.
            if frame.len() <= frame_bytes_max {
                return frame;
            }
        }
    }

    fn poll_room(&self, context: &Context<'_>) -> Poll<()> {
        // What the device has taken since the last look makes room, too, and not for this task alone.
        if !self.port.has_room() && self.port.drop_sent() {
            self.sending.wake();
        }
        if self.port.has_room() {
            return Poll::Ready(());
        }
        self.sending.add(context);
        Poll::Pending
    }

    fn poll_packet(&self, context: &Context<'_>) -> Poll<Packet> {
        let packet = self.packets.borrow_mut().pop_front();
        if let Some(packet) = packet {
            self.lend_again();
            return Poll::Ready(packet);
        }
        self.receiving.add(context);
        Poll::Pending
    }

    /// Lends what was given back, unless too many packets wait already.
    fn lend_again(&self) {
        if let Some(form) = self.form.get()
            && self.packets.borrow().len() < FRAMES_MOST
        {
            self.port.lend(form);
        }
    }

    /// Takes what has come; tells whether there was something.
    fn take(&self) -> bool {
        let mut packets = self.packets.borrow_mut();
        let before = packets.len();
        packets.extend(core::iter::from_fn(|| self.port.next()));
        packets.len() > before
    }
}

impl<P: Port> Events for Frames<P> {
    fn notify(&self) {
        self.port.notify();
    }

    fn deliver(&self) -> bool {
        self.port.drop_sent();
        let has_room = self.port.has_room() && self.sending.wake();
        let has_come = self.take();
        // Memory may have come back without a packet in it.
        self.lend_again();
        if has_come {
            self.receiving.wake();
        }
        has_come | has_room
    }

    fn listen(&self, is_wanted: bool) {
        self.port.listen(is_wanted);
    }
}
