//! Frames on their way out.

use alloc::{collections::VecDeque, vec::Vec};

use bytes::{Buf, Bytes, BytesMut};
use sarab_device::{Checksum, IpVersion, Packet, Segmentation};

use super::{
    features::Features,
    headers::Transport,
    split::split,
    wire::{
        CUT_TCP4, CUT_TCP6, EXTRA, EXTRA_CUT, Extra, MORE, NO_RESPONSE, SEND_OPEN, SEND_VALID,
        SLOTS, Transmit, Transmitted,
    },
};
use crate::{
    grant::{Access, GrantError, Grants, Reference},
    hypercall::DomainId,
    memory::PAGE_BYTES,
    ring::{Overrun, Ring},
};

/// The most slots that a packet takes: 64 KiB that begin at the end of a page, and an extra.
const PACKET_SLOTS: u32 = 18;

/// The least bytes of a frame in its first page: back ends want the header of Ethernet there.
const LEAD_BYTES: usize = 14;

/// The side of a card that sends.
pub(super) struct Transmitter {
    /// The parts that the back end has, by their numbers.
    sent: Vec<Option<Part>>,
    /// Numbers that are free.
    free: Vec<u16>,
    /// Packets that wait for room: those that others were cut into.
    waiting: VecDeque<Outgoing>,
    /// Parts that were answered, but that the back end has not let go of.
    lingering: Vec<Part>,
}

/// A part of a frame that the back end has.
struct Part {
    reference: Reference,
    /// Keeps the memory.
    frame: Bytes,
}

/// A frame to be sent, and what is left to the back end.
struct Outgoing {
    frame: Bytes,
    is_open: bool,
    cut: Option<Segmentation>,
}

impl Transmitter {
    pub(super) fn new() -> Self {
        let numbers = 0..u16::try_from(SLOTS).unwrap_or(u16::MAX);
        Self {
            sent: numbers.clone().map(|_| None).collect(),
            free: numbers.rev().collect(),
            waiting: VecDeque::new(),
            lingering: Vec::new(),
        }
    }

    pub(super) fn has_room(&self, ring: &Ring) -> bool {
        self.waiting.is_empty() && self.fits(ring)
    }

    fn fits(&self, ring: &Ring) -> bool {
        ring.room() >= PACKET_SLOTS && self.free.len() >= PACKET_SLOTS as usize
    }

    /// Takes a packet, and does what the back end does not.
    pub(super) fn send(&mut self, packet: Packet, features: Features) {
        let transport = Transport::find(&packet.frame);
        let is_cut = |cut: &Segmentation| {
            transport.is_some_and(|it| it.is_tcp && it.version == cut.version)
                && features.can_cut(cut.version)
        };
        match packet.segmentation {
            Some(cut) if is_cut(&cut) => {
                let frame = packet.frame;
                self.waiting.push_back(Outgoing { frame, is_open: true, cut: Some(cut) });
            }
            Some(cut) => {
                // What cannot be cut is lost: nobody could carry it.
                let frames = split(&packet.frame, cut.segment_bytes).into_iter().flatten();
                let outgoing = |frame| Outgoing { frame, is_open: false, cut: None };
                self.waiting.extend(frames.map(outgoing));
            }
            // A back end that came later may carry less than the first one.
            None if !features.gathers && packet.frame.len() > PAGE_BYTES => {}
            None => {
                let is_open = is_left(&packet, transport, features);
                let frame = if is_open { packet.frame } else { packet.into_frame() };
                self.waiting.push_back(Outgoing { frame, is_open, cut: None });
            }
        }
    }

    /// Puts what waits into the ring, while there is room.
    pub(super) fn fill(&mut self, ring: &Ring, grants: &Grants, peer: DomainId) {
        while self.fits(ring) {
            let Some(outgoing) = self.waiting.pop_front() else { break };
            let frame = placed(outgoing.frame.clone());
            match grant(&frame, grants, peer) {
                Ok(parts) => self.put(ring, &outgoing, frame.len(), parts),
                Err(error) => log::warn!("a frame is lost: {error}"),
            }
        }
    }

    fn put(&mut self, ring: &Ring, outgoing: &Outgoing, size: usize, parts: Vec<(Part, usize)>) {
        let open = if outgoing.is_open { SEND_OPEN | SEND_VALID } else { 0 };
        let extra = if outgoing.cut.is_some() { EXTRA } else { 0 };
        let count = parts.len();
        for (number, (part, offset)) in parts.into_iter().enumerate() {
            let is_first = number == 0;
            let more = if number + 1 < count { MORE } else { 0 };
            let id = self.free.pop().unwrap_or_default();
            // The first says the size of all.
            let size = if is_first { size } else { part.frame.len() };
            ring.put(Transmit {
                reference: part.reference.number(),
                offset: u16::try_from(offset).unwrap_or_default(),
                flags: if is_first { open | extra | more } else { more },
                id,
                size_bytes: u16::try_from(size).unwrap_or_default(),
            });
            self.sent[usize::from(id)] = Some(part);
            if let (true, Some(cut)) = (is_first, outgoing.cut) {
                put_extra(ring, cut);
            }
        }
    }

