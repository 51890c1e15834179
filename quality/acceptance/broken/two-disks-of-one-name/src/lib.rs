//! Reads pages and a disk.
#![no_std]

use sarab::prelude::*;

/// Reads nothing of them.
pub async fn start(htdocs: impl KvRead, disk: impl Block) {
    let _ = (htdocs, disk);
}
