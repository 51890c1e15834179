//! Middleware: a wrapper around any device that shows an [`Observer`] each request and its outcome.
//!
//! [`Watched`] implements every device trait that the device inside implements. What it is good
//! for is the observer's business: [`Trace`] logs, [`Fault`] makes requests fail on purpose,
//! [`Record`] remembers them, [`Capture`] writes frames for a packet analyser. Wrap twice for two:
//! the inner observer sees what reaches the device, the outer one what the user asked for.
//!
//! The promises of the traits hold through a wrapper as far as its observer does no harm.

mod block;
mod capture;
mod error;
mod fault;
mod flow;
mod fs;
mod kv;
mod net;
mod operation;
mod record;
mod stack;
mod trace;

use alloc::rc::Rc;
use core::time::Duration;

use bytes::{Bytes, BytesMut};

pub use capture::Capture;
pub use error::{Injected, WatchedError};
pub use fault::{Fault, When};
pub use operation::{Operation, Outcome, Subject, Verb};
pub use record::{Record, Recorded};
pub use trace::Trace;

/// A device whose requests an observer sees.
///
/// What the device hands out (connections, listeners, ports, files) is watched by a clone of the
/// observer; an observer that is shared is an `Rc<O>`.
#[derive(Clone, Debug)]
pub struct Watched<D, O> {
    device: D,
    observer: O,
}

/// The data of an answer without any.
const NOTHING: &[u8] = &[];

/// Sees the requests to a device, and may do them harm.
pub trait Observer {
    /// Returns the time for [`Operation::began`]; an observer that needs none keeps this.
    fn now(&self) -> Duration {
        Duration::ZERO
    }

    /// Is told of an operation when its future is first polled, before the device is asked.
    ///
    /// Returns the harm to do, if any. An operation whose future is dropped counts as one.
    fn before(&self, operation: &Operation<'_>) -> Option<Harm> {
        let _ = operation;
        None
    }

    /// Is told what the device made of an operation. Of one that did not reach the device, or
    /// whose future was dropped, it is not told.
    fn after(&self, operation: &Operation<'_>, outcome: &Outcome<'_>);
}

/// What an observer does to an operation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Harm {
    /// Fails it with an error of this kind; the device is not asked.
    Fail(crate::ErrorKind),
    /// Loses it. What goes in (a frame, a write, a flush) never reaches the device, and the answer
    /// is success; what comes out (a received frame or datagram) is dropped and the next awaited.
    /// No harm to others.
    Lose,
    /// Does it twice, if something goes in. No harm to others.
    Double,
    /// Flips one bit of the data that go in or come out, counted from the first byte's lowest bit
    /// and modulo their size. No harm to others.
    Corrupt {
        /// The number of the bit.
        bit: u64,
    },
}

impl<D, O> Watched<D, O> {
    /// Wraps `device`.
    #[must_use]
    pub const fn new(device: D, observer: O) -> Self {
        Self { device, observer }
    }

    /// Returns the observer.
    pub const fn observer(&self) -> &O {
        &self.observer
    }

    /// Returns the device inside.
    pub fn into_inner(self) -> D {
        self.device
    }
}

