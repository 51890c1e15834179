//! The server: accepts connections and lets a handler answer what arrives on them.

mod answer;
mod clock;
mod connection;
mod incoming;
mod places;

use alloc::rc::Rc;
use core::{cell::Cell, pin::pin, time::Duration};

use embassy_futures::select::{Either, select};
use sarab_device::Listener;
use sarab_runtime::{sleep, spawn, stopping, timeout};

use crate::{IntoResponse, Limits, Request, wire::Spare};
use clock::Clock;
use connection::Connection;
use places::Places;

/// How long no connection is accepted after one could not be.
const ACCEPT_PAUSE: Duration = Duration::from_millis(100);

/// An HTTP/1.1 server on one port (RFC 9110, RFC 9112).
///
/// Connections are kept for further requests, also those of HTTP/1.0 that ask for it. Requests that
/// arrive together are answered in order, as many answers in one write as are ready. A connection
/// without a request holds no buffers. What a client may take and how long is said by [`Limits`].
///
/// **Refused** are, with the answer that says why, heads that two recipients could understand
/// differently: with both `Content-Length` and `Transfer-Encoding`, or with either twice, with folded
/// lines, with a space before the colon, with a lone CR, without a `Host` or with two. A line of the
/// head may end in a lone LF (RFC 9112 §2.2). Other methods than those of [`Method`](crate::Method)
/// are answered with 501, among them `CONNECT`; other versions with 505.
///
/// The log gets a line per answer at level `debug`, and handlers that fail at level `error`.
pub struct Server<L> {
    listener: L,
    limits: Limits,
}

impl<L: Listener<Flow: 'static>> Server<L> {
    /// Makes a server on the port of `listener`, with the default limits.
    #[must_use]
    pub fn new(listener: L) -> Self {
        Self { listener, limits: Limits::default() }
    }

    /// Sets the limits.
    #[must_use]
    pub fn limits(self, limits: Limits) -> Self {
        Self { limits, ..self }
    }

    /// Answers with what `handler` returns, until the machine stops.
    ///
    /// Each connection is a task of its own, so the handler runs for several requests at a time. Once
    /// the machine [stops](sarab_runtime::stopping), none is accepted any more, those without a
    /// request are closed, and the requests in progress have [`Limits::stop_time`] to end. Then this
    /// completes.
    pub async fn serve<R: IntoResponse>(self, handler: impl AsyncFn(Request<'_>) -> R + 'static) {
        let Self { listener, limits } = self;
        let (connection_count, stop_time) = (limits.connection_count.max(1), limits.stop_time);
        let (clock, is_stopping) = (Clock::default(), Cell::new(false));
        let spare = Spare::default();
        let shared = Rc::new(Shared { handler, limits, clock, spare, is_stopping });
        let places = Rc::new(Places::default());
        let mut stop = pin!(stopping());
        loop {
            let next = async {
                places.below(connection_count).await;
                accept(&listener).await
            };
            let Either::First(flow) = select(next, stop.as_mut()).await else { break };
            let (connection, place) = (Connection::new(flow, Rc::clone(&shared)), places.take());
            drop(spawn(async move {
                connection.run().await;
                drop(place);
            }));
        }
        drop(listener);
        shared.is_stopping.set(true);
        if timeout(stop_time, places.below(1)).await.is_err() {
            log::warn!("{} connections did not end in time", places.count());
        }
    }
}

/// Waits for a connection, over any failures to accept one.
async fn accept<L: Listener>(listener: &L) -> L::Flow {
    loop {
        match listener.accept().await {
            Ok(flow) => return flow,
            Err(error) => {
                log::warn!("port {}: no connection accepted: {error}", listener.port());
                sleep(ACCEPT_PAUSE).await;
            }
        }
    }
}

/// What all connections of a server share.
struct Shared<H> {
    handler: H,
    limits: Limits,
    clock: Clock,
    spare: Spare,
    is_stopping: Cell<bool>,
}
