//! Event channels: how domains wake each other (Xen, `event_channel.h`; two levels of bits, 4096 channels).

use alloc::{rc::Rc, vec::Vec};
use core::cell::RefCell;

use crate::{
    hypercall::{DomainId, HypercallError, Hypervisor, POLL_MOST, Parameter},
    shared::{SharedInfo, WORDS},
};

/// How [`Parameter::CallbackIrq`] says that the rest of it is a vector.
const BY_VECTOR: u64 = 2 << 56;

/// The guest's side of an event channel.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Channel(u32);

impl Channel {
    /// Returns its number, by which the guest names it to the hypervisor and to back ends.
    #[must_use]
    pub fn number(self) -> u32 {
        self.0
    }

    fn word(self) -> usize {
        (self.0 / 64) as usize
    }

    fn bit(self) -> u64 {
        1 << (self.0 % 64)
    }
}

/// The event channels of the guest.
///
/// There are two ways to wait for them, and the machine chooses.
///
/// - [`poll`](Channels::poll): all channels stay masked, no interrupt ever comes, and the hypervisor looks at the
///   channels itself when it is asked to wait. There is no handler, no window between a look and a sleep in which an
///   event is missed, and one hypercall a sleep. A machine of one core that looks at all its devices before it
///   sleeps needs no more, so this is the way to prefer.
/// - [`interrupt_by`](Channels::interrupt_by): channels are unmasked and events interrupt, for a machine that wants
///   to be interrupted while it computes. It sleeps by `sti; hlt`, its handler does nothing, and it asks
///   [`take_pending`](Channels::take_pending) afterwards, in its own time.
pub struct Channels {
    hypervisor: Rc<dyn Hypervisor>,
    shared: Rc<SharedInfo>,
    open: RefCell<Open>,
}

/// The channels that are open.
struct Open {
    numbers: Vec<u32>,
    words: [u64; WORDS],
    interrupts: bool,
}

impl Channels {
    pub(crate) fn new(hypervisor: Rc<dyn Hypervisor>, shared: Rc<SharedInfo>) -> Self {
        let open = Open { numbers: Vec::new(), words: [0; WORDS], interrupts: false };
        Self { hypervisor, shared, open: RefCell::new(open) }
    }

    /// Makes a channel that the domain `peer` may bind to.
    pub fn alloc_unbound(&self, peer: DomainId) -> Result<Channel, HypercallError> {
        self.adopt(self.hypervisor.alloc_unbound(peer)?)
    }

    /// Makes a channel to the one numbered `channel` of the domain `peer`.
    pub fn bind_interdomain(
        &self,
        peer: DomainId,
        channel: u32,
    ) -> Result<Channel, HypercallError> {
        self.adopt(self.hypervisor.bind_interdomain(peer, channel)?)
    }

    /// Makes the channel of the timer, which [`Channels::set_timer`] starts.
    pub fn bind_timer(&self) -> Result<Channel, HypercallError> {
        self.adopt(self.hypervisor.bind_timer()?)
    }

    /// Asks for the timer's event when the guest's clock comes to `deadline_ns`, once; or for none any more.
    pub fn set_timer(&self, deadline_ns: Option<u64>) -> Result<(), HypercallError> {
        match deadline_ns {
            Some(deadline) => self.hypervisor.set_timer(self.shared.deadline_ns(deadline)),
            None => self.hypervisor.stop_timer(),
        }
    }

    /// Takes a channel that is there already, as those of the store and the console are.
    ///
    /// Fails if the hypervisor does not unmask it, or has no such channel.
    pub fn adopt(&self, number: u32) -> Result<Channel, HypercallError> {
        let channel = Channel(number);
        let mut open = self.open.borrow_mut();
        let Some(word) = open.words.get_mut(channel.word()) else {
            return Err(HypercallError { call: "a channel of two levels", code: -28 });
        };
        let is_new = *word & channel.bit() == 0;
        *word |= channel.bit();
        if is_new {
            open.numbers.push(number);
        }
        if open.interrupts {
            self.hypervisor.unmask(number)?;
        }
        Ok(channel)
    }

