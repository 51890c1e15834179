//! What `config.rs` imports: the words of composition, the devices of Sarab, and its choices.
#![forbid(unsafe_code)]

mod choice;
mod target;
mod value;
pub mod wiring;

pub use choice::*;
pub use sarab_archive::describe::{embedded, tar, tar_file, tar_of};
pub use sarab_compose::{
    Device, Expression, Function, Impl, Job, Key, KeyBuilder, Kind, Match, Package, Parameter,
    Plain, Signature, Unikernel, Value, Wire, choices, constant, crate_here, device, expression,
    group, if_, job, key, kinds, match_, plan, unavailable,
};
pub use sarab_device::describe::*;
pub use sarab_disk::describe::{cache, cached, encrypted, partition};
pub use sarab_fat::describe::{fat, fat_files, fat_of};
pub use sarab_key::{IpPrefix, Ipv4Prefix, Ipv6Prefix, Size, Wrong};
pub use sarab_memory::describe::{ram_disk, ram_fs, ram_kv};
pub use sarab_tender::describe::{card as guest_card, disk as guest_disk};
pub use sarab_tree::describe::tree;
pub use sarab_treefs::describe::{tree_files, tree_pages};
pub use sarab_unix::describe::{disk, folder_files, folder_pages, folder_store, socket_stack, tap};
pub use std::{
    net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr},
    time::Duration,
};
pub use target::{Target, register, target};
pub use value::{value, values};

/// The README's Rust, compiled with the documentation tests.
#[cfg(doctest)]
#[doc = include_str!("../../../README.md")]
pub struct Readme;
