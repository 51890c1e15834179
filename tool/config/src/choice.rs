//! Choices between implementations, each made by a key: what most programs are wired to.

mod files;
mod network;
mod storage;

pub use files::{Pages, files, pages};
pub use network::{Network, net, network, stack, tcp, udp};
pub use storage::{block, fs, kv};

#[cfg(test)]
mod tests;
