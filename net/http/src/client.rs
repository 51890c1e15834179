//! The client: one request a connection.

mod call;
mod reply;
mod url;

use alloc::string::String;
use core::{fmt, time::Duration};

use sarab_device::{Flow, Tcp};
use sarab_runtime::{Instant, now, timeout};

use crate::{
    BodyError, Method, Status, framing,
    head::{self, ReplyHead},
    wire::{HEAD_ROOM, Trouble, Wire},
};
pub use call::Call;
pub use reply::Reply;
use url::Url;
pub use url::UrlError;

/// The most bytes of an answer's head.
const HEAD_BYTES_MAX: usize = 64 * 1024;

/// The most answers of status 1xx before the real one.
const INTERIM_COUNT_MAX: usize = 16;

/// A small HTTP/1.1 client.
///
/// Each request has a connection of its own, which it asks the server to close. Redirects are not
/// followed. Hosts are given by address: names need a resolver, which is not here.
pub struct Client<T> {
    tcp: T,
    time: Duration,
}

impl<T: Tcp> Client<T> {
    /// Makes a client over `tcp`, which may be a reference, that waits 30 s for an answer.
    pub const fn new(tcp: T) -> Self {
        Self { tcp, time: Duration::from_secs(30) }
    }

    /// Sets how long the server may be waited for in all, from connecting to the last byte.
    #[must_use]
    pub fn time(self, time: Duration) -> Self {
        Self { time, ..self }
    }

    /// Asks for the resource of a URL such as `http://192.0.2.1:8080/path`.
    ///
    /// Completes with the head of the answer, whatever its status; its content is still to be read.
    pub async fn get(&self, url: &str) -> Result<Reply<T::Flow>, ClientError<T::Error>> {
        self.send(Call::new(Method::Get, url)).await
    }

    /// Sends a request and completes with the head of the answer.
    ///
    /// An answer that comes before all content was taken counts.
    pub async fn send(&self, call: Call) -> Result<Reply<T::Flow>, ClientError<T::Error>> {
        if let Some(defect) = &call.fields.defect {
            return Err(ClientError::Header(defect.clone()));
        }
        let (url, start) = (Url::parse(&call.url)?, now());
        match timeout(self.time, self.ask(&call, &url, start)).await {
            Ok(result) => result,
            Err(_) => Err(ClientError::TimedOut),
        }
    }

    async fn ask(
        &self,
        call: &Call,
        url: &Url,
        start: Instant,
    ) -> Result<Reply<T::Flow>, ClientError<T::Error>> {
        let flow = self.tcp.connect(url.remote).await.map_err(ClientError::Connect)?;
        let mut wire = Wire::new(flow, self.time);
        let sent = call::write(&mut wire, call, url).await;
        let head = match (head(&mut wire, self.time).await, sent) {
            (Ok(head), _) => head,
            (Err(_), Err(trouble)) => return Err(trouble.into()),
            (Err(error), Ok(())) => return Err(error),
        };
        let framing = framing::of_reply(call.method, head.status, &head.headers)
            .map_err(|refusal| ClientError::Malformed(refusal.why))?;
        let patience = self.time.saturating_sub(now() - start);
        Ok(Reply::new(head, wire, framing, patience))
    }
}

/// Waits for the head of the final answer.
async fn head<F: Flow, E>(
    wire: &mut Wire<F>,
    mut patience: Duration,
) -> Result<ReplyHead, ClientError<E>> {
    let mut interim_count = 0;
    loop {
        match head::reply(&mut wire.input, HEAD_BYTES_MAX) {
            Ok(Some(head)) if head.status == Status::SWITCHING_PROTOCOLS => {
                return Err(ClientError::Malformed("another protocol, which was not asked for"));
            }
            Ok(Some(head)) if head.status.is_informational() => interim_count += 1,
            Ok(Some(head)) => return Ok(head),
            Ok(None) => wire.fill(HEAD_ROOM, &mut patience).await?,
            Err(refusal) => return Err(ClientError::Malformed(refusal.why)),
        }
        if interim_count > INTERIM_COUNT_MAX {
            return Err(ClientError::Malformed("too many answers of status 1xx"));
        }
    }
}

/// Why there is no answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ClientError<E> {
    /// The URL is none, or none that can be asked here.
    Url(UrlError),
    /// A header field of the request cannot be sent.
    Header(String),
    /// There is no connection.
    Connect(E),
    /// The server took too long.
    TimedOut,
    /// What the server sent is not HTTP.
    Malformed(&'static str),
    /// The connection ended before the answer did.
    Cut,
    /// The connection failed.
    Broken(String),
}

impl<E: fmt::Display> fmt::Display for ClientError<E> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Url(error) => error.fmt(f),
            Self::Header(defect) => f.write_str(defect),
            Self::Connect(error) => write!(f, "no connection: {error}"),
            Self::TimedOut => f.write_str("the server took too long"),
            Self::Malformed(why) => write!(f, "the answer is malformed: {why}"),
            Self::Cut => f.write_str("the connection ended before the answer did"),
            Self::Broken(error) => write!(f, "the connection failed: {error}"),
        }
    }
}

impl<E: core::error::Error> core::error::Error for ClientError<E> {}

impl<E> From<UrlError> for ClientError<E> {
    fn from(error: UrlError) -> Self {
        Self::Url(error)
    }
}

impl<E> From<Trouble> for ClientError<E> {
    fn from(trouble: Trouble) -> Self {
        match trouble {
            Trouble::Ended => Self::Cut,
            Trouble::TimedOut => Self::TimedOut,
            Trouble::Broken(error) => Self::Broken(error),
        }
    }
}

impl<E> From<BodyError> for ClientError<E> {
    fn from(error: BodyError) -> Self {
        match error {
            BodyError::TooLarge(_) => Self::Malformed("the content is longer than asked for"),
            BodyError::Malformed(why) => Self::Malformed(why),
            BodyError::TimedOut => Self::TimedOut,
            BodyError::Cut => Self::Cut,
            BodyError::Broken(error) => Self::Broken(error),
        }
    }
}
