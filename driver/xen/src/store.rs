//! The store: names and values that domains tell each other by (Xen, `io/xs_wire.h`).
//!
//! Requests are answered while the caller waits: they are few, and made when a device is opened or comes back.
//! Watches report changes later, through [`Events::deliver`].

mod error;
mod ring;
mod transaction;
mod watch;
mod wire;

use alloc::{rc::Rc, string::String, vec::Vec};
use core::cell::Cell;

use sarab_queue::Events;

pub use error::{Fault, Refusal, StoreError};
use ring::Ring;
pub use transaction::Transaction;
pub use watch::Watch;
use watch::Watches;
use wire::{Header, Kind, PAYLOAD_BYTES_MAX};

use crate::{channel::Channel, domain::Domain, memory::Window};

/// Bytes of the rings of the store and their counts.
pub const STORE_BYTES: usize = 0x820;

/// How long an answer may take, in nanoseconds: a busy host is slow, and a dead one answers never.
const PATIENCE_NS: u64 = 30_000_000_000;

/// How often a transaction is tried that others disturb.
const ATTEMPTS: u32 = 32;

/// The guest's side of the store.
///
/// Paths are those of the store: relative ones begin at the guest's own folder, `/local/domain/NUMBER`.
pub struct Store {
    domain: Rc<Domain>,
    ring: Ring,
    last_id: Cell<u32>,
    /// What was wrong with the ring; nothing that it says is believed from then on.
    fault: Cell<Option<Fault>>,
    watches: Watches,
}

impl Store {
    /// Opens the store whose ring is in `window` ([`Parameter::StoreFrame`](crate::hypercall::Parameter), which the
    /// machine maps; [`STORE_BYTES`]) and that is told of requests by `channel`.
    #[must_use]
    pub fn new(domain: Rc<Domain>, window: Window, channel: Channel) -> Rc<Self> {
        Rc::new(Self {
            domain,
            ring: Ring::new(window, channel),
            last_id: Cell::new(0),
            fault: Cell::new(None),
            watches: Watches::default(),
        })
    }

    /// Reads the value of `path`, which must be text.
    pub fn read(&self, path: &str) -> Result<String, StoreError> {
        self.alone().read(path)
    }

    /// Reads the value of `path` as a number.
    pub fn read_number(&self, path: &str) -> Result<u64, StoreError> {
        let text = self.read(path)?;
        text.trim().parse().map_err(|_| StoreError::Garbled { path: path.into() })
    }

    /// Writes the value of `path`, and makes what is missing on the way to it.
    pub fn write(&self, path: &str, value: &str) -> Result<(), StoreError> {
        self.alone().write(path, value)
    }

    /// Removes `path` and all below it.
    pub fn remove(&self, path: &str) -> Result<(), StoreError> {
        self.alone().remove(path)
    }

    /// Lists the names directly below `path`.
    pub fn directory(&self, path: &str) -> Result<Vec<String>, StoreError> {
        self.alone().directory(path)
    }

    /// Does what `body` does, all at once for everybody else; anew while others get in its way.
    ///
    /// Fails with the error of `body`, in which case nothing was done, or with [`StoreError::Busy`].
    pub fn transaction<T>(
        &self,
        body: impl Fn(&Transaction<'_>) -> Result<T, StoreError>,
    ) -> Result<T, StoreError> {
        for _ in 0..ATTEMPTS {
            let transaction = Transaction::start(self)?;
            let result = body(&transaction);
            if transaction.end(result.is_ok())? || result.is_err() {
                return result;
            }
        }
        Err(StoreError::Busy)
    }

    /// Watches `path` and all below it, until the watch is dropped. It fires once at once.
    pub fn watch(self: &Rc<Self>, path: &str) -> Result<Watch, StoreError> {
        let watch = Watch::new(self, path);
        self.ask(Kind::Watch, 0, path, &[path, "\0", watch.token(), "\0"])?;
        Ok(watch)
    }

    /// Waits until a watch has fired, or the guest's clock has come to `deadline_ns`; tells whether one has.
    pub fn wait(&self, deadline_ns: u64) -> bool {
        loop {
            if self.deliver() {
                return true;
            }
            if self.fault.get().is_some() || self.domain.now_ns() >= deadline_ns {
                return false;
            }
            self.ring.pause(&self.domain, deadline_ns, || self.ring.has_answer());
        }
    }

    /// Begins anew in a new domain, on the same ring with another channel, and sets all watches again.
    pub fn resume(&self, channel: Channel) -> Result<(), StoreError> {
        self.ring.restart(channel);
        self.fault.set(None);
        self.watches.all().try_for_each(|(path, token)| {
            self.ask(Kind::Watch, 0, &path, &[&path, "\0", &token, "\0"]).map(drop)
        })
    }

    /// Returns the domain.
    #[must_use]
    pub fn domain(&self) -> &Rc<Domain> {
        &self.domain
    }

    fn alone(&self) -> Transaction<'_> {
        Transaction::none(self)
    }

