//! The errors of devices, so far as a user that does not know the device must tell them apart.

/// The error of a device: printable, and sorted into a [`ErrorKind`].
///
/// Generic code acts on the kind and shows the text. The text names the thing and the value
/// (`sector 9 of 8`), in lower case and without a full stop, so that it can be the end of a
/// longer sentence.
pub trait Error: core::error::Error + 'static {
    /// Returns what a caller can do something about.
    fn kind(&self) -> ErrorKind;
}

/// What went wrong, so far as a caller can act on it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum ErrorKind {
    /// The request itself cannot be right: outside the device, not whole sectors, not a valid key.
    InvalidInput,
    /// There is no such key, file or address.
    NotFound,
    /// It is there already.
    AlreadyExists,
    /// The device, or this part of it, cannot be written.
    ReadOnly,
    /// There is no room for it.
    NoSpace,
    /// What was read is not what was written; the data are lost, the device may go on.
    Corrupt,
    /// Nobody answers at that address, or the port is closed there.
    Refused,
    /// The peer or the device has gone away; open it again.
    Disconnected,
    /// The time given for it has passed.
    TimedOut,
    /// The address, port or name is taken.
    InUse,
    /// This implementation does not do that.
    Unsupported,
    /// The device failed; whether it helps to try again is not known.
    Failed,
}

impl Error for core::convert::Infallible {
    fn kind(&self) -> ErrorKind {
        match *self {}
    }
}
