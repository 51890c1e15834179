//! What most programs use: `use sarab::prelude::*`.

pub use alloc::{
    boxed::Box,
    format,
    rc::Rc,
    string::{String, ToString},
    vec,
    vec::Vec,
};
pub use core::time::Duration;

pub use sarab_device::{
    Block, Bytes, Error as _, File as _, Flow, Fs, Kv, KvRead, Listener, Net, Read, Stack, Tcp,
    Udp, UdpPort, Write,
};
pub use sarab_runtime::{Failure, print, println, sleep, spawn, stopping, timeout};
