//! One direction of a connection.
//!
//! A message is read and written, through memory that all share: two system calls. Where a read
//! brings so much that more is to be expected, pages are moved through a pipe instead, which halves
//! the work.

use std::os::fd::OwnedFd;

use rustix::{
    io::Errno,
    net::{self, RecvFlags, SendFlags, Shutdown},
};
use sarab_unix::reactor::Source;

use super::{Traffic, pipe::Pipe};

/// What a read must bring to make it bulk.
const BULK_BYTES: usize = 32 * 1024;

/// Carries bytes from one to the other, and then the end of them.
pub(super) async fn copy(
    from: &Source<OwnedFd>,
    to: &Source<OwnedFd>,
    traffic: &Traffic,
) -> Result<(), Errno> {
    let mut is_bulk = false;
    loop {
        let step = from.read(|from| step(from, to.get(), traffic, is_bulk)).await?;
        is_bulk = step.size >= BULK_BYTES;
        if step.size == 0 {
            break;
        }
        if step.is_all {
            from.is_drained();
        }
        if let Some(rest) = step.rest {
            let _stuck = traffic.stuck();
            to.is_full();
            rest.write(to, traffic).await?;
        }
    }
    match net::shutdown(to.get(), Shutdown::Write) {
        Ok(()) | Err(Errno::NOTCONN) => Ok(()),
        Err(error) => Err(error),
    }
}

/// What came of reading once and writing once.
struct Step<'a> {
    /// Bytes that were read; none at the end.
    size: usize,
    /// Whether it is known that there was no more to read.
    is_all: bool,
    /// What the receiver had no room for.
    rest: Option<Rest<'a>>,
}

fn step<'a>(
    from: &OwnedFd,
    to: &OwnedFd,
    traffic: &'a Traffic,
    is_bulk: bool,
) -> Result<Step<'a>, Errno> {
    match is_bulk.then(|| traffic.pipes.take()).flatten() {
        Some(pipe) => by_pipe(from, to, pipe, traffic),
        None => by_memory(from, to, traffic),
    }
}

fn by_memory<'a>(from: &OwnedFd, to: &OwnedFd, traffic: &'a Traffic) -> Result<Step<'a>, Errno> {
    let mut piece = traffic.piece.borrow_mut();
    let room = piece.len();
    let (size, _) = net::recv(from, &mut **piece, RecvFlags::empty())?;
    let data = &piece[..size];
    let sent = if size == 0 { 0 } else { tried(net::send(to, data, SendFlags::NOSIGNAL))? };
    traffic.count(sent);
    let rest = (sent < size).then(|| Rest::Bytes(data[sent..].to_vec()));
    Ok(Step { size, is_all: size < room, rest })
}

fn by_pipe<'a>(
    from: &OwnedFd,
    to: &OwnedFd,
    mut pipe: Pipe<'a>,
    traffic: &Traffic,
) -> Result<Step<'a>, Errno> {
    let size = pipe.fill(from)?;
    let sent = if size == 0 { 0 } else { tried(pipe.drain(to))? };
    traffic.count(sent);
    Ok(Step { size, is_all: false, rest: (sent < size).then_some(Rest::Pipe(pipe)) })
}

/// Returns how many bytes were written, where none is no error.
fn tried(written: Result<usize, Errno>) -> Result<usize, Errno> {
    match written {
        Err(Errno::AGAIN | Errno::INTR) => Ok(0),
        written => written,
    }
}

/// What a slow receiver is still to get.
enum Rest<'a> {
    Bytes(Vec<u8>),
    Pipe(Pipe<'a>),
}

impl Rest<'_> {
    async fn write(self, to: &Source<OwnedFd>, traffic: &Traffic) -> Result<(), Errno> {
        match self {
            Self::Bytes(bytes) => {
                let mut rest = &bytes[..];
                while !rest.is_empty() {
                    let send = |to: &OwnedFd| net::send(to, rest, SendFlags::NOSIGNAL);
                    let size = to.write(send).await?;
                    traffic.count(size);
                    rest = &rest[size..];
                }
            }
            Self::Pipe(mut pipe) => {
                while pipe.size_bytes() > 0 {
                    traffic.count(to.write(|to| pipe.drain(to)).await?);
                }
            }
        }
        Ok(())
    }
}