    /// Drops what the back end has taken; tells whether there was something.
    pub(super) fn drop_sent(&mut self, ring: &Ring, grants: &Grants) -> Result<bool, Overrun> {
        let mut any = false;
        loop {
            while let Some(Transmitted { id, status }) = ring.take()? {
                any = true;
                if status == NO_RESPONSE {
                    continue;
                }
                let place = self.sent.get_mut(usize::from(id)).ok_or(Overrun)?;
                let part = place.take().ok_or(Overrun)?;
                self.free.push(id);
                self.lingering.extend(release(part, grants));
            }
            // Once a half is taken is soon enough.
            if !ring.arm(ring.outstanding() / 2 + 1) {
                return Ok(any);
            }
        }
    }

    /// Drops what the back end has let go of meanwhile.
    pub(super) fn settle(&mut self, grants: &Grants) {
        let lingering = core::mem::take(&mut self.lingering);
        self.lingering.extend(lingering.into_iter().filter_map(|part| release(part, grants)));
    }

    /// Takes all back: the back end is gone, and frames are lost.
    pub(super) fn withdraw(&mut self, grants: &Grants) {
        self.waiting.clear();
        let sent = self.sent.iter_mut().filter_map(Option::take);
        self.lingering.extend(sent.filter_map(|part| release(part, grants)));
        self.free = (0..u16::try_from(SLOTS).unwrap_or(u16::MAX)).rev().collect();
    }
}

/// Tells whether an open checksum is left to the back end, which looks for its place itself.
fn is_left(packet: &Packet, transport: Option<Transport>, features: Features) -> bool {
    let (Checksum::Partial { start, offset }, Some(transport)) = (packet.checksum, transport)
    else {
        return false;
    };
    features.can_sum(transport.version)
        && (usize::from(start), usize::from(offset)) == (transport.start, transport.offset)
        && transport.end == packet.frame.len()
}

fn put_extra(ring: &Ring, cut: Segmentation) {
    let kind = match cut.version {
        IpVersion::V4 => CUT_TCP4,
        IpVersion::V6 => CUT_TCP6,
    };
    let extra =
        Extra { kind: EXTRA_CUT, segment_bytes: cut.segment_bytes, cut: kind, ..Extra::default() };
    ring.put(extra);
}

/// Returns the frame where it may lie.
fn placed(frame: Bytes) -> Bytes {
    let lead = PAGE_BYTES - frame.as_ptr().addr() % PAGE_BYTES;
    let is_across = frame.len() > lead;
    if !is_across || (lead >= LEAD_BYTES && frame.len() > PAGE_BYTES) {
        return frame;
    }
    copied(&frame)
}

/// Copies a frame to where it takes the fewest pages.
fn copied(frame: &[u8]) -> Bytes {
    let mut room = BytesMut::with_capacity(frame.len() + PAGE_BYTES);
    let lead = room.as_ptr().addr().wrapping_neg() % PAGE_BYTES;
    room.resize(lead, 0);
    room.advance(lead);
    room.extend_from_slice(frame);
    room.freeze()
}

/// Grants a frame page by page; each part comes with its place in the page.
fn grant(frame: &Bytes, grants: &Grants, peer: DomainId) -> Result<Vec<(Part, usize)>, GrantError> {
    let mut parts = Vec::new();
    let mut at = 0;
    while at < frame.len() {
        let address = frame[at..].as_ptr().expose_provenance();
        let offset = address % PAGE_BYTES;
        let size = (PAGE_BYTES - offset).min(frame.len() - at);
        // SAFETY: the part keeps the frame until its grant has ended, and nobody changes what `Bytes` hold. What
        // else lies in the page can be read by the back end, as this crate's contract says.
        match unsafe { grants.grant(peer, address - offset, Access::ReadOnly) } {
            Ok(reference) => {
                parts.push((Part { reference, frame: frame.slice(at..at + size) }, offset));
            }
            Err(error) => {
                // Nobody has seen these.
                for (part, _) in parts {
                    drop(release(part, grants));
                }
                return Err(error);
            }
        }
        at += size;
    }
    Ok(parts)
}

/// Ends the grant of a part, and drops it, unless the back end still uses it.
fn release(part: Part, grants: &Grants) -> Option<Part> {
    let Part { reference, frame } = part;
    grants.end(reference).err().map(|reference| Part { reference, frame })
}
