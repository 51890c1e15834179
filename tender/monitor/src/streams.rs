//! The standard streams of a tender.

use std::{
    fs::{File, OpenOptions},
    io, mem,
    os::fd::AsRawFd,
};

/// Makes sure that each standard stream is open, if to nowhere, where `first` is the first file that this
/// process has opened: it got the lowest free descriptor, which is a missing stream's if there is one. Guest
/// texts would go to whatever is opened in the place of a stream.
pub(crate) fn keep_clear(first: File) -> io::Result<File> {
    if !is_stream(&first) {
        return Ok(first);
    }
    // The library makes copies beyond the streams.
    let file = first.try_clone()?;
    drop(first);
    loop {
        let nowhere = OpenOptions::new().read(true).write(true).open("/dev/null")?;
        if !is_stream(&nowhere) {
            return Ok(file);
        }
        mem::forget(nowhere);
    }
}

fn is_stream(file: &File) -> bool {
    (libc::STDIN_FILENO..=libc::STDERR_FILENO).contains(&file.as_raw_fd())
}
