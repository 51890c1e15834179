//! Disks (Xen, `io/blkif.h`).
//!
//! Requests of any size are cut into parts that fit the ring, and are completed when all of their parts are. The
//! memory of a request is granted page by page for as long as its part runs; nothing is copied.
//!
//! **A back end that goes** leaves its requests here; they are made again to the one that comes. If it has not said
//! before that it goes, writes that were done and not flushed may have gone with it: then the next flush fails.
//!
//! **A back end that breaks the rules**, by answering what nobody has asked, is given up: all requests fail, until it
//! begins anew. Memory that it has not let go of stays with its request, which then does not end.

mod features;
mod plan;
pub(crate) mod wire;
mod work;

use alloc::rc::Rc;
use core::cell::{Cell, RefCell};

use sarab_device::Geometry;
use sarab_queue::disk::{self, Outcome, Properties, Requests};

use features::Features;
pub use features::Flush;
use wire::{Response, SLOT_BYTES, SLOTS};
use work::Work;

use crate::{
    bus::{ConnectError, End, Front, Kind, Parting, Phase, State},
    channel::Channel,
    ring::Ring,
    store::Store,
};

/// Requests that the disk takes at a time; their parts wait for room in the ring.
const REQUESTS_MOST: usize = 64;

/// A disk that another domain serves.
pub type Disk = disk::Disk<BlockQueue>;

/// Opens the disk with the handle `handle`, and calls it `name` in messages; waits until it is served.
///
/// The machine asks the requests for their events.
pub fn open(
    store: &Rc<Store>,
    handle: u32,
    name: &'static str,
) -> Result<(Disk, Rc<Requests<BlockQueue>>), ConnectError> {
    let queue = BlockQueue {
        front: Front::new(store, Kind::Disk, handle)?,
        link: RefCell::new(None),
        features: Cell::new(Features::NONE),
        geometry: Cell::new(None),
        work: RefCell::new(Work::new(handle)),
    };
    queue.front.connect(&queue)?;
    let shape = ConnectError::Shape { path: queue.front.path().into(), key: "sectors" };
    let geometry = queue.geometry.get().ok_or(shape)?;
    let discards = queue.features.get().discards;
    let properties = Properties { geometry, writes_through: false, discards };
    let requests = Rc::new(Requests::new(queue));
    Ok((Disk::new(name, properties, Rc::clone(&requests)), requests))
}

/// The queue of a disk.
pub struct BlockQueue {
    front: Front,
    link: RefCell<Option<Link>>,
    features: Cell<Features>,
    /// The shape of the disk, once it is known; it does not change then.
    geometry: Cell<Option<Geometry>>,
    work: RefCell<Work>,
}

/// What leads to the back end.
struct Link {
    ring: Ring,
    channel: Channel,
}

impl BlockQueue {
    /// Tells how writes are made to survive a crash.
    pub fn flush(&self) -> Flush {
        self.features.get().flush
    }

    /// Begins anew after the guest has moved; see [`Domain::suspend`](crate::Domain::suspend). Requests in flight are made
    /// again.
    pub fn resume(&self) -> Result<(), ConnectError> {
        self.front.resume(self)
    }

    /// Takes responses, and makes requests where there is room.
    fn run(&self) {
        self.front.follow(self);
        if !self.take_responses() {
            self.front.give_up(self);
        }
        let grants = self.front.domain().grants();
        grants.collect();
        self.work(|work, features| work.settle(grants, features));
        self.fill();
        self.publish();
    }

    /// Makes requests of what waits, where there is a back end for them.
    fn fill(&self) {
        let grants = self.front.domain().grants();
        match (self.front.phase(), &*self.link.borrow()) {
            (Phase::Broken, _) => self.work(|work, features| work.fail_waiting(grants, features)),
            (Phase::Connected, Some(Link { ring, .. })) => {
                self.work(|work, features| work.fill(ring, grants, self.front.peer(), features));
            }
            _ => {}
        }
    }

