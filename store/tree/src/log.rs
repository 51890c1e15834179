//! The log: what was committed since the last root.

use alloc::{collections::VecDeque, vec::Vec};
use core::task::Waker;

use sarab_device::Bytes;

use crate::format::{
    PAGE_BYTES, Seal,
    record::{self, PAYLOAD_BYTES_MAX, RECORD_BYTES},
};

/// The log: a ring of pages, and the commits that wait to be written there.
///
/// One task leads: it writes a record with all that waits, and has it kept. The others wait for it, and share the next.
#[derive(Debug)]
pub(crate) struct Log {
    seal: Seal,
    pages: u32,
    /// Where the next record goes.
    tail: u32,
    /// The checksum of the last record.
    chain: u64,
    /// From where on the roots that may be mounted need it, oldest first.
    needed: [u32; 2],
    queue: VecDeque<Queued>,
    /// Bytes in the queue.
    queued_bytes: usize,
    writing: Option<Cut>,
    /// The last transaction that a record or a root was made of.
    told: u64,
    /// The last transaction that would survive a crash.
    durable: u64,
    is_led: bool,
    waiting: Vec<Waker>,
}

/// A commit that waits to be written.
#[derive(Debug)]
struct Queued {
    number: u64,
    bytes: Vec<u8>,
    /// Whether it tells of data elsewhere that must be flushed before.
    has_extents: bool,
}

/// A record that is being written. It stays here until it is durable, so that another task can write it again: a later
/// one must not be there without it.
#[derive(Clone, Debug)]
pub(crate) struct Cut {
    pub(crate) last: u64,
    pub(crate) page: u32,
    pub(crate) bytes: Bytes,
    /// Whether the disk must be flushed before it is written, since it tells of data elsewhere.
    pub(crate) has_extents: bool,
}

/// The log cannot go on until roots have been written: it has no room, or lacks a transaction.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Full;

impl Log {
    /// Makes a log that goes on at `tail`, after all up to `transaction` was read from `start` on.
    pub(crate) fn new(seal: Seal, pages: u32, transaction: u64, start: u32) -> Self {
        Self {
            seal,
            pages,
            tail: start,
            chain: 0,
            needed: [start; 2],
            queue: VecDeque::new(),
            queued_bytes: 0,
            writing: None,
            told: transaction,
            durable: transaction,
            is_led: false,
            waiting: Vec::new(),
        }
    }

    /// Notes a record that was found in the log.
    pub(crate) fn found(&mut self, end: u32, chain: u64, last: u64) {
        (self.tail, self.chain) = (end, chain);
        (self.told, self.durable) = (last, last);
    }

    /// Sets the checksum of the record before the first.
    pub(crate) fn begin_after(&mut self, chain: u64) {
        self.chain = chain;
    }

    /// Returns the most bytes that the operations of a transaction may have to be written here.
    pub(crate) fn bytes_max(&self) -> usize {
        PAYLOAD_BYTES_MAX.min(self.pages as usize * PAGE_BYTES / 8 - RECORD_BYTES)
    }

    /// Returns where a root that is cut now says that the log goes on, and after which record.
    pub(crate) fn position(&self) -> (u32, u64) {
        (self.tail, self.chain)
    }

    /// Adds a commit to those that wait.
    ///
    /// `has_extents` says that large values of it were written, and not flushed.
    pub(crate) fn push(&mut self, number: u64, bytes: Vec<u8>, has_extents: bool) {
        self.queued_bytes += bytes.len();
        self.queue.push_back(Queued { number, bytes, has_extents });
    }

    /// Returns whether more waits than a record should hold.
    pub(crate) fn is_crowded(&self) -> bool {
        self.queued_bytes > self.bytes_max()
    }

    /// Returns whether a root should be written, so that the log does not fill.
    pub(crate) fn is_long(&self) -> bool {
        self.used(self.needed[1]) > self.pages / 3
    }

