//! A byte stream in memory.

use std::{cell::RefCell, collections::VecDeque, net::SocketAddr, rc::Rc};

use embassy_futures::yield_now;
use embedded_io::ErrorType;
use sarab_device::{ErrorKind, Flow, Read, Write, check};

use super::{Fails, answer, caught, run};

/// Bytes that a direction holds.
const HELD: usize = 5000;

/// One direction.
#[derive(Default)]
struct Direction {
    bytes: VecDeque<u8>,
    is_finished: bool,
    is_reset: bool,
}

/// One end of a byte stream.
pub(super) struct End {
    incoming: Rc<RefCell<Direction>>,
    out: Rc<RefCell<Direction>>,
    peer: SocketAddr,
    flaw: &'static str,
    /// What waits for a flush, for a flaw.
    held: Vec<u8>,
}

/// Makes both ends of a stream, of the peers as each sees the other.
pub(super) fn ends(flaw: &'static str, peers: [SocketAddr; 2]) -> (End, End) {
    let (one, other) = <(Rc<RefCell<Direction>>, Rc<RefCell<Direction>>)>::default();
    let end = |incoming: &Rc<_>, out: &Rc<_>, peer| {
        let (incoming, out) = (Rc::clone(incoming), Rc::clone(out));
        End { incoming, out, peer, flaw, held: Vec::new() }
    };
    (end(&one, &other, peers[0]), end(&other, &one, peers[1]))
}

impl End {
    fn has(&self, flaw: &str) -> bool {
        self.flaw == flaw
    }

    fn is_readable(&self) -> bool {
        let incoming = self.incoming.borrow();
        !incoming.bytes.is_empty() || incoming.is_finished || incoming.is_reset
    }
}

impl End {
    /// Takes what is there; at the end, and after a reset, there is nothing.
    fn take(&self, buffer: &mut [u8]) -> Result<usize, Fails> {
        let mut incoming = self.incoming.borrow_mut();
        let count = incoming.bytes.len().min(buffer.len());
        for (place, byte) in buffer.iter_mut().zip(incoming.bytes.drain(..count)) {
            *place = byte;
        }
        let is_over = incoming.is_finished;
        if count == 0 && self.has("ends once") {
            (incoming.is_finished, incoming.is_reset) = (false, true);
        }
        if count > 0 || is_over { Ok(count) } else { Err(Fails(ErrorKind::Disconnected)) }
    }
}

impl Drop for End {
    fn drop(&mut self) {
        let mut out = self.out.borrow_mut();
        if self.has("ends well when it is dropped") {
            out.is_finished = true;
        } else if !out.is_finished {
            out.is_reset = true;
            out.bytes.clear();
        }
    }
}

impl ErrorType for End {
    type Error = Fails;
}

impl Read for End {
    async fn read(&mut self, buffer: &mut [u8]) -> Result<usize, Fails> {
        if buffer.is_empty() && !self.has("waits to read nothing") {
            return Ok(0);
        }
        while !self.is_readable() {
            if self.has("reads 0 when nothing is there") {
                return Ok(0);
            }
            yield_now().await;
        }
        let count = self.take(buffer)?;
        if self.has("loses the bytes of a dropped read") {
            yield_now().await;
        }
        if self.has("changes a byte") && count > 500 {
            buffer[500] ^= 1;
        }
        Ok(count + usize::from(self.has("reads more than the buffer")))
    }
}

impl Write for End {
    async fn write(&mut self, data: &[u8]) -> Result<usize, Fails> {
        if data.is_empty() {
            return Ok(0);
        }
        if self.out.borrow().is_finished && !self.has("writes after the end") {
            return Err(Fails(ErrorKind::Disconnected));
        }
        while self.out.borrow().bytes.len() >= HELD {
            if self.has("writes the end of a dropped write") && data[0] == 2 {
                self.out.borrow_mut().bytes.push_back(9);
            }
            yield_now().await;
        }
        let mut out = self.out.borrow_mut();
        let count = data.len().min(HELD.saturating_sub(out.bytes.len()));
        if self.flaw == "keeps bytes until a flush" {
            self.held.extend(&data[..count]);
        } else {
            out.bytes.extend(&data[..count]);
        }
        Ok(count + usize::from(self.has("takes more than it is given")) * data.len())
    }

    async fn flush(&mut self) -> Result<(), Fails> {
        self.out.borrow_mut().bytes.extend(self.held.drain(..));
        Ok(())
    }
}

impl Flow for End {
    fn peer(&self) -> SocketAddr {
        self.peer
    }

    async fn readable(&mut self) -> Result<(), Fails> {
        while !self.is_readable() && !self.has("is always readable") {
            yield_now().await;
        }
        if self.has("takes a byte to be readable") {
            self.incoming.borrow_mut().bytes.pop_front();
        }
        Ok(())
    }

    async fn finish(&mut self) -> Result<(), Fails> {
        let mut out = self.out.borrow_mut();
        out.is_finished = true;
        if self.has("forgets what it has when it ends") {
            out.bytes.clear();
        }
        if self.has("ends both directions") {
            self.incoming.borrow_mut().is_finished = true;
        }
        Ok(())
    }
}

fn suite(flaw: &'static str) -> impl Future<Output = Result<(), check::Violation>> {
    let (one, other) = ends(flaw, [([10, 0, 0, 1], 1).into(), ([10, 0, 0, 2], 2).into()]);
    check::flow(one, other)
}

#[test]
fn a_stream_keeps_its_promises() {
    assert_eq!(run(suite("none")), Ok(()));
}

#[test]
fn a_stream_that_keeps_bytes_until_a_flush_never_gets_through() {
    assert_eq!(answer(suite("keeps bytes until a flush")), None);
}

#[test]
fn every_flaw_of_a_stream_is_found() {
    let order = "bytes arrive as they were written, in order";
    let zero = "a read returns 0 only at the end, after the last byte";
    let flaws = [
        ("waits to read nothing", "an empty request completes at once and moves no byte"),
        ("reads 0 when nothing is there", zero),
        ("changes a byte", order),
        ("reads more than the buffer", "a read returns at most the buffer"),
        ("takes more than it is given", "a write takes at least one byte and at most all"),
        ("loses the bytes of a dropped read", "dropping the future of a read loses no byte"),
        ("is always readable", "readable waits until there is something to read"),
        ("takes a byte to be readable", "readable takes no byte"),
        (
            "writes the end of a dropped write",
            "a dropped write has written none or a first part of its bytes",
        ),
        ("writes after the end", "after finish a write fails"),
        ("forgets what it has when it ends", zero),
        ("ends once", "a read at the end succeeds"),
        ("ends both directions", "a write to a flow that stands succeeds"),
    ];
    for (flaw, promise) in flaws {
        caught(flaw, promise, suite(flaw));
    }
}
