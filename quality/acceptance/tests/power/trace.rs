//! What a life has asked of its disk, with what had to be there when.

use std::rc::Rc;

use sarab_crash::{Event, Image, Mark, Sector, Trace, Write};

use crate::{guest::Life, judge::Judge, log::Step};

/// Returns what the disk was asked for in `life`. Marks say what each flush was to make durable: all that a reader saw
/// when it was completed.
///
/// A guest flushes each of its steps before it begins the next; where it seems not to, its driver has lost a flush.
///
/// The log is in the order of completions, so a write that was completed while a flush was under way counts as
/// flushed; a driver that should have waited with the flush is not always found out.
pub(crate) fn trace(life: &Life, judge: &mut Judge) -> Result<Trace, String> {
    let bytes = (life.log.sector_bytes, life.before.geometry().sector_bytes);
    if bytes.0 != bytes.1 {
        return Err(format!("a log of sectors of {} bytes, not {}", bytes.0, bytes.1));
    }
    let mut tracing = Tracing::new(life.before.clone(), judge)?;
    for step in &life.log.steps {
        match step {
            Step::Flush => tracing.flush()?,
            Step::Write { first, data, is_durable } => tracing.write(*first, data, *is_durable)?,
            // Nobody asks for that here, and what it leaves would be anyone's guess.
            Step::Discard { first, count } => {
                return Err(format!("a discard of {count} sectors from {first} on"));
            }
        }
    }
    // QEMU counts what is behind the last flush in no log.
    if tracing.seen.digest() != life.after.digest() {
        return Err("the disk holds more than the log; the last flush is missing".into());
    }
    Ok(Trace { events: tracing.events })
}

/// A trace that is being made.
struct Tracing<'a> {
    judge: &'a mut Judge,
    /// What a reader sees.
    seen: Image,
    events: Vec<Event>,
    acknowledged: usize,
}

impl<'a> Tracing<'a> {
    fn new(seen: Image, judge: &'a mut Judge) -> Result<Self, String> {
        let mut tracing = Self { judge, seen, events: Vec::new(), acknowledged: 0 };
        tracing.acknowledge()?;
        Ok(tracing)
    }

    fn flush(&mut self) -> Result<(), String> {
        self.events.push(Event::Flush { began: self.events.len() });
        self.acknowledge()
    }

    fn acknowledge(&mut self) -> Result<(), String> {
        self.acknowledged = self.judge.look_at(&self.seen)?;
        self.events.push(Event::Mark(Mark::Acknowledged(self.acknowledged)));
        Ok(())
    }

    fn write(&mut self, first: u64, data: &[u8], is_durable: bool) -> Result<(), String> {
        let sectors = cut(&self.seen, first, data)?;
        for (at, sector) in &sectors {
            self.seen.put(*at, sector.clone());
        }
        let attempted = self.judge.look_at(&self.seen)?;
        if attempted > self.acknowledged + 1 {
            let step = attempted - 1;
            return Err(format!("step {attempted} was begun before step {step} was flushed"));
        }
        self.events.push(Event::Mark(Mark::Attempted(attempted)));
        let write = self.events.len();
        self.events.push(Event::Write(Rc::new(Write { sectors, is_held: false })));
        self.events.push(Event::Done { write, is_durable });
        Ok(())
    }
}

/// Cuts `data`, which lies on `disk` from `first` on.
fn cut(disk: &Image, first: u64, data: &[u8]) -> Result<Vec<(u64, Sector)>, String> {
    let geometry = disk.geometry();
    let sectors = data.chunks(geometry.sector_bytes as usize);
    let count = sectors.len() as u64;
    if first.checked_add(count).is_none_or(|end| end > geometry.sector_count) {
        return Err(format!("{count} sectors at {first} of {}", geometry.sector_count));
    }
    Ok((first..).zip(sectors.map(|bytes| Sector::new(bytes.to_vec().into()))).collect())
}

/// Returns `trace` as it would be of a disk that loses the flushes that `is_lost` says by their places: it says that
/// they are done, and they are not.
pub(crate) fn lose(trace: &Trace, is_lost: impl Fn(usize) -> bool) -> Trace {
    let events = trace.events.iter().enumerate();
    let lost = |(place, event): (usize, &Event)| match event {
        Event::Flush { .. } if is_lost(place) => Event::Flush { began: 0 },
        other => other.clone(),
    };
    Trace { events: events.map(lost).collect() }
}

/// Returns the places of flushes after which more must be there than before.
pub(crate) fn promises(trace: &Trace) -> Vec<usize> {
    let mut most = 0;
    let mut places = Vec::new();
    for (place, event) in trace.events.iter().enumerate() {
        if let Event::Mark(Mark::Acknowledged(done)) = event
            && *done > most
        {
            most = *done;
            // The mark of what was there before follows no flush.
            places.extend(place.checked_sub(1));
        }
    }
    places
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::log::Log;

    /// Finds as many steps as the first byte says, but for the last of all bytes.
    fn look(image: &Image) -> Result<usize, String> {
        match image.read(0, 1)[0] {
            u8::MAX => Err("damaged".into()),
            steps => Ok(steps.into()),
        }
    }

    /// Makes the life of a guest that has begun with nothing.
    fn life(steps: Vec<Step>, last: u8) -> Life {
        let before = Image::new(512, 4);
        let mut after = before.clone();
        after.put(0, Sector::new(vec![last; 512].into()));
        Life { before, after, log: Log { sector_bytes: 512, steps } }
    }

    fn write(first: u64, number: u8) -> Step {
        Step::Write { first, data: vec![number; 512], is_durable: false }
    }

    fn said(life: &Life) -> Result<usize, String> {
        trace(life, &mut Judge::new(look)).map(|trace| promises(&trace).len())
    }

    #[test]
    fn a_log_is_followed_to_what_is_on_the_disk() {
        let steps = || vec![write(0, 1), Step::Flush, Step::Flush, write(0, 2), Step::Flush];
        assert_eq!(said(&life(steps(), 2)), Ok(2));
        let why = "the disk holds more than the log; the last flush is missing";
        assert_eq!(said(&life(steps(), 3)), Err(why.into()));
    }

    #[test]
    fn a_driver_that_leaves_out_a_flush_is_found_out() {
        let life = life(vec![write(0, 1), write(0, 2), Step::Flush], 2);
        let why = "step 2 was begun before step 1 was flushed";
        assert_eq!(said(&life), Err(why.into()));
    }

    #[test]
    fn what_a_reader_cannot_read_is_refused() {
        assert_eq!(said(&life(vec![write(0, u8::MAX)], u8::MAX)), Err("damaged".into()));
    }

    #[test]
    fn what_is_not_on_the_disk_is_refused() {
        for first in [4, u64::MAX] {
            let why = format!("1 sectors at {first} of 4");
            assert_eq!(said(&life(vec![write(first, 1)], 1)), Err(why));
        }
        let discard = Step::Discard { first: 1, count: 2 };
        let why = "a discard of 2 sectors from 1 on";
        assert_eq!(said(&life(vec![discard], 1)), Err(why.into()));
        let mut life = life(Vec::new(), 0);
        life.log.sector_bytes = 1024;
        assert_eq!(said(&life), Err("a log of sectors of 1024 bytes, not 512".into()));
    }
}
