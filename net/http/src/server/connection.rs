//! One connection of a server, from its first byte to its last.

use alloc::{rc::Rc, string::ToString};
use core::{net::SocketAddr, pin::pin, time::Duration};

use embassy_futures::select::{Either, select};
use sarab_device::Flow;
use sarab_runtime::{Stopping, stopping};

use super::{
    Shared,
    answer::{self, Manner, meanwhile},
    incoming::{Incoming, Outcome, TOO_LARGE},
};
use crate::{
    Body, IntoResponse, Limits, Method, Refusal, Request, Response, Status, Version,
    body::Reader,
    framing::{self, Framing},
    head::{self, RequestHead},
    wire::{HEAD_ROOM, Trouble, Wire},
};

/// A connection.
pub(super) struct Connection<F, H> {
    wire: Wire<F>,
    peer: SocketAddr,
    shared: Rc<Shared<H>>,
    /// Watched over all its requests, so that waiting for one registers nothing anew.
    stop: Stopping,
}

/// What comes after an answer.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Then {
    /// The next request.
    Next,
    /// The end: the client may still be sending, and must not lose its answer over that.
    Linger,
    /// The end: nothing is on its way.
    Leave,
}

const TOO_SLOW: Refusal = Refusal::new(Status::REQUEST_TIMEOUT, "the head took too long");
const NO_SUCH_EXPECTATION: Refusal =
    Refusal::new(Status::EXPECTATION_FAILED, "an expectation other than 100-continue");

