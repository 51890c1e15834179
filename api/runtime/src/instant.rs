//! Moments of a machine's life.

use core::fmt;
use core::ops::{Add, AddAssign, Sub};
use core::time::Duration;

/// A moment on the machine's monotonic clock: nanoseconds since it booted.
///
/// Arithmetic saturates: far enough in the future is [`NEVER`](Instant::NEVER), 584 years away.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Instant(u64);

impl Instant {
    /// The moment of boot.
    pub const BOOT: Self = Self(0);

    /// The end of time: it never comes, and who sleeps until then sleeps for ever.
    pub const NEVER: Self = Self(u64::MAX);

    /// Returns the moment `nanos` nanoseconds after boot.
    #[must_use]
    pub const fn from_nanos(nanos: u64) -> Self {
        Self(nanos)
    }

    /// Returns the nanoseconds since boot.
    #[must_use]
    pub const fn as_nanos(self) -> u64 {
        self.0
    }

    /// Returns the time since boot.
    #[must_use]
    pub const fn since_boot(self) -> Duration {
        Duration::from_nanos(self.0)
    }

    /// Returns the time from `earlier` to this moment, zero if it is not earlier.
    #[must_use]
    pub const fn since(self, earlier: Self) -> Duration {
        Duration::from_nanos(self.0.saturating_sub(earlier.0))
    }
}

impl Add<Duration> for Instant {
    type Output = Self;

    fn add(self, length: Duration) -> Self {
        let nanos = u64::try_from(length.as_nanos()).unwrap_or(u64::MAX);
        Self(self.0.saturating_add(nanos))
    }
}

impl AddAssign<Duration> for Instant {
    fn add_assign(&mut self, length: Duration) {
        *self = *self + length;
    }
}

impl Sub for Instant {
    type Output = Duration;

    fn sub(self, earlier: Self) -> Duration {
        self.since(earlier)
    }
}

/// Seconds since boot with six digits after the point.
impl fmt::Display for Instant {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let since = self.since_boot();
        write!(f, "{}.{:06}", since.as_secs(), since.subsec_micros())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use alloc::string::ToString;

    #[test]
    fn arithmetic_saturates_at_both_ends() {
        let early = Instant::from_nanos(5);
        assert_eq!(early + Duration::MAX, Instant::NEVER);
        assert_eq!(early - Instant::NEVER, Duration::ZERO);
        assert_eq!(Instant::from_nanos(7) - early, Duration::from_nanos(2));
    }

    #[test]
    fn a_moment_shows_as_seconds() {
        assert_eq!(Instant::from_nanos(12_000_034_567).to_string(), "12.000034");
    }
}
