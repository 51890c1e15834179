//! Connections.
//!
//! A client's connection and the one to the unikernel that is made for it are two sockets, and
//! bytes go from each to the other. The end of one direction is passed on; a connection that breaks
//! on one side is reset on the other, so that nobody takes a part for the whole.

use std::{cell::Cell, net::SocketAddrV4, os::fd::OwnedFd, pin::pin, rc::Rc, time::Duration};

use embassy_futures::select::{Either, select};
use rustix::{
    io::Errno,
    net::{self, AddressFamily, SocketFlags, SocketType, sockopt},
};
use sarab_runtime::{now, sleep, spawn, timeout};
use sarab_unix::reactor::{Source, Start};

use super::{Traffic, copy::copy};

/// How long a connection to the unikernel may take.
const PATIENCE: Duration = Duration::from_secs(10);
/// How long the first attempt may take while it is not known to be up; each further one twice that.
const FIRST_PATIENCE: Duration = Duration::from_millis(100);
/// The pause between attempts while it is not known to be up.
const PAUSE: Duration = Duration::from_millis(2);
/// The pause when the host has no room for one more connection.
const NO_ROOM_PAUSE: Duration = Duration::from_millis(50);

/// Carries each connection that comes to `door` on to `to`.
///
/// A unikernel listens some milliseconds after its start, so the first connection is tried again
/// and again. Others wait meanwhile in the queue of the kernel, and cost nothing.
pub(super) async fn serve(door: Source<OwnedFd>, to: SocketAddrV4, traffic: Rc<Traffic>) {
    let first = accept(&door).await;
    if let Some(guest) = knock(to).await {
        spawn(carry(first, guest, Rc::clone(&traffic)));
    } else {
        drop(first);
    }
    loop {
        let client = accept(&door).await;
        let traffic = Rc::clone(&traffic);
        spawn(async move {
            if let Ok(Ok(guest)) = timeout(PATIENCE, connect(to)).await {
                carry(client, guest, traffic).await;
            }
        });
    }
}

/// Accepts one connection. Where the host has no room for it, it waits until there is.
async fn accept(door: &Source<OwnedFd>) -> Flow {
    loop {
        let flags = SocketFlags::CLOEXEC | SocketFlags::NONBLOCK;
        let socket = door.read(|door| net::accept_with(door, flags)).await;
        match socket.and_then(|socket| Flow::new(socket, Start::Writable)) {
            Ok(flow) => return flow,
            Err(Errno::MFILE | Errno::NFILE | Errno::NOBUFS | Errno::NOMEM | Errno::NOSPC) => {
                sleep(NO_ROOM_PAUSE).await;
            }
            // The connection has failed before it was accepted.
            Err(_) => {}
        }
    }
}

/// Connects to a unikernel that may not be up yet.
async fn knock(to: SocketAddrV4) -> Option<Flow> {
    let end = now() + PATIENCE;
    let mut patience = FIRST_PATIENCE;
    while now() < end {
        match timeout(patience, connect(to)).await {
            Ok(Ok(flow)) => return Some(flow),
            Ok(Err(_)) => sleep(PAUSE).await,
            Err(_) => patience *= 2,
        }
    }
    None
}

async fn connect(to: SocketAddrV4) -> Result<Flow, Errno> {
    let flags = SocketFlags::CLOEXEC | SocketFlags::NONBLOCK;
    let socket = net::socket_with(AddressFamily::INET, SocketType::STREAM, flags, None)?;
    sockopt::set_tcp_nodelay(&socket, true)?;
    match net::connect(&socket, &to) {
        Ok(()) | Err(Errno::INPROGRESS) => {}
        Err(error) => return Err(error),
    }
    // The event that says "writable" is the end of the attempt, good or bad.
    let flow = Flow::new(socket, Start::Unknown)?;
    flow.source.writable().await;
    sockopt::socket_error(flow.source.get())??;
    Ok(flow)
}

/// Carries bytes both ways until both directions have ended, or one of them has failed.
async fn carry(client: Flow, guest: Flow, traffic: Rc<Traffic>) {
    let _open = traffic.open();
    let mut up = pin!(copy(&client.source, &guest.source, &traffic));
    let mut down = pin!(copy(&guest.source, &client.source, &traffic));
    let done = match select(&mut up, &mut down).await {
        Either::First(Ok(())) => down.await,
        Either::Second(Ok(())) => up.await,
        Either::First(failed) | Either::Second(failed) => failed,
    };
    if done.is_ok() {
        client.is_over.set(true);
        guest.is_over.set(true);
    }
}

/// A connection. Unless it is over, its end is a reset.
struct Flow {
    source: Source<OwnedFd>,
    is_over: Cell<bool>,
}

impl Flow {
    fn new(socket: OwnedFd, start: Start) -> Result<Self, Errno> {
        Ok(Self { source: Source::new(socket, start)?, is_over: Cell::new(false) })
    }
}

impl Drop for Flow {
    fn drop(&mut self) {
        if !self.is_over.get() {
            let _ = sockopt::set_socket_linger(self.source.get(), Some(Duration::ZERO));
        }
    }
}
