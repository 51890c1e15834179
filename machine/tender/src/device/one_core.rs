//! A static of a machine that has one core.

/// A value that only the one core of the machine reaches.
pub(crate) struct OneCore<T>(T);

impl<T> OneCore<T> {
    pub(crate) const fn new(value: T) -> Self {
        Self(value)
    }

    pub(crate) fn get(&self) -> &T {
        &self.0
    }
}

// SAFETY: a tender starts a guest on one core, the guest has no interrupts, and nothing here starts
// another core. The signal handlers of the `spt` tender never come back to the guest's code.
unsafe impl<T> Sync for OneCore<T> {}
