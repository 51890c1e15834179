//! What most programs use: `use sarab::prelude::*`.

pub use core::time::Duration;

pub use sarab_device::{
    Block, Bytes, Error as _, File as _, Flow, Fs, Kv, KvRead, Listener, Net, Read, Stack, Tcp,
    Udp, UdpPort, Write,
};
pub use sarab_runtime::{print, println, sleep, spawn};
