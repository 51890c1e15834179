//! Requests, their parts, and where each of them is.

use alloc::{collections::VecDeque, vec::Vec};

use sarab_queue::disk::{Kind, Outcome, Request};
use slab::Slab;

use super::{
    Features, Flush,
    plan::{self, Span},
    wire::{
        BARRIER, DISCARD, DONE, Direct, FAILED, FLUSH, READ, Response, SECTOR_BYTES, SEGMENTS_MAX,
        SLOTS, Segment, UNKNOWN, WRITE,
    },
};
use crate::{
    bus::Parting,
    grant::{Access, GrantError, Grants, Reference},
    hypercall::DomainId,
    memory::Page,
    ring::Ring,
};

/// The requests of a disk.
pub(super) struct Work {
    handle: u16,
    sector_bytes: u32,
    wholes: Slab<Whole>,
    /// Parts that wait for room in the ring, or for a back end.
    waiting: VecDeque<Part>,
    /// Parts in the ring.
    slots: Vec<Slot>,
    /// Parts that were answered, but of which the back end has not let go.
    lingering: Vec<(Part, i16)>,
    done: VecDeque<(u32, Outcome)>,
    /// The number of the last request that was made.
    serial: u64,
    kept: Kept,
}

/// A request.
struct Whole {
    token: u32,
    /// Parts that have not ended.
    left: usize,
    outcome: Outcome,
}

/// A part of a request.
struct Part {
    whole: usize,
    kind: Kind,
    span: Span,
    /// Grants of its memory that have not ended, of earlier back ends, too.
    held: Vec<Reference>,
    /// Of a flush: the writes that had completed when it was made.
    covers: u64,
}

/// A place for a request in the ring.
#[derive(Default)]
struct Slot {
    running: Option<(u64, Part)>,
    /// The page for segments that do not fit the ring; it stays granted.
    table: Option<(Page, Reference)>,
}

/// What is known of the writes that would survive a crash.
#[derive(Default)]
struct Kept {
    /// Writes that have completed.
    written: u64,
    /// Those that a flush has covered.
    flushed: u64,
    /// Whether one is lost that no flush had covered.
    is_lost: bool,
}

impl Work {
    pub(super) fn new(handle: u32) -> Self {
        Self {
            // A back end knows its disk without it, and wide handles do not fit.
            handle: u16::try_from(handle).unwrap_or_default(),
            sector_bytes: 512,
            wholes: Slab::new(),
            waiting: VecDeque::new(),
            slots: (0..SLOTS).map(|_| Slot::default()).collect(),
            lingering: Vec::new(),
            done: VecDeque::new(),
            serial: 0,
            kept: Kept::default(),
        }
    }

    /// Begins with a back end.
    pub(super) fn begin(&mut self, sector_bytes: u32) {
        self.sector_bytes = sector_bytes;
    }

    /// Returns how many requests have not ended.
    pub(super) fn count(&self) -> usize {
        self.wholes.len()
    }

    /// Returns the next request that has ended.
    pub(super) fn next(&mut self) -> Option<(u32, Outcome)> {
        self.done.pop_front()
    }

    /// Takes a request.
    pub(super) fn add(&mut self, token: u32, request: &Request, features: &Features) {
        let whole = self.wholes.insert(Whole { token, left: 0, outcome: Outcome::Done });
        let spans = plan::spans(request, self.sector_bytes, features.segments_max);
        let before = self.waiting.len();
        let part = |span| Part { whole, kind: request.kind, span, held: Vec::new(), covers: 0 };
        self.waiting.extend(spans.map(part));
        self.wholes[whole].left = self.waiting.len() - before;
        if self.wholes[whole].left == 0 {
            let _ = self.wholes.remove(whole);
            self.done.push_back((token, Outcome::Done));
        }
    }