    /// Makes a request on behalf of `path` and waits for its answer.
    fn ask(
        &self,
        kind: Kind,
        transaction: u32,
        path: &str,
        parts: &[&str],
    ) -> Result<Vec<u8>, StoreError> {
        if path.contains('\0') {
            return Err(StoreError::Garbled { path: path.into() });
        }
        let size_bytes = parts.iter().map(|part| part.len()).sum();
        if size_bytes > PAYLOAD_BYTES_MAX {
            return Err(StoreError::Long { size_bytes });
        }
        let id = self.last_id.get().wrapping_add(1);
        self.last_id.set(id);
        let header = Header::new(kind, id, transaction, size_bytes);
        let deadline_ns = self.domain.now_ns().saturating_add(PATIENCE_NS);
        self.send(&header, parts, deadline_ns).map_err(|fault| self.fail(fault))?;
        let answer = self.answer(id, deadline_ns);
        if self.watches.has_news() {
            // Whoever looks at the devices has perhaps looked at the store already.
            self.domain.channels().raise(self.ring.channel());
        }
        let (header, payload) = answer?;
        wire::check(kind, path, &header, payload)
    }

    fn send(&self, header: &Header, parts: &[&str], deadline_ns: u64) -> Result<(), Fault> {
        if let Some(fault) = self.fault.get() {
            return Err(fault);
        }
        self.ring.send(&self.domain, &header.bytes(), deadline_ns)?;
        for part in parts {
            self.ring.send(&self.domain, part.as_bytes(), deadline_ns)?;
        }
        self.domain.channels().send(self.ring.channel());
        Ok(())
    }

    /// Waits for the answer to request `id`.
    fn answer(&self, id: u32, deadline_ns: u64) -> Result<(Header, Vec<u8>), StoreError> {
        loop {
            match self.ring.receive(&self.domain) {
                Ok(Some((header, payload))) if header.is_event() => self.watches.fire(&payload),
                Ok(Some(answer)) if answer.0.id() == id => return Ok(answer),
                // The late answer to a request that nobody waits for any more.
                Ok(Some(_)) => {}
                Ok(None) if self.domain.now_ns() >= deadline_ns => return Err(StoreError::Silent),
                Ok(None) => {
                    self.ring.pause(&self.domain, deadline_ns, || self.ring.has_answer());
                }
                Err(fault) => return Err(self.fail(fault)),
            }
        }
    }

    fn fail(&self, fault: Fault) -> StoreError {
        let error = StoreError::Broken(fault);
        if self.fault.replace(Some(fault)).is_none() {
            log::error!("{error}; it is asked nothing any more");
        }
        error
    }
}

impl Events for Store {
    fn deliver(&self) -> bool {
        while self.fault.get().is_none() {
            match self.ring.receive(&self.domain) {
                Ok(Some((header, payload))) if header.is_event() => self.watches.fire(&payload),
                Ok(Some(_)) => {}
                Ok(None) => break,
                Err(fault) => drop(self.fail(fault)),
            }
        }
        self.watches.take_news()
    }
}