    fn work<T>(&self, work: impl FnOnce(&mut Work, &mut Features) -> T) -> T {
        let mut features = self.features.get();
        let result = work(&mut self.work.borrow_mut(), &mut features);
        self.features.set(features);
        result
    }

    /// Takes all responses; tells whether they made sense.
    fn take_responses(&self) -> bool {
        let link = self.link.borrow();
        let Some(Link { ring, .. }) = &*link else { return true };
        let grants = self.front.domain().grants();
        let answer = |it: &Response| self.work(|work, features| work.answer(it, grants, features));
        loop {
            match ring.take::<Response>() {
                Ok(Some(response)) if answer(&response) => {}
                // Who sleeps without having asked to be woken is not.
                Ok(None) if ring.arm(1) => {}
                Ok(None) => return true,
                Ok(Some(_)) | Err(_) => return false,
            }
        }
    }

    fn publish(&self) {
        if let Some(Link { ring, channel }) = &*self.link.borrow()
            && self.front.phase() == Phase::Connected
            && ring.publish()
        {
            self.front.domain().channels().send(*channel);
        }
    }
}

impl Drop for BlockQueue {
    /// Lets go of the ring, whose page must not be used for anything else while it is granted.
    fn drop(&mut self) {
        self.front.abandon(self);
    }
}

impl End for BlockQueue {
    const OFFERED: State = State::Initialised;

    fn offer(&self, front: &Front) -> Result<(), ConnectError> {
        let domain = front.domain();
        let ring = Ring::new(domain, front.peer(), SLOTS, SLOT_BYTES)?;
        let reference = ring.reference();
        let channel = domain.channels().alloc_unbound(front.peer())?;
        *self.link.borrow_mut() = Some(Link { ring, channel });
        front.write("ring-ref", &alloc::format!("{reference}"))?;
        front.write("event-channel", &alloc::format!("{}", channel.number()))?;
        front.write("protocol", "x86_64-abi")?;
        Ok(())
    }

    fn finish(&self, front: &Front) -> Result<(), ConnectError> {
        let geometry = features::geometry(front)?;
        let known = self.geometry.get().unwrap_or(geometry);
        if (known.sector_bytes, known.is_writable) != (geometry.sector_bytes, geometry.is_writable)
            || known.sector_count > geometry.sector_count
        {
            return Err(ConnectError::Shape { path: front.path().into(), key: "sectors" });
        }
        self.geometry.set(Some(known));
        self.features.set(Features::read(front));
        if known.is_writable && self.flush() == Flush::Absent {
            log::warn!("{}: its back end has no flush; it keeps what it has written", front.path());
        }
        self.work.borrow_mut().begin(known.sector_bytes);
        Ok(())
    }

    fn leave(&self, parting: Parting) {
        let domain = self.front.domain();
        // What was still answered is done.
        let is_sound = parting == Parting::Broken || self.take_responses();
        let parting = if is_sound { parting } else { Parting::Broken };
        if let Some(Link { ring, channel }) = self.link.take() {
            if parting != Parting::Moved {
                domain.channels().close(channel);
            }
            ring.end(domain);
        }
        self.work(|work, features| work.withdraw(parting, features, domain.grants()));
    }
}

impl disk::Queue for BlockQueue {
    fn has_room(&self) -> bool {
        self.work.borrow().count() < REQUESTS_MOST
    }

    unsafe fn submit(&self, token: u32, request: disk::Request) {
        self.work(|work, features| work.add(token, &request, features));
        self.fill();
    }

    fn next(&self) -> Option<(u32, Outcome)> {
        let done = self.work.borrow_mut().next();
        if done.is_some() {
            return done;
        }
        self.run();
        self.work.borrow_mut().next()
    }

    fn align_bytes(&self) -> usize {
        self.geometry.get().map_or(wire::SECTOR_BYTES, |it| it.sector_bytes as usize)
    }

    fn notify(&self) {
        self.publish();
    }
}
