//! HTTP/1.1 for programs: a server and a small client over any [`Tcp`](sarab_device::Tcp).
//!
//! The meaning of messages is that of RFC 9110, their form that of RFC 9112. Heads are parsed by
//! the crate `httparse`; everything else is here, without the standard library and without unsafe
//! code.
//!
//! # A server
//!
//! A handler is an async function from a [`Request`] to anything that is an answer: a [`Response`],
//! a [`Status`], text, or a `Result` of one of these. [`files`] makes one of a store.
//!
//! ```
//! use sarab_device::{Flow, KvRead, Listener, Tcp};
//! use sarab_http::{Method, Request, Response, Server, Status, files};
//!
//! async fn start<T>(tcp: T, pages: impl KvRead + 'static) -> Result<(), T::Error>
//! where
//!     T: Tcp<Flow: 'static>,
//! {
//!     let pages = files(pages);
//!     let handler = async move |mut request: Request<'_>| match (request.method, request.path()) {
//!         (Method::Get, "/hello") => Response::text("hello\n"),
//!         (Method::Post, "/echo") => match request.body.bytes(64 * 1024).await {
//!             Ok(content) => Response::text(content),
//!             Err(_) => Response::plain(Status::BAD_REQUEST),
//!         },
//!         _ => pages(request).await,
//!     };
//!     Server::new(tcp.listen(80).await?).serve(handler).await;
//!     Ok(())
//! }
//! # #[path = "../tests/http/network.rs"] mod network;
//! # use sarab_device::{Bytes, Kv, Read, Write};
//! # sarab_runtime::block_on_virtual(async {
//! #     let (network, pages) = (network::Network::default(), sarab_memory::RamKv::new());
//! #     pages.set("a.txt", Bytes::from("a page")).await.unwrap();
//! #     let _server = sarab_runtime::spawn(start(network.clone(), pages));
//! #     sarab_runtime::yield_now().await;
//! #     let mut end = network.connect_with(80, 9999).unwrap();
//! #     end.write_all(b"GET /a.txt HTTP/1.1\r\nhost: h\r\n\r\nGET /hello HTTP/1.0\r\n\r\n").await.unwrap();
//! #     let (bytes, _) = end.rest().await;
//! #     assert!(bytes.ends_with(b"hello\n") && bytes.windows(6).any(|part| part == b"a page"));
//! # });
//! ```
//!
//! # A client
//!
//! ```
//! use sarab_device::Tcp;
//! use sarab_http::{Client, Status};
//!
//! async fn fetch(tcp: impl Tcp) -> Option<String> {
//!     let mut reply = Client::new(tcp).get("http://192.0.2.1/hello").await.ok()?;
//!     match reply.status {
//!         Status::OK => reply.body().text(64 * 1024).await.ok(),
//!         _ => None,
//!     }
//! }
//! # #[path = "../tests/http/network.rs"] mod network;
//! # sarab_runtime::block_on_virtual(async {
//! #     let network = network::Network::default();
//! #     let server = sarab_http::Server::new(network.listen(80).await.unwrap());
//! #     let _server = sarab_runtime::spawn(server.serve(async |_: sarab_http::Request<'_>| "hi"));
//! #     assert_eq!(fetch(network).await.as_deref(), Some("hi"));
//! # });
//! ```
//!
//! # What is not here
//!
//! TLS and names of hosts (both need crates that do not exist yet), HTTP/2, upgrades, trailers,
//! content codings, answers of several ranges, following redirects, and connections that a client
//! uses twice.
#![no_std]
#![forbid(unsafe_code)]

extern crate alloc;
#[cfg(test)]
extern crate std;

mod body;
mod chunked;
mod client;
mod date;
mod fields;
mod files;
mod framing;
mod head;
mod headers;
mod limits;
mod media_type;
mod method;
mod refusal;
mod request;
mod response;
mod server;
mod status;
mod target;
mod wire;

#[cfg(test)]
mod properties;

pub use body::{Body, BodyError};
pub use client::{Call, Client, ClientError, Reply, UrlError};
pub use files::files;
pub use framing::Version;
pub use headers::Headers;
pub use limits::Limits;
pub use method::Method;
pub use request::Request;
pub use response::{IntoResponse, Response};
pub use server::Server;
pub use status::Status;

use refusal::Refusal;
