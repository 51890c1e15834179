//! The hosts on the link: which card has which address (RFC 1122 section 2.3.2, RFC 4861 section 7).

use alloc::collections::{BTreeMap, BTreeSet, VecDeque};
use core::net::IpAddr;

use sarab_device::Mac;
use smoltcp::time::{Duration, Instant};

use crate::outbound::Outbound;

/// How long an answer is believed without asking again (RFC 1122 section 2.3.2.1).
const BELIEVED: Duration = Duration::from_secs(60);

/// How long an answer is waited for (RFC 4861 section 10, `RETRANS_TIMER`).
const PATIENCE: Duration = Duration::from_secs(1);

/// How often is asked (RFC 4861 section 10, `MAX_MULTICAST_SOLICIT`).
const TRIES: u8 = 3;

/// Neighbors that are known at most; the one that was asked longest ago makes room.
const NEIGHBORS_MOST: usize = 1024;

/// Frames that wait for an answer at most, over all neighbors.
const HELD_MOST: usize = 1024;
const HELD_BYTES_MOST: usize = 2 << 20;

/// What is known of the hosts on the link, and the frames that wait to know more.
#[derive(Default)]
pub(crate) struct Neighbors {
    known: BTreeMap<IpAddr, Neighbor>,
    dues: BTreeSet<(Instant, IpAddr)>,
    held_count: usize,
    held_bytes: usize,
}

struct Neighbor {
    mac: Option<Mac>,
    /// How often it was asked since its last answer.
    tries: u8,
    is_used: bool,
    due: Instant,
    held: VecDeque<Outbound>,
}

/// How much a message says of its sender.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Claim {
    /// It talks to us: worth remembering.
    Introduces,
    /// It answers, or tells of a change: worth knowing if we know of it.
    Updates,
    /// It says that what we know is to stay (RFC 4861 section 7.2.5, no override flag).
    Completes,
}

impl Neighbors {
    /// Returns the card of the neighbor, if it is known.
    pub(crate) fn find(&mut self, address: IpAddr) -> Option<Mac> {
        let neighbor = self.known.get_mut(&address)?;
        neighbor.is_used = true;
        neighbor.mac
    }

    /// Keeps `frame` until the neighbor answers; tells whether it has to be asked.
    pub(crate) fn hold(&mut self, address: IpAddr, frame: Outbound, now: Instant) -> bool {
        let is_new = !self.known.contains_key(&address);
        if is_new {
            self.insert(address, None, 1, now + PATIENCE);
        }
        if self.held_count < HELD_MOST
            && self.held_bytes + frame.frame.len() <= HELD_BYTES_MOST
            && let Some(neighbor) = self.known.get_mut(&address)
        {
            self.held_count += 1;
            self.held_bytes += frame.frame.len();
            neighbor.held.push_back(frame);
        }
        is_new
    }

    /// Notes that the neighbor has the card `mac`; returns the frames that waited for it.
    pub(crate) fn learn(
        &mut self,
        address: IpAddr,
        mac: Mac,
        claim: Claim,
        now: Instant,
    ) -> VecDeque<Outbound> {
        let believed_until = now + BELIEVED;
        let Some(neighbor) = self.known.get_mut(&address) else {
            if claim == Claim::Introduces {
                self.insert(address, Some(mac), 0, believed_until);
            }
            return VecDeque::new();
        };
        let differs = neighbor.mac.is_some_and(|known| known != mac);
        if differs && claim == Claim::Completes {
            return VecDeque::new();
        }
        neighbor.mac = Some(mac);
        neighbor.tries = 0;
        let held = core::mem::take(&mut neighbor.held);
        self.let_go(&held);
        self.set_due(address, believed_until);
        held
    }

    /// Returns a neighbor that has to be asked now; forgets those that do not answer.
    pub(crate) fn take_due(&mut self, now: Instant) -> Option<IpAddr> {
        while let Some(&(due, address)) = self.dues.first()
            && due <= now
        {
            let Some(neighbor) = self.known.get_mut(&address) else {
                self.dues.pop_first();
                continue;
            };
            let is_wanted = neighbor.is_used || neighbor.mac.is_none();
            if neighbor.tries == TRIES || (neighbor.tries == 0 && !is_wanted) {
                self.remove(address);
                continue;
            }
            neighbor.tries += 1;
            neighbor.is_used = false;
            self.set_due(address, now + PATIENCE);
            return Some(address);
        }
        None
    }

    /// Returns when [`Neighbors::take_due`] is worth calling next.
    pub(crate) fn deadline(&self) -> Option<Instant> {
        self.dues.first().map(|&(due, _)| due)
    }

    fn insert(&mut self, address: IpAddr, mac: Option<Mac>, tries: u8, due: Instant) {
        if self.known.len() >= NEIGHBORS_MOST
            && let Some(&(_, oldest)) = self.dues.first()
        {
            self.remove(oldest);
        }
        let neighbor = Neighbor { mac, tries, is_used: false, due, held: VecDeque::new() };
        self.known.insert(address, neighbor);
        self.dues.insert((due, address));
    }

    fn remove(&mut self, address: IpAddr) {
        if let Some(neighbor) = self.known.remove(&address) {
            self.let_go(&neighbor.held);
            self.dues.remove(&(neighbor.due, address));
        }
    }

    fn let_go(&mut self, held: &VecDeque<Outbound>) {
        self.held_count -= held.len();
        self.held_bytes -= held.iter().map(|it| it.frame.len()).sum::<usize>();
    }

    fn set_due(&mut self, address: IpAddr, due: Instant) {
        if let Some(neighbor) = self.known.get_mut(&address) {
            self.dues.remove(&(neighbor.due, address));
            self.dues.insert((due, address));
            neighbor.due = due;
        }
    }
}
