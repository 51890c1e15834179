//! The standard streams of a tender.

use std::{io, ptr};

use crate::Error;

/// Makes sure that each standard stream is open, if to nowhere: otherwise what is opened next would take its
/// place, and the guest's texts would go there.
pub fn open_missing() -> Result<(), Error> {
    let mut streams = [0, 1, 2].map(|fd| libc::pollfd { fd, events: 0, revents: 0 });
    let now = libc::timespec { tv_sec: 0, tv_nsec: 0 };
    let count = streams.len() as libc::nfds_t;
    // SAFETY: the kernel writes to three entries of our own, and reads a timespec of our own.
    unsafe { libc::ppoll(streams.as_mut_ptr(), count, &raw const now, ptr::null()) };
    for _ in streams.iter().filter(|stream| stream.revents & libc::POLLNVAL != 0) {
        // The lowest descriptor that is free is one of those that are missing.
        // SAFETY: the path is a C string.
        if unsafe { libc::open(c"/dev/null".as_ptr(), libc::O_RDWR) } < 0 {
            let error = io::Error::last_os_error();
            return Err(Error::unavailable(format_args!("cannot open /dev/null: {error}")));
        }
    }
    Ok(())
}