    pub(crate) fn durable(&self) -> u64 {
        self.durable
    }

    /// Returns the record that is to be written next, while not all is durable.
    ///
    /// A transaction that passed by the log, or was to, is known to roots only: what follows it waits for one.
    pub(crate) fn cut(&mut self) -> Result<Cut, Full> {
        if let Some(cut) = &self.writing {
            return Ok(cut.clone());
        }
        let is_next = self.queue.front().is_some_and(|queued| queued.number == self.told + 1);
        if !is_next {
            return Err(Full);
        }
        let cut = self.cut_next()?;
        self.told = cut.last;
        self.writing = Some(cut.clone());
        Ok(cut)
    }

    /// Notes that the record that was being written would survive a crash.
    pub(crate) fn kept(&mut self) {
        if let Some(cut) = self.writing.take() {
            self.durable = self.durable.max(cut.last);
        }
    }

    /// Notes that a root with everything up to `transaction` is durable, which needs the log from `page` on.
    pub(crate) fn rooted(&mut self, transaction: u64, page: u32) {
        self.durable = self.durable.max(transaction);
        self.told = self.told.max(transaction);
        while let Some(queued) = self.queue.pop_front_if(|queued| queued.number <= transaction) {
            self.queued_bytes -= queued.bytes.len();
        }
        self.needed = [self.needed[1], page];
        self.wake();
    }

    /// Makes the caller the leader, if there is none.
    pub(crate) fn lead(&mut self) -> bool {
        !core::mem::replace(&mut self.is_led, true)
    }

    /// Ends the caller's lead.
    pub(crate) fn resign(&mut self) {
        self.is_led = false;
        self.wake();
    }

    /// Has `waker` woken when the leader has come further.
    pub(crate) fn wait(&mut self, waker: &Waker) {
        self.waiting.push(waker.clone());
    }

    fn wake(&mut self) {
        self.waiting.drain(..).for_each(Waker::wake);
    }

    fn cut_next(&mut self) -> Result<Cut, Full> {
        let (count, payload_bytes) = self.next_record();
        let pages = record::pages(payload_bytes);
        let page = self.place(pages)?;
        let mut bytes = Vec::with_capacity(pages as usize * PAGE_BYTES);
        bytes.resize(RECORD_BYTES, 0);
        let (mut numbers, mut has_extents) = (None, false);
        self.queued_bytes -= payload_bytes;
        for queued in self.queue.drain(..count) {
            let Queued { number, bytes: transaction, .. } = queued;
            has_extents |= queued.has_extents;
            let (first, _) = *numbers.get_or_insert((number, number));
            numbers = Some((first, number));
            bytes.extend_from_slice(&transaction);
        }
        let (first, last) = numbers.ok_or(Full)?;
        self.chain = record::finish(&mut bytes, self.seal, page, (first, last), self.chain);
        self.tail = page + pages;
        Ok(Cut { last, page, bytes: bytes.into(), has_extents })
    }

    /// Returns how many commits go into the next record, and their bytes.
    fn next_record(&self) -> (usize, usize) {
        let (mut count, mut size) = (0, 0);
        for queued in &self.queue {
            if count > 0 && size + queued.bytes.len() > self.bytes_max() {
                break;
            }
            count += 1;
            size += queued.bytes.len();
        }
        (count, size)
    }

    /// Returns where a record of `pages` goes.
    fn place(&self, pages: u32) -> Result<u32, Full> {
        let fits = self.tail + pages <= self.pages;
        let (page, skipped) = if fits { (self.tail, 0) } else { (0, self.pages - self.tail) };
        let is_room = self.used(self.needed[0]) + skipped + pages < self.pages;
        if is_room { Ok(page) } else { Err(Full) }
    }

    /// Returns the pages from `start` to the tail.
    fn used(&self, start: u32) -> u32 {
        if start <= self.tail { self.tail - start } else { self.pages - start + self.tail }
    }
}
