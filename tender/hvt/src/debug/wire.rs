//! The connection to the debugger, which is given whole packets.

use gdbstub::conn::{Connection, ConnectionExt};
use std::{
    io::{self, Write},
    net::TcpStream,
    os::fd::AsRawFd,
};

/// A connection that keeps what is written until it is flushed.
///
/// Talking takes `sendto` and `recvfrom` alone, on its descriptor.
#[derive(Debug)]
pub(super) struct Wire {
    stream: TcpStream,
    unsent: Vec<u8>,
}

impl Wire {
    /// Sends each packet at once.
    pub(super) fn new(stream: TcpStream) -> io::Result<Self> {
        stream.set_nodelay(true)?;
        Ok(Self { stream, unsent: Vec::new() })
    }

    /// Returns its descriptor.
    pub(super) fn descriptor(&self) -> i32 {
        self.stream.as_raw_fd()
    }

    /// Makes the kernel send SIGIO to this thread whenever the debugger says something.
    pub(super) fn watch(&self) -> io::Result<()> {
        let descriptor = self.descriptor();
        // SAFETY: a call without arguments.
        let pid = unsafe { libc::gettid() };
        let owner = Owner { kind: F_OWNER_TID, pid };
        // SAFETY: `F_SETOWN_EX` reads one `f_owner_ex`, which `owner` is.
        check(unsafe { libc::fcntl(descriptor, F_SETOWN_EX, &raw const owner) })?;
        // SAFETY: the descriptor is open; the call has no pointers.
        check(unsafe { libc::fcntl(descriptor, libc::F_SETFL, libc::O_ASYNC) })
    }

    /// Receives a byte, again if a signal came meanwhile.
    fn receive(&self, flags: i32) -> io::Result<u8> {
        let mut byte = 0_u8;
        loop {
            // SAFETY: the kernel writes at most one byte, to `byte`.
            match unsafe { libc::recv(self.descriptor(), (&raw mut byte).cast(), 1, flags) } {
                0 => return Err(io::ErrorKind::UnexpectedEof.into()),
                1 => return Ok(byte),
                _ => {}
            }
            let error = io::Error::last_os_error();
            if error.kind() != io::ErrorKind::Interrupted {
                return Err(error);
            }
        }
    }
}

impl Connection for Wire {
    type Error = io::Error;

    fn write(&mut self, byte: u8) -> io::Result<()> {
        self.unsent.push(byte);
        Ok(())
    }

    fn write_all(&mut self, bytes: &[u8]) -> io::Result<()> {
        self.unsent.extend_from_slice(bytes);
        Ok(())
    }

    fn flush(&mut self) -> io::Result<()> {
        Write::write_all(&mut self.stream, &self.unsent)?;
        self.unsent.clear();
        Ok(())
    }
}

impl ConnectionExt for Wire {
    fn read(&mut self) -> io::Result<u8> {
        self.receive(0)
    }

    fn peek(&mut self) -> io::Result<Option<u8>> {
        match self.receive(libc::MSG_PEEK | libc::MSG_DONTWAIT) {
            Ok(byte) => Ok(Some(byte)),
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => Ok(None),
            Err(error) => Err(error),
        }
    }
}

fn check(result: i32) -> io::Result<()> {
    if result < 0 { Err(io::Error::last_os_error()) } else { Ok(()) }
}

const F_SETOWN_EX: i32 = 15;
const F_OWNER_TID: i32 = 0;

/// `struct f_owner_ex` of fcntl(2), which libc does not know.
#[repr(C)]
struct Owner {
    kind: i32,
    pid: i32,
}