    /// Closes a channel. What has come by it is forgotten.
    pub fn close(&self, channel: Channel) {
        self.shared.mask_bit(channel.word(), channel.bit());
        // A channel that is not there is closed, too.
        let _ = self.hypervisor.close(channel.0);
        self.forget(channel);
    }

    /// Forgets a channel that is gone without being closed, as all are in a new domain.
    pub(crate) fn forget(&self, channel: Channel) {
        let mut open = self.open.borrow_mut();
        open.numbers.retain(|&number| number != channel.0);
        if let Some(word) = open.words.get_mut(channel.word()) {
            *word &= !channel.bit();
        }
        self.shared.take(channel.word(), channel.bit());
    }

    /// Forgets all channels: this is a new domain.
    pub(crate) fn forget_all(&self) {
        let mut open = self.open.borrow_mut();
        open.numbers.clear();
        open.words = [0; WORDS];
    }

    /// Tells the other side of a channel. If it is gone, nobody minds.
    pub fn send(&self, channel: Channel) {
        let _ = self.hypervisor.send(channel.0);
    }

    /// Takes the events that have come since the last time, and calls `each` with their channels; tells whether there
    /// was one.
    ///
    /// Whoever looks at the rings of all devices afterwards, and then waits, misses nothing.
    pub fn take_pending(&self, mut each: impl FnMut(Channel)) -> bool {
        self.shared.acknowledge();
        let words = self.open.borrow().words;
        let mut any = false;
        for (word, &wanted) in words.iter().enumerate().filter(|(_, wanted)| **wanted != 0) {
            let mut pending = self.shared.take(word, wanted);
            any |= pending != 0;
            while pending != 0 {
                let number = word * 64 + pending.trailing_zeros() as usize;
                each(Channel(u32::try_from(number).unwrap_or_default()));
                pending &= pending - 1;
            }
        }
        any
    }

    /// Forgets that something has come by one channel; tells whether it had.
    pub fn take(&self, channel: Channel) -> bool {
        self.shared.take(channel.word(), channel.bit()) != 0
    }

    /// Acts as if something had come by a channel, so that the next wait ends at once.
    pub(crate) fn raise(&self, channel: Channel) {
        self.shared.raise(channel.word(), channel.bit());
        if self.open.borrow().interrupts {
            // The hypervisor looks at the bit when it unmasks.
            let _ = self.hypervisor.unmask(channel.0);
        }
    }

    /// Waits until an event is there by any channel, or the guest's clock has come to `deadline_ns`.
    ///
    /// An event that was not taken before ends it at once. Of more than [`POLL_MOST`] channels the first are waited
    /// for.
    pub fn poll(&self, deadline_ns: Option<u64>) {
        let open = self.open.borrow();
        let most = open.numbers.len().min(POLL_MOST);
        let deadline_ns = deadline_ns.map(|it| self.shared.deadline_ns(it));
        // Refused only for arguments that these are not; who waits looks again in any case.
        let _ = self.hypervisor.poll(&open.numbers[..most], deadline_ns);
    }

    /// Waits like [`poll`](Channels::poll), for one channel.
    pub fn poll_one(&self, channel: Channel, deadline_ns: u64) {
        let deadline_ns = self.shared.deadline_ns(deadline_ns);
        let _ = self.hypervisor.poll(&[channel.0], Some(deadline_ns));
    }

    /// Lets events interrupt at `vector`: all channels that are open, and that will be. The interrupt needs no
    /// acknowledgement at a local interrupt controller.
    pub fn interrupt_by(&self, vector: u8) -> Result<(), HypercallError> {
        self.hypervisor.set_parameter(Parameter::CallbackIrq, BY_VECTOR | u64::from(vector))?;
        let mut open = self.open.borrow_mut();
        open.interrupts = true;
        open.numbers.iter().try_for_each(|&number| self.hypervisor.unmask(number))
    }
}
