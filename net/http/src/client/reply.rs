//! An answer as a client gets it.

use alloc::boxed::Box;
use core::time::Duration;

use sarab_device::Flow;

use crate::{
    Body, BodyError, Headers, Status, Version,
    body::{NextPiece, Reader, Source},
    framing::Framing,
    head::ReplyHead,
    wire::Wire,
};

/// An answer: its head, and its content as it arrives.
pub struct Reply<F> {
    /// The outcome.
    pub status: Status,
    /// The version that the server speaks.
    pub version: Version,
    /// The header fields.
    pub headers: Headers,
    length: Option<u64>,
    content: Content<F>,
}

impl<F: Flow> Reply<F> {
    pub(super) fn new(
        head: ReplyHead,
        wire: Wire<F>,
        framing: Framing,
        patience: Duration,
    ) -> Self {
        let ReplyHead { status, version, headers } = head;
        let length = framing.length();
        let content = Content { wire, reader: Reader::new(framing, u64::MAX, patience) };
        Self { status, version, headers, length, content }
    }

    /// Returns the content, or what was not read of it yet.
    pub fn body(&mut self) -> Body<'_> {
        Body::new(&mut self.content, self.length)
    }
}

/// The content on its way.
struct Content<F> {
    wire: Wire<F>,
    reader: Reader,
}

impl<F: Flow> Source for Content<F> {
    fn next(&mut self) -> NextPiece<'_> {
        Box::pin(self.reader.next(&mut self.wire))
    }

    fn fail(&mut self, _error: &BodyError) {}
}