    /// Makes requests of what waits, while there is room in the ring.
    pub(super) fn fill(
        &mut self,
        ring: &Ring,
        grants: &Grants,
        peer: DomainId,
        features: &mut Features,
    ) {
        while ring.room() > 0 {
            let free = self.slots.iter().position(|slot| slot.running.is_none());
            let (Some(slot), Some(part)) = (free, self.waiting.pop_front()) else { break };
            if part.kind == Kind::Flush && (self.kept.is_lost || features.flush == Flush::Absent) {
                let status = if self.kept.is_lost { FAILED } else { DONE };
                self.finish(part, status, features);
                continue;
            }
            if part.span.memory.size_bytes > features.segments_max * crate::memory::PAGE_BYTES {
                self.cut_again(part, features);
                continue;
            }
            if let Err((part, error)) = self.make(slot, part, ring, (grants, peer), features) {
                if self.is_running() {
                    // Their grants come back.
                    self.waiting.push_front(part);
                    break;
                }
                log::error!("a request to a disk fails: {error}");
                self.retire(part, FAILED, grants, features);
            }
        }
    }

    /// Cuts a part that was made for a back end that takes more at a time.
    fn cut_again(&mut self, part: Part, features: &Features) {
        let Part { whole, kind, span, held, .. } = part;
        let request = Request { kind, first: span.sector, count: span.count, memory: span.memory };
        let spans: Vec<_> = plan::spans(&request, 512, features.segments_max).collect();
        self.wholes[whole].left += spans.len() - 1;
        let mut held = Some(held);
        for span in spans.into_iter().rev() {
            let held = held.take().unwrap_or_default();
            self.waiting.push_front(Part { whole, kind, span, held, covers: 0 });
        }
    }

    fn is_running(&self) -> bool {
        self.slots.iter().any(|slot| slot.running.is_some())
    }

    /// Makes a request of a part, unless its memory cannot be granted.
    fn make(
        &mut self,
        slot: usize,
        mut part: Part,
        ring: &Ring,
        (grants, peer): (&Grants, DomainId),
        features: &Features,
    ) -> Result<(), (Part, GrantError)> {
        self.serial += 1;
        let head = Direct {
            operation: operation(part.kind, features.flush),
            handle: self.handle,
            id: self.serial << 8 | slot as u64,
            sector: part.span.sector,
            ..Direct::default()
        };
        let put = match part.kind {
            Kind::Discard => {
                ring.put(head.discard(part.span.count));
                Ok(())
            }
            _ => self.put_segments(slot, &mut part, ring, (grants, peer), head),
        };
        if let Err(error) = put {
            release(&mut part, grants);
            return Err((part, error));
        }
        part.covers = self.kept.written;
        self.slots[slot].running = Some((head.id, part));
        Ok(())
    }

    /// Puts a request and its segments where they fit.
    fn put_segments(
        &mut self,
        slot: usize,
        part: &mut Part,
        ring: &Ring,
        (grants, peer): (&Grants, DomainId),
        head: Direct,
    ) -> Result<(), GrantError> {
        let segments = grant(part, grants, peer)?;
        if segments.len() <= SEGMENTS_MAX {
            ring.put(head.direct(&segments));
            return Ok(());
        }
        let (page, reference) = self.table(slot, grants, peer)?;
        for (at, segment) in segments.iter().enumerate() {
            page.window().store(at * size_of::<Segment>(), *segment);
        }
        ring.put(head.indirect(segments.len(), reference.number()));
        Ok(())
    }

    /// Returns the page for segments of a slot.
    fn table(
        &mut self,
        slot: usize,
        grants: &Grants,
        peer: DomainId,
    ) -> Result<&(Page, Reference), GrantError> {
        let place = &mut self.slots[slot].table;
        if place.is_none() {
            let page = Page::new();
            let reference = grants.share(peer, &page, Access::ReadOnly)?;
            *place = Some((page, reference));
        }
        place.as_ref().ok_or(GrantError::Full { count: 0 })
    }

    /// Takes a response; tells whether it answers a request.
    pub(super) fn answer(
        &mut self,
        response: &Response,
        grants: &Grants,
        features: &mut Features,
    ) -> bool {
        let slot = usize::try_from(response.id & 0xff).unwrap_or_default();
        let Some(slot) = self.slots.get_mut(slot) else { return false };
        let Some((_, part)) = slot.running.take_if(|(id, _)| *id == response.id) else {
            return false;
        };
        self.retire(part, response.status, grants, features);
        true
    }

    /// Ends a part, as soon as the back end has let go of its memory.
    fn retire(&mut self, mut part: Part, status: i16, grants: &Grants, features: &mut Features) {
        release(&mut part, grants);
        if part.held.is_empty() {
            self.finish(part, status, features);
        } else {
            self.lingering.push((part, status));
        }
    }

