//! A request as a handler gets it.

use core::{fmt, net::SocketAddr};

use crate::{
    Body, Headers, Method, Refusal, Version,
    head::RequestHead,
    target::{self, Target},
};

/// A request.
#[derive(Debug)]
pub struct Request<'c> {
    /// What is to be done.
    pub method: Method,
    /// The version that the client speaks.
    pub version: Version,
    /// The header fields.
    pub headers: Headers,
    /// The content.
    pub body: Body<'c>,
    /// The client's address.
    pub peer: SocketAddr,
    target: Target,
}

impl Request<'_> {
    /// Makes the request of a head, if that is one that may be answered.
    pub(crate) fn new(head: RequestHead, peer: SocketAddr) -> Result<Self, Refusal> {
        let target = Target::new(head.method, head.target)?;
        target::check_host(head.version, &head.headers)?;
        let RequestHead { method, version, headers, .. } = head;
        Ok(Self { method, version, headers, body: Body::EMPTY, peer, target })
    }

    pub(crate) fn with_body(self, body: Body<'_>) -> Request<'_> {
        let Self { method, version, headers, peer, target, .. } = self;
        Request { method, version, headers, body, peer, target }
    }

    /// Returns the path as it was sent, with its percent signs (RFC 3986 §3.3); it begins with `/`,
    /// except that of `OPTIONS *`, which is `*`.
    #[must_use]
    pub fn path(&self) -> &str {
        self.target.path()
    }

    /// Returns what follows the first `?`, as it was sent (RFC 3986 §3.4).
    #[must_use]
    pub fn query(&self) -> Option<&str> {
        self.target.query()
    }

    /// Returns the host that the client wants to reach, with its port where it gave one; an absolute
    /// target goes before the field `Host` (RFC 9112 §3.2.2).
    #[must_use]
    pub fn host(&self) -> Option<&str> {
        self.target.host().or_else(|| self.headers.get("host"))
    }

    pub(crate) fn target(&self) -> &str {
        self.target.text()
    }
}

impl fmt::Display for Request<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {} {}", self.method, self.target(), self.version.name())
    }
}
