//! A request that a client makes.

use alloc::string::{String, ToString};
use core::fmt::Write;

use sarab_device::{Bytes, BytesMut, Flow};

use super::Url;
use crate::{
    Method,
    fields::Fields,
    wire::{Trouble, Wire},
};

/// The fields that the client writes by itself.
const OWN_FIELDS: [&str; 4] = ["connection", "content-length", "host", "transfer-encoding"];

/// A request to be sent.
///
/// ```
/// use sarab_http::{Call, Method};
///
/// let call = Call::new(Method::Post, "http://192.0.2.1/inbox")
///     .header("content-type", "text/plain")
///     .body("hello");
/// ```
pub struct Call {
    pub(super) method: Method,
    pub(super) url: String,
    pub(super) fields: Fields,
    pub(super) body: Bytes,
}

impl Call {
    /// Makes a request without content.
    #[must_use]
    pub fn new(method: Method, url: &str) -> Self {
        Self { method, url: url.to_string(), fields: Fields::NONE, body: Bytes::new() }
    }

    /// Adds a header field.
    ///
    /// A name that is no token, a value with a control character, or a field that the client writes
    /// itself (`Connection`, `Content-Length`, `Host`, `Transfer-Encoding`) makes sending fail.
    #[must_use]
    pub fn header(mut self, name: &str, value: impl AsRef<str>) -> Self {
        self.fields.add(name, value.as_ref(), &OWN_FIELDS);
        self
    }

    /// Sets the content.
    #[must_use]
    pub fn body(self, bytes: impl Into<Bytes>) -> Self {
        Self { body: bytes.into(), ..self }
    }
}

/// Writes a request: its head and its content.
pub(super) async fn write<F: Flow>(
    wire: &mut Wire<F>,
    call: &Call,
    url: &Url,
) -> Result<(), Trouble> {
    write_head(&mut wire.output, call, url);
    wire.put(&call.body).await?;
    wire.send().await
}

/// Writes the head of a request (RFC 9112 §3); its length is told where content is expected
/// (RFC 9110 §8.6).
fn write_head(output: &mut BytesMut, call: &Call, url: &Url) {
    for part in [call.method.name(), " ", &url.target, " HTTP/1.1\r\nhost: ", &url.host, "\r\n"] {
        output.extend_from_slice(part.as_bytes());
    }
    output.extend_from_slice(&call.fields.text);
    let expects = matches!(call.method, Method::Post | Method::Put | Method::Patch);
    if expects || !call.body.is_empty() {
        let _never_fails = write!(output, "content-length: {}\r\n", call.body.len());
    }
    output.extend_from_slice(b"connection: close\r\n\r\n");
}
