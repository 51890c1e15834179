//! What a server grants its clients.

use core::time::Duration;

use crate::head::Bounds;

/// What a server grants its clients, all of them together and each.
///
/// ```
/// use core::time::Duration;
/// use sarab_http::Limits;
///
/// let patient = Limits { idle_time: Duration::from_mins(5), ..Limits::default() };
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Limits {
    /// The most connections at a time; more wait to be accepted. 10,000 by default.
    pub connection_count: usize,
    /// The most bytes of a request's head; more is answered with 431. 16 KiB by default.
    ///
    /// A head has at most 100 fields, whatever stands here.
    pub head_bytes: usize,
    /// The most bytes of a request's target; more is answered with 414. 8,000 by default, the
    /// least that RFC 9112 §3 recommends.
    pub target_bytes: usize,
    /// The most bytes of a request's content; more is answered with 413. 1 MiB by default.
    pub body_bytes: u64,
    /// How long a head may take from its first byte on, and the first byte of a connection;
    /// more is answered with 408. 10 s by default.
    pub head_time: Duration,
    /// How long the content of a request may be waited for in all; more is answered with 408.
    /// 60 s by default.
    pub body_time: Duration,
    /// How long a connection may stay open without a request. 60 s by default.
    pub idle_time: Duration,
    /// How long a client may take nothing of its answer before it is cut off. 20 s by default.
    pub stall_time: Duration,
    /// How long a client that was told to go away is listened to, so that the answer reaches it
    /// (RFC 9112 §9.6). 2 s by default.
    pub linger_time: Duration,
    /// How long the requests in progress have to end once the machine stops. 4 s by default; the
    /// runtime grants 5 s to all.
    pub stop_time: Duration,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            connection_count: 10_000,
            head_bytes: 16 * 1024,
            target_bytes: 8_000,
            body_bytes: 1024 * 1024,
            head_time: Duration::from_secs(10),
            body_time: Duration::from_mins(1),
            idle_time: Duration::from_mins(1),
            stall_time: Duration::from_secs(20),
            linger_time: Duration::from_secs(2),
            stop_time: Duration::from_secs(4),
        }
    }
}

impl Limits {
    pub(crate) fn bounds(&self) -> Bounds {
        Bounds { head_bytes: self.head_bytes, target_bytes: self.target_bytes }
    }
}
