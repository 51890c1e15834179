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
    net::{Ipv4Addr, SocketAddr, TcpListener},
    ops::ControlFlow,
    os::fd::AsRawFd as _,
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
    wire: Wire,
    image: Option<u64>,
}

/// A debugger that is listened to.
///
/// From now on all that it takes is `sendto`, `recvfrom` and in the end `close` on its
/// [descriptor](Self::descriptor), and of the processor its registers.
#[derive(Debug)]
pub struct Watched(Attached);

/// What is done about an exit. [`ControlFlow::Break`] ends the guest with a code.
pub type OnExit<'a> = &'a mut dyn FnMut(&mut Cage, Exit) -> ControlFlow<u8>;

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

    /// The descriptor that becomes readable when somebody has come.
    #[must_use]
    pub fn descriptor(&self) -> i32 {
        self.listener.as_raw_fd()
    }

    /// Waits until `gdb` is there (`target remote :port`), and listens no more.
    pub fn accept(self) -> io::Result<Attached> {
        let (connection, _) = self.listener.accept()?;
        Ok(Attached { wire: Wire::new(connection)?, image: None })
    }
}

impl Attached {
    /// Tells the debugger that the image, whose first segment is linked at 0, lies at `base`.
    #[must_use]
    pub fn with_image(self, base: u64) -> Self {
        Self { image: Some(base), ..self }
    }

    /// Lets what the debugger says interrupt `cage`: this thread gets SIGIO for it; see
    /// [`Cage::interrupt_on`].
    pub fn watch(self, cage: &mut Cage) -> io::Result<Watched> {
        cage.interrupt_on(libc::SIGIO)?;
        self.wire.watch()?;
        Ok(Watched(self))
    }

    /// [Watches](Self::watch) and [runs](Watched::run).
    pub fn run(self, cage: &mut Cage, on_exit: OnExit<'_>) -> Result<End, DebugError> {
        self.watch(cage).map_err(DebugError::Connection)?.run(cage, on_exit)
    }
}

impl Watched {
    /// The descriptor of the connection.
    #[must_use]
    pub fn descriptor(&self) -> i32 {
        self.0.wire.descriptor()
    }

    /// Runs the guest, which has stopped, under the debugger.
    ///
    /// A fault goes to the debugger, and to `on_exit` only if the debugger has the guest get the
    /// signal that it was told of. All other exits go to `on_exit`. The thread is the one that
    /// watched. The guest's text must be writable in the host's mapping.
    pub fn run(self, cage: &mut Cage, on_exit: OnExit<'_>) -> Result<End, DebugError> {
        let Self(Attached { wire, image }) = self;
        let mut guest = Guest::new(cage, on_exit, image)?;
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
