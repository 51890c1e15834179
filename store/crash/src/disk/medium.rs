//! What lies behind the requests: contents, faults, and the order in which things complete.

use std::{mem, rc::Rc};

use bytes::Bytes;

use crate::{
    DiskError, Event, Harm, Image, Mark, Random, Sector, Trace, Verb, Write, fault::Plan,
    image::cut, random::mix,
};

/// Requests after which a disk without a limit gives up.
const LIMIT: u64 = u64::MAX;

#[derive(Debug)]
pub(super) struct Medium {
    /// What a reader sees.
    pub(super) current: Image,
    /// What was there at the last flush.
    settled: Image,
    /// What was there when the disk was opened.
    origin: Image,
    pub(super) trace: Trace,
    pub(super) is_traced: bool,
    pub(super) plan: Plan,
    pub(super) has_failed_flush: bool,
    /// Requests until it panics.
    pub(super) left: u64,
    random: Random,
    spread: u64,
    clock: u64,
    orphans: Vec<Landing>,
}

/// A write that has been begun.
#[derive(Debug)]
pub(super) struct Landing {
    pub(super) due: u64,
    /// The place of its event, where it has one.
    place: Option<usize>,
    sectors: Vec<(u64, Sector)>,
    is_durable: bool,
    result: Result<(), DiskError>,
}

/// A flush that has been begun.
pub(super) struct Flushing {
    pub(super) due: u64,
    began: usize,
    nth: u64,
    harm: Option<Harm>,
}

impl Medium {
    pub(super) fn new(image: Image) -> Self {
        Self {
            settled: image.clone(),
            origin: image.clone(),
            current: image,
            trace: Trace::default(),
            is_traced: true,
            plan: Plan::default(),
            has_failed_flush: false,
            left: LIMIT,
            random: Random::new(0),
            spread: 0,
            clock: 0,
            orphans: Vec::new(),
        }
    }

    pub(super) fn fail(&mut self, plan: Plan, seed: u64) {
        self.plan = plan;
        self.random = Random::new(self.random.draw() ^ seed);
    }

    pub(super) fn delay(&mut self, spread: u64, seed: u64) {
        self.spread = spread;
        self.random = Random::new(self.random.draw() ^ seed);
    }

    pub(super) fn mark(&mut self, mark: Mark) {
        self.record(Event::Mark(mark));
    }

    /// Returns when a request that begins now is to complete, and counts it.
    pub(super) fn due(&mut self) -> u64 {
        assert!(self.left > 0, "the limit of requests to the disk is reached");
        self.left -= 1;
        if self.spread == 0 { self.clock } else { self.clock + 1 + self.random.below(self.spread) }
    }

    /// Moves the clock on, lets land what is due of writes that nobody waits for, and returns it.
    pub(super) fn tick(&mut self) -> u64 {
        self.clock += u64::from(self.spread > 0);
        while let Some(place) = self.orphans.iter().position(|orphan| orphan.due <= self.clock) {
            let orphan = self.orphans.swap_remove(place);
            let _ = self.land(orphan);
        }
        self.clock
    }

    pub(super) fn read(&mut self, first: u64, count: u32) -> Result<Bytes, DiskError> {
        let (nth, harm) = self.plan.next(Verb::Read, false, &mut self.random);
        let data = self.current.read(first, count);
        match harm {
            Some(Harm::FailRead) => Err(DiskError::Planned { verb: Verb::Read, nth }),
            Some(Harm::StaleRead) => {
                let settled = self.settled.read(first, count);
                Ok(if settled == data { self.origin.read(first, count) } else { settled })
            }
            Some(Harm::FlipRead) => Ok(flipped(&data, self.random.draw())),
            _ => Ok(data),
        }
    }

    pub(super) fn begin_write(
        &mut self,
        first: u64,
        data: &Bytes,
        is_through: bool,
    ) -> Result<Landing, DiskError> {
        let due = self.due();
        if is_through && self.has_failed_flush {
            return Err(DiskError::FlushFailed);
        }
        let (nth, harm) = self.plan.next(Verb::Write, is_through, &mut self.random);
        let mut sectors: Vec<_> = (first..).zip(cut(data, self.sector_bytes())).collect();
        let result = self.spoil(harm, nth, &mut sectors);
        let is_mere = matches!(harm, Some(Harm::WeakenThrough | Harm::HoldWrite));
        let is_durable = is_through && !is_mere && result.is_ok();
        let place = self.record_write(&sectors, harm == Some(Harm::HoldWrite));
        Ok(Landing { due, place, sectors, is_durable, result })
    }

