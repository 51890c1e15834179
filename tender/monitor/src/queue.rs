//! The tender's side of a queue, which believes no count but its own.

use sarab_abi::{Completion, Submission, completion_at, submission_at};

use crate::memory::Memory;

/// Where the counts stand in a queue.
const SUBMITTED: u64 = 0;
const TAKEN: u64 = 4;
const COMPLETED: u64 = 8;
const SEEN: u64 = 12;

/// A queue that guest and tender share.
#[derive(Debug)]
pub(crate) struct Queue {
    address: u64,
    slots: u32,
    taken: u32,
    completed: u32,
}

/// The guest broke the ABI.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Violation {
    /// It says that it has submitted more than fits.
    Submissions,
    /// It says that it has seen what was not completed, or leaves no room for completions.
    Completions,
    /// An address is not of its memory.
    Address,
    /// A piece of memory for frames is too short.
    Piece,
}

impl Violation {
    /// Returns what the guest has done.
    pub(crate) const fn words(self) -> &'static str {
        match self {
            Self::Submissions => "a wild count of submissions",
            Self::Completions => "a wild count of completions",
            Self::Address => "an address that is not of its memory",
            Self::Piece => "a piece of memory that no frame fits",
        }
    }
}

impl Queue {
    pub(crate) fn new(address: u64, slots: u32) -> Self {
        Self { address, slots, taken: 0, completed: 0 }
    }

    /// Returns how many submissions wait.
    pub(crate) fn waiting(&self, memory: &Memory) -> Result<u32, Violation> {
        let submitted: u32 = memory.get(self.address + SUBMITTED).ok_or(Violation::Address)?;
        let waiting = submitted.wrapping_sub(self.taken);
        if waiting > self.slots { Err(Violation::Submissions) } else { Ok(waiting) }
    }

    /// Reads the next submission, which must be waiting.
    pub(crate) fn peek(&self, memory: &Memory) -> Result<Submission, Violation> {
        let at = self.address + submission_at(self.slots, self.taken);
        memory.get(at).ok_or(Violation::Address)
    }

    /// Takes the next submission.
    pub(crate) fn take(&mut self, memory: &Memory) -> Result<(), Violation> {
        self.taken = self.taken.wrapping_add(1);
        memory.put(self.address + TAKEN, &self.taken).ok_or(Violation::Address)
    }

    /// Returns how many completions have room.
    pub(crate) fn room(&self, memory: &Memory) -> Result<u32, Violation> {
        let seen: u32 = memory.get(self.address + SEEN).ok_or(Violation::Address)?;
        let unseen = self.completed.wrapping_sub(seen);
        self.slots.checked_sub(unseen).ok_or(Violation::Completions)
    }

    /// Completes; there must be room.
    pub(crate) fn complete(
        &mut self,
        memory: &Memory,
        completion: &Completion,
    ) -> Result<(), Violation> {
        let at = self.address + completion_at(self.slots, self.completed);
        self.completed = self.completed.wrapping_add(1);
        memory.put(at, completion).ok_or(Violation::Address)?;
        memory.put(self.address + COMPLETED, &self.completed).ok_or(Violation::Address)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::memory::{Part, Protection};

    const AT: u64 = 0x1000;

    fn memory() -> Memory {
        let mut memory = Memory::map(4096).unwrap();
        memory.set_base(AT);
        let protection = Protection::ReadWrite;
        memory.set_parts(vec![Part { start: 0, end: 4096, protection, is_shared: true }]);
        memory
    }

    #[test]
    fn wild_counts_are_violations() {
        let (memory, queue) = (memory(), Queue::new(AT, 4));
        assert_eq!((queue.waiting(&memory), queue.room(&memory)), (Ok(0), Ok(4)));
        for (submitted, expected) in [(4, Ok(4)), (5, Err(Violation::Submissions))] {
            memory.put(AT + SUBMITTED, &u32::to_le_bytes(submitted)).unwrap();
            assert_eq!(queue.waiting(&memory), expected);
        }
        for seen in [1, 5, u32::MAX - 4, 1 << 31] {
            memory.put(AT + SEEN, &seen.to_le_bytes()).unwrap();
            assert_eq!(queue.room(&memory), Err(Violation::Completions), "{seen}");
        }
    }

    #[test]
    fn counts_run_over_without_a_gap() {
        let (memory, mut queue) = (memory(), Queue::new(AT, 4));
        (queue.taken, queue.completed) = (u32::MAX, u32::MAX);
        memory.put(AT + SUBMITTED, &2_u32).unwrap();
        memory.put(AT + SEEN, &u32::MAX).unwrap();
        assert_eq!((queue.waiting(&memory), queue.room(&memory)), (Ok(3), Ok(4)));
        queue.take(&memory).unwrap();
        queue.complete(&memory, &Completion::default()).unwrap();
        assert_eq!((queue.waiting(&memory), queue.room(&memory)), (Ok(2), Ok(3)));
        assert_eq!(memory.get::<u32>(AT + TAKEN), Some(0));
    }
}
