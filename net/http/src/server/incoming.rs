//! The content of a request on its way to the handler.

use alloc::boxed::Box;

use sarab_device::{Bytes, Flow};

use crate::{
    Refusal, Status,
    body::{BodyError, NextPiece, Reader, Source},
    chunked::Step,
    wire::{Trouble, Wire},
};

/// The content of a request that is being handled.
pub(super) struct Incoming<'w, F> {
    wire: &'w mut Wire<F>,
    reader: Reader,
    /// Whether the client waits to be told to send it.
    is_awaited: bool,
    failure: Option<BodyError>,
}

/// What has become of the content once its request was handled.
pub(super) enum Outcome {
    /// It was read to its end: the next request follows.
    Complete,
    /// Some of it is still to come.
    Unread,
    /// It could not be read, which decides the answer.
    Refused(Refusal),
    /// The connection is of no more use.
    Lost(Trouble),
}

impl<'w, F: Flow> Incoming<'w, F> {
    pub(super) fn new(wire: &'w mut Wire<F>, reader: Reader, is_awaited: bool) -> Self {
        Self { wire, reader, is_awaited, failure: None }
    }

    /// Passes over what has arrived already, and tells how it ended.
    pub(super) fn finish(mut self) -> Outcome {
        if let Some(failure) = self.failure {
            return refuse(failure);
        }
        if self.is_awaited {
            return Outcome::Unread;
        }
        loop {
            match self.reader.step(&mut self.wire.input) {
                Ok(Step::Data(_)) => {}
                Ok(Step::End) => return Outcome::Complete,
                Ok(Step::More) | Err(_) => return Outcome::Unread,
            }
        }
    }

    async fn read(&mut self) -> Result<Option<Bytes>, BodyError> {
        if let Some(failure) = &self.failure {
            return Err(failure.clone());
        }
        if self.is_awaited {
            self.is_awaited = false;
            self.wire.output.extend_from_slice(b"HTTP/1.1 100 Continue\r\n\r\n");
        }
        self.wire.send().await?;
        self.reader.next(self.wire).await
    }
}

impl<F: Flow> Source for Incoming<'_, F> {
    fn next(&mut self) -> NextPiece<'_> {
        Box::pin(async move {
            let result = self.read().await;
            if let Err(error) = &result {
                self.fail(error);
            }
            result
        })
    }

    fn fail(&mut self, error: &BodyError) {
        self.failure.get_or_insert_with(|| error.clone());
    }
}

fn refuse(failure: BodyError) -> Outcome {
    match failure {
        BodyError::TooLarge(_) => Outcome::Refused(TOO_LARGE),
        BodyError::Malformed(why) => Outcome::Refused(Refusal::new(Status::BAD_REQUEST, why)),
        BodyError::TimedOut => Outcome::Refused(TOO_SLOW),
        BodyError::Cut => Outcome::Lost(Trouble::Ended),
        BodyError::Broken(error) => Outcome::Lost(Trouble::Broken(error)),
    }
}

pub(super) const TOO_LARGE: Refusal =
    Refusal::new(Status::CONTENT_TOO_LARGE, "the content is too large");
const TOO_SLOW: Refusal = Refusal::new(Status::REQUEST_TIMEOUT, "the content took too long");
