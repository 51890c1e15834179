//! A back end that keeps a disk in memory.

use alloc::{collections::VecDeque, format, rc::Rc, vec, vec::Vec};
use core::cell::{Cell, RefCell};

use crate::{
    block::wire::{Direct, Discard, Indirect, Response, Segment},
    tests::{
        Guest,
        backend::{BackRing, Change, change},
        world::{Server, World},
        xenstored::Xenstored,
    },
};

pub(super) const HANDLE: u32 = 51712;
pub(super) const FRONT: &str = "device/vbd/51712";
pub(super) const BACK: &str = "/local/domain/0/backend/vbd/1/51712";

/// A request, as a test looks at it: what, the first sector, and the count of segments or of sectors to forget.
pub(super) type Taken = (u8, u64, u64);

/// What an id is made into, of one answer or more.
pub(super) type Garbling = fn(u64) -> Vec<u64>;

/// The back end.
pub(super) struct Backend {
    xenstored: Rc<Xenstored>,
    pub(super) ring: RefCell<Option<BackRing>>,
    image: RefCell<Vec<u8>>,
    taken: RefCell<Vec<Taken>>,
    pub(super) held: RefCell<Vec<u32>>,
    /// The statuses of the next answers.
    pub(super) statuses: RefCell<VecDeque<i16>>,
    /// Whether it does nothing at all.
    pub(super) is_paused: Cell<bool>,
    /// Whether it takes no request.
    pub(super) is_slow: Cell<bool>,
    /// Whether it does not close, though the guest has.
    pub(super) is_lasting: Cell<bool>,
    pub(super) is_reversed: Cell<bool>,
    /// Whether it keeps pages mapped.
    pub(super) holds: Cell<bool>,
    /// What is done to the id of an answer; without an id there is no answer.
    pub(super) garbling: Cell<Option<Garbling>>,
    /// The most requests that were there at once.
    pub(super) most: Cell<usize>,
}

impl Backend {
    pub(super) fn new(guest: &Guest, features: &[(&str, &str)]) -> Rc<Self> {
        let xenstored = Rc::clone(&guest.xenstored);
        xenstored.set(&format!("{FRONT}/backend"), BACK);
        xenstored.set(&format!("{FRONT}/backend-id"), "0");
        xenstored.set(&format!("{FRONT}/state"), "1");
        xenstored.set(&format!("{BACK}/sectors"), "8192");
        for (key, value) in features {
            xenstored.set(&format!("{BACK}/{key}"), value);
        }
        xenstored.set(&format!("{BACK}/state"), "2");
        let backend = Rc::new(Self {
            xenstored,
            ring: RefCell::new(None),
            image: RefCell::new(vec![0; 4 << 20]),
            taken: RefCell::default(),
            held: RefCell::default(),
            statuses: RefCell::default(),
            is_paused: Cell::new(false),
            is_slow: Cell::new(false),
            is_lasting: Cell::new(false),
            is_reversed: Cell::new(false),
            holds: Cell::new(false),
            garbling: Cell::new(None),
            most: Cell::new(0),
        });
        guest.world.add(Rc::clone(&backend) as _);
        backend
    }

    pub(super) fn taken(&self) -> Vec<Taken> {
        self.taken.borrow().clone()
    }

    pub(super) fn set_state(&self, state: &str) {
        self.xenstored.set(&format!("{BACK}/state"), state);
    }

    /// Lets go of all pages.
    pub(super) fn let_go(&self, world: &World) {
        self.holds.set(false);
        self.held.take().into_iter().for_each(|reference| world.hold(reference, false));
    }

    /// Lets go of the ring without a word.
    pub(super) fn vanish(&self, world: &World) {
        if let Some(ring) = self.ring.take() {
            ring.end(world);
        }
    }

    fn connect(&self, world: &World) {
        let said = |key: &str| self.xenstored.number(&format!("{FRONT}/{key}")).unwrap();
        let ring = BackRing::new(world, said("ring-ref"), said("event-channel"), (32, 112));
        *self.ring.borrow_mut() = Some(ring);
        self.set_state("4");
    }

    fn requests(&self, world: &World) -> bool {
        let ring = self.ring.borrow();
        let Some(ring) = &*ring else { return false };
        if self.is_slow.get() || (ring.is_asleep.get() && !world.take_kick(ring.channel)) {
            return false;
        }
        ring.is_asleep.set(false);
        let mut requests: Vec<Direct> = core::iter::from_fn(|| ring.take()).collect();
        self.most.update(|most| most.max(requests.len()));
        if self.is_reversed.get() {
            requests.reverse();
        }
        for request in &requests {
            let status = self.statuses.borrow_mut().pop_front().unwrap_or(0);
            self.serve_one(world, request, status);
            let garble = self.garbling.get().unwrap_or(|id| vec![id]);
            for id in garble(request.id) {
                let operation = request.operation;
                ring.give(world, Response { id, operation, pad: 0, status, pad_end: 0 });
            }
        }
        !requests.is_empty()
    }

    fn serve_one(&self, world: &World, request: &Direct, status: i16) {
        if request.operation == 5 {
            let discard: Discard = zerocopy::transmute!(
                *zerocopy::IntoBytes::as_bytes(request).first_chunk::<32>().unwrap()
            );
            self.taken.borrow_mut().push((5, discard.sector, discard.count));
            return;
        }
        let (operation, segments) = Self::segments(world, request);
        self.taken.borrow_mut().push((operation, request.sector, segments.len() as u64));
        if status != 0 {
            return;
        }
        let mut at = request.sector as usize * 512;
        for segment in segments {
            self.carry(world, operation, segment, &mut at);
        }
    }

    fn segments(world: &World, request: &Direct) -> (u8, Vec<Segment>) {
        if request.operation != 6 {
            let count = usize::from(request.segment_count);
            return (request.operation, request.segments[..count].to_vec());
        }
        let indirect: Indirect = zerocopy::transmute!(
            *zerocopy::IntoBytes::as_bytes(request).first_chunk::<64>().unwrap()
        );
        let table = world.page(indirect.tables[0], false);
        let count = usize::from(indirect.segment_count);
        (indirect.wrapped, (0..count).map(|at| table.load(at * 8)).collect())
    }

    fn carry(&self, world: &World, operation: u8, segment: Segment, at: &mut usize) {
        let page = world.page(segment.reference, operation == 0);
        assert!(segment.first <= segment.last && segment.last < 8);
        let (start, end) = (usize::from(segment.first) * 512, usize::from(segment.last + 1) * 512);
        let mut image = self.image.borrow_mut();
        for (place, byte) in (start..end).zip(&mut image[*at..]) {
            match operation {
                0 => page.store(place, *byte),
                _ => *byte = page.load(place),
            }
        }
        *at += end - start;
        if self.holds.get() {
            world.hold(segment.reference, true);
            self.held.borrow_mut().push(segment.reference);
        }
    }
}

impl Server for Backend {
    fn serve(&self, world: &World) -> bool {
        if self.is_paused.get() {
            return false;
        }
        match change(&self.xenstored, FRONT, BACK) {
            Change::Leave if self.is_lasting.get() => return self.requests(world),
            Change::None => return self.requests(world),
            Change::Connect => self.connect(world),
            Change::Leave => {
                self.vanish(world);
                self.set_state("6");
            }
            Change::Welcome => self.set_state("2"),
        }
        true
    }
}