    /// Ends the parts that a back end has let go of meanwhile.
    pub(super) fn settle(&mut self, grants: &Grants, features: &mut Features) {
        for (part, status) in core::mem::take(&mut self.lingering) {
            self.retire(part, status, grants, features);
        }
    }

    /// Ends a part of which nobody holds anything.
    fn finish(&mut self, part: Part, status: i16, features: &mut Features) {
        let outcome = match (part.kind, status) {
            (_, DONE) => Outcome::Done,
            // It was a hint.
            (Kind::Discard, UNKNOWN) => {
                features.discards = false;
                Outcome::Done
            }
            (Kind::Flush, UNKNOWN) if features.flush == (Flush::Cache { has_barrier: true }) => {
                features.flush = Flush::Barrier;
                self.waiting.push_front(part);
                return;
            }
            _ => Outcome::Failed,
        };
        self.kept.note(&part, outcome);
        let whole = &mut self.wholes[part.whole];
        whole.left -= 1;
        if outcome != Outcome::Done {
            whole.outcome = outcome;
        }
        if whole.left == 0 {
            let whole = self.wholes.remove(part.whole);
            self.done.push_back((whole.token, whole.outcome));
        }
    }

    /// Fails all that waits: there is nobody to do it.
    pub(super) fn fail_waiting(&mut self, grants: &Grants, features: &mut Features) {
        while let Some(part) = self.waiting.pop_front() {
            self.retire(part, FAILED, grants, features);
        }
    }

    /// Takes back all that is in the ring, of which the back end has gone. What it did not answer waits again, before
    /// all else; if it has broken the rules, it fails.
    pub(super) fn withdraw(&mut self, parting: Parting, features: &mut Features, grants: &Grants) {
        let mut running = Vec::new();
        for slot in &mut self.slots {
            running.extend(slot.running.take());
            if let Some((page, reference)) = slot.table.take() {
                grants.keep(page, reference);
            }
        }
        running.sort_unstable_by_key(|(id, _)| *id);
        for (_, mut part) in running.into_iter().rev() {
            if parting == Parting::Broken {
                self.retire(part, FAILED, grants, features);
            } else {
                release(&mut part, grants);
                self.waiting.push_front(part);
            }
        }
        if parting == Parting::Sudden && features.flush != Flush::Absent {
            self.kept.lose();
        }
    }
}

impl Kept {
    fn note(&mut self, part: &Part, outcome: Outcome) {
        match (part.kind, outcome) {
            (Kind::Write | Kind::WriteThrough, Outcome::Done) => self.written += 1,
            (Kind::Flush, Outcome::Done) => self.flushed = self.flushed.max(part.covers),
            _ => {}
        }
    }

    /// The back end is gone, with all that it had not kept.
    fn lose(&mut self) {
        self.is_lost |= self.written > self.flushed;
    }
}

fn operation(kind: Kind, flush: Flush) -> u8 {
    match (kind, flush) {
        (Kind::Read, _) => READ,
        (Kind::Write | Kind::WriteThrough, _) => WRITE,
        (Kind::Flush, Flush::Barrier) => BARRIER,
        (Kind::Flush, _) => FLUSH,
        (Kind::Discard, _) => DISCARD,
    }
}

/// Grants the memory of a part; what was granted before an error is among what it holds.
fn grant(part: &mut Part, grants: &Grants, peer: DomainId) -> Result<Vec<Segment>, GrantError> {
    let access = if part.kind == Kind::Read { Access::ReadWrite } else { Access::ReadOnly };
    let mut segments = Vec::new();
    debug_assert!(part.span.memory.size_bytes.is_multiple_of(SECTOR_BYTES));
    for piece in plan::pieces(part.span.memory) {
        // SAFETY: the memory stays as it is until the request is completed, which is when no grant of it is left.
        // What else lies in its pages is in the back end's hands, as this crate's contract says.
        let reference = unsafe { grants.grant(peer, piece.page, access) }?;
        let (first, last) = (piece.first, piece.last);
        segments.push(Segment { reference: reference.number(), first, last, pad: 0 });
        part.held.push(reference);
    }
    Ok(segments)
}

/// Ends the grants of a part, but for those that are in use.
fn release(part: &mut Part, grants: &Grants) {
    let held = core::mem::take(&mut part.held);
    part.held.extend(held.into_iter().filter_map(|reference| grants.end(reference).err()));
}