impl<F: Flow, H: AsyncFn(Request<'_>) -> R, R: IntoResponse> Connection<F, H> {
    pub(super) fn new(flow: F, shared: Rc<Shared<H>>) -> Self {
        let peer = flow.peer();
        let wire = Wire::new(flow, shared.limits.stall_time);
        Self { wire, peer, shared, stop: stopping() }
    }

    /// Answers the requests of the connection until it ends.
    pub(super) async fn run(mut self) {
        let result = match self.converse().await {
            Ok(Then::Leave) => self.wire.finish(Duration::ZERO).await,
            Ok(_) => self.wire.finish(self.limits().linger_time).await,
            Err(trouble) => Err(trouble),
        };
        if let Err(trouble) = result {
            log::debug!("{}: connection given up: {trouble}", self.peer);
        }
    }

    async fn converse(&mut self) -> Result<Then, Trouble> {
        let mut patience = self.limits().head_time;
        loop {
            self.wire.skip_empty_lines();
            if self.wire.input.is_empty() {
                self.wire.send().await?;
                if !self.is_asked(&mut patience).await? {
                    return Ok(Then::Leave);
                }
                continue;
            }
            patience = self.limits().idle_time;
            let then = match self.head().await? {
                Some(Ok(head)) => self.exchange(head).await?,
                Some(Err(refusal)) => self.refuse(refusal, None).await?,
                None => Then::Leave,
            };
            if then != Then::Next {
                return Ok(then);
            }
        }
    }

    /// Waits for the first bytes of a request; false if none come in time, the client ends or the
    /// machine stops.
    async fn is_asked(&mut self, patience: &mut Duration) -> Result<bool, Trouble> {
        if self.shared.is_stopping.get() {
            return Ok(false);
        }
        match select(self.wire.idle(patience, &self.shared.spare), &mut self.stop).await {
            Either::First(Ok(())) => Ok(true),
            Either::First(Err(Trouble::TimedOut | Trouble::Ended)) | Either::Second(()) => {
                Ok(false)
            }
            Either::First(Err(trouble)) => Err(trouble),
        }
    }

    /// Waits for the rest of a request's head; `None` if the client ends before it does, and all that
    /// it sent could have been the beginning of one.
    async fn head(&mut self) -> Result<Option<Result<RequestHead, Refusal>>, Trouble> {
        let (bounds, mut patience) = (self.limits().bounds(), self.limits().head_time);
        let mut parsed = 0;
        loop {
            // What is not HTTP shows at once; after that only the end of a line can complete a head.
            if parsed == 0 || self.wire.input[parsed..].contains(&b'\n') {
                parsed = self.wire.input.len();
                if let Some(result) = head::request(&mut self.wire.input, bounds).transpose() {
                    return Ok(Some(result));
                }
            } else if let Err(refusal) = head::unfinished(&self.wire.input, bounds) {
                return Ok(Some(Err(refusal)));
            }
            self.wire.send().await?;
            match self.wire.fill(HEAD_ROOM, &mut patience).await {
                // No more can come, so what was put off until the end of a line is looked at now.
                Err(Trouble::Ended) => {
                    return Ok(head::request(&mut self.wire.input, bounds).transpose());
                }
                Err(Trouble::TimedOut) => return Ok(Some(Err(TOO_SLOW))),
                result => result?,
            }
        }
    }

    /// Lets the handler answer a request.
    async fn exchange(&mut self, head: RequestHead) -> Result<Then, Trouble> {
        let (method, version) = (head.method, head.version);
        let persists = framing::persists(version, &head.headers);
        let checked = self.check(&head).and_then(|framing| {
            let request = Request::new(head, self.peer)?;
            Ok((request, framing))
        });
        let (request, framing) = match checked {
            Ok(checked) => checked,
            Err(refusal) => return self.refuse(refusal, Some(method)).await,
        };
        let line = log::log_enabled!(log::Level::Debug).then(|| request.to_string());
        let (response, outcome) = if framing == Framing::NOTHING {
            let response = pin!((self.shared.handler)(request));
            let response = meanwhile(&mut self.wire, response).await?;
            (response.into_response(), Outcome::Complete)
        } else {
            self.handle_content(request, framing).await?
        };
        let keeps = match outcome {
            Outcome::Complete => persists && !self.shared.is_stopping.get(),
            Outcome::Unread => false,
            Outcome::Refused(refusal) => return self.refuse(refusal, Some(method)).await,
            Outcome::Lost(trouble) => return Err(trouble),
        };
        let response = self.without_defect(response);
        if let Some(line) = line {
            log::debug!("{} \"{line}\" {}", self.peer, response.status.code());
        }
        let is_head = method == Method::Head;
        self.answer(response, Manner { is_head, version, keeps, date: None }).await
    }

    async fn answer(&mut self, response: Response, manner: Manner) -> Result<Then, Trouble> {
        let manner = Manner { date: self.shared.clock.date(), ..manner };
        let keeps = answer::write(&mut self.wire, response, manner).await?;
        Ok(if keeps { Then::Next } else { Then::Linger })
    }

    /// Checks what must be so before the content is asked for.
    fn check(&self, head: &RequestHead) -> Result<Framing, Refusal> {
        let framing = framing::of_request(head.version, &head.headers)?;
        let is_known = |value: &[u8]| value.eq_ignore_ascii_case(b"100-continue");
        if head.version == Version::Http11 && !head.headers.list("expect").all(is_known) {
            return Err(NO_SUCH_EXPECTATION);
        }
        match framing {
            Framing::Length(length) if length > self.limits().body_bytes => Err(TOO_LARGE),
            framing => Ok(framing),
        }
    }

    /// Runs the handler for a request with content, which it may read off the wire.
    async fn handle_content(
        &mut self,
        request: Request<'_>,
        framing: Framing,
    ) -> Result<(Response, Outcome), Trouble> {
        self.wire.send().await?;
        let is_awaited =
            request.version == Version::Http11 && request.headers.lists("expect", "100-continue");
        let shared = Rc::clone(&self.shared);
        let reader = Reader::new(framing, shared.limits.body_bytes, shared.limits.body_time);
        let is_awaited = is_awaited && self.wire.input.is_empty();
        let mut incoming = Incoming::new(&mut self.wire, reader, is_awaited);
        let request = request.with_body(Body::new(&mut incoming, framing.length()));
        let response = (shared.handler)(request).await.into_response();
        Ok((response, incoming.finish()))
    }

    /// Tells the client why its message is not taken; after that it is not known where the next one
    /// would begin, so the connection ends.
    async fn refuse(&mut self, refusal: Refusal, method: Option<Method>) -> Result<Then, Trouble> {
        log::debug!("{}: {} {refusal}", self.peer, refusal.status.code());
        let response = Response::plain(refusal.status);
        let (is_head, version) = (method == Some(Method::Head), Version::Http11);
        self.answer(response, Manner { is_head, version, keeps: false, date: None }).await
    }

    /// Puts a 500 in the place of an answer that must not be sent.
    fn without_defect(&self, response: Response) -> Response {
        let defect = match &response.fields.defect {
            Some(defect) => defect,
            None if response.status.is_informational() => "an answer of status 1xx is none",
            None => return response,
        };
        log::error!("{}: handler failed: {defect}", self.peer);
        Response::plain(Status::INTERNAL_SERVER_ERROR)
    }

    fn limits(&self) -> &Limits {
        &self.shared.limits
    }
}
