//! Datagrams.
//!
//! Each client has a socket of its own towards the unikernel, so that answers find back to it. As
//! nothing says when a client is done, its socket is closed when nothing has passed for a while, or
//! when too many others have come since.

mod table;

use std::{
    cell::{Cell, RefCell},
    net::{SocketAddr, SocketAddrV4},
    os::fd::OwnedFd,
    rc::Rc,
    time::Duration,
};

use rustix::{
    io::Errno,
    net::{self, AddressFamily, RecvFlags, SendFlags, SocketFlags, SocketType},
};
use sarab_runtime::{Task, now, sleep_until, spawn};
use sarab_unix::reactor::{Source, Start};

use table::Table;

/// How long a client is known after its last datagram (RFC 4787 section 4.3: at least two minutes).
const IDLE: Duration = Duration::from_mins(2);
/// Clients that are known at once.
const CLIENTS_MAX: usize = 4096;
/// The longest datagram (RFC 768, and no jumbograms).
const DATAGRAM_BYTES_MAX: usize = 65_535;

/// A port of the host, and who sends to it.
struct Port {
    door: Source<OwnedFd>,
    to: SocketAddrV4,
    clients: RefCell<Table<SocketAddr, Client>>,
    is_swept: Cell<bool>,
    piece: RefCell<Box<[u8]>>,
}

/// Carries each datagram that comes to `door` on to `to`, and the answers back.
///
/// What cannot be passed on is lost, as datagrams are.
pub(super) async fn serve(door: Source<OwnedFd>, to: SocketAddrV4) {
    let clients = RefCell::new(Table::new(CLIENTS_MAX));
    let piece = RefCell::new(vec![0; DATAGRAM_BYTES_MAX].into());
    let port = Rc::new(Port { door, to, clients, is_swept: Cell::new(false), piece });
    loop {
        // An error is that of an answer, of which its client knows nothing.
        let _ = port.door.read(|door| port.pass(door)).await;
        port.sweep();
    }
}

impl Port {
    /// Takes one datagram of a client and sends it on.
    fn pass(self: &Rc<Self>, door: &OwnedFd) -> Result<(), Errno> {
        let mut piece = self.piece.borrow_mut();
        let (size, _, sender) = net::recvfrom(door, &mut **piece, RecvFlags::empty())?;
        let Some(sender) = sender.and_then(|sender| SocketAddr::try_from(sender).ok()) else {
            return Ok(());
        };
        if let Ok(socket) = self.socket(sender) {
            let _ = net::send(&*socket, &piece[..size], SendFlags::NOSIGNAL);
        }
        Ok(())
    }

    /// Returns the socket of a client, which is made for its first datagram.
    fn socket(self: &Rc<Self>, client: SocketAddr) -> Result<Rc<OwnedFd>, Errno> {
        let mut clients = self.clients.borrow_mut();
        if let Some(known) = clients.touch(&client, now()) {
            return Ok(Rc::clone(&known.socket));
        }
        let made = Client::new(self, client)?;
        let socket = Rc::clone(&made.socket);
        clients.insert(client, made, now());
        Ok(socket)
    }

    /// Sees to it that clients that have gone are forgotten, as long as there are any.
    fn sweep(self: &Rc<Self>) {
        if self.is_swept.get() || self.clients.borrow().oldest().is_none() {
            return;
        }
        self.is_swept.set(true);
        let port = Rc::clone(self);
        spawn(async move {
            while let Some(oldest) = { port.clients.borrow().oldest() } {
                sleep_until(oldest + IDLE).await;
                let gone = port.clients.borrow_mut().remove_idle(IDLE, now());
                drop(gone);
            }
            port.is_swept.set(false);
        });
    }
}

/// Who has sent datagrams.
struct Client {
    socket: Rc<OwnedFd>,
    answers: Task<()>,
}

impl Client {
    fn new(port: &Rc<Port>, address: SocketAddr) -> Result<Self, Errno> {
        let flags = SocketFlags::CLOEXEC | SocketFlags::NONBLOCK;
        let socket = net::socket_with(AddressFamily::INET, SocketType::DGRAM, flags, None)?;
        net::connect(&socket, &port.to)?;
        let socket = Rc::new(socket);
        let source = Source::new(Rc::clone(&socket), Start::Unknown)?;
        let answers = spawn(answer(Rc::clone(port), source, address));
        Ok(Self { socket, answers })
    }
}

impl Drop for Client {
    fn drop(&mut self) {
        self.answers.cancel();
    }
}

/// Sends what the unikernel answers back to `client`.
async fn answer(port: Rc<Port>, source: Source<Rc<OwnedFd>>, client: SocketAddr) {
    loop {
        let passed = source.read(|socket| {
            let mut piece = port.piece.borrow_mut();
            let (size, _) = net::recv(socket, &mut **piece, RecvFlags::empty())?;
            let _ = net::sendto(port.door.get(), &piece[..size], SendFlags::NOSIGNAL, &client);
            Ok(())
        });
        // An error says that nobody listens there, yet or any more; that is told once.
        if passed.await.is_ok() {
            port.clients.borrow_mut().touch(&client, now());
        }
    }
}
