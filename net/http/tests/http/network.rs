//! A network in memory: connections are pairs of bounded byte queues.

use std::{
    cell::{Cell, RefCell},
    collections::{HashMap, VecDeque},
    fmt,
    future::poll_fn,
    net::{Ipv4Addr, SocketAddr},
    rc::Rc,
    task::{Context, Poll, Waker},
};

use sarab_device::{ErrorKind, Flow, Listener, Read, Tcp, Write};

/// A host that is its own peer.
#[derive(Clone, Default)]
pub(crate) struct Network(Rc<RefCell<HashMap<u16, Rc<Port>>>>);

#[derive(Default)]
struct Port {
    arrived: RefCell<VecDeque<End>>,
    waiting: Cell<Option<Waker>>,
}

/// The bytes that a direction of a connection holds.
pub(crate) const CAPACITY: usize = 64 * 1024;

impl Network {
    /// Connects, with room for `capacity` bytes on the way to this end.
    pub(crate) fn connect_with(&self, port: u16, capacity: usize) -> Result<End, Broken> {
        let port = self.0.borrow().get(&port).cloned().ok_or(Broken::Refused)?;
        let (near, far) = pair(capacity);
        port.arrived.borrow_mut().push_back(far);
        if let Some(waker) = port.waiting.take() {
            waker.wake();
        }
        Ok(near)
    }
}

impl Tcp for Network {
    type Error = Broken;
    type Flow = End;
    type Listener = Open;

    async fn connect(&self, remote: SocketAddr) -> Result<End, Broken> {
        self.connect_with(remote.port(), CAPACITY)
    }

    async fn listen(&self, port: u16) -> Result<Open, Broken> {
        let open = Rc::new(Port::default());
        self.0.borrow_mut().insert(port, Rc::clone(&open));
        Ok(Open { network: self.clone(), number: port, port: open })
    }
}

/// A port that is listened to.
pub(crate) struct Open {
    network: Network,
    number: u16,
    port: Rc<Port>,
}

impl Listener for Open {
    type Error = Broken;
    type Flow = End;

    fn port(&self) -> u16 {
        self.number
    }

    async fn accept(&self) -> Result<End, Broken> {
        poll_fn(|context| {
            if let Some(end) = self.port.arrived.borrow_mut().pop_front() {
                return Poll::Ready(Ok(end));
            }
            self.port.waiting.set(Some(context.waker().clone()));
            Poll::Pending
        })
        .await
    }
}

impl Drop for Open {
    fn drop(&mut self) {
        self.network.0.borrow_mut().remove(&self.number);
    }
}

/// One end of a connection.
pub(crate) struct End {
    input: Rc<Queue>,
    output: Rc<Queue>,
}

#[derive(Default)]
struct Queue {
    bytes: RefCell<VecDeque<u8>>,
    capacity: usize,
    is_ended: Cell<bool>,
    is_reset: Cell<bool>,
    reads: Cell<usize>,
    writes: Cell<usize>,
    waiting: RefCell<Vec<Waker>>,
}

/// Makes a connection with room for `capacity` bytes on the way to the first end.
pub(crate) fn pair(capacity: usize) -> (End, End) {
    let queue = |capacity| Rc::new(Queue { capacity, ..Queue::default() });
    let (here, there) = (queue(capacity), queue(CAPACITY));
    let near = End { input: Rc::clone(&here), output: Rc::clone(&there) };
    (near, End { input: there, output: here })
}

impl Queue {
    fn wait<T>(&self, context: &Context<'_>) -> Poll<T> {
        self.waiting.borrow_mut().push(context.waker().clone());
        Poll::Pending
    }

    fn wake(&self) {
        self.waiting.take().into_iter().for_each(Waker::wake);
    }
}

impl End {
    /// Returns how often the peer has written what this end gets.
    pub(crate) fn writes_of_peer(&self) -> usize {
        self.input.writes.get()
    }

    /// Returns how often the peer has read what this end has written.
    pub(crate) fn reads_of_peer(&self) -> usize {
        self.output.reads.get()
    }

    /// Reads what there is until nothing more comes, and tells how that ended.
    pub(crate) async fn rest(&mut self) -> (Vec<u8>, Result<(), Broken>) {
        let (mut all, mut buffer) = (Vec::new(), [0; 4096]);
        loop {
            match self.read(&mut buffer).await {
                Ok(0) => return (all, Ok(())),
                Ok(count) => all.extend_from_slice(&buffer[..count]),
                Err(error) => return (all, Err(error)),
            }
        }
    }
}

impl embedded_io::ErrorType for End {
    type Error = Broken;
}

impl Read for End {
    async fn read(&mut self, buffer: &mut [u8]) -> Result<usize, Broken> {
        self.readable().await?;
        let mut bytes = self.input.bytes.borrow_mut();
        let count = buffer.len().min(bytes.len());
        for (to, from) in buffer.iter_mut().zip(bytes.drain(..count)) {
            *to = from;
        }
        self.input.reads.set(self.input.reads.get() + 1);
        drop(bytes);
        self.input.wake();
        Ok(count)
    }
}

impl Write for End {
    async fn write(&mut self, buffer: &[u8]) -> Result<usize, Broken> {
        let queue = &self.output;
        let room = poll_fn(|context| {
            let room = queue.capacity - queue.bytes.borrow().len();
            match queue.is_reset.get() || queue.is_ended.get() {
                true => Poll::Ready(Err(Broken::Reset)),
                false if room == 0 => queue.wait(context),
                false => Poll::Ready(Ok(room)),
            }
        })
        .await?;
        let count = room.min(buffer.len());
        queue.bytes.borrow_mut().extend(&buffer[..count]);
        queue.writes.set(queue.writes.get() + 1);
        queue.wake();
        Ok(count)
    }

    async fn flush(&mut self) -> Result<(), Broken> {
        Ok(())
    }
}

impl Flow for End {
    fn peer(&self) -> SocketAddr {
        SocketAddr::from((Ipv4Addr::LOCALHOST, 50_000))
    }

    async fn readable(&mut self) -> Result<(), Broken> {
        let queue = &self.input;
        poll_fn(|context| match queue.is_reset.get() {
            true => Poll::Ready(Err(Broken::Reset)),
            false if queue.is_ended.get() || !queue.bytes.borrow().is_empty() => {
                Poll::Ready(Ok(()))
            }
            false => queue.wait(context),
        })
        .await
    }

    async fn finish(&mut self) -> Result<(), Broken> {
        self.output.is_ended.set(true);
        self.output.wake();
        Ok(())
    }
}

/// An end that is dropped unfinished resets; one that was finished only refuses what still comes.
impl Drop for End {
    fn drop(&mut self) {
        self.input.is_reset.set(true);
        if !self.output.is_ended.get() || !self.input.bytes.borrow().is_empty() {
            self.output.is_reset.set(true);
        }
        self.input.wake();
        self.output.wake();
    }
}

/// Why a connection is of no use.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Broken {
    Refused,
    Reset,
}

impl fmt::Display for Broken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Refused => "connection refused",
            Self::Reset => "connection reset",
        })
    }
}

impl std::error::Error for Broken {}

impl embedded_io::Error for Broken {
    fn kind(&self) -> embedded_io::ErrorKind {
        match self {
            Self::Refused => embedded_io::ErrorKind::ConnectionRefused,
            Self::Reset => embedded_io::ErrorKind::ConnectionReset,
        }
    }
}

impl sarab_device::Error for Broken {
    fn kind(&self) -> ErrorKind {
        match self {
            Self::Refused => ErrorKind::Refused,
            Self::Reset => ErrorKind::Disconnected,
        }
    }
}