    /// What a discarded sector holds is anything: the old, zeroes, or noise.
    pub(super) fn begin_discard(&mut self, first: u64, end: u64) -> Landing {
        let due = self.due();
        let blank = Sector::new(vec![0; self.sector_bytes() as usize].into());
        // Places that hold nothing have nothing to lose.
        let held = self.current.written();
        let held = held.into_iter().filter(|at| (first..end).contains(at));
        let draw = mix(self.clock ^ self.trace.events.len() as u64 ^ first);
        let choose = |at: u64| match mix(draw ^ at) % 3 {
            0 => None,
            1 => Some((at, blank.clone())),
            _ => {
                let noise = Random::new(draw ^ at).bytes(blank.bytes().len());
                Some((at, Sector::new(noise.into())))
            }
        };
        let sectors: Vec<_> = held.filter_map(choose).collect();
        let place = self.record_write(&sectors, false);
        Landing { due, place, sectors, is_durable: false, result: Ok(()) }
    }

    pub(super) fn land(&mut self, landing: Landing) -> Result<(), DiskError> {
        for (at, sector) in landing.sectors {
            self.current.put(at, sector);
        }
        if let Some(write) = landing.place {
            self.record(Event::Done { write, is_durable: landing.is_durable });
        }
        landing.result
    }

    /// Takes a write whose user has left.
    pub(super) fn abandon(&mut self, landing: Landing) {
        self.orphans.push(Landing { is_durable: false, ..landing });
    }

    /// Begins a flush. Writes that nobody waits for have landed by then, or never will: a disk
    /// does not hold them longer than that.
    pub(super) fn begin_flush(&mut self) -> Result<Flushing, DiskError> {
        for orphan in mem::take(&mut self.orphans) {
            if self.random.one_in(2) {
                let _ = self.land(orphan);
            } else if let Some(write) = orphan.place {
                self.record(Event::Gone { write });
            }
        }
        let due = self.due();
        let (nth, harm) = self.plan.next(Verb::Flush, false, &mut self.random);
        if self.has_failed_flush {
            return Err(DiskError::FlushFailed);
        }
        Ok(Flushing { due, began: self.trace.events.len(), nth, harm })
    }

    pub(super) fn end_flush(&mut self, flush: &Flushing) -> Result<(), DiskError> {
        match flush.harm {
            Some(Harm::FailFlush) => {
                self.has_failed_flush = true;
                return Err(DiskError::Planned { verb: Verb::Flush, nth: flush.nth });
            }
            Some(Harm::LieFlush) => return Ok(()),
            _ => {}
        }
        self.settled = self.current.clone();
        self.record(Event::Flush { began: flush.began });
        Ok(())
    }

    /// Does to a write what goes wrong in it.
    fn spoil(
        &mut self,
        harm: Option<Harm>,
        nth: u64,
        sectors: &mut Vec<(u64, Sector)>,
    ) -> Result<(), DiskError> {
        match harm {
            Some(Harm::FailWrite | Harm::FullWrite) => {
                sectors.retain(|_| self.random.one_in(2));
                let full = harm == Some(Harm::FullWrite);
                let failed = DiskError::Planned { verb: Verb::Write, nth };
                return Err(if full { DiskError::NoSpace } else { failed });
            }
            Some(Harm::LoseWrite) => sectors.clear(),
            Some(Harm::MisdirectWrite) => self.misdirect(sectors),
            Some(Harm::GarbleWrite) if !sectors.is_empty() => {
                let noise = self.random.bytes(self.sector_bytes() as usize);
                let place = self.random.place(sectors.len());
                sectors[place].1 = Sector::new(noise.into());
            }
            _ => {}
        }
        Ok(())
    }

    /// Sends a write to another place, as likely as not to one that holds something.
    fn misdirect(&mut self, sectors: &mut [(u64, Sector)]) {
        let count = sectors.len() as u64;
        let Some((first, _)) = sectors.first() else { return };
        let first = *first;
        let room = self.current.geometry().sector_count - count;
        let held = self.current.written();
        let drawn = if self.random.one_in(2) && !held.is_empty() {
            *self.random.pick(&held)
        } else {
            self.random.below(room + 1)
        };
        // As a wrong bit in an address does, keep what the write is aligned to.
        let step = if count.is_power_of_two() { count } else { 1 };
        let there = (drawn / step * step + first % step).min(room);
        (there..).zip(sectors).for_each(|(at, sector)| sector.0 = at);
    }

    fn sector_bytes(&self) -> u32 {
        self.current.geometry().sector_bytes
    }

    fn record_write(&mut self, sectors: &[(u64, Sector)], is_held: bool) -> Option<usize> {
        if !self.is_traced || sectors.is_empty() {
            return None;
        }
        self.record(Event::Write(Rc::new(Write { sectors: sectors.to_vec(), is_held })));
        Some(self.trace.events.len() - 1)
    }

    fn record(&mut self, event: Event) {
        if self.is_traced {
            self.trace.events.push(event);
        }
    }
}

fn flipped(data: &Bytes, draw: u64) -> Bytes {
    let mut data = data.to_vec();
    let place = draw.checked_rem(data.len() as u64).unwrap_or_default();
    if let Some(byte) = usize::try_from(place).ok().and_then(|place| data.get_mut(place)) {
        *byte ^= 1 << (draw >> 61);
    }
    data.into()
}