impl<D, O: Observer> Watched<D, O> {
    fn operation<'a>(&self, verb: Verb, subject: Subject<'a>, size_bytes: u64) -> Operation<'a> {
        Operation { verb, subject, size_bytes, data: &[], began: self.observer.now() }
    }

    /// Asks the observer; fails if it injects an error.
    fn permit(&self, operation: &Operation<'_>) -> Result<Option<Harm>, Injected> {
        match self.observer.before(operation) {
            Some(Harm::Fail(kind)) => Err(Injected { verb: operation.verb, kind }),
            harm => Ok(harm),
        }
    }

    /// Tells the observer what the device answered: the data that came out, or the error.
    fn report<E: core::error::Error>(&self, operation: &Operation<'_>, answer: Result<&[u8], &E>) {
        let outcome = match answer {
            Ok(data) => Outcome::Done { data },
            Err(error) => Outcome::Failed { error },
        };
        self.observer.after(operation, &outcome);
    }

    /// Runs a request that moves no data.
    async fn ask<T, E: core::error::Error>(
        &self,
        operation: Operation<'_>,
        request: impl Future<Output = Result<T, E>>,
    ) -> Result<T, WatchedError<E>> {
        self.permit(&operation)?;
        let result = request.await;
        self.report(&operation, result.as_ref().map(|_| NOTHING));
        result.map_err(WatchedError::Device)
    }

    /// Runs a request that `data` go in with.
    async fn give<T: Payload + Clone, E: core::error::Error>(
        &self,
        verb: Verb,
        subject: Subject<'_>,
        data: T,
        request: impl AsyncFn(T) -> Result<(), E>,
    ) -> Result<(), WatchedError<E>> {
        let size = data.data().len() as u64;
        let operation = Operation { data: data.data(), ..self.operation(verb, subject, size) };
        let harm = self.permit(&operation)?;
        let result = match harm {
            Some(Harm::Lose) => return Ok(()),
            Some(Harm::Double) => match request(data.clone()).await {
                Ok(()) => request(data.clone()).await,
                failed => failed,
            },
            Some(Harm::Corrupt { bit }) => request(data.clone().corrupt(bit)).await,
            _ => request(data.clone()).await,
        };
        self.report(&operation, result.as_ref().map(|()| NOTHING));
        result.map_err(WatchedError::Device)
    }

    /// Runs a request that data come out of.
    async fn take<T: Payload, E: core::error::Error>(
        &self,
        operation: Operation<'_>,
        request: impl AsyncFn() -> Result<T, E>,
    ) -> Result<T, WatchedError<E>> {
        let harm = self.permit(&operation)?;
        let mut result = request().await;
        if harm == Some(Harm::Lose) && T::CAN_BE_LOST && result.is_ok() {
            result = request().await;
        }
        if let Some(Harm::Corrupt { bit }) = harm {
            result = result.map(|answer| answer.corrupt(bit));
        }
        self.report(&operation, result.as_ref().map(Payload::data));
        result.map_err(WatchedError::Device)
    }
}

/// What data go in or come out with.
trait Payload: Sized {
    /// Whether the next one can take its place.
    const CAN_BE_LOST: bool = false;

    fn data(&self) -> &[u8];

    fn corrupt(self, bit: u64) -> Self;
}

impl Payload for Bytes {
    fn data(&self) -> &[u8] {
        self
    }

    fn corrupt(self, bit: u64) -> Self {
        flipped(&self, bit)
    }
}

impl Payload for Option<Bytes> {
    fn data(&self) -> &[u8] {
        self.as_deref().unwrap_or_default()
    }

    fn corrupt(self, bit: u64) -> Self {
        self.map(|data| flipped(&data, bit))
    }
}

fn flipped(data: &[u8], bit: u64) -> Bytes {
    let mut data = BytesMut::from(data);
    flip(&mut data, bit);
    data.freeze()
}

fn flip(data: &mut [u8], bit: u64) {
    let index =
        (bit / 8).checked_rem(data.len() as u64).and_then(|index| usize::try_from(index).ok());
    if let Some(byte) = index.and_then(|index| data.get_mut(index)) {
        *byte ^= 1 << (bit % 8);
    }
}

/// Implements [`Observer`] for a pointer to one.
macro_rules! shared {
    ($($pointer:ty),*) => {$(
        impl<O: Observer> Observer for $pointer {
            fn now(&self) -> Duration {
                (**self).now()
            }

            fn before(&self, operation: &Operation<'_>) -> Option<Harm> {
                (**self).before(operation)
            }

            fn after(&self, operation: &Operation<'_>, outcome: &Outcome<'_>) {
                (**self).after(operation, outcome);
            }
        }
    )*};
}

shared!(&O, Rc<O>);
