//! The tree over pages: searching, changing, building.

mod build;
mod put;
mod remove;
mod seal;
mod search;
mod unpack;

pub(crate) use build::Builder;
pub(crate) use search::Fence;

use crate::{
    format::{
        extent::{Extent, LARGE},
        field::u64_at,
    },
    keyspace::EXTENTS,
};

/// What a change has put out of the tree, so far as more hangs on it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Old {
    /// Nothing hangs on it.
    Plain,
    /// The extents of a large value.
    Large(u64),
    /// Pages of a disk.
    Extent(Extent),
}

impl Old {
    pub(crate) fn of(key: &[u8], word: u16, value: &[u8]) -> Self {
        if word & LARGE != 0 {
            return Self::Large(u64_at(value, 0));
        }
        let extent = if key.starts_with(&EXTENTS) { Extent::parse(value) } else { None };
        extent.map_or(Self::Plain, Self::Extent)
    }
}
