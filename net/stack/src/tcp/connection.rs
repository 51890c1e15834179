//! One connection: smoltcp's socket, and what is known of it besides.

use core::{
    cmp::Ordering,
    net::SocketAddr,
    task::{Context, Poll, Waker},
};

use alloc::{vec, vec::Vec};
use bytes::{Buf, Bytes};
use smoltcp::{
    socket::tcp::{CongestionControl, Socket, SocketBuffer, State},
    time::{Duration, Instant},
};

use super::sent::Sent;
use crate::{Config, FlowError, TcpError, ip::Single, packet::Segment, schedule::Slot};

/// How long a peer may keep its direction open after the program has left (RFC 9293 section 3.6).
const LEFT_OPEN: Duration = Duration::from_secs(60);

/// The two ends of a connection, which name it (RFC 9293 section 3.3.1).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Ends {
    pub(crate) remote: SocketAddr,
    pub(crate) local: SocketAddr,
}

/// By the ports first: they tell most connections apart, and cost less to compare than addresses.
impl Ord for Ends {
    fn cmp(&self, other: &Self) -> Ordering {
        let ports = |ends: &Self| (ends.remote.port(), ends.local.port());
        let all = || (self.remote, self.local).cmp(&(other.remote, other.local));
        ports(self).cmp(&ports(other)).then_with(all)
    }
}

impl PartialOrd for Ends {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

/// Whose a connection is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Stage {
    /// Its port's, and the peer has not answered yet.
    HalfOpen,
    /// Its port's, until somebody accepts it.
    Waiting,
    /// A flow's.
    Held,
    /// Nobody's: what was sent is still to arrive.
    Released,
    /// Nobody's: it only waits for stray segments (RFC 9293 section 3.6.1).
    Past,
}

/// Why a connection ended, where the socket does not tell.
#[derive(Clone, Copy, Debug)]
enum Failure {
    TimedOut,
    Down,
}

/// Returns a socket with the buffers that `config` says.
pub(super) fn socket(config: &Config) -> Single<Socket<'static>> {
    let buffer = |size| SocketBuffer::new(vec![0; size]);
    let mut socket =
        Socket::new(buffer(config.receive_buffer_bytes), buffer(config.send_buffer_bytes));
    socket.set_congestion_control(CongestionControl::Reno);
    // What is written together is sent together anyway, since the runner sends after the
    // program has had its turn (RFC 9293 section 3.7.4 lets a program turn Nagle's off).
    socket.set_nagle_enabled(false);
    Single::new(socket)
}

