//! Lets `gdb` debug a guest over a loopback port.
//!
//! Nothing of KVM's own debugging is used: breakpoints are `int3` in the guest's memory, steps
//! are the trap flag, and both arrive as faults. So it works on every kind of KVM.

mod guest;
mod registers;
mod session;
mod wire;

use crate::{Cage, Error, Exit};
use gdbstub::stub::{DisconnectReason, GdbStub, GdbStubError};
use guest::Guest;
use session::Session;
use std::{
    fmt, io,
    net::{Ipv4Addr, SocketAddr, TcpListener, TcpStream},
    ops::ControlFlow,
};
use wire::Wire;

/// A port that waits for a debugger.
#[derive(Debug)]
pub struct Debugger {
    listener: TcpListener,
}

/// A debugger that has come.
#[derive(Debug)]
pub struct Attached {
    connection: TcpStream,
}

/// How debugging ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum End {
    /// The guest ended with this code.
    Exited(u8),
    /// The debugger wants the guest to end.
    Killed,
    /// The debugger went. The guest can be entered on.
    Detached,
}

impl Debugger {
    /// Listens on `port` of the loopback interface; 0 takes a free one.
    pub fn listen(port: u16) -> io::Result<Self> {
        Ok(Self { listener: TcpListener::bind((Ipv4Addr::LOCALHOST, port))? })
    }

    /// Where it listens.
    pub fn address(&self) -> io::Result<SocketAddr> {
        self.listener.local_addr()
    }

    /// Waits until `gdb` is there (`target remote :port`), and listens no more.
    pub fn accept(self) -> io::Result<Attached> {
        let (connection, _) = self.listener.accept()?;
        Ok(Attached { connection })
    }
}

impl Attached {
    /// Runs the guest, which has stopped, under the debugger.
    ///
    /// Faults go to the debugger. All other exits go to `on_exit`, which ends the guest with a
    /// code by [`ControlFlow::Break`]. It is run by the thread that calls this, which gets SIGIO
    /// when the debugger says something; see [`Cage::interrupt_on`]. The guest's text must be
    /// writable in the host's mapping.
    pub fn run(
        self,
        cage: &mut Cage,
        on_exit: &mut dyn FnMut(&mut Cage, Exit) -> ControlFlow<u8>,
    ) -> Result<End, DebugError> {
        cage.interrupt_on(libc::SIGIO).map_err(DebugError::Connection)?;
        let wire = Wire::new(self.connection).map_err(DebugError::Connection)?;
        let mut guest = Guest::new(cage, on_exit)?;
        let result = GdbStub::new(wire).run_blocking::<Session>(&mut guest);
        guest.release()?;
        Ok(match result? {
            DisconnectReason::TargetExited(code) => End::Exited(code),
            DisconnectReason::Kill => End::Killed,
            DisconnectReason::TargetTerminated(_) | DisconnectReason::Disconnect => End::Detached,
        })
    }
}

/// Why debugging stopped.
#[derive(Debug)]
pub enum DebugError {
    /// The guest cannot be run.
    Cage(Error),
    /// The debugger cannot be talked to.
    Connection(io::Error),
    /// The debugger said what is not understood.
    Protocol(String),
}

impl From<Error> for DebugError {
    fn from(error: Error) -> Self {
        Self::Cage(error)
    }
}

impl From<GdbStubError<Error, io::Error>> for DebugError {
    fn from(error: GdbStubError<Error, io::Error>) -> Self {
        let text = error.to_string();
        if error.is_target_error() {
            return error.into_target_error().map_or(Self::Protocol(text), Self::Cage);
        }
        match error.into_connection_error() {
            Some((error, _)) => Self::Connection(error),
            None => Self::Protocol(text),
        }
    }
}

impl fmt::Display for DebugError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Cage(error) => error.fmt(f),
            Self::Connection(error) => write!(f, "connection to the debugger: {error}"),
            Self::Protocol(error) => write!(f, "protocol of the debugger: {error}"),
        }
    }
}

impl std::error::Error for DebugError {}
