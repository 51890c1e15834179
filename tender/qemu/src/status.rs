//! The pipe through which a guest says its status.

use std::{
    io::{self, PipeReader, PipeWriter, Read as _, pipe},
    os::fd::AsRawFd as _,
};

use rustix::io::{FdFlags, fcntl_setfd};

/// The pipe through which a guest says its status.
pub(crate) struct Status {
    reader: PipeReader,
    writer: PipeWriter,
}

impl Status {
    /// Makes the pipe; what this process starts has its end of it.
    pub(crate) fn new() -> io::Result<Self> {
        let (reader, writer) = pipe()?;
        fcntl_setfd(&writer, FdFlags::empty())?;
        Ok(Self { reader, writer })
    }

    /// Returns the descriptor to write to.
    pub(crate) fn number(&self) -> i32 {
        self.writer.as_raw_fd()
    }

    /// Returns the last byte, once there can come no more: when QEMU has ended.
    pub(crate) fn last(self) -> Option<u8> {
        let Self { mut reader, writer } = self;
        drop(writer);
        let mut said = Vec::new();
        // What came before an error counts.
        let _ = reader.read_to_end(&mut said);
        said.last().copied()
    }
}
