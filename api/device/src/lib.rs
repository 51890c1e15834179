//! The device traits of Sarab: what a program may ask of a network, a disk or a store.
//!
//! A trait here says what every implementation promises: units, shapes, waiting, cancellation,
//! durability, errors. Those words stand on the trait, once, and are checked: [`check`] holds a
//! conformance suite per trait that every implementation runs. [`middleware`] wraps any
//! implementation to trace it, to record it, or to make it fail on purpose.
//!
//! Three rules hold for all of them.
//!
//! - *Devices take `&self`, streams take `&mut self`.* Two users of one disk are normal; two
//!   readers of one byte stream are a mistake. `&D` and `Rc<D>` are devices wherever `D` is one.
//! - *Buffers move.* [`Bytes`] goes in and comes out whole, so a future that is dropped half-way
//!   cannot free memory that a device still writes to.
//! - *Futures stay on the core that made them.* Nothing here is `Send`, and nothing needs to be.
#![no_std]
#![forbid(unsafe_code)]
#![expect(async_fn_in_trait, reason = "futures never leave their core, so no `Send` bound is owed")]

extern crate alloc;

mod block;
pub mod check;
mod error;
mod flow;
mod fs;
pub mod key;
mod kv;

pub mod middleware;
mod net;
mod path;
mod shared;
mod stack;
mod time;

#[cfg(feature = "describe")]
pub mod describe;

pub use block::{Block, Geometry, Span, SpanError};
pub use bytes::{Bytes, BytesMut};
pub use error::{Error, ErrorKind};
pub use flow::{Flow, Listener, Read, Write};
pub use fs::{File, Fs, Open};
pub use kv::{Entry, EntryKind, Kv, KvRead, Metadata};
pub use net::{Checksum, IpVersion, Mac, Net, Offloads, Packet, Segmentation};
pub use path::PathError;
pub use stack::{Stack, Tcp, Udp, UdpPort};
pub use time::WallTime;
