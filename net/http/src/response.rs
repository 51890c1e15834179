//! An answer as a handler makes it.

use alloc::{
    boxed::Box,
    format,
    string::{String, ToString},
};
use core::{fmt, pin::Pin};

use sarab_device::Bytes;

use crate::{Status, fields::Fields};

/// The fields that the server writes by itself, from what it knows of message and connection.
const OWN_FIELDS: [&str; 4] = ["connection", "content-length", "date", "transfer-encoding"];

/// An answer.
///
/// ```
/// use sarab_http::{Response, Status};
///
/// let page = Response::html("<h1>Hello</h1>").header("cache-control", "no-store");
/// let moved = Response::new(Status::FOUND).header("location", "/elsewhere");
/// ```
///
/// The server adds `Date`, `Connection` and the fields that tell the length. An answer to `HEAD` is
/// made like that to `GET`; the server leaves out the content.
pub struct Response {
    pub(crate) status: Status,
    pub(crate) fields: Fields,
    pub(crate) content: Content,
    pub(crate) closes: bool,
}

pub(crate) enum Content {
    Bytes(Bytes),
    Stream { length: Option<u64>, source: Box<dyn Stream> },
}

/// Where the pieces of streamed content come from.
pub(crate) trait Stream {
    fn next(&mut self) -> Pin<Box<dyn Future<Output = Result<Option<Bytes>, String>> + '_>>;
}

impl Response {
    /// Makes an answer without content.
    #[must_use]
    pub const fn new(status: Status) -> Self {
        let content = Content::Bytes(Bytes::new());
        Self { status, fields: Fields::NONE, content, closes: false }
    }

    /// Makes an answer of plain text.
    #[must_use]
    pub fn text(text: impl Into<Bytes>) -> Self {
        Self::new(Status::OK).field("content-type", "text/plain; charset=utf-8").body(text)
    }

    /// Makes an answer of HTML.
    #[must_use]
    pub fn html(text: impl Into<Bytes>) -> Self {
        Self::new(Status::OK).field("content-type", "text/html; charset=utf-8").body(text)
    }

    /// Makes an answer of JSON text.
    #[must_use]
    pub fn json(text: impl Into<Bytes>) -> Self {
        Self::new(Status::OK).field("content-type", "application/json").body(text)
    }

    /// Makes an answer that says its status in a line of text.
    #[must_use]
    pub fn plain(status: Status) -> Self {
        Self::text(format!("{status}\n")).status(status)
    }

    /// Makes an answer with content of any length that `next` gives piece by piece until `None`.
    ///
    /// It is sent in chunks, or, to a client of HTTP/1.0, ended by closing the connection. `next`
    /// is called when the piece before has been handed to the connection. If it fails, that is
    /// logged and the connection is reset, so that the client knows that something is missing.
    #[must_use]
    pub fn stream<E: fmt::Display>(
        next: impl AsyncFnMut() -> Result<Option<Bytes>, E> + 'static,
    ) -> Self {
        Self::new(Status::OK).content(None, next)
    }

    /// Makes an answer like [`stream`](Self::stream) of exactly `length` bytes.
    ///
    /// What `next` gives beyond them is not sent; if it gives less, it has failed.
    #[must_use]
    pub fn stream_of<E: fmt::Display>(
        length: u64,
        next: impl AsyncFnMut() -> Result<Option<Bytes>, E> + 'static,
    ) -> Self {
        Self::new(Status::OK).content(Some(length), next)
    }

    /// Sets the status.
    #[must_use]
    pub fn status(self, status: Status) -> Self {
        Self { status, ..self }
    }

    /// Sets the content.
    #[must_use]
    pub fn body(self, bytes: impl Into<Bytes>) -> Self {
        Self { content: Content::Bytes(bytes.into()), ..self }
    }

    /// Adds a header field; a name may come more than once.
    ///
    /// A name that is no token, a value with a control character (such as an end of line, with
    /// which whoever chose the value could write fields of his own), or a field that the server
    /// writes itself (`Connection`, `Content-Length`, `Date`, `Transfer-Encoding`) makes the whole
    /// answer wrong: the client gets a 500 in its place, and the log says why.
    #[must_use]
    pub fn header(mut self, name: &str, value: impl AsRef<str>) -> Self {
        self.fields.add(name, value.as_ref(), &OWN_FIELDS);
        self
    }

    /// Adds a field like [`header`](Self::header), whose name and value are known to be good.
    pub(crate) fn field(mut self, name: &'static str, value: impl AsRef<[u8]>) -> Self {
        self.fields.put(name, value.as_ref());
        self
    }

    /// Ends the connection after this answer.
    #[must_use]
    pub fn close(self) -> Self {
        Self { closes: true, ..self }
    }

    pub(crate) fn content<E: fmt::Display>(
        self,
        length: Option<u64>,
        next: impl AsyncFnMut() -> Result<Option<Bytes>, E> + 'static,
    ) -> Self {
        Self { content: Content::Stream { length, source: Box::new(Pieces(next)) }, ..self }
    }
}

struct Pieces<F>(F);

impl<E: fmt::Display, F: AsyncFnMut() -> Result<Option<Bytes>, E>> Stream for Pieces<F> {
    fn next(&mut self) -> Pin<Box<dyn Future<Output = Result<Option<Bytes>, String>> + '_>> {
        let next = &mut self.0;
        Box::pin(async move { next().await.map_err(|error| error.to_string()) })
    }
}

impl fmt::Debug for Response {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let fields = String::from_utf8_lossy(&self.fields.text);
        f.debug_struct("Response")
            .field("status", &self.status)
            .field("fields", &fields)
            .finish_non_exhaustive()
    }
}

/// What a handler may return.
///
/// An error becomes a 500 that tells the client nothing; its text goes to the log.
pub trait IntoResponse {
    /// Makes the answer.
    fn into_response(self) -> Response;
}

impl IntoResponse for Response {
    fn into_response(self) -> Response {
        self
    }
}

/// The status, said in a line of text.
impl IntoResponse for Status {
    fn into_response(self) -> Response {
        if self.is_bare() { Response::new(self) } else { Response::plain(self) }
    }
}

/// Plain text.
impl IntoResponse for &'static str {
    fn into_response(self) -> Response {
        Response::text(self)
    }
}

/// Plain text.
impl IntoResponse for String {
    fn into_response(self) -> Response {
        Response::text(self)
    }
}

impl<R: IntoResponse, E: fmt::Display> IntoResponse for Result<R, E> {
    fn into_response(self) -> Response {
        match self {
            Ok(response) => response.into_response(),
            Err(error) => Response::failed(error.to_string()),
        }
    }
}

impl Response {
    /// Makes the 500 of a handler that failed.
    pub(crate) fn failed(why: String) -> Self {
        let fields = Fields { defect: Some(why), ..Fields::NONE };
        Self { fields, ..Self::new(Status::INTERNAL_SERVER_ERROR) }
    }
}
