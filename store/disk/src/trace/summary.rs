//! Sums over requests.

use core::{fmt, time::Duration};

use sarab_device::middleware::Verb;

use super::Request;

/// Classes of latency: up to a microsecond, two, four and so on.
const CLASSES: usize = 32;

/// Sums over all requests. As text: a table.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Summary {
    /// Reads.
    pub reads: Kind,
    /// Writes.
    pub writes: Kind,
    /// Write-throughs.
    pub throughs: Kind,
    /// Flushes.
    pub flushes: Kind,
    /// Discards.
    pub discards: Kind,
}

/// Sums over the requests of one kind.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Kind {
    /// Requests.
    pub count: u64,
    /// Sectors in them.
    pub sectors: u64,
    /// Requests that began where the one before of this kind ended.
    pub sequential: u64,
    /// Requests that failed.
    pub failed: u64,
    /// The time that all took together.
    pub latency: Duration,
    /// The longest time that one took.
    pub latency_max: Duration,
    classes: [u64; CLASSES],
    end: Option<u64>,
}

impl Summary {
    pub(super) fn add(&mut self, request: &Request) {
        let kind = match request.verb {
            Verb::Read => &mut self.reads,
            Verb::Write => &mut self.writes,
            Verb::WriteThrough => &mut self.throughs,
            Verb::Flush => &mut self.flushes,
            Verb::Discard => &mut self.discards,
            _ => return,
        };
        kind.add(request);
    }

    fn kinds(&self) -> [(&'static str, &Kind); 5] {
        [
            ("read", &self.reads),
            ("write", &self.writes),
            ("write-through", &self.throughs),
            ("flush", &self.flushes),
            ("discard", &self.discards),
        ]
    }
}

impl Kind {
    fn add(&mut self, request: &Request) {
        self.count += 1;
        self.sectors = self.sectors.saturating_add(request.count);
        self.failed += u64::from(request.is_failed);
        self.latency = self.latency.saturating_add(request.latency);
        self.latency_max = self.latency_max.max(request.latency);
        let micros = request.latency.as_micros().max(1);
        let class =
            micros.checked_next_power_of_two().map_or(u32::MAX, u128::trailing_zeros) as usize;
        self.classes[class.min(CLASSES - 1)] += 1;
        if request.count > 0 {
            self.sequential += u64::from(self.end == Some(request.first));
            self.end = request.first.checked_add(request.count);
        }
    }

    /// Returns a time that so many of a thousand requests did not exceed: a power of two of microseconds.
    #[must_use]
    pub fn latency_of(&self, per_mille: u64) -> Duration {
        let wanted = (self.count * per_mille.min(1000)).div_ceil(1000).max(1);
        let mut seen = 0;
        let class = self.classes.iter().position(|count| {
            seen += count;
            seen >= wanted
        });
        class.map_or(Duration::ZERO, |class| Duration::from_micros(1 << class))
    }

    /// Returns how many of a hundred requests began where the one before ended.
    #[must_use]
    pub fn sequential_percent(&self) -> u64 {
        (self.sequential * 100).checked_div(self.count).unwrap_or(0)
    }
}

impl fmt::Display for Summary {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let heads = ["requests", "sectors", "in a row", "failed", "p50 us", "p99 us", "max us"];
        write!(f, "{:13}", "")?;
        heads.iter().try_for_each(|head| write!(f, " {head:>9}"))?;
        for (name, kind) in self.kinds().into_iter().filter(|(_, kind)| kind.count > 0) {
            write!(
                f,
                "\n{name:13} {:9} {:9} {:8}% {:9} {:9} {:9} {:9}",
                kind.count,
                kind.sectors,
                kind.sequential_percent(),
                kind.failed,
                kind.latency_of(500).as_micros(),
                kind.latency_of(990).as_micros(),
                kind.latency_max.as_micros(),
            )?;
        }
        Ok(())
    }
}
