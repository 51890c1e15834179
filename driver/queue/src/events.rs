//! What a machine asks of a device.

/// A device that has queues.
pub trait Events {
    /// Tells the device of what was submitted since the last time, if it has to be told.
    fn notify(&self) {}

    /// Takes what the device has completed, and wakes who waits for it; tells whether there was
    /// something.
    fn deliver(&self) -> bool;

    /// Asks the device to interrupt when it completes something, or to leave that. After asking, the
    /// machine looks once more, so that nothing is missed that was completed before.
    fn listen(&self, is_wanted: bool) {
        let _ = is_wanted;
    }
}
