//! Requests that are too large for the device, and run in parts.

use alloc::vec::Vec;
use core::cell::RefCell;

use sarab_queue::disk::{Memory, Outcome, Request};

use super::config::Limits;

/// Requests that run in parts, oldest first.
#[derive(Default)]
pub(super) struct Larges(RefCell<Vec<Large>>);

struct Large {
    token: u32,
    /// What was not submitted yet.
    rest: Request,
    parts_running: usize,
    outcome: Outcome,
}

impl Larges {
    pub(super) fn is_empty(&self) -> bool {
        self.0.borrow().is_empty()
    }

    pub(super) fn add(&self, token: u32, request: Request) {
        let outcome = Outcome::Done;
        self.0.borrow_mut().push(Large { token, rest: request, parts_running: 0, outcome });
    }

    /// Cuts the next part off, and returns it with the token of its request.
    pub(super) fn cut(&self, limits: &Limits) -> Option<(u32, Request)> {
        let mut all = self.0.borrow_mut();
        let large = all.iter_mut().find(|large| large.rest.count > 0)?;
        large.parts_running += 1;
        Some((large.token, cut(&mut large.rest, limits)))
    }

    /// Notes that a part has ended; with the last one, returns how the request has. One that has failed
    /// has no more parts.
    pub(super) fn end(&self, token: u32, outcome: Outcome) -> Option<(u32, Outcome)> {
        let mut all = self.0.borrow_mut();
        let place = all.iter().position(|large| large.token == token)?;
        let large = all.get_mut(place)?;
        large.parts_running = large.parts_running.saturating_sub(1);
        if outcome != Outcome::Done {
            large.rest.count = 0;
            large.outcome = outcome;
        }
        let has_ended = large.parts_running == 0 && large.rest.count == 0;
        has_ended.then(|| (token, all.remove(place).outcome))
    }
}

/// Cuts off as much as the device takes.
fn cut(rest: &mut Request, limits: &Limits) -> Request {
    let Request { kind, first, count: all, memory: Memory { address, size_bytes: all_bytes } } =
        *rest;
    let count = all.min(limits.sectors_most(kind));
    let sector_bytes = u64::from(limits.properties.geometry.sector_bytes);
    let size_bytes = usize::try_from(count * sector_bytes).unwrap_or(usize::MAX).min(all_bytes);
    rest.first += count;
    rest.count -= count;
    let behind = address.wrapping_add(size_bytes);
    rest.memory = Memory { address: behind, size_bytes: all_bytes - size_bytes };
    Request { kind, first, count, memory: Memory { address, size_bytes } }
}
