//! The tasks that carry frames between a card and its host.

use alloc::rc::Rc;
use core::{
    cell::{Cell, RefCell},
    future::pending,
    time::Duration,
};

use embassy_futures::{
    poll_once,
    select::{Either3, select3},
};
use sarab_device::{Error, ErrorKind, Net, Packet};
use sarab_runtime::{Instant, now, sleep, sleep_until, spawn, yield_now};
use smoltcp::time::Instant as Moment;

use crate::{host::Host, wake::Bell};

/// Frames that are taken from the card before the host does anything about them.
const BURST: usize = 64;

/// How long a card that fails is left alone.
const RESPITE: Duration = Duration::from_millis(100);

/// A host that several handles share.
struct Shared {
    host: RefCell<Host>,
    /// Calls the receiver: there is work for the host.
    work: Bell,
    /// Calls the sender: there are frames for the card.
    frames: Bell,
    handle_count: Cell<usize>,
    is_over: Cell<bool>,
}

/// A handle on a host, which keeps it alive.
pub(crate) struct Handle(Rc<Shared>);

impl Handle {
    /// Starts the tasks that carry frames between `net` and `host`.
    pub(crate) fn start(net: impl Net + 'static, host: Host) -> Self {
        let shared = Rc::new(Shared {
            host: RefCell::new(host),
            work: Bell::default(),
            frames: Bell::default(),
            handle_count: Cell::new(1),
            is_over: Cell::new(false),
        });
        let net = Rc::new(net);
        drop(spawn(receive(Rc::clone(&net), Rc::clone(&shared))));
        drop(spawn(send(net, Rc::clone(&shared))));
        Self(shared)
    }

    /// Asks the host for something, and has it do what comes of it.
    pub(crate) fn with<R>(&self, f: impl FnOnce(&mut Host) -> R) -> R {
        let mut host = self.0.host.borrow_mut();
        let result = f(&mut host);
        if host.has_work() {
            self.0.work.ring();
        }
        result
    }
}

impl Clone for Handle {
    fn clone(&self) -> Self {
        self.0.handle_count.update(|count| count + 1);
        Self(Rc::clone(&self.0))
    }
}

impl Drop for Handle {
    fn drop(&mut self) {
        self.0.handle_count.update(|count| count - 1);
        if self.0.handle_count.get() == 0 {
            self.0.work.ring();
        }
    }
}

impl Shared {
    /// Tells whether nobody can ask for anything any more, and nothing is left to do.
    fn is_idle(&self) -> bool {
        self.handle_count.get() == 0 && self.host.borrow().tcp.is_empty()
    }

    /// Lets the host do what is due; returns when it wants to go on.
    fn advance(&self) -> Option<Instant> {
        let mut host = self.host.borrow_mut();
        host.advance(moment());
        if host.has_frame() {
            self.frames.ring();
        }
        if host.has_work() {
            self.work.ring();
        }
        host.deadline().map(instant)
    }

    fn receive(&self, packet: &Packet, now: Moment) {
        self.host.borrow_mut().receive(packet, now);
    }

    /// Ends everything, since the card has gone away.
    fn go_down(&self, error: &impl Error) {
        log::error!("the network card has failed: {error}");
        self.host.borrow_mut().go_down();
        self.is_over.set(true);
        self.work.ring();
        self.frames.ring();
    }
}

/// Gives the frames of the card to the host, a burst at a time, and lets it advance.
async fn receive(net: Rc<impl Net>, shared: Rc<Shared>) {
    while !shared.is_over.get() {
        let deadline = shared.advance();
        if shared.is_idle() {
            break;
        }
        // Others have their turn between two bursts, and what they write joins the next step.
        yield_now().await;
        match select3(net.recv_packet(), shared.work.heard(), until(deadline)).await {
            Either3::First(Ok(packet)) => receive_burst(&*net, &shared, &packet),
            Either3::First(Err(error)) if error.kind() == ErrorKind::Disconnected => {
                shared.go_down(&error);
            }
            Either3::First(Err(error)) => {
                log::warn!("a frame was not received: {error}");
                sleep(RESPITE).await;
            }
            Either3::Second(()) | Either3::Third(()) => {}
        }
    }
    shared.is_over.set(true);
    shared.frames.ring();
}

/// Waits until `deadline`, or for ever.
async fn until(deadline: Option<Instant>) {
    match deadline {
        Some(deadline) => sleep_until(deadline).await,
        None => pending().await,
    }
}

/// Takes the frames that are there already; an error comes again for who waits for the next.
fn receive_burst(net: &impl Net, shared: &Shared, first: &Packet) {
    let now = moment();
    shared.receive(first, now);
    for _ in 1..BURST {
        match poll_once(net.recv_packet()) {
            core::task::Poll::Ready(Ok(packet)) => shared.receive(&packet, now),
            _ => return,
        }
    }
}

/// Gives the frames of the host to the card.
async fn send(net: Rc<impl Net>, shared: Rc<Shared>) {
    loop {
        while let Some(packet) = pop(&shared) {
            let sent = net.send_packet(packet).await;
            shared.host.borrow_mut().sent_frame();
            match sent {
                Ok(()) => {}
                Err(error) if error.kind() == ErrorKind::Disconnected => {
                    shared.go_down(&error);
                    return;
                }
                Err(error) => log::warn!("a frame was not sent: {error}"),
            }
        }
        if shared.is_over.get() {
            return;
        }
        // Sockets may wait for the room that there is now.
        if shared.host.borrow_mut().has_work() {
            shared.work.ring();
        }
        shared.frames.heard().await;
    }
}

fn pop(shared: &Shared) -> Option<Packet> {
    shared.host.borrow_mut().pop_frame()
}

/// Returns the present moment as smoltcp counts: in microseconds, of which only whole ones have
/// passed.
pub(crate) fn moment() -> Moment {
    Moment::from_micros(i64::try_from(now().as_nanos() / 1000).unwrap_or(i64::MAX))
}

fn instant(moment: Moment) -> Instant {
    let micros = u64::try_from(moment.total_micros()).unwrap_or(0);
    Instant::from_nanos(micros.saturating_mul(1000))
}