/// Makes the socket of a connection that is no more ready for another one.
///
/// smoltcp resets it when it listens or connects, but for what it knows of congestion, and for its count of
/// repeated acknowledgements, which may cost a segment sent twice. What is in the buffers is not read any more.
pub(super) fn renewed(mut socket: Single<Socket<'static>>) -> Single<Socket<'static>> {
    socket.get_mut().abort();
    socket.get_mut().set_congestion_control(CongestionControl::Reno);
    socket
}

/// A connection.
pub(crate) struct Connection {
    pub(crate) socket: Single<Socket<'static>>,
    pub(crate) slot: Slot,
    pub(crate) ends: Ends,
    pub(crate) stage: Stage,
    /// The most bytes that the peer takes at once.
    peer_mss: u16,
    sent: Sent,
    /// Whether the peer has ended its direction.
    is_ended: bool,
    /// Whether this end has ended its direction.
    is_finished: bool,
    /// What was not read when both directions had ended: smoltcp forgets it then, after a while.
    unread: Bytes,
    failure: Option<Failure>,
    /// Since when the peer owes an answer.
    owed_since: Option<Instant>,
    /// Who waits for everything to be sent.
    flusher: Option<Waker>,
}

impl Connection {
    /// Makes a connection of a socket that [`socket`] has made or [`renewed`].
    pub(super) fn new(socket: Single<Socket<'static>>, ends: Ends, stage: Stage) -> Self {
        Self {
            socket,
            slot: Slot::default(),
            ends,
            stage,
            peer_mss: 0,
            sent: Sent::default(),
            is_ended: false,
            is_finished: false,
            unread: Bytes::new(),
            failure: None,
            owed_since: None,
            flusher: None,
        }
    }

    pub(crate) fn state(&self) -> State {
        self.socket.get().state()
    }

    /// Takes note of what the SYN of the peer says that is about to be received, if `segment` is it.
    pub(crate) fn observe_syn(&mut self, segment: Segment) {
        if let (State::Listen | State::SynSent, Some(mss)) = (self.state(), segment.mss) {
            self.peer_mss = mss;
        }
    }

    /// Returns the most bytes that the peer takes at once, once it has said so and been answered.
    pub(crate) fn peer_mss(&self) -> Option<u16> {
        let is_known = !matches!(self.state(), State::Listen | State::SynSent | State::SynReceived);
        is_known.then_some(self.peer_mss)
    }

    /// Takes note of what a segment of the peer has changed since the state was `before`.
    pub(crate) fn observe_arrival(&mut self, before: State) {
        match self.state() {
            State::SynSent | State::SynReceived => return,
            State::CloseWait | State::LastAck | State::Closing => self.is_ended = true,
            State::TimeWait => {
                self.is_ended = true;
                self.keep_unread();
            }
            // What it owes now is the end of its direction, and this was none.
            State::FinWait2 if before == State::FinWait2 => return,
            _ => {}
        }
        self.owed_since = None;
    }

    /// Takes note of a segment that was sent.
    pub(crate) fn observe_sent(&mut self, segment: Segment) {
        self.sent.note(segment);
        if self.sent.is_all() {
            self.wake_flusher();
        }
    }

    /// Wakes who waits for everything to be sent.
    pub(crate) fn wake_flusher(&mut self) {
        if let Some(flusher) = self.flusher.take() {
            flusher.wake();
        }
    }

    /// Gives up if the peer owes an answer for too long.
    pub(crate) fn check_patience(&mut self, config: &Config, now: Instant) {
        if self.patience_ends(config).is_some_and(|end| end <= now) {
            self.failure = Some(Failure::TimedOut);
            self.socket.get_mut().abort();
        }
    }

    /// Returns when it is given up, starting the clock if the peer owes an answer since `now`.
    pub(crate) fn deadline(&mut self, config: &Config, now: Instant) -> Option<Instant> {
        match self.patience(config) {
            Some(_) => self.owed_since.get_or_insert(now),
            None => return None,
        };
        self.patience_ends(config)
    }

    fn patience_ends(&self, config: &Config) -> Option<Instant> {
        Some(self.owed_since? + self.patience(config)?)
    }

    /// Returns how long the peer may be silent now.
    fn patience(&self, config: &Config) -> Option<Duration> {
        match self.state() {
            State::SynSent | State::SynReceived => Some(config.connect_timeout.into()),
            State::FinWait1 | State::Closing | State::LastAck => Some(config.user_timeout.into()),
            State::FinWait2 if self.stage == Stage::Released => Some(LEFT_OPEN),
            State::Closed | State::TimeWait => None,
            _ => (self.socket.get().send_queue() > 0).then(|| config.user_timeout.into()),
        }
    }

    /// Ends it without a word, since there is nobody to say it to.
    pub(crate) fn go_down(&mut self) {
        self.failure = Some(Failure::Down);
        self.socket.get_mut().abort();
        self.wake_flusher();
    }

    /// Leaves it to itself: gracefully if this end was finished, else by a reset.
    pub(crate) fn release(&mut self) {
        self.stage = Stage::Released;
        if self.is_finished {
            self.discard();
        } else {
            self.socket.get_mut().abort();
        }
    }

    /// Handles what a peer sends that nobody will read.
    ///
    /// While it has not acknowledged everything it may not know better; after that it is told by a
    /// reset (RFC 9293 section 3.6, SHLD-3).
    pub(crate) fn tend_released(&mut self) {
        if self.socket.get().recv_queue() == 0 {
            return;
        }
        if self.state() == State::FinWait2 {
            self.socket.get_mut().abort();
        } else {
            self.discard();
        }
    }

    fn discard(&mut self) {
        self.unread = Bytes::new();
        self.take_received(|_| {});
    }

    fn keep_unread(&mut self) {
        let count = self.socket.get().recv_queue();
        if count > 0 {
            let mut unread = Vec::with_capacity(count);
            self.take_received(|bytes| unread.extend_from_slice(bytes));
            self.unread = unread.into();
        }
    }

    fn take_received(&mut self, mut each: impl FnMut(&[u8])) {
        let socket = self.socket.get_mut();
        // Twice: the buffer is a ring, and each call takes a run of it.
        while socket.can_recv() {
            let taken = socket.recv(|bytes| {
                each(bytes);
                (bytes.len(), ())
            });
            if taken.is_err() {
                return;
            }
        }
    }

    /// Waits until it stands.
    pub(crate) fn poll_connected(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), TcpError>> {
        match (self.state(), self.failure) {
            (State::SynSent | State::SynReceived, _) => {
                self.socket.get_mut().register_recv_waker(cx.waker());
                Poll::Pending
            }
            (State::Closed, None) => Poll::Ready(Err(TcpError::Refused(self.ends.remote))),
            (_, Some(Failure::TimedOut)) => Poll::Ready(Err(TcpError::TimedOut(self.ends.remote))),
            (_, Some(Failure::Down)) => Poll::Ready(Err(TcpError::Down)),
            _ => Poll::Ready(Ok(())),
        }
    }

    /// Waits until there is something to read, or will never be.
    pub(crate) fn poll_readable(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), FlowError>> {
        let has_bytes = !self.unread.is_empty() || self.socket.get().can_recv();
        if has_bytes || self.is_ended {
            return Poll::Ready(Ok(()));
        }
        if self.state() == State::Closed {
            return Poll::Ready(Err(self.failure()));
        }
        self.socket.get_mut().register_recv_waker(cx.waker());
        Poll::Pending
    }

    /// Reads what there is; 0 at the end.
    pub(crate) fn read(&mut self, buffer: &mut [u8]) -> usize {
        if self.unread.is_empty() {
            return self.socket.get_mut().recv_slice(buffer).unwrap_or(0);
        }
        let count = buffer.len().min(self.unread.len());
        self.unread.copy_to_slice(&mut buffer[..count]);
        count
    }

    /// Writes as much of `bytes` as there is room for, once there is some.
    pub(crate) fn poll_write(
        &mut self,
        bytes: &[u8],
        cx: &mut Context<'_>,
    ) -> Poll<Result<usize, FlowError>> {
        if self.is_finished {
            return Poll::Ready(Err(FlowError::Finished));
        }
        let socket = self.socket.get_mut();
        let Ok(count) = socket.send_slice(bytes) else {
            return Poll::Ready(Err(self.failure()));
        };
        if count == 0 && !bytes.is_empty() {
            socket.register_send_waker(cx.waker());
            return Poll::Pending;
        }
        self.sent.wrote(count);
        Poll::Ready(Ok(count))
    }

    /// Ends this direction.
    pub(crate) fn finish(&mut self) {
        if !self.is_finished && self.socket.get().may_send() {
            self.is_finished = true;
            self.sent.wrote(1);
            self.socket.get_mut().close();
        }
    }

    /// Waits until everything written has been sent.
    pub(crate) fn poll_sent(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), FlowError>> {
        let has_ended_well = self.is_ended && self.is_finished;
        if self.state() == State::Closed && !has_ended_well {
            return Poll::Ready(Err(self.failure()));
        }
        if self.sent.is_all() {
            return Poll::Ready(Ok(()));
        }
        self.flusher = Some(cx.waker().clone());
        Poll::Pending
    }

    fn failure(&self) -> FlowError {
        match self.failure {
            None => FlowError::Reset(self.ends.remote),
            Some(Failure::TimedOut) => FlowError::TimedOut(self.ends.remote),
            Some(Failure::Down) => FlowError::Down,
        }
    }
}
