//! Pipes, which carry pages from socket to socket without a copy (splice(2)).

use std::{
    cell::{Cell, RefCell},
    os::fd::OwnedFd,
};

use rustix::{
    io::Errno,
    pipe::{PipeFlags, SpliceFlags, fcntl_setpipe_size, pipe_with, splice},
};

/// Bytes that a pipe holds. Up to this size no privilege is needed (`fs.pipe-max-size`).
const PIPE_BYTES: usize = 1024 * 1024;

/// Pipes that there are at most. All together are what the kernel gives one user in this size
/// (`fs.pipe-user-pages-soft`).
const PIPES_MAX: usize = 64;

/// How pages move: without waiting, and without a copy where that can be.
const FLAGS: SpliceFlags = SpliceFlags::NONBLOCK.union(SpliceFlags::MOVE);

/// Empty pipes, which few suffice of for many connections: a pipe is taken for one move.
#[derive(Default)]
pub(super) struct Pipes {
    free: RefCell<Vec<Ends>>,
    taken: Cell<usize>,
}

/// A pipe, and how much is in it. It goes back when it is empty, and else is closed.
pub(super) struct Pipe<'a> {
    ends: Option<Ends>,
    size: usize,
    home: &'a Pipes,
}

struct Ends {
    reader: OwnedFd,
    writer: OwnedFd,
}

impl Pipes {
    /// Returns an empty pipe, or none where too many receivers keep theirs full.
    pub(super) fn take(&self) -> Option<Pipe<'_>> {
        if self.taken.get() == PIPES_MAX {
            return None;
        }
        let free = self.free.borrow_mut().pop();
        let ends = free.or_else(|| Ends::new().ok())?;
        self.taken.set(self.taken.get() + 1);
        Some(Pipe { ends: Some(ends), size: 0, home: self })
    }
}

impl Pipe<'_> {
    /// Returns the bytes that are in it.
    pub(super) fn size_bytes(&self) -> usize {
        self.size
    }

    /// Moves what `from` has into the pipe, which is empty, and returns how many bytes these are.
    pub(super) fn fill(&mut self, from: &OwnedFd) -> Result<usize, Errno> {
        let Some(ends) = &self.ends else { return Err(Errno::BADF) };
        self.size = splice(from, None, &ends.writer, None, PIPE_BYTES, FLAGS)?;
        Ok(self.size)
    }

    /// Moves what is in it to `to`, and returns how many bytes had room there.
    pub(super) fn drain(&mut self, to: &OwnedFd) -> Result<usize, Errno> {
        let Some(ends) = &self.ends else { return Err(Errno::BADF) };
        let size = splice(&ends.reader, None, to, None, self.size, FLAGS)?;
        self.size -= size;
        Ok(size)
    }
}

impl Drop for Pipe<'_> {
    fn drop(&mut self) {
        let home = self.home;
        home.taken.set(home.taken.get() - 1);
        if self.size == 0 {
            home.free.borrow_mut().extend(self.ends.take());
        }
    }
}

impl Ends {
    fn new() -> Result<Self, Errno> {
        let (reader, writer) = pipe_with(PipeFlags::NONBLOCK | PipeFlags::CLOEXEC)?;
        // A smaller one is only slower.
        let _ = fcntl_setpipe_size(&writer, PIPE_BYTES);
        Ok(Self { reader, writer })
    }
}
