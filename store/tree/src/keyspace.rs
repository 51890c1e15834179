//! Keyspaces: trees of their own to the user, two bytes before each key in truth.

/// The most bytes in a key.
pub const KEY_BYTES_MAX: usize = 1024;

/// A number of keys that are ordered among themselves, apart from all others.
///
/// It has its number from [`Transaction::keyspace`](crate::Transaction::keyspace), for as long as the store lives.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Keyspace(pub(crate) u16);

impl Keyspace {
    /// The one that is there without a name.
    pub const DEFAULT: Self = Self(2);
}
