//! A hierarchical timer wheel over 64-bit nanoseconds.
//!
//! A deadline is a number of eleven digits in base 64. A timer lies on the level of the highest
//! digit in which its deadline differs from the present, in the slot of that digit (Varghese and
//! Lauck, "Hashed and hierarchical timing wheels", scheme 6, with levels down to one nanosecond):
//!
//! ```text
//! level 10      9      ...      1        0
//!       |d10 |  d9 |         |  d1  |   d0  |    64 slots of 64^level ns on each level
//! ```
//!
//! Hence a lower level is always earlier than a higher one, and a slot of level 0 holds one single
//! deadline. Inserting and cancelling touch one slot. When the present enters a slot, its timers
//! move to lower levels; a timer does that at most ten times in its life, however often the wheel
//! turns. Each slot knows the earliest deadline it was given, so the next deadline is found by one
//! look at the bit maps. When that very timer was cancelled the answer is too early; the wheel then
//! turns into that slot, which spreads its timers, and asks again.

use alloc::vec;
use alloc::vec::Vec;

use slab::Slab;

const DIGIT_BITS: usize = 6;
const SLOTS: usize = 1 << DIGIT_BITS;
const LEVELS: usize = 64_usize.div_ceil(DIGIT_BITS);

/// The end of a chain of timers.
const NONE: usize = usize::MAX;

/// Timers, ordered by deadline, each with something to give back when it expires.
pub(crate) struct Wheel<T> {
    timers: Slab<Timer<T>>,
    slots: Vec<Slot>,
    /// For each level, which of its slots hold timers.
    occupied: [u64; LEVELS],
    present: u64,
    next_sequence: u64,
    /// How many timers were looked at, ever: the cost of the wheel.
    visits: u64,
}

/// Names one timer; never reused.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Key {
    index: usize,
    sequence: u64,
}

/// A timer that has expired.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Expired<T> {
    pub(crate) deadline: u64,
    pub(crate) sequence: u64,
    pub(crate) value: T,
}

struct Timer<T> {
    deadline: u64,
    sequence: u64,
    value: T,
    slot: usize,
    before: usize,
    after: usize,
}

#[derive(Clone)]
struct Slot {
    first: usize,
    /// No timer here is earlier. While the earliest one ever put here is, one is not later.
    earliest: u64,
}

const EMPTY: Slot = Slot { first: NONE, earliest: u64::MAX };

impl<T> Wheel<T> {
    pub(crate) fn new() -> Self {
        Self {
            timers: Slab::new(),
            slots: vec![EMPTY; LEVELS * SLOTS],
            occupied: [0; LEVELS],
            present: 0,
            next_sequence: 0,
            visits: 0,
        }
    }

    /// Adds a timer. One that is due already expires at the next [`advance`](Wheel::advance).
    pub(crate) fn insert(&mut self, deadline: u64, value: T) -> Key {
        let sequence = self.next_sequence;
        self.next_sequence += 1;
        let timer = Timer { deadline, sequence, value, slot: 0, before: NONE, after: NONE };
        let index = self.timers.insert(timer);
        self.link(index);
        Key { index, sequence }
    }

    /// Removes a timer; `None` if it has expired or was removed.
    pub(crate) fn cancel(&mut self, key: Key) -> Option<T> {
        self.get_mut(key)?;
        self.unlink(key.index);
        Some(self.timers.remove(key.index).value)
    }

    /// Returns what a timer will give back, while it is pending.
    pub(crate) fn get_mut(&mut self, key: Key) -> Option<&mut T> {
        let timer = self.timers.get_mut(key.index)?;
        (timer.sequence == key.sequence).then_some(&mut timer.value)
    }

    /// Returns the earliest deadline, or a moment before it to ask again.
    pub(crate) fn next_deadline(&self) -> Option<u64> {
        let level = self.occupied.iter().position(|slots| *slots != 0)?;
        let digit = self.occupied[level].trailing_zeros() as usize;
        Some(self.slots[level * SLOTS + digit].earliest)
    }

    /// Moves the present to `now`, and adds what has become due to `expired`, which is empty: by
    /// deadline, then in the order of insertion. Time does not go back; an earlier `now` changes
    /// nothing.
    ///
    /// Empties all slots that begin at `now` or before. All but one have ended by then; what is not
    /// due yet in that one moves to a lower level, and those have been emptied already.
    pub(crate) fn advance(&mut self, now: u64, expired: &mut Vec<Expired<T>>) {
        let before = self.present;
        self.present = now.max(before);
        for level in 0..LEVELS {
            let (old, new) = (digits_from(before, level + 1), digits_from(self.present, level + 1));
            let last = if old == new { digit(self.present, level) } else { SLOTS - 1 };
            while let Some(slot) = self.first_slot(level, last) {
                self.empty(slot, expired);
            }
            if old == new {
                break;
            }
        }
        expired.sort_unstable_by_key(|timer| (timer.deadline, timer.sequence));
    }

    /// Returns the first occupied slot of a level, if its digit is at most `last`.
    fn first_slot(&self, level: usize, last: usize) -> Option<usize> {
        let digit = self.occupied[level].trailing_zeros() as usize;
        (digit <= last).then_some(level * SLOTS + digit)
    }

    fn empty(&mut self, slot: usize, expired: &mut Vec<Expired<T>>) {
        let mut next = core::mem::replace(&mut self.slots[slot], EMPTY).first;
        self.occupied[slot / SLOTS] &= !bit(slot);
        while next != NONE {
            self.visits += 1;
            let index = next;
            next = self.timers[index].after;
            if self.timers[index].deadline > self.present {
                self.link(index);
            } else {
                let Timer { deadline, sequence, value, .. } = self.timers.remove(index);
                expired.push(Expired { deadline, sequence, value });
            }
        }
    }

    fn link(&mut self, index: usize) {
        self.visits += 1;
        let deadline = self.timers[index].deadline;
        let slot = slot_of(deadline.max(self.present), self.present);
        let first = core::mem::replace(&mut self.slots[slot].first, index);
        self.slots[slot].earliest = self.slots[slot].earliest.min(deadline);
        self.occupied[slot / SLOTS] |= bit(slot);
        let timer = &mut self.timers[index];
        (timer.slot, timer.before, timer.after) = (slot, NONE, first);
        if first != NONE {
            self.timers[first].before = index;
        }
    }

    fn unlink(&mut self, index: usize) {
        self.visits += 1;
        let Timer { slot, before, after, .. } = self.timers[index];
        match before {
            NONE => self.slots[slot].first = after,
            before => self.timers[before].after = after,
        }
        if after != NONE {
            self.timers[after].before = before;
        }
        if self.slots[slot].first == NONE {
            self.slots[slot] = EMPTY;
            self.occupied[slot / SLOTS] &= !bit(slot);
        }
    }
}

/// Returns the slot of a deadline that is not before the present.
fn slot_of(deadline: u64, present: u64) -> usize {
    let highest_bit = (deadline ^ present).checked_ilog2().unwrap_or(0);
    let level = highest_bit as usize / DIGIT_BITS;
    level * SLOTS + digit(deadline, level)
}

/// Returns the digit of a level.
fn digit(time: u64, level: usize) -> usize {
    let low_byte = digits_from(time, level).to_le_bytes()[0];
    usize::from(low_byte) % SLOTS
}

/// Returns all digits from a level up.
fn digits_from(time: u64, level: usize) -> u64 {
    if level < LEVELS { time >> (level * DIGIT_BITS) } else { 0 }
}

fn bit(slot: usize) -> u64 {
    1 << (slot % SLOTS)
}

#[cfg(test)]
mod tests;
