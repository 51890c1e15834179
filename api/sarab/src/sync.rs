//! What tasks pass values and turns by.
//!
//! They are those of [`embassy_sync`], for tasks of one core: they cost no lock.

use embassy_sync::blocking_mutex::raw::NoopRawMutex;

/// A mailbox for up to `N` values; who sends into a full one waits, who receives from an empty one
/// waits.
pub type Channel<T, const N: usize> = embassy_sync::channel::Channel<NoopRawMutex, T, N>;

/// A turn that one task has at a time, across waiting.
pub type Mutex<T> = embassy_sync::mutex::Mutex<NoopRawMutex, T>;

/// The newest value of something; who waits is woken by the next.
pub type Signal<T> = embassy_sync::signal::Signal<NoopRawMutex, T>;
