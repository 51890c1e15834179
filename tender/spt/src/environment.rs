//! The environment of the tender, which is no business of its guest.

use std::{ffi::c_char, ptr};

unsafe extern "C" {
    /// The variables (`environ(7)`).
    static environ: *const *mut c_char;
}

/// Erases all variables, as the guest can read the memory of this process. What the image is given of them
/// was copied before.
pub(crate) fn forget() {
    // SAFETY: this process has one thread that knows of the environment. It is a list of C strings in
    // memory that can be written, and ends with null; the list itself stays.
    unsafe {
        let mut next = environ;
        while !next.is_null() && !(*next).is_null() {
            ptr::write_bytes(*next, 0, libc::strlen(*next));
            next = next.add(1);
        }
    }
}
