//! A static of a machine that has one core.

use sarab_runtime::{Place, Slot};

/// A value that only the one core of the machine reaches.
pub struct OneCore<T>(T);

impl<T> OneCore<T> {
    /// Makes the value of a static.
    ///
    /// # Safety
    ///
    /// One core alone reaches it, and no interrupt handler that comes back to what it has
    /// interrupted.
    #[must_use]
    pub const unsafe fn new(value: T) -> Self {
        Self(value)
    }

    /// Returns the value.
    #[must_use]
    pub const fn get(&self) -> &T {
        &self.0
    }
}

// SAFETY: `new` makes its caller promise that one core alone reaches it.
unsafe impl<T> Sync for OneCore<T> {}

impl Place for OneCore<Slot> {
    fn slot(&self) -> &Slot {
        self.get()
    }

    fn is_on_core(&self) -> bool {
        true
    }
}
