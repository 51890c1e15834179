//! Frames on their way in.

use alloc::{collections::VecDeque, vec::Vec};

use sarab_device::Packet;
use sarab_queue::card::Form;

use super::{
    assembly::{Assembly, Expected},
    split::split,
    wire::{Extra, Receive, Received, SLOTS},
};
use crate::{
    grant::{Access, Grants, Reference},
    hypercall::DomainId,
    memory::Page,
    ring::{Overrun, Ring},
};

/// Pages that are lent at most: half a megabyte. A frame of 64 KiB takes 17.
const PAGES: usize = 128;

/// Pages that are lent at once, unless few are.
const BATCH: usize = 16;

/// The side of a card that receives.
pub(super) struct Receiver {
    /// The pages that are lent in turn; they stay granted.
    pages: Vec<(Page, Reference)>,
    /// Those that are not lent now.
    free: Vec<u16>,
    /// The page of the request in each slot.
    slots: Vec<Option<u16>>,
    assembly: Assembly,
    /// Frames that were cut off a longer one.
    ready: VecDeque<Packet>,
}

/// What a slot was.
enum Slot {
    /// There is none.
    Empty,
    /// There is more of its frame.
    Part,
    /// The last of its frame; with the packet, if that makes sense.
    Last(Option<Packet>),
}

impl Receiver {
    pub(super) fn new() -> Self {
        Self {
            pages: Vec::new(),
            free: Vec::new(),
            slots: (0..SLOTS).map(|_| None).collect(),
            assembly: Assembly::default(),
            ready: VecDeque::new(),
        }
    }

    /// Lends the pages that are free, once there are some.
    pub(super) fn lend(&mut self, ring: &Ring, grants: &Grants, peer: DomainId) {
        self.grant(grants, peer);
        let lent = self.pages.len() - self.free.len();
        if self.free.len() < BATCH && lent > PAGES / 2 {
            return;
        }
        while ring.room() > 0 {
            let Some(id) = self.free.pop() else { break };
            self.slots[ring.free_slot()] = Some(id);
            let reference = self.pages[usize::from(id)].1.number();
            ring.put(Receive { id, pad: 0, reference });
        }
    }

    /// Grants the pages, at the beginning.
    fn grant(&mut self, grants: &Grants, peer: DomainId) {
        while self.pages.len() < PAGES {
            let page = Page::new();
            // Fewer will do.
            let Ok(reference) = grants.share(peer, &page, Access::ReadWrite) else { break };
            self.free.push(u16::try_from(self.pages.len()).unwrap_or_default());
            self.pages.push((page, reference));
        }
    }

    /// Returns the next packet; one that makes no sense is passed over.
    pub(super) fn next(
        &mut self,
        ring: &Ring,
        form: Form,
        frame_bytes_max: usize,
    ) -> Result<Option<Packet>, Overrun> {
        loop {
            if let Some(packet) = self.ready.pop_front() {
                return Ok(Some(packet));
            }
            match self.slot(ring, frame_bytes_max)? {
                Slot::Empty if ring.arm(1) => {}
                Slot::Empty => return Ok(None),
                Slot::Last(Some(packet)) if packet.segmentation.is_none() => {
                    return Ok(Some(packet));
                }
                Slot::Last(Some(packet)) => match form {
                    Form::Packets => return Ok(Some(packet)),
                    Form::Frames => self.cut(&packet),
                },
                Slot::Last(None) | Slot::Part => {}
            }
        }
    }

    fn cut(&mut self, packet: &Packet) {
        let Some(segmentation) = packet.segmentation else { return };
        let frames = split(&packet.frame, segmentation.segment_bytes);
        self.ready.extend(frames.into_iter().flatten().map(Packet::from));
    }

    /// Takes the next slot.
    fn slot(&mut self, ring: &Ring, size_max: usize) -> Result<Slot, Overrun> {
        let slot = ring.next_slot();
        let Some(received) = ring.take::<Received>()? else { return Ok(Slot::Empty) };
        // A response stands in the slot of its request.
        let id = self.slots[slot].take().ok_or(Overrun)?;
        self.free.push(id);
        let is_last = match self.assembly.expected() {
            Expected::Extra { has_more } => {
                let extra: Extra = zerocopy::transmute!(received);
                self.assembly.extra(extra, has_more)
            }
            _ if received.id != id => return Err(Overrun),
            _ => self.assembly.part(received, size_max, &self.pages[usize::from(id)].0),
        };
        Ok(if is_last { Slot::Last(self.assembly.finish()) } else { Slot::Part })
    }

    /// Takes all pages back: the back end is gone.
    pub(super) fn withdraw(&mut self, grants: &Grants) {
        for (page, reference) in self.pages.drain(..) {
            grants.keep(page, reference);
        }
        self.free.clear();
        self.slots.fill(None);
        self.assembly = Assembly::default();
    }
}
